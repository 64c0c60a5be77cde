"""Municipality names in running text, read cautiously: many are ordinary words or surnames."""

import re
from collections.abc import Container
from dataclasses import dataclass
from functools import cache
from importlib import resources

from knowledge.geography.names import exact

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_MOST_WORDS = 3  # "Nore og Uvdal", "Evje og Hornnes"
_SHORTEST_UNCAPITALISED = 4
_MUNICIPALITY_WORDS = frozenset(
    {"kommune", "kommunen", "kommunes", "kommunens", "kommuna", "municipality"}
    | {"suohkan", "gielda", "tjïelte"}
)
_PLACE_WORDS = frozenset({"i", "fra", "frå", "for", "in", "from", "kommunen", "kommuna"})
_COUNTY_AFTER = re.compile(
    r"\s*(?:\(|,\s*|i\s+|in\s+)(?P<county>[^\W\d_]+(?: og [^\W\d_]+)?)", re.I
)


@cache
def ordinary_words() -> frozenset[str]:
    """Names that are also ordinary words or surnames, and so need a place word to count."""
    path = resources.files("knowledge.geography").joinpath("ordinary_words.txt")
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and line[0] != "#")


@dataclass(frozen=True, slots=True)
class Mention:
    """A name that stands in the text at `start:end`, and the county named right after, if any."""

    name: str
    county: str | None
    start: int
    end: int


def find_mentions(text: str, names: Container[str], counties: frozenset[str]) -> list[Mention]:
    """Names found in `text`, longest first at each place. `names` are folded by `exact`."""
    words = list(_WORD.finditer(text))
    found: list[Mention] = []
    at = 0
    while at < len(words):
        size, name = _longest_name(text, words, at, names)
        if size and _is_place(text, words, at, size, name):
            end = words[at + size - 1].end()
            found.append(Mention(name, _county_after(text, end, counties), words[at].start(), end))
            at += size
        else:
            at += 1
    return found


def _longest_name(
    text: str, words: list[re.Match[str]], at: int, names: Container[str]
) -> tuple[int, str]:
    for size in range(min(_MOST_WORDS, len(words) - at), 0, -1):
        span = text[words[at].start() : words[at + size - 1].end()]
        key = exact(span)
        if key in names:
            return size, key
        genitive = key.removesuffix("s").rstrip("'’")
        if genitive != key and genitive in names and genitive not in ordinary_words():
            return size, genitive
    return 0, ""


def _is_place(text: str, words: list[re.Match[str]], at: int, size: int, name: str) -> bool:
    after = at + size
    if after < len(words) and words[after].group().casefold() in _MUNICIPALITY_WORDS:
        return True
    follows_place_word = at > 0 and words[at - 1].group().casefold() in _PLACE_WORDS
    adjacent = at > 0 and not text[words[at - 1].end() : words[at].start()].strip()
    capital = words[at].group()[0].isupper()
    if name in ordinary_words():
        return capital and follows_place_word and adjacent
    return capital or (follows_place_word and adjacent and len(name) >= _SHORTEST_UNCAPITALISED)


def _county_after(text: str, end: int, counties: frozenset[str]) -> str | None:
    match = _COUNTY_AFTER.match(text, end)
    if match is None:
        return None
    whole = exact(match["county"])
    for candidate in (whole, whole.split()[0]):
        if candidate in counties:
            return candidate
    return None
