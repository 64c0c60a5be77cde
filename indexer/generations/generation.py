"""A generation opened for searching, and which one is current."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from indexer.files import replace_text, sha256_of
from indexer.generations.manifest import (
    DOCUMENTS,
    FORMAT,
    MANIFEST,
    DocumentEntry,
    GenerationManifest,
    IndexUnusable,
)
from indexer.generations.segment import Segment
from indexer.vectors.encoder import unit_rows
from indexer.words.bm25 import BM25

BACKGROUND_SAMPLE = 2_048
"""Passage vectors that tell how similar a question is to just any passage."""

_documents = TypeAdapter(dict[str, DocumentEntry])


class Generation:
    """One immutable build of the index, checked file by file when opened. Thread-safe.

    Args:
        verify: compare every checksum; otherwise the names and sizes of the segments' files only.

    Raises:
        IndexUnusable: a file is missing, truncated, changed or foreign, or the format is another.
    """

    def __init__(self, folder: Path, *, verify: bool = True) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)
        self.documents = read_documents(folder)
        self.segments: list[Segment] = []
        for entry in self.manifest.segments:
            part = folder / entry.folder
            if not (part / MANIFEST).is_file():
                raise IndexUnusable("index_damaged", file=part / MANIFEST, what="missing")
            if sha256_of(part / MANIFEST) != entry.sha256:
                raise IndexUnusable("index_damaged", file=part / MANIFEST, what="changed")
            self.segments.append(Segment(part, entry.removed, verify=verify))
        named = {entry.folder for entry in self.manifest.segments} | {MANIFEST, DOCUMENTS}
        if foreign := {p.name for p in folder.iterdir()} - named:
            raise IndexUnusable("index_damaged", file=folder / min(foreign), what="foreign")
        live = {
            part.document
            for segment in self.segments
            for part in segment.manifest.parts
            if part.document not in segment.removed
        }
        if live != self.documents.keys():
            raise IndexUnusable("index_damaged", file=folder / DOCUMENTS, what="changed")
        if sum(int(segment.live.sum()) for segment in self.segments) != self.manifest.passages:
            raise IndexUnusable("index_damaged", file=folder / MANIFEST, what="changed")

    @property
    def id(self) -> str:
        return self.manifest.id

    def hold(self) -> Generation:
        """Open every file now, so that it can be read from when its folder is removed."""
        for segment in self.segments:
            segment.hold()
        return self

    @property
    def live_passages(self) -> int:
        return self.manifest.passages

    @cached_property
    def bm25(self) -> BM25:
        return BM25([segment.postings for segment in self.segments])

    @cached_property
    def background(self) -> NDArray[np.float32]:
        """Vectors of passages spread over the index, shape (at most about 2,048, dimension)."""
        total = sum(segment.vectors.rows for segment in self.segments)
        share = [
            segment.vectors.sample(
                max(1, round(BACKGROUND_SAMPLE * segment.vectors.rows / max(total, 1)))
            )
            for segment in self.segments
        ]
        if not share:
            return np.zeros((0, self.manifest.model.dimension), np.float32)
        return np.concatenate(share)

    @cached_property
    def common_direction(self) -> NDArray[np.float32]:
        """The unit vector of what all passages have in common, shape (dimension,)."""
        if not len(self.background):
            return np.zeros(self.manifest.model.dimension, np.float32)
        direction: NDArray[np.float32] = unit_rows(self.background.mean(axis=0, keepdims=True))[0]
        return direction


def read_manifest(folder: Path) -> GenerationManifest:
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict) and content.get("format") != FORMAT:
            raise IndexUnusable("index_format", folder=folder, found=content.get("format"))
        return GenerationManifest.model_validate(content)
    except FileNotFoundError as error:
        raise IndexUnusable("index_damaged", file=path, what="missing") from error
    except (OSError, ValueError, ValidationError) as error:
        raise IndexUnusable("index_damaged", file=path, what="unreadable") from error


def read_documents(folder: Path) -> dict[str, DocumentEntry]:
    """The documents of a generation, by key.

    Raises:
        IndexUnusable: the file is not the one the manifest was written with.
    """
    path = folder / DOCUMENTS
    if not path.is_file():
        raise IndexUnusable("index_damaged", file=path, what="missing")
    if sha256_of(path) != read_manifest(folder).documents_sha256:
        raise IndexUnusable("index_damaged", file=path, what="changed")
    return _documents.validate_json(path.read_bytes())


def current_folder(index: Path) -> Path:
    """The folder of the generation in use.

    Raises:
        IndexUnusable: no index was built yet, or the pointer names none.
    """
    pointer = index / "current"
    try:
        name = pointer.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise IndexUnusable("no_index", folder=index) from error
    except (OSError, UnicodeDecodeError) as error:
        raise IndexUnusable("index_damaged", file=pointer, what="unreadable") from error
    folder = index / "generations" / name
    if not name or Path(name).name != name or not folder.is_dir():
        raise IndexUnusable("index_damaged", file=pointer, what="changed")
    return folder


def open_current(index: Path, fingerprint: str | None = None) -> Generation:
    """Open and check the generation in use; it stays open whatever becomes of its folder.

    Args:
        fingerprint: of the configured model; a generation of another one is refused.

    Raises:
        IndexUnusable: no index, a damaged one, or one made by another model.
    """
    folder = current_folder(index)
    manifest = read_manifest(folder)
    if fingerprint is not None and manifest.model.fingerprint != fingerprint:
        raise IndexUnusable("index_other_model", model=manifest.model.name)
    return Generation(folder).hold()


def make_current(index: Path, generation: str) -> None:
    replace_text(index / "current", f"{generation}\n")
