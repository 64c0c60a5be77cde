"""The index as the faces see it: built when asked, opened when searched, reloaded when renewed."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.generations.build import Built, Progress, build
from indexer.generations.generation import (
    current_folder,
    open_current,
    read_documents,
    read_manifest,
)
from indexer.generations.manifest import IndexUnusable
from indexer.library.catalogue import Catalogue, LibraryDocument
from indexer.library.shelf import Shelf
from indexer.search import Searcher
from indexer.vectors.encoder import Encoder, fingerprint, load_encoder, model_path
from indexer.vectors.static import StaticEncoder, agrees, is_static
from knowledge.settings import Settings

PROBE_PASSAGES = 256
"""Passages on which the torch-free reading of a static model is compared with the model itself."""


@dataclass(frozen=True)
class Opened:
    """One generation, ready to be searched."""

    searcher: Searcher
    shelf: Shelf

    @property
    def generation(self) -> str:
        return self.searcher.generation.id


class Index:
    """Opens the current generation and keeps it until the next one is there. Thread-safe.

    Args:
        folder: of the index, where it is not the one in use (a trial).
        without: what the search leaves out (`indexer.search.Searcher`).
    """

    def __init__(
        self, settings: Settings, *, folder: Path | None = None, without: Collection[str] = ()
    ) -> None:
        self._settings = settings
        self._folder = folder or settings.index
        self._without = frozenset(without)
        self._shelf = Shelf(settings.library)
        self._opened: Opened | None = None
        self._encoder: Encoder | None = None
        self._guard = threading.Lock()

    def open(self) -> Opened:
        """The generation in use now.

        Raises:
            IndexUnusable: none was built, it is damaged, or another model made it.
            ModelUnavailable: the model cannot be loaded.
        """
        while True:
            folder = current_folder(self._folder)
            try:
                return self._open(folder)
            except (IndexUnusable, FileNotFoundError):
                # A build may have put another in its place, and removed it, in this moment.
                if current_folder(self._folder) == folder:
                    raise

    def _open(self, folder: Path) -> Opened:
        with self._guard:
            if self._opened is not None and self._opened.generation == folder.name:
                return self._opened
            model = fingerprint(self._settings)
            if read_manifest(folder).model.fingerprint != model:
                # A model that cannot be loaded at all is the fault to tell, not the index.
                load_encoder(self._settings)
            generation = open_current(self._folder, model)
            if self._encoder is None or self._encoder.fingerprint != model:
                self._encoder = load_encoder(
                    self._settings, static_verified=generation.manifest.model.static_verified
                )
            searcher = Searcher(generation, self._encoder, self._without)
            self._opened = Opened(searcher, self._shelf)
            return self._opened


def wanted_documents(catalogue: Catalogue, *, bundled: bool) -> list[LibraryDocument]:
    """The documents that belong in the next generation."""
    own = list(catalogue.bundled()) if bundled else []
    added = catalogue.added()
    for document in added:
        catalogue.shelf.reread(document.id)
    return own + added


def rebuild(
    settings: Settings,
    documents: Sequence[LibraryDocument],
    *,
    bundled: bool,
    progress: Progress | None = None,
    folder: Path | None = None,
    shelf: Shelf | None = None,
) -> Built:
    """Bring the index up to date with the library.

    Args:
        folder: of the index, where it is not the one in use.
        shelf: that the passages are read from, where it is not the library's.

    Raises:
        BuildRefused, DiskTrouble, ModelUnavailable: see `indexer.generations.build.build`.
    """
    shelf = shelf or Shelf(settings.library)
    encoder, verified = _build_encoder(settings, shelf, documents)
    return build(
        folder or settings.index,
        shelf,
        documents,
        encoder,
        bundled=bundled,
        static_verified=verified,
        progress=progress,
    )


def prune(settings: Settings, catalogue: Catalogue) -> None:
    """Remove from the shelf what neither the library nor any generation at hand needs."""
    keep = {document.id for document in (*catalogue.bundled(), *catalogue.added())}
    for folder in (settings.index / "generations").iterdir():
        try:
            keep |= {document.id for document in read_documents(folder).values()}
        except IndexUnusable:
            continue  # nobody can read from it
    catalogue.shelf.prune(keep)


def bundled_wanted(settings: Settings) -> bool:
    """Whether the current generation holds the digests; they are wanted unless left out."""
    try:
        return read_manifest(current_folder(settings.index)).bundled
    except IndexUnusable:
        return True


def _build_encoder(
    settings: Settings, shelf: Shelf, documents: Sequence[LibraryDocument]
) -> tuple[Encoder, bool]:
    """The encoder for a build, and whether a static model may be read without torch.

    The first build with a model encodes with sentence-transformers and compares; later builds rely
    on what the first one found.
    """
    path = model_path(settings)
    if path is None or not is_static(path):
        return load_encoder(settings, download=True), False
    try:
        model = read_manifest(current_folder(settings.index)).model
        if model.static_verified and model.fingerprint == fingerprint(settings):
            return load_encoder(settings, static_verified=True), True
    except IndexUnusable:
        pass
    encoder = load_encoder(settings)
    probe: list[str] = []
    for document in documents:
        if len(probe) >= PROBE_PASSAGES:
            break
        probe += [passage.search_text for passage in shelf.passages(document.id)]
    return encoder, agrees(StaticEncoder(path, settings), encoder, probe[:PROBE_PASSAGES])


def indexed_keys(settings: Settings) -> set[str]:
    """The keys of the documents in the current generation; none where it cannot be read."""
    try:
        return set(read_documents(current_folder(settings.index)))
    except IndexUnusable:
        return set()


def is_behind(settings: Settings, catalogue: Catalogue) -> bool:
    """Whether the library holds other documents than the index.

    Raises:
        IndexUnusable: there is no index to compare with.
    """
    folder = current_folder(settings.index)
    indexed = set(read_documents(folder))
    wanted = wanted_documents(catalogue, bundled=read_manifest(folder).bundled)
    return indexed != {document.key for document in wanted}
