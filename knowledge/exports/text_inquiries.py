"""What a report says of inquiries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from knowledge.exports.text_numbers import clean, counted, known, listed, number, spans
from knowledge.exports.text_rows import (
    NONE,
    SEVERAL,
    Record,
    greatest,
    latest,
    records,
    size,
    year_of,
)
from knowledge.exports.text_visits import compared, most, named
from knowledge.messages import Language, say

if TYPE_CHECKING:
    from knowledge.statistics.report import Report

FIRST_REPLIES: Final = ("first_reply_centre", "resolved")
"""The steps that text tells of: the bot's own reply takes seconds."""


def inquiries(report: Report, language: Language) -> Iterator[str]:
    """Sentences on how many asked; one that nothing is recorded, where nothing is."""
    rows = [row for row in records(report.tables.get("inquiries")) if known(row["inquiries"])]
    rows = [row for row in rows if size(row, "inquiries")]
    without = sorted(set(report.scope.years) - set(map(year_of, rows)))
    nothing = say("report_text_no_inquiries", language, period=spans(without, language))
    if not rows:
        yield nothing
        return
    now = rows[-1]
    told = counted(size(now, "inquiries"), "inquiries", language)
    if known(now["municipalities"]):
        yield say(
            "report_text_asked",
            language,
            year=year_of(now),
            inquiries=told,
            municipalities=counted(size(now, "municipalities"), "municipalities", language),
        )
    else:
        yield say("report_text_asked_only", language, year=year_of(now), inquiries=told)
    yield from compared(rows, "inquiries", language)
    yield from most("report_text_most_asked", rows, "inquiries", "inquiries", language)
    yield from _left_out(now, language)
    if without:
        yield nothing


def _left_out(row: Record, language: Language) -> Iterator[str]:
    if known(row["received"], row["not_inquiries"], row["duplicates"]) and (
        size(row, "not_inquiries") or size(row, "duplicates")
    ):
        yield say(
            "report_text_not_counted",
            language,
            year=year_of(row),
            received=number(size(row, "received"), language),
            other=number(size(row, "not_inquiries"), language),
            duplicates=number(size(row, "duplicates"), language),
        )


def answers(report: Report, language: Language) -> Iterator[str]:
    """Who answered, and how soon."""
    rows = latest(records(report.tables.get("outcomes")))
    least = max(report.scope.shown_from, 1)
    shown = [row for row in rows if known(row["inquiries"]) and size(row, "inquiries") >= least]
    if shown:
        outcomes = named(shown, "inquiries", language)
        yield say("report_text_outcomes", language, year=year_of(shown[0]), outcomes=outcomes)
    for row in latest(records(report.tables.get("response_times"))):
        if row["step"] in FIRST_REPLIES and known(row["median_hours"], row["p90_hours"]):
            yield say(
                "report_text_times",
                language,
                step=clean(str(row["name"])),
                year=year_of(row),
                median=counted(size(row, "median_hours"), "hours", language),
                p90=counted(size(row, "p90_hours"), "hours", language),
            )


def topics(report: Report, language: Language) -> Iterator[str]:
    """What was asked about, what is new, what grew, and what the sources did not cover."""
    least = report.scope.shown_from
    top = greatest(_topics(report, "inquiries_by_topic"), "inquiries", least)
    if top:
        told = named(top, "inquiries", language)
        yield say("report_text_asked_about", language, year=year_of(top[0]), topics=told)
    changed = _topics(report, "topics_changed")
    new = [row for row in changed if row["new"] is True and known(row["inquiries"])]
    if new:
        names = listed([clean(str(row["name"])) for row in new], language)
        yield say("report_text_new_topics", language, year=year_of(new[0]), topics=names)
    grown = greatest([row for row in changed if row["new"] is not True], "change", least)
    if grown:
        year = year_of(grown[0])
        told = named(grown, "change", language)
        yield say("report_text_grown_topics", language, before=year - 1, year=year, topics=told)
    gaps = greatest(_topics(report, "gaps"), "inquiries", least)
    if gaps:
        told = named(gaps, "inquiries", language)
        yield say("report_text_not_covered", language, year=year_of(gaps[0]), topics=told)


def _topics(report: Report, table: str) -> list[Record]:
    """The last year's rows of real topics."""
    rows = latest(records(report.tables.get(table)))
    return [row for row in rows if row["topic"] not in (NONE, SEVERAL)]
