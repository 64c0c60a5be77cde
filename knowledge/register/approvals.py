"""Answers that a centre approved for reuse, for as long as they stand.

An approved answer is a document of the library. It stands until it is withdrawn, its day is over,
or the inquiry it came from is taken away; one that does not stand is not quoted, at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from knowledge.calendar import OSLO
from knowledge.messages import Failure
from knowledge.privacy import mask
from knowledge.register.changes import Changes
from knowledge.register.forgetting import forget_quotes
from knowledge.store import Store

LONGEST_QUESTION: Final = 500
"""Characters: the question is the heading of its document (indexer/loaders/markdown.py)."""

LONGEST_ANSWER: Final = 8_000
"""Characters: a few pages; what is longer is a document of its own."""

USUAL: Final = timedelta(days=365)
LONGEST: Final = timedelta(days=3 * 365)
"""How long an answer stands before somebody has to look at it again. Ours: rules and grants change
from year to year, and a guide is revised every few years."""

MOST_AT_ONCE: Final = 500
"""Ids in one query; SQLite takes 32,766 parameters."""

_STANDS = """
    a.withdrawn_at IS NULL AND a.expires_on >= ?
    AND i.deleted_at IS NULL AND i.withdrawn_at IS NULL
"""

_TO_FORGET = """
    SELECT a.id, a.document FROM approvals AS a JOIN inquiries AS i ON i.id = a.inquiry
    WHERE a.text <> '' AND (i.deleted_at IS NOT NULL OR i.withdrawn_at IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Approval:
    """An answer approved for reuse. `question` and `text` are masked.

    Attributes:
        expires_on: the last day it is quoted.
        document: id of the stored source; None until it is filed in the library. It stays when the
            answer is taken out: what others were shown of it is found by it.
    """

    id: int
    inquiry: int
    question: str
    text: str
    centre: str
    approved_at: datetime
    approved_by: str
    expires_on: date
    withdrawn_at: datetime | None = None
    document: str | None = None

    @property
    def location(self) -> str:
        """Where the library has it from."""
        return f"inquiry:{self.id}"

    def over(self, on: date) -> bool:
        return self.withdrawn_at is not None or self.expires_on < on


def today() -> date:
    """The day it is in Norway."""
    return datetime.now(OSLO).date()


class Approvals:
    """The approvals in one `Store`. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changes = Changes(store)

    def approve(
        self, inquiry: int, question: str, text: str, centre: str, who: str, expires_on: date
    ) -> Approval:
        """Approve an answer, in the place of the one that stood for the inquiry.

        Question and answer are masked again: whoever approves may have written more into them.

        Raises:
            Failure: there is no such inquiry, nothing is left of what was written, it is too long,
                or the day is past or too far off.
        """
        asked = " ".join(mask(question).text.split())
        answered = "\n".join(line.rstrip() for line in mask(text).text.strip().splitlines())
        self._check(asked, answered, expires_on)
        with self._store.write() as db:
            standing = db.conn.execute(
                "SELECT 1 FROM inquiries WHERE id = ? AND deleted_at IS NULL "
                "AND withdrawn_at IS NULL",
                [inquiry],
            ).fetchone()
            if standing is None:
                raise Failure("review_approval_no_inquiry", inquiry=inquiry)
            before = self.of(inquiry)
            if before is not None:
                self.withdraw(before.id, who)
            made = db.conn.execute(
                "INSERT INTO approvals "
                "(inquiry, question, text, centre, approved_at, approved_by, expires_on) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
                [inquiry, asked, answered, centre, _now(), who, expires_on.isoformat()],
            ).fetchone()
            number = int(made[0])
            fields = {"expires_on": (None, expires_on.isoformat()), "centre": (None, centre)}
            self._changes.record(who, "approval", number, fields)
            found = self.get(number)
        assert found is not None
        return found

    @staticmethod
    def _check(question: str, text: str, expires_on: date) -> None:
        if not question or not text:
            raise Failure("review_approval_empty")
        if len(question) > LONGEST_QUESTION or len(text) > LONGEST_ANSWER:
            raise Failure("review_approval_long", question=LONGEST_QUESTION, answer=LONGEST_ANSWER)
        if not today() <= expires_on <= today() + LONGEST:
            raise Failure("review_approval_day", years=LONGEST.days // 365)

    def filed(self, approval: int, document: str) -> None:
        """The answer is in the library now, under this id."""
        with self._store.write() as db:
            db.conn.execute("UPDATE approvals SET document = ? WHERE id = ?", [document, approval])

    def withdraw(self, approval: int, who: str) -> bool:
        """Take an approval back; it is not quoted from now on. False if it was before."""
        with self._store.write() as db:
            at = _now()
            changed = db.conn.execute(
                "UPDATE approvals SET withdrawn_at = ? WHERE id = ? AND withdrawn_at IS NULL",
                [at, approval],
            ).rowcount
            if changed:
                fields = {"withdrawn_at": (None, at)}
                self._changes.record(who, "approval", approval, fields)
        return bool(changed)

    def get(self, approval: int) -> Approval | None:
        return next(self._read("WHERE a.id = ?", [approval]), None)

    def of(self, inquiry: int) -> Approval | None:
        """The approval of an inquiry that was not withdrawn; it may have expired."""
        return next(self._read("WHERE a.inquiry = ? AND a.withdrawn_at IS NULL", [inquiry]), None)

    def standing(self, on: date | None = None) -> list[Approval]:
        """What may be quoted on a day (today), oldest first."""
        return list(self._read(f"WHERE {_STANDS} ORDER BY a.id", [(on or today()).isoformat()]))

    def stands(self, documents: Collection[str], on: date | None = None) -> set[str]:
        """Those of the stored sources that may be quoted on a day (today): one look-up each."""
        wanted = sorted(documents)
        day = (on or today()).isoformat()
        found: set[str] = set()
        for first in range(0, len(wanted), MOST_AT_ONCE):
            some = wanted[first : first + MOST_AT_ONCE]
            rows = self._store.database.conn.execute(
                "SELECT a.document FROM approvals AS a JOIN inquiries AS i ON i.id = a.inquiry "  # noqa: S608 (our conditions)
                f"WHERE a.document IN ({', '.join('?' * len(some))}) AND {_STANDS}",
                [*some, day],
            )
            found |= {str(row[0]) for row in rows}
        return found

    def over(self, on: date | None = None) -> list[Approval]:
        """What is in the library and does not stand any more."""
        filed = "a.document IN (SELECT id FROM documents WHERE origin = 'inquiry')"
        condition = f"WHERE {filed} AND NOT ({_STANDS}) ORDER BY a.id"
        return list(self._read(condition, [(on or today()).isoformat()]))

    def forget(self) -> int:
        """Remove the words of approvals whose inquiry was taken away; how many there were.

        What others were shown of them goes too. What was only withdrawn or has expired keeps its
        words, to be approved again, and stays in the inquiries it was shown to: it was right once.
        The database's log is emptied as well.
        """
        with self._store.write() as db:
            self._store.settle_after()
            gone = db.conn.execute(_TO_FORGET).fetchall()
            forget_quotes(self._store, [document for _, document in gone if document])
            db.conn.executemany(
                "UPDATE approvals SET question = '', text = '', "
                "withdrawn_at = coalesce(withdrawn_at, ?) WHERE id = ?",
                [(_now(), approval) for approval, _ in gone],
            )
        return len(gone)

    def to_forget(self) -> bool:
        """Whether `forget` has anything to do."""
        return self._store.database.conn.execute(_TO_FORGET).fetchone() is not None

    def _read(self, rest: str, parameters: Sequence[Any]) -> Iterator[Approval]:
        cursor = self._store.database.conn.execute(
            f"SELECT a.* FROM approvals AS a JOIN inquiries AS i ON i.id = a.inquiry {rest}",  # noqa: S608 (our conditions)
            list(parameters),
        )
        names = [column[0] for column in cursor.description]
        for values in cursor.fetchall():
            row = dict(zip(names, values, strict=True))
            row["approved_at"] = datetime.fromisoformat(row["approved_at"])
            row["expires_on"] = date.fromisoformat(row["expires_on"])
            if row["withdrawn_at"] is not None:
                row["withdrawn_at"] = datetime.fromisoformat(row["withdrawn_at"])
            yield Approval(**row)


def _now() -> str:
    return datetime.now(UTC).isoformat()
