"""The text of a document whose file holds structure and not plain text (HTML, DOCX, PDF).

The builder writes the text piece by piece and so knows where each heading, list and cell stands.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from indexer.documents import Cell, Document, FrontMatter, Table, TableRow
from indexer.sections import Heading, assemble, boilerplate, text_structure
from indexer.tables import find_tables, merge
from indexer.tables.lines import collapse, is_caption

CELL_GAP = " | "
# Rows above this are not written as one table; no printed table comes near.
MAX_COLUMNS = 100


class TextBuilder:
    """Collects blocks in reading order; `document` gives the result."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._last: tuple[str, int, int] = ("", 0, 0)  # kind, start, end of the last block
        self.headings: list[Heading] = []
        self.tables: list[Table] = []
        self.pages: list[int] = []

    @property
    def length(self) -> int:
        return self._length

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def page(self) -> None:
        """Begins a new page at the next block."""
        self._write("\n\n" if self._length else "")
        self.pages.append(self._length)
        self._last = ("page", self._length, self._length)

    def heading(self, level: int, text: str, anchor: str | None = None) -> None:
        title = collapse(text)
        if title:
            start, end = self._block("heading", title)
            page = len(self.pages) or None
            self.headings.append(Heading(level, title, start, end, anchor, page))

    def paragraph(self, text: str) -> None:
        text = text.strip()
        if not text:
            return
        below = self._last[0] == "table" and is_caption(text) and not self.tables[-1].caption
        end = self._block("paragraph", text)[1]
        if below:
            self.tables[-1] = replace(self.tables[-1], caption=collapse(text), end=end)

    def item(self, text: str, *, mark: str = "•", depth: int = 0) -> None:
        text = text.strip()
        if text:
            self._block("item", f"{'  ' * depth}{mark} {text}")

    def table(
        self,
        grid: Sequence[Sequence[str]],
        *,
        header_rows: int = 1,
        stubs: int = 1,
        caption: str = "",
    ) -> None:
        """A table given as rows of cells; all but the first `stubs` columns hold values.

        What has no body row or a single column is written as lines and is no table. Without a
        caption of its own it takes a paragraph "Tabell N …" right above, or right below.
        """
        width = max((len(row) for row in grid), default=0)
        rows = [[*map(collapse, row), *[""] * (width - len(row))] for row in grid]
        rows = [row for row in rows if any(row)]
        if len(rows) <= header_rows or width <= stubs or width > MAX_COLUMNS:
            for row in rows:
                self.item(CELL_GAP.join(cell for cell in row if cell))
            return
        kind, start, end = self._last
        text_above = self._text(start, end) if kind == "paragraph" else ""
        if caption:
            top = self._block("paragraph", collapse(caption))[0]
        elif is_caption(text_above):
            top, caption = start, text_above
        else:
            top = -1
        spans = [self._row(row, first=i == 0) for i, row in enumerate(rows)]
        columns = [
            " ".join(dict.fromkeys(row[i] for row in rows[:header_rows] if row[i]))
            for i in range(width)
        ]
        body = []
        for row, cells in list(zip(rows, spans, strict=True))[header_rows:]:
            label = " ".join(dict.fromkeys(cell for cell in row[:stubs] if cell))
            kept = tuple(
                Cell(text, *span) for text, span in zip(row[stubs:], cells[stubs:], strict=True)
            )
            body.append(TableRow(label, kept, cells[0][0], cells[-1][1]))
        first = spans[0][0][0] if top < 0 else top
        self._last = ("table", first, self._length)
        self.tables.append(
            Table(
                caption=collapse(caption),
                stub=" ".join(label for label in columns[:stubs] if label),
                columns=tuple(columns[stubs:]),
                rows=tuple(body),
                start=first,
                end=self._length,
            )
        )

    def document(
        self,
        title: str,
        *,
        front_matter: FrontMatter,
        language: str | None = None,
        loose_tables: bool = False,
    ) -> Document:
        """The document; without any heading, headings are looked for in the text.

        Args:
            loose_tables: look for tables in running text as well (PDF without ruled lines).
        """
        text = self.text
        headings, tables = list(self.headings), list(self.tables)
        if loose_tables:
            tables = merge([*tables, *find_tables(text)])
        if not headings:
            headings = [
                replace(h, page=self._page_of(h.start))
                for h in text_structure(text).headings
                if not any(t.start < h.end and h.start < t.end for t in tables)
            ]
        gaps = [
            (start, end)
            for start, end in boilerplate(text)
            if not any(t.start < end and start < t.end for t in tables)
        ]
        sections = assemble(text, headings, gaps)
        if self.pages:
            sections = tuple(replace(s, page=self._page_of(s.start)) for s in sections)
        # A heading may have been seen inside what was then found to be a table.
        tables = [t for t in tables if any(s.start <= t.start and t.end <= s.end for s in sections)]
        return Document(
            title, text, sections, tuple(tables), front_matter, language, tuple(self.pages)
        )

    def _page_of(self, offset: int) -> int | None:
        return bisect_right(self.pages, offset) or None

    def _row(self, row: Sequence[str], *, first: bool) -> list[tuple[int, int]]:
        self._write(("\n\n" if self._length else "") if first else "\n")
        spans = []
        for i, cell in enumerate(row):
            if i:
                self._write(CELL_GAP)
            start = self._length
            self._write(cell)
            spans.append((start, self._length))
        return spans

    def _block(self, kind: str, text: str) -> tuple[int, int]:
        listed = kind == "item" and self._last[0] == "item"
        fresh = not self._length or self._last[0] == "page"
        self._write("" if fresh else "\n" if listed else "\n\n")
        start = self._length
        self._write(text)
        self._last = (kind, start, self._length)
        return start, self._length

    def _text(self, start: int, end: int) -> str:
        """The last block's text: blocks are written whole, so it is the last part."""
        return self._parts[-1] if end - start == len(self._parts[-1]) else ""

    def _write(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._length += len(text)
