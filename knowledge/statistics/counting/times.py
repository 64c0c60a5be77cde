"""How long it took: to the first reply, and until the inquiry was resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Final

from knowledge.statistics.counting.base import (
    Behind,
    Count,
    Counted,
    behind_inquiries,
    messages,
)
from knowledge.statistics.snapshot import Snapshot, seconds_between
from knowledge.statistics.table import Row

STEPS: Final = messages(
    {
        "first_reply_bot": "report_step_first_reply_bot",
        "first_reply_centre": "report_step_first_reply_centre",
        "resolved": "report_step_resolved",
    }
)
MEDIAN, P90 = 50, 90
PERCENT = 100
SECONDS_AN_HOUR = 3600
_CENT = Decimal("0.01")

_HANDED_OVER = f"""
SELECT i.id, i.year, {seconds_between("h.asked", "h.replied")} AS seconds
FROM (
    SELECT inquiry, min(at) AS asked, min(first_reply_at) AS replied FROM handovers GROUP BY inquiry
) AS h CROSS JOIN received AS i ON i.id = h.inquiry AND i.kind = 'counts'
"""  # noqa: S608 (our own expressions)

_FROM: Final = {
    "first_reply_bot": "SELECT id, year, replied_after AS seconds FROM counted",
    "first_reply_centre": _HANDED_OVER,
    "resolved": "SELECT id, year, resolved_after AS seconds FROM counted",
}
"""Each inquiry with its year and how many seconds a step took."""


def _times(snapshot: Snapshot) -> Iterator[Row]:
    found: list[Row] = []
    for step, taken in _FROM.items():
        # Sorted once in a temporary file; the ranks are then looked up by the order of the rows.
        snapshot.run("DROP TABLE IF EXISTS temp.elapsed")
        snapshot.run(
            "CREATE TEMP TABLE elapsed AS "  # noqa: S608 (our own statements)
            f"SELECT year, seconds FROM ({taken}) WHERE seconds IS NOT NULL ORDER BY 1, 2"
        )
        before = 0
        for year, inquiries in list(
            snapshot.rows("SELECT year, count(*) FROM elapsed GROUP BY 1 ORDER BY 1")
        ):
            hours = [_at(snapshot, before + nearest_rank(inquiries, p)) for p in (MEDIAN, P90)]
            found.append((year, step, STEPS.name(step, snapshot.language), inquiries, *hours))
            before += inquiries
    yield from sorted(found, key=lambda row: (row[0], STEPS.place(str(row[1]))))


def nearest_rank(count: int, percentile: int) -> int:
    """Which of `count` values in order is the percentile, from 1 (the nearest-rank method)."""
    return max(1, -(-count * percentile // PERCENT))


def hours_of(seconds: int) -> float:
    """Hours with two decimals, half up."""
    exact = Decimal(seconds) / SECONDS_AN_HOUR
    return float(exact.quantize(_CENT, ROUND_HALF_UP))


def _at(snapshot: Snapshot, rank: int) -> float:
    (seconds,) = next(
        snapshot.rows("SELECT seconds FROM elapsed WHERE rowid = :rank", {"rank": rank})
    )
    return hours_of(int(seconds))


def _behind(snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
    """Every inquiry that is timed: a median is of all of them."""
    year, step = key
    taken = f"SELECT id FROM ({_FROM[step]}) WHERE seconds IS NOT NULL AND year = :year"  # noqa: S608
    return behind_inquiries(snapshot, f"i.id IN ({taken})", {"year": int(year)})


COUNTS: Final[Mapping[str, Count]] = MappingProxyType({"response_times": Counted(_times, _behind)})
