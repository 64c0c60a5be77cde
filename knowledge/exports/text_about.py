"""What a report says of itself: what it covers, how it counts, what was corrected, who made it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from knowledge.exports.text_numbers import clean, counted, day, known, number, spans
from knowledge.exports.text_rows import latest, records, size, year_of
from knowledge.messages import Language, say
from knowledge.reference.reference import centres

if TYPE_CHECKING:
    from knowledge.statistics.report import Report
    from knowledge.statistics.scope import Scope


def title(scope: Scope, language: Language) -> str:
    period = scope.period.replace("-", "–")
    name = centre_name(scope)
    if name is None:
        told = say("report_text_title", language, period=period)
    else:
        told = say("report_text_title_centre", language, centre=name, period=period)
    return told if scope.shown_from else say("report_text_internal", language, title=told)


def centre_name(scope: Scope) -> str | None:
    """The name of the one centre; None: the report is about all of them."""
    if scope.centre is None:
        return None
    return next(each.name for each in centres() if each.id == scope.centre)


def background(report: Report, language: Language) -> Iterator[str]:
    scope = report.scope
    period = scope.period.replace("-", "–")
    if len(scope.years) == 1:
        yield say("report_text_about_year", language, period=period)
    else:
        yield say("report_text_about_years", language, period=period)
    name = centre_name(scope)
    if name is None:
        yield say("report_text_about_all", language)
    else:
        yield say("report_text_about_centre", language, centre=name)
    for row in latest(records(report.tables.get("centres_per_year"))):
        if known(row["serving"]):
            serving = counted(size(row, "serving"), "centres", language)
            yield say("report_text_serving", language, year=year_of(row), centres=serving)
    yield from _left_out(report, language)
    yield say("report_text_two_sources", language)
    if still_open := _open(report):
        yield say("report_text_open_years", language, years=spans(still_open, language))


def _open(report: Report) -> list[int]:
    """The years that the register has something of, and that nobody has closed."""
    rows = [row for name in _RECORDED for row in records(report.tables.get(name))]
    years = {year_of(row) for row in rows if year_of(row) in report.scope.years}
    return sorted(years - set(report.state.closed_years))


_RECORDED = ("inquiries", "visits_recorded", "form_numbers")


def _left_out(report: Report, language: Language) -> Iterator[str]:
    """The centres that the published figures leave out of years of this report."""
    for centre in centres():
        years = {year for period in centre.periods for year in period.not_in_figures}
        if shown := years & set(report.scope.years):
            told = spans(shown, language)
            yield say("report_text_left_out", language, who=centre.name, years=told)


def method(language: Language) -> Iterator[str]:
    yield say("report_text_what_counts", language)
    yield say("report_text_municipality_rule", language)
    yield say("report_text_form_rule", language)


def signs(scope: Scope, language: Language) -> Iterator[str]:
    """What stands in a table where there is no number."""
    yield say("report_text_zero_sign", language)
    yield say("report_text_missing_sign", language)
    if scope.shown_from:
        yield say("report_text_hidden_sign", language, least=scope.shown_from)
    else:
        yield say("report_text_nothing_hidden", language)


def corrections(report: Report, language: Language) -> Iterator[str]:
    """One sentence where there is nothing to show."""
    closed = spans(set(report.state.closed_years) & set(report.scope.years), language)
    if records(report.tables.get("corrections")):
        yield say("report_text_corrected", language)
        yield say("report_text_closed", language, years=closed)
    elif closed:
        yield say("report_text_not_corrected", language, years=closed)
    else:
        yield say("report_text_none_closed", language)


def made(report: Report, language: Language) -> Iterator[str]:
    """Who made it of what, so that it can be made again."""
    state = report.state
    yield say("report_text_made_by", language, who=clean(report.made_by), rules=report.rules)
    yield say(
        "report_text_state",
        language,
        inquiries=counted(state.inquiries, "inquiries", language),
        visits=counted(state.visits, "visits", language),
        forms=number(state.forms, language),
    )
    if state.changed_at is not None:
        yield say(
            "report_text_changed_at",
            language,
            n=number(state.last_change, language),
            at=day(state.changed_at, language),
        )
    yield say("report_text_drafted", language)
