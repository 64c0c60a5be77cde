"""Word documents (DOCX): headings by style, lists, tables, and the core properties."""

from __future__ import annotations

import re
import zipfile
import zlib
from datetime import date
from io import BytesIO

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph

from indexer.documents import Document, FrontMatter, UnreadableDocument
from indexer.loaders.builder import MAX_COLUMNS, TextBuilder
from indexer.loaders.dates import parse_date
from indexer.loaders.front_matter import complete

# What a document may hold once unpacked; a picture-rich report is some tens of megabytes.
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
# Of the parts that are parsed, which take ten times their size in memory; a report of a thousand
# pages has some tens of megabytes.
MAX_XML_BYTES = 128 * 1024 * 1024
# Unpacked to packed. Word's own XML has 5 to 30; deflate's limit, and a bomb's, is about 1,000.
MAX_RATIO = 200
# Below this nothing can be a bomb, whatever its ratio.
SMALL_BYTES = 16 * 1024 * 1024
_PARSED = (".xml", ".rels")
# "Heading 2", and what Word calls it in Norwegian.
_HEADING = re.compile(r"^(?:heading|overskrift)\s*([1-9])$", re.I)
_LIST = re.compile(r"^(?:list|liste|punktliste|nummerert)", re.I)
_MARK = re.compile(r"^[•·▪–-]\s+")
# The title that python-docx's and Word's templates leave behind.
_TEMPLATE_TITLES = frozenset({"", "word document", "document", "dokument"})


TEMPLATE_DATE = date(2013, 12, 23)
"""When python-docx's own template was changed: it says nothing of a document made from it."""


def load_docx(data: bytes, name: str, front_matter: FrontMatter) -> Document:
    """The document of a DOCX file; raises UnreadableDocument when it is broken or no DOCX."""
    word = _open(data, name)
    builder = TextBuilder()
    title = ""
    for block in word.iter_inner_content():
        if isinstance(block, WordTable):
            builder.table([_row(row) for row in _cells(block)])
            continue
        style = _style(block)
        heading = _HEADING.match(style)
        if style.casefold() in ("title", "tittel"):
            title = title or block.text.strip()
            builder.heading(1, block.text)
        elif heading:
            builder.heading(int(heading[1]) + bool(title), block.text)
        elif _LIST.match(style) or _numbered(block):
            builder.item(_MARK.sub("", block.text.strip()))
        else:
            builder.paragraph(block.text)
    if not builder.length:
        raise UnreadableDocument("reader_no_text", name=name)
    properties = word.core_properties
    named = (properties.title or "").strip()
    if named.casefold() in _TEMPLATE_TITLES:
        named = ""
    first = builder.headings[0].title if builder.headings else ""
    found = FrontMatter(title=named or None, updated=_changed(properties.modified))
    return builder.document(
        front_matter.title or named or title or first or name,
        front_matter=complete(front_matter, found),
        language=(properties.language or "").split("-")[0].casefold() or None,
    )


def _open(data: bytes, name: str) -> WordDocument:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        parsed = sum(e.file_size for e in entries if e.filename.casefold().endswith(_PARSED))
        for size, most in ((unpacked, MAX_UNPACKED_BYTES), (parsed, MAX_XML_BYTES)):
            if size > min(most, max(MAX_RATIO * len(data), SMALL_BYTES)):
                limit = min(most, MAX_RATIO * len(data)) >> 20
                raise UnreadableDocument("reader_docx_too_large", name=name, limit=limit)
        return docx.Document(BytesIO(data))
    except UnreadableDocument:
        raise
    except (
        zipfile.BadZipFile,
        PackageNotFoundError,
        SyntaxError,  # lxml.etree.XMLSyntaxError
        zlib.error,
        KeyError,
        ValueError,
        AttributeError,
        NotImplementedError,
        OSError,
        EOFError,
    ):
        raise UnreadableDocument("reader_docx_damaged", name=name) from None


def _style(paragraph: Paragraph) -> str:
    """The paragraph's style, or the heading style that it is made from."""
    style = paragraph.style
    name = (style.name or "") if style is not None else ""
    for _ in range(10):  # styles may be made from each other in a ring
        if style is None:
            break
        if _HEADING.match(style.name or ""):
            return style.name or ""
        style = getattr(style, "base_style", None)
    return name


def _changed(modified: object) -> date | None:
    found = parse_date(modified)
    return None if found == TEMPLATE_DATE else found


def _numbered(paragraph: Paragraph) -> bool:
    properties = paragraph._p.pPr
    return properties is not None and properties.numPr is not None


def _cells(table: WordTable) -> list[list[str]]:
    """The cells of each row, a merged one repeated; of a row that is far too wide, each once."""
    rows: list[list[str]] = []
    for row in table.rows:
        cells = row._tr.tc_lst
        if sum(cell.grid_span for cell in cells) > MAX_COLUMNS:
            rows.append(["".join(cell.itertext()) for cell in cells[:MAX_COLUMNS]])
        else:
            rows.append([cell.text for cell in row.cells])
    return rows


def _row(row: list[str]) -> list[str]:
    return [" ".join(cell.split()) for cell in row]
