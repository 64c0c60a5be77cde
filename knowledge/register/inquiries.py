"""The inquiry register: received before any other work, completed when the reply is known."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from knowledge.register.changes import Changes
from knowledge.register.inquiry_state import TEXTS
from knowledge.register.models import Inquiry, NewInquiry, Outcome, ShownQuote
from knowledge.store import Store
from knowledge.store.erasures import note

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
        was recorded first, unless that was a failure or a question back. The time of the first
        reply stays.
        """
        with self._store.write() as db:
            changed = db.conn.execute(
                "UPDATE inquiries SET outcome = ?, answered_by = ?, generation = ?, "
                "first_reply_at = coalesce(first_reply_at, ?), "
                "status = CASE status WHEN 'new' THEN ? ELSE status END "
                "WHERE id = ? AND (outcome IS NULL OR outcome IN ('failed', 'unclear'))",
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
                self.show(inquiry, quotes)

    def show(self, inquiry: int, quotes: Sequence[ShownQuote]) -> None:
        """Record quotes that were shown, after those that already were; none stands twice."""
        with self._store.write() as db:
            known = db.conn.execute(
                "SELECT document, start, position FROM inquiry_quotes WHERE inquiry = ?", [inquiry]
            ).fetchall()
            stands = {(document, start) for document, start, _ in known}
            new = [quote for quote in quotes if (quote.document, quote.start) not in stands]
            db.table("inquiry_quotes").insert_all(
                {"inquiry": inquiry, "position": position, **quote.model_dump()}
                for position, quote in enumerate(
                    new, start=1 + max((position for *_, position in known), default=0)
                )
            )

    def revise(self, inquiry: int, question: str, masked: Sequence[str]) -> bool:
        """The asker edited the question; it must be masked. Whether that changed anything."""
        with self._store.write() as db:
            return bool(
                db.conn.execute(
                    "UPDATE inquiries SET question = ?, masked = ?, edited_at = ? "
                    "WHERE id = ? AND question <> ? "
                    "AND withdrawn_at IS NULL AND deleted_at IS NULL",
                    [question, json.dumps(masked), _now(), inquiry, question],
                ).rowcount
            )

    def withdraw(self, inquiry: int) -> bool:
        """Remove what the asker wrote, and who asked; the row stays, for the count.

        Topics stay, without the words that suggested them. Comments, added text and notes go too,
        also from the audit trail. The text index forgets the words for good with
        `redaction.clear_search`, which takes long in a large register.

        Returns:
            False if it was withdrawn before.
        """
        with self._store.write() as db:
            withdrawn = db.conn.execute(
                "UPDATE inquiries SET question = '', thread = '[]', asker = NULL, note = '', "
                # An origin that names the asker goes with them.
                "came_from = CASE WHEN instr(came_from, coalesce(asker, '?')) > 0 "
                "THEN 'withdrawn:' || id ELSE came_from END, "
                "withdrawn_at = ? WHERE id = ? AND withdrawn_at IS NULL",
                [_now(), inquiry],
            ).rowcount
            for statement in (
                "UPDATE inquiry_topics SET reason = '' WHERE inquiry = ?",
                "UPDATE inquiry_feedback SET comment = NULL WHERE inquiry = ?",
                "UPDATE handovers SET note = '' WHERE inquiry = ?",
                "UPDATE inquiry_answers SET text = '' WHERE inquiry = ? AND centre IS NULL",
            ):
                db.conn.execute(statement, [inquiry])
            Changes(self._store).scrub("inquiry", inquiry, TEXTS)
            if withdrawn:
                note(self._store, "withdrawn", "inquiry", inquiry)
        return bool(withdrawn)

    def resolve(self, inquiry: int, *, resolved: bool = True) -> bool:
        """Mark as resolved, or take that back. Whether that changed anything."""
        with self._store.write() as db:
            if resolved:
                sql = (
                    "UPDATE inquiries SET status = 'resolved', resolved_at = ? "
                    "WHERE id = ? AND status <> 'resolved'"
                )
                return bool(db.conn.execute(sql, [_now(), inquiry]).rowcount)
            sql = (
                "UPDATE inquiries SET resolved_at = NULL, status = CASE "
                "WHEN answered_by IS NOT NULL THEN 'answered' "
                "WHEN EXISTS (SELECT 1 FROM handovers AS h "
                "WHERE h.inquiry = inquiries.id AND h.closed_at IS NULL) "
                "THEN 'waiting' ELSE 'new' END WHERE id = ? AND status = 'resolved'"
            )
            return bool(db.conn.execute(sql, [inquiry]).rowcount)

    def set_asker(self, inquiry: int, municipality: str, centre: str | None) -> None:
        """The asker told the municipality after asking."""
        with self._store.write() as db:
            db.conn.execute(
                "UPDATE inquiries SET municipality = ?, municipality_today = ?, "
                "centre = coalesce(centre, ?) WHERE id = ? AND municipality IS NULL",
                [municipality, municipality, centre, inquiry],
            )

    def set_aside(self, inquiry: int) -> None:
        """Mark as not an inquiry: thanks, a test, something posted by mistake."""
        with self._store.write() as db:
            db.conn.execute(
                "UPDATE inquiries SET status = 'not_an_inquiry' WHERE id = ?", [inquiry]
            )

    def found(self, came_from: str) -> Inquiry | None:
        """The inquiry that came from there, if there is one."""
        return next(self._read("WHERE came_from = ?", [came_from]), None)

    def of_asker(self, asker: str, *, limit: int | None = 20) -> list[Inquiry]:
        """The newest inquiries of one asker; all of them with `limit` None."""
        rest = "WHERE asker = ? ORDER BY id DESC LIMIT ?"
        return list(self._read(rest, [asker, -1 if limit is None else limit]))

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


def _now() -> str:
    return datetime.now(UTC).isoformat()
