"""Visits: what Helsedirektoratet published, and what the register has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from knowledge.reference import figures
from knowledge.reference.models import Figure
from knowledge.statistics.counting.base import (
    ACTORS,
    CENTRES,
    MUNICIPALITIES,
    NONE,
    PUBLISHED,
    REGISTER,
    Behind,
    Count,
    Counted,
    behind_visits,
    county_of,
    sorted_rows,
)
from knowledge.statistics.snapshot import Snapshot
from knowledge.statistics.table import Row

VISITS_TABLE = "1"
"""Table 1 of the reports: visitors and municipalities by year."""

_PLACE = "coalesce(m.municipality_today, m.municipality)"


@cache
def published_visits() -> Mapping[int, Mapping[str, Figure]]:
    """Year -> "persons" and "municipalities", of the newest edition that has the year."""
    found: dict[int, dict[str, Figure]] = {}
    for figure in figures():
        if figure.table != VISITS_TABLE or not figure.column.isdigit():
            continue
        standing = found.setdefault(int(figure.column), {}).get(figure.row)
        if standing is None or newest(figure) > newest(standing):
            found[int(figure.column)][figure.row] = figure
    return MappingProxyType(dict(sorted(found.items())))


def newest(figure: Figure) -> str:
    """To compare editions by: the last year that one covers."""
    return figure.edition.rsplit("-", 1)[-1]


def _series(snapshot: Snapshot) -> Iterator[Row]:
    """Published where it is published, otherwise recorded; of one centre only recorded."""
    published = {} if snapshot.scope.centre else published_visits()
    recorded = {row[0]: row for row in _recorded(snapshot)}
    for year in snapshot.scope.years:
        if year in published:
            persons, places = published[year]["persons"], published[year]["municipalities"]
            numbers = int(persons.value), int(places.value)
            note = persons.told(snapshot.language) or None
            yield year, PUBLISHED, persons.edition, *numbers, note
        elif year in recorded:
            _, _, persons_here, places_here, *_ = recorded[year]
            yield year, REGISTER, None, persons_here, places_here, None


def _of_series(snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
    year = int(key[0])
    if not snapshot.scope.centre and year in published_visits():
        return Behind(figures=(published_visits()[year][column],))
    return _of_recorded(snapshot, key, column)


def _recorded(snapshot: Snapshot) -> Iterator[Row]:
    places = {
        year: (then, today)
        for year, then, today in snapshot.rows(
            "SELECT v.year, count(DISTINCT m.municipality), "  # noqa: S608 (our own)
            f"count(DISTINCT {_PLACE}) FROM counted_visits AS v "
            "JOIN visit_municipalities AS m ON m.visit = v.id GROUP BY 1"
        )
    }
    for year, visits, persons, physical, digital in snapshot.rows(
        "SELECT year, count(*), sum(people), count(*) FILTER (WHERE form = 'physical'), "
        "count(*) FILTER (WHERE form = 'digital') FROM counted_visits GROUP BY 1 ORDER BY 1"
    ):
        then, today = places.get(year, (0, 0))
        yield year, visits, persons, then, today, physical, digital


_OF_RECORDED: Final = {
    "visits": "1",
    "persons": "1",
    "municipalities": "EXISTS (SELECT 1 FROM visit_municipalities AS m WHERE m.visit = v.id)",
    "municipalities_today": "EXISTS (SELECT 1 FROM visit_municipalities AS m WHERE m.visit = v.id)",
    "physical": "v.form = 'physical'",
    "digital": "v.form = 'digital'",
}


def _of_recorded(snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
    where = f"v.year = :year AND {_OF_RECORDED[column]}"
    return behind_visits(snapshot, where, {"year": int(key[0])})


def _by_centre(snapshot: Snapshot) -> Iterator[Row]:
    counts = snapshot.rows(
        "SELECT v.year, v.centre, count(*), sum(v.people), (SELECT count(DISTINCT m.municipality) "
        "FROM counted_visits AS w JOIN visit_municipalities AS m ON m.visit = w.id "
        "WHERE w.year = v.year AND w.centre = v.centre) FROM counted_visits AS v GROUP BY 1, 2"
    )
    for year, (centre,), numbers in sorted_rows(counts, CENTRES):
        yield year, centre, CENTRES.name(centre, snapshot.language), *numbers


def _of_centre(snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
    where = f"v.year = :year AND v.centre = :of AND {_OF_RECORDED[column]}"
    return behind_visits(snapshot, where, {"year": int(key[0]), "of": key[1]})


_UNTOLD = (
    "v.people - coalesce((SELECT sum(a.people) FROM visit_actors AS a WHERE a.visit = v.id), 0)"
)
"""How many of a visit's people are in no category."""


