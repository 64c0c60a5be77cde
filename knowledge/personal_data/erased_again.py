"""A restored backup forgets what the file of what was forgotten tells, where no database can.

The file (knowledge/store/erasures.py) says what was done to which row, and not what the row held.
So words that were taken out cannot be taken out again: the texts of such a row go as a whole. That
is for rows only whose words went after every copy that can still be read; the row stays in the
backup, which whoever may read it can restore to another folder.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from knowledge.personal_data.emptying import empty_user
from knowledge.personal_data.forgetting import forget_inquiries, remember
from knowledge.personal_data.holds import held_again, released_again
from knowledge.personal_data.privacy_log import PrivacyLog
from knowledge.personal_data.restored import forget_again, forget_those_known
from knowledge.personal_data.rules import RULES, Limits
from knowledge.personal_data.words_again import WHO, WORDS_WENT, take_texts
from knowledge.register.changes import Changes
from knowledge.register.redaction import clear_search
from knowledge.store import Store
from knowledge.store.erasures import Erasure
from knowledge.store.row_marks import marks_at

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
    emptied: dict[tuple[str, int], None] = {}
    rows = sum(forget_again(one, restored, key=key, emptied=emptied) for one in some)
    ordered = sorted(erasures, key=lambda each: each.at)
    with restored.write():
        _holds(restored, ordered)
        more = _rows_gone(restored, ordered, emptied)
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
    return Again(rows + more, tuple(emptied))


def _there(connection: sqlite3.Connection, each: Erasure) -> bool:
    """Whether the very row is there that the act was on."""
    return each.mark in marks_at(connection, each.kind, each.number)


def _holds(restored: Store, ordered: Iterable[Erasure]) -> None:
    """What is on hold is on hold here too, and what was released no longer; why stood in the
    database alone."""
    connection = restored.database.conn
    acts = [each for each in ordered if each.act in ("hold", "release")]
    last = {each.number: each for each in acts if _there(connection, each)}
    for each in last.values():
        if each.act == "hold":
            held_again(connection, each.number, each.at, WHO, "?")
        else:
            released_again(connection, each.number, each.at, WHO)


def _rows_gone(
    restored: Store, ordered: Iterable[Erasure], emptied: dict[tuple[str, int], None]
) -> int:
    connection = restored.database.conn
    rows = 0
    for each in ordered:
        if not _there(connection, each):
            continue
        if each.act in ("withdrawn", "deleted"):
            rows += _inquiry(restored, each)
        elif each.act == "user":
            rows += _user(restored, each.number)
        elif each.act in ("words", "erased") and not _told(connection, each):
            _texts(restored, each)
            emptied[each.kind, each.number] = None
            rows += 1
    return rows


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


def _told(connection: sqlite3.Connection, each: Erasure) -> bool:
    """Whether the words went from here too, or the text that a newer database has was taken over
    (words_again.py): the history says so then."""
    return (
        connection.execute(
            "SELECT 1 FROM changes WHERE kind = ? AND subject = ? AND at >= ? "
            f"AND field IN ({', '.join('?' * len(WORDS_WENT))})",
            [each.kind, each.number, each.at, *WORDS_WENT],
        ).fetchone()
        is not None
    )


def _texts(restored: Store, each: Erasure) -> None:
    """Take all texts out of a row, and say in its history that words went."""
    kind: Any = each.kind
    take_texts(restored, kind, each.number)
    trail = Changes(restored)
    gone = "redacted" if each.act == "words" else "erased"
    trail.record(WHO, kind, each.number, {gone: (None, None)})
    trail.scrub(kind, each.number, [gone])


def _old(restored: Store, limits: Limits) -> int:
    """What retention had taken: all that was older than what it went by."""
    rows = 0
    for rule in RULES:
        due = [number for number, _ in rule.rows(restored, limits)]
        for first in range(0, len(due), BATCH):
            rule.take(restored, due[first : first + BATCH])
        rows += len(due)
    return rows
