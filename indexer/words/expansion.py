"""What a question's words and phrases are called in the documents (knowledge/thesaurus)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from indexer.language import Language
from indexer.words.terms import stem, words
from knowledge.thesaurus import Concept, concepts

LONGEST_PHRASE = 3
"""Words of the longest phrase that is looked up."""

RANK_DECAY = 0.8
"""The second word a concept lists counts this share of the first, and so on."""

Key = tuple[str, ...]


class Expansion(NamedTuple):
    """Words of the question, `first` to `last` (exclusive), and bokmål words that mean them.

    `weights` are 0-1 relative to the question's own word.
    """

    first: int
    last: int
    weights: dict[str, float]


def _key(phrase: str) -> Key:
    return tuple(stem(word) for word in words(phrase))


@cache
def _table(english: bool) -> dict[Key, list[Concept]]:
    """Stems of a phrase -> the concepts it is a word for.

    English words are looked up for English questions only: «men», «fast» and «sport» are other
    words in Norwegian.
    """
    table: dict[Key, list[Concept]] = {}
    for concept in concepts():
        said: Iterable[str] = concept.en if english else (*concept.nb, *concept.nn)
        for phrase in (*said, *concept.documents):
            found = table.setdefault(_key(phrase), [])
            if concept not in found:
                found.append(concept)
    table.pop((), None)
    return table


def expansions(asked: Sequence[str], language: Language) -> list[Expansion]:
    """The phrases of a question that the thesaurus knows, the longest first where they overlap.

    Args:
        asked: the words of the question in order, lower case.
    """
    return sorted(
        Expansion(span.start, span.stop, _weights(meant)) for span, meant in _meant(asked, language)
    )


def concepts_in(asked: Sequence[str], language: Language) -> set[str]:
    """The ids of the concepts that a question has words for; arguments as `expansions`."""
    return {concept.id for _, meant in _meant(asked, language) for concept in meant}


def _meant(asked: Sequence[str], language: Language) -> Iterator[tuple[range, list[Concept]]]:
    table = _table(language == "en")
    stems = [stem(word) for word in asked]
    taken: set[int] = set()
    for size in range(LONGEST_PHRASE, 0, -1):
        for first in range(len(stems) - size + 1):
            span = range(first, first + size)
            meant = table.get(tuple(stems[first : first + size]))
            if meant and not taken & set(span):
                taken |= set(span)
                yield span, meant


def _weights(meant: Sequence[Concept]) -> dict[str, float]:
    """The documents' words of these concepts; an ambiguous phrase counts less for each."""
    weights: dict[str, float] = {}
    for concept in meant:
        for rank, phrase in enumerate(concept.documents):
            parts = list(words(phrase))
            share = RANK_DECAY**rank / (len(meant) ** 0.5 * len(parts) ** 0.5)
            for word in parts:
                weights[word] = max(weights.get(word, 0.0), share)
    return weights
