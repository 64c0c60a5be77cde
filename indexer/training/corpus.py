"""The folder of text that a model is trained on; README.md here describes its files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, Field, TypeAdapter

from indexer.training.reading import TrainingError, read_json, read_lines
from indexer.training.squad import Reading, read_squad, without

Language: TypeAlias = Literal["nb", "nn", "en"]
LANGUAGES: tuple[Language, ...] = ("nb", "nn", "en")

DOCUMENTS = "docs.jsonl.xz"
PARALLEL = "parallel.json.xz"
NYNORSK = "nn2nb.json"
ENGLISH = "en2nb.json"
SQUAD = "norquad_*_answers_*.json.xz"

Translations: TypeAlias = dict[str, list[tuple[str, float]]]

# ISO 639-3, as the source corpora name their languages, to ours (ISO 639-1).
_CODES: dict[str, Language] = {"nob": "nb", "nno": "nn", "eng": "en"}
_WORD = re.compile(r"[^\W\d_]+")


class TrainingDocument(BaseModel):
    """One line of `docs.jsonl.xz`."""

    src: str
    lang: Literal["nob", "nno", "eng"]
    title: str | None = None
    secs: list[tuple[str | None, list[str]]]
    key: dict[str, Any] | None = None

    @property
    def language(self) -> Language:
        return _CODES[self.lang]

    @property
    def name(self) -> str:
        """The short title of an act where there is one, else the title, else empty."""
        short = (self.key or {}).get("kt")
        return str(short or self.title or "")


class Parallel(BaseModel):
    """`parallel.json.xz`: pairs of strings that say the same in two languages."""

    english_bokmal: list[tuple[str, str]] = Field(default=[], alias="par")
    everyday_english_bokmal: list[tuple[str, str]] = Field(default=[], alias="gen")
    english_nynorsk: list[tuple[str, str]] = Field(default=[], alias="ennn")
    nynorsk_bokmal: list[tuple[str, str]] = Field(default=[], alias="nnpar")


_DOCUMENT = TypeAdapter(TrainingDocument)
_PARALLEL = TypeAdapter(Parallel)
_NYNORSK = TypeAdapter(dict[str, str])
_ENGLISH = TypeAdapter(Translations)


@dataclass(frozen=True)
class Corpus:
    """The files of one folder. Documents are read anew on each pass; the rest is kept.

    Every member raises TrainingError where its file is missing or damaged. The files of
    questions (`SQUAD`) are optional.

    Args:
        held_out: contexts that the model will be measured on; nothing is learned from them.
    """

    folder: Path
    held_out: Sequence[Reading] = ()

    def documents(self) -> Iterator[TrainingDocument]:
        yield from read_lines(self.folder / DOCUMENTS, _DOCUMENT)

    @cached_property
    def parallel(self) -> Parallel:
        return read_json(self.folder / PARALLEL, _PARALLEL)

    @cached_property
    def nynorsk(self) -> dict[str, str]:
        """Nynorsk word -> bokmål word."""
        return read_json(self.folder / NYNORSK, _NYNORSK)

    @cached_property
    def english(self) -> Translations:
        """English word -> bokmål words with their probability, the likeliest first."""
        return read_json(self.folder / ENGLISH, _ENGLISH)

    def questions(self) -> list[Reading]:
        """Contexts with questions, for training; empty where the folder has none."""
        return without(read_squad(sorted(self.folder.glob(SQUAD))), self.held_out)

    @cached_property
    def counts(self) -> dict[Language, Counter[str]]:
        """How often each lower-case word occurs in the documents, by language.

        Raises:
            TrainingError: there is no document.
        """
        counts: dict[Language, Counter[str]] = {language: Counter() for language in LANGUAGES}
        for document in self.documents():
            count = counts[document.language]
            for heading, paragraphs in document.secs:
                for text in (heading or "", *paragraphs):
                    count.update(words(text))
        for reading in self.questions():
            counts["nb"].update(words(reading.context))
        if not any(counts.values()):
            raise TrainingError(f"{self.folder / DOCUMENTS} holds no text to train on.")
        return counts


def words(text: str) -> list[str]:
    """The words of a text in lower case, without digits."""
    return _WORD.findall(text.lower())
