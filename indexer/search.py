"""From a question to a ranked list of passages: words, vectors and structure, fused."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from indexer.bridges import Bridges
from indexer.coverage import Coverage
from indexer.editions import without_years, years_in
from indexer.generations.generation import Generation
from indexer.generations.segment import Segment
from indexer.language import Language
from indexer.ranking import places, weights
from indexer.ranking.approved import Approved, Stands
from indexer.ranking.fixed import fixed_signals
from indexer.ranking.folding import folded
from indexer.ranking.hits import Hit
from indexer.ranking.structure import Context, structure
from indexer.vectors.encoder import Encoder, unit_rows
from indexer.words.asked import (
    WORD_LISTS,
    AskedWord,
    asked_words,
    flat,
    leans,
    question_terms,
    subject_of,
)
from indexer.words.bm25 import Matches
from indexer.words.terms import GRAM, STEM

STEM_SHARE = 0.4
"""Share of stems against 4-grams when candidates are chosen; chosen on NorQuAD."""

VECTOR_SHARE = 0.35
"""Share of vectors against words when candidates are chosen; chosen on NorQuAD."""

THREAD_SHARE = 0.4
"""Weight of the words of the turn before in a follow-up question."""

COMMON_SHARE = 0.5
"""How much of what all passages have in common is taken out of the question's vector, so that a
word such as «frisklivssentral» does not draw it to whichever passage repeats it most. Recall is
the same from 0 to 0.75 on the tuning questions; a full 1 costs a little on NorQuAD."""

CANDIDATES = 100
"""Passages that each leg puts forward."""

RANKED = 80
"""Of those, the best by words and vectors alone are ranked by every signal."""

FOLDED = 30
"""Of the ranked passages, so many are compared with each other for near-duplicates."""

PARTS = frozenset({*weights.SIGNALS, *weights.FIXED, *WORD_LISTS, "thread"})
"""What may be left out, to see what it is worth."""

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Results:
    """`hits`, best first, and what the search knows about the question itself."""

    hits: tuple[Hit, ...]
    known: float
    """Share of the question's weight that occurs anywhere in the index."""

    asked: tuple[AskedWord, ...] = ()
    """The words that were searched for, those of the thread included."""


@dataclass(frozen=True)
class Candidates:
    """Passages of the index with the signals of each: shape (candidates, `weights.SIGNALS`)."""

    signals: Scores
    fixed: Scores
    """What the signals with weights of their own add to the logit, shape (candidates,)."""
    coverage: Scores
    hits: tuple[Hit, ...]
    known: float
    asked: tuple[AskedWord, ...] = field(default=())


