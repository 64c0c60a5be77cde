"""How much of what a question asks for an index, or a text, has the words of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log

from indexer.words.asked import AskedWord
from indexer.words.bm25 import BM25
from indexer.words.terms import GRAM, stem, terms_of, words

LEAST_GRAMS = 0.5
"""Share of a word's 4-grams below which a text is not said to have anything of it."""

NEAR_RAREST = 0.6
"""A word tells what the question is about if it weighs this share of the one that weighs most."""


class Coverage:
    """The question's words, each with its importance: its weight times its idf.

    Of a word's alternatives the best one counts; a word that no passage has in any form is worth
    as much as the rarest.
    """

    def __init__(self, asked: Sequence[AskedWord], bm25: BM25) -> None:
        most = log(1 + bm25.passages)
        self._words: list[tuple[float, list[tuple[str, tuple[str, ...]]]]] = []
        self._telling: list[tuple[float, AskedWord]] = []
        known = 0.0
        for item in asked:
            found = [
                share * idf
                for word, share in item.alternatives.items()
                if (idf := bm25.idf(stem(word)))
            ]
            value = max(found) if found else most * max(item.alternatives.values())
            self._words.append((value, [(stem(w), _grams(w)) for w in item.alternatives]))
            self._telling.append((value, item))
            known += value if found else 0.0
        self._total = sum(value for value, _ in self._words)
        self.known = known / self._total if self._total else 0.0
        """Share of the question's importance that occurs anywhere in the index, 0 to 1."""

    def of(self, *texts: str) -> float:
        """Share of the question's importance that the texts together have, 0 to 1.

        A word counts in full when its stem is there, and in part when most of its 4-grams are: the
        parts of a compound, a misspelling.
        """
        present = {term for text in texts for word in words(text) for term, _ in terms_of(word)}
        covered = sum(
            value * max(_share(stemmed, grams, present) for stemmed, grams in alternatives)
            for value, alternatives in self._words
        )
        return covered / self._total if self._total else 0.0

    @property
    def telling(self) -> set[str]:
        """The stems of the words that tell most about what is asked."""
        least = NEAR_RAREST * max((value for value, _ in self._telling), default=0.0)
        return {
            stem(word)
            for value, item in self._telling
            if value >= least
            for word in item.alternatives
        }


def _grams(word: str) -> tuple[str, ...]:
    return tuple(term for term, field in terms_of(word) if field == GRAM)


def _share(stemmed: str, grams: Iterable[str], present: set[str]) -> float:
    if stemmed in present:
        return 1.0
    shared = [gram in present for gram in grams]
    share = sum(shared) / len(shared)
    return share if share >= LEAST_GRAMS else 0.0
