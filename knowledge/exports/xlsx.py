"""A report as a workbook: about it, its figures, one sheet per table, and every definition.

Each table's sheet has one header row and typed cells, so that a pivot table or a program can use it
as it stands. No cell is a formula, none are merged.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

import xlsxwriter

from knowledge.exports.charts import figures
from knowledge.exports.described import title
from knowledge.exports.files import write_file
from knowledge.exports.xlsx_about import write_about
from knowledge.exports.xlsx_definitions import write_definitions
from knowledge.exports.xlsx_figures import write_figures
from knowledge.exports.xlsx_names import sheet_names
from knowledge.exports.xlsx_sheet import Formats
from knowledge.exports.xlsx_table import write_table
from knowledge.messages import Language, say

if TYPE_CHECKING:
    from knowledge.statistics.report import Report

OPTIONS: Final = {
    # A report has as many rows as there are municipalities and years, not as many as the register:
    # it is small, and kept in memory no half file can be left in a temporary folder.
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
"""XlsxWriter would make a formula of "=..." and a link of "https://..." by itself."""


def write(report: Report, target: Path, language: Language) -> list[Path]:
    """Write the workbook.

    Raises:
        Failure: it cannot be written there.
    """
    return write_file(target, workbook(report, language))


def workbook(report: Report, language: Language) -> bytes:
    """The workbook as it stands in a file (Office Open XML)."""
    about, drawn, defined = (
        say("report_sheet_about", language),
        say("report_sheet_figures", language),
        say("report_sheet_definitions", language),
    )
    specs = [table.spec for table in report.tables.values()]
    names = sheet_names(specs, language, taken=(about, drawn, defined))
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, OPTIONS) as book:
        book.set_properties(
            {"title": title(report.scope, language), "author": report.made_by, "company": ""}
        )
        book.set_size(2400, 1600)
        mark = "" if report.scope.shown_from else say("report_sheet_internal", language)
        formats = Formats(book, language, mark=mark)
        write_about(book.add_worksheet(about), report, names, formats)
        write_figures(book, drawn, figures(report, language), names, formats)
        for name, table in report.tables.items():
            write_table(book.add_worksheet(names[name]), table, formats)
        write_definitions(book.add_worksheet(defined), report, names, formats)
    return target.getvalue()
