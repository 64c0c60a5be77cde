"""Indexes built aside, to measure on: the library without its typical questions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from indexer.index import Index, rebuild, wanted_documents
from indexer.library.catalogue import Catalogue, LibraryDocument
from indexer.library.shelf import Shelf
from indexer.library.stored import StoredPassage
from indexer.ranking.weights import SIGNALS
from indexer.words.asked import WORD_LISTS
from knowledge.settings import Settings
from knowledge.store import Store

TYPICAL_QUESTIONS = "typical_questions"
"""The questions that the bundled digests carry with their sections; documents that somebody adds
have none, so what is found without them is what to expect there."""

SWITCHES = (*SIGNALS, "place", *WORD_LISTS, "thread", TYPICAL_QUESTIONS)
"""What `frisksvar evaluate --without` can leave out. Questions are asked in nobody's name, so that
`place` is what the question itself names, and there are no bridges to leave out."""


class UnaskedShelf(Shelf):
    """A shelf whose passages have no typical questions."""

    def passages(self, document: str) -> Iterator[StoredPassage]:
        for passage in super().passages(document):
            yield passage.model_copy(update={"questions": ()})


def unasked_index(
    settings: Settings,
    documents: list[LibraryDocument],
    folder: Path,
    without: Collection[str] = (),
) -> Index:
    """An index of the library's documents without their typical questions, built in `folder`."""
    shelf = UnaskedShelf(settings.library)
    rebuild(settings, documents, bundled=True, folder=folder, shelf=shelf)
    return Index(settings, folder=folder, without=without)


def library_of(settings: Settings) -> list[LibraryDocument]:
    """The digests, filed in the home of `settings`."""
    catalogue = Catalogue(Store(settings.database), Shelf(settings.library))
    return wanted_documents(catalogue, bundled=True)
