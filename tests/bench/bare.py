"""The libraries alone, over the terms and vectors of an index: bm25s, and FAISS without codes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import bm25s
import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.generations.segment import Segment
from indexer.vectors.encoder import Vectors
from indexer.words.bm25 import K1, B
from indexer.words.postings import Postings


class BareWords:
    """bm25s over stems and 4-grams as one field, made from the postings of the segments.

    `bm25s.BM25.index` wants every passage as a list of strings, which for a million passages
    takes more memory than most machines have. The scores that it would compute are put in their
    places instead (tests/test_bench.py compares), and the searching is bm25s's own.
    """

    def __init__(self, segments: Sequence[Postings]) -> None:
        vocabulary = sorted(set(chain.from_iterable(segment.terms for segment in segments)))
        place = {term: number for number, term in enumerate(vocabulary)}
        places = [
            np.fromiter((place[term] for term in segment.terms), np.int64, len(segment.terms))
            for segment in segments
        ]
        frequency = np.zeros(len(vocabulary), np.int64)
        for segment, here in zip(segments, places, strict=True):
            frequency[here] += np.diff(segment.indptr)
        passages = sum(len(segment.lengths) for segment in segments)
        lengths = [segment.lengths.sum(axis=1).astype(np.float32) for segment in segments]
        mean = float(np.concatenate(lengths).mean())
        idf = np.log(1 + (passages - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
        indptr = np.concatenate([[0], np.cumsum(frequency)])
        data = np.empty(int(indptr[-1]), np.float32)
        indices = np.empty(int(indptr[-1]), np.int32)
        free, first = indptr[:-1].copy(), 0
        for segment, here, length in zip(segments, places, lengths, strict=True):
            held = np.diff(segment.indptr)
            slots = np.repeat(free[here] - segment.indptr[:-1], held) + np.arange(int(held.sum()))
            count = segment.counts.astype(np.float32)
            norm = K1 * (1 - B + B * length[segment.passages] / mean)
            data[slots] = np.repeat(idf[here], held) * count / (count + norm)
            indices[slots] = segment.passages + np.int32(first)
            free[here] += held
            first += len(length)
        self.passages = passages
        self._index = bm25s.BM25(k1=K1, b=B, method="lucene")
        self._index.nonoccurrence_array = None
        self._index.vocab_dict = place
        self._index.unique_token_ids_set = set(place.values())
        self._index.scores = {
            "data": data, "indices": indices, "indptr": indptr, "num_docs": passages
        }  # fmt: skip

    def search(self, terms: Sequence[str], count: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Passages and scores of the best, best first."""
        found = self._index.retrieve(
            [list(terms)], k=min(count, self.passages), show_progress=False
        )
        return found.documents[0], found.scores[0]


class BareVectors:
    """`faiss.IndexFlatIP` over the vectors of all segments.

    FAISS gets one thread: for one question at a time it is quicker than with several, which wait
    for each other. The bare libraries are measured at their best.
    """

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._index = faiss.IndexFlatIP(segments[0].vectors.dimension)
        for segment in segments:
            self._index.add(segment.vectors.vectors())
        self._owners = np.concatenate(
            [
                np.asarray(segment.vectors.owners) + np.int64(first)
                for segment, first in zip(segments, starts(segments), strict=True)
            ]
        )

    def search(self, question: Vectors, count: int) -> NDArray[np.int64]:
        """The passages of the nearest rows, best first."""
        threads = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(1)
        try:
            _, rows = self._index.search(question.reshape(1, -1), min(count, self._index.ntotal))
        finally:
            faiss.omp_set_num_threads(threads)
        passages: NDArray[np.int64] = self._owners[rows[0]]
        return passages


def starts(segments: Sequence[Segment]) -> NDArray[np.int64]:
    """The number of each segment's first passage."""
    return np.cumsum([0, *(len(segment) for segment in segments)], dtype=np.int64)[:-1]