class Searcher:
    """Searches one generation. Thread-safe.

    Args:
        without: signals and word lists to leave out, to see what each is worth
            (`weights.SIGNALS`, `weights.FIXED`, and what `asked_words` names).
    """

    def __init__(
        self, generation: Generation, encoder: Encoder, without: Collection[str] = ()
    ) -> None:
        self.generation = generation
        self.encoder = encoder
        if unknown := set(without) - PARTS:
            raise ValueError(f"The search has no such part: {', '.join(sorted(unknown))}.")
        self._without = frozenset(without)
        self._weights = weights.column(self._without)
        counts = [len(segment) for segment in generation.segments]
        self._starts = np.cumsum([0, *counts], dtype=np.int64)
        self._live = np.concatenate([s.live for s in generation.segments] or [np.ones(0, bool)])
        self._approved = Approved(generation.documents)
        self._living = None if self._live.all() else np.flatnonzero(self._live)

    def search(
        self,
        question: str,
        *,
        language: Language,
        thread: Sequence[str] = (),
        municipality: str | None = None,
        bridges: Bridges | None = None,
        stands: Stands | None = None,
        top: int = 10,
    ) -> Results:
        """The `top` passages for a question.

        Args:
            thread: earlier questions of the same thread, oldest first; the last one that says what
                it is about lends its words to a follow-up.
            municipality: the asker's, by number; its county's documents come first.
            bridges: what earlier askers were helped by.
            stands: which approved answers may be quoted; without it none is found.
        """
        found = self.candidates(
            question,
            language=language,
            thread=thread,
            municipality=municipality,
            bridges=bridges,
            stands=stands,
        )
        logits = found.signals @ self._weights + found.fixed
        order = np.argsort(-logits, kind="stable")
        share = weights.shares(logits)

        def ranked(places: NDArray[np.int64]) -> list[Hit]:
            return [found.hits[i].ranked(float(share[i]), float(found.coverage[i])) for i in places]

        best = folded(ranked(order[:FOLDED]))
        best += ranked(order[FOLDED : FOLDED + max(0, top - len(best))])
        return Results(tuple(best[:top]), found.known, found.asked)

    def candidates(
        self,
        question: str,
        *,
        language: Language,
        thread: Sequence[str] = (),
        municipality: str | None = None,
        bridges: Bridges | None = None,
        stands: Stands | None = None,
    ) -> Candidates:
        """The passages worth ranking, with every signal of each; arguments as `search`."""
        asked = asked_words(question, language, without=self._without)
        earlier = ""
        if "thread" not in self._without and leans(question, asked):
            earlier = subject_of(thread)
        if earlier:
            if years_in(question):  # «og i 2019?» asks of another year than the turn before
                earlier = without_years(earlier)
            asked += asked_words(earlier, language, THREAD_SHARE, without=self._without)
        searched = flat(asked)
        matches = self.generation.bm25.matches(question_terms(searched))
        stems, grams = self._lexical(matches)
        own = self._question_vector(question, earlier)
        expanded = self._apart(self.encoder.encode_question(" ".join(searched) or question))
        lexical = STEM_SHARE * stems + (1 - STEM_SHARE) * grams if stems.any() else grams
        near = unit_rows((own + expanded).reshape(1, -1))[0]
        passages = self._candidates(lexical, near, stands)
        similarity = self._similarity(own, passages)
        vector = self._vector_z(own, similarity)
        fused = (1 - VECTOR_SHARE) * lexical[passages] + VECTOR_SHARE * vector
        best = np.argsort(-fused, kind="stable")[:RANKED]
        passages, fused = passages[best], fused[best]
        similarity, vector = similarity[best], vector[best]
        expanded_z = self._vector_z(expanded, self._similarity(expanded, passages))
        hits = self._hits(passages, similarity)
        covers = Coverage(asked, matches)
        context = Context(
            question=question,
            asked=asked,
            covers=covers,
            places=places.asked_about(question, municipality),
        )
        rows = structure(hits, fused, matches.presence(passages), context)
        signals = np.column_stack(
            [
                grams[passages],
                vector,
                expanded_z,
                rows.heading,
                rows.document,
                rows.coverage,
                rows.answer_kind,
                rows.other_edition,
            ]
        ).astype(np.float32)
        led = bridges.bonus(own, asked) if bridges is not None else {}
        fixed = fixed_signals(hits, rows.place, led, self._without)
        return Candidates(signals, fixed, rows.coverage, hits, covers.known, tuple(asked))

    def _lexical(self, matches: Matches) -> tuple[Scores, Scores]:
        """The stem and the 4-gram field, in standard deviations, for every passage."""
        scores = matches.scores()
        return self._z(scores[STEM]), self._z(scores[GRAM])

    def _z(self, scores: Scores) -> Scores:
        live = scores if self._living is None else scores[self._living]
        spread = float(live.std()) if len(live) else 0.0
        if spread < 1e-9:
            return np.zeros_like(scores)
        result: Scores = (scores - live.mean()) / spread
        return result

    def _question_vector(self, question: str, earlier: str) -> Scores:
        vector = self.encoder.encode_question(question)
        if earlier:
            vector = vector + THREAD_SHARE * self.encoder.encode_question(earlier)
        return self._apart(vector)

    def _apart(self, vector: Scores) -> Scores:
        """The vector with a part of what all passages have in common taken out, unit length."""
        unit = unit_rows(vector.reshape(1, -1))[0]
        common = self.generation.common_direction
        apart: Scores = unit - COMMON_SHARE * (unit @ common) * common
        rest: Scores = unit_rows(apart.reshape(1, -1))[0]
        return rest

    def _vector_z(self, vector: Scores, similarity: Scores) -> Scores:
        # einsum: BLAS would wake its threads for a product of a few microseconds.
        background = np.einsum("ij,j->i", self.generation.background, vector)
        spread = float(background.std()) if len(background) else 0.0
        if spread < 1e-9:
            return np.zeros_like(similarity)
        result: Scores = (similarity - background.mean()) / spread
        return result

    def _candidates(
        self, lexical: Scores, vector: Scores, stands: Stands | None
    ) -> NDArray[np.int64]:
        """The best by words over all segments, and the nearest of each segment, ascending."""
        found = [self._best(lexical)]
        for start, segment in zip(self._starts, self.generation.segments, strict=False):
            _, passages = segment.vectors.search(vector, CANDIDATES)
            found.append(passages + start)
        candidates = np.unique(np.concatenate(found))
        alive: NDArray[np.int64] = candidates[self._live[candidates]]
        if self._approved:
            keys = [segment.document(place) for segment, place in self._places(alive)]
            alive = alive[self._approved.may_be_quoted(keys, stands)]
        return alive

    def _places(self, passages: NDArray[np.int64]) -> Iterator[tuple[Segment, int]]:
        """The segment of each passage, and its number there."""
        numbers = np.searchsorted(self._starts, passages, side="right") - 1
        places = (passages - self._starts[numbers]).tolist()
        return ((self.generation.segments[n], p) for n, p in zip(numbers, places, strict=True))

    def _best(self, lexical: Scores) -> NDArray[np.int64]:
        """The best live passages by words."""
        scores = lexical if self._living is None else lexical[self._living]
        if len(scores) > CANDIDATES:
            best = np.argpartition(-scores, CANDIDATES)[:CANDIDATES]
        else:
            best = np.arange(len(scores))
        return best if self._living is None else self._living[best]

    def _similarity(self, vector: Scores, candidates: NDArray[np.int64]) -> Scores:
        result = np.zeros(len(candidates), np.float32)
        for number, segment in enumerate(self.generation.segments):
            here = (candidates >= self._starts[number]) & (candidates < self._starts[number + 1])
            if here.any():
                local = candidates[here] - self._starts[number]
                result[here] = segment.vectors.similarity(vector, local)
        return result

    def _hits(self, passages: NDArray[np.int64], similarity: Scores) -> tuple[Hit, ...]:
        documents = self.generation.documents
        hits: list[Hit] = []
        for (segment, place), alike in zip(
            self._places(passages), similarity.tolist(), strict=True
        ):
            key = segment.document(place)
            hits.append(Hit(key, documents[key], segment.passage(place), similarity=alike))
        return tuple(hits)
