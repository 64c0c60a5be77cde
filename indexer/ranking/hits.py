"""A passage found."""

from __future__ import annotations

from dataclasses import dataclass, replace

from indexer.generations.manifest import DocumentEntry
from indexer.library.stored import StoredPassage


@dataclass(frozen=True)
class Hit:
    """A passage found. `score` is the probability that it, of all candidates, is the one wanted."""

    key: str
    document: DocumentEntry
    passage: StoredPassage
    score: float = 0.0
    similarity: float = 0.0
    coverage: float = 0.0
    """Share of the question's weight (rare words weigh most) that the passage's words cover."""
    also: tuple[Hit, ...] = ()
    """Passages of other documents or editions that say the same, and were folded into this one."""

    def ranked(self, score: float, coverage: float) -> Hit:
        return replace(self, score=score, coverage=coverage)

    @property
    def section(self) -> str:
        """The headings above the passage, without a first one that repeats the title."""
        path = self.passage.path
        title = self.document.metadata.title.casefold()
        return " › ".join(path[1:] if path and path[0].casefold() == title else path)
