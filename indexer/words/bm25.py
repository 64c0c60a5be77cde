"""BM25 over the segments of a generation, with a weight for each question term.

The formula is Lucene's, the same as ``bm25s.BM25(method="lucene")``, which the tests compare with.
bm25s itself computes every score when the index is built, so that one added document would change
all of them; counts are kept here instead and the statistics are summed over the segments.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.words.postings import Ints, Postings
from indexer.words.terms import FIELDS

K1 = 1.2
B = 0.75

BLOCK = 2**16
"""Postings that are scored at a time: few enough for the processor's cache, and for the memory of
a machine that holds a million passages; enough that numpy's calls cost nothing beside them."""

LOCATED = 2**16
"""Terms whose places are remembered; 4-grams come again in other questions."""

LONG = 2**13
"""A longer list of postings is searched for the passages wanted; shorter ones are read together."""

Scores = NDArray[np.float32]
Numbers = NDArray[np.int64]
Presence = NDArray[np.bool_]


class Located(NamedTuple):
    """A term's inverse document frequency, and where its postings are.

    For each segment that has it: the segment's number, the postings, and how many they are.
    """

    idf: float
    postings: tuple[tuple[int, slice, int], ...]


class _Block(NamedTuple):
    """Postings of terms of one field in one segment, to be read one after the other."""

    segment: int
    field: int
    columns: list[int]
    slices: list[slice]
    sizes: list[int]


class BM25:
    """Scores the passages of several segments as if they were one. Thread-safe.

    Passages are numbered through, in the order of the segments. Document frequencies count removed
    passages too until their segment is merged, as Lucene does.
    """

    def __init__(self, segments: Sequence[Postings]) -> None:
        self.segments = segments
        self.starts = np.cumsum([0, *(len(each.lengths) for each in segments)], dtype=np.int64)
        self.passages = int(self.starts[-1])
        self.norms = np.empty((len(FIELDS), self.passages), np.float32)
        """What a count is weighed against, by the passage's length: shape (fields, passages)."""
        for field in FIELDS:
            total = sum(segment.length_sums[field] for segment in segments)
            mean = max(total / max(self.passages, 1), 1e-9)
            for segment, start in zip(segments, self.starts, strict=False):
                lengths = segment.lengths[:, field].astype(np.float32)
                here = slice(start, start + len(lengths))
                self.norms[field, here] = K1 * (1 - B + B * lengths / mean)
        # Not a method of this object: the cache would hold the object that holds the cache, and
        # an index that was replaced would stay in memory until the next full garbage collection.
        self.locate = lru_cache(maxsize=LOCATED)(partial(_locate, segments, self.passages))

    def idf(self, term: str) -> float:
        """Inverse document frequency; 0 for a term no passage has."""
        return self.locate(term).idf

    def matches(self, terms: Mapping[str, tuple[float, int]]) -> Matches:
        """Where the terms of a question are.

        Args:
            terms: index term -> (weight, field).
        """
        return Matches(self, terms)


def _locate(segments: Sequence[Postings], passages: int, term: str) -> Located:
    found = [(n, segment.place(term)) for n, segment in enumerate(segments)]
    held = tuple((n, place, place.stop - place.start) for n, place in found if place)
    return Located(_idf(passages, sum(size for *_, size in held)), held)


def _idf(passages: int, frequency: int) -> float:
    if not frequency:
        return 0.0
    return math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))


class Matches:
    """The postings of one question's terms."""

    def __init__(self, bm25: BM25, terms: Mapping[str, tuple[float, int]]) -> None:
        self.bm25 = bm25
        self.columns = {term: column for column, term in enumerate(terms)}
        """The number of each term, in the order given."""
        self._located = [bm25.locate(term) for term in terms]
        self._weights = [weight for weight, _ in terms.values()]
        self._fields = [field for _, field in terms.values()]
        self._blocks = list(self._split())

    def _split(self) -> Iterator[_Block]:
        """All postings in blocks of about `BLOCK`; in each field of a segment the terms come in
        order."""
        blocks = [
            [_Block(segment, field, [], [], []) for field in FIELDS]
            for segment in range(len(self.bm25.segments))
        ]
        for column, (field, located) in enumerate(zip(self._fields, self._located, strict=True)):
            for segment, place, size in located.postings:
                block = blocks[segment][field]
                block.columns.append(column)
                block.slices.append(place)
                block.sizes.append(size)
        for block in chain.from_iterable(blocks):
            for first, last in _cuts(block.sizes):
                here = slice(first, last)
                yield block._replace(
                    columns=block.columns[here], slices=block.slices[here], sizes=block.sizes[here]
                )

    def scores(self) -> Scores:
        """The score of every passage in each field, shape (fields, passages)."""
        bm25 = self.bm25
        result = np.zeros((len(FIELDS), bm25.passages), np.float32)
        pairs = zip(self._weights, self._located, strict=True)
        scales = np.array([weight * located.idf for weight, located in pairs], np.float32)
        for block in self._blocks:
            segment = bm25.segments[block.segment]
            here = slice(bm25.starts[block.segment], bm25.starts[block.segment + 1])
            rows = np.concatenate([segment.passages[s] for s in block.slices], dtype=np.int64)
            counts = np.concatenate([segment.counts[s] for s in block.slices], dtype=np.float32)
            impact = np.repeat(scales[block.columns], block.sizes)
            impact *= counts
            counts += bm25.norms[block.field, here].take(rows)
            impact /= counts
            np.add.at(result[block.field, here], rows, impact)
        return result

    def presence(self, passages: Numbers) -> Presence:
        """Which term is in which of the passages, shape (terms, len(passages))."""
        result = np.zeros((len(self.columns), len(passages)), np.bool_)
        order = np.argsort(passages)
        ascending = passages[order]
        bounds = np.searchsorted(ascending, self.bm25.starts)
        for number, segment in enumerate(self.bm25.segments):
            here = slice(bounds[number], bounds[number + 1])
            local = (ascending[here] - self.bm25.starts[number]).astype(np.int32)
            if len(local):
                self._mark(result[:, here], number, segment, local)
        presence = np.empty_like(result)
        presence[:, order] = result
        return presence

    def _mark(self, result: Presence, number: int, segment: Postings, passages: Ints) -> None:
        """`presence` in one segment."""
        row_of = np.full(len(segment.lengths), -1, np.int16)
        row_of[passages] = np.arange(len(passages), dtype=np.int16)
        for block in self._blocks:
            if block.segment != number:
                continue
            short: list[int] = []
            for i, size in enumerate(block.sizes):
                if size < LONG:
                    short.append(i)
                    continue
                held = segment.passages[block.slices[i]]
                places = np.searchsorted(held, passages)
                result[block.columns[i]] = held.take(places, mode="clip") == passages
            if not short:
                continue
            rows = row_of.take(np.concatenate([segment.passages[block.slices[i]] for i in short]))
            columns = np.repeat([block.columns[i] for i in short], [block.sizes[i] for i in short])
            found = np.flatnonzero(rows >= 0)
            result[columns[found], rows[found]] = True


def _cuts(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last (exclusive) of the runs that sum to about `BLOCK`."""
    first = total = 0
    for place, size in enumerate(sizes):
        if total and total + size > BLOCK:
            yield first, place
            first, total = place, 0
        total += size
    if sizes:
        yield first, len(sizes)
