"""Whether the words of a question are those of a label: of a row, a column, or a heading."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from indexer.tables.lines import TOTALS
from indexer.words import lexicon
from indexer.words.terms import to_bokmaal

MIN_STEM = 5
"""Two words are the same word in another form when they share this many leading letters and what
is left of either is no longer than an inflection ("hospiterte", "hospiteringer"; "kommunar")."""

MAX_ENDING = 6
"""A word may also be the first part of a compound ("reiser", "reiseutgifter")."""

MIN_SHORT_STEM = 4
MAX_SHORT_ENDING = 2
"""Short words must be closer ("skoler", "skolar"; but not "menn", "mennesker")."""

COUNTING_WORDS = frozenset(
    "antall antal tall tal talet tallet number andel del prosent prosentdel prosentandel share "
    "percent percentage kroner beløp penger pengar money mange mykje mye stor stort store år året "
    "many much".split()
)
"""Words of a question or caption that say how something is counted and not what it is."""

STOP_WORDS = frozenset(
    "og i på av til for med som er en et den det de ved fra om eller ein eit dei frå the of in and "
    "to a an by with hvor how kor".split()
)
"""Words that name no row and no column."""

GENERAL_VERBS = frozenset(
    "bruke bruker brukt brukte brukar dele deler deles delt delte fordele fordelt reise reiser "
    "reist reiste dra drar drog dro finne fant funnet gi gir ga gitt gav lage laget laga tok tatt "
    "begynte begynner starte startet starta arrangere arrangerer arrangerte holde holdt hatt "
    "drive driver drev sette satt satte spend spent went got gave".split()
)
"""Verbs that say that something was done and not what it was about."""

MIN_WORD_CHARS = 2
MIN_PART_CHARS = 4

NAMING_SHARE = 0.0007
"""A word that makes up more of ordinary text («skal», «mer», «ikke») names no row and no column."""

TELLING_SHARE = 0.0001
"""A word that makes up less of ordinary text tells what a question is about: «besøk», «kurs», a
name; but not «personer» or «fikk»."""

_DERIVED = re.compile(r"(?<=\w{4})(?:ing|inga|ingen|inger|ingar)$")
_WORD = re.compile(r"\w+")
_FIGURE = re.compile(r"^\d+$")
_YEAR = re.compile(r"^(?:19|20)\d\d$")
_PERIOD = re.compile(r"\b((?:19|20)\d\d)\s*[-–—]\s*((?:19|20)\d\d)\b")
_TOTAL = re.compile(r"^(?:sum|i alt|totalt?|samlet|til ?sammen)\b")


def words_in(text: str) -> list[str]:
    """The words that may name something, lower case, in order, each once."""
    found = dict.fromkeys(_WORD.findall(text.casefold()))
    return [word for word in found if len(word) >= MIN_WORD_CHARS and word not in STOP_WORDS]


def label_words(label: str) -> set[str]:
    said = set(words_in(label))
    return said | {to_bokmaal(word) for word in said}  # «Haust», for the question's «høsten»


def is_year(word: str) -> bool:
    return bool(_YEAR.match(word))


def names(word: str) -> bool:
    """Whether a word is rare enough to name a row or a column."""
    return _share(word) <= NAMING_SHARE


def tells(word: str) -> bool:
    """Whether a word tells what a question is about."""
    general = word in COUNTING_WORDS or word in GENERAL_VERBS or word.isdigit()
    return not general and _share(word) < TELLING_SHARE


def is_name(label: str) -> bool:
    """Whether a label is a single word that no ordinary text has, such as that of a place."""
    words = words_in(label)
    return len(words) == 1 and not words[0].isdigit() and not _share(words[0])


def _share(word: str) -> float:
    return lexicon.frequencies().get(word, 0.0)


@lru_cache(maxsize=100_000)
def same(one: str, other: str) -> bool:
    """Whether two words are the same word, inflected or derived («hospiterte», «hospitering»)."""
    if one == other:
        return True
    if _FIGURE.match(one) or _FIGURE.match(other):
        return False
    one, other = _DERIVED.sub("", one), _DERIVED.sub("", other)  # «reising», «reiser»
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    ending = max(len(one), len(other)) - shared
    first_part = min(len(one), len(other)) - shared <= MAX_SHORT_ENDING
    return (shared >= MIN_STEM and (ending <= MAX_ENDING or first_part)) or (
        shared >= MIN_SHORT_STEM and ending <= MAX_SHORT_ENDING
    )


def shares(said: Collection[str], meant: Iterable[str]) -> bool:
    """Whether a word of a text is one of those meant, or two of them make it up."""
    return any(any(same(word, other) for word in said) or _parts(other, said) for other in meant)


def named(label: str, meant: Mapping[str, float]) -> dict[str, float]:
    """The words of a label that are among those meant -> how much each says."""
    said = [word for word in sorted(label_words(label)) if word.isdigit() or names(word)]
    found: dict[str, float] = {}
    for other, weight in meant.items():
        for word in [w for w in said if same(w, other)] or _parts(other, said):
            found[word] = max(weight, found.get(word, 0.0))
    return found


def _parts(compound: str, said: Collection[str]) -> list[str]:
    """The two words that make up a compound, if a label has both («snuskurs», «kurs i snus»)."""
    for first in said:
        rest = compound[len(first) :].removeprefix("s")
        if min(len(first), len(rest)) >= MIN_PART_CHARS and compound.startswith(first):
            second = [word for word in said if word != first and same(word, rest)]
            if second:
                return [first, *second]
    return []


def is_total(label: str) -> bool:
    """Whether a row or column holds the totals («Sum av årene», «I alt»)."""
    folded = label.casefold().strip(" :.")
    return folded in TOTALS or bool(_TOTAL.match(folded))


def periods(text: str) -> list[tuple[str, str]]:
    """The first and last years of the periods named in a text."""
    return _PERIOD.findall(text)


def years_alone(text: str) -> set[str]:
    """The years of a text that are not the end of a period."""
    return {word for word in _WORD.findall(_PERIOD.sub(" ", text)) if is_year(word)}
