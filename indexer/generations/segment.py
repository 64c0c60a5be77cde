"""A segment: some thousand passages with their words and vectors, written once.

Adding a document writes one more segment instead of the whole index (as Lucene does), so the cost
of a build grows with the change. A finished segment also survives a build that is interrupted.
"""

from __future__ import annotations

import mmap
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from indexer.files import new_folder
from indexer.generations.manifest import (
    FORMAT,
    MANIFEST,
    IndexUnusable,
    SegmentManifest,
    SegmentPart,
    VectorIndexEntry,
    check_files,
    sums,
)
from indexer.library.stored import StoredPassage
from indexer.vectors.encoder import Encoder, Vectors
from indexer.vectors.faiss_index import OWNERS, VECTORS, VectorIndex
from indexer.words.postings import Postings

READ_PASSAGES = 2_048
"""Passages of a segment that are kept once read (some 3 kB each): the digests in full."""


class Segment:
    """A finished segment, opened for reading. Thread-safe.

    Args:
        removed: keys of documents whose passages do not count.
        verify: compare every checksum; otherwise the names and sizes of the files only.

    Raises:
        IndexUnusable: its files are not what its manifest says.
    """

    def __init__(self, folder: Path, removed: Collection[str] = (), *, verify: bool = True) -> None:
        self.folder = folder
        self.removed = frozenset(removed)
        try:
            self.manifest = SegmentManifest.model_validate_json(
                (folder / MANIFEST).read_text(encoding="utf-8")
            )
        except (OSError, ValidationError, UnicodeDecodeError) as error:
            raise IndexUnusable(
                "index_damaged", file=folder / MANIFEST, what="unreadable"
            ) from error
        if self.manifest.format != FORMAT:
            raise IndexUnusable("index_format", folder=folder, found=self.manifest.format)
        check_files(folder, self.manifest.files, contents=verify)

    def __len__(self) -> int:
        return self.manifest.passages

    def hold(self) -> None:
        """Open every file that is read later (memory-mapped: nothing is copied but the words)."""
        _ = self.postings, self.vectors, self._lines

    @cached_property
    def postings(self) -> Postings:
        return Postings.load(self.folder)

    @cached_property
    def vectors(self) -> VectorIndex:
        path = self.folder / VECTORS
        try:
            index = VectorIndex.load(self.folder)
        except (OSError, ValueError, RuntimeError) as error:
            raise IndexUnusable("index_damaged", file=path, what="unreadable") from error
        said = self.manifest.vector_index
        wanted = (self.manifest.vectors, self.manifest.dimension, said.kind, said.widening)
        if (index.rows, index.dimension, index.kind, index.widening) != wanted:
            raise IndexUnusable("index_damaged", file=path, what="changed")
        if len(index.owners) != index.rows:
            raise IndexUnusable("index_damaged", file=self.folder / OWNERS, what="changed")
        return index

    @cached_property
    def live(self) -> NDArray[np.bool_]:
        """Which passages count: those of documents that were not removed."""
        mask = np.ones(len(self), np.bool_)
        for part, start in zip(self.manifest.parts, self._starts[:-1], strict=True):
            if part.document in self.removed:
                mask[start : start + part.count] = False
        return mask

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(part.count for part in self.manifest.parts)]

    def document(self, passage: int) -> str:
        """The key of the document that a passage belongs to."""
        place = bisect_right(self._starts, passage) - 1
        return self.manifest.parts[place].document

    @cached_property
    def _lines(self) -> tuple[mmap.mmap, NDArray[np.int64]]:
        with (self.folder / "passages.jsonl").open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        offsets = np.load(self.folder / "offsets.npy", mmap_mode="r", allow_pickle=False)
        return content, offsets

    def line(self, passage: int) -> bytes:
        return _line(*self._lines, passage)

    def passage(self, passage: int) -> StoredPassage:
        return self._read(passage)

    @cached_property
    def _read(self) -> Callable[[int], StoredPassage]:
        # Without `self`: the cache would hold the segment that holds the cache, and a segment that
        # was replaced would stay in memory until the next full garbage collection.
        content, offsets = self._lines

        def read(passage: int) -> StoredPassage:
            return StoredPassage.model_validate_json(_line(content, offsets, passage))

        return lru_cache(maxsize=READ_PASSAGES)(read)


