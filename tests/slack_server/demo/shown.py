"""What a person sees in the local Slack, as JSON for the page."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from bot.slack.manifest import manifest

from ..driver import Slack
from ..rendering import state_values
from ..state import JSON, Channel, Message, User, View
from .seed import Cast

HOME: Final = "home"
"""The name of App Home among a person's places; the others are ids of channels."""


def everything(slack: Slack, cast: Cast, user: User, place: str) -> JSON:
    """All that the page draws for `user` at `place`, with `version`, which changes when it does."""
    with slack.world.lock:
        channel = user.team.channels.get(place)
        if channel is not None and user.id not in channel.members:
            channel = None
        shown: JSON = {
            "me": user.id,
            "people": [
                {"id": one.user.id, "name": one.name, "role": one.role} for one in cast.people
            ],
            "app": {"id": slack.bot.id, "name": slack.app.name, "connected": slack.connections > 0},
            "shortcuts": _shortcuts(),
            "places": [_place(one) for one in places(slack, cast, user)],
            "latest": {
                one.user.id: {
                    seen.id: _latest(slack, cast, seen, one.user)
                    for seen in places(slack, cast, one.user)
                }
                for one in cast.people
            },
            "channels": {one.id: one.name for one in user.team.channels.values()},
            "place": _open(slack, channel, user) if channel else None,
            "home": _view(user.home) if place == HOME and user.home else None,
            "views": [_view(view) for view in user.modals],
        }
    text = json.dumps(shown, sort_keys=True, default=str)
    return shown | {"version": hashlib.sha256(text.encode()).hexdigest()[:16]}


def places(slack: Slack, cast: Cast, user: User) -> list[Channel]:
    """The channels of a person, then the direct message with the app."""
    channels = [cast.questions, *cast.centres.values()]
    return [one for one in channels if user.id in one.members] + [slack.dm(user)]


def _shortcuts() -> list[JSON]:
    """The message shortcuts that the app's manifest declares."""
    return [
        {"id": shortcut["callback_id"], "name": shortcut["name"]}
        for shortcut in manifest()["features"]["shortcuts"]
        if shortcut["type"] == "message"
    ]


def _place(channel: Channel) -> JSON:
    return {"id": channel.id, "name": channel.name, "kind": channel.kind}


def _latest(slack: Slack, cast: Cast, channel: Channel, user: User) -> str:
    """The ts of the newest message that concerns a person and is by somebody else; "" without any.

    Where everybody asks, that is only what stands in threads in which they have written.
    """
    messages = _seen(slack, channel, user)
    if channel is cast.questions:
        own = {message.root_ts for message in messages if message.user == user.id}
        messages = [one for one in messages if one.root_ts in own or one.seen_by]
    return max((one.ts for one in messages if one.user != user.id), default="")


def _seen(slack: Slack, channel: Channel, user: User) -> list[Message]:
    return [*slack.messages(channel), *slack.ephemerals(user, channel)]


def _open(slack: Slack, channel: Channel, user: User) -> JSON:
    messages = sorted(_seen(slack, channel, user), key=lambda message: message.ts)
    prompts = channel.prompts
    return _place(channel) | {
        "messages": [_message(message, user) for message in messages],
        "statuses": {ts: status.text for ts, status in channel.statuses.items()},
        "prompts": [
            {"title": prompt["title"], "message": prompt["message"]}
            for prompt in (prompts.prompts if prompts else [])
        ],
        "prompts_title": prompts.title if prompts else None,
    }


def _message(message: Message, user: User) -> JSON:
    return {
        "ts": message.ts,
        "user": message.user,
        "by_app": message.bot_id is not None,
        "mine": message.user == user.id,
        "text": message.text,
        "blocks": message.blocks,
        "thread": message.thread_ts if message.is_reply else None,
        "edited": message.edited is not None,
        "only_me": message.seen_by is not None,
    }


def _view(view: View) -> JSON:
    content: dict[str, Any] = view.content
    return {
        "id": view.id,
        "hash": view.hash,
        "title": view.title,
        "blocks": view.blocks,
        "submit": (content.get("submit") or {}).get("text"),
        "close": (content.get("close") or {}).get("text"),
        "state": state_values(view),
    }
