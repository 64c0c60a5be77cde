"""What is left out of a report that leaves the centres: no small municipality is recognised by it.

A municipality that asked once may be one person. So, year by year:

- Inquiries by municipality (then and today) and by county: numbers below the limit are hidden, and
  as many others as it takes (`suppression`), since they add up to the year's total, which is always
  shown. "Not known" names nobody and is hidden only for others' sake.
- Before a county is hidden for its municipalities' sake, the names of those that are hidden go: who
  they are is not told, nor how many, so `inquiries` does not tell of how many municipalities.
- Visits by municipality: a visit may come from several, so they add up to no total, but at most
  they do: they are protected as if they did. Whatever overlaps with a hidden number in the other
  view is hidden too. With fewer visits in the year than the limit every number is bounded by that:
  they are withheld.
- Where hiding does not help (a year with three inquiries), the breakdown is withheld: no names.
- One centre's report hides what that of all centres hides, and every number of a municipality that
  asked other centres too: nobody gets another centre's number by subtraction.
- Where inquiries of a year came from one or two municipalities, however many they are, what they
  were about (topics, gaps, feedback) and who asked (actor, language) tells of these: those tables
  are withheld for that year, and of such visits who came. Channel, month, outcome and time tell of
  the service, and stay. Rows without a municipality may hide the two among them (`places.few`).
- Corrections tell of yearly totals only (`corrected`).

What is hidden in a year depends on that year alone, not on the period asked for: two reports of the
same register never differ in it. Totals, figures of centres and published figures are shown.

Known limits: who puts the reports of several centres together, or knows which municipalities asked
a centre (whose total is shown), may narrow a number further than one report does, though never by
subtracting one shown number of a place from another. A report made before a correction may be
compared with one made after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from knowledge.statistics.corrected import CORRECTIONS, shareable
from knowledge.statistics.finest import YearCounts, at_centre
from knowledge.statistics.places import (
    INQUIRIES,
    VISITS,
    Cell,
    few,
    nothing,
    of_all,
    of_centre,
    overlapping,
    small_visits,
    sums,
)
from knowledge.statistics.scope import Scope
from knowledge.statistics.suppression import Suppression
from knowledge.statistics.table import HIDDEN, Row, Table

CONTENT: Final = frozenset(
    "inquiries_by_topic gaps topics_changed feedback "
    "inquiries_by_actor inquiries_by_language".split()
)
"""The tables that tell what was asked and by whom."""

VISITORS: Final = frozenset({"visits_by_actor"})
"""The tables that tell who came."""

COMPARED: Final = "topics_changed"
HOW_MANY: Final = "inquiries", ("municipalities", "municipalities_today")
"""A table, and its columns that tell how many names there would be."""


@dataclass(frozen=True, slots=True)
class _Year:
    """What is not shown of a year: `inquiries` and `visits` by place, content and visitors."""

    inquiries: Suppression[Cell]
    visits: Suppression[Cell]
    content: bool
    visitors: bool

    def of(self, table: str) -> Suppression[Cell] | None:
        if table in INQUIRIES:
            return self.inquiries
        return self.visits if table in VISITS else None

    def withholds(self, table: str) -> bool:
        found = self.of(table)
        if found:
            return found.withheld
        return (self.content and table in CONTENT) or (self.visitors and table in VISITORS)


def hide(
    tables: Mapping[str, Table], scope: Scope, counts: Mapping[int, YearCounts]
) -> dict[str, Table]:
    """The tables as they may leave the centres; all of them where `scope.shown_from` is 0.

    Args:
        tables: with every number; of a closed year as it was closed.
        counts: of the same register (of a closed year: `closing.frozen_counts`), for each year of
            the tables that has inquiries or visits, and the year before.
    """
    if scope.shown_from <= 1:
        return dict(tables)
    years = _all_years(tables, scope, counts)
    return {name: _hidden(table, years) for name, table in tables.items()}


def withheld(tables: Mapping[str, Table], shown: Mapping[str, Table]) -> dict[str, tuple[int, ...]]:
    """Table -> years that `hide` left out of it whole, for a face that tells why they are missing.

    Args:
        tables: as they were given to `hide`; `shown`: what it made of them.
    """
    found: dict[str, tuple[int, ...]] = {}
    for name, table in tables.items():
        left = {row[0] for row in shown[name].rows}
        missing = {int(str(row[0])) for row in table.rows if row[0] not in left}
        if missing and name != CORRECTIONS:
            found[name] = tuple(sorted(missing))
    return found


def _all_years(
    tables: Mapping[str, Table], scope: Scope, counts: Mapping[int, YearCounts]
) -> dict[int, _Year]:
    """Every year that the tables have, and the year before, which the topics are compared with."""
    names = (*INQUIRIES, *VISITS, *CONTENT, *VISITORS, HOW_MANY[0])
    rows = (row for name in names if name in tables for row in tables[name].rows)
    found = {int(str(row[0])) for row in rows}
    return {
        year: _year(year, tables, scope, counts.get(year, YearCounts()))
        for year in sorted(found | {year - 1 for year in found})
    }


def _year(year: int, tables: Mapping[str, Table], scope: Scope, counts: YearCounts) -> _Year:
    least, centre = scope.shown_from, scope.centre
    mine = at_centre(counts.inquiries, centre)
    shown = _shown(year, tables, INQUIRIES)
    inquiries = of_all(counts.inquiries, INQUIRIES, least)
    if centre is not None:
        inquiries = of_centre(counts.inquiries, INQUIRIES, least, centre, inquiries)
    if shown != {cell: n for cell, n in sums(mine, INQUIRIES).items() if cell[0] in tables}:
        inquiries = nothing(shown)  # counted at another moment: nothing can be said of it
    came = at_centre(counts.visits, centre)
    shown = _shown(year, tables, VISITS)
    visits = of_all(counts.visits, VISITS, least, small=small_visits)
    if centre is not None:
        visits = of_centre(counts.visits, VISITS, least, centre, visits, small=small_visits)
    visits = overlapping(came, visits)
    total = sum(n for each, n in counts.visits_of.items() if centre in (None, each))
    if shown.keys() != {cell for cell in sums(came, VISITS) if cell[0] in tables} or total < least:
        visits = nothing(shown)
    return _Year(inquiries, visits, few(mine, least), few(came, least))


def _shown(year: int, tables: Mapping[str, Table], names: Iterable[str]) -> dict[Cell, int]:
    """What the tables would show of a year."""
    return {
        (name, str(row[1])): int(str(row[-1]))
        for name in names
        if name in tables
        for row in tables[name].rows
        if row[0] == year
    }


def _hidden(table: Table, years: Mapping[int, _Year]) -> Table:
    name = table.spec.id
    if name == CORRECTIONS:
        return table.showing(list(shareable(table)))
    if name not in {*INQUIRIES, *VISITS, *CONTENT, *VISITORS, HOW_MANY[0]}:
        return table
    rows: list[Row] = []
    for row in table.rows:
        year, cell = years[int(str(row[0]))], (name, str(row[1]))
        found = year.of(name)
        if year.withholds(name) or (found and cell in found.unnamed):
            continue
        if found and cell in found.hidden:
            row = _blanked(table, row)
        if name == HOW_MANY[0] and year.inquiries.unnamed:
            row = _blanked(table, row, HOW_MANY[1])
        if name == COMPARED and years[int(str(row[0])) - 1].content:
            if not row[table.spec.index("inquiries")]:
                continue  # it stands here for the year before only
            row = _blanked(table, row, ("before", "change", "new"))
        rows.append(row)
    return table.showing(rows)


def _blanked(table: Table, row: Row, columns: Sequence[str] | None = None) -> Row:
    """The row with its measures hidden, or some columns; what is no number is left out."""
    return tuple(
        (HIDDEN if column.role == "measure" else None)
        if (column.role == "measure" if columns is None else column.id in columns)
        else value
        for column, value in zip(table.spec.columns, row, strict=True)
    )
