"""Adding files and folders to the library, one outcome for each file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from indexer.documents import UnreadableDocument
from indexer.library.catalogue import Catalogue
from indexer.library.shelf import sidecar_of
from knowledge.messages import Message


@dataclass(frozen=True)
class Added:
    """What became of one file.

    `reason` says why one that failed could not be added; `same_as` is where the other copy of a
    duplicate is.
    """

    path: Path
    outcome: Literal["added", "changed", "unchanged", "duplicate", "failed", "skipped"]
    reason: Message | None = None
    same_as: str = ""


def documents_below(path: Path) -> Iterator[Path]:
    """The files of a folder in a stable order, or the file itself.

    Hidden files are left out, and a folder that was already walked (a link that loops) too. A
    folder that cannot be read comes out itself, so that it is told.
    """
    if not path.is_dir():
        yield path
        return
    seen: set[tuple[int, int]] = set()
    closed: list[OSError] = []
    for folder, folders, names in os.walk(path, followlinks=True, onerror=closed.append):
        state = Path(folder).stat()
        if (state.st_dev, state.st_ino) in seen:
            folders.clear()
            continue
        seen.add((state.st_dev, state.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and not sidecar_of(Path(folder, name)):
                yield Path(folder, name)
    for error in closed:
        yield Path(error.filename)


def add_file(catalogue: Catalogue, path: Path, *, named: bool) -> Added:
    """Add one file.

    Args:
        named: the user named this very file, so it is read whatever its suffix.
    """
    # Imported late: the readers of PDF and HTML are not needed by any other command.
    from indexer.loaders import EXTENSIONS

    try:
        if path.is_dir():  # only one that could not be walked comes here
            return Added(path, "failed", Message("add_folder_closed"))
        if not named and path.suffix.lower() not in EXTENSIONS:
            return Added(path, "skipped")
        if not path.is_file():
            return Added(path, "failed", Message("add_no_file"))
        if not _storable_name(path):
            return Added(path, "failed", Message("add_bad_name"))
        filed = catalogue.file(path, origin="file", location=str(path.resolve()))
    except UnreadableDocument as error:
        return Added(path, "failed", error.message)
    except PermissionError:
        return Added(path, "failed", Message("add_file_closed"))
    return Added(path, filed.outcome, same_as=filed.same_as or "")


def _storable_name(path: Path) -> bool:
    """Whether the name is text: Linux allows any bytes in one, the database does not."""
    try:
        str(path.resolve()).encode()
    except UnicodeEncodeError:
        return False
    return True
