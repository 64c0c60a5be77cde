"""A restored backup forgets what the file of what was forgotten tells, where no database can.

The file (knowledge/store/erasures.py) says what was done to which row, and not what the row held.
So words that were taken out cannot be taken out again: the texts of such a row go as a whole. That
is for rows only whose words went after every copy that can still be read; the row stays in the
backup, which whoever may read it can restore to another folder.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from knowledge.personal_data.emptying import empty, empty_user
from knowledge.personal_data.forgetting import forget_inquiries, remember
from knowledge.personal_data.privacy_log import PrivacyLog
from knowledge.personal_data.restored import (
    WORDS_WENT,
    forget_again,
    forget_those_known,
)
from knowledge.personal_data.rules import RULES, Limits
from knowledge.personal_data.texts import EMPTY, OF_KIND, TEXT_COLUMNS, trail_texts
from knowledge.register.changes import Changes
from knowledge.register.forgetting import forget_quotes
from knowledge.register.redaction import clear_search
from knowledge.store import Store
from knowledge.store.erasures import CREATED, Erasure, mark_of

WHO: Final = "restore"

BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Again:
    """What was forgotten again.

    Attributes:
        rows: how many rows were emptied or changed.
        emptied: kind and number of rows that lost all their text because words had gone from them.
    """

    rows: int = 0
    emptied: tuple[tuple[str, int], ...] = ()


def bring_up(
    known: Sequence[Path],
    restored: Store,
    erasures: Sequence[Erasure],
    *,
    key: bytes | None,
) -> Again:
    """Forget in a restored database what was forgotten since, by all that still tells of it.

    Args:
        known: newer databases that can be read, the present one among them if it can.
        erasures: as the file beside the database and the one beside the backups have them.
        key: of the pseudonyms; None where it is lost.
    """
    some: Sequence[Path | None] = known or [None]
    rows = sum(forget_again(one, restored, key=key) for one in some)
    ordered = sorted(erasures, key=lambda each: each.at)
    with restored.write():
        _holds(restored, ordered)
        more, emptied = _rows_gone(restored, ordered, known)
        for each in ordered:
            if each.act == "person":
                remember(restored, each.hash, each.at)
        if key is not None:
            more += forget_those_known(restored, key)
        limits = Limits.latest(each.limits for each in ordered if each.act == "retention")
        more += _old(restored, limits) if limits else 0
        if more:
            detail = {"rows": more, "emptied": len(emptied)}
            PrivacyLog(restored).record("restored", who=WHO, detail=detail)
    if more and not restored.database.conn.in_transaction:
        clear_search(restored)
    return Again(rows + more, emptied)


def _there(connection: sqlite3.Connection, each: Erasure) -> bool:
    """Whether the very row is there that the act was on."""
    if each.kind not in CREATED:
        return False
    found = connection.execute(CREATED[each.kind], [each.number]).fetchone()
    return found is not None and mark_of(each.kind, each.number, str(found[0])) == each.mark


def _holds(restored: Store, ordered: Iterable[Erasure]) -> None:
    """What is on hold is on hold here too; why stood in the database alone."""
    last = {each.subject[1:]: each for each in ordered if each.act in ("hold", "release")}
    connection = restored.database.conn
    for each in last.values():
        if each.act == "hold" and _there(connection, each):
            connection.execute(
                "INSERT INTO holds (inquiry, at, who, reason) VALUES (?, ?, ?, '?') "
                "ON CONFLICT DO NOTHING",
                [each.number, each.at, WHO],
            )


def _rows_gone(
    restored: Store, ordered: Iterable[Erasure], known: Sequence[Path]
) -> tuple[int, tuple[tuple[str, int], ...]]:
    connection = restored.database.conn
    rows = 0
    emptied: dict[tuple[str, int], None] = {}
    for each in ordered:
        if not _there(connection, each):
            continue
        if each.act in ("withdrawn", "deleted"):
            rows += _inquiry(restored, each)
        elif each.act == "user":
            rows += _user(restored, each.number)
        elif each.act in ("words", "erased") and not _told(connection, each, known):
            _texts(restored, each)
            emptied[each.kind, each.number] = None
            rows += 1
    return rows, tuple(emptied)


def _inquiry(restored: Store, each: Erasure) -> int:
    connection = restored.database.conn
    statement = (
        "UPDATE inquiries SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL"
        if each.act == "deleted"
        else "UPDATE inquiries SET withdrawn_at = ? "
        "WHERE id = ? AND withdrawn_at IS NULL AND deleted_at IS NULL"
    )
    changed = connection.execute(statement, [each.at, each.number]).rowcount
    if changed:
        forget_inquiries(restored, [each.number])
    return changed


def _user(restored: Store, number: int) -> int:
    there = restored.database.conn.execute(
        "SELECT 1 FROM users WHERE id = ? AND issuer <> 'forgotten'", [number]
    ).fetchone()
    if there is None:
        return 0
    empty_user(restored, number)
    return 1


def _told(connection: sqlite3.Connection, each: Erasure, known: Sequence[Path]) -> bool:
    """Whether a database that was read knows that the words went: it has the text without them."""
    asked = (
        f"SELECT 1 FROM changes WHERE kind = ? AND subject = ? AND at >= ? "
        f"AND field IN ({', '.join('?' * len(WORDS_WENT))})",
        [each.kind, each.number, each.at, *WORDS_WENT],
    )
    if connection.execute(*asked).fetchone():
        return True
    for path in known:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as other:
            try:
                if _there(other, each) and other.execute(*asked).fetchone():
                    return True
            except sqlite3.OperationalError:  # of a schema from before there were such words
                continue
    return False


def _texts(restored: Store, each: Erasure) -> None:
    """Take all texts out of a row, and say in its history that words went."""
    connection = restored.database.conn
    kind: Any = each.kind
    if kind == "inquiry":
        _approved(restored, each.number)
        empty(restored, [each.number])
    elif kind == "annual_form":
        _form(connection, each.number)
    else:
        for place in TEXT_COLUMNS:
            if place.table == OF_KIND[kind]:
                connection.execute(
                    f"UPDATE {place.table} SET {place.column} = ? WHERE id = ?",
                    [EMPTY[place.form], each.number],
                )
    if kind == "idea":
        connection.execute("UPDATE ideas SET links = '[]' WHERE id = ?", [each.number])
    trail = Changes(restored)
    gone = "redacted" if each.act == "words" else "erased"
    trail.record(WHO, kind, each.number, {gone: (None, None)})
    trail.scrub(kind, each.number, [*trail_texts(kind), gone])


def _approved(restored: Store, inquiry: int) -> None:
    """What was approved of it stands no longer: the words may be in there."""
    connection = restored.database.conn
    documents = [
        str(document)
        for (document,) in connection.execute(
            "SELECT document FROM approvals WHERE inquiry = ? AND document IS NOT NULL", [inquiry]
        ).fetchall()
    ]
    connection.execute(
        "UPDATE approvals SET question = '', text = '', withdrawn_at = coalesce(withdrawn_at, "
        "strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now')) WHERE inquiry = ?",
        [inquiry],
    )
    forget_quotes(restored, documents)


def _form(connection: sqlite3.Connection, number: int) -> None:
    (answers,) = connection.execute(
        "SELECT answers FROM annual_forms WHERE id = ?", [number]
    ).fetchone()
    texts = set(trail_texts("annual_form"))
    kept = {name: value for name, value in json.loads(answers).items() if name not in texts}
    connection.execute(
        "UPDATE annual_forms SET answers = ? WHERE id = ?",
        [json.dumps(kept, ensure_ascii=False, sort_keys=True), number],
    )


def _old(restored: Store, limits: Limits) -> int:
    """What retention had taken: all that was older than what it went by."""
    rows = 0
    for rule in RULES:
        due = [number for number, _ in rule.rows(restored, limits)]
        for first in range(0, len(due), BATCH):
            rule.take(restored, due[first : first + BATCH])
        rows += len(due)
    return rows
