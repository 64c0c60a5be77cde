"""PDF: text and page numbers by pypdfium2, ruled tables by pdfplumber.

Lines stay as they are printed. A word divided at a line's end is joined only where the joined word
stands elsewhere in the document; otherwise hyphen and line end are kept, as they are printed.
pdfium is not thread-safe: it is used under a lock.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from indexer.documents import Document, FrontMatter, UnreadableDocument
from indexer.loaders.builder import TextBuilder
from indexer.loaders.dates import visible_date
from indexer.loaders.front_matter import complete
from indexer.loaders.pdf_layout import blocks, body_size, heading_sizes, running_lines
from indexer.loaders.pdf_tables import PdfTable, ruled_tables
from indexer.tables.lines import collapse
from knowledge.pdfium import PDFIUM

# pdfium's sign for a hyphen that divides a word at the end of a line.
_DIVIDED = re.compile(r"([^\W\d_]+)[\ufffe\u0002]([^\W\d_]+)")
_HYPHEN_SIGNS = re.compile(r"[\ufffe\u0002]")
# Fewer ruled lines than this make no table, and pdfplumber is not asked.
MIN_RULES = 4
# A page that draws more paths and texts than this is a drawing or a bomb, and pdfplumber takes
# minutes for it. A dense page of print has 6,000 characters, each a text of its own at the worst; a
# table of a hundred rows has some 3,000 paths.
MAX_DRAWN = 8_000
# The same for the pages of one document together: a book of tables has some 100,000.
MAX_DRAWN_IN_ALL = 200_000
_DRAWN = [raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_TEXT]
# CSS font weights: 700 is bold; pdfium reports a little above or below.
BOLD_WEIGHT = 650
# A document with less text than this is a scan.
MIN_CHARS = 20


@dataclass(frozen=True, slots=True)
class PdfLine:
    """A printed line: font size in points, `top` and `bottom` in points from the page's foot."""

    text: str
    size: float
    bold: bool
    top: float
    bottom: float


def load_pdf(data: bytes, name: str, front_matter: FrontMatter) -> Document:
    """The document of a PDF; raises UnreadableDocument when broken, locked, or without text."""
    with PDFIUM:
        pages, ruled, metadata = _read(data, name)
    if sum(len(line.text) for page in pages for line in page) < MIN_CHARS:
        raise UnreadableDocument("reader_pdf_pictures", name=name)
    pages = _whole_words(pages)
    builder = TextBuilder()
    _write(builder, pages, ruled_tables(BytesIO(data), ruled))
    shown = visible_date(builder.text)
    title = front_matter.title or collapse(metadata.get("Title", "")) or _title(builder)
    return builder.document(
        title or name,
        front_matter=complete(front_matter, FrontMatter(updated=shown)),
        loose_tables=True,
    )


def _read(data: bytes, name: str) -> tuple[list[list[PdfLine]], list[int], dict[str, str]]:
    """The lines of each page, the pages with ruled tables, and the metadata."""
    try:
        pdf = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).casefold():
            raise UnreadableDocument("reader_pdf_locked", name=name) from None
        raise UnreadableDocument("reader_pdf_damaged", name=name) from None
    try:
        pages = [_lines(pdf[i]) for i in range(len(pdf))]
        ruled = _ruled(pdf)
        metadata = pdf.get_metadata_dict()
    except pdfium.PdfiumError:
        raise UnreadableDocument("reader_pdf_damaged", name=name) from None
    finally:
        pdf.close()
    return pages, ruled, metadata


def _title(builder: TextBuilder) -> str:
    top = min((h.level for h in builder.headings), default=0)
    return next((h.title for h in builder.headings if h.level == top and h.page == 1), "")


def _ruled(pdf: pdfium.PdfDocument) -> list[int]:
    """The pages that may hold a table with lines drawn, as far as there is not too much on them."""
    found: list[int] = []
    left = MAX_DRAWN_IN_ALL
    for i in range(len(pdf)):
        if left <= 0:
            break
        drawn = [each.type for each in islice(pdf[i].get_objects(_DRAWN, max_depth=2), MAX_DRAWN)]
        left -= len(drawn)
        if len(drawn) < MAX_DRAWN and drawn.count(raw.FPDF_PAGEOBJ_PATH) >= MIN_RULES:
            found.append(i)
    return found


def _lines(page: pdfium.PdfPage) -> list[PdfLine]:
    textpage = page.get_textpage()
    text = textpage.get_text_range()
    lines = []
    at = 0
    for line in text.split("\r\n"):
        stripped = line.strip()
        if stripped:
            first = at + len(line) - len(line.lstrip())
            lines.append(_line(textpage, stripped, first, at + len(line.rstrip()) - 1))
        at += len(line) + 2
    return lines


def _line(textpage: pdfium.PdfTextPage, text: str, first: int, last: int) -> PdfLine:
    size = float(raw.FPDFText_GetFontSize(textpage, first))
    weights = [raw.FPDFText_GetFontWeight(textpage, i) for i in (first, last)]
    try:
        tops = textpage.get_charbox(first, loose=True)
        ends = textpage.get_charbox(last, loose=True)
    except pdfium.PdfiumError:
        return PdfLine(text, size, False, 0.0, 0.0)
    bold = min(weights) >= BOLD_WEIGHT or _bold_name(textpage, first, last)
    return PdfLine(text, round(size, 1), bold, tops[3], min(tops[1], ends[1]))


def _bold_name(textpage: pdfium.PdfTextPage, *indexes: int) -> bool:
    """Whether the font's name says bold, for files that do not tell the weight."""
    flags = ctypes.c_int()
    buffer = ctypes.create_string_buffer(128)
    for index in indexes:
        size = raw.FPDFText_GetFontInfo(textpage, index, buffer, len(buffer), ctypes.byref(flags))
        if not size or b"bold" not in buffer.value.lower():
            return False
    return True


def _whole_words(pages: Sequence[Sequence[PdfLine]]) -> list[list[PdfLine]]:
    """Divided words joined where the whole word is known from the document itself."""
    known = {
        word
        for page in pages
        for line in page
        for word in re.findall(r"[^\W\d_]+", _DIVIDED.sub(" ", line.text).casefold())
    }

    def join(match: re.Match[str]) -> str:
        whole = match[1] + match[2]
        return whole if whole.casefold() in known else f"{match[1]}-\n{match[2]}"

    return [
        [
            replace(line, text=_HYPHEN_SIGNS.sub("-\n", _DIVIDED.sub(join, line.text)))
            for line in page
        ]
        for page in pages
    ]


def _write(
    builder: TextBuilder, pages: list[list[PdfLine]], tables: dict[int, list[PdfTable]]
) -> None:
    size = body_size(line for page in pages for line in page)
    running = running_lines(pages, size)
    sizes = heading_sizes(pages, size)
    for number, page in enumerate(pages):
        builder.page()
        kept = [line for i, line in enumerate(page) if (number, i) not in running]
        here = sorted(tables.get(number, ()), key=lambda table: -table.top)
        outside = [x for x in kept if not any(_within(x, table) for table in here)]
        for block in blocks(outside, size, sizes):
            while here and here[0].top > block.top:
                builder.table(here.pop(0).rows)
            if block.level:
                builder.heading(block.level, block.text)
            else:
                builder.paragraph(block.text)
        for table in here:
            builder.table(table.rows)


def _within(line: PdfLine, table: PdfTable) -> bool:
    middle = (line.top + line.bottom) / 2
    return table.bottom <= middle <= table.top
