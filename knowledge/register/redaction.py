"""Taking words, or everything that was written, out of an inquiry for good."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from knowledge.messages import Failure
from knowledge.register.changes import Changes
from knowledge.register.inquiry_state import TEXTS
from knowledge.store import Store

REMOVED = "[fjernet]"
"""Stands where words were; like the labels of masking it is in bokmål."""

WHOLE_WORD_BELOW = 4
"""Shorter words are replaced only where they stand alone: «Per» is not taken out of «Personal»."""

_WRITTEN = (
    ("inquiries", "question", "id"),
    ("inquiries", "note", "id"),
    ("inquiry_topics", "reason", "inquiry"),
    ("inquiry_feedback", "comment", "inquiry"),
    ("handovers", "note", "inquiry"),
    ("inquiry_answers", "text", "inquiry"),
    ("approvals", "question", "inquiry"),
    ("approvals", "text", "inquiry"),
)
"""Where people's words stand: table, column, and the column with the inquiry's number."""


def redact(store: Store, inquiry: int, words: Sequence[str]) -> int:
    """Replace the words by `REMOVED` wherever somebody wrote them in the inquiry; how many.

    Letters may be large or small, and a genitive s goes along. The trail keeps that the fields were
    changed, without what stood there.

    Raises:
        Failure: there is no such inquiry, or it is deleted.
    """
    wanted = _pattern(words)
    with store.write() as db:
        _there(store, inquiry)
        if wanted is None:
            return 0
        replaced = 0
        for table, column, key in _WRITTEN:
            for row, text in db.conn.execute(
                f"SELECT rowid, {column} FROM {table} "  # noqa: S608 (our columns)
                f"WHERE {key} = ? AND {column} IS NOT NULL",
                [inquiry],
            ).fetchall():
                without, count = wanted.subn(REMOVED, text)
                if count:
                    replaced += count
                    db.conn.execute(
                        f"UPDATE {table} SET {column} = ? WHERE rowid = ?",  # noqa: S608
                        [without, row],
                    )
        replaced += _thread(store, inquiry, wanted)
        # What was approved with these words is in the library with them: it has to go from there.
        db.conn.execute(
            "UPDATE approvals SET withdrawn_at = coalesce(withdrawn_at, ?) "
            "WHERE inquiry = ? AND instr(question || text, ?)",
            [datetime.now(UTC).isoformat(), inquiry, REMOVED],
        )
        trail = Changes(store)
        told = (change for change in trail.of("inquiry", inquiry) if change.field in TEXTS)
        if replaced or any(wanted.search(f"{one.before} {one.after}") for one in told):
            trail.scrub("inquiry", inquiry, TEXTS)
            clear_search(store)
    return replaced


def erase(store: Store, inquiry: int) -> None:
    """Remove all that was written, and who asked; the row stays with `deleted_at`.

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
        clear_search(store)


def clear_search(store: Store) -> None:
    """Take words that no question has any longer out of the file.

    FTS5 only marks them as removed until its parts are merged (sqlite.org/fts5.html, 6.10).
    """
    with store.write() as db:
        db.conn.execute("INSERT INTO inquiries_text(inquiries_text) VALUES ('optimize')")


def _there(store: Store, inquiry: int) -> None:
    found = store.database.conn.execute(
        "SELECT deleted_at FROM inquiries WHERE id = ?", [inquiry]
    ).fetchone()
    if found is None:
        raise Failure("inquiry_missing", inquiry=inquiry)
    if found[0] is not None:
        raise Failure("review_deleted", inquiry=inquiry)


def _pattern(words: Sequence[str]) -> re.Pattern[str] | None:
    """Longer words first, so that a full name goes before its parts; any blanks between words."""
    chosen = sorted({" ".join(word.split()) for word in words} - {""}, key=len, reverse=True)
    if not chosen:
        return None
    parts = []
    for word in chosen:
        spelled = r"\s+".join(re.escape(part) for part in word.split())
        alone = rf"(?<!\w){spelled}(?:['’]?s)?(?!\w)"
        parts.append(alone if len(word) < WHOLE_WORD_BELOW else rf"{alone}|(?-i:{spelled})")
    return re.compile("|".join(parts), re.IGNORECASE)


def _thread(store: Store, inquiry: int, wanted: re.Pattern[str]) -> int:
    connection = store.database.conn
    (told,) = connection.execute("SELECT thread FROM inquiries WHERE id = ?", [inquiry]).fetchone()
    without = [wanted.subn(REMOVED, text) for text in json.loads(told)]
    count = sum(number for _, number in without)
    if count:
        connection.execute(
            "UPDATE inquiries SET thread = ? WHERE id = ?",
            [json.dumps([text for text, _ in without], ensure_ascii=False), inquiry],
        )
    return count
