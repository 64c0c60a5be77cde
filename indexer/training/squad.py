"""Files in SQuAD's format (NorQuAD): a context, and questions with the offset of their answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from indexer.documents import Document, Section
from indexer.passages import passages
from indexer.training.reading import read_json

COMPARED_CHARS = 400
"""Two contexts are the same if this many letters at either end are: the releases of NorQuAD differ
in white space and in a trailing line here and there."""

_NOT_LETTER = re.compile(r"\W+")


class _Answer(BaseModel):
    answer_start: int


class _Question(BaseModel):
    question: str
    answers: list[_Answer] = []


class _Paragraph(BaseModel):
    context: str
    qas: list[_Question]


class _Article(BaseModel):
    paragraphs: list[_Paragraph]


class _File(BaseModel):
    data: list[_Article]


_FILE = TypeAdapter(_File)


@dataclass(frozen=True)
class Asked:
    """A question and the offsets in the context where its answers start."""

    question: str
    starts: tuple[int, ...]


@dataclass(frozen=True)
class Reading:
    """A context and what is asked of it."""

    context: str
    asked: tuple[Asked, ...]

    def passages(self) -> list[tuple[int, int]]:
        """Offsets of the context's passages, cut as an index cuts a document."""
        whole = Document("", self.context, (Section((), 0, len(self.context)),))
        return [(passage.start, passage.end) for passage in passages(whole)]


def read_squad(paths: Iterable[Path]) -> list[Reading]:
    """The contexts of some files, each once, with all questions asked of it.

    Raises:
        TrainingError: a file is missing or has another format.
    """
    found: dict[str, list[Asked]] = {}
    for path in paths:
        for article in read_json(path, _FILE).data:
            for paragraph in article.paragraphs:
                asked = found.setdefault(paragraph.context, [])
                for qa in paragraph.qas:
                    starts = tuple(answer.answer_start for answer in qa.answers)
                    asked.append(Asked(qa.question.strip(), starts))
    return [Reading(context, tuple(asked)) for context, asked in found.items()]


def without(readings: Sequence[Reading], held_out: Sequence[Reading]) -> list[Reading]:
    """Those that share neither a context nor a question with the ones held out."""
    kept_apart = {end for reading in held_out for end in _ends(reading.context)}
    questions = {asked.question.casefold() for reading in held_out for asked in reading.asked}
    return [
        reading
        for reading in readings
        if kept_apart.isdisjoint(_ends(reading.context))
        and questions.isdisjoint(asked.question.casefold() for asked in reading.asked)
    ]


def _ends(context: str) -> tuple[str, str]:
    letters = _NOT_LETTER.sub("", context).casefold()
    return f"<{letters[:COMPARED_CHARS]}", f"{letters[-COMPARED_CHARS:]}>"
