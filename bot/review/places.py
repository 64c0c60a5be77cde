"""Municipalities as people write them, several in one field."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import chain

from knowledge.geography import Municipalities, Municipality

MOST_SUGGESTIONS = 5
MOST_LOOKED_UP = 20
"""Unclear names that get suggestions; looking for what is alike takes a millisecond each."""

MOST_CHARACTERS = 10_000
"""Of one field: all the municipalities there are, twice. What comes after is not read."""

SHOWN_CHARACTERS = 80
EXACT = ("code", "name", "parallel_name")
"""Reasons that leave no doubt; a beginning or a near spelling is only suggested."""

_LINES = re.compile(r"[\n;]+")


_ALPHABET = str.maketrans(
    {"æ": "{", "ä": "{", "ø": "|", "ö": "|", "å": "}", "é": "e", "è": "e", "ü": "y", "á": "a"}
)
"""The letters after z, in their order; those of other alphabets where Norwegian files them."""


def alphabetical(text: str) -> str:
    """A key to sort by: a … z, æ, ø, å, whatever the case."""
    return text.casefold().translate(_ALPHABET)


def place_name(number: str | None, on: date | None = None) -> str:
    """The municipality's Norwegian name on the day, with the county where two share the name."""
    if not number:
        return ""
    found = Municipalities.load().by_code(number, on) or Municipalities.load().by_code(number)
    if found is None:
        return number
    return found.name if "(" in found.name else found.norwegian_name


def place_names(numbers: Iterable[str], on: date | None = None) -> list[str]:
    """In the order of the alphabet."""
    return sorted((place_name(number, on) for number in numbers), key=alphabetical)


@dataclass(frozen=True, slots=True)
class Unclear:
    """What was not understood, and what it may mean."""

    text: str
    suggestions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Numbers valid on the day, each once, in the order written; and what is unclear."""

    numbers: tuple[str, ...]
    unclear: tuple[Unclear, ...]


def read_places(text: str, on: date) -> Places:
    """Read municipalities by name or number, one a line or with commas between.

    A comma may also stand before a county («Herøy, Nordland»): a name that two share takes the
    next part for its county where that makes it clear.
    """
    numbers: list[str] = []
    unclear: list[Unclear] = []
    text, rest = text[:MOST_CHARACTERS], text[MOST_CHARACTERS:]
    for line in _LINES.split(text):
        parts = [part.strip() for part in line.split(",")]
        parts = [part for part in parts if part]
        while parts:
            with_county = ", ".join(parts[:2])
            found = _one(parts[0], on)
            if found is None and len(parts) > 1 and (found := _one(with_county, on)) is not None:
                parts = parts[1:]
            if found is not None:
                numbers.append(found.code)
            else:
                offered = suggestions(parts[0], on) if len(unclear) < MOST_LOOKED_UP else ()
                unclear.append(Unclear(parts[0], offered))
            parts = parts[1:]
    if rest.strip():
        unclear.append(Unclear(rest.strip()[:SHOWN_CHARACTERS] + " …", ()))
    return Places(tuple(dict.fromkeys(numbers)), tuple(unclear))


def written(numbers: tuple[str, ...], on: date) -> str:
    """As they are shown in the field: one name a line; what is read back gives the same numbers."""
    return "\n".join(
        name if (found := _one(name, on)) is not None and found.code == number else number
        for number in numbers
        for name in (place_name(number, on),)
    )


def suggestions(text: str, on: date) -> tuple[str, ...]:
    """Names valid on the day that the text may mean: alike, or what that place was called then."""
    known = Municipalities.load()
    alike = [match.municipality for match in known.find(text, on=on)]
    now = list(
        chain.from_iterable((m.former or m.municipality, m.municipality) for m in known.find(text))
    )
    before = chain.from_iterable(known.former_of(municipality.code) for municipality in now)
    names = (
        place_name(municipality.code, on)
        for municipality in (*alike, *now, *before)
        if municipality.valid_on(on)
    )
    return tuple(dict.fromkeys(names))[:MOST_SUGGESTIONS]


def _one(text: str, on: date) -> Municipality | None:
    """The one municipality of that day that the text names or numbers exactly."""
    found = [m for m in Municipalities.load().find(text, on=on) if m.reason in EXACT]
    return found[0].municipality if len(found) == 1 else None
