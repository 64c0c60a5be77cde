"""Names that Slack sends back: of buttons, fields, modals, shortcuts and commands.

A button's value carries ids of rows only, never text that somebody wrote.
"""

from __future__ import annotations

from typing import Final

COMMAND: Final = "/frisksvar"

# Shortcuts on a message (deploy/slack-manifest.yaml has the same)
ASK_ABOUT: Final = "ask_about"
REGISTER: Final = "register"

# Buttons on an answer. The value is the number of the inquiry.
FEEDBACK: Final = "feedback"  # value "up:12" or "down:12"
TO_CENTRE: Final = "to_centre"
RESOLVED: Final = "resolved"
UNRESOLVED: Final = "unresolved"
MORE: Final = "more"
SHARE: Final = "share"
WHO_ASKS: Final = "who_asks"
ASK_AGAIN: Final = "ask_again"
CHOICE: Final = "choice"  # choice_0, choice_1, choice_2; the value is "12:0", "12:1", …

# Below what an asker wrote at the top of a direct message. The value is the number of the addition.
NOT_FOR_CENTRE: Final = "not_for_centre"

# Buttons in a centre's channel. The value is the number of the handover.
REPLY: Final = "reply_to_asker"
PASS_ON: Final = "pass_on"
CLOSE: Final = "close_handover"
TAKE_BACK: Final = "take_back"  # value: the number of the centre's answer
REOPEN: Final = "reopen_handover"
WORK_HERE: Final = "work_here"  # value: the centre's id

# Modals
WHO_MODAL: Final = "who_modal"
TO_CENTRE_MODAL: Final = "to_centre_modal"
REPLY_MODAL: Final = "reply_modal"
PASS_ON_MODAL: Final = "pass_on_modal"
REASON_MODAL: Final = "reason_modal"
REGISTER_MODAL: Final = "register_modal"
CHANNEL_MODAL: Final = "channel_modal"
CENTRE_CHANNEL_MODAL: Final = "centre_channel_modal"

# Fields: the same name is the block and the action
MUNICIPALITY: Final = "municipality"
ACTOR: Final = "actor"
LANGUAGE: Final = "language"
QUESTION: Final = "question"
TOPIC: Final = "topic"
CENTRE: Final = "centre"
ANSWER: Final = "answer"
REASON: Final = "reason"
COMMENT: Final = "comment"
CHANNEL: Final = "channel"
MODE: Final = "mode"
CAME_BY: Final = "came_by"
DATE: Final = "date"

# App Home
HOME_WHO: Final = "home_who"
HOME_CHANNELS: Final = "home_channels"
HOME_CENTRES: Final = "home_centres"
HOME_QUEUE: Final = "home_queue"
NOT_HERE: Final = "not_here"  # value: the centre's id
CLEAR_STAFF: Final = "clear_staff"  # value: the centre's id
FORGET_ME: Final = "forget_me"

# Message metadata: how a reply that may have been posted is found again
METADATA: Final = "frisksvar"
