"""Where in Slack an inquiry was asked, and what was asked before it there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from bot.slack.posts import Place
from knowledge.store import Store

SAME_TALK = timedelta(minutes=30)
"""In a direct message, where everybody writes at the top, what was asked within this time before
belongs together."""

MOST_EARLIER = 5

DELETED_KEPT = timedelta(hours=1)
"""Slack's last retry comes after about six minutes."""


class Threads:
    """Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, inquiry: int, place: Place, ts: str | None) -> None:
        """An inquiry was asked in the message `ts`; replies go to `place`."""
        with self._store.write() as db:
            db.conn.execute(
                "INSERT INTO slack_threads (inquiry, team, channel, ts, thread_ts) "
                "VALUES (?, ?, ?, ?, ?) ON CONFLICT (inquiry) DO NOTHING",
                [inquiry, place.team, place.channel, ts, place.thread_ts],
            )

    def move(self, inquiry: int, place: Place) -> None:
        """Replies go elsewhere from now on: to a direct message, where the answer was private."""
        with self._store.write() as db:
            db.conn.execute(
                "INSERT INTO slack_threads (inquiry, team, channel, thread_ts) "
                "VALUES (?, ?, ?, ?) ON CONFLICT (inquiry) DO UPDATE SET "
                "channel = excluded.channel, thread_ts = excluded.thread_ts",
                [inquiry, place.team, place.channel, place.thread_ts],
            )

    def place(self, inquiry: int) -> Place | None:
        """Where the asker reads about an inquiry; None if it did not come from Slack."""
        found = self._store.database.conn.execute(
            "SELECT team, channel, thread_ts FROM slack_threads WHERE inquiry = ?", [inquiry]
        ).fetchone()
        return Place(*found) if found else None

    def question_at(self, inquiry: int) -> str | None:
        """The timestamp of the message that asked; None for a command."""
        found = self._store.database.conn.execute(
            "SELECT ts FROM slack_threads WHERE inquiry = ?", [inquiry]
        ).fetchone()
        return found[0] if found else None

    def takes_part(self, place: Place) -> bool:
        """Whether something was asked in this thread before."""
        return (
            self._store.database.conn.execute(
                "SELECT 1 FROM slack_threads "
                "WHERE team = ? AND channel = ? AND thread_ts = ? LIMIT 1",
                [place.team, place.channel, place.thread_ts],
            ).fetchone()
            is not None
        )

    def inquiry_in(self, place: Place) -> int | None:
        """The last inquiry of a thread that a centre has, or else the last one."""
        found = self._store.database.conn.execute(
            "SELECT t.inquiry FROM slack_threads AS t LEFT JOIN handovers AS h "
            "ON h.inquiry = t.inquiry AND h.closed_at IS NULL "
            "WHERE t.team = ? AND t.channel = ? AND t.thread_ts = ? "
            "ORDER BY h.id IS NULL, t.inquiry DESC LIMIT 1",
            [place.team, place.channel, place.thread_ts],
        ).fetchone()
        return int(found[0]) if found else None

    def asked_by(self, place: Place, who: str) -> bool:
        """Whether this person asked something in this thread."""
        found = self._store.database.conn.execute(
            "SELECT 1 FROM slack_threads AS t JOIN inquiries AS i ON i.id = t.inquiry "
            "WHERE t.team = ? AND t.channel = ? AND t.thread_ts = ? AND i.asker = ? LIMIT 1",
            [place.team, place.channel, place.thread_ts, who],
        ).fetchone()
        return found is not None

    def rewrite(self, inquiry: int, old: str, new: str) -> None:
        """Follow-ups keep what was asked before them: let them say `new` in place of `old`."""
        if not old:
            return
        with self._store.write() as db:
            rows = db.conn.execute(
                "SELECT i.id, i.thread FROM slack_threads AS o "
                "JOIN slack_threads AS t ON t.team = o.team AND t.channel = o.channel "
                "JOIN inquiries AS i ON i.id = t.inquiry "
                "WHERE o.inquiry = ? AND i.id > o.inquiry AND i.thread <> '[]'",
                [inquiry],
            ).fetchall()
            for later, thread in rows:
                texts = json.loads(thread)
                if old in texts:
                    kept = [new if text == old else text for text in texts]
                    db.conn.execute(
                        "UPDATE inquiries SET thread = ? WHERE id = ?",
                        [json.dumps([t for t in kept if t], ensure_ascii=False), later],
                    )

    def deleted(self, came_from: str) -> None:
        """A message was deleted that has no row: it may be delivered after its deletion."""
        with self._store.write() as db:
            db.conn.execute(
                "DELETE FROM slack_deleted WHERE at < ?",
                [(datetime.now(UTC) - DELETED_KEPT).isoformat()],
            )
            db.conn.execute(
                "INSERT INTO slack_deleted (came_from, at) VALUES (?, ?) "
                "ON CONFLICT (came_from) DO NOTHING",
                [came_from, datetime.now(UTC).isoformat()],
            )

    def was_deleted(self, came_from: str) -> bool:
        found = self._store.database.conn.execute(
            "SELECT 1 FROM slack_deleted WHERE came_from = ?", [came_from]
        ).fetchone()
        return found is not None

    def earlier(self, place: Place, *, direct: bool, at_top: bool) -> tuple[str, ...]:
        """What was asked before in a thread, oldest first.

        At the top of a direct message, what was asked there shortly before.
        """
        where, parameters = "t.thread_ts = ?", [place.thread_ts]
        if at_top:
            if not direct:
                return ()
            where, parameters = "i.received_at >= ?", [(datetime.now(UTC) - SAME_TALK).isoformat()]
        rows = self._store.database.conn.execute(
            "SELECT i.question "  # noqa: S608 (one of the two conditions above)
            "FROM slack_threads AS t JOIN inquiries AS i ON i.id = t.inquiry "
            f"WHERE t.team = ? AND t.channel = ? AND {where} "
            "AND i.question <> '' ORDER BY i.id DESC LIMIT ?",
            [place.team, place.channel, *parameters, MOST_EARLIER],
        )
        return tuple(str(text) for (text,) in rows)[::-1]
