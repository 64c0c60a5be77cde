"""A segment: some thousand passages with their words and vectors, written once.

Adding a document writes one more segment instead of the whole index (as Lucene does), so the cost
of a build grows with the change. A finished segment also survives a build that is interrupted.
"""

from __future__ import annotations

import mmap
from collections.abc import Collection, Sequence
from functools import cached_property
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
    check_files,
    sums,
)
from indexer.library.stored import StoredPassage
from indexer.vectors.encoder import Encoder, Vectors
from indexer.vectors.faiss_index import VectorIndex
from indexer.words.postings import Postings


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

    @cached_property
    def postings(self) -> Postings:
        return Postings.load(self.folder)

    @cached_property
    def vectors(self) -> VectorIndex:
        return VectorIndex.load(self.folder)

    @cached_property
    def live(self) -> NDArray[np.bool_]:
        """Which passages count: those of documents that were not removed."""
        mask = np.ones(len(self), np.bool_)
        for part, start in zip(self.manifest.parts, self._starts[:-1], strict=True):
            if part.document in self.removed:
                mask[start : start + part.count] = False
        return mask

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        counts = [part.count for part in self.manifest.parts]
        return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])

    def document(self, passage: int) -> str:
        """The key of the document that a passage belongs to."""
        place = int(np.searchsorted(self._starts, passage, side="right")) - 1
        return self.manifest.parts[place].document

    @cached_property
    def _lines(self) -> tuple[mmap.mmap, NDArray[np.int64]]:
        with (self.folder / "passages.jsonl").open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        offsets = np.load(self.folder / "offsets.npy", mmap_mode="r", allow_pickle=False)
        return content, offsets

    def line(self, passage: int) -> bytes:
        content, offsets = self._lines
        return content[int(offsets[passage]) : int(offsets[passage + 1])]

    def passage(self, passage: int) -> StoredPassage:
        return StoredPassage.model_validate_json(self.line(passage))


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
    vectors = encoder.encode_passages(texts)
    postings = Postings.of(
        "\n".join((passage.search_text, *passage.questions)) for passage in passages
    )
    lines = [(passage.model_dump_json() + "\n").encode() for passage in passages]
    _write(
        folder, parts, lines, postings, vectors, np.asarray(owners, np.int32), encoder.fingerprint
    )


def merge_segments(folder: Path, segments: Sequence[Segment]) -> tuple[SegmentPart, ...]:
    """Write the live passages of several segments as one; nothing is embedded again."""
    parts = tuple(
        part
        for segment in segments
        for part in segment.manifest.parts
        if part.document not in segment.removed
    )
    lines = [
        segment.line(int(number)) for segment in segments for number in np.flatnonzero(segment.live)
    ]
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
    _write(
        folder,
        parts,
        lines,
        Postings.joined([(segment.postings, segment.live) for segment in segments]),
        np.concatenate(vectors),
        np.concatenate(owners),
        segments[0].manifest.model,
    )
    return parts


def _write(
    folder: Path,
    parts: Sequence[SegmentPart],
    lines: Sequence[bytes],
    postings: Postings,
    vectors: Vectors,
    owners: NDArray[np.int32],
    model: str,
) -> None:
    with new_folder(folder) as work:
        (work / "passages.jsonl").write_bytes(b"".join(lines))
        offsets = np.concatenate([[0], np.cumsum([len(line) for line in lines], dtype=np.int64)])
        np.save(work / "offsets.npy", offsets, allow_pickle=False)
        postings.save(work)
        VectorIndex.of(vectors, owners).save(work)
        manifest = SegmentManifest(
            format=FORMAT,
            model=model,
            dimension=int(vectors.shape[1]),
            passages=len(lines),
            vectors=len(vectors),
            parts=tuple(parts),
            files=sums(work),
        )
        (work / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
