"""A library of any number of passages, put on the shelf as its own files stand there.

The documents are drawn instead of read from Markdown (`library`), so that a million passages take
minutes; from the shelf on, everything is what the program does.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator

from indexer.library.catalogue import LibraryDocument
from indexer.library.shelf import Shelf
from indexer.library.stored import Metadata, StoredPassage

from .corpus import SEED, digest_sentences

PASSAGES = 40
"""Of each document, as in `corpus`."""

WORDS = 80
"""Of a passage, as in `corpus`."""

POOL = 20_000
"""Different words that stand for names and numbers, so that the vocabulary grows with the text."""

SYLLABLES = "bel fjo gan hol kve lis mor nes rud ski tun vik".split()
BETWEEN = "\n"


def shelve(shelf: Shelf, passages: int) -> list[LibraryDocument]:
    """Put so many passages on the shelf (the last document is shorter); the documents, in order."""
    documents: list[LibraryDocument] = []
    while passages > 0:
        name = f"{SEED}-{len(documents)}"
        document = LibraryDocument(
            hashlib.sha256(name.encode()).hexdigest(), "file", f"/{name}.md", Metadata(title=name)
        )
        stored = list(drawn(document.id, min(PASSAGES, passages)))
        folder = shelf.path(document.id)
        folder.mkdir(parents=True)
        text = BETWEEN.join(passage.text for passage in stored)
        (folder / "text.txt").write_text(text, encoding="utf-8", newline="")
        with (folder / "passages.jsonl").open("w", encoding="utf-8") as lines:
            lines.writelines(passage.model_dump_json() + "\n" for passage in stored)
        (folder / "metadata.json").write_text(document.metadata.model_dump_json(), encoding="utf-8")
        documents.append(document)
        passages -= len(stored)
    return documents


def drawn(document: str, count: int) -> Iterator[StoredPassage]:
    """The passages of a document, the same each time."""
    draw = random.Random(document)
    sentences, place, byte = digest_sentences(), 0, 0
    for number in range(count):
        words: list[str] = []
        while len(words) < WORDS:
            words += draw.choice(sentences).split()
        words.append(f"{draw.choice(SYLLABLES)}{draw.randrange(POOL):x}")
        text = " ".join(words)
        size = len(text.encode())
        yield StoredPassage(
            start=place,
            end=place + len(text),
            byte_start=byte,
            byte_end=byte + size,
            text=text,
            search_text=text,
            path=(f"Erfaring {number}",),
        )
        place += len(text) + len(BETWEEN)
        byte += size + len(BETWEEN.encode())
