"""What a report that leaves the centres tells of corrections: yearly totals, no single row.

One inquiry that came late changes a number in every table that it is counted in, so the addresses
alone would be its row of the register: municipality, actor, language, month, channel, topic. So a
number is told only where its table breaks nothing down, and not how many municipalities there were:
that one more inquiry came from one municipality more would tell that it asked once. Where only
breakdowns changed, one row tells that, without a key. What is counted from the centres' annual
forms tells of centres, and is told. Who made a change, and what was written as a reason when a year
was closed again, stays with the centres.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from knowledge.statistics.definitions import specs
from knowledge.statistics.table import HIDDEN, Row, Table

CORRECTIONS: Final = "corrections"
ACCEPTED: Final = "accepted"

TOTALS: Final = {
    "inquiries": ("received", "not_inquiries", "duplicates", "inquiries"),
    "visits": ("persons",),
    "visits_recorded": ("visits", "persons"),
}
"""The tables that break nothing down, and their columns that do not either."""

WHOLE: Final = {"inquiries": "inquiries", "visits": "visits_recorded"}
"""Part of the report that is counted from single inquiries or visits -> its table of totals."""


def shareable(table: Table) -> Iterator[Row]:
    """The rows of the table of corrections that may leave the centres.

    Args:
        table: with every correction, those of one closing of a year beside one another.
    """
    version, state = table.spec.index("version"), table.spec.index("state")
    for _, rows in groupby(table.rows, lambda row: (row[0], row[version], row[state])):
        yield from _of_closing(table, list(rows))


def _of_closing(table: Table, rows: Iterable[Row]) -> Iterator[Row]:
    told: set[str] = set()
    untold: dict[str, Row] = {}
    for row in rows:
        name, *_, column = str(row[1]).split("/")
        part = specs()[name].part
        if part not in WHOLE:
            yield _without_words(table, row)
        elif column in TOTALS.get(name, ()):
            told.add(part)
            yield _without_words(table, row)
        else:
            untold.setdefault(part, row)
    for part, row in untold.items():
        if part not in told:
            address = f"{WHOLE[part]}/{row[0]}"
            yield _without_words(table, (row[0], address, row[2], HIDDEN, HIDDEN, *row[5:]))


def _without_words(table: Table, row: Row) -> Row:
    """Without who it was, and without what somebody wrote."""
    accepted = row[table.spec.index("state")] == ACCEPTED
    left_out = {"who", "reason"} if accepted else {"who"}
    return tuple(
        None if column.id in left_out else value
        for column, value in zip(table.spec.columns, row, strict=True)
    )
