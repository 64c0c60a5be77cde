"""Approved answers that were taken away: which folders of the index hold them, and what goes.

What a centre's answer said may have had to go. So a segment that holds an answer that is taken away
is written again without it in the next build, and no generation that holds one is kept for readers
that have not moved on: what they have open (`Generation.hold`) they go on reading.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from indexer.generations.generation import current_folder, read_documents
from indexer.generations.manifest import MANIFEST, DocumentEntry, IndexUnusable, SegmentManifest
from indexer.library.catalogue import LibraryDocument


def approved(documents: Mapping[str, DocumentEntry]) -> set[str]:
    """The keys of those that are approved answers."""
    return {key for key, document in documents.items() if document.approved}


def holds_forgotten(generation: Path, wanted: Collection[str]) -> bool:
    """Whether a generation holds an approved answer that is not among the wanted documents (ids).

    True too where it does not tell: then nobody can read from it either.
    """
    try:
        documents = read_documents(generation)
    except IndexUnusable:
        return True
    return any(documents[key].id not in wanted for key in approved(documents))


def needed(index: Path, wanted: Sequence[LibraryDocument]) -> bool:
    """Whether the index holds, anywhere, an approved answer that is not wanted.

    Of what an interrupted build left only the keys are known: any that is not wanted counts.
    """
    ids = {document.id for document in wanted}
    keys = {document.key for document in wanted}
    return any(holds_forgotten(folder, ids) for folder in _folders(index / "generations")) or any(
        not _keys(folder) <= keys for folder in _folders(index / "segments")
    )


def clean(index: Path, keep: Collection[str], wanted: Iterable[LibraryDocument]) -> None:
    """Remove what nobody reads: loose segments, and all generations but some.

    Call it under the lock of builds.

    Args:
        keep: names of generations; those of them that hold what had to go are removed too, but
            never the one in use.
    """
    ids = {document.id for document in wanted}
    try:
        current = current_folder(index).name
    except IndexUnusable:
        current = ""
    for folder in _folders(index / "generations"):
        if folder.name == current:
            continue
        if folder.name not in keep or holds_forgotten(folder, ids):
            shutil.rmtree(folder, ignore_errors=True)
    for folder in _folders(index / "segments"):
        shutil.rmtree(folder, ignore_errors=True)


def clear(index: Path) -> None:
    """Where no document is wanted any longer: remove the index, if it holds approved answers.

    Call it under the lock of builds.
    """
    if needed(index, ()):
        (index / "current").unlink(missing_ok=True)
        clean(index, (), ())


def _folders(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _keys(segment: Path) -> set[str]:
    try:
        said = SegmentManifest.model_validate_json((segment / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return {""}  # half written, or damaged: of no use to anybody
    return {part.document for part in said.parts}
