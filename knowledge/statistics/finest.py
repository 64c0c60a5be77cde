"""The finest counts of a year by place: what every number of a place is the sum of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, NamedTuple

from knowledge.geography import Municipalities
from knowledge.register.what_counts import COUNTS
from knowledge.statistics.counting.base import NONE
from knowledge.statistics.snapshot import Snapshot, begins


class Place(NamedTuple):
    """Where an inquiry or a visit came from, each `NONE` where it is not known.

    Attributes:
        centre: the development centre it is counted at.
        then, today: the municipality's number that day, and its successor's; `NONE` too where the
            municipality is divided among several today.
        county: the number of the county of `then`.
    """

    centre: str
    then: str
    today: str
    county: str


@dataclass(frozen=True, slots=True)
class YearCounts:
    """One year of all centres, whatever the report is about.

    Attributes:
        inquiries: those that count, by place; each at least 1.
        visits: by place; a visit from several municipalities is counted at each.
        visits_of: visits by centre, each once.
    """

    inquiries: Mapping[Place, int] = field(default_factory=dict)
    visits: Mapping[Place, int] = field(default_factory=dict)
    visits_of: Mapping[str, int] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As JSON has it; `read` takes it back."""
        return {
            "inquiries": [[*place, count] for place, count in sorted(self.inquiries.items())],
            "visits": [[*place, count] for place, count in sorted(self.visits.items())],
            "visits_of": dict(sorted(self.visits_of.items())),
        }

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> YearCounts:
        return cls(
            {Place(*row[:-1]): row[-1] for row in plain["inquiries"]},
            {Place(*row[:-1]): row[-1] for row in plain["visits"]},
            dict(plain["visits_of"]),
        )


def at_centre(counts: Mapping[Place, int], centre: str | None) -> dict[Place, int]:
    """Those of one centre, or (None) all."""
    return {place: count for place, count in counts.items() if centre in (None, place.centre)}


_INQUIRIES: Final = (
    "SELECT centre, municipality, municipality_today, count(*) FROM inquiries "  # noqa: S608
    f"WHERE received_at >= :begins AND received_at < :ends AND {COUNTS} GROUP BY 1, 2, 3"
)
_OF_YEAR: Final = "substr(v.on_date, 1, 4) = :year AND v.deleted_at IS NULL"
_VISITS: Final = (
    "SELECT v.centre, m.municipality, m.municipality_today, count(*) FROM visits AS v "  # noqa: S608
    f"LEFT JOIN visit_municipalities AS m ON m.visit = v.id WHERE {_OF_YEAR} GROUP BY 1, 2, 3"
)
_VISITS_OF: Final = f"SELECT v.centre, count(*) FROM visits AS v WHERE {_OF_YEAR} GROUP BY 1"  # noqa: S608


def finest(snapshot: Snapshot, years: Iterable[int] | None = None) -> dict[int, YearCounts]:
    """Year -> its counts, of the register as it is now.

    Args:
        years: those of the snapshot's scope, and the year before them, where not given.

    Raises:
        StoreError: the register cannot be read.
    """
    scope = snapshot.scope
    wanted = range(scope.first - 1, scope.last + 1) if years is None else years
    return {year: _year(snapshot, year) for year in wanted}


def _year(snapshot: Snapshot, year: int) -> YearCounts:
    moments = {"begins": begins(year), "ends": begins(year + 1), "year": str(year)}
    return YearCounts(
        _by_place(snapshot.rows(_INQUIRIES, moments)),
        _by_place(snapshot.rows(_VISITS, moments)),
        dict(sorted(snapshot.rows(_VISITS_OF, moments))),
    )


def _by_place(rows: Iterable[tuple[Any, ...]]) -> dict[Place, int]:
    found: Counter[Place] = Counter()
    for centre, then, today, count in rows:
        place = Place(centre or NONE, then or NONE, today or NONE, _counties().get(then, NONE))
        found[place] += count
    return dict(sorted(found.items()))


@cache
def _counties() -> Mapping[str, str]:
    """Every number that a municipality has or had -> the county of its own time."""
    return {each.code: each.county.number for each in Municipalities.load().all}
