"""A thesaurus as training signal: what people say, and what the documents call it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import snowballstemmer
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from indexer.training.corpus import LANGUAGES, Language
from indexer.training.reading import read_toml

LONGEST_PHRASE = 4
"""In words; longer document phrases are not looked for in running text."""

_STEMMER = snowballstemmer.stemmer("norwegian")


class Concept(BaseModel):
    """One `[[concept]]` table: the documents' words, the best first, and the everyday ones."""

    model_config = ConfigDict(extra="forbid")

    id: str
    documents: list[str] = Field(min_length=1)
    nb: list[str] = []
    nn: list[str] = []
    en: list[str] = []

    def everyday(self, language: Language) -> list[str]:
        found: list[str] = getattr(self, language)
        return found

    def joined(self, other: Concept) -> Concept:
        """This concept with the other's words after its own, each once."""
        return Concept(
            id=self.id,
            documents=list(dict.fromkeys([*self.documents, *other.documents])),
            nb=list(dict.fromkeys([*self.nb, *other.nb])),
            nn=list(dict.fromkeys([*self.nn, *other.nn])),
            en=list(dict.fromkeys([*self.en, *other.en])),
        )


class _File(BaseModel):
    concept: list[Concept]


_FILE = TypeAdapter(_File)


@dataclass(frozen=True)
class Found:
    """A document phrase in a text: it is words `first` to `last` (exclusive) of it."""

    first: int
    last: int
    concept: Concept


class Thesaurus:
    """Concepts, and where their document words occur in a text."""

    def __init__(self, concepts: Sequence[Concept]) -> None:
        """Concepts with the same id, from several files perhaps, are put together."""
        by_id: dict[str, Concept] = {}
        for concept in concepts:
            before = by_id.get(concept.id)
            by_id[concept.id] = before.joined(concept) if before else concept
        self.concepts = tuple(by_id.values())
        self._phrases: dict[tuple[str, ...], Concept] = {}
        for concept in self.concepts:
            for phrase in concept.documents:
                stems = tuple(_stem(word) for word in phrase.split())
                if len(stems) <= LONGEST_PHRASE:
                    self._phrases.setdefault(stems, concept)

    @classmethod
    def read(cls, paths: Sequence[Path]) -> Thesaurus:
        """Raises TrainingError where a file is missing, damaged, or of another shape."""
        return cls([concept for path in paths for concept in read_toml(path, _FILE).concept])

    def words(self) -> Iterator[str]:
        """Every word, so that the tokenizer cuts it well."""
        for concept in self.concepts:
            for phrase in (*concept.documents, *concept.nb, *concept.nn, *concept.en):
                yield from phrase.lower().split()

    def find(self, words: Sequence[str], chance: random.Random) -> Found | None:
        """A document phrase among the words, drawn at random; the longest one that starts there."""
        stems = [_stem(word.strip('.,:;!?()«»"')) for word in words]
        found: list[Found] = []
        for first in range(len(stems)):
            for last in range(min(first + LONGEST_PHRASE, len(stems)), first, -1):
                if concept := self._phrases.get(tuple(stems[first:last])):
                    found.append(Found(first, last, concept))
                    break
        return chance.choice(found) if found else None


def drawn(concept: Concept, chance: random.Random) -> tuple[str, Language] | None:
    """An everyday phrase of the concept and its language; None where it has none."""
    languages = [language for language in LANGUAGES if concept.everyday(language)]
    if not languages:
        return None
    language = chance.choice(languages)
    return chance.choice(concept.everyday(language)), language


@cache
def _stem(word: str) -> str:
    stem: str = _STEMMER.stemWord(word.lower())
    return stem
