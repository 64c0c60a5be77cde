"""What a report says of visits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from knowledge.exports.charts import PUBLISHED
from knowledge.exports.text_numbers import clean, counted, known, listed, number, spans
from knowledge.exports.text_rows import NONE, Record, greatest, latest, records, size, year_of
from knowledge.messages import Language, say
from knowledge.statistics.table import Unit

if TYPE_CHECKING:
    from knowledge.statistics.report import Report

YEARS_TO_COMPARE: Final = 3
"""The highest of fewer years is no news."""


def visits(report: Report, language: Language) -> Iterator[str]:
    """Sentences on how many came; one that nothing is recorded, where nothing is."""
    rows = [row for row in records(report.tables.get("visits")) if known(row["persons"])]
    without = sorted(set(report.scope.years) - set(map(year_of, rows)))
    nothing = say("report_text_no_visits", language, period=spans(without, language))
    if not rows:
        yield nothing
        return
    now = rows[-1]
    persons = counted(size(now, "persons"), "persons", language)
    year = year_of(now)
    if known(now["municipalities"]):
        yield say(
            "report_text_visited",
            language,
            year=year,
            persons=persons,
            municipalities=counted(size(now, "municipalities"), "municipalities", language),
        )
    else:
        yield say("report_text_visited_persons", language, year=year, persons=persons)
    yield from compared(rows, "persons", language)
    yield from most("report_text_most_visited", rows, "persons", "persons", language)
    yield from _by_source(rows, language)
    if without:
        yield nothing


def compared(rows: Sequence[Record], column: str, language: Language) -> Iterator[str]:
    """The last year against the year before, where both are counted in the same way."""
    if len(rows) < 2:
        return
    before, now = rows[-2:]
    if year_of(now) - year_of(before) != 1 or before.get("source") != now.get("source"):
        return
    if not known(before[column], now[column]):
        return
    change = size(now, column) - size(before, column)
    what = say(_WHAT[column], language)
    year = year_of(before)
    told = number(abs(change), language)
    if change == 0:
        yield say("report_text_as_many", language, what=what, before=year)
    elif change > 0:
        yield say("report_text_more", language, what=what, n=told, before=year)
    else:
        yield say("report_text_fewer", language, what=what, n=told, before=year)


_WHAT: Final = {
    "persons": "report_text_what_persons",
    "inquiries": "report_text_what_inquiries",
}


def most(
    key: str, rows: Sequence[Record], column: str, unit: Unit, language: Language
) -> Iterator[str]:
    """The year with the greatest number, among several; nothing where one is hidden."""
    if len(rows) < YEARS_TO_COMPARE or not all(known(row[column]) for row in rows):
        return
    highest = max(size(row, column) for row in rows)
    years = [year_of(row) for row in rows if size(row, column) == highest]
    if highest > 0 and len(years) < len(rows):
        told = {column: counted(highest, unit, language)}
        yield say(key, language, years=listed([str(year) for year in years], language), **told)


def _by_source(rows: Sequence[Record], language: Language) -> Iterator[str]:
    """Which years are published, and which recorded."""
    published = [year_of(row) for row in rows if row["source"] == PUBLISHED]
    recorded = [year_of(row) for row in rows if row["source"] != PUBLISHED]
    if published:
        yield say("report_text_published_years", language, years=spans(published, language))
    if recorded:
        yield say("report_text_recorded_years", language, years=spans(recorded, language))


def totals(report: Report, language: Language) -> Iterator[str]:
    """The sums of several years, and what they are sums of."""
    rows = records(report.tables.get("visits_total"))
    if len(report.scope.years) == 1:
        return
    for row in rows:
        if not known(row["persons"]):
            continue
        persons = counted(size(row, "persons"), "persons", language)
        period, years_each = str(row["period"]).replace("-", "–"), row["municipality_years"]
        if row["source"] not in (PUBLISHED, "register"):
            yield say("report_text_total_both", language, persons=persons)
            continue
        if not known(years_each):
            continue
        told = number(size(row, "municipality_years"), language)
        if row["source"] == PUBLISHED:
            yield say(
                "report_text_total_published",
                language,
                persons=persons,
                period=period,
                municipality_years=told,
            )
        else:
            yield say(
                "report_text_total_recorded",
                language,
                persons=persons,
                period=period,
                municipality_years=told,
            )
        if known(row["municipalities_distinct"]):
            distinct = size(row, "municipalities_distinct")
            municipalities = counted(distinct, "municipalities", language)
            yield say("report_text_distinct", language, municipalities=municipalities)
        elif row["municipalities_distinct"] is None:
            yield say("report_text_distinct_unknown", language)


def recorded(report: Report, language: Language) -> Iterator[str]:
    """What only the register knows: visits in person and online, and who came."""
    for row in latest(records(report.tables.get("visits_recorded"))):
        if known(row["visits"], row["physical"], row["digital"]) and size(row, "visits"):
            yield say(
                "report_text_recorded_visits",
                language,
                visits=counted(size(row, "visits"), "visits", language),
                physical=number(size(row, "physical"), language),
                digital=number(size(row, "digital"), language),
                year=year_of(row),
            )
    rows = latest(records(report.tables.get("visits_by_actor")))
    top = greatest([row for row in rows if row["actor"] != NONE], "visits", report.scope.shown_from)
    if top:
        actors = named(top, "visits", language)
        yield say("report_text_visit_actors", language, actors=actors, year=year_of(top[0]))


def named(rows: Sequence[Record], column: str, language: Language) -> str:
    """«Etablering (40), Økonomi (20) og Utstyr (12)»."""
    return listed(
        [
            say(
                "report_text_with_number",
                language,
                name=clean(str(row["name"])),
                n=number(size(row, column), language),
            )
            for row in rows
        ],
        language,
    )
