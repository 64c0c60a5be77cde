"""Past questions as bridges to the passages they led to.

A question much like one that was asked before lifts the passages that helped then, and lowers those
that did not. The crowd cannot bury the guide: what many do counts little more than what a few do,
all of them together less than two reviewers, and no bonus is more than `CAP`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.language import Language, detect
from indexer.vectors.encoder import Encoder, Vectors
from indexer.words.asked import LEAST_TELLING, AskedWord, asked_words, leans
from indexer.words.terms import stem
from knowledge.privacy.masking import LABELS
from knowledge.register import Bridge

Passage = tuple[str, int]
"""Id of the stored source, and where the passage starts in it, in characters."""

Values = NDArray[np.float64]
Numbers = NDArray[np.int64]

CAP = 1.0
"""A bonus lies between -CAP and CAP."""

LINKED, HELPFUL, CLICKED = 1.0, 0.5, 0.15
"""What the first of each is worth. A reviewer knows the answer; who says «helpful» has read it; who
opens a passage only hopes. «Not helpful» is worth as much as «helpful», the other way."""

MOST_OF_VOTES = 0.6
"""What all votes together come to at most, either way: less than one reviewer's link gives (0.63),
so that votes alone never turn a linked passage into one that is lowered."""

MOST_OF_CLICKS = 0.25
"""What all clicks together come to at most: less than one vote gives (0.34), because people open
what stands first."""

COSINE = 0.25
"""Share of the cosine in the likeness, against 1 for the words. Of 98 pairs of questions
(tests/questions/asked_before.jsonl: 50 that ask the same in other words or another of the three
languages, 48 on the same subject that ask for something else) the words, with the thesaurus, tell
one kind from the other with an AUC of 0.755, the cosine alone with 0.65; words and a quarter of the
cosine with 0.764, words and half of it with 0.757."""

LEAST_NEAR, FULLY_NEAR = 0.8, 1.1
"""Likeness above which a question has been asked before at all, and that of one that has in full.
Of the same pairs, 0.8 is reached by 56 % of the first kind and 12-15 % of the second; 1.0 by 30 %
and none of them."""

MOST_PASSAGES = 200
"""Passages that are given a bonus, those with most: more than are ranked for a question."""

CROWDED = 0.25
"""Share of the rows above which one product with all is quicker than picking them out first."""

_YEAR = re.compile(r"(?:19|20)\d\d")
_LABEL = re.compile("|".join(map(re.escape, LABELS.values())))


class _Key(NamedTuple):
    text: str
    language: Language | None
    follow_up: bool


@dataclass(frozen=True, eq=False, slots=True)
class _Question:
    """A question as it is compared: a vector, and for each word a weight and stems."""

    weights: tuple[float, ...]
    stems: tuple[frozenset[str], ...]
    years: frozenset[str]
    vector: Vectors | None = None


class Bridges:
    """The bridges known at one moment. Immutable and thread-safe.

    Args:
        entries: from `knowledge.register.Links.bridges`. A question that says nothing without the
            turn before it is left out.
        encoder: the one that questions are searched with. Past questions are embedded here, once
            and in one batch, as the typical questions of a passage are (`encode_passages`).
        before: earlier bridges of the same encoder: only questions that are new are embedded.
    """

    def __init__(
        self, entries: Iterable[Bridge], encoder: Encoder, *, before: Bridges | None = None
    ) -> None:
        given = [(_key(entry), entry) for entry in entries]
        known: Mapping[_Key, _Question | None] = {} if before is None else before._questions
        self._questions: dict[_Key, _Question | None]
        self._questions = _questions([key for key, _ in given], encoder, known)
        telling = {key: asked for key, asked in self._questions.items() if asked is not None}
        rows = {key: row for row, key in enumerate(telling)}
        self._words = _Words(list(telling.values()), encoder.dimension)
        kept = [(rows[key], entry) for key, entry in given if key in rows]
        numbers: dict[Passage, int] = {}
        passages = [numbers.setdefault((e.document, e.start), len(numbers)) for _, e in kept]
        self._passages = tuple(numbers)
        self._rows = np.array([row for row, _ in kept], np.int64)
        self._passage_of = np.array(passages, np.int64)
        self._linked = LINKED * np.array([e.linked for _, e in kept], np.float64)
        self._votes = HELPFUL * np.array([e.helpful - e.not_helpful for _, e in kept], np.float64)
        self._clicks = CLICKED * np.array([e.clicked for _, e in kept], np.float64)

    def __len__(self) -> int:
        """How many different past questions there are to compare with."""
        return len(self._words)

    def bonus(
        self, question_vector: Vectors, asked: Sequence[AskedWord]
    ) -> Mapping[Passage, float]:
        """How much better each passage is for what earlier askers made of it.

        Args:
            question_vector: float32, shape (dimension,), of unit length or zero; what passages
                have in common may be taken out of it.
            asked: the words of the question, and those that a thread lends it.

        Returns:
            Passage -> bonus from -CAP to CAP, without those that have none. Many past questions
            that are only a little alike give no more than their nearness.
        """
        nearness = self._words.nearness(question_vector, asked)
        bridges = np.flatnonzero(nearness[self._rows])
        if not len(bridges):
            return {}
        near, passages = nearness[self._rows[bridges]], self._passage_of[bridges]
        nearest = np.zeros(len(self._passages))
        np.maximum.at(nearest, passages, near)
        share = near / nearest[passages]

        def total(worth: Values) -> Values:
            weighed = np.bincount(passages, share * worth[bridges], len(nearest))
            return weighed.astype(np.float64)

        bonus = _levelled(total(self._linked), CAP)
        bonus += _levelled(total(self._votes), MOST_OF_VOTES)
        bonus += _levelled(total(self._clicks), MOST_OF_CLICKS)
        bonus = nearest * np.clip(bonus, -CAP, CAP)
        found = np.flatnonzero(bonus)
        if len(found) > MOST_PASSAGES:
            order = np.argpartition(-np.abs(bonus[found]), MOST_PASSAGES)
            found = found[order[:MOST_PASSAGES]]
        return {self._passages[number]: float(bonus[number]) for number in found.tolist()}


def _levelled(sums: Values, most: float) -> Values:
    """Sums that grow ever more slowly towards `most`, or -`most`; small ones are kept."""
    levelled: Values = np.sign(sums) * most * -np.expm1(-np.abs(sums) / most)
    return levelled


def _key(entry: Bridge) -> _Key:
    """What a question is compared by: without the labels of what was masked, however spaced."""
    text = " ".join(_LABEL.sub(" ", entry.question).split())
    return _Key(text, entry.language, entry.follow_up)


def _questions(
    keys: Iterable[_Key], encoder: Encoder, known: Mapping[_Key, _Question | None]
) -> dict[_Key, _Question | None]:
    """Each question as it is compared; None for one that says nothing by itself."""
    found = {key: known.get(key) for key in keys}
    new: dict[_Key, list[AskedWord]] = {}
    for key in found:
        if key in known:
            continue
        language = key.language or detect(key.text)
        words = asked_words(key.text, language)
        if _telling(words) and not (key.follow_up and leans(key.text, words)):
            new[key] = words
    if new:
        vectors = encoder.encode_passages([key.text for key in new])
        for (key, words), vector in zip(new.items(), vectors, strict=True):
            found[key] = _question(words, vector)
    return found


def _telling(asked: Iterable[AskedWord]) -> bool:
    """As `says_something`, of words that are at hand."""
    return any(
        max(item.own.values(), default=0.0) > LEAST_TELLING and not item.word.isdigit()
        for item in asked
    )


def _question(asked: Iterable[AskedWord], vector: Vectors | None = None) -> _Question:
    words = [item for item in asked if item.own]  # others are English function words
    return _Question(
        tuple(max(item.own.values()) for item in words),
        tuple(frozenset(map(stem, item.alternatives)) for item in words),
        frozenset(item.word for item in words if _YEAR.fullmatch(item.word)),
        vector,
    )


class _Words:
    """The past questions by the stems of their words."""

    def __init__(self, questions: Sequence[_Question], dimension: int) -> None:
        self._questions = questions
        vectors = [question.vector for question in questions if question.vector is not None]
        self._vectors = np.stack(vectors) if vectors else np.zeros((0, dimension), np.float32)
        self._weights = np.array(list(chain(*(q.weights for q in questions))), np.float64)
        self._row_of = np.repeat(np.arange(len(questions)), [len(q.weights) for q in questions])
        self._totals = np.array([sum(q.weights) for q in questions], np.float64)
        years: dict[frozenset[str], int] = {}
        self._years = np.array([years.setdefault(q.years, len(years)) for q in questions], np.int64)
        self._number_of_years = years
        entries: dict[str, list[int]] = {}
        for entry, stems in enumerate(chain(*(q.stems for q in questions))):
            for found in stems:
                entries.setdefault(found, []).append(entry)
        self._entries: dict[str, Numbers] = {
            found: np.array(numbers, np.int64) for found, numbers in entries.items()
        }

    def __len__(self) -> int:
        return len(self._questions)

    def nearness(self, vector: Vectors, asked: Sequence[AskedWord]) -> Values:
        """0 to 1 for each past question; one that names other years is about something else."""
        result = np.zeros(len(self))
        question = _question(asked)
        if not len(self) or not sum(question.weights):
            return result
        shared = self._shared(question)
        same = self._years == self._number_of_years.get(question.years, -1)
        rows = np.flatnonzero(same & (shared >= LEAST_NEAR - COSINE))
        near = self._vectors if len(rows) > CROWDED * len(self) else self._vectors[rows]
        # einsum: BLAS would wake its threads for a product of a few microseconds.
        cosine = np.einsum("ij,j->i", near, vector)
        if near is self._vectors:
            cosine = cosine[rows]
        likeness = shared[rows] + COSINE * cosine
        result[rows] = np.clip((likeness - LEAST_NEAR) / (FULLY_NEAR - LEAST_NEAR), 0.0, 1.0)
        return result

    def _shared(self, question: _Question) -> Values:
        """Of each past question: the share of its words that is asked for, and the share of the
        words asked for that it has, by weight; their geometric mean."""
        theirs = np.zeros(len(self._weights), bool)
        ours = np.zeros(len(self))
        for weight, stems in zip(question.weights, question.stems, strict=True):
            has = np.zeros(len(self), bool)
            for found in stems:
                entries = self._entries.get(found)
                if entries is not None:
                    theirs[entries] = True
                    has[self._row_of[entries]] = True
            ours += weight * has
        of_theirs = np.bincount(self._row_of[theirs], self._weights[theirs], minlength=len(self))
        product = of_theirs / self._totals * ours / sum(question.weights)
        mean: Values = np.sqrt(product)
        return mean
