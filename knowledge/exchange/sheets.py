"""Tables out: CSV and XLSX that no spreadsheet runs, and the template to fill in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter

from knowledge.exchange.cells import safe
from knowledge.exchange.columns import Choice, TableKind, choices, columns
from knowledge.geography import Municipalities
from knowledge.messages import Language, say

SAFE_WRITER = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
"""XlsxWriter would make a formula of "=..." and a link of "https://..." by itself."""

WIDEST = 60
NARROWEST = 12
"""Columns of a sheet, in characters."""

MOST_SHEET_CHARACTERS = 32_767
"""Of a cell (support.microsoft.com: Excel specifications and limits)."""

CHOOSING = {
    "inquiries": ("channel", "actor", "centre", "topics", "language", "status"),
    "visits": ("centre", "form", "actors"),
}
"""Columns whose allowed values the template lists; who answered is a centre too."""

Cells = Sequence[str]


def shown(kind: TableKind, values: Mapping[str, Any], language: Language) -> dict[str, str]:
    """Planned values as text by column id, with labels; read again they are the same values."""
    return {
        column.id: _shown(column.id, values.get(column.id), language) for column in columns(kind)
    }


def _shown(column: str, value: Any, language: Language) -> str:
    if value is None or value == "":
        return ""
    if column == "municipality":
        return _place(str(value))
    if column == "municipalities":
        return "; ".join(_place(code) for code in value)
    if column == "actors":
        return "; ".join(
            _label(column, actor, language) + ("" if count is None else f": {count}")
            for actor, count in value.items()
        )
    if column == "topics":
        return "; ".join(_label(column, topic, language) for topic in value)
    return _label(column, str(value), language)


def _place(code: str) -> str:
    found = Municipalities.load().by_code(code)
    return f"{code} {found.norwegian_name}" if found else code


def _label(column: str, value: str, language: Language) -> str:
    for choice in choices(column):
        if choice.id == value:
            return choice.label.text(language)
    return value


def as_csv(header: Cells, rows: Iterable[Cells]) -> bytes:
    """UTF-8 with the mark that Excel needs for æøå, separated by semicolons; every cell `safe`."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=";")
    for row in (header, *rows):
        writer.writerow([safe(cell) for cell in row])
    return target.getvalue().encode("utf-8-sig")


def as_xlsx(header: Cells, rows: Iterable[Cells]) -> bytes:
    """One sheet of text; every cell `safe`, also for whoever saves it as CSV afterwards."""
    return _workbook({"Frisksvar": [header, *rows]})


def template(kind: TableKind, language: Language = "nb") -> bytes:
    """An XLSX to fill in: the headers with an example, and a sheet with the allowed values."""
    all_columns = columns(kind)
    header = [column.label.text(language) for column in all_columns]
    example = [column.example.text(language) if column.example else "" for column in all_columns]
    lists: list[list[str]] = [
        [column.label.text(language), *_allowed(choices(column.id), language)]
        for column in all_columns
        if column.id in CHOOSING[kind]
    ]
    of_today = [m for m in Municipalities.load().all if m.valid_to is None]
    lists.append(
        [
            say("review_import_municipalities", language),
            *(f"{m.code} {m.norwegian_name}" for m in sorted(of_today, key=lambda m: m.code)),
        ]
    )
    longest = max(len(one) for one in lists)
    turned = [[one[row] if row < len(one) else "" for one in lists] for row in range(longest)]
    return _workbook(
        {
            say("review_import_sheet", language): [header, example],
            say("review_import_allowed", language): turned,
        }
    )


def _allowed(among: Iterable[Choice], language: Language) -> list[str]:
    return [choice.label.text(language) for choice in among]


def _workbook(sheets: Mapping[str, Sequence[Cells]]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, SAFE_WRITER) as workbook:
        bold = workbook.add_format({"bold": True})
        text = workbook.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for number, row in enumerate(rows):
                for index, cell in enumerate(row):
                    value = safe(cell)[:MOST_SHEET_CHARACTERS]
                    sheet.write_string(number, index, value, text if number else bold)
            for index in range(len(rows[0])):
                longest = 2 + max(len(row[index]) for row in rows if index < len(row))
                sheet.set_column(index, index, max(NARROWEST, min(longest, WIDEST)))
    return target.getvalue()
