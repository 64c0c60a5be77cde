"""Ruled tables of a PDF, by pdfplumber, for the pages that have lines drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import pdfplumber
from pdfplumber.utils.exceptions import PdfminerException

# A frame around a text is no table; neither is a drawing cut in a hundred pieces.
MIN_ROWS = 2
MIN_COLUMNS = 2
MAX_CELL_CHARS = 400
# At least this share of the cells holds something.
MIN_FILLED = 0.4


@dataclass(frozen=True, slots=True)
class PdfTable:
    """Rows of cell texts; `top` and `bottom` in points from the page's foot."""

    rows: list[list[str]]
    top: float
    bottom: float


def ruled_tables(data: BytesIO, pages: Sequence[int]) -> dict[int, list[PdfTable]]:
    """Page index -> its tables, top down. A page that pdfplumber cannot read has none."""
    found: dict[int, list[PdfTable]] = {}
    if not pages:
        return found
    try:
        with pdfplumber.open(data, pages=[page + 1 for page in pages]) as pdf:
            for page in pdf.pages:
                tables = [table for t in page.find_tables() if (table := _table(t, page.height))]
                if tables:
                    found[page.page_number - 1] = tables
                page.close()
    except (PdfminerException, ValueError, KeyError, TypeError):
        return found
    return found


def _table(table: pdfplumber.table.Table, height: float) -> PdfTable | None:
    rows = [[cell or "" for cell in row] for row in table.extract()]
    cells = [cell for row in rows for cell in row]
    filled = sum(bool(cell.strip()) for cell in cells)
    if (
        len(rows) < MIN_ROWS
        or max(map(len, rows)) < MIN_COLUMNS
        or filled < MIN_FILLED * len(cells)
        or any(len(cell) > MAX_CELL_CHARS for cell in cells)
    ):
        return None
    return PdfTable(rows, height - table.bbox[1], height - table.bbox[3])
