"""What the sources do not answer: questions of a period, in groups of those that ask the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from bot.review.similar import grouped
from bot.review.site import Site
from knowledge.calendar import OSLO
from knowledge.geography import Municipalities

MOST: Final = 5_000
"""Questions grouped at once, the newest: some seconds of work. A register of 1,000 a year has fewer
in any period that somebody would read through."""

EXAMPLES: Final = 5
SHOWN_MUNICIPALITIES: Final = 8


@dataclass(frozen=True)
class Gap:
    """A question that was not answered. `outcome` of the bot's reply, `down` votes on it."""

    inquiry: int
    question: str
    received_at: datetime
    outcome: str | None
    down: int
    municipality: str | None
    status: str


@dataclass(frozen=True)
class Group:
    """Questions that ask much the same; the first is the one most like the others."""

    gaps: Sequence[Gap]

    @property
    def first(self) -> Gap:
        return self.gaps[0]

    @property
    def outcomes(self) -> list[tuple[str, int]]:
        """How many for each reason, most first: an outcome, or "down"."""
        counts = Counter(
            "down" if gap.outcome in (None, "answered") else str(gap.outcome) for gap in self.gaps
        )
        return counts.most_common()

    @property
    def waiting(self) -> int:
        """How many nobody has answered since."""
        return sum(gap.status in ("new", "waiting") for gap in self.gaps)

    @property
    def municipalities(self) -> list[str]:
        """The names of those that asked, most often first."""
        known = Municipalities.load()
        counts = Counter(gap.municipality for gap in self.gaps if gap.municipality)
        found = (known.by_code(code) for code, _ in counts.most_common(SHOWN_MUNICIPALITIES))
        return [municipality.norwegian_name for municipality in found if municipality is not None]

    @property
    def examples(self) -> list[Gap]:
        """Different questions, without repetitions of the first."""
        different = {gap.question.casefold(): gap for gap in reversed(self.gaps)}
        chosen = [gap for gap in self.gaps if different[gap.question.casefold()] is gap]
        return [gap for gap in chosen if gap is not self.first][:EXAMPLES]


def gaps(site: Site, since: date, until: date) -> list[Gap]:
    """The questions of a period, both days included, that the sources did not answer, newest first.

    That is: the bot did not cover it, asked back or failed, or somebody gave a thumb down.
    """
    rows = site.store.database.conn.execute(
        """
        SELECT i.id, i.question, i.received_at, i.outcome,
            (SELECT count(*) FROM inquiry_feedback AS f
                WHERE f.inquiry = i.id AND f.vote = 'down') AS down,
            i.municipality_today, i.status
        FROM inquiries AS i
        WHERE i.received_at >= ? AND i.received_at < ? AND trim(i.question) <> ''
            AND i.status <> 'not_an_inquiry' AND i.deleted_at IS NULL AND i.withdrawn_at IS NULL
            AND (i.outcome IN ('not_covered', 'unclear', 'failed') OR down > 0)
        ORDER BY i.id DESC LIMIT ?
        """,
        [_begins(since), _begins(until + timedelta(days=1)), MOST],
    )
    return [
        Gap(number, question, datetime.fromisoformat(at), outcome, down, municipality, status)
        for number, question, at, outcome, down, municipality, status in rows
    ]


def _begins(day: date) -> str:
    """The first moment of a day in Norway, as the register writes it (UTC)."""
    return datetime(day.year, day.month, day.day, tzinfo=OSLO).astimezone(UTC).isoformat()


def groups(site: Site, found: Sequence[Gap]) -> list[Group]:
    """The questions in groups, the largest first."""
    if not found:
        return []
    vectors = site.likeness.vectors([gap.question for gap in found])
    return [Group([found[row] for row in rows]) for rows in grouped(vectors)]
