"""The masking once more over what was stored by older rules."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from knowledge.personal_data.privacy_log import PrivacyLog
from knowledge.personal_data.texts import TEXT_COLUMNS, TextColumn, mapped, rewritten, trail_texts
from knowledge.privacy import mask
from knowledge.privacy.masking import RULES
from knowledge.privacy.removal import Unwanted
from knowledge.register.forgetting import forget_quotes
from knowledge.register.redaction import clear_search
from knowledge.store import Store

BATCH: Final = 500
"""Rows in one transaction."""

FIRST_RULES: Final = "1"
"""The version of the rules when their versions were first kept."""


@dataclass(frozen=True, slots=True)
class Remasked:
    """What the rules mask now that was stored in clear.

    Attributes:
        columns: how many values of each column («inquiries.question»); «changes» are values of the
            history, which go altogether.
        approvals: approved answers that do not stand any more: the index has to follow, and
            somebody to approve them again.
    """

    columns: Mapping[str, int] = field(default_factory=dict)
    approvals: int = 0

    @property
    def rows(self) -> int:
        return sum(self.columns.values())


def remask_due(store: Store) -> bool:
    """Whether something may have been stored by other rules than those of this program.

    Where it never was masked anew: whether something is older than the log of it.
    """
    last = PrivacyLog(store).last_rules()
    if last is not None:
        return last != RULES
    found = store.database.conn.execute(
        "SELECT 1 FROM inquiries WHERE ? <> ? OR received_at < "
        "(SELECT replace(applied_at, ' ', 'T') FROM _sqlite_migrations "
        "WHERE name = '0011_personal_data') LIMIT 1",
        [RULES, FIRST_RULES],
    ).fetchone()
    return found is not None


def remask(store: Store, *, who: str, dry_run: bool = False, batch: int = BATCH) -> Remasked:
    """Mask everything that people wrote by the rules of this program, also what is on hold.

    In batches, each a transaction: an interruption leaves the rest for the next run. Quotes from
    the sources are not touched, but those of approved answers. Quick where there is nothing to do
    only in that nothing is written.
    """
    columns: Counter[str] = Counter()
    withdrawn = 0
    for place in TEXT_COLUMNS:
        last = 0
        while True:
            with store.write():
                rows = _rows(store, place.table, place.column, last, batch)
                if not rows:
                    break
                for row, value in rows:
                    masked = rewritten(place.form, value, _masked)
                    if masked == value:
                        continue
                    columns[f"{place.table}.{place.column}"] += 1
                    if not dry_run:
                        withdrawn += _replace(store, place, row, value, masked)
                last = rows[-1][0]
    columns.update(_trail(store, dry_run, batch))
    found = Remasked({name: count for name, count in columns.items() if count}, withdrawn)
    if not dry_run:
        PrivacyLog(store).record("remask", who=who, detail=dict(found.columns), rules=RULES)
        if found.rows:
            clear_search(store)
    return found


def _masked(text: str) -> str:
    return mask(text).text


def _rows(store: Store, table: str, column: str, last: int, batch: int) -> list[tuple[int, str]]:
    return store.database.conn.execute(
        f"SELECT rowid, {column} FROM {table} "
        f"WHERE rowid > ? AND {column} IS NOT NULL ORDER BY rowid LIMIT ?",
        [last, batch],
    ).fetchall()


def _replace(store: Store, place: TextColumn, row: int, value: str, masked: str) -> int:
    """Write it; how many approvals stand no longer."""
    connection = store.database.conn
    connection.execute(
        f"UPDATE {place.table} SET {place.column} = ? WHERE rowid = ?",
        [masked, row],
    )
    if place.table == "inquiries" and place.column != "note":
        _kinds(store, row, place, value)
    if place.table == "approvals":
        return _approval(store, row, value)
    return 0


def _kinds(store: Store, inquiry: int, place: TextColumn, value: str) -> None:
    """Which kinds were masked is kept with the inquiry."""
    connection = store.database.conn
    (told,) = connection.execute("SELECT masked FROM inquiries WHERE id = ?", [inquiry]).fetchone()
    kinds = set(json.loads(told))
    rewritten(place.form, value, lambda text: _noted(text, kinds))
    connection.execute(
        "UPDATE inquiries SET masked = ? WHERE id = ?", [json.dumps(sorted(kinds)), inquiry]
    )


def _noted(text: str, kinds: set[str]) -> str:
    kinds |= {finding.kind for finding in mask(text).found}
    return text


def _approval(store: Store, approval: int, value: str) -> int:
    """What stands in the library in clear has to go from there, and from where it was shown."""
    connection = store.database.conn
    words = [value[finding.start : finding.end] for finding in mask(value).found]
    (document,) = connection.execute(
        "SELECT document FROM approvals WHERE id = ?", [approval]
    ).fetchone()
    if document is not None:
        forget_quotes(store, [document], Unwanted.of(words))
    return connection.execute(
        "UPDATE approvals SET withdrawn_at = ? WHERE id = ? AND withdrawn_at IS NULL",
        [datetime.now(UTC).isoformat(), approval],
    ).rowcount


def _trail(store: Store, dry_run: bool, batch: int) -> Counter[str]:
    """The history may not be written anew, only scrubbed: that something was changed stays."""
    counted: Counter[str] = Counter()
    last = 0
    connection = store.database.conn
    while True:
        with store.write():
            rows = connection.execute(
                "SELECT id, kind, field, before, after FROM changes WHERE id > ? "
                "AND (before IS NOT NULL OR after IS NOT NULL) ORDER BY id LIMIT ?",
                [last, batch],
            ).fetchall()
            if not rows:
                return counted
            for row, kind, name, before, after in rows:
                if name not in trail_texts(kind):
                    continue
                if any(_tells(value) for value in (before, after) if value is not None):
                    counted["changes"] += 1
                    if not dry_run:
                        connection.execute(
                            "UPDATE changes SET before = NULL, after = NULL WHERE id = ?", [row]
                        )
            last = rows[-1][0]


def _tells(value: str) -> bool:
    held: Any = json.loads(value)
    return bool(mapped(held, _masked) != held)
