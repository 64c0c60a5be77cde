"""Inquiries by year, month, place, and by who asked, how and in which language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from knowledge.statistics.counting.base import (
    ACTORS,
    CENTRES,
    CHANNELS,
    COUNTIES,
    LANGUAGES,
    MUNICIPALITIES,
    Behind,
    Count,
    Counted,
    Dimension,
    behind_inquiries,
    county_of,
    given,
    sorted_rows,
)
from knowledge.statistics.snapshot import Snapshot
from knowledge.statistics.table import Row

MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class ByDimension:
    """Inquiries by year and one column of `counted`.

    Attributes:
        summed: the table that holds the counts by that column.
        of_places: whether each row tells the county that the municipality's number lies in.
    """

    column: str
    shown: Dimension
    summed: str
    of_places: bool = False

    def rows(self, snapshot: Snapshot) -> Iterator[Row]:
        language = snapshot.language
        counts = snapshot.rows(_SUMMED[self.summed].format(column=self.column))
        for year, (key,), (inquiries,) in sorted_rows(counts, self.shown):
            name = self.shown.name(key, language)
            where = (county_of(key),) if self.of_places else ()
            yield year, key, name, *where, inquiries

    def behind(self, snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
        year, value = key
        return behind_inquiries(
            snapshot,
            f"i.year = :year AND i.{self.column} IS :value",
            {"year": int(year), "value": given(value)},
        )


_SUMMED: Final = {
    "places": "SELECT year, {column}, sum(inquiries) FROM places GROUP BY 1, 2",
    "traits": "SELECT year, {column}, sum(inquiries) FROM traits WHERE kind = 'counts' "
    "GROUP BY 1, 2",
    "counted": "SELECT year, {column}, count(*) FROM counted GROUP BY 1, 2",
}


def _each_year(snapshot: Snapshot) -> Iterator[Row]:
    places: dict[int, tuple[int, int]] = {
        year: (then, today)
        for year, then, today in snapshot.rows(
            "SELECT year, count(DISTINCT municipality), "
            "count(DISTINCT coalesce(municipality_today, municipality)) FROM places GROUP BY 1"
        )
    }
    for year, *counts in snapshot.rows(
        "SELECT year, sum(inquiries), "
        "coalesce(sum(inquiries) FILTER (WHERE kind = 'not_inquiry'), 0), "
        "coalesce(sum(inquiries) FILTER (WHERE kind = 'duplicate'), 0), "
        "coalesce(sum(inquiries) FILTER (WHERE kind = 'counts'), 0) "
        "FROM traits GROUP BY 1 ORDER BY 1"
    ):
        yield year, *counts, *places.get(year, (0, 0))


_KINDS: Final = {
    "received": "1",
    "not_inquiries": "i.kind = 'not_inquiry'",
    "duplicates": "i.kind = 'duplicate'",
    "inquiries": "i.kind = 'counts'",
    "municipalities": "i.kind = 'counts' AND i.municipality IS NOT NULL",
    "municipalities_today": "i.kind = 'counts' "
    "AND coalesce(i.municipality_today, i.municipality) IS NOT NULL",
}


def _of_a_year(snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
    where = f"i.year = :year AND {_KINDS[column]}"
    return behind_inquiries(snapshot, where, {"year": int(key[0])}, "received")


def _each_month(snapshot: Snapshot) -> Iterator[Row]:
    counts = {
        (year, month): inquiries
        for year, month, inquiries in snapshot.rows(
            "SELECT year, month, sum(inquiries) FROM traits WHERE kind = 'counts' GROUP BY 1, 2"
        )
    }
    for year in sorted({year for year, _ in counts}):
        for month in range(1, MONTHS_A_YEAR + 1):
            yield year, str(month), counts.get((year, month), 0)


def _of_a_month(snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
    year, month = key
    return behind_inquiries(
        snapshot, "i.year = :year AND i.month = :month", {"year": int(year), "month": int(month)}
    )


COUNTS: Final[Mapping[str, Count]] = MappingProxyType(
    {
        "inquiries": Counted(_each_year, _of_a_year),
        "inquiries_by_centre": ByDimension("centre", CENTRES, "places"),
        "inquiries_by_county": ByDimension("county", COUNTIES, "places"),
        "inquiries_by_municipality": ByDimension(
            "municipality", MUNICIPALITIES, "places", of_places=True
        ),
        "inquiries_by_municipality_today": ByDimension(
            "municipality_today", MUNICIPALITIES, "places", of_places=True
        ),
        "inquiries_by_actor": ByDimension("actor", ACTORS, "counted"),
        "inquiries_by_channel": ByDimension("channel", CHANNELS, "traits"),
        "inquiries_by_language": ByDimension("language", LANGUAGES, "traits"),
        "inquiries_by_month": Counted(_each_month, _of_a_month),
    }
)
