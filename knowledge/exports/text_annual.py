"""What a report says of what the centres answered in the annual form."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from knowledge.exports.charts import PUBLISHED
from knowledge.exports.text_numbers import clean, known, listed, number, percent
from knowledge.exports.text_rows import Record, latest, records, size, year_of
from knowledge.messages import Language, say

if TYPE_CHECKING:
    from knowledge.statistics.report import Report


ANY = "any"
"""The kind of cooperation that stands for all kinds with one partner."""


def answered(
    report: Report,
    tables: Sequence[str],
    language: Language,
    *,
    but: Collection[str] = (),
) -> Iterator[str]:
    """For each table, how many answered what in its last year; nothing of an empty one.

    `but`: measures that are told elsewhere.
    """
    for name in tables:
        table = report.tables.get(name)
        if table is None:
            continue
        rows = [row for row in latest(records(table)) if row.get("measure") not in but]
        yield from _by_source(report, rows, table.spec.title.text(language), language)


def measures(
    report: Report, subject: str, which: Collection[str], language: Language
) -> Iterator[str]:
    """Some rows of the table on communication, under a subject of their own."""
    rows = [row for row in records(report.tables.get("communication")) if row["measure"] in which]
    yield from _by_source(report, latest(rows), subject, language)


def cooperation(report: Report, language: Language) -> Iterator[str]:
    """With whom; of the forms only whether there was any cooperation, the table has the kinds."""
    table = report.tables.get("cooperation")
    rows = [
        row for row in latest(records(table)) if row["source"] == PUBLISHED or row["kind"] == ANY
    ]
    if table is not None:
        yield from _by_source(report, rows, table.spec.title.text(language), language)


def _by_source(
    report: Report, rows: Sequence[Record], subject: str, language: Language
) -> Iterator[str]:
    """Most first. Of one centre, what it answered yes to."""
    one = report.scope.centre is not None
    for source, group in groupby(rows, key=lambda row: row["source"]):
        told = [text for row in _ranked(group) if (text := _answer(row, language, one=one))]
        if told:
            answers = listed(told, language)
            yield _sentence(source == PUBLISHED, subject, year_of(rows[0]), answers, language)


def _ranked(rows: Iterable[Record]) -> list[Record]:
    def many(row: Record) -> float:
        return next((size(row, of) for of in ("centres", "share") if known(row.get(of))), -1.0)

    return sorted(rows, key=many, reverse=True)


def _sentence(published: bool, subject: str, year: int, answers: str, language: Language) -> str:
    if published:
        return say(
            "report_text_answered_published", language, subject=subject, year=year, answers=answers
        )
    return say(
        "report_text_answered_recorded", language, subject=subject, year=year, answers=answers
    )


def _answer(row: Record, language: Language, *, one: bool) -> str:
    """«Egen nettside (9 av 9)»; the share alone where only that was published; else nothing."""
    name = clean(str(row["name"]))
    if one and row["source"] != PUBLISHED:
        return name if known(row["centres"]) and size(row, "centres") else ""
    if known(row["centres"], row["answered"]):
        part, of = (number(size(row, column), language) for column in ("centres", "answered"))
        told = say("report_text_part_of", language, part=part, of=of)
    elif known(row.get("share")):
        told = percent(size(row, "share"), language)
    else:
        return ""
    return say("report_text_with_number", language, name=name, n=told)


def grant(report: Report, language: Language) -> Iterator[str]:
    """What the grant was used for, as percentages of the centres that answered."""
    rows = latest(records(report.tables.get("grant_use")))
    table = report.tables.get("grant_use")
    if table is None:
        return
    subject = table.spec.title.text(language)
    if report.scope.centre is not None:
        yield from _by_source(report, rows, subject, language)
        return
    told = [
        say(
            "report_text_with_number",
            language,
            name=clean(str(row["name"])),
            n=percent(size(row, "share"), language),
        )
        for row in _ranked(rows)
        if known(row["share"])
    ]
    if told:
        published = rows[0]["source"] == PUBLISHED
        answers = listed(told, language)
        yield _sentence(published, subject, year_of(rows[0]), answers, language)
        yield say("report_text_grant_rule", language)


def form_numbers(report: Report, fields: Sequence[str], language: Language) -> Iterator[str]:
    """The numbers that the forms ask for, added up; `fields`: which of them."""
    rows = latest(records(report.tables.get("form_numbers")))
    told = [
        say(
            "report_text_with_number",
            language,
            name=clean(str(row["name"])),
            n=number(size(row, "total"), language),
        )
        for row in rows
        if row["field"] in fields and known(row["total"])
    ]
    if told:
        numbers = listed(told, language)
        yield say("report_text_form_numbers", language, year=year_of(rows[0]), numbers=numbers)


def institutions(report: Report, language: Language) -> Iterator[str]:
    """The institutions that the last published edition names."""
    rows = records(report.tables.get("institutions_named"))
    editions = [str(row["edition"]) for row in rows]
    if editions:
        edition = max(editions, key=lambda each: each[-4:])
        names = [clean(str(row["name"])) for row in rows if row["edition"] == edition]
        yield say(
            "report_text_named_institutions",
            language,
            edition=edition.replace("-", "–"),
            names=listed(names, language),
        )
