"""Words that were taken out of a row stay out of it when an older or another copy comes back."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, Final

from knowledge.personal_data.emptying import empty
from knowledge.personal_data.texts import EMPTY, OF_KIND, TEXT_COLUMNS, trail_texts
from knowledge.register.changes import Changes
from knowledge.register.forgetting import forget_quotes
from knowledge.store import Store
from knowledge.store.row_marks import ROWS, same_row

WHO: Final = "restore"

WORDS_WENT: Final = ("redacted", "erased")
"""Fields of the history that say so (review.py, forgetting_rows.py)."""

_WENT: Final = f"field IN ({', '.join('?' * len(WORDS_WENT))})"

_TOLD_APART: Final = {
    "inquiry_topics": "topic",
    "inquiry_feedback": "at",
    "handovers": "at",
    "inquiry_answers": "at",
    "approvals": "approved_at",
}
"""By which column a part of an inquiry is the same in two copies, beside its number: copies that
went on by themselves gave the same numbers to different parts."""

Removal = tuple[str, str]
"""Moment and field, by which the same removal of words is known in two copies: not by its number,
which both gave to others too."""


def words_gone(
    now: sqlite3.Connection, restored: Store, emptied: dict[tuple[str, int], None]
) -> int:
    """Give rows that words were taken out of elsewhere the texts that they have there.

    Where words were taken out here too that the other database still has, neither text is without
    all of them: the row loses all its text. What is empty here stays so.

    Args:
        now: the database that knows of the removals.
        emptied: gets kind and number of each row that lost all its text.

    Returns:
        How many rows were changed.
    """
    connection = restored.database.conn
    removals = _removals(now)
    count = 0
    for (kind, subject), known in sorted(removals.items()):
        own = _removals(connection, kind, subject).get((kind, subject), set())
        if known <= own or (kind in ROWS and not same_row(now, connection, kind, subject)):
            continue
        count += 1
        if own - known:
            take_texts(restored, kind, subject)
            emptied[kind, subject] = None
        else:
            _take_over(now, restored, kind, subject)
        for removal in sorted(known - own):
            # As it stands there, so that yet another restore knows it.
            connection.executemany(
                "INSERT INTO changes (at, who, kind, subject, field, batch) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                now.execute(
                    "SELECT at, who, kind, subject, field, batch FROM changes "
                    "WHERE kind = ? AND subject = ? AND at = ? AND field = ?",
                    [kind, subject, *removal],
                ).fetchall(),
            )
    return count


def _removals(
    connection: sqlite3.Connection, kind: str | None = None, subject: int | None = None
) -> dict[tuple[str, int], set[Removal]]:
    """Of all rows, or of one."""
    there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'changes'").fetchone()
    if there is None:
        return {}
    found: dict[tuple[str, int], set[Removal]] = {}
    one = "" if kind is None else " AND kind = ? AND subject = ?"
    for of, number, field, at in connection.execute(
        f"SELECT kind, subject, field, at FROM changes WHERE {_WENT}{one}",
        [*WORDS_WENT, *(() if kind is None else (kind, subject))],
    ).fetchall():
        found.setdefault((of, number), set()).add((at, field))
    return found


def _take_over(now: sqlite3.Connection, restored: Store, kind: Any, subject: int) -> None:
    connection = restored.database.conn
    places = [
        (place.table, place.column, place.inquiry, EMPTY[place.form])
        if kind == "inquiry"
        else (place.table, place.column, "id", EMPTY[place.form])
        for place in TEXT_COLUMNS
        if (place.inquiry if kind == "inquiry" else place.table == OF_KIND.get(kind))
    ]
    if kind == "idea":
        places.append(("ideas", "links", "id", "[]"))
    for table, column, key, none in places:
        apart = _TOLD_APART.get(table, key)
        select = f"SELECT rowid, {apart}, {column} FROM {table} WHERE {key} = ?"
        try:
            there = {(row, told): text for row, told, text in now.execute(select, [subject])}
        except sqlite3.OperationalError:  # of a schema from before there was such a table
            there = {}
        for row, told, text in connection.execute(select, [subject]).fetchall():
            new = there.get((row, told), none)
            if text in (None, none, new):
                continue
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", [new, row])
            if table == "approvals":  # as where the words went: it is in the library with them
                _withdraw(connection, row)
                _unknown_quotes(now, restored, row)
    Changes(restored).scrub(kind, subject, trail_texts(kind))


def _unknown_quotes(now: sqlite3.Connection, restored: Store, approval: int) -> None:
    """Where an approved answer was quoted here alone, what was quoted of it goes.

    `restored.py` brings back what the other database has of it.
    """
    connection = restored.database.conn
    quoted = "SELECT inquiry, position FROM inquiry_quotes WHERE document = ?"
    (document,) = connection.execute(
        "SELECT document FROM approvals WHERE id = ?", [approval]
    ).fetchone()
    there = set(now.execute(quoted, [document]).fetchall())
    if set(connection.execute(quoted, [document]).fetchall()) - there:
        forget_quotes(restored, [document])


def _withdraw(connection: sqlite3.Connection, approval: int) -> None:
    connection.execute(
        "UPDATE approvals SET withdrawn_at = coalesce(withdrawn_at, "
        "strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now')) WHERE id = ?",
        [approval],
    )


def take_texts(restored: Store, kind: Any, number: int) -> None:
    """Take all texts out of a row and its history."""
    connection = restored.database.conn
    if kind == "inquiry":
        _approved(restored, number)
        empty(restored, [number])
    elif kind == "annual_form":
        _form(connection, number)
    else:
        for place in TEXT_COLUMNS:
            if place.table == OF_KIND[kind]:
                connection.execute(
                    f"UPDATE {place.table} SET {place.column} = ? WHERE id = ?",
                    [EMPTY[place.form], number],
                )
    if kind == "idea":
        connection.execute("UPDATE ideas SET links = '[]' WHERE id = ?", [number])
    Changes(restored).scrub(kind, number, trail_texts(kind))


def _approved(restored: Store, inquiry: int) -> None:
    """What was approved of it stands no longer: the words may be in there."""
    connection = restored.database.conn
    documents = []
    for approval, document in connection.execute(
        "SELECT id, document FROM approvals WHERE inquiry = ?", [inquiry]
    ).fetchall():
        _withdraw(connection, approval)
        documents += [str(document)] if document is not None else []
    connection.execute("UPDATE approvals SET question = '', text = '' WHERE inquiry = ?", [inquiry])
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
