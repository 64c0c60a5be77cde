"""Building a generation: only new passages are embedded, and an interrupted build goes on.

1. What must be in the index is compared with the segments there are: those of the current
   generation and those that an interrupted build finished.
2. The passages that no segment has are embedded, `SEGMENT_PASSAGES` at a time; each segment is on
   disk before the next is begun.
3. Small segments are merged, the generation is put together aside, opened and checked as a reader
   would, and made current by replacing one small file.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import TypeAdapter

from indexer.files import new_folder, remove_leftovers, sha256_of
from indexer.generations import forgetting
from indexer.generations.generation import Generation, current_folder, make_current
from indexer.generations.manifest import (
    DOCUMENTS,
    FORMAT,
    MANIFEST,
    DocumentEntry,
    GenerationManifest,
    IndexUnusable,
    ModelEntry,
    SegmentEntry,
    SegmentPart,
)
from indexer.generations.merging import merge_plan
from indexer.generations.plan import Held, batches, missing, segments_at_hand
from indexer.generations.segment import Segment, merge_segments, write_segment
from indexer.library.catalogue import LibraryDocument
from indexer.library.shelf import Shelf
from indexer.vectors.encoder import Encoder
from knowledge.messages import Failure

Progress = Callable[[int, int], None]
"""Called with passages embedded so far, and passages to embed in all."""

_documents = TypeAdapter(dict[str, DocumentEntry])


class BuildRefused(Failure):
    """Another build is running, or there is nothing to index."""


@dataclass(frozen=True)
class Built:
    """The outcome of a build: `generation` is current now."""

    generation: str
    documents: int
    passages: int
    embedded: int
    changed: bool


def build(
    index: Path,
    shelf: Shelf,
    documents: Sequence[LibraryDocument],
    encoder: Encoder,
    *,
    bundled: bool = True,
    static_verified: bool = False,
    progress: Progress | None = None,
) -> Built:
    """Make a generation of exactly these documents and make it current.

    Raises:
        BuildRefused: no documents, or another build holds the lock.
        DiskTrouble: the disk is full; the generation in use stays in use.
    """
    index.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(index / "build.lock", timeout=0):
            if not documents:
                forgetting.clear(index)
                raise BuildRefused("nothing_to_index")
            builder = _Build(index, shelf, documents, encoder, bundled, static_verified)
            return builder.run(progress or (lambda done, total: None))
    except Timeout as error:
        raise BuildRefused("build_running") from error


class _Build:
    def __init__(
        self,
        index: Path,
        shelf: Shelf,
        documents: Sequence[LibraryDocument],
        encoder: Encoder,
        bundled: bool,
        static_verified: bool,
    ) -> None:
        self.index = index
        self.shelf = shelf
        self.wanted = {document.key: document for document in documents}
        self.encoder = encoder
        self.bundled = bundled
        self.static_verified = static_verified
        self.segments = index / "segments"
        self.generations = index / "generations"
        for folder in (self.segments, self.generations):
            folder.mkdir(exist_ok=True)
            remove_leftovers(folder)

    def run(self, progress: Progress) -> Built:
        current = self._current(verify=False)
        if current is not None and self._same(current):
            # Nothing to add: the time to look whether what is there is whole.
            current = self._current(verify=True)
            if current is not None:
                here = {folder.name for folder in self.generations.iterdir()}
                forgetting.clean(self.index, here, self.wanted.values())
                return _built(current.manifest, embedded=0, changed=False)
        held = segments_at_hand(current, self.segments, self.encoder.fingerprint, self.wanted)
        lacking = missing(held, self.wanted)
        total = sum(self.shelf.passage_count(self.wanted[key].id) for key in lacking)
        embedded = 0
        progress(0, total)
        for parts, passages in batches(lacking, self.wanted, self.shelf):
            folder = self.segments / _segment_name(parts, self.encoder.fingerprint)
            if not folder.exists():
                write_segment(folder, parts, passages, self.encoder)
            held.append(Held(Segment(folder), set()))
            embedded += len(passages)
            progress(embedded, total)
        previous = self._pointer()
        manifest = self._publish(self._merged(held))
        # By name and not by age: the clock may have been set back.
        keep = {name for name in (manifest.id, previous) if name is not None}
        forgetting.clean(self.index, keep, self.wanted.values())
        return _built(manifest, embedded=embedded, changed=True)

    def _pointer(self) -> str | None:
        """The generation in use until now, which a running bot may still be answering from."""
        try:
            return current_folder(self.index).name
        except IndexUnusable:
            return None

    def _current(self, *, verify: bool) -> Generation | None:
        try:
            generation = Generation(current_folder(self.index), verify=verify)
        except IndexUnusable:
            return None  # nothing to build on: everything is embedded again
        same_model = generation.manifest.model.fingerprint == self.encoder.fingerprint
        return generation if same_model else None

    def _same(self, current: Generation) -> bool:
        return (
            current.documents.keys() == self.wanted.keys()
            and current.manifest.bundled == self.bundled
        )

    def _merged(self, held: list[Held]) -> list[Held]:
        live = [int(item.without_removed().live.sum()) for item in held]
        sizes = [len(item.segment) for item in held]
        result = list(held)
        must = {number for number, item in enumerate(held) if item.forget}
        for group in merge_plan(live, sizes, must):
            chosen = [held[number].without_removed() for number in group]
            # A merge that an interrupted build left is the same only if the same was removed.
            state = "|".join(f"{s.folder.name}:{sorted(s.removed)}" for s in chosen)
            name = "m" + _digest(state)
            folder = self.segments / name
            if not folder.exists():
                merge_segments(folder, chosen)
            for number in group:
                result.remove(held[number])
            result.append(Held(Segment(folder), set()))
        return result

    def _publish(self, held: Sequence[Held]) -> GenerationManifest:
        now = datetime.now(UTC)
        entries: list[SegmentEntry] = []
        state = _digest("|".join(sorted(self.wanted)) + self.encoder.fingerprint)
        name = f"{now:%Y%m%dT%H%M%S%f}-{state[:8]}"
        with new_folder(self.generations / name) as work:
            for number, item in enumerate(held):
                folder = f"{number:03d}"
                _link_tree(item.segment.folder, work / folder)
                entries.append(
                    SegmentEntry(
                        folder=folder,
                        sha256=sha256_of(work / folder / MANIFEST),
                        removed=tuple(sorted(item.removed)),
                    )
                )
            (work / DOCUMENTS).write_bytes(_documents.dump_json(self._entries()))
            manifest = GenerationManifest(
                format=FORMAT,
                id=name,
                created_at=now.isoformat(),
                bundled=self.bundled,
                model=ModelEntry(
                    name=self.encoder.name,
                    fingerprint=self.encoder.fingerprint,
                    dimension=self.encoder.dimension,
                    static_verified=self.static_verified,
                ),
                documents=len(self.wanted),
                passages=sum(int(item.without_removed().live.sum()) for item in held),
                documents_sha256=sha256_of(work / DOCUMENTS),
                segments=tuple(entries),
            )
            (work / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
            # Opened as a reader would before anybody can see it; the segments' contents were
            # checked when they were written, and a reader checks them all again.
            Generation(work, verify=False)
        make_current(self.index, name)
        return manifest

    def _entries(self) -> dict[str, DocumentEntry]:
        return {
            key: DocumentEntry(
                id=document.id,
                origin=document.origin,
                location=document.location,
                metadata=document.metadata,
            )
            for key, document in self.wanted.items()
        }


def _built(manifest: GenerationManifest, *, embedded: int, changed: bool) -> Built:
    return Built(manifest.id, manifest.documents, manifest.passages, embedded, changed)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _segment_name(parts: Sequence[SegmentPart], model: str) -> str:
    return _digest("|".join(part.model_dump_json() for part in parts) + model)


def _link_tree(source: Path, target: Path) -> None:
    """The same immutable files in a second folder, without a copy where the disk allows it."""
    target.mkdir()
    for file in source.iterdir():
        try:
            os.link(file, target / file.name)
        except OSError:
            shutil.copyfile(file, target / file.name)
