"""Inquiries that must be kept as they are: for archive duty, an audit, or a complaint.

A hold keeps an inquiry's text from retention and from `privacy forget`. The asker's own deletion in
Slack, and a reviewer who removes words or deletes, are not stopped: they decide for themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from sqlite3 import Connection
from typing import Final

from knowledge.messages import Failure
from knowledge.personal_data.privacy_log import PrivacyLog
from knowledge.privacy import mask
from knowledge.store import Store
from knowledge.store.erasures import note

HELD: Final = "SELECT inquiry FROM holds WHERE released_at IS NULL"
"""The inquiries on hold, for a condition."""

LONGEST_REASON: Final = 500
"""Characters: a case number and a sentence."""


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold; `reason` is masked."""

    inquiry: int
    at: datetime
    who: str
    reason: str


class Holds:
    """The holds in one `Store`. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def hold(self, inquiry: int, reason: str, who: str) -> bool:
        """Keep an inquiry; False if it was on hold before.

        Raises:
            Failure: there is no such inquiry, nothing is left of it, or there is no reason.
        """
        told = " ".join(mask(reason).text.split())[:LONGEST_REASON]
        if not told:
            raise Failure("operation_privacy_hold_reason")
        with self._store.write() as db:
            found = db.conn.execute(
                "SELECT withdrawn_at, deleted_at FROM inquiries WHERE id = ?", [inquiry]
            ).fetchone()
            if found is None:
                raise Failure("inquiry_missing", inquiry=inquiry)
            if any(found):
                raise Failure("operation_privacy_hold_gone", inquiry=inquiry)
            new = db.conn.execute(
                "INSERT INTO holds (inquiry, at, who, reason) VALUES (?, ?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                [inquiry, datetime.now(UTC).isoformat(), who, told],
            ).rowcount
            if new:
                PrivacyLog(self._store).record(
                    "hold", who=who, reference=told, subject=f"inquiry:{inquiry}"
                )
                note(self._store, "hold", "inquiry", inquiry)
        return bool(new)

    def release(self, inquiry: int, who: str, reason: str = "") -> bool:
        """Let an inquiry go: the next retention takes it if it is due. False if none held it."""
        with self._store.write() as db:
            released = db.conn.execute(
                "UPDATE holds SET released_at = ?, released_by = ? "
                "WHERE inquiry = ? AND released_at IS NULL",
                [datetime.now(UTC).isoformat(), who, inquiry],
            ).rowcount
            if released:
                PrivacyLog(self._store).record(
                    "release", who=who, reference=reason, subject=f"inquiry:{inquiry}"
                )
                note(self._store, "release", "inquiry", inquiry)
        return bool(released)

    def all(self) -> list[Hold]:
        """Those that stand, by inquiry."""
        rows = self._store.database.conn.execute(
            "SELECT inquiry, at, who, reason FROM holds WHERE released_at IS NULL ORDER BY inquiry"
        )
        return [Hold(number, datetime.fromisoformat(at), who, why) for number, at, who, why in rows]


def held_again(connection: Connection, inquiry: int, at: str, who: str, reason: str) -> None:
    """Put an inquiry of a restored database on hold, as another copy or the file tells.

    Not where it was released after that moment.
    """
    connection.execute(
        "INSERT INTO holds (inquiry, at, who, reason) SELECT id, :at, :who, :reason "
        "FROM inquiries WHERE id = :inquiry AND NOT EXISTS "
        "(SELECT 1 FROM holds WHERE inquiry = :inquiry AND released_at > :at) "
        "ON CONFLICT DO NOTHING",
        {"inquiry": inquiry, "at": at, "who": who, "reason": reason},
    )


def released_again(connection: Connection, inquiry: int, at: str, who: str) -> None:
    """Release an inquiry of a restored database, where it was put on hold before that moment."""
    connection.execute(
        "UPDATE holds SET released_at = :at, released_by = :who "
        "WHERE inquiry = :inquiry AND released_at IS NULL AND at < :at",
        {"inquiry": inquiry, "at": at, "who": who},
    )
