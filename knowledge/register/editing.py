"""Editing a row with its history: two people at once, and undo."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from knowledge.messages import Failure, Message
from knowledge.register.changes import Change, Changes, Kind
from knowledge.store import Store

SOFT_FIELDS = frozenset({"reviewed_at"})
"""Follow every edit; one that moved on since does not stand in the way of an undo."""


class Stale(Failure):
    """Somebody else changed, in the meantime, a field that is being changed.

    Attributes:
        changes: what others changed since, oldest first, in the fields that collide.
        revision: of the row now; an edit that names it is one that has seen them.
    """

    def __init__(self, changes: list[Change], revision: int) -> None:
        super().__init__("review_stale")
        self.changes = changes
        self.revision = revision


class Refused(Failure):
    """A value that cannot be used: `field`, and one sentence with what is allowed."""

    def __init__(self, field: str, message: Message) -> None:
        super().__init__(message.key, **message.values)
        self.field = field


class Subject(Protocol):
    """One kind of row whose fields are read and written by name, as JSON values."""

    kind: Kind

    def state(self, number: int) -> dict[str, Any]:
        """Every field now. Raises Failure where the row is missing or must not be changed."""

    def put(self, number: int, field: str, value: Any) -> None:
        """Write one field exactly so."""

    def moved(self, number: int, revision: int) -> None:
        """Keep the row's new revision."""


def merged(
    store: Store,
    subject: Subject,
    number: int,
    values: Mapping[str, Any],
    *,
    revision: int,
    base: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Of the values that a form sent, those that its user changed and that are not so already.

    Args:
        revision: of the row as the form showed it.
        base: the values that the form showed, if known: then a change made elsewhere (in Slack, by
            the asker), which is not in the trail, is seen too.

    Raises:
        Stale: somebody else changed one of them since, to something else.
    """
    now = subject.state(number)
    trail = Changes(store)
    since = trail.since(subject.kind, number, revision)
    shown = {field: plain(value) for field, value in (base or {}).items()}
    for change in since:
        if not change.scrubbed:
            shown.setdefault(change.field, change.before)
    wanted: dict[str, Any] = {}
    collisions: list[Change] = []
    for field, given in values.items():
        value = plain(given)
        if value == now[field]:
            continue
        if field not in shown or shown[field] == now[field]:
            wanted[field] = value
        elif value != shown[field]:
            theirs = [change for change in since if change.field == field]
            collisions += theirs or [_elsewhere(subject.kind, number, field, shown, now)]
    if collisions:
        raise Stale(
            sorted(collisions, key=lambda change: change.id), _revision(trail, subject, number)
        )
    return wanted


def write(
    store: Store,
    subject: Subject,
    number: int,
    wanted: Mapping[str, Any],
    *,
    who: str,
    batch: str | None = None,
    undoes: str | None = None,
) -> int:
    """Write the fields that differ and record them, in one transaction; the row's new revision."""
    trail = Changes(store)
    with store.write():
        now = subject.state(number)
        different = {
            field: (now.get(field), plain(value))
            for field, value in wanted.items()
            if now.get(field) != plain(value)
        }
        if set(different) <= SOFT_FIELDS:
            return _revision(trail, subject, number)
        for field, (_, after) in different.items():
            subject.put(number, field, after)
        trail.record(who, subject.kind, number, different, batch=batch, undoes=undoes)
        revision = _revision(trail, subject, number)
        subject.moved(number, revision)
    return revision


def undo(store: Store, subject: Subject, batch: str, *, who: str) -> list[int]:
    """Take a batch back, in every row it changed, exactly; all or nothing.

    Returns:
        The rows.

    Raises:
        Failure: there is no such batch, it was undone, its words had to go, or something changed
            since in the same field.
    """
    trail = Changes(store)
    with store.write():
        changes = [change for change in trail.in_batch(batch) if change.kind == subject.kind]
        if not changes or any(change.undoes for change in changes) or trail.undone(batch):
            raise Failure("review_undo_nothing")
        if any(change.scrubbed for change in changes):
            raise Failure("review_undo_gone")
        by_row: dict[int, list[Change]] = {}
        for change in changes:
            by_row.setdefault(change.subject, []).append(change)
        for number, mine in by_row.items():
            now = subject.state(number)
            if _changed_since(trail, mine, now):
                raise Failure("review_undo_changed", number=number)
            before = {
                change.field: change.before
                for change in mine
                if change.field not in SOFT_FIELDS or now.get(change.field) == change.after
            }
            write(store, subject, number, before, who=who, undoes=batch)
    return list(by_row)


def plain(value: Any) -> Any:
    """As JSON gives it back (a tuple is a list, a key is text), so that values compare."""
    return json.loads(json.dumps(value, ensure_ascii=False, sort_keys=True))


def _changed_since(trail: Changes, mine: list[Change], now: Mapping[str, Any]) -> bool:
    hard = [change for change in mine if change.field not in SOFT_FIELDS]
    if any(now.get(change.field) != change.after for change in hard):
        return True
    # The same value may have come back by other changes that still stand.
    fields = {change.field for change in hard}
    first = mine[0]
    later = trail.since(first.kind, first.subject, mine[-1].id)
    return any(
        change.field in fields and change.undoes is None and not trail.undone(change.batch)
        for change in later
    )


def _revision(trail: Changes, subject: Subject, number: int) -> int:
    return trail.last(subject.kind, number)


def _elsewhere(
    kind: Kind, number: int, field: str, shown: Mapping[str, Any], now: Mapping[str, Any]
) -> Change:
    """A change that is not in the trail: by the asker, or in Slack."""
    return Change(0, datetime.now(UTC), "", kind, number, field, shown[field], now[field], "")
