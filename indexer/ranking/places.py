"""Whether a passage is about the asker's part of the country, about another one, or about none.

County grants and county networks are told of in documents that name their county in the title or a
heading; the same question has another answer in the next county.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from knowledge.geography import Municipalities
from knowledge.geography.records import read_counties

Names = frozenset[str]


@cache
def _county_pattern() -> re.Pattern[str]:
    names = sorted({_plain(county.name) for county in read_counties()}, key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(map(re.escape, names))})s?\b", re.IGNORECASE)


def _plain(name: str) -> str:
    """«Troms - Romsa - Tromssa» without its parallel names."""
    return name.split(" - ")[0].casefold()


@lru_cache(maxsize=4_096)
def counties_in(text: str) -> Names:
    """The counties, of today or former, that a text names; folded."""
    return frozenset(match.casefold() for match in _county_pattern().findall(text))


@cache
def of_municipality(code: str) -> Names:
    """What the surroundings of a municipality are called: its name and its counties over time.

    An unknown number has no surroundings.
    """
    known = Municipalities.load()
    here = known.by_code(code)
    if here is None:
        return frozenset()
    every = (here, *known.former_of(code), *known.current_of(code))
    return frozenset(
        {here.norwegian_name.casefold()} | {_plain(found.county.name) for found in every}
    )


def asked_about(question: str, municipality: str | None) -> Names:
    """The places a question is about: those it names, or else the asker's own surroundings."""
    named = counties_in(question)
    codes = {match.municipality.code for match in Municipalities.load().in_text(question)}
    for code in codes if len(codes) <= 2 else ():
        named |= of_municipality(code)
    return named or (of_municipality(municipality) if municipality else frozenset())


def nearness(headings: Iterable[str], wanted: Names) -> float:
    """1 for a passage under a heading that names a wanted place, -1 for one about another county.

    Args:
        headings: the title of the document and the headings above the passage.
        wanted: from `asked_about`; without any nothing is near or far.
    """
    if not wanted:
        return 0.0
    text = "\n".join(headings)
    if named := counties_in(text):
        return 1.0 if named & wanted else -1.0
    folded = text.casefold()
    return 1.0 if any(re.search(rf"\b{re.escape(name)}\b", folded) for name in wanted) else 0.0
