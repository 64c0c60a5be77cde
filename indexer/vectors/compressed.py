"""Short codes for a quick first look at many vectors, with the vectors themselves for the ranking.

Product quantization: each pair of components is one of 16 (4 bits), so that a register holds the
whole table of similarities ("fast scan"; André et al., "Cache locality is not enough", 2015). The
best rows by code are ranked by their vectors, kept as float16, which only those rows are read from.

Chosen over inverted lists and HNSW because a question is unlike any passage (its best one has a
cosine of 0.3 with the embedded model), so that its neighbours are spread over all lists: of 65,536
passages, one thread, tuning questions, recall of the ten best:

    exact, float32                2.0 ms
    512 lists, 256 of them read   0.8 ms   0.991
    HNSW 32, efSearch 256         0.6 ms   0.926
    codes, 4 x 200 rows ranked    0.24 ms  0.999
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.vectors.encoder import Vectors, unit_rows

NAME = "PQ{parts}x4fs,Refine(SQfp16)"
COMPONENTS_OF_PART = 2
CENTROIDS = 16

BEST = 10
LEAST_RECALL = 0.98
"""Share of the exact `BEST` that must be found."""

DEPTH = 200
"""Rows that a search ranks at least, and that recall is measured among: twice the candidates that
the search takes from each leg (indexer.search.CANDIDATES)."""

LEAST_DEEP_RECALL = 0.95
"""Share of the exact `DEPTH` that must be found. Those further down seldom become an answer."""

WIDENINGS = (2, 4, 8, 16)
"""How many times the wanted rows are ranked by their vectors; the first that is enough."""

PROBES = 256
NOISE = 2.0
"""A probe is a row with noise of twice its length: recall is then a little lower than that of the
tuning questions (0.952 and 0.969 of the best 200), while rows alone flatter (0.996)."""

SEED = 2026


@dataclass(frozen=True)
class Recall:
    """Shares of the exact `BEST` and `DEPTH` rows that were found, on average."""

    best: float
    deep: float

    @property
    def enough(self) -> bool:
        return self.best >= LEAST_RECALL and self.deep >= LEAST_DEEP_RECALL


def compressed(vectors: Vectors) -> tuple[Any, Recall] | None:
    """An index of codes that finds what exact search finds, and how well it does.

    The same vectors give the same bytes, however many threads FAISS has.

    Args:
        vectors: float32, shape (rows, dimension), rows of unit length or zero.

    Returns:
        The FAISS index with its widening (`k_factor`) set; None if no widening is enough, or these
        vectors cannot be coded.
    """
    rows, dimension = vectors.shape
    if dimension % COMPONENTS_OF_PART or rows < max(CENTROIDS, DEPTH):
        return None
    name = NAME.format(parts=dimension // COMPONENTS_OF_PART)
    index: Any = faiss.index_factory(dimension, name, faiss.METRIC_INNER_PRODUCT)
    with one_thread():
        index.train(vectors)
    index.add(vectors)
    asked = probes(vectors)
    _, exact = faiss.knn(asked, vectors, DEPTH, metric=faiss.METRIC_INNER_PRODUCT)
    for widening in WIDENINGS:
        index.k_factor = widening
        recall = recall_of(index, asked, exact)
        if recall.enough:
            return index, recall
    return None


@contextmanager
def one_thread() -> Iterator[None]:
    """FAISS works in the calling thread alone.

    Training is thousands of steps of a few microseconds (25 for each pair of components), and with
    several threads each step waits for the slowest: of 65,536 rows 1.3 s and not 8.7 to 29 on two
    cores that other work kept busy, 0.65 s of processor time and not 5.3 to 13.5. The bytes are
    the same.
    """
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def probes(vectors: Vectors) -> Vectors:
    """Made-up questions: rows with noise, shape (at most `PROBES`, dimension), of unit length."""
    draw = np.random.default_rng(SEED)
    chosen = draw.choice(len(vectors), min(PROBES, len(vectors)), replace=False)
    noise = unit_rows(draw.standard_normal((len(chosen), vectors.shape[1])))
    return unit_rows(vectors[chosen] + NOISE * noise)


def recall_of(index: Any, asked: Vectors, exact: NDArray[np.int64]) -> Recall:
    """Recall of an index, given the exact `DEPTH` rows of each question, best first."""
    _, found = index.search(asked, DEPTH)

    def share(count: int) -> float:
        pairs = zip(found[:, :count], exact[:, :count], strict=True)
        return float(np.mean([np.isin(right, mine).mean() for mine, right in pairs]))

    return Recall(share(BEST), share(DEPTH))
