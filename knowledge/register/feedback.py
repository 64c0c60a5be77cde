"""What askers thought of an answer: a thumb at once, a reason if they give one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from knowledge.store import Store

Vote = Literal["up", "down"]
Reason = Literal["wrong", "missing", "old", "hard", "other"]
REASONS: tuple[Reason, ...] = ("wrong", "missing", "old", "hard", "other")


@dataclass(frozen=True, slots=True)
class Feedback:
    """One vote for each person and inquiry; the last one counts. `comment` is masked."""

    inquiry: int
    who: str
    vote: Vote
    reason: Reason | None
    comment: str | None
    at: datetime


class FeedbackBook:
    """The votes in one `Store`. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def vote(self, inquiry: int, who: str, vote: Vote) -> None:
        """Keep a vote; a changed vote drops the reason given for the other one."""
        with self._store.write() as db:
            db.conn.execute(
                "INSERT INTO inquiry_feedback (inquiry, who, vote, at) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (inquiry, who) DO UPDATE SET at = excluded.at, "
                "reason = CASE vote WHEN excluded.vote THEN reason END, "
                "comment = CASE vote WHEN excluded.vote THEN comment END, vote = excluded.vote",
                [inquiry, who, vote, datetime.now(UTC).isoformat()],
            )

    def explain(self, inquiry: int, who: str, reason: Reason | None, comment: str | None) -> None:
        """Add why to a vote that was kept; `comment` must be masked."""
        with self._store.write() as db:
            db.conn.execute(
                "UPDATE inquiry_feedback SET reason = ?, comment = ? WHERE inquiry = ? AND who = ?",
                [reason, comment, inquiry, who],
            )

    def of(self, inquiry: int) -> list[Feedback]:
        """The votes on an inquiry, oldest first."""
        rows = self._store.database.conn.execute(
            "SELECT inquiry, who, vote, reason, comment, at FROM inquiry_feedback "
            "WHERE inquiry = ? ORDER BY at",
            [inquiry],
        )
        return [
            Feedback(number, who, vote, reason, comment, datetime.fromisoformat(at))
            for number, who, vote, reason, comment, at in rows
        ]
