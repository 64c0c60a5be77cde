"""From text to index terms, the same way for passages and questions.

A passage gives, for each word, its Snowball stem (the `STEM` field) and the character 4-grams of
``_word_`` (the `GRAM` field): stems are precise, 4-grams find inflections, compounds and typos.
Nynorsk words are mapped to bokmål first on both sides.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import lru_cache

import snowballstemmer

from indexer.words import lexicon

STEM, GRAM = 0, 1
FIELDS = (STEM, GRAM)
GRAM_SIZE = 4

_WORD = re.compile(r"[^\W_]+")
_stemmer = snowballstemmer.stemmer("norwegian")
_stemming = threading.Lock()  # a stemmer keeps the word it works on in itself


def words(text: str) -> Iterator[str]:
    """Lower-case words and numbers in reading order."""
    return iter(_WORD.findall(text.lower()))


def to_bokmaal(word: str) -> str:
    return lexicon.nynorsk().get(word, word)


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The Snowball stem of the bokmål form of a word."""
    with _stemming:
        return str(_stemmer.stemWord(to_bokmaal(word)))


@lru_cache(maxsize=200_000)
def terms_of(word: str) -> tuple[tuple[str, int], ...]:
    """The index terms of one word with their field; grams carry a leading ``#``."""
    padded = f"_{to_bokmaal(word)}_"
    grams = (
        (f"#{padded[i : i + GRAM_SIZE]}", GRAM) for i in range(max(1, len(padded) - GRAM_SIZE + 1))
    )
    return ((stem(word), STEM), *grams)
