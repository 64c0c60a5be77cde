"""Corrections of closed years as a reader knows the numbers: by table, row and column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from knowledge.exports.text_numbers import cell, clean, day, month
from knowledge.exports.text_rows import Record, records
from knowledge.exports.text_tables import ZERO, Cell, Grid, grid, told
from knowledge.exports.text_words import word
from knowledge.messages import Language, say
from knowledge.statistics.table import YEARLY, Column, Table, Value

if TYPE_CHECKING:
    from knowledge.statistics.report import Report

CORRECTIONS: Final = "corrections"

_COLUMNS: Final = ("before", "after", "state", "reason", "at", "who")
_HEADER: Final = (
    "report_file_column_table",
    "report_text_corrections_row",
    "report_file_column_column",
)


def printed(report: Report, name: str, language: Language) -> Grid:
    """A table of the report for reading; corrections without their addresses."""
    if name == CORRECTIONS and report.tables[name].rows:
        return _corrections(report, language)
    return grid(report.tables[name], language)


def _corrections(report: Report, language: Language) -> Grid:
    table = report.tables[CORRECTIONS]
    given = records(table)
    about = [
        column
        for column in table.spec.columns
        if column.id in _COLUMNS
        and (column.role == "measure" or any(row[column.id] not in (None, "") for row in given))
    ]
    header = [
        table.spec.columns[0].label.text(language),
        *(say(key, language) for key in _HEADER),
        *(column.label.text(language) for column in about),
    ]
    numeric = [False] * (1 + len(_HEADER)) + [column.role == "measure" for column in about]
    rows = []
    for row in given:
        names, corrected = _named(report, str(row["address"]), language)
        told = [_told(column, row, corrected, language) for column in about]
        rows.append(tuple(map(Cell, (str(row[YEARLY]), *names, *told))))
    title, note = table.spec.title.text(language), table.spec.note.text(language)
    return Grid(CORRECTIONS, title, "", note, tuple(header), tuple(numeric), tuple(rows))


def _told(column: Column, row: Record, corrected: Column | None, language: Language) -> str:
    """A value of a correction; a number is written as in the table that it is of."""
    value = row[column.id]
    if column.role == "measure":
        if corrected is not None and value is not None:
            return told(corrected, {corrected.id: value}, language).text
        return cell(value, language)
    if value in (None, ""):
        return ""
    if column.id == "at":
        return _day(str(value), language)
    return clean(word(column.id, str(value), language))


def _day(moment: str, language: Language) -> str:
    """A moment by its day; as it stands where somebody's file has something else there."""
    try:
        return day(moment, language)
    except ValueError:
        return clean(moment)


def _named(report: Report, address: str, language: Language) -> tuple[list[str], Column | None]:
    """Table, row and column of an address ("visits/2025/persons"), and that column.

    Of an address that names less, or what the report does not have, as much as it tells.
    """
    name, *keys = address.split("/")
    table = report.tables.get(name)
    if table is None:
        return [clean(address), "", ""], None
    title = table.spec.title.text(language)
    column = next((each for each in table.spec.columns if keys and each.id == keys[-1]), None)
    if column is None:
        return [title, _row_name(table, tuple(keys), language), ""], None
    row = _row_name(table, tuple(keys[:-1]), language)
    return [title, row, column.label.text(language)], column


def _row_name(table: Table, key: tuple[str, ...], language: Language) -> str:
    """What a row is called: the name beside its keys, or the keys in words; "–": the year's one."""
    spec = table.spec
    label = next((at for at, each in enumerate(spec.columns) if each.role == "label"), None)
    found = next((row for row in table.rows if table.key(row) == key), None) or next(
        (row for row in table.rows if table.key(row)[1:] == key[1:]), None
    )
    if label is not None and found is not None and found[label]:
        return clean(str(found[label]))
    columns = [each for each in spec.keys if each.id != YEARLY]
    rest: tuple[Value, ...] = key[1:] if spec.yearly else key
    told = [
        month(str(part), language) if column.id == "month" else word(column.id, str(part), language)
        for column, part in zip(columns, rest, strict=False)
    ]
    return clean(", ".join(told)) or ZERO
