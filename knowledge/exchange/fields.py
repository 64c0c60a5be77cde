"""A cell's text as a value: dates, numbers, choices, and lists of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from itertools import product
from typing import TypeVar

from rapidfuzz import fuzz

from knowledge.exchange.columns import Choice, Labels, choices, chosen, folded
from knowledge.messages import Failure
from knowledge.privacy import mask
from knowledge.reference import Label
from knowledge.register.visit_values import MOST_PEOPLE

T = TypeVar("T")

FIRST_DAY = date(2002, 1, 1)
"""From then on the table of municipalities is complete (knowledge/geography/SOURCES.md)."""

LISTED_CHOICES = 20
"""A longer list of what is allowed is not read; the nearest ones are named instead."""
NEAREST_CHOICES = 4
WORD = 4
"""Characters: «og» and «for» are in half of the labels."""

_DATE = re.compile(
    r"(?:(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"
    r"|(?P<d2>\d{1,2})[./](?P<m2>\d{1,2})[./](?P<y2>\d{4}|\d{2}))"
    r"(?:[ T]\d{1,2}[:.]\d{2}\S*)?"
)
_COUNTED = re.compile(r"(?P<what>.*?)\s*(?::\s*(?P<n>\d{1,6})|\((?P<n2>\d{1,6})\))")


class Unfit(Failure):
    """A value cannot be used; the sentence says what is allowed."""


def day(text: str, on: date) -> date:
    """2026-03-01, 1.3.2026 or 01.03.26; a time of day after it is left out.

    Raises:
        Unfit: it is no such day, or it lies before 2002 or after `on`.
    """
    found = _DATE.fullmatch(text)
    if found is None:
        raise Unfit("review_allowed_date")
    year = found["y"] or found["y2"]
    try:
        read = date(
            int(year) + (2000 if len(year) == len("26") else 0),
            int(found["m"] or found["m2"]),
            int(found["d"] or found["d2"]),
        )
    except ValueError as error:
        raise Unfit("review_allowed_date") from error
    if not FIRST_DAY <= read <= on:
        raise Unfit("review_allowed_period", first=FIRST_DAY.isoformat(), last=on.isoformat())
    return read


def people(text: str) -> int:
    """A whole number from 1; spaces between thousands are allowed.

    Raises:
        Unfit: it is not.
    """
    digits = re.sub(r"(?<=\d)[ \u00a0\u202f](?=\d{3}\b)", "", text)
    if not re.fullmatch(r"[0-9]{1,9}", digits) or not 1 <= int(digits) <= MOST_PEOPLE:
        raise Unfit("review_allowed_people", most=MOST_PEOPLE)
    return int(digits)


def choice(column: str, text: str) -> str:
    """The id of the choice that the text names.

    Raises:
        Unfit: it names none; the sentence lists all, or the nearest.
    """
    found = chosen(column, text)
    if found is None:
        among = choices(column)
        if len(among) <= LISTED_CHOICES:
            labels = tuple(one.label for one in among)
            raise Unfit("review_allowed_choice", choices=Labels("", labels=labels))
        raise Unfit("review_allowed_near", choices=Labels("", labels=_nearest(among, text)))
    return found.id


def _nearest(among: Sequence[Choice], text: str) -> tuple[Label, ...]:
    asked = folded(text)

    def alike(one: Choice) -> float:
        labels = (one.label.nb, one.label.nn, one.label.en)
        return max(_alike(asked, folded(label)) for label in labels)

    return tuple(one.label for one in sorted(among, key=alike, reverse=True)[:NEAREST_CHOICES])


def _alike(one: str, other: str) -> float:
    """0-100: as a whole, or in the two words that are most alike; little words do not count."""
    pairs = product(*((w for w in t.split() if len(w) >= WORD) for t in (one, other)))
    return max(fuzz.ratio(one, other), *(fuzz.ratio(*pair) for pair in pairs), 0.0)


def several(text: str, read: Callable[[str], T]) -> list[T]:
    """Values separated by semicolons or line breaks, or by commas where those are not part of one.

    Raises:
        Unfit: one of them cannot be read.
    """
    found: list[T] = []
    for part in re.split(r"[;\n]", text):
        if not part.strip():
            continue
        try:
            found.append(read(part.strip()))
        except Unfit:
            pieces = [piece.strip() for piece in part.split(",") if piece.strip()]
            if len(pieces) < 2:
                raise
            found += [read(piece) for piece in pieces]
    return found


def counted_actor(text: str) -> tuple[str, int | None]:
    """An actor's id, and how many: «NAV: 3», «NAV (3)», or None for «NAV».

    Raises:
        Unfit: no such actor, or no such number.
    """
    found = _COUNTED.fullmatch(text)
    if found is None or chosen("actors", text) is not None:
        return choice("actors", text), None
    return choice("actors", found["what"]), people(found["n"] or found["n2"])


def masked(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without personal data, and which kinds were found."""
    result = mask(text)
    return result.text, tuple(dict.fromkeys(finding.kind for finding in result.found))
