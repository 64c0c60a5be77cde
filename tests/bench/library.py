"""A home of its own for the measurements, with a library of made-up documents."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from indexer.index import Index, rebuild
from indexer.library.catalogue import Catalogue, LibraryDocument
from indexer.library.shelf import Shelf
from indexer.library.stored import StoredPassage
from knowledge.settings import Settings
from knowledge.store import Store


class BenchHome:
    """A FRISKSVAR_HOME without the digests, in an empty folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(home=folder)
        self._store = Store(self.settings.database)
        self._catalogue = Catalogue(self._store, Shelf(self.settings.library))

    def add(self, texts: Iterable[str]) -> int:
        """Put Markdown documents in the library; returns how many passages they made."""
        incoming = self.folder / "incoming"
        incoming.mkdir(exist_ok=True)
        passages = 0
        for text in texts:
            number = len(list(incoming.iterdir()))
            path = incoming / f"{number:05}.md"
            path.write_text(text, encoding="utf-8")
            filed = self._catalogue.file(path, origin="file", location=str(path))
            passages += filed.passages
        return passages

    def documents(self) -> list[LibraryDocument]:
        return self._catalogue.added()

    def passages(self) -> list[StoredPassage]:
        shelf = self._catalogue.shelf
        return [passage for document in self.documents() for passage in shelf.passages(document.id)]

    def build(self, documents: list[LibraryDocument] | None = None) -> None:
        """Bring the index up to date with these documents, or with the whole library.

        Nothing is done when it is.
        """
        rebuild(self.settings, documents or self.documents(), bundled=False)

    def forget_index(self) -> None:
        """As before the first build."""
        shutil.rmtree(self.settings.index, ignore_errors=True)

    def open(self) -> Index:
        return Index(self.settings)

    def bytes_of_index(self) -> int:
        """On disk, in the generation in use; a file with two names counts once."""
        current = (self.settings.index / "current").read_text(encoding="utf-8").strip()
        folder = self.settings.index / "generations" / current
        states = [path.stat() for path in folder.rglob("*") if path.is_file()]
        return sum({state.st_ino: state.st_size for state in states}.values())

    def close(self) -> None:
        self._store.close()
