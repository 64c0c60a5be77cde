"""Norwegian working time: when a working day has passed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

# Europe/Oslo is read from the system's time zone files or, where there are none (many slim
# containers, Windows), from the package tzdata.
OSLO = ZoneInfo("Europe/Oslo")

DAY_BEGINS = time(8, 0)
"""From when a request counts that came at night, in a weekend or on a holiday: ordinary office
hours in Norwegian municipalities begin at eight."""

FIRST_FREE_WEEKDAY = 5
"""Saturday, as `date.weekday` counts."""


@cache
def _holidays(year: int) -> frozenset[date]:
    """The public holidays of a year, in a set that is complete before any thread sees it.

    The package's own object works a year out when it is first asked of it, marked as done before
    it is: a second thread may then be told that a holiday is none.
    """
    from holidays import country_holidays  # 60 ms, and only who reckons with time needs it

    # Sundays are holidays in the Act; they are left out here, being free as weekdays.
    return frozenset(country_holidays("NO", years=year, expand=False, include_sundays=False))


def is_working_day(day: date) -> bool:
    """Whether `day` is Monday to Friday and no public holiday in Norway.

    The holidays are those of helligdagsfredloven § 2 with 1 and 17 May (lov om 1. og 17. mai som
    høgtidsdager), from the package holidays, which knows the years 1901-2100. Christmas Eve, New
    Year's Eve and the Wednesday before Easter are ordinary working days here, as they are by law,
    although many offices close at noon or all day.

    Args:
        day: a date in Norway; of a `datetime`, the date as written.
    """
    if isinstance(day, datetime):
        day = day.date()
    return day.weekday() < FIRST_FREE_WEEKDAY and day not in _holidays(day.year)


def working_time_later(moment: datetime, working_days: int = 1) -> datetime:
    """When so many working days have passed after a moment, by the clock in Norway.

    A request on Friday at 14:00 has had one working day on Monday at 14:00. One that comes on a day
    off counts from `DAY_BEGINS` of the next working day, and one before that hour on a working day
    from that hour, so that who asks later is never due earlier.

    Args:
        moment: aware, in any time zone.
        working_days: at least 1.

    Returns:
        In UTC, after `moment`, and in Norway on a working day.

    Raises:
        ValueError: `moment` has no time zone, or `working_days` is below 1.
    """
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("The moment has no time zone.")
    if working_days < 1:
        raise ValueError(f"At least one working day must pass, not {working_days}.")
    local = moment.astimezone(OSLO)
    day, clock = local.date(), local.time()
    if not is_working_day(day):
        day, clock = _next_working_day(day), DAY_BEGINS
    for _ in range(working_days):
        day = _next_working_day(day)
    # Summer time begins and ends in the night to a Sunday, so no hour is lacking or twice here.
    due = datetime.combine(day, max(clock, DAY_BEGINS), tzinfo=OSLO)
    return due.astimezone(UTC)


def _next_working_day(day: date) -> date:
    day += timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day
