"""Building the index from the command line, with progress."""

from __future__ import annotations

import time
from typing import Final

from bot.cli.app import App
from indexer import reuse
from indexer.generations.build import BuildRefused, Built
from indexer.generations.generation import current_folder
from indexer.generations.manifest import IndexUnusable
from indexer.index import indexed_keys, is_behind, prune, rebuild, wanted_documents
from indexer.library.catalogue import LibraryDocument
from knowledge.register.approvals import Approvals

WAIT_SECONDS: Final = 600.0
"""For another process that builds the first index: TimeoutStartSec= of the units."""

LOOK_SECONDS: Final = 0.5


def build_index(app: App, *, bundled: bool) -> Built:
    """Repair what is damaged, tell what cannot be, and index the rest.

    What is new is looked through; everything is when nothing is new, as somebody who was told that
    a source is damaged runs this command.
    """
    approvals = Approvals(app.store)
    reuse.clear(app.catalogue, approvals)
    reuse.file_waiting(app.catalogue, approvals)
    documents = wanted_documents(app.catalogue, bundled=bundled)
    indexed = indexed_keys(app.settings)
    new = [document for document in documents if document.key not in indexed]
    lost = {
        document.id
        for document in new or documents
        if not app.catalogue.shelf.intact(document.id) and not _restored(app, document)
    }
    wanted = [document for document in documents if document.id not in lost]
    with app.progress("indexing") as progress:
        built = rebuild(app.settings, wanted, bundled=bundled, progress=progress)
    prune(app.settings, app.catalogue)
    return built


def _restored(app: App, document: LibraryDocument) -> bool:
    restored = app.catalogue.restore(document)
    if not restored:
        app.note("source_damaged", title=document.metadata.title, location=document.location)
    return restored


def ensure_index(app: App) -> None:
    """Build the index on first use; later only tell when the library has moved on.

    Bot and pages that are started together for the first time both want one: the one that comes
    second waits for the first.
    """
    if not _has_index(app):
        app.note("first_index")
        _first(app)
    elif is_behind(app.settings, app.catalogue):
        app.note("index_behind")


def _has_index(app: App) -> bool:
    try:
        current_folder(app.settings.index)
    except IndexUnusable as error:
        if error.key != "no_index":
            raise
        return False
    return True


def _first(app: App) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while not _has_index(app):
        try:
            build_index(app, bundled=True)
        except BuildRefused as refused:
            if refused.key != "build_running" or time.monotonic() > until:
                raise
            time.sleep(LOOK_SECONDS)
