"""Tables that are made from the yearly ones: totals, and what grew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from knowledge.register.values import today_of
from knowledge.statistics.counting.base import (
    NONE,
    PUBLISHED,
    REGISTER,
    SEVERAL,
    TOPICS,
    Behind,
)
from knowledge.statistics.counting.topics import first_reported
from knowledge.statistics.scope import Scope
from knowledge.statistics.table import Row, Table

BOTH: Final = "both"
"""As a source: the sum of published and recorded years."""

Tables = Mapping[str, Table]


@dataclass(frozen=True, slots=True)
class Derived:
    """How one table is made from others.

    Attributes:
        rows: of every year of the scope, in the order of the columns, sorted as shown, from the
            yearly tables; `inquiries_by_topic` has the years before the scope's too.
        behind: the addresses that a number is computed from.
    """

    rows: Callable[[Tables, Scope], Iterable[Row]]
    behind: Callable[[Tables, Scope, tuple[str, ...], str], Behind]


def _years(tables: Tables, source: str | None = None) -> list[Row]:
    """The rows of `visits`, or those of one source."""
    at = tables["visits"].spec.index("source")
    return [row for row in tables["visits"].rows if source in (None, row[at])]


def _parts(tables: Tables) -> list[tuple[str, Sequence[Row]]]:
    """(source, its years): what was published, what was recorded, and both where both are there."""
    parts: list[tuple[str, Sequence[Row]]] = [
        (source, rows) for source in (PUBLISHED, REGISTER) if (rows := _years(tables, source))
    ]
    return [*parts, (BOTH, _years(tables))] if len(parts) > 1 else parts


def _period(rows: Sequence[Row]) -> str:
    first, last = rows[0][0], rows[-1][0]
    return str(first) if first == last else f"{first}-{last}"


def _sum(tables: Tables, rows: Sequence[Row], name: str) -> int:
    at = tables["visits"].spec.index(name)
    return sum(value for row in rows if isinstance(value := row[at], int))


def _visits_total(tables: Tables, scope: Scope) -> Iterator[Row]:
    for source, rows in _parts(tables):
        distinct = len(_distinct(tables, {row[0] for row in rows})) if source == REGISTER else None
        sums = [_sum(tables, rows, name) for name in ("persons", "municipalities")]
        yield _period(rows), source, *sums, distinct


def _distinct(tables: Tables, years: set[Any]) -> dict[str, list[str]]:
    """Municipality -> the addresses that it is told of by, each municipality once over the years.

    By today's number, and those that are divided among several today by the number they had.
    """
    found: dict[str, list[str]] = {}
    for name in ("visits_by_municipality_today", "visits_by_municipality"):
        for year, number, *_ in tables[name].rows:
            number = str(number)
            if year not in years or number == NONE:
                continue
            if name == "visits_by_municipality_today" or not _is_whole(number):
                found.setdefault(number, []).append(f"{name}/{year}/{number}/visits")
    return found


def _is_whole(number: str) -> bool:
    """Whether a municipality has one successor today; a number nobody has used has none."""
    try:
        return today_of(number) is not None
    except ValueError:
        return False


def _behind_total(tables: Tables, scope: Scope, key: tuple[str, ...], name: str) -> Behind:
    rows = next((rows for _, rows in _parts(tables) if _period(rows) == key[0]), [])
    if name == "municipalities_distinct":
        found = _distinct(tables, {row[0] for row in rows})
        return Behind(cells=tuple(cell for cells in found.values() for cell in cells))
    of = "persons" if name == "persons" else "municipalities"
    return Behind(cells=tuple(f"visits/{row[0]}/{of}" for row in rows))


def _topics(tables: Tables) -> dict[int, dict[str, tuple[str, int]]]:
    """Year -> topic -> its name and how many inquiries; also the years before the scope's."""
    table = tables["inquiries_by_topic"]
    named, counted = table.spec.index("name"), table.spec.index("inquiries")
    found: dict[int, dict[str, tuple[str, int]]] = {}
    for row in table.rows:
        value = row[counted]
        if isinstance(value, int):
            year = found.setdefault(int(str(row[0])), {})
            year[str(row[1])] = str(row[named]), value
    return found


def _topics_changed(tables: Tables, scope: Scope) -> Iterator[Row]:
    years = _topics(tables)
    for year in sorted(years):
        if year not in scope.years:
            continue
        earlier = {topic for other in years if other < year for topic in years[other]}
        last = years.get(year - 1)
        for topic, (name, now, was) in _compared(years[year], last or {}).items():
            first = first_reported(topic)
            new = now > 0 and topic not in earlier and (first is None or first >= year)
            change = None if last is None else now - was
            yield year, topic, name, now, None if last is None else was, change, new


def _compared(
    now: Mapping[str, tuple[str, int]], before: Mapping[str, tuple[str, int]]
) -> dict[str, tuple[str, int, int]]:
    """Topic -> its name, this year and the year before, in the order of the list of topics."""
    return {
        topic: (
            (now.get(topic) or before[topic])[0],
            now.get(topic, ("", 0))[1],
            before.get(topic, ("", 0))[1],
        )
        for topic in sorted({*now, *before} - {NONE, SEVERAL}, key=TOPICS.place)
    }


def _behind_change(tables: Tables, scope: Scope, key: tuple[str, ...], name: str) -> Behind:
    year, topic = int(key[0]), key[1]
    years = _topics(tables)
    wanted = {"inquiries": [year], "before": [year - 1]}.get(name, [year, year - 1])
    return Behind(
        cells=tuple(
            f"inquiries_by_topic/{each}/{topic}/inquiries"
            for each in wanted
            if topic in years.get(each, {})
        )
    )


DERIVED: Final[Mapping[str, Derived]] = MappingProxyType(
    {
        "visits_total": Derived(_visits_total, _behind_total),
        "topics_changed": Derived(_topics_changed, _behind_change),
    }
)
"""Every table that is made from others, by its id."""