def _by_actor(snapshot: Snapshot) -> Iterator[Row]:
    counts = snapshot.rows(
        "SELECT v.year, a.actor, count(*), "  # noqa: S608 (our own)
        "coalesce(sum(a.people), 0) FROM counted_visits AS v "
        "JOIN visit_actors AS a ON a.visit = v.id GROUP BY 1, 2 UNION ALL "
        f"SELECT year, NULL, count(*), sum(untold) FROM (SELECT v.year, {_UNTOLD} AS untold "
        "FROM counted_visits AS v) WHERE untold <> 0 GROUP BY 1"
    )
    for year, (actor,), numbers in sorted_rows(counts, ACTORS):
        yield year, actor, ACTORS.name(actor, snapshot.language), *numbers


def _of_actor(snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
    where = f"{_UNTOLD} <> 0" if key[1] == NONE else _with_actor(column)
    parameters = {"year": int(key[0]), "actor": key[1]}
    return behind_visits(snapshot, f"v.year = :year AND {where}", parameters)


def _with_actor(column: str) -> str:
    told = " AND a.people IS NOT NULL" if column == "persons" else ""
    return (
        "EXISTS (SELECT 1 FROM visit_actors AS a "  # noqa: S608 (our own)
        f"WHERE a.visit = v.id AND a.actor = :actor{told})"
    )


@dataclass(frozen=True, slots=True)
class ByMunicipality:
    """Visits by year and municipality, by the number `column` of `visit_municipalities`.

    A visit from several municipalities stands in the row of each; one without in that of `NONE`.
    """

    column: str

    def rows(self, snapshot: Snapshot) -> Iterator[Row]:
        counts = snapshot.rows(
            f"SELECT v.year, m.{self.column}, count(DISTINCT v.id) FROM counted_visits AS v "  # noqa: S608
            "LEFT JOIN visit_municipalities AS m ON m.visit = v.id GROUP BY 1, 2"
        )
        language = snapshot.language
        for year, (number,), (visits,) in sorted_rows(counts, MUNICIPALITIES):
            name = MUNICIPALITIES.name(number, language)
            yield year, number, name, county_of(number), visits

    def behind(self, snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
        year, number = key
        from_there = (
            "EXISTS (SELECT 1 FROM visit_municipalities AS m "  # noqa: S608 (our own)
            f"WHERE m.visit = v.id AND m.{self.column} IS :number)"
        )
        if number == NONE:
            from_there = (
                f"({from_there} OR NOT EXISTS "  # noqa: S608 (our own)
                "(SELECT 1 FROM visit_municipalities AS m WHERE m.visit = v.id))"
            )
        parameters = {"year": int(year), "number": None if number == NONE else number}
        return behind_visits(snapshot, f"v.year = :year AND {from_there}", parameters)


COUNTS: Final[Mapping[str, Count]] = MappingProxyType(
    {
        "visits": Counted(_series, _of_series),
        "visits_recorded": Counted(_recorded, _of_recorded),
        "visits_by_centre": Counted(_by_centre, _of_centre),
        "visits_by_actor": Counted(_by_actor, _of_actor),
        "visits_by_municipality": ByMunicipality("municipality"),
        "visits_by_municipality_today": ByMunicipality("municipality_today"),
    }
)
