"""`/frisksvar` with its subcommands, and the shortcut «Spør Frisksvar»."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient

from bot.slack import ids
from bot.slack.blocks import notice
from bot.slack.blocks.help import help_text, my_inquiries
from bot.slack.desk import Desk
from bot.slack.listeners.answers import person_of
from bot.slack.listeners.home import publish_home
from bot.slack.listeners.who import open_who, set_municipality
from bot.slack.posts import Place
from bot.slack.receiving import receive, withdraw
from bot.slack.text import plain
from knowledge.personal_data.forgetting import forgotten

Body = dict[str, Any]

HELP = {"", "hjelp", "help", "?"}
MUNICIPALITY = {"kommune", "municipality"}
MINE = {"mine", "mi", "my"}
DELETE = {"slett", "delete"}
BESIDE = frozenset(
    "meg alt alle mine mi min henvendelser henvendelsene henvendelse førespurnader førespurnadene "
    "me all my inquiries everything data dataene".split()
)
"""Words that people write after a subcommand and that change nothing."""

LONGEST_NAME = 4
"""Words of a municipality's name, with its county; what is longer is a question."""


def register(app: App, desk: Desk) -> None:
    @app.command(ids.COMMAND)
    def command(ack: Ack, body: Body, client: WebClient, respond: Respond) -> None:
        answer_command(desk, ack, body, client, respond)

    @app.action(ids.FORGET_ME)
    def forget_me(ack: Ack, body: Body, client: WebClient, respond: Respond) -> None:
        ack()
        forget(desk, body, client, respond)

    @app.action(ids.ASK_AGAIN)
    def ask_again(ack: Ack, body: Body) -> None:
        answer_again(desk, body)
        ack()

    @app.shortcut(ids.ASK_ABOUT)
    def ask_about(ack: Ack, body: Body, respond: Respond) -> None:
        answer_message(desk, ack, body, respond)


def answer_command(desk: Desk, ack: Ack, body: Body, client: WebClient, respond: Respond) -> None:
    """A subcommand, or a question: written down before Slack is told that it arrived."""
    team, user = str(body["team_id"]), str(body["user_id"])
    text = plain(str(body.get("text") or ""))
    first, _, rest = text.partition(" ")
    word, language = first.lower(), desk.language(team, user)
    alone = all(beside in BESIDE for beside in rest.lower().split())
    if word in HELP and alone:
        said = help_text(language)
        ack(text=said.text, blocks=said.blocks)
    elif word in MUNICIPALITY and "?" not in rest and len(rest.split()) <= LONGEST_NAME:
        ack()
        if rest:
            said = set_municipality(desk, team, user, rest)
            respond(text=said.text, blocks=said.blocks)
        else:
            open_who(client, body["trigger_id"], desk, team, user)
    elif word in MINE and alone:
        said = my_inquiries(_mine(desk, team, user), language)
        ack(text=said.text, blocks=said.blocks)
    elif word in DELETE and alone:
        said = my_inquiries(_mine(desk, team, user), language, delete=True)
        ack(text=said.text, blocks=said.blocks)
    else:
        channel = str(body["channel_id"])
        receive(
            desk,
            Place(team, channel),
            user,
            text,
            came_from=f"slack:{team}:{channel}:command:{body['trigger_id']}",
            ts=None,
            way="response",
            response_url=str(body["response_url"]),
        )
        ack()


def forget(desk: Desk, body: Body, client: WebClient, respond: Respond) -> None:
    """Remove what an asker wrote, and what is remembered of them."""
    team, user = person_of(body)
    who, language = desk.pseudonyms.of(team, user), desk.language(team, user)
    inquiries = desk.inquiries.of_asker(who, limit=None)
    with desk.store.write():  # all or nothing
        for inquiry in inquiries:
            withdraw(desk, inquiry.id)
        desk.people.forget(who)
        forgotten(desk.store, desk.pseudonyms.forgotten(who))
    if body.get("response_url"):
        said = notice("slack_forgotten", language, count=len(inquiries))
        respond(text=said.text, blocks=said.blocks, replace_original=True)
    else:
        publish_home(client, desk, team, user)


def answer_message(desk: Desk, ack: Ack, body: Body, respond: Respond) -> None:
    """Answer a message that somebody pointed at, for them alone."""
    team, user = person_of(body)
    message, channel = body["message"], str(body["channel"]["id"])
    text = plain(str(message.get("text") or ""))
    if message.get("bot_id") or not text:
        ack()
        said = notice("slack_no_question_there", desk.language(team, user))
        respond(text=said.text, blocks=said.blocks)
        return
    received = receive(
        desk,
        Place(team, channel),
        user,
        text,
        came_from=f"slack:{team}:{channel}:{message['ts']}",
        ts=str(message["ts"]),
        way="response",
        response_url=str(body["response_url"]),
    )
    ack()
    if received is not None and not received.new:
        # It was asked before: who wants to know now gets it too.
        key = f"again:{received.inquiry}:{body['trigger_id']}"
        desk.posts.put(
            key,
            Place(team, channel),
            None,
            inquiry=received.inquiry,
            way="response",
            recipient=user,
            response_url=str(body["response_url"]),
        )
        desk.poke(key)


def answer_again(desk: Desk, body: Body) -> None:
    """Answer a question that was edited, in its thread."""
    inquiry, place = int(body["actions"][0]["value"]), None
    found = desk.inquiries.get(inquiry)
    team, user = person_of(body)
    if found is not None and found.asker == desk.pseudonyms.of(team, user):
        place = desk.threads.place(inquiry)
    if place is None:
        return
    key = f"anew:{inquiry}:{body['trigger_id']}"
    desk.posts.put(key, place, None, inquiry=inquiry, recipient=user)
    desk.poke(key)


def _mine(desk: Desk, team: str, user: str) -> list[Any]:
    return list(desk.inquiries.of_asker(desk.pseudonyms.of(team, user)))
