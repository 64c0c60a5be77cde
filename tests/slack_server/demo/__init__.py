"""The local Slack with a web page, to try the bot without a workspace (`make demo`).

seed.py     the people, the channels, and what the bot's register has to know of them
shown.py    what a person sees, as JSON for the page
doing.py    what a person does, as the page sends it
page.py     the page and its two endpoints, for this machine alone
running.py  Slack and the bot started and stopped together
"""
