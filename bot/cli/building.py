"""Building the index from the command line, with progress."""

from __future__ import annotations

from bot.cli.app import App
from indexer.generations.build import Built
from indexer.generations.generation import current_folder
from indexer.generations.manifest import IndexUnusable
from indexer.index import is_behind, rebuild, wanted_documents


def build_index(app: App, *, bundled: bool) -> Built:
    documents = wanted_documents(app.catalogue, bundled=bundled)
    with app.progress("indexing") as progress:
        return rebuild(app.settings, documents, bundled=bundled, progress=progress)


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
