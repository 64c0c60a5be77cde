"""How the inquiries ended: by the bot, by a centre, not covered, or not yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from knowledge.statistics.counting.base import (
    Behind,
    Count,
    Counted,
    behind_inquiries,
    messages,
)
from knowledge.statistics.snapshot import Snapshot
from knowledge.statistics.table import Row

OUTCOMES: Final = {
    "bot": "report_outcome_bot",
    "centre": "report_outcome_centre",
    "not_covered": "report_outcome_not_covered",
    "unclear": "report_outcome_unclear",
    "failed": "report_outcome_failed",
    "open": "report_outcome_open",
}
"""The ways of `snapshot.ENDED`, and what they are called."""

_SHOWN = messages(OUTCOMES)


def _outcomes(snapshot: Snapshot) -> Iterator[Row]:
    """All six ways of a year that has any inquiry."""
    counts = {
        (year, ended): inquiries
        for year, ended, inquiries in snapshot.rows(
            "SELECT year, ended, sum(inquiries) FROM traits WHERE kind = 'counts' GROUP BY 1, 2"
        )
    }
    for year in sorted({year for year, _ in counts}):
        for outcome in OUTCOMES:
            name = _SHOWN.name(outcome, snapshot.language)
            yield year, outcome, name, counts.get((year, outcome), 0)


def _behind(snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
    year, outcome = key
    parameters = {"year": int(year), "ended": outcome}
    return behind_inquiries(snapshot, "i.year = :year AND i.ended = :ended", parameters)


COUNTS: Final[Mapping[str, Count]] = MappingProxyType({"outcomes": Counted(_outcomes, _behind)})
