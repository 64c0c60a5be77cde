"""Words that have to go from visits, ideas and annual forms, and from the history of them.

A visit or idea that is deleted keeps what was written in it, where nobody sees it, so that the
deletion can be undone. After `KEPT`, or at once where somebody says so (`erase_row`), it is emptied
for good: what stays is that it was there, when it was deleted, and by whom.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from knowledge.messages import Failure
from knowledge.privacy.removal import Unwanted
from knowledge.reference.annual_form import annual_fields
from knowledge.register import editing
from knowledge.register.changes import Change, Changes, Kind
from knowledge.register.editing import Stale
from knowledge.store import Store
from knowledge.store.erasures import note

RowKind = Literal["visit", "idea", "annual_form"]

KEPT: Final = timedelta(days=30)
"""From the deletion of a visit or idea until it is emptied. Ours: mistakes show in a month."""

TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "visit": ("theme", "note"),
    "idea": ("title", "text", "target_group", "links"),
}
"""The fields that people write in. Those of the annual form are its questions of kind text."""

_TABLES: Final[Mapping[RowKind, str]] = {
    "visit": "visits",
    "idea": "ideas",
    "annual_form": "annual_forms",
}


def texts_of(kind: Kind) -> tuple[str, ...]:
    """The fields of a kind that people write in; of the annual form also why it was reopened."""
    if kind == "annual_form":
        return (*(each.id for each in annual_fields() if each.kind == "text"), "reason")
    return TEXTS.get(kind, ())


def found_in_row(store: Store, kind: RowKind, number: int, words: Sequence[str]) -> int:
    """In how many places of a row and its history the words stand, deleted or not.

    Raises:
        Failure: there is no such row.
    """
    wanted = Unwanted.of(words)
    if wanted is None:
        return 0
    row = _read(store, kind, number)
    told = _told(store, kind, number, wanted)
    return sum(_without(value, wanted)[1] for value in row.values()) + len(told)


def redact_row(store: Store, kind: RowKind, number: int, words: Sequence[str], who: str) -> int:
    """Replace the words by `REMOVED` in a row, deleted or not; in how many places.

    How they are found: `knowledge.privacy.removal`. A link with one of the words goes altogether.
    The history keeps that the fields with the words were changed, not from what to what; those
    values count as places too. It cannot be undone.

    Raises:
        Failure: there is no such row.
    """
    wanted = Unwanted.of(words)
    with store.write():
        row = _read(store, kind, number)
        if wanted is None:
            return 0
        without = {field: _without(value, wanted) for field, value in row.items()}
        hit = {field: value for field, (value, count) in without.items() if count}
        told = _told(store, kind, number, wanted)
        if hit:
            _write(store, kind, number, hit)
        if hit or told:
            Changes(store).scrub(kind, number, {*hit, *(change.field for change in told)})
            note(store, "words", kind, number)
            _record(store, kind, number, "redacted", who)
    return sum(count for _, count in without.values()) + len(told)


def erase_row(store: Store, kind: Literal["visit", "idea"], number: int, who: str) -> None:
    """Empty a deleted visit or idea for good, and its history; it cannot be brought back.

    Raises:
        Failure: there is no such row, or it is not deleted.
    """
    with store.write() as db:
        found = db.conn.execute(
            f"SELECT deleted_at FROM {_TABLES[kind]} WHERE id = ?",  # noqa: S608 (our tables)
            [number],
        ).fetchone()
        if found is None or found[0] is None:
            raise Failure("review_work_not_deleted")
        _write(store, kind, number, dict.fromkeys(TEXTS[kind], ""))
        Changes(store).scrub(kind, number)
        note(store, "erased", kind, number)
        _record(store, kind, number, "erased", who)


def erase_due(store: Store, now: datetime | None = None) -> int:
    """Empty the visits and ideas that were deleted longer than `KEPT` ago; how many."""
    before = ((now or datetime.now(UTC)) - KEPT).isoformat()
    erased = 0
    kinds: tuple[Literal["visit", "idea"], ...] = ("visit", "idea")
    with store.write() as db:
        for kind in kinds:
            written = " || ".join(f"replace({field}, '[]', '')" for field in TEXTS[kind])
            due = db.conn.execute(
                f"SELECT id FROM {_TABLES[kind]} "  # noqa: S608 (our tables and columns)
                f"WHERE deleted_at < ? AND {written} <> ''",
                [before],
            ).fetchall()
            for (number,) in due:
                erase_row(store, kind, number, "")
            erased += len(due)
    return erased


def deletion(store: Store, kind: RowKind, number: int) -> Change | None:
    """Who deleted a deleted row, and when: that it was registered may have been taken back."""
    return next(
        (
            each
            for each in Changes(store).of(kind, number)
            if each.field in ("deleted_at", "created")
        ),
        None,
    )


def without_words(kind: RowKind, changes: Sequence[Change]) -> list[Change]:
    """The changes, with nothing of what was written in them."""
    texts = texts_of(kind)
    return [
        replace(each, before=None, after=None, scrubbed=True) if each.field in texts else each
        for each in changes
    ]


def check_form(
    store: Store, subject: editing.Subject, number: int, values: Mapping[str, Any], revision: int
) -> None:
    """Refuse a form that was opened before words were removed: it may bring them back.

    Args:
        values: what it holds, as it would be kept.
        revision: of the row as the form showed it.

    Raises:
        Stale: that words were removed since, where the form changes a text.
    """
    trail = Changes(store)
    gone = [
        change
        for change in trail.since(subject.kind, number, revision)
        if change.field == "redacted"
    ]
    if not gone:
        return
    now = subject.state(number)
    texts = set(texts_of(subject.kind)) & values.keys()
    if any(editing.plain(values[field]) != now[field] for field in texts):
        raise Stale(gone, trail.last(subject.kind, number))


def _read(store: Store, kind: RowKind, number: int) -> dict[str, Any]:
    """What people wrote in a row: text, or a list of links."""
    columns = "answers" if kind == "annual_form" else ", ".join(TEXTS[kind])
    found = store.database.conn.execute(
        f"SELECT {columns} FROM {_TABLES[kind]} WHERE id = ?",  # noqa: S608 (our columns)
        [number],
    ).fetchone()
    if found is None:
        raise Failure("review_work_row_missing")
    if kind == "annual_form":
        answers = json.loads(found[0])
        return {field: answers[field] for field in texts_of(kind) if field in answers}
    row = dict(zip(TEXTS[kind], found, strict=True))
    return {**row, "links": json.loads(row["links"])} if "links" in row else row


def _write(store: Store, kind: RowKind, number: int, values: Mapping[str, Any]) -> None:
    connection = store.database.conn
    if kind == "annual_form":
        (kept,) = connection.execute(
            "SELECT answers FROM annual_forms WHERE id = ?", [number]
        ).fetchone()
        answers = json.dumps({**json.loads(kept), **values}, ensure_ascii=False, sort_keys=True)
        connection.execute("UPDATE annual_forms SET answers = ? WHERE id = ?", [answers, number])
        return
    for field, value in values.items():
        stored = json.dumps(value or [], ensure_ascii=False) if field == "links" else value
        connection.execute(
            f"UPDATE {_TABLES[kind]} SET {field} = ? WHERE id = ?",  # noqa: S608 (our columns)
            [stored, number],
        )


def _without(value: Any, wanted: Unwanted) -> tuple[Any, int]:
    if isinstance(value, list):
        kept = [each for each in value if not wanted.within(each)]
        return kept, len(value) - len(kept)
    return wanted.removed(value)


def _told(store: Store, kind: RowKind, number: int, wanted: Unwanted) -> list[Change]:
    """The changes in whose values the words stand."""
    texts = set(texts_of(kind))
    return [
        change
        for change in Changes(store).of(kind, number)
        if change.field in texts and wanted.within(f"{change.before}\n{change.after}")
    ]


def _record(store: Store, kind: RowKind, number: int, field: str, who: str) -> None:
    """Record that words had to go, without them."""
    trail = Changes(store)
    trail.record(who, kind, number, {field: (None, None)})
    trail.scrub(kind, number, [field])
    store.database.conn.execute(
        f"UPDATE {_TABLES[kind]} SET revision = ? WHERE id = ?",  # noqa: S608 (our tables)
        [trail.last(kind, number), number],
    )
