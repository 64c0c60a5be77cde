"""Where the made-up inquiries come from: municipalities, counted unevenly, as life is."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate

from knowledge.calendar import OSLO, is_working_day
from knowledge.geography import Municipalities
from knowledge.reference import choice
from knowledge.register.values import today_of

UNEVENNESS = 0.75
"""Exponent of Zipf's law. With 357 municipalities the busiest asks some eighty times as often as
the quietest; Norwegian municipalities' populations differ more than that (SSB)."""

QUIET_MONTHS = {7: 0.35, 12: 0.7}
"""How much is asked compared with other months: the summer holidays and December."""

OFFICE_HOURS = (8, 16)


@dataclass(frozen=True, slots=True)
class Home:
    """A municipality on a day: its number then, its present successor, and its centre."""

    number: str
    today: str | None
    centre: str | None


class Places:
    """Draws municipalities of a year. The same seed draws the same."""

    def __init__(self, year: int, seed: int) -> None:
        numbers = sorted(Municipalities.load().valid_on(date(year, 6, 30)))
        random.Random(f"{seed}/{year}/places").shuffle(numbers)
        self._homes = [self._home(number, year) for number in numbers]
        shares = [1 / (rank + 1) ** UNEVENNESS for rank in range(len(numbers))]
        self._shares = list(accumulate(shares))

    @property
    def count(self) -> int:
        return len(self._homes)

    def any(self, chance: random.Random) -> Home:
        return chance.choices(self._homes, cum_weights=self._shares)[0]

    def of_rank(self, rank: int) -> Home:
        """By how much it asks: 0 is the busiest."""
        return self._homes[rank]

    def near(self, home: Home, count: int, chance: random.Random) -> list[Home]:
        """Up to `count` municipalities of the same county, that one first."""
        others = [
            one for one in self._homes if one.number[:2] == home.number[:2] and one is not home
        ]
        return [home, *chance.sample(others, k=min(count - 1, len(others)))]

    @staticmethod
    def _home(number: str, year: int) -> Home:
        chosen = choice.centre_for(number, on=date(year, 6, 30)).centre
        return Home(number, today_of(number), chosen.id if chosen else None)


class Days:
    """Draws moments of a year: in working hours of working days, fewer in the holidays."""

    def __init__(self, year: int) -> None:
        first = date(year, 1, 1)
        days = [
            first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days)
        ]
        self._days = [day for day in days if is_working_day(day)]
        self._shares = list(accumulate(QUIET_MONTHS.get(day.month, 1.0) for day in self._days))

    def day(self, chance: random.Random) -> date:
        return chance.choices(self._days, cum_weights=self._shares)[0]

    def moment(self, chance: random.Random) -> datetime:
        begins, ends = OFFICE_HOURS
        seconds = chance.randrange((ends - begins) * 3600)
        at = datetime.combine(self.day(chance), time(begins), tzinfo=OSLO)
        return at + timedelta(seconds=seconds)
