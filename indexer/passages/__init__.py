"""Documents cut into passages that can be searched, and quoted letter by letter.

A passage is a span of `Document.text` within one section: about `TARGET_WORDS` words of whole
sentences and list items, or a table (or some of its rows).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from indexer.documents import Document, Section, Table, TableRow
from indexer.passages.sentences import (
    MAX_SENTENCE_WORDS,
    Piece,
    count_words,
    pieces,
    sentences,
)
from indexer.sections import trimmed

__all__ = [
    "MAX_SENTENCE_WORDS",
    "Passage",
    "headings_line",
    "passages",
    "sentences",
    "table_context",
]

# Short enough to be read in a Slack message, long enough to stand alone; agreed in the design.
TARGET_WORDS = 90
MAX_WORDS = 120
# A paragraph's end is a better place to stop than the middle of the next one.
PARAGRAPH_WORDS = 75
# A shorter rest goes with the passage before it, if that stays within MAX_WITH_TAIL.
MIN_WORDS = 25
MAX_WITH_TAIL = 130
MAX_TABLE_WORDS = 150

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of a document, with what is known of where it stands.

    `text[start:end]` of the document is the wording. `section` and `table` are indexes into
    `Document.sections` and `Document.tables` (`table` only for kind "table"); `path`, `anchor` and
    `questions` are the section's. `page` is the page the passage starts on. `context` is for search
    only: title and headings, for a list cut in parts the line that introduces it, and for a table
    its caption, header, and each row as "row label, column label: value".
    """

    start: int
    end: int
    section: int
    path: tuple[str, ...]
    anchor: str | None
    page: int | None
    kind: Literal["text", "table"]
    context: str
    questions: tuple[str, ...] = ()
    table: int | None = None


def passages(document: Document) -> list[Passage]:
    """The passages of a document in text order, none overlapping, none crossing a section.

    Together they hold every character of the sections that is not white space.
    """
    starts = [table.start for table in document.tables]
    found: list[Passage] = []
    for index, section in enumerate(document.sections):
        first = bisect_left(starts, section.start)
        after = bisect_left(starts, section.end)
        at = section.start
        for number in range(first, after):
            table = document.tables[number]
            found.extend(_text_passages(document, index, section, at, table.start))
            found.extend(_table_passages(document, index, section, number))
            at = table.end
        found.extend(_text_passages(document, index, section, at, section.end))
    return found


def headings_line(title: str, path: Iterable[str]) -> str:
    """ "Title > Heading > Sub-heading", without a heading that only repeats the one before."""
    parts: list[str] = []
    for part in (title, *path):
        if part and (not parts or part.casefold() != parts[-1].casefold()):
            parts.append(part)
    return " > ".join(parts)


def table_context(table: Table, rows: Iterable[TableRow]) -> str:
    """Caption, header and rows, one row a line ("Deltakere 2021: 67; 2022: 80")."""
    lines = [table.caption] if table.caption else []
    header = [label for label in (table.stub, *table.columns) if label]
    if header:
        lines.append(" | ".join(header))
    for row in rows:
        cells = [
            f"{column}: {cell.text}" if column else cell.text
            for column, cell in zip(table.columns, row.cells, strict=True)
            if cell.text
        ]
        joint = " " if any(table.columns) else ": "
        lines.append(f"{row.label}{joint}{'; '.join(cells)}" if cells else row.label)
    return "\n".join(lines)


def _passage(
    document: Document,
    index: int,
    span: Span,
    *,
    context: str = "",
    table: int | None = None,
) -> Passage:
    section = document.sections[index]
    heading = headings_line(document.title, section.path)
    return Passage(
        start=span[0],
        end=span[1],
        section=index,
        path=section.path,
        anchor=section.anchor,
        page=document.page_at(span[0]) or section.page,
        kind="text" if table is None else "table",
        context=f"{heading}\n{context}".strip() if context else heading,
        questions=section.questions,
        table=table,
    )


