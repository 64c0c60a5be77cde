"""Taking words, or everything that was written, out of an inquiry for good."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from knowledge.messages import Failure
from knowledge.privacy.removal import REMOVED, Unwanted
from knowledge.register.changes import Changes
from knowledge.register.forgetting import forget_quotes
from knowledge.register.inquiry_state import TEXTS
from knowledge.store import Store
from knowledge.store.erasures import note

__all__ = ["REMOVED", "clear_search", "earlier_wording", "erase", "redact"]

_WRITTEN = (
    ("inquiries", "question", "id"),
    ("inquiries", "note", "id"),
    ("inquiry_topics", "reason", "inquiry"),
    ("inquiry_feedback", "comment", "inquiry"),
    ("handovers", "note", "inquiry"),
    ("inquiry_answers", "text", "inquiry"),
)
"""Where people's words stand: table, column, and the column with the inquiry's number."""


def redact(store: Store, inquiry: int, words: Sequence[str]) -> int:
    """Replace the words by `REMOVED` wherever somebody wrote them in the inquiry; how many.

    How they are found: `knowledge.privacy.removal`. They also go from the answers that were
    approved of it, which stand no longer, and from the quotes of those that others were shown (not
    counted). The trail keeps that the fields were changed, without what stood there.

    Raises:
        Failure: there is no such inquiry, or it is deleted.
    """
    wanted = Unwanted.of(words)
    with store.write():
        _there(store, inquiry)
        if wanted is None:
            return 0
        replaced = sum(
            _replace(store, inquiry, wanted, table, column, key) for table, column, key in _WRITTEN
        )
        replaced += _thread(store, inquiry, wanted)
        replaced += _approved(store, inquiry, wanted)
        told = [one for one in Changes(store).of("inquiry", inquiry) if one.field in TEXTS]
        if replaced:
            note(store, "words", "inquiry", inquiry)
        if replaced or any(wanted.within(f"{one.before}\n{one.after}") for one in told):
            Changes(store).scrub("inquiry", inquiry, TEXTS)
            clear_search(store)
    return replaced


def erase(store: Store, inquiry: int) -> None:
    """Remove all that was written, and who asked; the row stays with `deleted_at`.

    The answers approved of it go too, and what others were shown of those.

    Raises:
        Failure: there is no such inquiry, or it is deleted already.
    """
    now = datetime.now(UTC).isoformat()
    with store.write() as db:
        _there(store, inquiry)
        for statement in (
            "UPDATE inquiries SET question = '', thread = '[]', note = '', asker = NULL "
            "WHERE id = ?",
            "UPDATE inquiry_topics SET reason = '' WHERE inquiry = ?",
            "UPDATE inquiry_feedback SET comment = NULL WHERE inquiry = ?",
            "UPDATE handovers SET note = '' WHERE inquiry = ?",
            "UPDATE inquiry_answers SET text = '' WHERE inquiry = ?",
            "UPDATE approvals SET question = '', text = '' WHERE inquiry = ?",
        ):
            db.conn.execute(statement, [inquiry])
        db.conn.execute(
            "UPDATE handovers SET closed_at = ? WHERE inquiry = ? AND closed_at IS NULL",
            [now, inquiry],
        )
        db.conn.execute("UPDATE inquiries SET deleted_at = ? WHERE id = ?", [now, inquiry])
        forget_quotes(store, _filed(store, inquiry))
        note(store, "deleted", "inquiry", inquiry)
        clear_search(store)


def clear_search(store: Store) -> None:
    """Take words that no question has any longer out of the file, and out of its log.

    FTS5 only marks them as removed until its parts are merged (sqlite.org/fts5.html, 6.10).
    """
    with store.write() as db:
        store.settle_after()
        db.conn.execute("INSERT INTO inquiries_text(inquiries_text) VALUES ('optimize')")


def earlier_wording(store: Store, inquiry: int) -> bool:
    """Whether the trail holds another wording of the question, as it does once it was corrected.

    A correction leaves it there, to be undone; only `redact` takes it away.
    """
    (now,) = store.database.conn.execute(
        "SELECT coalesce((SELECT question FROM inquiries WHERE id = ?), '')", [inquiry]
    ).fetchone()
    return any(
        change.field == "question" and {change.before, change.after} - {now, None, ""}
        for change in Changes(store).of("inquiry", inquiry)
    )


def _there(store: Store, inquiry: int) -> None:
    found = store.database.conn.execute(
        "SELECT deleted_at FROM inquiries WHERE id = ?", [inquiry]
    ).fetchone()
    if found is None:
        raise Failure("inquiry_missing", inquiry=inquiry)
    if found[0] is not None:
        raise Failure("review_deleted", inquiry=inquiry)


def _replace(
    store: Store, inquiry: int, wanted: Unwanted, table: str, column: str, key: str
) -> int:
    connection = store.database.conn
    replaced = 0
    for row, text in connection.execute(
        f"SELECT rowid, {column} FROM {table} "  # noqa: S608 (our columns)
        f"WHERE {key} = ? AND {column} IS NOT NULL",
        [inquiry],
    ).fetchall():
        without, count = wanted.removed(text)
        if count:
            replaced += count
            connection.execute(
                f"UPDATE {table} SET {column} = ? WHERE rowid = ?",  # noqa: S608
                [without, row],
            )
    return replaced


def _thread(store: Store, inquiry: int, wanted: Unwanted) -> int:
    connection = store.database.conn
    (told,) = connection.execute("SELECT thread FROM inquiries WHERE id = ?", [inquiry]).fetchone()
    without = [wanted.removed(text) for text in json.loads(told)]
    count = sum(number for _, number in without)
    if count:
        connection.execute(
            "UPDATE inquiries SET thread = ? WHERE id = ?",
            [json.dumps([text for text, _ in without], ensure_ascii=False), inquiry],
        )
    return count


def _approved(store: Store, inquiry: int, wanted: Unwanted) -> int:
    """What was approved with the words is in the library with them: it has to go from there."""
    connection = store.database.conn
    replaced = 0
    for approval, question, text in connection.execute(
        "SELECT id, question, text FROM approvals WHERE inquiry = ?", [inquiry]
    ).fetchall():
        (asked, first), (answered, second) = wanted.removed(question), wanted.removed(text)
        if first or second:
            replaced += first + second
            connection.execute(
                "UPDATE approvals SET question = ?, text = ?, "
                "withdrawn_at = coalesce(withdrawn_at, ?) WHERE id = ?",
                [asked, answered, datetime.now(UTC).isoformat(), approval],
            )
    forget_quotes(store, _filed(store, inquiry), wanted)
    return replaced


def _filed(store: Store, inquiry: int) -> list[str]:
    """The stored sources that answers of the inquiry have, or had, in the library."""
    found = store.database.conn.execute(
        "SELECT document FROM approvals WHERE inquiry = ? AND document IS NOT NULL", [inquiry]
    )
    return [str(row[0]) for row in found.fetchall()]
