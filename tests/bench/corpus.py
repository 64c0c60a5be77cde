"""Made-up documents of any number of passages, from the sentences of the bundled digests.

The sentences are real, so words, stems and 4-grams are as frequent as in the digests; which of them
stand together is drawn at random from a fixed seed.
"""

from __future__ import annotations

import random
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
    for number in range(1, sections + 1):
        parts += [f"## Erfaring {number}", _section(draw)]
    return "\n\n".join(parts) + "\n"


def _section(draw: random.Random) -> str:
    chosen: list[str] = []
    while sum(len(sentence.split()) for sentence in chosen) < SECTION_WORDS:
        chosen.append(draw.choice(digest_sentences()))
    return " ".join(chosen)
