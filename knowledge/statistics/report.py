"""The report: every table for a scope, from one moment of the register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Final

from knowledge.messages import Failure, Language
from knowledge.reference.reference import centres
from knowledge.statistics.closing import (
    close,
    corrections,
    frozen_counts,
    versions,
    with_closed,
)
from knowledge.statistics.corrected import CORRECTIONS
from knowledge.statistics.counting import (
    about,
    annual,
    feedback,
    inquiries,
    outcomes,
    published,
    times,
    topics,
    visits,
)
from knowledge.statistics.counting.base import TOPICS, Count
from knowledge.statistics.definitions import specs
from knowledge.statistics.derived import DERIVED
from knowledge.statistics.disclosure import hide, withheld
from knowledge.statistics.finest import YearCounts, finest
from knowledge.statistics.scope import FIRST_YEAR, Scope
from knowledge.statistics.snapshot import Snapshot
from knowledge.statistics.table import Row, Table
from knowledge.store import Store

RULES: Final = "2026.1"
"""The version of the definitions in tables/*.toml and of how they are counted: changed when a
number would come out otherwise for the same register."""

COUNTS: Final[Mapping[str, Count]] = MappingProxyType(
    {
        table: count
        for module in (
            visits,
            inquiries,
            topics,
            outcomes,
            times,
            feedback,
            published,
            annual,
            about,
        )
        for table, count in module.COUNTS.items()
    }
)
"""Every table that is counted, by its id."""


@dataclass(frozen=True, slots=True)
class RegisterState:
    """Which register it was: enough to tell two apart, nothing of what is hidden.

    Attributes:
        inquiries, visits, forms: rows of the whole register, also what counts in no table.
        last_change: number of the last entry of the audit trail; `changed_at` when (UTC), None
            where there is none.
        closed_years: those that are frozen.
    """

    inquiries: int
    visits: int
    forms: int
    last_change: int
    changed_at: str | None
    closed_years: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Tables in the order of `specs()`, and what is needed to make them again.

    `withheld`: table -> years that are left out of it, because they could tell of somebody.
    """

    scope: Scope
    tables: Mapping[str, Table]
    state: RegisterState
    rules: str
    made_by: str
    withheld: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


BACKGROUND: Final = frozenset({"centres_per_year"})
"""Yearly tables that have rows of any year, also one of which nothing is known."""

BY_TOPIC: Final = "inquiries_by_topic"


@dataclass(frozen=True, slots=True)
class Made:
    """The tables of a scope on their way to a report.

    Attributes:
        live: as the register has them now; nothing is hidden.
        wide: with closed years as they were closed, and earlier years where those are needed.
        shown: the tables of the report.
        withheld: table of the report -> years that are left out of it.
        closed: year -> the version that it is closed with.
    """

    live: Mapping[str, Table]
    wide: Mapping[str, Table]
    shown: Mapping[str, Table]
    withheld: Mapping[str, tuple[int, ...]]
    closed: Mapping[int, int]


def report(store: Store, scope: Scope, *, made_by: str, language: Language = "nb") -> Report:
    """Count everything anew; years that are closed show what was closed.

    Raises:
        Failure: neither the register nor a published report has anything of the period; of one
            centre: the register has nothing of its own.
        StoreError: the register cannot be read.
    """
    with Snapshot(store, scope, language) as snapshot:
        found = made(store, snapshot)
        state = state_of(snapshot)
    if not _tells_of(found, scope):
        raise _nothing_of(scope)
    return Report(scope, found.shown, state, RULES, made_by, found.withheld)


def _tells_of(found: Made, scope: Scope) -> bool:
    """Whether the register, or a published report on all centres, has anything of the period."""
    if scope.centre is None and any(year in visits.published_visits() for year in scope.years):
        return True
    return any(
        table.spec.yearly and name not in BACKGROUND and (table.rows or name in found.withheld)
        for name, table in found.shown.items()
    )


def _nothing_of(scope: Scope) -> Failure:
    """Of a centre with when it served: that may be why."""
    if scope.centre is None:
        return Failure("report_empty", period=scope.period)
    centre = next(each for each in centres() if each.id == scope.centre)
    if centre.serving:
        key, served = "report_empty_serving", str(centre.periods[-1].valid_from.year)
    else:
        key = "report_empty_served"
        ended = [(each.valid_from, each.valid_to) for each in centre.periods if each.valid_to]
        served = ", ".join(f"{first.year}-{last.year}" for first, last in ended)
    return Failure(key, centre=centre.name, period=scope.period, served=served)


def made(store: Store, snapshot: Snapshot) -> Made:
    """Every table of a report, in the order of `specs()`."""
    scope, language = snapshot.scope, snapshot.language
    now = counted(snapshot)
    before = _years_before(snapshot)
    live = {**now, **derived(with_years_before(now, before), scope)}
    tables = with_closed(store, now, scope)
    if scope.first > FIRST_YEAR:
        earlier = replace(scope, first=FIRST_YEAR, last=scope.first - 1)
        before = with_closed(store, {BY_TOPIC: before}, earlier)[BY_TOPIC]
    wide = with_years_before(tables, before)
    tables |= derived(wide, scope)
    tables |= with_closed(store, {name: tables[name] for name in DERIVED}, scope)
    found = corrections(store, scope, live, rules=RULES, language=language)
    tables[CORRECTIONS] = specs_table(CORRECTIONS, found)
    shown = {name: tables.get(name) or Table(spec) for name, spec in specs().items()}
    missing: dict[str, tuple[int, ...]] = {}
    if scope.shown_from:
        every, shown = shown, hide(shown, scope, _places(store, snapshot))
        missing = withheld(every, shown)
    closed = {each.year: each.version for each in versions(store)}
    return Made(live, wide, MappingProxyType(shown), MappingProxyType(missing), closed)


def live_tables(store: Store, scope: Scope) -> dict[str, Table]:
    """What is kept when a year is closed: every number, as the register has them now."""
    with Snapshot(store, scope) as snapshot:
        now = counted(snapshot)
        return {**now, **derived(with_years_before(now, _years_before(snapshot)), scope)}


def close_year(
    store: Store, year: int, *, who: str, reason: str = "", today: date | None = None
) -> int:
    """Freeze the figures of a year as they are now; the version (`closing.close`)."""
    return close(
        store,
        year,
        who=who,
        reason=reason,
        tables_of=partial(live_tables, store),
        rules=RULES,
        today=today,
    )


def _places(store: Store, snapshot: Snapshot) -> dict[int, YearCounts]:
    """The finest counts, of closed years as they were closed."""
    counts = finest(snapshot)
    return {year: frozen_counts(store, year) or found for year, found in counts.items()}


def specs_table(name: str, rows: Iterable[Row]) -> Table:
    """A table of the report with these rows."""
    return Table(specs()[name], tuple(rows))


def counted(snapshot: Snapshot) -> dict[str, Table]:
    """The tables that are counted, as the register has them now."""
    return {name: specs_table(name, count.rows(snapshot)) for name, count in COUNTS.items()}


def derived(tables: Mapping[str, Table], scope: Scope) -> dict[str, Table]:
    """The tables that are made from others."""
    return {name: specs_table(name, each.rows(tables, scope)) for name, each in DERIVED.items()}


def _years_before(snapshot: Snapshot) -> Table:
    """The topics of the years before the scope's, to tell what is new."""
    earlier: Iterable[Row] = (
        (year, topic, TOPICS.name(topic, snapshot.language), None, inquiries, None)
        for year, topic, inquiries in topics.earlier(snapshot)
    )
    return specs_table(BY_TOPIC, earlier)


def with_years_before(tables: Mapping[str, Table], before: Table) -> dict[str, Table]:
    """The tables, that of topics with earlier years too."""
    return {**tables, BY_TOPIC: before.showing((*before.rows, *tables[BY_TOPIC].rows))}


def state_of(snapshot: Snapshot) -> RegisterState:
    """Which register it was."""
    inquiries_, visits_, forms_ = (
        snapshot.numbers(f"SELECT count(*) FROM {table}")[0]  # noqa: S608 (our own names)
        for table in ("inquiries", "visits", "annual_forms")
    )
    last, changed_at = next(
        snapshot.rows("SELECT coalesce(max(id), 0), max(at) FROM changes"), (0, None)
    )
    closed = snapshot.numbers("SELECT DISTINCT year FROM closed_years ORDER BY year")
    return RegisterState(inquiries_, visits_, forms_, int(last), changed_at, tuple(closed))
