"""When a centre's annual form is due, and when it is reminded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, Literal

from knowledge.calendar import is_working_day

DUE_MONTH, DUE_DAY = 3, 31
"""The form is answered within the first quarter of the next year: Helsedirektoratet's report for
2014-2022, chapter 1 (bakgrunn-mal-og-metode)."""

OPENS_MONTH: Final = 2
"""The first reminder comes when February begins: January is for the year's last visits and figures.
Our own choice, as the two below."""

BEFORE: Final = timedelta(days=14)

Step = Literal["opens", "two-weeks", "last-day"]


def due(year: int) -> date:
    """The last day on which the form of a year is in time."""
    return date(year + 1, DUE_MONTH, DUE_DAY)


def days_left(year: int, today: date) -> int:
    """0 on the last day; below 0 when it is over."""
    return (due(year) - today).days


def reminders(year: int) -> tuple[tuple[Step, date], ...]:
    """When the form of a year is called to mind, in their order; each is a working day.

    The first working day of February, two weeks before it is due (or the working day before
    that), and the last working day before the day it is due.
    """
    last = due(year)
    return (
        ("opens", next(day for day in _on_from(date(year + 1, OPENS_MONTH, 1), 1))),
        ("two-weeks", next(day for day in _on_from(last - BEFORE, -1))),
        ("last-day", next(day for day in _on_from(last - timedelta(days=1), -1))),
    )


def reminder_now(year: int, today: date) -> Step | None:
    """The newest reminder whose day has come; None before the first, and once it was due."""
    if today > due(year):
        return None
    return next((step for step, day in reversed(reminders(year)) if day <= today), None)


def _on_from(day: date, step: int) -> Iterator[date]:
    """The working days from a day on, forwards or backwards."""
    while True:
        if is_working_day(day):
            yield day
        day += timedelta(days=step)
