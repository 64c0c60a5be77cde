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

LEAST_TIMED: Final = 5
"""Inquiries: of fewer, the median and the 90th percentile are one or two of them."""
MOST_HOURS: Final = 48
"""What took longer is told in days."""
HOURS_A_DAY: Final = 24

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
        if row["step"] in FIRST_REPLIES and known(row["inquiries"]) and size(row, "inquiries"):
            yield from _times(row, language)


def _times(row: Record, language: Language) -> Iterator[str]:
    """Of how many, and where there are enough how long half and nine of ten took at most."""
    shown = {
        "step": clean(str(row["name"])),
        "year": year_of(row),
        "inquiries": counted(size(row, "inquiries"), "inquiries", language),
    }
    if size(row, "inquiries") < LEAST_TIMED:
        yield say("report_text_times_few", language, **shown)
    elif known(row["median_hours"], row["p90_hours"]):
        median, p90 = (_lasted(size(row, name), language) for name in ("median_hours", "p90_hours"))
        yield say("report_text_times", language, **shown, median=median, p90=p90)


def _lasted(hours: float, language: Language) -> str:
    """«4,51 timer»; «3,7 dager» of what took longer than two days."""
    if hours <= MOST_HOURS:
        return counted(hours, "hours", language)
    days = number(round(hours / HOURS_A_DAY, 1), language)
    return say("report_text_days", language, n=days)


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
