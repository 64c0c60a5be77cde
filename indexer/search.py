"""From a question to a ranked list of passages: words and vectors, fused."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from indexer.coverage import Coverage
from indexer.editions import superseded, without_years, years_in
from indexer.expectation import bonus, expected
from indexer.generations.generation import Generation
from indexer.generations.manifest import DocumentEntry
from indexer.language import Language
from indexer.library.stored import StoredPassage
from indexer.vectors.encoder import Encoder, unit_rows
from indexer.words.asked import (
    AskedWord,
    asked_words,
    flat,
    leans,
    own_words,
    question_terms,
    subject_of,
)
from indexer.words.terms import GRAM, STEM

STEM_SHARE = 0.4
"""Share of stems against 4-grams within the lexical leg; chosen on NorQuAD (docs/evaluation.md)."""

VECTOR_SHARE = 0.35
"""Share of the vector leg against the lexical one; chosen on NorQuAD (docs/evaluation.md)."""

THREAD_SHARE = 0.4
"""Weight of the words of the turn before in a follow-up question."""

TRANSLATED_SHARE = 0.75
"""Weight of the Norwegian words for an English question, against the question, in its vector.
Norwegian questions gain nothing from such words in the vector (tuning questions)."""

COMMON_SHARE = 0.5
"""How much of what all passages have in common is taken out of the question's vector, so that a
word such as «frisklivssentral» does not draw it to whichever passage repeats it most. Recall is
the same from 0 to 0.75 on the tuning questions; a full 1 costs a little on NorQuAD."""

OTHER_EDITION_PENALTY = 1.0
"""In standard deviations: another edition answers better, so this one comes after it."""

CANDIDATES = 200
"""Passages of each leg that are scored by both."""

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Hit:
    """A passage found. `score` is in standard deviations above just any passage."""

    key: str
    document: DocumentEntry
    passage: StoredPassage
    score: float
    similarity: float
    coverage: float = 0.0
    """Share of the question's weight (rare words weigh most) that the passage's words cover."""

    @property
    def section(self) -> str:
        """The headings above the passage, without a first one that repeats the title."""
        path = self.passage.path
        title = self.document.metadata.title.casefold()
        return " › ".join(path[1:] if path and path[0].casefold() == title else path)


@dataclass(frozen=True)
class Results:
    """`hits`, best first, and what the search knows about the question itself."""

    hits: tuple[Hit, ...]
    known: float
    """Share of the question's weight that occurs anywhere in the index."""

    asked: tuple[AskedWord, ...] = ()
    """The words that were searched for, those of the thread included."""


