"""BM25 over the segments of a generation, with a weight for each question term.

The formula is Lucene's, the same as ``bm25s.BM25(method="lucene")``, which the tests compare with.
bm25s itself computes every score when the index is built, so that one added document would change
all of them; counts are kept here instead and the statistics are summed over the segments.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.words.postings import Postings
from indexer.words.terms import FIELDS

K1 = 1.2
B = 0.75
Scores = NDArray[np.float32]


class BM25:
    """Scores the passages of several segments as if they were one. Thread-safe.

    Document frequencies count removed passages too until their segment is merged, as Lucene does.
    """

    def __init__(self, segments: Sequence[Postings]) -> None:
        self._segments = segments
        self.passages = sum(len(segment.lengths) for segment in segments)
        self._norms: list[list[Scores]] = []
        mean = [
            sum(segment.length_sums[field] for segment in segments) / max(self.passages, 1)
            for field in FIELDS
        ]
        for segment in segments:
            self._norms.append(
                [
                    K1 * (1 - B + B * segment.lengths[:, field].astype(np.float32)
                          / max(mean[field], 1e-9))
                    for field in FIELDS
                ]
            )  # fmt: skip

    def idf(self, term: str) -> float:
        """Inverse document frequency; 0 for a term no passage has."""
        found = [segment.find(term) for segment in self._segments]
        return self._idf(sum(len(postings[0]) for postings in found if postings))

    def _idf(self, frequency: int) -> float:
        if not frequency:
            return 0.0
        return math.log(1 + (self.passages - frequency + 0.5) / (frequency + 0.5))

    def scores(self, terms: Mapping[str, tuple[float, int]]) -> list[list[Scores]]:
        """Score every passage.

        Args:
            terms: index term -> (weight, field).

        Returns:
            For each field, for each segment, float32 scores of shape (passages,).
        """
        result = [
            [np.zeros(len(segment.lengths), np.float32) for segment in self._segments]
            for _ in FIELDS
        ]
        for term, (weight, field) in terms.items():
            found = [segment.find(term) for segment in self._segments]
            scale = weight * self._idf(sum(len(item[0]) for item in found if item))
            for number, postings in enumerate(found):
                if postings is None:
                    continue
                passages, counts = postings
                frequency = counts.astype(np.float32)
                norm = self._norms[number][field][passages]
                result[field][number][passages] += scale * frequency / (frequency + norm)
        return result