def _table_passages(
    document: Document, index: int, section: Section, number: int
) -> Iterator[Passage]:
    table = document.tables[number]
    if count_words(document.text, table.start, table.end) <= MAX_TABLE_WORDS:
        groups = [list(table.rows)]
    else:
        groups = _row_groups(document.text, table)
    start = table.start
    for i, group in enumerate(groups):
        end = groups[i + 1][0].start if i + 1 < len(groups) else table.end
        span = trimmed(document.text, start, min(end, section.end))
        start = end
        if span:
            context = table_context(table, group)
            yield _passage(document, index, span, context=context, table=number)


def _row_groups(text: str, table: Table) -> list[list[TableRow]]:
    groups: list[list[TableRow]] = [[]]
    words = count_words(text, table.start, table.rows[0].start)
    for row in table.rows:
        size = count_words(text, row.start, row.end)
        if groups[-1] and words + size > MAX_WORDS:
            groups.append([])
            words = 0
        groups[-1].append(row)
        words += size
    return groups


def _text_passages(
    document: Document, index: int, section: Section, start: int, end: int
) -> Iterator[Passage]:
    span = trimmed(document.text, max(start, section.start), min(end, section.end))
    if not span:
        return
    held: _Group | None = None
    for group in _groups(pieces(document.text, *span)):
        if held and _joins(held, group):
            held.pieces.extend(group.pieces)
            held.words += group.words
            continue
        if held:
            yield _passage(document, index, held.span, context=held.intro(document.text))
        held = group
    if held:
        yield _passage(document, index, held.span, context=held.intro(document.text))


def _joins(held: _Group, group: _Group) -> bool:
    """A short rest goes with the passage before it; a captioned list stands for itself."""
    if group.starts_apart or (held.starts_apart and held.words >= MIN_WORDS):
        return False
    return group.words < MIN_WORDS and held.words + group.words <= MAX_WITH_TAIL


@dataclass(slots=True)
class _Group:
    pieces: list[Piece]
    words: int
    lead: Span | None = None  # the line that introduces the list this group goes on with

    @property
    def span(self) -> Span:
        return self.pieces[0].start, self.pieces[-1].end

    @property
    def starts_apart(self) -> bool:
        return self.pieces[0].kind == "caption"

    def intro(self, text: str) -> str:
        return " ".join(text[slice(*self.lead)].split()) if self.lead else ""


def _groups(stream: Iterable[Piece]) -> Iterator[_Group]:
    """`stream` cut near TARGET_WORDS, never above MAX_WORDS unless one piece is longer."""
    current: list[Piece] = []
    words = 0
    lead: Span | None = None  # the introduction of the list that `current` starts in
    intro: Span | None = None  # the last introduction seen

    def close() -> _Group:
        nonlocal current, words
        kept: list[Piece] = []
        # What introduces a list stays with its first items, unless it is all there is.
        while len(current) > 1 and current[-1].kind == "intro":
            kept.insert(0, current.pop())
        group = _Group(current, sum(piece.words for piece in current), lead)
        current, words = kept, sum(piece.words for piece in kept)
        return group

    for piece in stream:
        if current and _full(current, words, piece):
            yield close()
            lead = intro if piece.kind == "item" and not current else None
        if piece.kind in ("intro", "caption"):
            intro = piece.start, piece.end
        elif piece.kind != "item":
            intro = None
        current.append(piece)
        words += piece.words
    if current:
        yield _Group(current, words, lead)


def _full(current: list[Piece], words: int, piece: Piece) -> bool:
    if piece.kind == "caption" or words + piece.words > MAX_WORDS:
        return True
    if current[-1].kind == "item" and piece.kind == "text" and current[0].kind == "caption":
        return True
    return words >= TARGET_WORDS or (piece.opens and words >= PARAGRAPH_WORDS)
