"""Handing an inquiry over to a development centre, and what was answered."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from knowledge.store import Store


@dataclass(frozen=True, slots=True)
class Handover:
    """An inquiry that a centre was asked to answer.

    Attributes:
        reason: why this centre: "own_municipality", "county", ..., "chosen", "reviewer" or
            "passed_on".
        note: what the asker wrote to the centre, masked.
        closed_at: when it was resolved, passed on to another centre (`passed_to`) or given back to
            the one it came from (`passed_to`, too).
    """

    id: int
    inquiry: int
    centre: str
    reason: str
    topic: str | None
    note: str
    at: datetime
    first_reply_at: datetime | None = None
    reminded_at: datetime | None = None
    closed_at: datetime | None = None
    passed_to: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a centre answered, or what the asker added (`centre` None), masked."""

    id: int
    inquiry: int
    came_from: str
    centre: str | None
    text: str
    at: datetime
    taken_back_at: datetime | None = None


class Handovers:
    """The handovers and answers in one `Store`. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(
        self, inquiry: int, *, centre: str, reason: str, topic: str | None = None, note: str = ""
    ) -> tuple[Handover, bool]:
        """Hand an inquiry over, and whether that is new: one that is open stays as it is."""
        with self._store.write() as db:
            standing = self.open_of(inquiry)
            if standing is not None:
                return standing, False
            at = datetime.now(UTC).isoformat()
            made = db.conn.execute(
                "INSERT INTO handovers (inquiry, centre, reason, topic, note, at) "
                "VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                [inquiry, centre, reason, topic, note, at],
            ).fetchone()
            db.conn.execute(
                "UPDATE inquiries SET status = 'waiting', centre = ? WHERE id = ?",
                [centre, inquiry],
            )
            found = self.get(int(made[0]))
            assert found is not None
        return found, True

    def pass_on(self, handover: int, centre: str, note: str = "") -> Handover | None:
        """Close a handover and open one to another centre; None if it was closed already."""
        with self._store.write() as db:
            old = self.get(handover)
            if old is None or old.closed_at is not None:
                return None
            now = datetime.now(UTC).isoformat()
            db.conn.execute("UPDATE handovers SET closed_at = ? WHERE id = ?", [now, handover])
            new, _ = self.open(
                old.inquiry,
                centre=centre,
                reason="passed_on",
                topic=old.topic,
                note="\n\n".join(text for text in (old.note, note) if text),
            )
            db.conn.execute("UPDATE handovers SET passed_to = ? WHERE id = ?", [new.id, handover])
        return new

    def answer(
        self, inquiry: int, text: str, *, came_from: str, centre: str | None
    ) -> tuple[Answer, bool]:
        """Keep a centre's answer or (`centre` None) what the asker added, once for each origin.

        The first answer of a centre is the first reply of its handover.
        """
        with self._store.write() as db:
            now = datetime.now(UTC).isoformat()
            made = db.conn.execute(
                "INSERT INTO inquiry_answers (inquiry, came_from, centre, text, at) "
                "VALUES (?, ?, ?, ?, ?) ON CONFLICT (came_from) DO NOTHING RETURNING id",
                [inquiry, came_from, centre, text, now],
            ).fetchone()
            if made is None:
                return next(self._answers("came_from = ?", [came_from])), False
            if centre is not None:
                db.conn.execute(
                    "UPDATE handovers SET first_reply_at = coalesce(first_reply_at, ?) "
                    "WHERE inquiry = ? AND closed_at IS NULL",
                    [now, inquiry],
                )
                db.conn.execute(
                    "UPDATE inquiries SET status = 'answered', answered_by = ? WHERE id = ?",
                    [centre, inquiry],
                )
            return next(self._answers("id = ?", [int(made[0])])), True

    def revise(self, answer: int, text: str) -> None:
        """The text of an answer was corrected where it was written."""
        with self._store.write() as db:
            db.conn.execute("UPDATE inquiry_answers SET text = ? WHERE id = ?", [text, answer])

    def take_back(self, answer: int) -> Answer | None:
        """Mark an answer as taken back; None if there is none or it was taken back already."""
        with self._store.write() as db:
            changed = db.conn.execute(
                "UPDATE inquiry_answers SET taken_back_at = ? "
                "WHERE id = ? AND taken_back_at IS NULL",
                [datetime.now(UTC).isoformat(), answer],
            ).rowcount
            return next(self._answers("id = ?", [answer]), None) if changed else None

    def close(self, inquiry: int) -> None:
        """Close the open handover of an inquiry, if there is one."""
        with self._store.write() as db:
            db.conn.execute(
                "UPDATE handovers SET closed_at = ? WHERE inquiry = ? AND closed_at IS NULL",
                [datetime.now(UTC).isoformat(), inquiry],
            )

    def reminded(self, handover: int) -> bool:
        """Mark a handover as reminded of; False if it was before."""
        with self._store.write() as db:
            return bool(
                db.conn.execute(
                    "UPDATE handovers SET reminded_at = ? WHERE id = ? AND reminded_at IS NULL",
                    [datetime.now(UTC).isoformat(), handover],
                ).rowcount
            )

    def get(self, handover: int) -> Handover | None:
        return next(self._handovers("id = ?", [handover]), None)

    def open_of(self, inquiry: int) -> Handover | None:
        """The open handover of an inquiry; None if no centre has it."""
        return next(self._handovers("inquiry = ? AND closed_at IS NULL", [inquiry]), None)

    def last_of(self, inquiry: int) -> Handover | None:
        """The open handover, or else the newest that was not passed on; None if there is none."""
        order = "closed_at IS NOT NULL, passed_to IS NOT NULL, id DESC"
        return next(self._handovers(f"inquiry = ? ORDER BY {order} LIMIT 1", [inquiry]), None)

    def of(self, inquiry: int) -> list[Handover]:
        """Every handover of an inquiry, oldest first."""
        return list(self._handovers("inquiry = ? ORDER BY id", [inquiry]))

    def open_at(self, centre: str) -> list[Handover]:
        """What a centre has to answer, oldest first."""
        return list(self._handovers("centre = ? AND closed_at IS NULL ORDER BY id", [centre]))

    def unanswered(self) -> list[Handover]:
        """Open handovers that nobody has replied to or been reminded of, oldest first."""
        return list(
            self._handovers(
                "closed_at IS NULL AND first_reply_at IS NULL AND reminded_at IS NULL ORDER BY id",
                [],
            )
        )

    def answers(self, inquiry: int) -> list[Answer]:
        """What was answered and added, oldest first; what was taken back is marked."""
        return list(self._answers("inquiry = ? ORDER BY id", [inquiry]))

    def answer_from(self, came_from: str) -> Answer | None:
        return next(self._answers("came_from = ?", [came_from]), None)

    def answer_number(self, answer: int) -> Answer | None:
        return next(self._answers("id = ?", [answer]), None)

    def _handovers(self, where: str, parameters: Iterable[Any]) -> Iterator[Handover]:
        for row in self._rows("handovers", where, parameters):
            yield Handover(**_with_times(row))

    def _answers(self, where: str, parameters: Iterable[Any]) -> Iterator[Answer]:
        for row in self._rows("inquiry_answers", where, parameters):
            yield Answer(**_with_times(row))

    def _rows(self, table: str, where: str, parameters: Iterable[Any]) -> list[dict[str, Any]]:
        cursor: sqlite3.Cursor = self._store.database.conn.execute(
            f"SELECT * FROM {table} WHERE {where}",  # noqa: S608 (our own conditions)
            list(parameters),
        )
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def _with_times(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value)
        if isinstance(value, str) and (name == "at" or name.endswith("_at"))
        else value
        for name, value in row.items()
    }
