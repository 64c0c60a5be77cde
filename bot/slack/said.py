"""A message of Slack's, as the inbox looks at it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from bot.slack.posts import Place
from bot.slack.text import mentions, mentions_somebody_else, plain

Event = dict[str, Any]

RECENT_SECONDS = 3600.0
"""An edit or deletion may be delivered before the message itself; not long before."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message that somebody wrote.

    Attributes:
        thread: the root of the thread it was written in; None at the top.
        place: where a reply belongs: in its thread, or in a new one under it.
        to_somebody: it mentions a person who is not the bot.
    """

    place: Place
    ts: str
    thread: str | None
    user: str
    text: str
    direct: bool
    mentioned: bool
    to_somebody: bool

    @classmethod
    def of(cls, team: str, event: Event, bot_user: str) -> Said:
        channel, ts = str(event["channel"]), str(event["ts"])
        raw, thread = str(event.get("text") or ""), event.get("thread_ts")
        return cls(
            place=Place(team, channel, str(thread or ts)),
            ts=ts,
            thread=str(thread) if thread else None,
            user=str(event["user"]),
            text=plain(raw, bot_user),
            direct=event.get("channel_type") == "im" or channel.startswith("D"),
            mentioned=event["type"] == "app_mention" or mentions(raw, bot_user),
            to_somebody=mentions_somebody_else(raw, bot_user),
        )

    @property
    def came_from(self) -> str:
        return f"slack:{self.place.team}:{self.place.channel}:{self.ts}"


def is_recent(ts: str) -> bool:
    try:
        return time.time() - float(ts) < RECENT_SECONDS
    except ValueError:
        return False
