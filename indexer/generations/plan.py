"""What a build has and what it lacks: segments at hand, and the passages still to embed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.generations.forgetting import approved
from indexer.generations.generation import Generation
from indexer.generations.manifest import IndexUnusable, SegmentPart
from indexer.generations.segment import Segment
from indexer.library.catalogue import LibraryDocument
from indexer.library.shelf import Shelf
from indexer.library.stored import StoredPassage

SEGMENT_PASSAGES = 1_024
"""Passages embedded between two points that survive Ctrl-C: a second of work with the embedded
model, a minute with a large one."""


Batch = tuple[list[SegmentPart], list[StoredPassage]]


@dataclass
class Held:
    """A segment at hand and the documents in it that do not count.

    `forget`: what does not count must not stay in it, but be written out of it in this build.
    """

    segment: Segment
    removed: set[str]
    forget: bool = False

    @property
    def keys(self) -> set[str]:
        return {part.document for part in self.segment.manifest.parts} - self.removed

    def without_removed(self) -> Segment:
        return Segment(self.segment.folder, sorted(self.removed), verify=False)


def segments_at_hand(
    current: Generation | None, finished: Path, model: str, wanted: Mapping[str, LibraryDocument]
) -> list[Held]:
    """The segments to build on, each wanted document counted once and only where it is whole.

    Args:
        finished: folder of the segments that an interrupted build left; damaged ones are removed.
        model: fingerprint that a segment's vectors must have been made with.
    """
    found = list(current.segments) if current is not None else []
    built = len(found)
    for folder in sorted(finished.iterdir()):
        try:
            segment = Segment(folder)
        except IndexUnusable:
            shutil.rmtree(folder, ignore_errors=True)
            continue
        if segment.manifest.model == model:
            found.append(segment)
    held = [Held(segment, set(segment.removed)) for segment in found]
    whole = _whole(held, wanted)
    taken: set[tuple[str, int]] = set()
    for item in held:
        for part in item.segment.manifest.parts:
            place = (part.document, part.first)
            if part.document not in whole or place in taken:
                item.removed.add(part.document)
            elif part.document not in item.removed:
                taken.add(place)
    answers = approved(current.documents) if current is not None else set()
    for number, item in enumerate(held):
        # What an interrupted build left is in no list of documents: it may be an approved answer.
        item.forget = bool(item.removed & answers if number < built else item.removed)
    return [item for item in held if item.keys]


def _whole(held: Sequence[Held], wanted: Mapping[str, LibraryDocument]) -> set[str]:
    covered: dict[str, dict[int, SegmentPart]] = {}
    for item in held:
        for part in item.segment.manifest.parts:
            if part.document in wanted and part.document not in item.removed:
                covered.setdefault(part.document, {})[part.first] = part
    return {
        document
        for document, parts in covered.items()
        if sum(part.count for part in parts.values()) == next(iter(parts.values())).of
    }


def missing(held: Sequence[Held], wanted: Mapping[str, LibraryDocument]) -> list[str]:
    """The keys of the wanted documents that no segment has."""
    have = {key for item in held for key in item.keys}
    return [key for key in wanted if key not in have]


def batches(
    keys: Sequence[str], wanted: Mapping[str, LibraryDocument], shelf: Shelf
) -> Iterator[Batch]:
    """The passages to embed, in segments of at most `SEGMENT_PASSAGES`.

    A document longer than that has segments of its own, so that an interrupted build makes the
    same ones again and finds those that are finished.
    """
    parts: list[SegmentPart] = []
    batch: list[StoredPassage] = []
    for key in keys:
        document = wanted[key].id
        of = shelf.passage_count(document)
        if batch and len(batch) + of > SEGMENT_PASSAGES:
            yield parts, batch
            parts, batch = [], []
        first = 0
        for number, passage in enumerate(shelf.passages(document), start=1):
            batch.append(passage)
            if len(batch) == SEGMENT_PASSAGES:
                parts.append(SegmentPart(document=key, first=first, count=number - first, of=of))
                yield parts, batch
                parts, batch, first = [], [], number
        if first < of:
            parts.append(SegmentPart(document=key, first=first, count=of - first, of=of))
    if batch:
        yield parts, batch
