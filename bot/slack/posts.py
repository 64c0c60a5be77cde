"""The outbox: what is to be posted in Slack, and what was posted where."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from bot.slack.blocks import Rendered
from knowledge.store import Store

Way = Literal["message", "ephemeral", "response", "share"]
State = Literal["due", "ready", "posted", "failed"]

_COLUMNS = (
    "key",
    "inquiry",
    "team",
    "channel",
    "thread_ts",
    "way",
    "recipient",
    "response_url",
    "state",
    "payload",
    "ts",
    "tries",
    "created_at",
)


@dataclass(frozen=True, slots=True)
class Post:
    """One message to Slack.

    Attributes:
        key: what it is, unique: "answer:12", "note:12", "handover:3", "relay:7".
        way: "message" for all to see, "ephemeral" for `recipient` alone, "response" to the
            `response_url` of a command or button for who pressed it alone, "share" the same for
            the whole channel.
        recipient: Slack's id of who it is for; forgotten when it is posted.
        state: "due" until its content is known, then "ready", then "posted" or "failed".
    """

    key: str
    inquiry: int | None
    team: str
    channel: str
    thread_ts: str | None
    way: Way
    recipient: str | None
    response_url: str | None
    state: State
    payload: Rendered | None
    ts: str | None
    tries: int
    created_at: datetime

    @property
    def kind(self) -> str:
        return self.key.partition(":")[0]

    @property
    def label(self) -> str:
        return label(self.key)

    @property
    def number(self) -> int:
        """What the key counts: the inquiry, handover or answer."""
        return int(self.key.split(":")[1])


def label(key: str) -> str:
    """The key as it may be logged: without the channel and the time that some keys hold."""
    kind, _, number = key.partition(":")
    number = number.split(":")[0]
    return f"{kind}:{number}" if number.isdecimal() else kind


@dataclass(frozen=True, slots=True)
class Place:
    """Where in Slack something is to be posted."""

    team: str
    channel: str
    thread_ts: str | None = None


FARTHEST_TRY: Final = timedelta(minutes=2)
"""Twice the longest wait for another try (bot/slack/postman.py): what is set farther ahead was set
before the clock was put back, and is due now."""


class Posts:
    """The outbox in one `Store`. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(
        self,
        key: str,
        place: Place,
        payload: Rendered | None,
        *,
        inquiry: int | None = None,
        way: Way = "message",
        recipient: str | None = None,
        response_url: str | None = None,
    ) -> bool:
        """Keep a message that is to be posted; without `payload` its content is due.

        Returns:
            False if there is one with this key: it is posted once.
        """
        now = datetime.now(UTC).isoformat()
        with self._store.write() as db:
            return bool(
                db.conn.execute(
                    "INSERT INTO slack_posts (key, inquiry, team, channel, thread_ts, way, "
                    "recipient, response_url, state, payload, next_try_at, created_at) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
                    [
                        key,
                        inquiry,
                        place.team,
                        place.channel,
                        place.thread_ts,
                        way,
                        recipient,
                        response_url,
                        "ready" if payload else "due",
                        _json(payload) if payload else None,
                        now,
                        now,
                    ],
                ).rowcount
            )

    def ready(self, key: str, payload: Rendered) -> None:
        """The content of a due message is known."""
        with self._store.write() as db:
            db.conn.execute(
                "UPDATE slack_posts SET state = 'ready', payload = ? "
                "WHERE key = ? AND state = 'due'",
                [_json(payload), key],
            )

    def posted(self, key: str, ts: str | None, channel: str | None = None) -> None:
        """It was posted; its content and recipient are forgotten.

        What was changed or withdrawn meanwhile stays marked, to be drawn anew (bot/slack/centres).
        """
        with self._store.write() as db:
            db.conn.execute(
                "UPDATE slack_posts SET state = 'posted', ts = ?, payload = NULL, "
                "channel = coalesce(?, channel), recipient = NULL, response_url = NULL, "
                "error = CASE WHEN error = 'outdated' OR state = 'failed' THEN 'outdated' END "
                "WHERE key = ?",
                [ts, channel, key],
            )

    def redirect(self, key: str, way: Way, channel: str, thread_ts: str | None = None) -> None:
        """It has to go another way: to a direct message, say."""
        with self._store.write() as db:
            db.conn.execute(
                "UPDATE slack_posts SET way = ?, channel = ?, thread_ts = ?, "
                "response_url = NULL WHERE key = ?",
                [way, channel, thread_ts, key],
            )

    def later(self, key: str, error: str, wait: timedelta) -> None:
        with self._store.write() as db:
            db.conn.execute(
                "UPDATE slack_posts SET tries = tries + 1, next_try_at = ?, error = ? "
                "WHERE key = ?",
                [(datetime.now(UTC) + wait).isoformat(), error, key],
            )

    def failed(self, key: str, error: str) -> None:
        """It can never be posted; what it was stays in the register."""
        with self._store.write() as db:
            db.conn.execute(
                "UPDATE slack_posts SET state = 'failed', payload = NULL, recipient = NULL, "
                "response_url = NULL, error = ? WHERE key = ?",
                [error, key],
            )

    def get(self, key: str) -> Post | None:
        return next(iter(self._read("key = ?", [key])), None)

    def at(self, team: str, channel: str, ts: str) -> Post | None:
        """The message of ours with this timestamp."""
        return next(
            iter(self._read("team = ? AND channel = ? AND ts = ?", [team, channel, ts])), None
        )

    def waiting(self) -> list[str]:
        """The keys of what should be posted by now, oldest first."""
        now = datetime.now(UTC)
        rows = self._store.database.conn.execute(
            "SELECT key FROM slack_posts WHERE state IN ('due', 'ready') "
            "AND (next_try_at <= ? OR next_try_at > ?) ORDER BY created_at",
            [now.isoformat(), (now + FARTHEST_TRY).isoformat()],
        )
        return [str(key) for (key,) in rows]

    def unposted(self) -> tuple[int, str | None]:
        """How many messages wait, and what the one that has waited longest failed with."""
        connection = self._store.database.conn
        waiting = "FROM slack_posts WHERE state IN ('due', 'ready')"
        count = connection.execute(f"SELECT count(*) {waiting}").fetchone()
        oldest = connection.execute(
            f"SELECT error {waiting} AND error IS NOT NULL ORDER BY created_at LIMIT 1"
        ).fetchone()
        return int(count[0]), oldest[0] if oldest else None

    def _read(self, where: str, parameters: list[Any]) -> list[Post]:
        rows = self._store.database.conn.execute(
            f"SELECT {', '.join(_COLUMNS)} FROM slack_posts WHERE {where}",  # noqa: S608 (ours)
            parameters,
        )
        return [_post(dict(zip(_COLUMNS, row, strict=True))) for row in rows]


def _json(payload: Rendered) -> str:
    return json.dumps({"text": payload.text, "blocks": payload.blocks}, ensure_ascii=False)


def _post(row: dict[str, Any]) -> Post:
    row["payload"] = Rendered(**json.loads(row["payload"])) if row["payload"] else None
    row["created_at"] = datetime.fromisoformat(row["created_at"])
    return Post(**row)
