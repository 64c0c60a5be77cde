"""The audit trail: who changed which field of which row from what to what, and when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import uuid4

from knowledge.store import Store

Kind = Literal["inquiry", "visit", "idea", "annual_form", "approval", "user"]

_COLUMNS = "id, at, who, kind, subject, field, before, after, batch, undoes"


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one row.

    Attributes:
        who: "user:<id>", "cli", "import:user:<id>"; "" where it was not a reviewer's.
        before, after: JSON values; None too where the text had to go (`scrubbed`).
        batch: joins what was changed together.
        undoes: the batch that this one took back.
    """

    id: int
    at: datetime
    who: str
    kind: Kind
    subject: int
    field: str
    before: Any
    after: Any
    batch: str
    undoes: str | None = None
    scrubbed: bool = False


class Changes:
    """The trail in one `Store`: append-only. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def record(
        self,
        who: str,
        kind: Kind,
        subject: int,
        fields: Mapping[str, tuple[Any, Any]],
        *,
        batch: str | None = None,
        undoes: str | None = None,
    ) -> str:
        """Write what was changed, field -> (before, after), and return its batch.

        Call it in the transaction of the change itself.
        """
        batch = batch or uuid4().hex
        at = datetime.now(UTC).isoformat()
        with self._store.write() as db:
            db.conn.executemany(
                "INSERT INTO changes (at, who, kind, subject, field, before, after, batch, undoes) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (at, who, kind, subject, field, _json(before), _json(after), batch, undoes)
                    for field, (before, after) in fields.items()
                ],
            )
        return batch

    def of(self, kind: Kind, subject: int) -> list[Change]:
        """Every change of a row, newest first."""
        return self._read("kind = ? AND subject = ? ORDER BY id DESC", [kind, subject])

    def since(self, kind: Kind, subject: int, revision: int) -> list[Change]:
        """The changes of a row after a revision, oldest first.

        A row's revision is the id of the last change it had when it was written.
        """
        return self._read(
            "kind = ? AND subject = ? AND id > ? ORDER BY id", [kind, subject, revision]
        )

    def last(self, kind: Kind, subject: int) -> int:
        """The id of the last change of a row; 0 where there is none."""
        found = self._store.database.conn.execute(
            "SELECT max(id) FROM changes WHERE kind = ? AND subject = ?", [kind, subject]
        ).fetchone()
        return int(found[0] or 0)

    def in_batch(self, batch: str) -> list[Change]:
        """What was changed together, oldest first."""
        return self._read("batch = ? ORDER BY id", [batch])

    def last_batch(self, kind: Kind, subject: int) -> str | None:
        """The last batch of a row that can be undone.

        That is: it is not undone, is not itself an undo, and its words did not have to go.
        """
        found = self._store.database.conn.execute(
            """
            SELECT batch FROM changes AS c
            WHERE kind = :kind AND subject = :subject AND undoes IS NULL
                AND NOT EXISTS (
                    SELECT 1 FROM changes AS u
                    WHERE u.kind = :kind AND u.subject = :subject AND u.undoes = c.batch
                )
                AND NOT EXISTS (
                    SELECT 1 FROM changes AS s
                    WHERE s.batch = c.batch AND s.before IS NULL AND s.after IS NULL
                )
            ORDER BY id DESC LIMIT 1
            """,
            {"kind": kind, "subject": subject},
        ).fetchone()
        return str(found[0]) if found else None

    def undone(self, batch: str) -> bool:
        """Whether a batch was taken back."""
        # By the rows that it changed, for which there is an index.
        return (
            self._store.database.conn.execute(
                "SELECT 1 FROM changes AS c JOIN changes AS u "
                "ON u.kind = c.kind AND u.subject = c.subject AND u.undoes = c.batch "
                "WHERE c.batch = ? LIMIT 1",
                [batch],
            ).fetchone()
            is not None
        )

    def scrub(self, kind: Kind, subject: int, fields: Iterable[str] | None = None) -> None:
        """Remove the values of some fields of a row, or of all; that they were changed stays."""
        condition = "kind = ? AND subject = ?"
        parameters: list[Any] = [kind, subject]
        if fields is not None:
            chosen = list(fields)
            condition += f" AND field IN ({', '.join('?' * len(chosen))})"
            parameters += chosen
        with self._store.write() as db:
            db.conn.execute(
                f"UPDATE changes SET before = NULL, after = NULL WHERE {condition}",  # noqa: S608
                parameters,
            )

    def _read(self, where: str, parameters: Iterable[Any]) -> list[Change]:
        rows = self._store.database.conn.execute(
            f"SELECT {_COLUMNS} FROM changes WHERE {where}",  # noqa: S608 (our own conditions)
            list(parameters),
        )
        return [
            Change(
                number,
                datetime.fromisoformat(at),
                who,
                kind,
                subject,
                field,
                None if before is None else json.loads(before),
                None if after is None else json.loads(after),
                batch,
                undoes,
                before is None and after is None,
            )
            for number, at, who, kind, subject, field, before, after, batch, undoes in rows
        ]


def _json(value: Any) -> str:
    """NULL in the table is for what was scrubbed; None is written as JSON's null."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
