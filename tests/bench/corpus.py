"""Made-up documents of any number of passages, from the sentences of the bundled digests.

The sentences are real, so words, stems and 4-grams are as frequent as in the digests. As in a real
library a document keeps to a subject (sentences that stand near each other in the digests), no two
give the same figures, and each brings words that no other has: some long words are replaced by
made-up ones whose frequencies follow Zipf's law, so that the vocabulary grows with the text
(Heaps' law) instead of stopping at that of the digests. Everything is drawn from a fixed seed.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

from indexer.loaders import load
from indexer.passages import sentences

SEED = 2026
SECTIONS = 40
"""Passages of one document: what a report of some ten pages has."""

SECTION_WORDS = 80
"""A section is filled up to this, so that it becomes one passage (indexer.passages cuts at 120)."""

LONGEST_SENTENCE = 40
"""In words; a longer one could make a section two passages."""

SUBJECT_SENTENCES = 60
"""Sentences on the subject of a document: about five digests."""

SUBJECT_SHARE = 0.7
"""How many of a document's sentences are on its subject."""

RARE_SHARE = 0.2
"""How many of the long words are replaced by made-up ones."""

ZIPF = 1.25
"""Exponent of the made-up words' frequencies. Of n of them n^(1 / 1.4) are different ones: Heaps'
law, of which a compounding language has the upper end (0.4 to 0.8)."""

SYLLABLES = "ar bel der fjo gan hol il kve lis mor nes rud ski tun vik øys brå sal tre våg".split()
LONG_WORD = re.compile(r"\b[a-zæøå]{9,}\b")
NUMBER = re.compile(r"\d+")


@cache
def digest_sentences() -> tuple[str, ...]:
    """The plain sentences of the digests; list items and rows of tables are left out."""
    folder = Path(str(files("knowledge").joinpath("bundled")))
    found: dict[str, None] = {}
    for path in sorted(folder.glob("*.md")):
        document = load(path)
        for section in document.sections:
            body = document.text[section.start : section.end]
            for start, end in sentences(body):
                sentence = body[start:end].strip()
                plain = sentence.endswith(".") and not set(sentence) & set("|\n")
                if plain and sentence[0].isupper() and len(sentence.split()) <= LONGEST_SENTENCE:
                    found[sentence] = None
    return tuple(found)


def documents(passages: int, *, seed: int = SEED) -> Iterator[str]:
    """Markdown documents with `passages` sections in all, each meant to be one passage."""
    draw = random.Random(seed)
    number = 0
    while passages > 0:
        number += 1
        yield document(draw, f"{seed}-{number}", min(SECTIONS, passages))
        passages -= SECTIONS


def document(draw: random.Random, name: str, sections: int) -> str:
    parts = [f"# Frisklivsarbeid i praksis, hefte {name}"]
    first = draw.randrange(len(digest_sentences()) - SUBJECT_SENTENCES)
    subject = digest_sentences()[first : first + SUBJECT_SENTENCES]
    for number in range(1, sections + 1):
        parts += [f"## Erfaring {number}", _section(draw, subject)]
    return "\n\n".join(parts) + "\n"


def _section(draw: random.Random, subject: tuple[str, ...]) -> str:
    chosen: list[str] = []
    words = 0
    while words < SECTION_WORDS:
        source = subject if draw.random() < SUBJECT_SHARE else digest_sentences()
        chosen.append(_varied(draw, draw.choice(source)))
        words += chosen[-1].count(" ") + 1
    return " ".join(chosen)


def _varied(draw: random.Random, sentence: str) -> str:
    """The sentence with other figures, and a made-up word now and then."""
    sentence = NUMBER.sub(lambda found: _number(draw, len(found[0])), sentence)
    return LONG_WORD.sub(
        lambda found: _rare_word(draw) if draw.random() < RARE_SHARE else found[0], sentence
    )


def _number(draw: random.Random, digits: int) -> str:
    return str(draw.randrange(10 ** (digits - 1), 10**digits))


def _rare_word(draw: random.Random) -> str:
    """A made-up word; the one of rank r is drawn in proportion to r^-ZIPF."""
    rank = min(int((1 - draw.random()) ** (-1 / (ZIPF - 1))), 10**9)
    rank += len(SYLLABLES)  # two syllables at least
    word = ""
    while rank:
        rank, syllable = divmod(rank, len(SYLLABLES))
        word += SYLLABLES[syllable]
    return word
