"""A table's rows by the names of their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from knowledge.exports.text_numbers import known
from knowledge.reference.reference import editions
from knowledge.statistics.table import Table, Value

NONE = "-"
"""The key of what was not told."""

SEVERAL = "several"
"""The key of the row for inquiries with more than one topic."""

EDITION = "edition"
"""The basis of a figure whose document does not tell the year."""

MOST_NAMED = 3
"""Of what there is most of, in a sentence."""

Record = Mapping[str, Value]


def records(table: Table | None) -> list[Record]:
    """Each row as column id -> value; none of a table that the report does not have."""
    if table is None:
        return []
    names = [column.id for column in table.spec.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def year_of(row: Record) -> int:
    return int(str(row["year"]))


def edition_of(row: Record) -> str:
    """«2014–2022» of a published figure whose document does not tell the year, else "".

    Such a figure stands under the last year of its edition.
    """
    if row.get("basis") != EDITION:
        return ""
    year = str(row["year"])
    found = next((each.id for each in editions() if each.id.endswith(year)), year)
    return found.replace("-", "–")


def latest(rows: Sequence[Record]) -> list[Record]:
    """The rows of the last year there is."""
    last = max(map(year_of, rows), default=None)
    return [row for row in rows if year_of(row) == last]


def greatest(rows: Sequence[Record], column: str, least: int) -> list[Record]:
    """The rows with the greatest numbers, at most `MOST_NAMED`, greatest first.

    Numbers that are hidden, missing, zero or below `least` are passed over. Where the last place is
    shared with rows that there is no room for, nobody has it.
    """
    able = [row for row in rows if known(row[column]) and size(row, column) >= max(least, 1)]
    able.sort(key=lambda row: size(row, column), reverse=True)
    if len(able) > MOST_NAMED:
        beyond = size(able[MOST_NAMED], column)
        return [row for row in able[:MOST_NAMED] if size(row, column) > beyond]
    return able


def size(row: Record, column: str) -> float:
    """A number that is known to be one."""
    value = row[column]
    assert isinstance(value, int | float)
    return value
