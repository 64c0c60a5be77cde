"""Municipalities and counties as read from the tables of this folder.

The rules for what the tables leave open (see SOURCES.md) are in `_starts` and nowhere else.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict

from knowledge.geography.names import base, exact

Row = dict[str, str]
Reason = Literal[
    "code", "former_code", "name", "parallel_name", "former_name", "beginning", "near_spelling"
]
REUSED_NUMBER = "u"  # the file's mark on the earlier holder of a number: 0716u


class County(BaseModel):
    """A county. `valid_from` None: open start; `valid_to` None: exists today. Klass 104."""

    model_config = ConfigDict(frozen=True)

    number: str
    name: str
    valid_from: date | None
    valid_to: date | None
    successors: tuple[str, ...]

    def exists_on(self, day: date) -> bool:
        """Whether the county exists on the day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


class Municipality(BaseModel):
    """One number and the period it was in use, both days included. Klass 131.

    `name` is the official name, with county where two share it and parallel names where it has them
    ("Deatnu - Tana"); `norwegian_name` is the form for Norwegian text ("Tana"). `county` is the
    county of its own time.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    name: str
    norwegian_name: str
    parallel_names: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    county: County

    def valid_on(self, day: date) -> bool:
        """Whether the number was in use on the day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


class Match(BaseModel):
    """A municipality that a text may mean, and why.

    `former` is set when an earlier number or name was matched: it carries the period. `score` is
    0-100; only near spellings and beginnings are below 100.
    """

    model_config = ConfigDict(frozen=True)

    municipality: Municipality
    reason: Reason
    matched: str
    former: Municipality | None = None
    score: float = 100.0


def read_counties() -> list[County]:
    """The counties of today and the earlier ones."""
    return [
        County(
            number=row["number"],
            name=row["name"],
            valid_from=_first_day(row["valid_from"]),
            valid_to=_last_day(row["valid_to"]),
            successors=tuple(row["successors"].split()),
        )
        for row in _rows("counties.csv")
    ]


def read_municipalities() -> tuple[list[Municipality], dict[str, frozenset[str]]]:
    """All numbers, and for each number the present numbers that it is now part of."""
    rows = {row["code"]: row for row in _rows("municipalities.csv")}
    splits = list(_rows("splits.csv"))
    for row in splits:
        rows.setdefault(row["code"], row)
    present = {code for code, row in rows.items() if not row["valid_to"]}
    became = _present_successors(rows, splits, present)
    counties = read_counties()
    starts = _starts(rows, splits, counties, became)
    parallel: dict[str, list[Row]] = {}
    for row in _rows("parallel_names.csv"):
        parallel.setdefault(row["code"], []).append(row)
    return [
        _municipality(row, starts.get(code) or _first_day(row["valid_from"]), counties, parallel)
        for code, row in rows.items()
    ], became


def _municipality(
    row: Row, start: date | None, counties: list[County], parallel: dict[str, list[Row]]
) -> Municipality:
    code, name = row["code"], row["name"]
    spoken = parallel.get(code, [])
    # Earlier numbers carry parallel names only in the name itself.
    known = {exact(n["name"]) for rows in parallel.values() for n in rows if _norwegian(n)}
    parts = [*base(name).split(" - "), *(n["name"] for n in spoken)]
    norwegian = next((n["name"] for n in spoken if _norwegian(n)), None) or next(
        (part for part in parts if exact(part) in known), parts[0]
    )
    ended = _last_day(row["valid_to"])
    return Municipality(
        code=code,
        name=name,
        norwegian_name=norwegian,
        parallel_names=tuple(dict.fromkeys(part for part in parts if part != norwegian)),
        valid_from=start,
        valid_to=ended,
        county=_county_of(code, counties),
    )


def _norwegian(row: Row) -> bool:
    return row["language"] == "norwegian"


def _county_of(code: str, counties: list[County]) -> County:
    """The first two digits are the county's number (Klass 131)."""
    for county in counties:
        if county.number == code[:2]:
            return county
    raise ValueError(f"counties.csv has no county {code[:2]} for municipality {code}.")


def _present_successors(
    rows: dict[str, Row], splits: list[Row], present: set[str]
) -> dict[str, frozenset[str]]:
    steps: dict[str, set[str]] = {}
    for row in splits:
        steps.setdefault(row["code"], set()).add(row["successor_code"])

    def follow(code: str) -> frozenset[str]:
        if code in present:
            return frozenset({code})
        current = rows[code].get("current_code")
        if current:
            # The file's own successor, and any further one that a direct split names.
            named = {step for step in steps.get(code, ()) if step in present}
            return frozenset({current} | named)
        return frozenset().union(*(follow(step) for step in steps[code]))

    return {code: follow(code) for code in rows}


def _starts(
    rows: dict[str, Row],
    splits: list[Row],
    counties: list[County],
    became: dict[str, frozenset[str]],
) -> dict[str, date]:
    """When the present numbers began: the latest of the three rules in SOURCES.md."""
    county_start = {county.number: county.valid_from for county in counties}
    found: dict[str, list[date]] = {}
    for code, row in rows.items():
        if not row["valid_to"] and (start := county_start[code[:2]]):
            found.setdefault(code, []).append(start)
    for code, row in rows.items():
        for successor in became[code] - {code}:
            if _shared_names(row["name"], rows[successor]["name"]):
                found.setdefault(successor, []).append(_day_after(row["valid_to"]))
    for row in splits:
        if not rows[row["successor_code"]]["valid_to"]:
            found.setdefault(row["successor_code"], []).append(_day_after(row["valid_to"]))
    return {code: max(days) for code, days in found.items()}


def _shared_names(one: str, other: str) -> bool:
    parts = [{exact(part) for part in base(name).split(" - ")} for name in (one, other)]
    return bool(parts[0] & parts[1])


def _rows(name: str) -> Iterator[Row]:
    text = resources.files("knowledge.geography").joinpath(name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def _first_day(year: str) -> date | None:
    return date(int(year), 1, 1) if year else None


def _last_day(year: str) -> date | None:
    return date(int(year), 12, 31) if year else None


def _day_after(year: str) -> date:
    return date(int(year) + 1, 1, 1)


def in_order(municipalities: Iterable[Municipality]) -> list[Municipality]:
    """Present ones first, then the latest ended; by number within each."""
    return sorted(municipalities, key=lambda m: (-(m.valid_to or date.max).toordinal(), m.code))
