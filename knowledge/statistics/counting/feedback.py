"""What askers thought of the answers: thumbs and reasons, no comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from knowledge.messages import say
from knowledge.register import labels
from knowledge.statistics.counting.base import (
    NONE,
    Behind,
    Count,
    Counted,
    behind_inquiries,
    given,
    messages,
    sorted_rows,
)
from knowledge.statistics.snapshot import Snapshot
from knowledge.statistics.table import Row

VOTES: Final = messages({"up": "report_vote_up", "down": "report_vote_down"})
REASONS: Final = messages(labels.REASONS)


def _votes(snapshot: Snapshot) -> Iterator[Row]:
    counts = snapshot.rows(
        "SELECT i.year, f.vote, f.reason, count(*) FROM inquiry_feedback AS f "
        "CROSS JOIN received AS i ON i.id = f.inquiry AND i.kind = 'counts' GROUP BY 1, 2, 3"
    )
    for year, (vote, reason), (votes,) in sorted_rows(counts, VOTES, REASONS):
        name = VOTES.name(vote, snapshot.language)
        if reason != NONE:
            why = REASONS.name(reason, snapshot.language)
            name = say("report_vote_reason", snapshot.language, vote=name, reason=why)
        yield year, vote, reason, name, votes


def _behind(snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
    """The inquiries voted on; one with several votes stands there for each of them."""
    year, vote, reason = key
    return behind_inquiries(
        snapshot,
        "i.id = f.inquiry AND i.year = :year AND f.vote = :vote AND f.reason IS :reason",
        {"year": int(year), "vote": vote, "reason": given(reason)},
        "inquiry_feedback AS f CROSS JOIN counted",
    )


COUNTS: Final[Mapping[str, Count]] = MappingProxyType({"feedback": Counted(_votes, _behind)})
