"""XLSX: values and never formulas, and refused before reading where it would not fit in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import openpyxl
from openpyxl.cell.read_only import EMPTY_CELL

from knowledge.exchange.table import MOST_COLUMNS, CellFault, Row, row_of
from knowledge.messages import Failure

MOST_UNPACKED_BYTES = 100 * 1024 * 1024
"""Of all files in the archive together; a sheet of 20,000 long rows has a fifth of it."""

MOST_RATIO = 200
"""Unpacked to packed. Sheets have 5 to 30; deflate's limit, and a bomb's, is about 1,000."""

LAST_ROW = 1_048_576
"""Excel's last row (support.microsoft.com: Excel specifications and limits)."""

_SHEETS = "xl/workbook.xml"


def xlsx_rows(data: bytes, name: str) -> Iterator[Row]:
    """The rows of the first sheet that are not empty, one at a time.

    A formula gives the value that was saved with it. Columns beyond the 61st are not read, but for
    the first row: there they are counted.

    Raises:
        Failure: it is a zip bomb, no workbook, or damaged.
    """
    refuse_bombs(data, name)
    try:
        yield from _rows(data)
    except Exception as error:
        # openpyxl meets a damaged workbook with whatever its next step raises, and defusedxml
        # refuses entities with a ValueError.
        raise Failure("review_import_damaged", name=name) from error


def refuse_bombs(data: bytes, name: str) -> None:
    """Look at the archive's directory only; zipfile never unpacks more than that declares."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Failure("review_import_damaged", name=name) from error
    if unpacked > MOST_UNPACKED_BYTES or unpacked > MOST_RATIO * len(data):
        raise Failure("review_import_bomb", name=name)
    if _SHEETS not in names:
        raise Failure("review_import_no_table", name=name)


def _rows(data: bytes) -> Iterator[Row]:
    values = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    formulas = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False)
    try:
        pairs = zip(_cells(values.worksheets[0]), _cells(formulas.worksheets[0]), strict=True)
        gap: tuple[Any, ...] | None = None
        for line, (shown, written) in enumerate(pairs, start=1):
            # For rows that the file leaves out, up to a million, openpyxl gives one and the same
            # tuple; cells that it leaves out are one object too.
            if written is gap or all(cell is EMPTY_CELL for cell in written):
                gap = written
            elif row := _row(line, shown, written):
                yield row
    finally:
        values.close()
        formulas.close()


def _cells(sheet: Any) -> Iterator[tuple[Any, ...]]:
    """Each row of the sheet, the first one in full width; what the sheet says of its size is not
    believed."""
    sheet.reset_dimensions()
    yield from sheet.iter_rows(min_row=1, max_row=1)
    yield from sheet.iter_rows(min_row=2, max_row=LAST_ROW, max_col=MOST_COLUMNS + 1)


def _row(line: int, shown: tuple[Any, ...], written: tuple[Any, ...]) -> Row | None:
    faults: dict[int, CellFault] = {}
    cells: list[str] = []
    for index, (cell, source) in enumerate(zip(shown, written, strict=True)):
        cells.append(as_text(cell.value))
        if cell.data_type == "e":
            faults[index] = "error"
        elif cell.value is None and source.data_type == "f":
            faults[index] = "formula"
    return row_of(line, cells, faults)


def as_text(value: object) -> str:
    """A cell's value as somebody would type it: ISO date, number without a needless «.0»."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
