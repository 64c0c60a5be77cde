"""The inquiry register: received before any other work, completed when the reply is known."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from knowledge.register.models import Inquiry, NewInquiry, Outcome, ShownQuote
from knowledge.store import Store

Row = dict[str, Any]


class Inquiries:
    """The register in one `Store`. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def receive(self, new: NewInquiry) -> tuple[int, bool]:
        """Write the inquiry; on disk when this returns.

        Returns:
            The id, and whether the row is new. The same `came_from` gives the same row however
            often it is delivered.
        """
        row = new.model_dump(exclude={"topics"})
        row["received_at"] = new.received_at.astimezone(UTC).isoformat()
        row["masked"] = json.dumps(new.masked)
        row["thread"] = json.dumps(new.thread, ensure_ascii=False)
        row["status"] = "new"
        columns = ", ".join(row)
        values = ", ".join(f":{column}" for column in row)
        with self._store.write() as db:
            cursor = db.conn.execute(
                f"INSERT INTO inquiries ({columns}) VALUES ({values}) "  # noqa: S608 (our columns)
                "ON CONFLICT (came_from) DO NOTHING RETURNING id",
                row,
            )
            inserted = cursor.fetchone()
            if inserted is None:
                found = db.conn.execute(
                    "SELECT id FROM inquiries WHERE came_from = ?", [new.came_from]
                ).fetchone()
                return int(found[0]), False
            db.table("inquiry_topics").insert_all(
                {"inquiry": inserted[0], "topic": topic, "reason": reason}
                for topic, reason in new.topics.items()
            )
        return int(inserted[0]), True

    def complete(
        self,
        inquiry: int,
        *,
        outcome: Outcome,
        generation: str | None,
        quotes: Sequence[ShownQuote],
        at: datetime,
    ) -> None:
        """Record what the bot replied: the outcome, the quotes shown, and from which index.

        Completing the same inquiry again (a crash between two writes, a late event) keeps what
        was recorded first, unless that was a failure.
        """
        with self._store.write() as db:
            changed = db.conn.execute(
                "UPDATE inquiries SET outcome = ?, answered_by = ?, generation = ?, "
                "first_reply_at = ?, status = ? "
                "WHERE id = ? AND (outcome IS NULL OR outcome = 'failed')",
                [
                    outcome,
                    "bot" if outcome == "answered" else None,
                    generation,
                    at.astimezone(UTC).isoformat(),
                    "answered" if outcome == "answered" else "new",
                    inquiry,
                ],
            ).rowcount
            if changed:
                db.table("inquiry_quotes").insert_all(
                    {"inquiry": inquiry, "position": position, **quote.model_dump()}
                    for position, quote in enumerate(quotes, start=1)
                )

    def get(self, inquiry: int) -> Inquiry | None:
        return next(self._read("WHERE id = ?", [inquiry]), None)

    def newest(
        self, *, limit: int = 20, since: str | None = None, outcome: str | None = None
    ) -> list[Inquiry]:
        """The newest inquiries first; `since` is an ISO date, `outcome` one of `Outcome`."""
        where, parameters = self._conditions(since, outcome)
        return list(self._read(f"{where} ORDER BY id DESC LIMIT ?", [*parameters, limit]))

    def all(self, *, since: str | None = None, outcome: str | None = None) -> Iterator[Inquiry]:
        """Every inquiry, oldest first, one at a time (memory stays flat)."""
        where, parameters = self._conditions(since, outcome)
        return self._read(f"{where} ORDER BY id", parameters)

    def count(self) -> int:
        return int(self._store.database["inquiries"].count)

    @staticmethod
    def _conditions(since: str | None, outcome: str | None) -> tuple[str, list[Any]]:
        conditions = {"received_at >= ?": since, "outcome = ?": outcome}
        given = {sql: value for sql, value in conditions.items() if value is not None}
        return ("WHERE " + " AND ".join(given) if given else ""), list(given.values())

    def _read(self, rest: str, parameters: Iterable[Any]) -> Iterator[Inquiry]:
        connection = self._store.database.conn
        cursor = connection.execute(
            f"SELECT * FROM inquiries {rest}",  # noqa: S608 (our own conditions)
            list(parameters),
        )
        for values in cursor:
            row = self._named(cursor, values)
            row["masked"] = json.loads(row["masked"])
            row["thread"] = json.loads(row["thread"])
            topics = connection.execute(
                "SELECT topic, reason FROM inquiry_topics WHERE inquiry = ?", [row["id"]]
            )
            quotes = connection.execute(
                "SELECT * FROM inquiry_quotes WHERE inquiry = ? ORDER BY position", [row["id"]]
            )
            yield Inquiry.model_validate(
                {
                    **row,
                    "topics": dict(topics.fetchall()),
                    "quotes": tuple(self._quote(self._named(quotes, quote)) for quote in quotes),
                }
            )

    @staticmethod
    def _named(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Row:
        return dict(zip((column[0] for column in cursor.description), values, strict=True))

    @staticmethod
    def _quote(row: Row) -> ShownQuote:
        return ShownQuote.model_validate(
            {name: value for name, value in row.items() if name in ShownQuote.model_fields}
        )
