"""Norwegian working days, and when so many of them have passed."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.calendar import (
    DAY_BEGINS,
    OSLO,
    _holidays,
    is_working_day,
    working_time_later,
)

MOMENTS = st.datetimes(
    min_value=datetime(1985, 1, 1), max_value=datetime(2095, 1, 1), timezones=st.just(UTC)
)
DAYS = st.integers(min_value=1, max_value=12)


def oslo(text: str) -> datetime:
    """A moment by the clock in Norway, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=OSLO).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-01-01", False),  # New Year's Day
        ("2026-04-01", True),  # the Wednesday before Easter
        ("2026-04-02", False),  # Maundy Thursday
        ("2026-04-03", False),  # Good Friday
        ("2026-04-05", False),  # Easter Sunday
        ("2026-04-06", False),  # Easter Monday
        ("2026-04-07", True),
        ("2026-05-01", False),  # Labour Day
        ("2027-05-17", False),  # Constitution Day, a Monday
        ("2026-05-18", True),  # 17 May was a Sunday: no day instead of it in Norway
        ("2026-05-14", False),  # Ascension Day
        ("2026-05-15", True),  # the Friday between
        ("2026-05-25", False),  # Whit Monday
        ("2026-12-24", True),  # Christmas Eve: half a day in practice, a working day by law
        ("2026-12-25", False),
        ("2025-12-26", False),
        ("2026-12-28", True),  # 26 December was a Saturday
        ("2026-12-31", True),  # New Year's Eve
        ("2026-10-03", False),  # a Saturday
        ("2026-10-04", False),  # a Sunday
        ("2026-10-05", True),
    ],
)
def test_working_days(day: str, works: bool) -> None:
    assert is_working_day(date.fromisoformat(day)) is works
    assert is_working_day(datetime.fromisoformat(f"{day}T23:59")) is works


@pytest.mark.parametrize(
    ("moment", "working_days", "due"),
    [
        ("2026-10-02T14:00", 1, "2026-10-05T14:00"),  # Friday: Monday
        ("2026-09-30T09:30", 1, "2026-10-01T09:30"),
        ("2026-10-03T11:00", 1, "2026-10-06T08:00"),  # Saturday counts from Monday 08:00
        ("2026-10-04T23:59", 1, "2026-10-06T08:00"),  # and so does Sunday
        ("2026-10-05T03:00", 1, "2026-10-06T08:00"),  # Monday night
        ("2026-10-05T22:15", 1, "2026-10-06T22:15"),
        ("2026-04-01T13:00", 1, "2026-04-07T13:00"),  # Wednesday before Easter: Tuesday after it
        ("2026-04-03T13:00", 1, "2026-04-08T08:00"),  # Good Friday
        ("2026-04-30T10:00", 1, "2026-05-04T10:00"),  # 1 May is a Friday
        ("2026-05-13T10:00", 1, "2026-05-15T10:00"),  # Ascension Day
        ("2027-05-14T15:00", 1, "2027-05-18T15:00"),  # weekend and 17 May, Whit Monday too
        ("2026-12-23T12:00", 1, "2026-12-24T12:00"),
        ("2026-12-24T12:00", 1, "2026-12-28T12:00"),
        ("2026-12-31T12:00", 1, "2027-01-04T12:00"),
        ("2026-03-27T14:00", 1, "2026-03-30T14:00"),  # summer time began that Sunday
        ("2026-10-23T14:00", 1, "2026-10-26T14:00"),  # and ended that Sunday
        ("2026-10-02T14:00", 3, "2026-10-07T14:00"),
        ("2026-10-03T14:00", 2, "2026-10-07T08:00"),
        ("2026-12-21T09:00", 10, "2027-01-06T09:00"),
    ],
)
def test_a_working_day_later(moment: str, working_days: int, due: str) -> None:
    later = working_time_later(oslo(moment), working_days)
    assert later == oslo(due)
    assert later.tzinfo is UTC


def test_a_weekend_with_a_change_of_the_clock_is_an_hour_shorter_or_longer() -> None:
    spring, autumn = oslo("2026-03-27T14:00"), oslo("2026-10-23T14:00")
    assert working_time_later(spring) - spring == timedelta(days=3, hours=-1)
    assert working_time_later(autumn) - autumn == timedelta(days=3, hours=1)


def test_the_day_is_the_one_in_norway() -> None:
    # 23:30 in UTC on a Thursday in summer is Friday 01:30 in Norway.
    assert working_time_later(datetime(2026, 7, 2, 23, 30, tzinfo=UTC)) == oslo("2026-07-06T08:00")
    tokyo = datetime(2026, 10, 5, 6, 0, tzinfo=ZoneInfo("Asia/Tokyo"))  # Sunday 23:00 in Norway
    assert working_time_later(tokyo) == oslo("2026-10-06T08:00")


@given(moment=MOMENTS, working_days=DAYS)
def test_the_result_is_later_and_on_a_working_day(moment: datetime, working_days: int) -> None:
    later = working_time_later(moment, working_days)
    local = later.astimezone(OSLO)
    assert later > moment
    assert is_working_day(local.date())
    assert local.time() >= DAY_BEGINS


@given(moment=MOMENTS, wait=st.timedeltas(timedelta(0), timedelta(days=14)), working_days=DAYS)
def test_who_asks_later_is_never_due_earlier(
    moment: datetime, wait: timedelta, working_days: int
) -> None:
    assert working_time_later(moment, working_days) <= working_time_later(
        moment + wait, working_days
    )


@given(moment=MOMENTS, working_days=DAYS)
def test_days_add_up(moment: datetime, working_days: int) -> None:
    step_by_step = moment
    for _ in range(working_days):
        step_by_step = working_time_later(step_by_step)
    assert step_by_step == working_time_later(moment, working_days)


@given(day=st.dates(date(1985, 1, 1), date(2095, 1, 1)))
def test_between_a_working_day_and_the_next_there_is_none(day: date) -> None:
    noon = datetime.combine(day, time(12), tzinfo=OSLO)
    later = working_time_later(noon.astimezone(UTC)).astimezone(OSLO).date()
    between = [
        day + timedelta(days=ahead)
        for ahead in range(1, (later - day).days)
        if is_working_day(day + timedelta(days=ahead))
    ]
    assert len(between) == (0 if is_working_day(day) else 1)


@pytest.mark.parametrize("working_days", [0, -1])
def test_no_days_is_refused(working_days: int) -> None:
    with pytest.raises(ValueError, match="At least one working day"):
        working_time_later(datetime(2026, 1, 5, tzinfo=UTC), working_days)


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        working_time_later(datetime(2026, 1, 5))


def test_threads_that_meet_a_year_first_agree() -> None:
    days = [date(year, 5, 1) for year in range(2030, 2060) for _ in range(8)]
    _holidays.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(is_working_day, days))


def test_without_the_systems_time_zones_the_package_is_enough() -> None:
    code = (
        "from datetime import UTC, datetime; from knowledge.calendar import working_time_later;"
        "print(working_time_later(datetime(2026, 10, 2, 12, tzinfo=UTC)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONTZPATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "2026-10-05 12:00:00+00:00"
