"""A FAISS index over the vectors of one segment.

A passage has one vector of its own and one for each typical question it answers; `owners` (int32)
tells which passage each row belongs to, ascending.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.vectors.encoder import Vectors


@dataclass(frozen=True)
class VectorIndex:
    """Inner product search over unit vectors (cosine). Read-only, so safe to share."""

    index: Any
    owners: NDArray[np.int32]

    @classmethod
    def of(cls, vectors: Vectors, owners: NDArray[np.int32]) -> VectorIndex:
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index, owners)

    @classmethod
    def load(cls, folder: Path) -> VectorIndex:
        index = faiss.read_index(str(folder / "vectors.faiss"), faiss.IO_FLAG_MMAP_IFC)
        return cls(index, np.load(folder / "owners.npy", mmap_mode="r", allow_pickle=False))

    def save(self, folder: Path) -> None:
        # Through bytes: faiss.write_index reports a full disk as a RuntimeError without errno.
        (folder / "vectors.faiss").write_bytes(faiss.serialize_index(self.index).tobytes())
        np.save(folder / "owners.npy", self.owners, allow_pickle=False)

    @property
    def rows(self) -> int:
        return int(self.index.ntotal)

    def vectors(self) -> Vectors:
        """All vectors, shape (rows, dimension)."""
        if not self.rows:
            return np.zeros((0, self.index.d), np.float32)
        vectors: Vectors = self.index.reconstruct_n(0, self.rows)
        return vectors

    def search(self, question: Vectors, count: int) -> tuple[Vectors, NDArray[np.int64]]:
        """Scores and passages of the `count` nearest rows, best first."""
        count = min(count, self.rows)
        if not count:
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        # One question gains nothing from OpenMP: waking its threads costs ten times the search.
        faiss.omp_set_num_threads(1)
        scores, rows = self.index.search(question.reshape(1, -1), count)
        return scores[0], np.asarray(self.owners)[rows[0]].astype(np.int64)

    def similarity(self, question: Vectors, passages: NDArray[np.int64]) -> Vectors:
        """The best similarity of any row of each of these passages."""
        first = np.searchsorted(self.owners, passages, side="left")
        last = np.searchsorted(self.owners, passages, side="right")
        best = np.zeros(len(passages), np.float32)
        counts = last - first
        has = counts > 0
        if has.any():
            starts = np.cumsum(counts) - counts
            rows = np.repeat(first - starts, counts) + np.arange(counts.sum())
            similarities = self.index.reconstruct_batch(rows) @ question
            best[has] = np.maximum.reduceat(similarities, starts[has])
        return best

    def sample(self, count: int) -> Vectors:
        """About `count` vectors spread evenly over the rows."""
        step = max(1, self.rows // max(count, 1))
        rows = range(0, self.rows, step)
        if not rows:
            return np.zeros((0, self.index.d), np.float32)
        return np.stack([self.index.reconstruct(row) for row in rows])
