"""What a report is about: which years, which centre, and whether it leaves the centres."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from knowledge.messages import Failure
from knowledge.reference.reference import centres

FIRST_YEAR = 2014
"""The scheme with development centres began."""

SHOWN_FROM = 5
"""The least number shown outside the centres. Helsedirektoratet and FHI hide numbers below five in
their own statistics of health services, as a rule."""

_PERIOD = re.compile(r"(\d{4})(?:\s*[-–]\s*(\d{4}))?")


@dataclass(frozen=True, slots=True)
class Scope:
    """The years `first` to `last`, both included.

    Attributes:
        centre: id of the one centre that is counted; None: all of them.
        shown_from: the least number shown of a municipality; 0: every number (the centres' own
            view).
    """

    first: int
    last: int
    centre: str | None = None
    shown_from: int = SHOWN_FROM

    @property
    def years(self) -> range:
        return range(self.first, self.last + 1)

    @property
    def period(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def scope(
    period: str | int, *, today: date, centre: str | None = None, shown_from: int = SHOWN_FROM
) -> Scope:
    """Read a year or a period ("2026", "2014-2026").

    Raises:
        Failure: it is not a period, lies before the scheme or in the future, or there is no such
            centre.
    """
    found = _PERIOD.fullmatch(str(period).strip())
    if found is None:
        raise Failure("report_period", period=period)
    first, last = int(found[1]), int(found[2] or found[1])
    if first > last:
        raise Failure("report_period_backwards", first=first, last=last)
    if first < FIRST_YEAR:
        raise Failure("report_too_early", year=first, first=FIRST_YEAR)
    if last > today.year:
        raise Failure("report_future", year=last, today=today.year)
    known = {each.id for each in centres()}
    if centre is not None and centre not in known:
        raise Failure("report_centre", centre=centre, known=", ".join(sorted(known)))
    return Scope(first, last, centre, shown_from)
