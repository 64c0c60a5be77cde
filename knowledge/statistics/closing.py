"""Closing a year: its figures are kept as they were, and later changes show as corrections.

What is kept of a year (`closed_years.tables`, JSON with sorted keys): every yearly table with every
number, for all centres ("all") and for each ("centres"), and the finest counts by place ("counts"),
by which small numbers are hidden when a report of it is made. Closing again adds a version.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from knowledge.calendar import OSLO
from knowledge.messages import Failure, Language
from knowledge.reference.reference import centres
from knowledge.register.values import cleaned
from knowledge.statistics import kept
from knowledge.statistics.corrected import CORRECTIONS
from knowledge.statistics.definitions import specs
from knowledge.statistics.finest import YearCounts, finest
from knowledge.statistics.kept import Version, digest_of, latest, text_of, versions
from knowledge.statistics.scope import FIRST_YEAR, Scope
from knowledge.statistics.snapshot import Snapshot
from knowledge.statistics.table import Hidden, Row, Table, Value
from knowledge.statistics.trail import Reason, reason_for
from knowledge.store import Store

__all__ = ["Version", "close", "corrections", "frozen", "frozen_counts", "versions", "with_closed"]

EDITION, NOTE = "edition", "figure_note"
"""Columns of a row with a published figure; the note is text in the language of the report."""

TRIES: Final = 3
"""So often is a year counted anew that is changed meanwhile; each takes seconds."""

TablesOf = Callable[[Scope], Mapping[str, Table]]


def close(
    store: Store,
    year: int,
    *,
    who: str,
    reason: str,
    tables_of: TablesOf,
    rules: str,
    today: date | None = None,
) -> int:
    """Keep the figures of a year as they are now.

    Args:
        reason: needed to close a year again; it is masked, and stands in the centres' own report.
        tables_of: every table of a scope, as the register has them now (not as closed), with every
            number.
        rules: the version of the definitions that `tables_of` counts by.
        today: in Norway.

    Returns:
        The version: 1, or one more than the last.

    Raises:
        Failure: the year is before the scheme, is not over, or has nothing recorded; it is closed
            with the same figures, or closed and no reason was given; or the register did not stand
            still.
    """
    if year < FIRST_YEAR:
        raise Failure("report_close_too_early", year=year, first=FIRST_YEAR)
    if year >= (today or datetime.now(OSLO).date()).year:
        raise Failure("report_close_not_over", year=year)
    if latest(store, year) is None and not kept.anything_of(store, year):
        raise Failure("report_close_empty", year=year)
    told = cleaned(reason)
    for _ in range(TRIES):
        seen = digest_of(store, year)
        figures = _figures(store, year, tables_of)
        with store.write() as db:
            if digest_of(store, year) != seen:
                continue
            last = latest(store, year)
            if last is not None:
                if text_of(store, last) == figures:
                    raise Failure("report_close_unchanged", year=year, version=last.version)
                if not told:
                    raise Failure("report_close_reason", year=year)
            version = last.version + 1 if last else 1
            db.conn.execute(
                "INSERT INTO closed_years (year, version, closed_at, closed_by, reason, rules, "
                "last_change, last_inquiry, tables) VALUES (?, ?, ?, ?, ?, ?, "
                "(SELECT coalesce(max(id), 0) FROM changes), "
                "(SELECT coalesce(max(id), 0) FROM inquiries), ?)",
                [year, version, datetime.now(UTC).isoformat(), who, told, rules, figures],
            )
            return version
    raise Failure("report_close_busy", year=year)


def frozen(store: Store, year: int, centre: str | None = None) -> dict[str, Table] | None:
    """The tables of a year as they were last closed, with every number; None: it is not closed.

    A column that a table has got since is empty; a table that is gone is left out.
    """
    last = latest(store, year)
    return None if last is None else kept.tables_of(store, last, centre)


def frozen_counts(store: Store, year: int) -> YearCounts | None:
    """The finest counts of a year as it was last closed, for `disclosure.hide`."""
    last = latest(store, year)
    return None if last is None else YearCounts.read(kept.part_of(store, last, "$.counts"))


def with_closed(store: Store, tables: Mapping[str, Table], scope: Scope) -> dict[str, Table]:
    """The tables with closed years as they were closed; names in the language of `tables`.

    A name is that of the same key in the table as it is now, where it has one; so is what is said
    of a published figure, where it is still shown of the same edition.
    """
    closed = {year: found for year in scope.years if (found := frozen(store, year, scope.centre))}
    made = dict(tables)
    for name, table in tables.items():
        replaced = {year: found[name] for year, found in closed.items() if name in found}
        if not table.spec.yearly or name == CORRECTIONS or not replaced:
            continue
        named = {table.key(row)[1:]: row for row in table.rows}
        now = {table.key(row): row for row in table.rows}
        rows = [row for row in table.rows if row[0] not in replaced]
        rows += [_named(row, named, now, table) for one in replaced.values() for row in one.rows]
        made[name] = table.showing(sorted(rows, key=lambda row: int(str(row[0]))))
    return made


def corrections(
    store: Store,
    scope: Scope,
    live: Mapping[str, Table],
    *,
    rules: str,
    language: Language = "nb",
) -> list[Row]:
    """The rows of the table of corrections: what changed in closed years of the scope.

    "accepted": from one closing to the next, with the reason that was given. "open": from the last
    closing to the register as it is now (`live`, with every number), with what the audit trail
    says. `version` is the closing that the change was made from.
    """
    found: list[Row] = []
    for year in scope.years:
        done = versions(store, year)
        read = [kept.tables_of(store, each, scope.centre) for each in done]
        for before, after, old, new in zip(read, read[1:], done, done[1:], strict=False):
            for _, address, was, became in _changed(before, after, year):
                accepted = new.reason, new.closed_at, new.closed_by
                found.append((year, address, str(old.version), was, became, "accepted", *accepted))
        if done:
            found += _open(store, scope, read[-1], live, done[-1], rules, language)
    return found


def _open(
    store: Store,
    scope: Scope,
    closed: Mapping[str, Table],
    live: Mapping[str, Table],
    last: Version,
    rules: str,
    language: Language,
) -> Iterator[Row]:
    why: dict[str, Reason] = {}
    for table, address, was, became in _changed(closed, live, last.year):
        if table not in why:
            why[table] = reason_for(
                store, last, table, centre=scope.centre, rules=rules, language=language
            )
        told = why[table].text, why[table].at, why[table].who
        yield (last.year, address, str(last.version), was, became, "open", *told)


def _changed(
    before: Mapping[str, Table], after: Mapping[str, Table], year: int
) -> Iterator[tuple[str, str, Value, Value]]:
    """Table, address and both values of each number that differs, in the order of the report."""
    for name in specs():
        if name not in before or name not in after:
            continue
        was, became = (dict(_cells(tables[name], year)) for tables in (before, after))
        for address in dict.fromkeys([*was, *became]):
            if was.get(address) != became.get(address):
                yield name, address, was.get(address), became.get(address)


def _cells(table: Table, year: int) -> Iterator[tuple[str, Value]]:
    return table.showing([row for row in table.rows if row[0] == year]).cells()


def _figures(store: Store, year: int, tables_of: TablesOf) -> str:
    made: dict[str | None, Any] = {
        centre: {
            name: {
                "columns": [column.id for column in table.spec.columns],
                "rows": [_plain(row) for row in table.rows if row[0] == year],
            }
            for name, table in tables_of(Scope(year, year, centre, shown_from=0)).items()
            if table.spec.yearly and name != CORRECTIONS
        }
        for centre in (None, *(each.id for each in centres()))
    }
    with Snapshot(store, Scope(year, year, shown_from=0)) as snapshot:
        counts = finest(snapshot, [year])[year]
    figures = {"all": made.pop(None), "centres": made, "counts": counts.plain()}
    return json.dumps(figures, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(row: Row) -> list[Value]:
    if any(isinstance(value, Hidden) for value in row):
        raise ValueError("a year is closed with every number")
    return list(row)


def _named(
    row: Row,
    named: Mapping[tuple[str, ...], Row],
    now: Mapping[tuple[str, ...], Row],
    table: Table,
) -> Row:
    """The row with the labels of another row of the same key in another year or version.

    Args:
        named: by key less the year; `now`: by key.
    """
    other = named.get(table.key(row)[1:], row)
    same = now.get(table.key(row), row)
    editions = [at for at, column in enumerate(table.spec.columns) if column.id == EDITION]
    told = {NOTE} if all(row[at] == same[at] for at in editions) else set()
    return tuple(
        name if column.role == "label" else text if column.id in told else value
        for column, value, name, text in zip(table.spec.columns, row, other, same, strict=True)
    )
