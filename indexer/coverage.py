"""How much of what a question asks for an index, or a text, has the words of."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate, chain
from math import log

import numpy as np
from numpy.typing import NDArray

from indexer.words.asked import AskedWord
from indexer.words.bm25 import Matches, Numbers, Presence
from indexer.words.terms import GRAM, stem, terms_of, words

LEAST_GRAMS = 0.5
"""Share of a word's 4-grams below which a text is not said to have anything of it."""

NEAR_RAREST = 0.6
"""A word tells what the question is about if it weighs this share of the one that weighs most."""

UNSEEN = 100
"""Passages thought of beside those in the index when a word's idf is taken: in a library of a few
passages every word is frequent, and one that is missing would outweigh all that are there."""

TEXTS_READ = 2_048
"""Titles and headings whose terms are remembered: many passages of a document have the same."""

WORDS_KNOWN = 2**14
"""Words of questions whose 4-grams are remembered."""

Shares = NDArray[np.float64]


class Coverage:
    """The question's words, each with its importance: its weight times its idf.

    Of a word's alternatives the best one counts; a word that no passage has in any form is worth
    as much as the rarest.

    Args:
        asked: the question's words.
        matches: the terms of all their alternatives (`indexer.words.asked.question_terms`).
    """

    def __init__(self, asked: Sequence[AskedWord], matches: Matches) -> None:
        bm25 = matches.bm25
        unseen = log(1 + UNSEEN / (1 + bm25.passages))
        most = log(1 + bm25.passages) + unseen
        self._columns = matches.columns
        self._asked = asked
        self._values: list[float] = []
        known = 0.0
        alternatives: list[str] = []
        first_alternatives: list[int] = []
        for item in asked:
            weights = item.alternatives
            found = [
                share * (idf + unseen)
                for word, share in weights.items()
                if (idf := bm25.idf(stem(word)))
            ]
            value = max(found) if found else most * max(weights.values())
            self._values.append(value)
            known += value if found else 0.0
            first_alternatives.append(len(alternatives))
            alternatives.extend(weights)
        self._total = sum(self._values)
        self.known = known / self._total if self._total else 0.0
        """Share of the question's importance that occurs anywhere in the index, 0 to 1."""
        grams = [_grams(word) for word in alternatives]
        sizes = [len(each) for each in grams]
        self._stem_columns = self._numbers(stem(word) for word in alternatives)
        self._gram_columns = self._numbers(chain.from_iterable(grams))
        self._gram_counts = np.array(sizes, np.float64)
        self._first_grams = np.array([0, *accumulate(sizes)][:-1], np.int64)
        self._first_alternatives = np.array(first_alternatives, np.int64)

    def of_present(self, present: Presence) -> Shares:
        """Share of the question's importance that each text has, 0 to 1, shape (texts,).

        A word counts in full when its stem is there, and in part when most of its 4-grams are: the
        parts of a compound, a misspelling.

        Args:
            present: which term of the question is in which text, shape (terms, texts): from
                `Matches.presence` or `in_texts`.
        """
        covered: Shares = np.zeros(present.shape[1])
        if not self._total:
            return covered
        grams = present[self._gram_columns].view(np.uint8)
        shared = np.add.reduceat(grams, self._first_grams, axis=0, dtype=np.int32)
        share = shared / self._gram_counts[:, np.newaxis]
        share[share < LEAST_GRAMS] = 0.0
        share[present[self._stem_columns]] = 1.0
        # One word after the other, as the total was summed: a text with every word has exactly 1.
        for value, best in zip(
            self._values, np.maximum.reduceat(share, self._first_alternatives, axis=0), strict=True
        ):
            covered += value * best
        covered /= self._total
        return covered

    def in_texts(self, texts: Sequence[tuple[str, ...]]) -> Presence:
        """Which term of the question is in which of the texts, shape (terms, texts).

        Args:
            texts: each of several parts, such as the headings above a passage.
        """
        read = [_term_numbers(part) for parts in texts for part in parts]
        owners = [row for row, parts in enumerate(texts) for _ in parts]
        known = len(_numbers)  # other threads may add to them, but not to what was read here
        column_of = np.full(known, len(self._columns), np.int64)
        found = [(number, column) for term, column in self._columns.items()
                 if (number := _numbers.get(term, known)) < known]  # fmt: skip
        column_of[[number for number, _ in found]] = [column for _, column in found]
        # The last row takes the terms that were not asked for.
        result: Presence = np.zeros((len(self._columns) + 1, len(texts)), np.bool_)
        if read:
            sizes = [len(numbers) for numbers in read]
            result[column_of[np.concatenate(read)], np.repeat(owners, sizes)] = True
        return result[:-1]

    @property
    def telling(self) -> set[str]:
        """The stems of the words that tell most about what is asked."""
        least = NEAR_RAREST * max(self._values, default=0.0)
        return {
            stem(word)
            for value, item in zip(self._values, self._asked, strict=True)
            if value >= least
            for word in item.alternatives
        }

    def has_telling(self, present: Presence) -> Presence:
        """Which texts have the stem of any telling word, shape (texts,); argument as above."""
        has: Presence = np.logical_or.reduce(present[self._numbers(self.telling)], axis=0)
        return has

    def _numbers(self, terms: Iterable[str]) -> Numbers:
        return np.array([self._columns[term] for term in terms], np.int64)


_numbers: dict[str, int] = {}
"""A number for each term of a title or heading; as many as the documents' headings have."""

_numbering = threading.Lock()


@lru_cache(maxsize=TEXTS_READ)
def _term_numbers(text: str) -> Numbers:
    terms = {term for word in words(text) for term, _ in terms_of(word)}
    with _numbering:
        numbers = [_numbers.setdefault(term, len(_numbers)) for term in terms]
    return np.array(numbers, np.int64)


@lru_cache(maxsize=WORDS_KNOWN)
def _grams(word: str) -> tuple[str, ...]:
    return tuple(term for term, field in terms_of(word) if field == GRAM)
