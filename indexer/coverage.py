"""How much of a question an index, a passage, or a sentence has the words of."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from indexer.library.stored import StoredPassage
from indexer.words.asked import AskedWord
from indexer.words.bm25 import BM25
from indexer.words.terms import GRAM, stem, terms_of, words

LEAST_GRAMS = 0.5
"""Share of a word's 4-grams below which a passage is not said to have anything of it."""

NEAR_RAREST = 0.6
"""A word tells what the question is about if it weighs this share of the one that weighs most."""


class Coverage:
    """The question's words, each with its importance: its weight times its idf.

    Of a word's alternatives the best one counts; a word that no passage has in any form is worth
    as much as the rarest.
    """

    def __init__(self, asked: Sequence[AskedWord], bm25: BM25) -> None:
        self._asked = asked
        most = log(1 + bm25.passages)
        self._values: list[float] = []
        known = 0.0
        for item in asked:
            found = [
                share * idf
                for word, share in item.alternatives.items()
                if (idf := bm25.idf(stem(word)))
            ]
            value = max(found) if found else most * max(item.alternatives.values())
            self._values.append(value)
            known += value if found else 0.0
        self._total = sum(self._values)
        self.known = known / self._total if self._total else 0.0
        """Share of the question's importance that occurs anywhere in the index, 0 to 1."""

    def of(self, passage: StoredPassage) -> float:
        """Share of the question's importance that the passage has, 0 to 1.

        A word counts in full when its stem is there, and in part when most of its 4-grams are: the
        parts of a compound, a misspelling.
        """
        present = {
            term
            for text in (passage.search_text, *passage.questions)
            for word in words(text)
            for term, _ in terms_of(word)
        }
        covered = sum(
            value * max(_share(word, present) for word in item.alternatives)
            for item, value in zip(self._asked, self._values, strict=True)
        )
        return covered / self._total if self._total else 0.0

    @property
    def telling(self) -> set[str]:
        """The stems of the words that tell most about what is asked."""
        least = NEAR_RAREST * max(self._values, default=0.0)
        return {
            stem(word)
            for item, value in zip(self._asked, self._values, strict=True)
            if value >= least
            for word in item.alternatives
        }


def _share(word: str, present: set[str]) -> float:
    if stem(word) in present:
        return 1.0
    grams = [term for term, field in terms_of(word) if field == GRAM]
    share = sum(gram in present for gram in grams) / len(grams)
    return share if share >= LEAST_GRAMS else 0.0
