"""A FAISS index over the vectors of one segment.

A passage has one vector of its own and one for each typical question it answers; `owners` (int32)
tells which passage each row belongs to, ascending.

Few vectors are compared one by one (float32); many by their codes first
(`indexer.vectors.compressed`). Which it is, and how widely the codes are searched, stands in the
FAISS file; a file that is not what its segment's manifest says is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.vectors.compressed import DEPTH, Recall, compressed
from indexer.vectors.encoder import Vectors

EXACT_ROWS = 16_384
"""Up to so many rows are compared one by one: 0.3 ms for 256 components, one thread."""

VECTORS = "vectors.faiss"
OWNERS = "owners.npy"

Kind = Literal["exact", "compressed"]


@dataclass(frozen=True)
class VectorIndex:
    """Inner product search over unit vectors (cosine). Read-only, so safe to share.

    `recall` is known where codes are used and the index was made just now.
    """

    index: Any
    owners: NDArray[np.int32]
    recall: Recall | None = None

    @classmethod
    def of(
        cls, vectors: Vectors, owners: NDArray[np.int32], *, exact_rows: int | None = None
    ) -> VectorIndex:
        """Index the rows, exactly where there are at most `exact_rows` or codes find too little.

        Args:
            vectors: float32, shape (rows, dimension).
            owners: int32, shape (rows,), ascending.
            exact_rows: `EXACT_ROWS` unless told.
        """
        limit = EXACT_ROWS if exact_rows is None else exact_rows
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        if len(vectors) > limit and (made := compressed(vectors)) is not None:
            return cls(made[0], owners, made[1])
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        return cls(index, owners)

    @classmethod
    def load(cls, folder: Path) -> VectorIndex:
        """Open the files memory-mapped.

        Raises:
            OSError, ValueError, RuntimeError: they are missing, or not what FAISS or numpy wrote.
        """
        index = faiss.read_index(str(folder / VECTORS), faiss.IO_FLAG_MMAP_IFC)
        return cls(index, np.load(folder / OWNERS, mmap_mode="r", allow_pickle=False))

    def save(self, folder: Path) -> None:
        # Through bytes: faiss.write_index reports a full disk as a RuntimeError without errno.
        (folder / VECTORS).write_bytes(faiss.serialize_index(self.index).data)
        np.save(folder / OWNERS, self.owners, allow_pickle=False)

    @property
    def rows(self) -> int:
        return int(self.index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self.index.d)

    @property
    def kind(self) -> Kind:
        return "compressed" if isinstance(self.index, faiss.IndexRefine) else "exact"

    @property
    def widening(self) -> float:
        """How many times the wanted rows are ranked by their vectors; 1 where all are."""
        return float(self.index.k_factor) if self.kind == "compressed" else 1.0

    @cached_property
    def _stored(self) -> Any:
        """The part that holds the vectors themselves (float32, or float16 beside codes)."""
        if self.kind == "compressed":
            return faiss.downcast_index(self.index.refine_index)
        return self.index

    def vectors(self) -> Vectors:
        """All vectors, shape (rows, dimension)."""
        if not self.rows:
            return np.zeros((0, self.dimension), np.float32)
        vectors: Vectors = self._stored.reconstruct_n(0, self.rows)
        return vectors

    def search(self, question: Vectors, count: int) -> tuple[Vectors, NDArray[np.int64]]:
        """Scores and passages of the `count` nearest rows, best first."""
        count = min(count, self.rows)
        if not count:
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        # One question gains nothing from OpenMP: waking its threads costs ten times the search.
        faiss.omp_set_num_threads(1)
        # Recall was measured at this depth: with fewer rows to rank it would be lower.
        depth = max(count, min(DEPTH, self.rows)) if self.kind == "compressed" else count
        scores, rows = self.index.search(question.reshape(1, -1), depth)
        scores, rows = scores[0, :count], rows[0, :count]
        found = rows >= 0
        return scores[found], np.asarray(self.owners)[rows[found]].astype(np.int64)

    def similarity(self, question: Vectors, passages: NDArray[np.int64]) -> Vectors:
        """The best similarity of any row of each of these passages, exact as stored."""
        first = np.searchsorted(self.owners, passages, side="left")
        last = np.searchsorted(self.owners, passages, side="right")
        best = np.zeros(len(passages), np.float32)
        counts = last - first
        has = counts > 0
        if has.any():
            starts = np.cumsum(counts) - counts
            rows = np.repeat(first - starts, counts) + np.arange(counts.sum())
            similarities = self._stored.reconstruct_batch(rows) @ question
            best[has] = np.maximum.reduceat(similarities, starts[has])
        return best

    def sample(self, count: int) -> Vectors:
        """About `count` vectors spread evenly over the rows."""
        rows = np.arange(0, self.rows, max(1, self.rows // max(count, 1)))
        if not len(rows):
            return np.zeros((0, self.dimension), np.float32)
        sample: Vectors = self._stored.reconstruct_batch(rows)
        return sample
