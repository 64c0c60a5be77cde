"""Building the index from the command line, with progress."""

from __future__ import annotations

from bot.cli.app import App
from indexer.generations.build import Built
from indexer.generations.generation import current_folder
from indexer.generations.manifest import IndexUnusable
from indexer.index import is_behind, rebuild, wanted_documents
from indexer.library.catalogue import LibraryDocument


def build_index(app: App, *, bundled: bool) -> Built:
    """Repair what is damaged, tell what cannot be, and index the rest."""
    damaged = app.catalogue.damaged(bundled=bundled)
    lost = {document.id for document in damaged if not _restored(app, document)}
    documents = [
        document
        for document in wanted_documents(app.catalogue, bundled=bundled)
        if document.id not in lost
    ]
    with app.progress("indexing") as progress:
        return rebuild(app.settings, documents, bundled=bundled, progress=progress)


def _restored(app: App, document: LibraryDocument) -> bool:
    restored = app.catalogue.restore(document)
    if not restored:
        app.note("source_damaged", title=document.metadata.title, location=document.location)
    return restored


def ensure_index(app: App) -> None:
    """Build the index on first use; later only tell when the library has moved on."""
    try:
        current_folder(app.settings.index)
    except IndexUnusable as error:
        if error.key != "no_index":
            raise
        app.note("first_index")
        build_index(app, bundled=True)
        return
    if is_behind(app.settings, app.catalogue):
        app.note("index_behind")
