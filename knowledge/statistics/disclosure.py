"""What is left out of a report that leaves the centres: no small municipality is recognised by it.

A municipality that asked once may be one person. So, year by year:

- Inquiries by municipality (then and today) and by county: numbers below the limit are hidden, and
  as many others as it takes (`suppression`), since they add up to the year's total, which is always
  shown. "Not known" names nobody and is hidden only for others' sake.
- Visits by municipality: a visit may come from several, so they add up to no total, but at most
  they do: they are protected as if they did. Whatever overlaps with a hidden number in the other
  view is hidden too. With fewer visits in the year than the limit every number is bounded by that:
  they are withheld.
- Where hiding does not help (a year with three inquiries), the breakdown is withheld: no names.
- One centre's report hides what that of all centres hides, and every number of a municipality that
  asked other centres too: nobody gets another centre's number by subtraction.
- Where inquiries of a year came from one or two municipalities and are few, what they were about
  (topics, gaps, feedback) and who asked (actor, language) tells of these: those tables are
  withheld for that year. Channel, month, outcome and time tell of the service, and stay.
- Corrections of such tables tell that a number changed, not from what to what, and none tells who
  changed it.

What is hidden in a year depends on that year alone, not on the period asked for: two reports of the
same register never differ in it. Totals, figures of centres and published figures are shown.

Known limits: who puts the reports of several centres together, or knows which municipalities asked
a centre (whose total is shown), may narrow a number further than one report does, though never by
subtracting one shown number of a place from another. A report made before a correction may be
compared with one made after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from knowledge.statistics.counting.base import NONE
from knowledge.statistics.finest import Place, YearCounts, at_centre
from knowledge.statistics.scope import Scope
from knowledge.statistics.suppression import Suppression, suppress
from knowledge.statistics.table import HIDDEN, Row, Table

Cell = tuple[str, str]
"""A table and the key of a row after its year."""

INQUIRIES: Final = {
    "inquiries_by_municipality": "then",
    "inquiries_by_municipality_today": "today",
    "inquiries_by_county": "county",
}
VISITS: Final = {"visits_by_municipality": "then", "visits_by_municipality_today": "today"}
"""The tables with places, and which part of a `Place` their rows are."""

CONTENT: Final = frozenset(
    "inquiries_by_topic gaps topics_changed feedback "
    "inquiries_by_actor inquiries_by_language".split()
)
"""The tables that tell what was asked and by whom."""

_Small = Callable[[Mapping[Place, int], int], set[Cell]]

COMPARED, CORRECTIONS = "topics_changed", "corrections"
TOTAL: Final[Cell] = ("", "")

FEW: Final = 3
"""So many municipalities are needed so that one of them, which knows its own inquiries, learns
nothing of another by itself; the least number of contributors that is usual in statistics."""


@dataclass(frozen=True, slots=True)
class _Year:
    """What is not shown of a year: `inquiries` and `visits` by place, and content tables."""

    inquiries: Suppression[Cell]
    visits: Suppression[Cell]
    content: bool

    def of(self, table: str) -> Suppression[Cell] | None:
        if table in INQUIRIES:
            return self.inquiries
        return self.visits if table in VISITS else None

    def withholds(self, table: str) -> bool:
        found = self.of(table)
        return found.withheld if found else self.content and table in CONTENT


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
    names = (*INQUIRIES, *VISITS, *CONTENT, CORRECTIONS)
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
    inquiries = _of_all(counts.inquiries, INQUIRIES, least)
    if centre is not None:
        inquiries = _of_centre(counts.inquiries, INQUIRIES, least, centre, inquiries)
    if shown != {cell: n for cell, n in _sums(mine, INQUIRIES).items() if cell[0] in tables}:
        inquiries = _nothing(shown)  # counted at another moment: nothing can be said of it
    came = at_centre(counts.visits, centre)
    shown = _shown(year, tables, VISITS)
    visits = _of_all(counts.visits, VISITS, least, small=_small_visits)
    if centre is not None:
        visits = _of_centre(counts.visits, VISITS, least, centre, visits, small=_small_visits)
    visits = _overlapping(came, visits)
    total = sum(n for each, n in counts.visits_of.items() if centre in (None, each))
    if shown.keys() != {cell for cell in _sums(came, VISITS) if cell[0] in tables} or total < least:
        visits = _nothing(shown)
    return _Year(inquiries, visits, _few(mine, least))


def _small_visits(counts: Mapping[Place, int], least: int) -> set[Cell]:
    """The municipalities that may have fewer visits than the limit.

    Those of a municipality of today are at least as many as those of its largest part, and at most
    the sum, since its parts may have come together.
    """
    most: dict[Cell, int] = {}
    for table, part in VISITS.items():
        for place, count in counts.items():
            cell = table, getattr(place, part)
            most[cell] = max(count, most.get(cell, 0))
    return {cell for cell, count in most.items() if count < least and cell[1] != NONE}


def _of_all(
    counts: Mapping[Place, int], tables: Mapping[str, str], least: int, small: _Small | None = None
) -> Suppression[Cell]:
    """What to hide of the report of all centres."""
    merged: dict[Place, int] = {}
    for place, count in counts.items():
        everywhere = place._replace(centre="")
        merged[everywhere] = merged.get(everywhere, 0) + count
    return _suppressed(merged, tables, least, small(merged, least) if small else set())


def _of_centre(
    counts: Mapping[Place, int],
    tables: Mapping[str, str],
    least: int,
    centre: str,
    everywhere: Suppression[Cell],
    small: _Small | None = None,
) -> Suppression[Cell]:
    """What to hide of one centre's report."""
    mine, every = _sums(at_centre(counts, centre), tables), _sums(counts, tables)
    shared = {cell for cell, count in mine.items() if _names(cell) and every[cell] > count}
    forced = (shared | everywhere.hidden) & mine.keys()
    if small:
        forced |= small(at_centre(counts, centre), least)
    found = _suppressed(at_centre(counts, centre), tables, least, forced)
    return _nothing(mine) if everywhere.withheld else found


