"""From text to index terms, the same way for passages and questions.

A passage gives, for each word, its Snowball stem (the `STEM` field) and the character 4-grams of
``_word_`` (the `GRAM` field): stems are precise, 4-grams find inflections, compounds and typos.
Nynorsk words are mapped to bokmål first on both sides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

import snowballstemmer

from indexer.language import Language
from indexer.words import lexicon

STEM, GRAM = 0, 1
FIELDS = (STEM, GRAM)
GRAM_SIZE = 4

BACKGROUND = 0.003
"""a in the weight a / (a + f) of a question word that makes up the share f of ordinary text:
halves a word as common as «på», leaves a word of 1 in 100,000 alone (Arora et al. 2017, SIF)."""

CHAT_SHARE = 0.005
"""Least share assumed for the words that questions are made of, whatever the corpus says."""

ENGLISH_FLOOR = 0.3
"""Added to a translation's probability to give its weight: alignment spreads probability thin."""

MAX_QUESTION_WORDS = 400
"""A longer question is background text; what is asked stands at its beginning or end."""

CHAT_WORDS = frozenset(
    "hei hallo takk tusen hilsen lurer noen noe vi jeg du dere dette hva hvordan hvem hvorfor hvor "
    "hvilke hvilken hvilket når kan skal må bør vil får gjelder hjelp hjelpe spørsmål trenger vet "
    "tips god dag morgen please thanks finnes gjør gjøre si fortelle litt mer mye egentlig "
    "innen om lurte prøver ønsker håper kommune kommunen kommuner".split()
)
ENGLISH_FUNCTION_WORDS = frozenset(
    "a an the of to in on at by for from with and or but not is are was were be been am do does "
    "did have has had can could should would may might must will shall we i you he she it they "
    "our us your their my me what how who whom why where when which that this these those there "
    "hi hello thanks please anyone know tell about any some as if so than then into out up".split()
)

_WORD = re.compile(r"[^\W_]+")
_stemmer = snowballstemmer.stemmer("norwegian")


def words(text: str) -> Iterator[str]:
    """Lower-case words and numbers in reading order."""
    for match in _WORD.finditer(text.lower()):
        yield match.group()


def to_bokmaal(word: str) -> str:
    return lexicon.nynorsk().get(word, word)


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The Snowball stem of the bokmål form of a word."""
    return str(_stemmer.stemWord(to_bokmaal(word)))


@lru_cache(maxsize=200_000)
def terms_of(word: str) -> tuple[tuple[str, int], ...]:
    """The index terms of one word with their field; grams carry a leading ``#``."""
    padded = f"_{to_bokmaal(word)}_"
    grams = (
        (f"#{padded[i : i + GRAM_SIZE]}", GRAM) for i in range(max(1, len(padded) - GRAM_SIZE + 1))
    )
    return ((stem(word), STEM), *grams)


def passage_terms(text: str) -> tuple[Counter[str], tuple[int, int]]:
    """Term counts of a passage, and how many terms it has in each field."""
    counts: Counter[str] = Counter()
    lengths = [0, 0]
    for word in words(text):
        for term, field in terms_of(word):
            counts[term] += 1
            lengths[field] += 1
    return counts, (lengths[STEM], lengths[GRAM])


def weight(word: str) -> float:
    """How much a (bokmål) question word steers the search, 0 to 1."""
    share = lexicon.frequencies().get(word, 0.0)
    if word in CHAT_WORDS:
        share = max(share, CHAT_SHARE)
    return BACKGROUND / (BACKGROUND + share)


def question_words(question: str, language: Language) -> dict[str, float]:
    """The bokmål words to search for, each with its weight.

    An English question keeps its own words (names, «Bra mat») and adds up to four Norwegian words
    for each.
    """
    found: dict[str, float] = {}
    asked = list(words(question))
    if len(asked) > MAX_QUESTION_WORDS:
        half = MAX_QUESTION_WORDS // 2
        asked = asked[:half] + asked[-half:]
    for word in asked:
        if language == "en":
            if word in ENGLISH_FUNCTION_WORDS:
                continue
            for translation, probability in lexicon.english().get(word, ()):
                scale = min(1.0, ENGLISH_FLOOR + probability)
                found[translation] = max(found.get(translation, 0.0), scale * weight(translation))
        mapped = to_bokmaal(word)
        found[mapped] = max(found.get(mapped, 0.0), weight(mapped))
    return found


def question_terms(weights: dict[str, float]) -> dict[str, tuple[float, int]]:
    """Index term -> (weight, field) for the words of `question_words`."""
    terms: dict[str, tuple[float, int]] = {}
    for word, share in weights.items():
        for term, field in terms_of(word):
            terms[term] = (terms.get(term, (0.0, field))[0] + share, field)
    return terms
