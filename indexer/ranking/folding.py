"""Near-duplicates among the passages found, folded into the best one.

Editions of a document repeat most of their sentences. Shown three times, one answer would fill the
whole reply; the others are listed with the one that is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from indexer.editions import without_years
from indexer.ranking.hits import Hit
from indexer.words.terms import words

ALIKE = 0.8
"""Share of common word triples (Jaccard) from which two passages say the same; Broder 1997 calls
this resemblance of shingles. 0.8 lets one word in thirty differ."""

SHINGLE = 3

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class _Print:
    """What a passage is compared by."""

    shingles: frozenset[tuple[str, ...]]
    figures: frozenset[str]

    @classmethod
    def of(cls, text: str) -> _Print:
        said = list(words(without_years(text)))
        size = min(SHINGLE, len(said))
        runs = (tuple(said[i : i + size]) for i in range(len(said) - size + 1))
        return cls(frozenset(runs), frozenset(_FIGURE.findall(without_years(text))))

    def repeats(self, other: _Print) -> bool:
        """Whether both say the same. Another figure is another answer, another year is not."""
        if self.figures != other.figures or not self.shingles:
            return False
        common = len(self.shingles & other.shingles)
        return common >= ALIKE * len(self.shingles | other.shingles)


def folded(hits: Sequence[Hit]) -> list[Hit]:
    """The hits, best first, each near-duplicate moved into the `also` of the better one.

    A document's own repetitions are left out without being listed.
    """
    kept: list[tuple[Hit, _Print]] = []
    for hit in hits:
        printed = _Print.of(hit.passage.text)
        for place, (better, other) in enumerate(kept):
            if printed.repeats(other):
                if hit.key != better.key:
                    kept[place] = (replace(better, also=(*better.also, hit)), other)
                break
        else:
            kept.append((hit, printed))
    return [hit for hit, _ in kept]
