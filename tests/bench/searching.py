"""A search against bm25s and FAISS alone, and what the parts of a search take."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from indexer import search as search_module
from indexer.coverage import Coverage
from indexer.generations.segment import Segment
from indexer.language import Language
from indexer.search import CANDIDATES, Searcher
from indexer.vectors.encoder import Vectors, load_encoder
from indexer.words.asked import asked_words, flat, question_terms
from indexer.words.bm25 import Matches

from .bare import BareVectors, BareWords, starts
from .library import BenchHome
from .timing import Row, compared, in_turns, seconds, timed

QUESTIONS = Path(__file__).parent.parent / "questions" / "tune.jsonl"

QUESTIONS_ASKED = 40

WHOLE = "whole search"
"""What the parts of a search are compared with."""

ENCODING_LIMIT = 0.001
"""Seconds that encoding a question may take with the embedded model."""

RECALLED = (10, CANDIDATES)
"""The depths at which recall is told: what is answered from, and the candidates of a leg."""

Place = tuple[object, str]
"""Something with a method, and the method's name."""


def parts_of(searcher: Searcher) -> dict[str, list[Place]]:
    """Part of a search -> the methods and functions that do it."""
    return {
        "lexical": [(Matches, "__init__"), (searcher, "_lexical")],
        "vectors": [(searcher, name) for name in ("_question_vector", "_apart")],
        "candidates": [(searcher, name) for name in ("_candidates", "_similarity", "_vector_z")],
        "hits": [(searcher, "_hits")],
        "coverage": [(Coverage, name) for name in ("__init__", "in_texts", "of_present")]
        + [(Matches, "presence")],
        "ranking": [
            (search_module, "structure"),
            (search_module, "fixed_signals"),
            (search_module, "folded"),
        ],
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
    segments = searcher.generation.segments
    words = BareWords([segment.postings for segment in segments])
    vectors = BareVectors(segments)
    terms = [tuple(question_terms(flat(asked_words(a.text, a.language)))) for a in asked]
    encoder = load_encoder(
        home.settings, static_verified=searcher.generation.manifest.model.static_verified
    )
    encoded = [encoder.encode_question(a.text) for a in asked]

    def ours() -> None:
        for question in asked:
            searcher.search(question.text, language=question.language)

    def leg() -> None:
        for vector in encoded:
            vector_leg(segments, vector, CANDIDATES)

    def encode() -> None:
        for question in asked:
            encoder.encode_question(question.text)

    taken = in_turns(
        {
            "ours": timed(ours),
            "bm25s": timed(lambda: [words.search(each, CANDIDATES) for each in terms]),
            "faiss": timed(lambda: [vectors.search(each, CANDIDATES) for each in encoded]),
            "leg": timed(leg),
            "encode": timed(encode),
        },
        repetitions,
    )
    per_question = {name: [t / len(asked) for t in times] for name, times in taken.items()}
    both = [a + b for a, b in zip(per_question["bm25s"], per_question["faiss"], strict=True)]
    mine = per_question["ours"]
    rows = [
        compared("search", mine, "bm25s + FAISS flat", both, seconds),
        compared("search", mine, "bm25s", per_question["bm25s"], seconds),
        compared("vector leg", per_question["leg"], "FAISS flat", per_question["faiss"], seconds),
        compared(
            "encoding a question",
            per_question["encode"],
            "the limit",
            [ENCODING_LIMIT] * len(per_question["encode"]),
            seconds,
        ),
    ]
    for count in RECALLED:
        found = recall(segments, vectors, encoded, count)
        rows.append(Row(f"recall of the {count} nearest", f"{found:.3f}", "exact", "1", found))
    return [*rows, *_parts(searcher, ours, len(asked), repetitions)]


def vector_leg(
    segments: Sequence[Segment], vector: Vectors, count: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Scores and passages of the nearest rows of all segments, best first."""
    found = [segment.vectors.search(vector, count) for segment in segments]
    scores = np.concatenate([score for score, _ in found])
    passages = np.concatenate(
        [mine + first for (_, mine), first in zip(found, starts(segments), strict=True)]
    )
    order = np.argsort(-scores, kind="stable")[:count]
    return scores[order], passages[order]


def recall(
    segments: Sequence[Segment], exact: BareVectors, asked: Sequence[Vectors], count: int
) -> float:
    """Share of the exact nearest passages that are found, on average over the questions."""
    shares = []
    for vector in asked:
        right = exact.search(vector, count)
        _, mine = vector_leg(segments, vector, CANDIDATES)
        shares.append(float(np.isin(right, mine[:count]).mean()))
    return fmean(shares)


def _parts(searcher: Searcher, ours: Callable[[], None], asked: int, repetitions: int) -> list[Row]:
    """The share of each part, from runs with a clock around its methods.

    What one part does within another counts as the outer one's.
    """
    spent: defaultdict[str, float] = defaultdict(float)
    running: list[str] = []

    def clocked(part: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            if running:
                return method(*args, **kwargs)
            running.append(part)
            start = time.perf_counter()
            try:
                return method(*args, **kwargs)
            finally:
                spent[part] += time.perf_counter() - start
                running.clear()

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
        Row(f"  {part}", seconds(share * whole), WHOLE, seconds(whole), share)
        for part, share in ((part, median(taken)) for part, taken in shares.items())
    ]
