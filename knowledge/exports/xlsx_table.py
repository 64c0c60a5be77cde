"""The sheet of one table: a header row, then typed cells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from knowledge.exports.text_words import word
from knowledge.exports.xlsx_sheet import (
    Formats,
    Sheet,
    set_height,
    set_page,
    width_for,
    write_header,
    write_text,
)
from knowledge.messages import Language
from knowledge.statistics.table import Column, Hidden, Row, Table, Value

UPRIGHT: Final = 95
"""Characters that an upright A4 page has room for."""

_DATE_WIDTH: Final = "2026-01-31"


def write_table(sheet: Sheet, table: Table, formats: Formats) -> None:
    """Write the table; a hidden number is the sign for it, and no figure an empty cell.

    A key that has a name beside it is written as it is, other words as a reader knows them.
    """
    columns = table.spec.columns
    rows = [_readable(row, columns, formats.language) for row in table.rows]
    labels = [column.label.text(formats.language) for column in columns]
    widths = [
        width_for(label, (_shown(row[place], column) for row in rows))
        for place, (column, label) in enumerate(zip(columns, labels, strict=True))
    ]
    numbers = [place for place, column in enumerate(columns) if column.role == "measure"]
    write_header(sheet, labels, widths, formats, numbers=numbers)
    for number, row in enumerate(rows, start=1):
        texts = [value if isinstance(value, str) else "" for value in row]
        set_height(sheet, number, texts, widths)
        for place, (column, value) in enumerate(zip(columns, row, strict=True)):
            _write(sheet, number, place, value, column, formats)
    sheet.autofilter(0, 0, len(table.rows), len(columns) - 1)
    title = table.spec.title.text(formats.language)
    set_page(sheet, title, formats, landscape=sum(widths) > UPRIGHT)


def _readable(row: Row, columns: Sequence[Column], language: Language) -> Row:
    return tuple(
        word(column.id, value, language)
        if column.role == "about" and isinstance(value, str)
        else value
        for column, value in zip(columns, row, strict=True)
    )


def _write(
    sheet: Sheet, row: int, place: int, value: Value, column: Column, formats: Formats
) -> None:
    form = formats.value(column.type, column.unit)
    match value:
        case None:
            pass
        case Hidden():
            sheet.write_string(row, place, str(value), formats.hidden())
        case bool():
            sheet.write_boolean(row, place, value, form)
        case str() if column.type == "date":
            sheet.write_datetime(row, place, date.fromisoformat(value), form)
        case str():
            write_text(sheet, row, place, value, form)
        case _:
            sheet.write_number(row, place, value, form)


def _shown(value: Value, column: Column) -> str:
    """About as long as the cell is shown."""
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,.2f}" if column.type == "number" else f"{value:,}"
    return _DATE_WIDTH if column.type == "date" else str(value)
