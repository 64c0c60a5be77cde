"""A home of its own for the measurements, with a library of made-up documents."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from indexer.generations.generation import current_folder, read_manifest
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
        self._added = 0

    def add(self, texts: Iterable[str]) -> int:
        """Put Markdown documents in the library; returns how many passages they made."""
        incoming = self.folder / "incoming"
        incoming.mkdir(exist_ok=True)
        passages = 0
        for text in texts:
            self._added += 1
            path = incoming / f"{self._added:06}.md"
            path.write_text(text, encoding="utf-8")
            filed = self._catalogue.file(path, origin="file", location=str(path))
            path.unlink()  # the shelf has its own copy
            passages += filed.passages
        return passages

    def documents(self) -> list[LibraryDocument]:
        return self._catalogue.added()

    def passages(self) -> Iterator[StoredPassage]:
        shelf = self._catalogue.shelf
        for document in self.documents():
            yield from shelf.passages(document.id)

    def passage_count(self) -> int:
        return sum(self._catalogue.shelf.passage_count(each.id) for each in self.documents())

    def dimension(self) -> int:
        """Components of a vector. An index must have been built."""
        return read_manifest(current_folder(self.settings.index)).model.dimension

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
