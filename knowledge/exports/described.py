"""What a report tells of itself, the same in every file format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from knowledge.exchange.cells import safe
from knowledge.exports.text_numbers import spans
from knowledge.messages import Language, say
from knowledge.reference.reference import centres
from knowledge.statistics.table import TableSpec

if TYPE_CHECKING:
    from knowledge.statistics.report import Report
    from knowledge.statistics.scope import Scope

NONE: Final = "-"
"""The key of what was not told."""

SOURCE: Final = "source"
"""The column of a row that is published or recorded."""

DOCUMENTED: Final = frozenset({"document", "address"})
"""Columns about a row that Helsedirektoratet published: where it stands."""


def facts(report: Report, language: Language) -> dict[str, Any]:
    """What was asked, of which register, by which rules and by whom; only JSON's own types."""
    state = report.state
    return {
        "period": report.scope.period,
        "centre": report.scope.centre,
        "shown_from": report.scope.shown_from,
        "language": language,
        "rules": report.rules,
        "made_by": report.made_by,
        "register": {
            "inquiries": state.inquiries,
            "visits": state.visits,
            "forms": state.forms,
            "last_change": state.last_change,
            "changed_at": state.changed_at,
            "closed_years": list(state.closed_years),
        },
    }


def title(scope: Scope, language: Language) -> str:
    told = say(
        "report_file_title", language, period=scope.period, scope=centre_name(scope, language)
    )
    return told if scope.shown_from else say("report_text_internal", language, title=told)


def centre_name(scope: Scope, language: Language) -> str:
    """The centre that a report is about, or that it is about all."""
    if scope.centre is None:
        return say("report_file_all_centres", language)
    return next((each.name for each in centres() if each.id == scope.centre), scope.centre)


def hidden_sign(scope: Scope, language: Language) -> str:
    """What a hidden number means in this report, in a sentence or two."""
    if not scope.shown_from:
        return say("report_sheet_hidden_off", language)
    return say("report_sheet_hidden_text", language, least=scope.shown_from)


def withheld_of(report: Report, table: str, language: Language) -> str:
    """Which years of a table are not shown and why, in a sentence; "" where there are none."""
    if not (years := report.withheld.get(table)):
        return ""
    title = report.tables[table].spec.title.text(language)
    return say("report_text_withheld", language, table=title, years=spans(years, language))


def source_of(spec: TableSpec, rules: str, language: Language) -> str:
    """Where a table's numbers come from, in a sentence."""
    about = {column.id: column for column in spec.columns if column.role == "about"}
    if SOURCE in about:
        label = about[SOURCE].label.text(language)
        return say("report_file_source_both", language, column=f"«{label}» ({SOURCE})")
    if DOCUMENTED & about.keys():
        return say("report_file_source_published", language)
    if all(column.role != "measure" for column in spec.columns):
        return say("report_file_source_reference", language)
    return say("report_file_source_register", language, rules=rules)


def defused(text: str) -> str:
    """Text that no spreadsheet runs. The key of what was not told is no formula, and is kept."""
    return text if text == NONE else safe(text)
