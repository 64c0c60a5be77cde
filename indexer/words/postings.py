"""An inverted index over the passages of one segment, as plain arrays that are memory-mapped.

Files: `terms.txt` (sorted, one a line), `indptr.npy` (int64, terms + 1), `passages.npy` (int32)
and `counts.npy` (uint16): the passages that hold term *t*, with how often, are the slice
`indptr[t]:indptr[t + 1]`. `lengths.npy` (int32, passages x fields) has each passage's length.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.words.terms import FIELDS, terms_of, words

Ints = NDArray[np.int32]
MAX_COUNT = np.iinfo(np.uint16).max


class _WordIds(NamedTuple):
    """The term numbers of one word, and how many it has in each field."""

    terms: NDArray[np.int64]
    lengths: tuple[int, ...]


def _learn(word: str, known: dict[str, _WordIds], ids: dict[str, int]) -> _WordIds:
    every = terms_of(word)
    numbers = [ids.setdefault(term, len(ids)) for term, _ in every]
    kinds = [kind for _, kind in every]
    lengths = tuple(map(kinds.count, FIELDS))
    known[word] = _WordIds(np.asarray(numbers, np.int64), lengths)
    return known[word]


@dataclass(frozen=True)
class Postings:
    """The inverted index of one segment. Read-only, so safe to share between threads."""

    terms: Sequence[str]
    indptr: NDArray[np.int64]
    passages: Ints
    counts: NDArray[np.uint16]
    lengths: Ints

    @classmethod
    def of(cls, texts: Iterable[str]) -> Postings:
        """Index the texts; passage *i* is the *i*-th text."""
        ids: dict[str, int] = {}
        known: dict[str, _WordIds] = {}
        terms: list[NDArray[np.int64]] = []
        counts: list[NDArray[np.uint16]] = []
        lengths: list[Ints] = []
        for text in texts:
            found = [known.get(word) or _learn(word, known, ids) for word in words(text)]
            every = [word.terms for word in found] or [np.zeros(0, np.int64)]
            unique, count = np.unique(np.concatenate(every), return_counts=True)
            terms.append(unique)
            counts.append(np.minimum(count, MAX_COUNT).astype(np.uint16))
            lengths.append(np.sum([word.lengths for word in found] or [(0, 0)], axis=0))
        sizes = [len(column) for column in terms]
        return cls._assemble(
            list(ids),
            np.concatenate(terms or [np.zeros(0, np.int64)]),
            np.repeat(np.arange(len(sizes), dtype=np.int32), sizes),
            np.concatenate(counts or [np.zeros(0, np.uint16)]),
            np.asarray(lengths, np.int32).reshape(-1, len(FIELDS)),
        )

    @classmethod
    def joined(cls, parts: Sequence[tuple[Postings, NDArray[np.bool_]]]) -> Postings:
        """One index of several: the passages kept by each mask, in order, renumbered.

        Every part is written straight to its places in the result, so that this takes the memory
        of the result and of one part.
        """
        vocabulary = sorted({term for part, _ in parts for term in part.terms})
        position = {term: i for i, term in enumerate(vocabulary)}
        frequency = np.zeros(len(vocabulary), np.int64)
        places: list[NDArray[np.int64]] = []
        held: list[NDArray[np.int64]] = []
        for part, keep in parts:
            place = np.fromiter((position[term] for term in part.terms), np.int64, len(part.terms))
            so_far = np.concatenate([[0], np.cumsum(keep[part.passages], dtype=np.int64)])
            places.append(place)
            held.append(np.diff(so_far[part.indptr]))
            frequency[place] += held[-1]
        indptr = np.concatenate([[0], np.cumsum(frequency)])
        passages = np.empty(int(indptr[-1]), np.int32)
        counts = np.empty(int(indptr[-1]), np.uint16)
        free, offset = indptr[:-1].copy(), 0
        for (part, keep), place, size in zip(parts, places, held, strict=True):
            kept = keep[part.passages]
            first = np.repeat(free[place] - (np.cumsum(size) - size), size)
            slots = first + np.arange(len(first))
            renumbered = np.cumsum(keep, dtype=np.int32) - 1 + offset
            passages[slots] = renumbered[part.passages[kept]]
            counts[slots] = part.counts[kept]
            free[place] += size
            offset += int(keep.sum())
        lengths = np.concatenate([part.lengths[keep] for part, keep in parts])
        # A word that only dropped passages had must not stay: it may be one that had to go.
        left = frequency > 0
        terms = [term for term, kept in zip(vocabulary, left, strict=True) if kept]
        return cls(terms, np.append(indptr[:-1][left], indptr[-1]), passages, counts, lengths)

    @classmethod
    def _assemble(
        cls,
        vocabulary: list[str],
        term_column: NDArray[np.int64],
        passage_column: Ints,
        count_column: NDArray[np.uint16],
        lengths: Ints,
    ) -> Postings:
        order = sorted(range(len(vocabulary)), key=vocabulary.__getitem__)
        rank = np.empty(len(vocabulary), np.int64)
        rank[order] = np.arange(len(vocabulary))
        term_column = rank[term_column] if len(vocabulary) else term_column
        sequence = np.argsort(term_column, kind="stable")
        indptr = np.zeros(len(vocabulary) + 1, np.int64)
        np.cumsum(np.bincount(term_column, minlength=len(vocabulary)), out=indptr[1:])
        return cls(
            [vocabulary[i] for i in order],
            indptr,
            passage_column[sequence].astype(np.int32),
            count_column[sequence].astype(np.uint16),
            lengths,
        )

    def save(self, folder: Path) -> None:
        (folder / "terms.txt").write_text("\n".join(self.terms), encoding="utf-8")
        for name in ("indptr", "passages", "counts", "lengths"):
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Postings:
        text = (folder / "terms.txt").read_text(encoding="utf-8")
        arrays = {
            # A slice of `np.memmap` takes ten times as long as one of the array it is.
            name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))
            for name in ("indptr", "passages", "counts", "lengths")
        }
        return cls(text.split("\n") if text else [], **arrays)

    @cached_property
    def length_sums(self) -> tuple[int, ...]:
        """Total length of all passages in each field."""
        return tuple(int(total) for total in self.lengths.sum(axis=0, dtype=np.int64))

    def place(self, term: str) -> slice | None:
        """Where the term's postings stand in `passages` and `counts`."""
        place = bisect_left(self.terms, term)
        if place == len(self.terms) or self.terms[place] != term:
            return None
        return slice(int(self.indptr[place]), int(self.indptr[place + 1]))

    def find(self, term: str) -> tuple[Ints, NDArray[np.uint16]] | None:
        """The passages that hold the term, ascending, and its count in each."""
        place = self.place(term)
        return None if place is None else (self.passages[place], self.counts[place])
