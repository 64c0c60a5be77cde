"""Answers that a centre approved for reuse: whether each still stands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.generations.manifest import DocumentEntry

Stands = Callable[[Collection[str]], Collection[str]]
"""Given ids of stored sources that are approved answers: those that may be quoted now."""


class Approved:
    """The approved answers among the documents of a generation. Thread-safe."""

    def __init__(self, documents: Mapping[str, DocumentEntry]) -> None:
        self._sources = {key: entry.id for key, entry in documents.items() if entry.approved}

    def __len__(self) -> int:
        return len(self._sources)

    def may_be_quoted(self, keys: Sequence[str], stands: Stands | None) -> NDArray[np.bool_]:
        """Which passages may be quoted: all but those of approved answers that stand no longer.

        Asked for each question, so that what is withdrawn is gone before the index is built again.

        Args:
            keys: the document of each passage.
            stands: None where nobody can tell; then no approved answer is quoted.

        Returns:
            bool array, shape (passages,).
        """
        sources = [self._sources.get(key) for key in keys]
        found = {source for source in sources if source is not None}
        standing = set(stands(found)) if found and stands is not None else set()
        return np.array([s is None or s in standing for s in sources], np.bool_)
