"""The first sheet: what the report covers, of which register, and how to read the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from babel.dates import format_date, format_time

from knowledge.calendar import OSLO
from knowledge.exports.described import NONE, centre_name, hidden_sign, title, withheld_of
from knowledge.exports.text_numbers import LOCALES, number
from knowledge.exports.xlsx_sheet import Formats, Sheet, link_to, set_height, set_page, write_text
from knowledge.messages import Language, say

if TYPE_CHECKING:
    from knowledge.statistics.report import Report

_WIDTHS: Final = (32, 78, 9)
"""Of the columns, in characters: they fill an upright A4 page."""

_FIRST_LINE: Final = 2
"""Below the title and an empty row."""


def write_about(sheet: Sheet, report: Report, names: Mapping[str, str], formats: Formats) -> None:
    """Write the sheet. `names`: the sheet of each table, which is linked to."""
    language = formats.language
    for place, width in enumerate(_WIDTHS):
        sheet.set_column(place, place, width)
    write_text(sheet, 0, 0, title(report.scope, language), formats.heading())
    lines = list(_lines(report, language))
    for row, (name, text) in enumerate(lines, start=_FIRST_LINE):
        set_height(sheet, row, (name, text), _WIDTHS[:2])
        write_text(sheet, row, 0, name, formats.text(bold=True))
        write_text(sheet, row, 1, text, formats.text())
    head = _FIRST_LINE + len(lines) + 1
    headings = ("report_sheet_contents", "report_file_column_table", "report_file_column_rows")
    for place, key in enumerate(headings):
        sheet.write_string(head, place, say(key, language), formats.header(right=place == 2))
    for row, (each, table) in enumerate(report.tables.items(), start=head + 1):
        sheet.write_url(row, 0, link_to(names[each]), formats.link(), names[each])
        spec = table.spec
        told = f"{spec.title.text(language)}. {spec.note.text(language)}"
        set_height(sheet, row, (names[each], told), _WIDTHS[:2])
        write_text(sheet, row, 1, told, formats.text())
        sheet.write_number(row, 2, len(table.rows), formats.value("integer"))
    set_page(sheet, title(report.scope, language), formats, landscape=False)


def _lines(report: Report, language: Language) -> Iterator[tuple[str, str]]:
    """What is told of the report, each with its name."""
    state = report.state
    closed = ", ".join(map(str, state.closed_years))
    register = say(
        "report_sheet_register_text",
        language,
        inquiries=number(state.inquiries, language),
        visits=number(state.visits, language),
        forms=number(state.forms, language),
        change=state.last_change,
    )
    yield say("report_sheet_period", language), report.scope.period
    yield say("report_sheet_scope", language), centre_name(report.scope, language)
    yield say("report_sheet_made_by", language), report.made_by
    rules = say("report_sheet_rules_text", language, rules=report.rules)
    yield say("report_sheet_rules", language), rules
    yield say("report_sheet_register", language), register
    yield say("report_sheet_register_date", language), _moment(state.changed_at, language)
    none = say("report_sheet_closed_none", language)
    yield say("report_sheet_closed", language), closed or none
    yield say("report_sheet_sources", language), say("report_sheet_sources_text", language)
    hidden = hidden_sign(report.scope, language)
    yield say("report_sheet_hidden", language), hidden
    missing = " ".join(withheld_of(report, name, language) for name in report.withheld)
    if missing:
        yield say("report_sheet_withheld", language), missing
    yield say("report_sheet_missing", language), say("report_sheet_missing_text", language)
    yield say("report_sheet_none", language), say("report_sheet_none_text", language)


def _moment(at: str | None, language: Language) -> str:
    """A moment as it is told in Norway, by the clock there."""
    if at is None:
        return NONE
    moment, locale = datetime.fromisoformat(at).astimezone(OSLO), LOCALES[language]
    day = format_date(moment, "long", locale=locale)
    return f"{day} {format_time(moment, 'HH:mm', tzinfo=OSLO, locale=locale)}"