def _suppressed(
    counts: Mapping[Place, int], tables: Mapping[str, str], least: int, forced: set[Cell]
) -> Suppression[Cell]:
    cells: dict[Cell, set[Place]] = {TOTAL: set(counts)} if counts else {}
    for table, part in tables.items():
        for place in counts:
            cells.setdefault((table, getattr(place, part)), set()).add(place)
    return suppress(
        counts,
        {cell: frozenset(places) for cell, places in cells.items()},
        always_shown={TOTAL},
        shown_from=least,
        nameless={(table, NONE) for table in tables},
        forced=forced,
    )


def _overlapping(counts: Mapping[Place, int], found: Suppression[Cell]) -> Suppression[Cell]:
    """With every number that has visits in common with a hidden one, in turn."""
    hidden = set(found.hidden)
    while True:
        before = len(hidden)
        for place in counts:
            cells = {(table, str(getattr(place, part))) for table, part in VISITS.items()}
            if cells & hidden:
                hidden |= cells
        if len(hidden) == before:
            return Suppression(frozenset(hidden), found.withheld)


def _few(counts: Mapping[Place, int], least: int) -> bool:
    """Whether a year's inquiries are few, and from too few municipalities."""
    known = {place.today if place.today != NONE else place.then for place in counts} - {NONE}
    return 0 < len(known) < FEW and sum(counts.values()) < FEW * least


def _names(cell: Cell) -> bool:
    """Whether it is the number of a municipality."""
    return cell[0] != "inquiries_by_county" and cell[1] != NONE


def _nothing(cells: Iterable[Cell]) -> Suppression[Cell]:
    return Suppression(frozenset(cells), True)


def _sums(counts: Mapping[Place, int], tables: Mapping[str, str]) -> dict[Cell, int]:
    found: dict[Cell, int] = {}
    for table, part in tables.items():
        for place, count in counts.items():
            cell = table, getattr(place, part)
            found[cell] = found.get(cell, 0) + count
    return found


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
        told = [_correction(row, table, years) for row in table.rows]
        return table.showing([row for row in told if row is not None])
    if name not in {*INQUIRIES, *VISITS, *CONTENT}:
        return table
    rows: list[Row] = []
    for row in table.rows:
        year = years[int(str(row[0]))]
        if year.withholds(name):
            continue
        found = year.of(name)
        if found and (name, str(row[1])) in found.hidden:
            row = _blanked(table, row)
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


def _correction(row: Row, table: Table, years: Mapping[int, _Year]) -> Row | None:
    year, name = years[int(str(row[0]))], str(row[1]).split("/")[0]
    if year.withholds(name):
        return None
    if name in {*INQUIRIES, *VISITS, *CONTENT}:
        row = _blanked(table, row)
    at = table.spec.index("who")
    return (*row[:at], None, *row[at + 1 :])
