"""The sheet with what every column of every table means, and where its numbers come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from knowledge.exports.described import source_of
from knowledge.exports.text_words import UNITS
from knowledge.exports.xlsx_sheet import (
    Formats,
    Sheet,
    set_height,
    set_page,
    write_header,
    write_text,
)
from knowledge.messages import Language, Message, say
from knowledge.statistics.table import Column

if TYPE_CHECKING:
    from knowledge.statistics.report import Report

_COLUMNS: Final = (
    (Message("report_file_column_sheet"), 26),
    (Message("report_file_column_label"), 20),
    (Message("report_file_column_definition"), 58),
    (Message("report_file_column_unit"), 13),
    (Message("report_file_column_additive"), 10),
    (Message("report_file_column_source"), 30),
    (Message("report_file_column_table"), 32),
    (Message("report_file_column_column"), 22),
)
"""Each with its width in characters. The last two are the ids, as in the files for programs."""


def write_definitions(
    sheet: Sheet, report: Report, names: Mapping[str, str], formats: Formats
) -> None:
    """Write one row for each column. `names`: the sheet of each table."""
    language = formats.language
    labels = [label.sentence(language) for label, _ in _COLUMNS]
    widths = [width for _, width in _COLUMNS]
    write_header(sheet, labels, widths, formats)
    row = 0
    for table in report.tables.values():
        source = source_of(table.spec, report.rules, language)
        for column in table.spec.columns:
            row += 1
            label, definition = column.label.text(language), column.definition.text(language)
            measured = (_unit(column, language), _additive(column, language))
            ids = (table.spec.id, column.id)
            cells = (names[table.spec.id], label, definition, *measured, source, *ids)
            set_height(sheet, row, cells, widths)
            for place, text in enumerate(cells):
                write_text(sheet, row, place, text, formats.text())
    sheet.autofilter(0, 0, row, len(_COLUMNS) - 1)
    set_page(sheet, say("report_sheet_definitions", language), formats)


def _unit(column: Column, language: Language) -> str:
    return UNITS[column.unit].sentence(language) if column.unit else ""


def _additive(column: Column, language: Language) -> str:
    if column.role != "measure":
        return ""
    return say("report_sheet_yes" if column.additive else "report_sheet_no", language)
