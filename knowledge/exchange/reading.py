"""A file that somebody gives to be imported, read as a table of text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from knowledge.exchange.columns import TableKind
from knowledge.exchange.reading_csv import csv_rows
from knowledge.exchange.reading_xlsx import xlsx_rows
from knowledge.exchange.table import MOST_BYTES, MOST_COLUMNS, MOST_ROWS, Row, Table
from knowledge.messages import Failure

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of Office before 2007
_NO_TABLE = (b"%PDF-", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
MEGABYTE = 1024 * 1024


def read_table(source: Path | bytes, kind: TableKind, name: str = "") -> Table:
    """The table in a CSV or XLSX file; what it is, is told by its content and not by its name.

    Args:
        source: a path, or what was uploaded.
        kind: decides how the header row of a CSV file tells its delimiter.
        name: of the file, for what is told; that of the path if not given.

    Raises:
        Failure: the file is too large, is no table, is damaged, or has too many rows or columns.
        OSError: it cannot be read.
    """
    name = name or (source.name if isinstance(source, Path) else "")
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size > MOST_BYTES:
        raise Failure(
            "review_import_too_large",
            name=name,
            size=-(-size // MEGABYTE),
            most=MOST_BYTES // MEGABYTE,
        )
    data = source.read_bytes() if isinstance(source, Path) else source
    return _table(_rows(data, kind, name), name)


def _rows(data: bytes, kind: TableKind, name: str) -> Iterator[Row]:
    if data.startswith(_OLD_EXCEL):
        raise Failure("review_import_old_excel", name=name)
    if data.startswith(_NO_TABLE):
        raise Failure("review_import_no_table", name=name)
    if data.startswith(_ZIP):
        return xlsx_rows(data, name)
    return csv_rows(data, kind, name)


def _table(rows: Iterator[Row], name: str) -> Table:
    header = next(rows, None)
    if header is None:
        raise Failure("review_import_empty", name=name)
    below: list[Row] = []
    for row in rows:
        if len(below) == MOST_ROWS:
            raise Failure("review_import_rows", name=name, most=MOST_ROWS)
        below.append(row)
    if max(len(row.cells) for row in (header, *below)) > MOST_COLUMNS:
        raise Failure("review_import_columns", name=name, most=MOST_COLUMNS)
    if not below:
        raise Failure("review_import_empty", name=name)
    return Table(header, tuple(below))