class Searcher:
    """Searches one generation. Thread-safe."""

    def __init__(self, generation: Generation, encoder: Encoder) -> None:
        self.generation = generation
        self._encoder = encoder
        counts = [len(segment) for segment in generation.segments]
        self._starts = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
        self._live = np.concatenate([s.live for s in generation.segments] or [np.ones(0, bool)])

    def search(
        self,
        question: str,
        *,
        language: Language,
        thread: Sequence[str] = (),
        top: int = 10,
    ) -> Results:
        """The `top` passages for a question.

        Args:
            thread: earlier questions of the same thread, oldest first; the last one that says what
                it is about lends its words to a follow-up.
        """
        asked = asked_words(question, language)
        earlier = subject_of(thread) if leans(question, asked) else ""
        if earlier:
            if years_in(question):  # «og i 2019?» asks of another year than the turn before
                earlier = without_years(earlier)
            asked += asked_words(earlier, language, THREAD_SHARE)
        weights = flat(asked)
        lexical = self._lexical(weights)
        translated = weights if language == "en" else ()
        vector = self._question_vector(question, earlier, translated)
        candidates = self._candidates(lexical, vector)
        similarity = self._similarity(vector, candidates)
        fused = (1 - VECTOR_SHARE) * lexical[candidates]
        fused += VECTOR_SHARE * self._vector_z(vector, similarity)
        order = np.argsort(-fused, kind="stable")[: max(CANDIDATES // 4, top)]
        covers = Coverage(asked, self.generation.bm25)
        hits = [self._hit(int(candidates[i]), float(fused[i]), float(similarity[i])) for i in order]
        ranked = self._by_structure(hits, question, asked, covers)
        covered = (replace(hit, coverage=covers.of(hit.passage)) for hit in ranked[:top])
        return Results(tuple(covered), covers.known, tuple(asked))

    def _lexical(self, weights: Mapping[str, float]) -> Scores:
        """Both lexical fields fused, in standard deviations, for every passage of the index.

        A field that nothing is found in (stems, when every word is misspelt) leaves its share to
        the other.
        """
        scores = self.generation.bm25.scores(question_terms(dict(weights)))
        fields = [np.concatenate(scores[f] or [np.zeros(0, np.float32)]) for f in (STEM, GRAM)]
        stems, grams = (self._z(field) for field in fields)
        share = STEM_SHARE if stems.any() else 0.0
        return share * stems + (1 - share) * grams

    def _z(self, scores: Scores) -> Scores:
        live = scores[self._live]
        spread = float(live.std()) if len(live) else 0.0
        if spread < 1e-9:
            return np.zeros_like(scores)
        result: Scores = (scores - live.mean()) / spread
        return result

    def _question_vector(self, question: str, earlier: str, translated: Collection[str]) -> Scores:
        vector = self._encoder.encode_question(question)
        if translated:
            other = self._encoder.encode_question(" ".join(translated))
            vector = vector + TRANSLATED_SHARE * other
            vector = unit_rows(vector.reshape(1, -1))[0]
        if earlier:
            vector = vector + THREAD_SHARE * self._encoder.encode_question(earlier)
        vector = unit_rows(vector.reshape(1, -1))[0]
        common = self.generation.common_direction
        apart: Scores = vector - COMMON_SHARE * (vector @ common) * common
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

    def _candidates(self, lexical: Scores, vector: Scores) -> NDArray[np.int64]:
        best = np.flatnonzero(self._live)
        if len(best) > CANDIDATES:
            best = best[np.argpartition(-lexical[best], CANDIDATES)[:CANDIDATES]]
        found = [best]
        for start, segment in zip(self._starts, self.generation.segments, strict=False):
            _, passages = segment.vectors.search(vector, CANDIDATES)
            found.append(passages + start)
        candidates = np.unique(np.concatenate(found))
        alive: NDArray[np.int64] = candidates[self._live[candidates]].astype(np.int64)
        return alive

    def _similarity(self, vector: Scores, candidates: NDArray[np.int64]) -> Scores:
        result = np.zeros(len(candidates), np.float32)
        for number, segment in enumerate(self.generation.segments):
            here = (candidates >= self._starts[number]) & (candidates < self._starts[number + 1])
            if here.any():
                local = candidates[here] - self._starts[number]
                result[here] = segment.vectors.similarity(vector, local)
        return result

    def _hit(self, passage: int, score: float, similarity: float) -> Hit:
        number = int(np.searchsorted(self._starts, passage, side="right")) - 1
        segment = self.generation.segments[number]
        local = passage - int(self._starts[number])
        stored = segment.passage(local)
        key = segment.document(local)
        return Hit(
            key=key,
            document=self.generation.documents[key],
            passage=stored,
            score=score,
            similarity=similarity,
        )

    @staticmethod
    def _by_structure(
        hits: Sequence[Hit],
        question: str,
        asked: Sequence[AskedWord],
        covers: Coverage,
    ) -> list[Hit]:
        """The hits ranked again by edition and by the kind of answer they hold."""
        years = years_in(question)
        worse = superseded({hit.key: hit.document.metadata for hit in hits}.items(), years)
        expectation = expected(question)
        telling, own = covers.telling, own_words(asked)
        ranked = [
            replace(
                hit,
                score=hit.score
                - (OTHER_EDITION_PENALTY if hit.key in worse else 0.0)
                + bonus(hit.passage, expectation, own, telling, years=years),
            )
            for hit in hits
        ]
        return sorted(ranked, key=lambda hit: -hit.score)
