"""Questions in everyday words, written for passages of the training documents.

A line of the file names its passage by a digest of the text, because the documents themselves are
not ours to pass on: `{"passage": "3f2a…", "lang": "nn", "question": "…"}`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from indexer.training.corpus import Language, TrainingDocument
from indexer.training.reading import TrainingError, read_lines

FEWEST_WORDS, MOST_WORDS = 70, 150
"""Paragraphs of a section are joined until they have FEWEST_WORDS; above MOST_WORDS none is asked
about."""

DIGEST_LENGTH = 16


class _Line(BaseModel):
    passage: str
    lang: Language
    question: str


_LINE = TypeAdapter(_Line)


@dataclass(frozen=True)
class AskedPassage:
    """A passage, the title and the heading above it (perhaps empty), and what is asked of it."""

    title: str
    heading: str
    text: str
    questions: tuple[tuple[str, Language], ...]


def digest(text: str) -> str:
    """What a passage is named by in the file."""
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def joined(paragraphs: Sequence[str]) -> Iterator[str]:
    """The passages of a section that may be asked about."""
    held: list[str] = []
    for paragraph in paragraphs:
        held.append(paragraph)
        words = sum(len(text.split()) for text in held)
        if words >= FEWEST_WORDS:
            if words <= MOST_WORDS:
                yield "\n".join(held)
            held = []


def read_asked(
    paths: Iterable[Path], documents: Iterable[TrainingDocument]
) -> Iterator[AskedPassage]:
    """The passages that are asked about, in the order of the documents, each once.

    Raises:
        TrainingError: a file is missing or damaged, or no document has any of its passages.
    """
    asked: dict[str, list[tuple[str, Language]]] = {}
    for path in paths:
        for line in read_lines(path, _LINE):
            asked.setdefault(line.passage, []).append((line.question, line.lang))
    if not asked:
        return
    wanted = len(asked)
    for document in documents:
        for heading, paragraphs in document.secs:
            for text in joined(paragraphs):
                if questions := asked.pop(digest(text), None):
                    yield AskedPassage(document.name, heading or "", text, tuple(questions))
    if len(asked) == wanted:
        raise TrainingError("None of the passages asked about is in the documents.")
