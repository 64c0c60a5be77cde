"""Which numbers of places a report leaves out, by what the finest counts of the year are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from knowledge.statistics.counting.base import NONE
from knowledge.statistics.finest import Place, at_centre
from knowledge.statistics.suppression import Suppression, suppress

Cell = tuple[str, str]
"""A table and the key of a row after its year."""

COUNTY: Final = "inquiries_by_county"
INQUIRIES: Final = {
    "inquiries_by_municipality": "then",
    "inquiries_by_municipality_today": "today",
    COUNTY: "county",
}
VISITS: Final = {"visits_by_municipality": "then", "visits_by_municipality_today": "today"}
"""The tables with places, and which part of a `Place` their rows are."""

TOTAL: Final[Cell] = ("", "")

FEW: Final = 3
"""So many municipalities are needed so that one of them, which knows its own inquiries, learns
nothing of another by itself; the least number of contributors that is usual in statistics."""

_Small = Callable[[Mapping[Place, int], int], set[Cell]]


def small_visits(counts: Mapping[Place, int], least: int) -> set[Cell]:
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


def of_all(
    counts: Mapping[Place, int], tables: Mapping[str, str], least: int, small: _Small | None = None
) -> Suppression[Cell]:
    """What to hide of the report of all centres."""
    merged: dict[Place, int] = {}
    for place, count in counts.items():
        everywhere = place._replace(centre="")
        merged[everywhere] = merged.get(everywhere, 0) + count
    return _suppressed(merged, tables, least, small(merged, least) if small else set())


def of_centre(
    counts: Mapping[Place, int],
    tables: Mapping[str, str],
    least: int,
    centre: str,
    everywhere: Suppression[Cell],
    small: _Small | None = None,
) -> Suppression[Cell]:
    """What to hide of one centre's report. A name that all centres' report leaves out goes too."""
    mine, every = sums(at_centre(counts, centre), tables), sums(counts, tables)
    shared = {cell for cell, count in mine.items() if _names(cell) and every[cell] > count}
    forced = (shared | everywhere.hidden) & mine.keys()
    if small:
        forced |= small(at_centre(counts, centre), least)
    if everywhere.withheld:
        return nothing(mine)
    silent = {place.county for place in counts if everywhere.unnamed & _cells(place, tables)}
    found = _suppressed(at_centre(counts, centre), tables, least, forced, silent)
    return replace(found, unnamed=found.unnamed | (everywhere.unnamed & mine.keys()))


def _suppressed(
    counts: Mapping[Place, int],
    tables: Mapping[str, str],
    least: int,
    forced: set[Cell],
    silent: Iterable[str] = (),
) -> Suppression[Cell]:
    """What to hide of these counts. `silent`: counties that name no hidden municipality."""
    cells: dict[Cell, set[Place]] = {TOTAL: set(counts)} if counts else {}
    for place in counts:
        for cell in _cells(place, tables):
            cells.setdefault(cell, set()).add(place)
    within: dict[Cell, set[Cell]] = {}
    for cell, places in cells.items():
        counties = {place.county for place in places}
        if cell != TOTAL and _names(cell) and len(counties) == 1 and COUNTY in tables:
            within.setdefault((COUNTY, counties.pop()), set()).add(cell)
    return suppress(
        counts,
        {cell: frozenset(places) for cell, places in cells.items()},
        always_shown={TOTAL},
        shown_from=least,
        nameless={(table, NONE) for table in tables},
        forced=forced,
        naming=within,
        unnamed_in=[(COUNTY, county) for county in silent],
    )


def _cells(place: Place, tables: Mapping[str, str]) -> set[Cell]:
    """The numbers that it is counted in."""
    return {(table, getattr(place, part)) for table, part in tables.items()}


def overlapping(counts: Mapping[Place, int], found: Suppression[Cell]) -> Suppression[Cell]:
    """With every number that has visits in common with a hidden one, in turn."""
    hidden = set(found.hidden)
    while True:
        before = len(hidden)
        for place in counts:
            if (cells := _cells(place, VISITS)) & hidden:
                hidden |= cells
        if len(hidden) == before:
            return Suppression(frozenset(hidden), found.withheld)


def few(counts: Mapping[Place, int], least: int) -> bool:
    """Whether a year's rows are known to be of one or two municipalities, however many they are.

    One of two takes its own away and has the other's. Rows of which no municipality is known may be
    anybody's: where there are enough of them, nothing is told of those two.
    """
    known = {place.today if place.today != NONE else place.then for place in counts} - {NONE}
    unknown = sum(n for place, n in counts.items() if place.then == place.today == NONE)
    return 0 < len(known) < FEW and unknown < FEW * least


def _names(cell: Cell) -> bool:
    """Whether it is the number of a municipality."""
    return cell[0] != COUNTY and cell[1] != NONE


def nothing(cells: Iterable[Cell]) -> Suppression[Cell]:
    return Suppression(frozenset(cells), True)


def sums(counts: Mapping[Place, int], tables: Mapping[str, str]) -> dict[Cell, int]:
    found: dict[Cell, int] = {}
    for table, part in tables.items():
        for place, count in counts.items():
            cell = table, getattr(place, part)
            found[cell] = found.get(cell, 0) + count
    return found