def _line(content: mmap.mmap, offsets: NDArray[np.int64], passage: int) -> bytes:
    return content[int(offsets[passage]) : int(offsets[passage + 1])]


def write_segment(
    folder: Path,
    parts: Sequence[SegmentPart],
    passages: Sequence[StoredPassage],
    encoder: Encoder,
) -> None:
    """Embed and index the passages and write them as the segment `folder`."""
    texts: list[str] = []
    owners: list[int] = []
    for number, passage in enumerate(passages):
        entries = (passage.search_text, *passage.questions)
        texts.extend(entries)
        owners.extend([number] * len(entries))
    _write(
        folder,
        parts,
        encoder.fingerprint,
        ((passage.model_dump_json() + "\n").encode() for passage in passages),
        lambda: Postings.of(
            "\n".join((passage.search_text, *passage.questions)) for passage in passages
        ),
        lambda: (encoder.encode_passages(texts), np.asarray(owners, np.int32)),
    )


def merge_segments(folder: Path, segments: Sequence[Segment]) -> tuple[SegmentPart, ...]:
    """Write the live passages of several segments as one; nothing is embedded again."""
    parts = tuple(
        part
        for segment in segments
        for part in segment.manifest.parts
        if part.document not in segment.removed
    )
    _write(
        folder,
        parts,
        segments[0].manifest.model,
        (
            segment.line(int(number))
            for segment in segments
            for number in np.flatnonzero(segment.live)
        ),
        lambda: Postings.joined([(segment.postings, segment.live) for segment in segments]),
        lambda: _joined_vectors(segments),
    )
    return parts


def _joined_vectors(segments: Sequence[Segment]) -> tuple[Vectors, NDArray[np.int32]]:
    vectors: list[Vectors] = []
    owners: list[NDArray[np.int32]] = []
    offset = 0
    for segment in segments:
        owner = np.asarray(segment.vectors.owners)
        keep = segment.live[owner]
        renumbered = np.cumsum(segment.live, dtype=np.int32) - 1 + offset
        vectors.append(segment.vectors.vectors()[keep])
        owners.append(renumbered[owner[keep]].astype(np.int32))
        offset += int(segment.live.sum())
    return np.concatenate(vectors), np.concatenate(owners)


def _write(
    folder: Path,
    parts: Sequence[SegmentPart],
    model: str,
    lines: Iterable[bytes],
    postings: Callable[[], Postings],
    vectors: Callable[[], tuple[Vectors, NDArray[np.int32]]],
) -> None:
    """Passages, words and vectors are made and written one after the other: at most one of them is
    in memory."""
    with new_folder(folder) as work:
        offsets = [0]
        with (work / "passages.jsonl").open("wb") as file:
            for line in lines:
                offsets.append(offsets[-1] + file.write(line))
        np.save(work / "offsets.npy", np.asarray(offsets, np.int64), allow_pickle=False)
        postings().save(work)
        index = VectorIndex.of(*vectors())
        index.save(work)
        manifest = SegmentManifest(
            format=FORMAT,
            model=model,
            dimension=index.dimension,
            passages=len(offsets) - 1,
            vectors=index.rows,
            vector_index=_entry(index),
            parts=tuple(parts),
            files=sums(work),
        )
        (work / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")


def _entry(index: VectorIndex) -> VectorIndexEntry:
    if index.recall is None:
        return VectorIndexEntry()
    return VectorIndexEntry(
        kind=index.kind,
        widening=index.widening,
        recall_best=round(index.recall.best, 4),
        recall_deep=round(index.recall.deep, 4),
    )
