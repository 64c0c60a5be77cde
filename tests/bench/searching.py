"""A search against bm25s and FAISS alone, and what the parts of a search take."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import bm25s
import faiss
import numpy as np

from indexer.coverage import Coverage
from indexer.language import Language
from indexer.search import CANDIDATES, Searcher
from indexer.words.asked import asked_words, flat, question_terms
from indexer.words.bm25 import K1, B
from indexer.words.terms import terms_of, words

from .library import BenchHome
from .timing import Row, compared, in_turns, seconds, timed

QUESTIONS = Path(__file__).parent.parent / "questions" / "tune.jsonl"

Place = tuple[object, str]
"""Something with a method, and the method's name."""


def parts_of(searcher: Searcher) -> dict[str, list[Place]]:
    """Part of a search -> the methods that do it; none of them calls another one here."""
    return {
        "lexical": [(searcher, "_lexical")],
        "vectors": [(searcher, "_question_vector")],
        "candidates": [(searcher, name) for name in ("_candidates", "_similarity", "_vector_z")],
        "hits": [(searcher, "_hit"), (searcher, "_by_structure")],
        "coverage": [(Coverage, "__init__"), (Coverage, "of")],
    }


@dataclass(frozen=True)
class Asked:
    text: str
    language: Language


def questions(count: int) -> list[Asked]:
    """Development questions, spread over the file, in all three languages."""
    lines = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    step = max(1, len(lines) // count)
    return [Asked(line["question"], line["lang"]) for line in lines[::step][:count]]


def measure_search(home: BenchHome, asked: Sequence[Asked], repetitions: int) -> list[Row]:
    """Question to ranked hits, against the two libraries over the same terms and vectors.

    The libraries get the question's terms and its vector ready made; our time includes making them.
    """
    home.build()
    searcher = home.open().open().searcher
    bare = _Bare(searcher, asked)

    def ours() -> None:
        for question in asked:
            searcher.search(question.text, language=question.language)

    taken = in_turns(
        {"ours": timed(ours), "bm25s": timed(bare.words), "faiss": timed(bare.vectors)}, repetitions
    )
    per_question = {name: [t / len(asked) for t in times] for name, times in taken.items()}
    both = [a + b for a, b in zip(per_question["bm25s"], per_question["faiss"], strict=True)]
    mine = per_question["ours"]
    return [
        compared("search", mine, "bm25s + FAISS", both, seconds),
        *_parts(searcher, ours, len(asked), repetitions),
    ]


class _Bare:
    """bm25s (one index over stems and 4-grams) and FAISS over the passages of a searcher.

    FAISS gets one thread: for one question at a time it is quicker than with several, which wait
    for each other. The bare libraries are measured at their best.
    """

    def __init__(self, searcher: Searcher, asked: Sequence[Asked]) -> None:
        segments = searcher.generation.segments
        texts = (
            "\n".join((passage.search_text, *passage.questions))
            for segment in segments
            for passage in map(segment.passage, range(len(segment)))
        )
        corpus = [[term for word in words(text) for term, _ in terms_of(word)] for text in texts]
        self._count = min(CANDIDATES, len(corpus))
        self._words = bm25s.BM25(k1=K1, b=B, method="lucene")
        self._words.index(corpus, show_progress=False)
        vectors = np.concatenate([segment.vectors.vectors() for segment in segments])
        self._vectors = faiss.IndexFlatIP(vectors.shape[1])
        self._vectors.add(vectors)
        encoder = searcher._encoder
        self._asked_vectors = [encoder.encode_question(a.text).reshape(1, -1) for a in asked]
        self._asked_terms = [
            list(question_terms(flat(asked_words(a.text, a.language)))) for a in asked
        ]

    def words(self) -> None:
        for terms in self._asked_terms:
            self._words.retrieve([terms], k=self._count, show_progress=False)

    def vectors(self) -> None:
        threads = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(1)
        try:
            for vector in self._asked_vectors:
                self._vectors.search(vector, self._count)
        finally:
            faiss.omp_set_num_threads(threads)


def _parts(searcher: Searcher, ours: Callable[[], None], asked: int, repetitions: int) -> list[Row]:
    """The share of each part, from runs with a clock around its methods."""
    spent: defaultdict[str, float] = defaultdict(float)

    def clocked(part: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return method(*args, **kwargs)
            finally:
                spent[part] += time.perf_counter() - start

        return run

    parts = parts_of(searcher)
    shares: dict[str, list[float]] = {part: [] for part in (*parts, "the rest")}
    totals: list[float] = []
    with ExitStack() as clocks:
        for part, places in parts.items():
            for owner, name in places:
                method = clocked(part, getattr(owner, name))
                clocks.enter_context(patch.object(owner, name, method))
        for _ in range(repetitions):
            spent.clear()
            total = timed(ours)()
            spent["the rest"] = total - sum(spent.values())
            totals.append(total / asked)
            for part, taken in shares.items():
                taken.append(spent[part] / total)
    whole = median(totals)
    return [
        Row(f"  {part}", seconds(share * whole), "whole search", seconds(whole), share)
        for part, share in ((part, median(taken)) for part, taken in shares.items())
    ]
