"""What a loader makes of one file: a title, a text, and the structure found in it.

`Document.text` is the stored source. Every offset in this module is a character offset into it, so
that `text[start:end]` is the exact wording of a section, a table cell, or a passage.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date

from knowledge.messages import Failure


class UnreadableDocument(Failure):
    """A file that could not be read as a document: a key `reader_…`, whose field `name` is the
    file as the user knows it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One table cell: its wording with whitespace collapsed, and where it stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TableRow:
    """One body row: its label (first column or stub) and the cells under each column label."""

    label: str
    cells: tuple[Cell, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table read as a table.

    `columns` names the cells of each row (same length as every `row.cells`; the stub column that
    holds the row labels is not among them, its own heading is `stub`). `start:end` spans caption,
    header and rows.
    """

    caption: str
    stub: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of text under one heading.

    `path` is the chain of headings from the outermost to this one (empty before the first heading).
    `start:end` is the body, without the heading line and without the sub-sections. `questions` are
    typical questions the section answers: searched, never shown as source text.
    """

    path: tuple[str, ...]
    start: int
    end: int
    anchor: str | None = None
    page: int | None = None
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What the YAML front matter says of the document; everything is optional."""

    title: str | None = None
    url: str | None = None
    publisher: str | None = None
    updated: date | None = None
    edition: str | None = None
    digest_of: str | None = None
    """The document that this one sums up in other words (key `document`)."""


@dataclass(frozen=True, slots=True)
class Document:
    """One loaded document.

    Invariants (checked by `tests/test_loaders.py`): sections are in text order and do not overlap;
    tables lie inside one section each; `text[c.start:c.end]` with whitespace collapsed is `c.text`.
    `pages` holds the offset where each page starts (page 1 first), and is empty for a document
    without pages; a section may run over several pages, so a passage asks `page_at`.
    """

    title: str
    text: str
    sections: tuple[Section, ...]
    tables: tuple[Table, ...] = ()
    front_matter: FrontMatter = field(default_factory=FrontMatter)
    language: str | None = None
    pages: tuple[int, ...] = ()

    def page_at(self, offset: int) -> int | None:
        """The page (from 1) that holds the character at `offset`; None where there are no pages."""
        return bisect_right(self.pages, offset) if self.pages else None
