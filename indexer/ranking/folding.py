"""Near-duplicates among the passages found, folded into the best one.

Editions of a document repeat most of their sentences. Shown three times, one answer would fill the
whole reply; the others are listed with the one that is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from indexer.editions import without_years
from indexer.ranking.hits import Hit
from indexer.words.terms import words

ALIKE = 0.8
"""Share of common word triples (Jaccard) from which two passages say the same; Broder 1997 calls
this resemblance of shingles. 0.8 lets one word in thirty differ."""

SHINGLE = 3

PRINTS = 1_024
"""Passages whose figures and triples are remembered (some 10 kB each)."""

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
"""Every year that `without_years` takes out looks like this."""

NEGATIONS = frozenset(
    "ikke ikkje ei aldri ingen inga inkje uten utan not no never none without".split()
)

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class _Print:
    """What a passage is compared by."""

    text: str
    figures: frozenset[str]

    @cached_property
    def negations(self) -> int:
        """How often it says no: «skal» and «skal ikke» are opposite answers."""
        return sum(word in NEGATIONS for word in words(self.text))

    @cached_property
    def shingles(self) -> frozenset[tuple[str, ...]]:
        said = list(words(without_years(self.text)))
        size = max(1, min(SHINGLE, len(said)))
        return frozenset(zip(*(said[i:] for i in range(size)), strict=False))

    def repeats(self, other: _Print) -> bool:
        """Whether both say the same. Another figure is another answer, another year is not."""
        if self.figures != other.figures:
            return False
        fewest, most = sorted((len(self.shingles), len(other.shingles)))
        if not most or fewest < ALIKE * most:
            return False  # no words, or too few of them even if the other had them all
        if self.negations != other.negations:
            return False
        common = len(self.shingles & other.shingles)
        return common >= ALIKE * (fewest + most - common)


@lru_cache(maxsize=PRINTS)
def _print(text: str) -> _Print:
    figures = _FIGURE.findall(text)
    if _YEAR.search(" ".join(figures)):  # seldom, and taking years out takes longest
        figures = _FIGURE.findall(without_years(text))
    return _Print(text, frozenset(figures))


def folded(hits: Sequence[Hit]) -> list[Hit]:
    """The hits, best first, each near-duplicate moved into the `also` of the better one.

    A document's own repetitions are left out without being listed.
    """
    kept: list[tuple[Hit, _Print]] = []
    comparable: dict[frozenset[str], list[int]] = {}
    for hit in hits:
        printed = _print(hit.passage.text)
        alike = comparable.setdefault(printed.figures, [])
        place = next((i for i in alike if printed.repeats(kept[i][1])), None)
        if place is None:
            alike.append(len(kept))
            kept.append((hit, printed))
        elif hit.key != kept[place][0].key:
            better, other = kept[place]
            kept[place] = (replace(better, also=(*better.also, hit)), other)
    return [hit for hit, _ in kept]
