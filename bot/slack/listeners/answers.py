"""The buttons under an answer: more, share, resolved, and what was meant."""

from __future__ import annotations

import logging
from typing import Any

from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack import ids
from bot.slack.blocks import answer, more, notice, with_resolved
from bot.slack.composing import again
from bot.slack.desk import Desk
from bot.slack.listeners.handover import close_for_asker, reopen_for_asker
from bot.slack.posts import Place, Way
from bot.slack.text import as_sent

log = logging.getLogger(__name__)

Body = dict[str, Any]


def register(app: App, desk: Desk) -> None:
    @app.action(ids.MORE)
    def show_more(ack: Ack, body: Body, respond: Respond) -> None:
        ack()
        inquiry = int(body["actions"][0]["value"])
        language = desk.language(*person_of(body))
        reply = again(desk, inquiry)
        rest = list(reply.candidates)[len(reply.quotes) :] if reply else []
        if reply is None or not rest:
            said = notice("slack_no_more", language)
        else:
            said = more(rest, reply.language, reply)
            desk.inquiries.show(inquiry, [quote.shown() for quote in rest])
        respond(text=said.text, blocks=said.blocks, replace_original=False)

    @app.action(ids.SHARE)
    def share(ack: Ack, body: Body) -> None:
        ack()
        team, user = person_of(body)
        inquiry = int(body["actions"][0]["value"])
        reply = again(desk, inquiry)
        if reply is None:
            return
        channel = str(body["channel"]["id"])
        key = f"share:{inquiry}:{channel}"
        desk.posts.put(
            key,
            Place(team, channel),
            answer(reply, reply.language),
            inquiry=inquiry,
            way="share",
            recipient=user,
            response_url=body.get("response_url"),
        )
        desk.poke(key)

    @app.action(ids.RESOLVED)
    def resolved(ack: Ack, body: Body, client: WebClient, respond: Respond) -> None:
        ack()
        inquiry = int(body["actions"][0]["value"])
        if not _asked(desk, body, inquiry):
            _only_the_asker(desk, body, respond)
            return
        with desk.store.write():
            if desk.inquiries.resolve(inquiry):
                close_for_asker(desk, inquiry)
        _redraw(desk, body, client, respond, inquiry, resolved=True)

    @app.action(ids.UNRESOLVED)
    def unresolved(ack: Ack, body: Body, client: WebClient, respond: Respond) -> None:
        ack()
        inquiry = int(body["actions"][0]["value"])
        if not _asked(desk, body, inquiry):
            _only_the_asker(desk, body, respond)
            return
        with desk.store.write():
            desk.inquiries.resolve(inquiry, resolved=False)
            reopen_for_asker(desk, inquiry)
        _redraw(desk, body, client, respond, inquiry, resolved=False)

    for number in range(3):
        app.action(f"{ids.CHOICE}_{number}")(_chosen(desk))


def person_of(body: Body) -> tuple[str, str]:
    """Workspace and user of a press."""
    team = (body.get("team") or {}).get("id") or body["user"].get("team_id")
    return str(team), str(body["user"]["id"])


def _asked(desk: Desk, body: Body, inquiry: int) -> bool:
    """Whether who pressed is who asked."""
    found = desk.inquiries.get(inquiry)
    return found is not None and found.asker == desk.pseudonyms.of(*person_of(body))


def _only_the_asker(desk: Desk, body: Body, respond: Respond) -> None:
    said = notice("slack_only_the_asker", desk.language(*person_of(body)))
    respond(text=said.text, blocks=said.blocks, replace_original=False)


def _chosen(desk: Desk) -> Any:
    def chosen(ack: Ack, body: Body) -> None:
        inquiry, _, index = str(body["actions"][0]["value"]).partition(":")
        team, user = person_of(body)
        message = body.get("message") or {}
        container = body.get("container") or {}
        private = bool(container.get("is_ephemeral"))
        way: Way = "response" if private else "message"
        place = Place(
            team,
            str(body["channel"]["id"]),
            None if private else str(message.get("thread_ts") or message["ts"]),
        )
        key = f"choice:{inquiry}:{int(index)}"
        desk.posts.put(
            key,
            place,
            None,
            inquiry=int(inquiry),
            way=way,
            recipient=user,
            response_url=body.get("response_url") if private else None,
        )
        ack()
        desk.poke(key)

    return chosen


def _redraw(
    desk: Desk, body: Body, client: WebClient, respond: Respond, inquiry: int, *, resolved: bool
) -> None:
    """Show on the message itself that it is resolved, or not any more."""
    language = desk.language(*person_of(body))
    message = body.get("message")
    try:
        if message is None or (body.get("container") or {}).get("is_ephemeral"):
            said = notice("slack_resolved" if resolved else "slack_reopened", language)
            respond(text=said.text, blocks=said.blocks, replace_original=False)
            return
        blocks = with_resolved(as_sent(message["blocks"]), inquiry, resolved, language)
        client.chat_update(
            channel=body["channel"]["id"],
            ts=message["ts"],
            text=message.get("text") or "",
            blocks=blocks,
        )
    except SlackApiError as error:
        log.warning("not redrawn: error=%s", error.response.get("error"))
