"""A document and its passages as they are kept on disk."""

from __future__ import annotations

import re
from dataclasses import replace

from pydantic import BaseModel, ConfigDict

from indexer.documents import Document, Table
from indexer.passages import Passage
from indexer.passages import passages as split


class StoredPassage(BaseModel):
    """One passage: `text` is the stored text's `[start:end]`, in characters.

    `byte_start` and `byte_end` are the same place in the UTF-8 file, so that a quote is re-read
    without reading the document. `search_text` is what the passage is found by: headings, labels
    of table rows, and the passage itself.
    """

    model_config = ConfigDict(frozen=True)

    start: int
    end: int
    byte_start: int
    byte_end: int
    text: str
    search_text: str
    path: tuple[str, ...]
    anchor: str | None = None
    page: int | None = None
    table: Table | None = None
    questions: tuple[str, ...] = ()


class Metadata(BaseModel):
    """What a citation says of a document. Dates are ISO; `edition` is as published."""

    model_config = ConfigDict(frozen=True)

    title: str
    url: str | None = None
    publisher: str | None = None
    updated: str | None = None
    edition: str | None = None
    digest_of: str | None = None
    """The document that this one sums up in other words, so that it is never taken for it."""


def metadata_of(document: Document) -> Metadata:
    front = document.front_matter
    return Metadata(
        title=front.title or document.title,
        url=front.url,
        publisher=front.publisher,
        updated=front.updated.isoformat() if front.updated else None,
        edition=front.edition or _period_in(front.title or document.title),
        digest_of=front.digest_of,
    )


def _period_in(title: str) -> str | None:
    """«2014–2022» in the title of a report without another edition."""
    found = re.search(r"\b((?:19|20)\d\d)\s*[-–]\s*((?:19|20)\d\d)\b", title)
    return f"{found[1]}–{found[2]}" if found else None


def passages_of(document: Document) -> list[StoredPassage]:
    """Split a document into the passages that are indexed and quoted."""
    stored: list[StoredPassage] = []
    character = byte = 0
    for passage in split(document):
        byte += len(document.text[character : passage.start].encode())
        text = document.text[passage.start : passage.end]
        size = len(text.encode())
        stored.append(
            StoredPassage(
                start=passage.start,
                end=passage.end,
                byte_start=byte,
                byte_end=byte + size,
                text=text,
                search_text=f"{passage.context}\n{text}" if passage.context else text,
                path=passage.path,
                anchor=passage.anchor,
                page=passage.page,
                table=_table(document, passage),
                questions=passage.questions,
            )
        )
        character, byte = passage.end, byte + size
    return stored


def _table(document: Document, passage: Passage) -> Table | None:
    """The rows of the passage's table that stand in the passage."""
    if passage.table is None:
        return None
    table = document.tables[passage.table]
    rows = (r for r in table.rows if passage.start <= r.start and r.end <= passage.end)
    return replace(table, rows=tuple(rows))
