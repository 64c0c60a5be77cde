"""A home to work in, as the tests use it."""

from __future__ import annotations

from pathlib import Path

from indexer.index import Index, rebuild, wanted_documents
from indexer.library.adding import add_file, documents_below
from indexer.library.catalogue import Catalogue
from indexer.library.shelf import Shelf
from knowledge.settings import Settings
from knowledge.store import Store


class Home:
    """A FRISKSVAR_HOME with its store and library."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(home=folder)
        self.store = Store(self.settings.database)
        self.catalogue = Catalogue(self.store, Shelf(self.settings.library))

    def add(self, path: Path) -> list[str]:
        return [
            add_file(self.catalogue, file, named=file == path).outcome
            for file in documents_below(path)
        ]

    def build(self, *, bundled: bool = False) -> Index:
        documents = wanted_documents(self.catalogue, bundled=bundled)
        rebuild(self.settings, documents, bundled=bundled)
        return Index(self.settings)
