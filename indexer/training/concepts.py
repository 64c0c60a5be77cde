"""A thesaurus as training signal: what people say, and what the documents call it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.training.corpus import LANGUAGES, Language
from indexer.words.terms import stem
from knowledge.thesaurus import Concept, read_concepts

LONGEST_PHRASE = 4
"""In words; longer document phrases are not looked for in running text."""


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
            by_id[concept.id] = _joined(before, concept) if before else concept
        self.concepts = tuple(by_id.values())
        self._phrases: dict[tuple[str, ...], Concept] = {}
        for concept in self.concepts:
            for phrase in concept.documents:
                stems = tuple(stem(word) for word in phrase.lower().split())
                if len(stems) <= LONGEST_PHRASE:
                    self._phrases.setdefault(stems, concept)

    @classmethod
    def read(cls, paths: Sequence[Path]) -> Thesaurus:
        """The concepts of some files (knowledge.thesaurus describes them); none is none.

        Raises:
            ThesaurusUnusable: a file is missing, damaged, or of another shape.
        """
        return cls([concept for path in paths for concept in read_concepts(path)])

    def words(self) -> Iterator[str]:
        """Every word, so that the tokenizer cuts it well."""
        for concept in self.concepts:
            for phrase in (*concept.documents, *concept.nb, *concept.nn, *concept.en):
                yield from phrase.lower().split()

    def find(self, words: Sequence[str], chance: random.Random) -> Found | None:
        """A document phrase among the words, drawn at random; the longest one that starts there."""
        stems = [stem(word.strip('.,:;!?()«»"').lower()) for word in words]
        found: list[Found] = []
        for first in range(len(stems)):
            for last in range(min(first + LONGEST_PHRASE, len(stems)), first, -1):
                if concept := self._phrases.get(tuple(stems[first:last])):
                    found.append(Found(first, last, concept))
                    break
        return chance.choice(found) if found else None


def everyday(concept: Concept, language: Language) -> tuple[str, ...]:
    """What people say in a language."""
    words: tuple[str, ...] = getattr(concept, language)
    return words


def drawn(concept: Concept, chance: random.Random) -> tuple[str, Language]:
    """An everyday phrase of the concept and its language."""
    language = chance.choice(LANGUAGES)
    return chance.choice(everyday(concept, language)), language


def _joined(one: Concept, other: Concept) -> Concept:
    """The first one with the other's words after its own, each once."""
    fields = ("documents", *LANGUAGES)
    words = {name: dict.fromkeys([*getattr(one, name), *getattr(other, name)]) for name in fields}
    return Concept(id=one.id, **{name: tuple(found) for name, found in words.items()})
