"""What a report says of what the centres answered in the annual form."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from knowledge.exports import text_answers
from knowledge.exports.charts import PUBLISHED
from knowledge.exports.text_numbers import clean, known, listed, number
from knowledge.exports.text_rows import Record, edition_of, latest, records, size, year_of
from knowledge.messages import Language, say

if TYPE_CHECKING:
    from knowledge.statistics.report import Report


ANY = "any"
"""The kind of cooperation that stands for all kinds with one partner."""

NUMBERS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "ideas": ("report_answer_idea", "report_answer_ideas"),
        "media-stories": ("report_answer_story", "report_answer_stories"),
        "talks": ("report_answer_talk", "report_answer_talk_many"),
    }
)
"""Field of the form -> its sentence for one, and for any other number."""


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
        rows = latest(records(report.tables.get(name)))
        yield from _by_source(
            report, [row for row in rows if row.get("measure") not in but], language
        )


def measures(report: Report, which: Collection[str], language: Language) -> Iterator[str]:
    """Some rows of the table on communication, of the last year that has them."""
    rows = [row for row in records(report.tables.get("communication")) if row["measure"] in which]
    yield from _by_source(report, latest(rows), language)


def cooperation(report: Report, language: Language) -> Iterator[str]:
    """With whom; of the forms only whether there was any cooperation, the table has the kinds."""
    rows = latest(records(report.tables.get("cooperation")))
    told = [row for row in rows if row["source"] == PUBLISHED or row["kind"] == ANY]
    yield from _by_source(report, told, language)


def grant(report: Report, language: Language) -> Iterator[str]:
    """What the grant was used for."""
    told = list(_by_source(report, latest(records(report.tables.get("grant_use"))), language))
    yield from told
    if told and report.scope.centre is None:
        yield say("report_text_grant_rule", language)


def _by_source(report: Report, rows: Iterable[Record], language: Language) -> Iterator[str]:
    """A paragraph for each source, most first. Of one centre, what it answered yes to."""
    groups: dict[tuple[bool, str], list[Record]] = {}
    for row in rows:
        published = row["source"] == PUBLISHED
        groups.setdefault((published, edition_of(row) if published else ""), []).append(row)
    for (published, edition), group in groups.items():
        one = report.scope.centre is not None and not published
        told = list(text_answers.sentences(_ranked(group), language, one=one))
        if told:
            lead = _lead(published, edition, year_of(group[0]), language)
            yield " ".join([lead, *told])


def _ranked(rows: Iterable[Record]) -> list[Record]:
    def many(row: Record) -> float:
        return next((size(row, of) for of in ("share", "centres") if known(row.get(of))), -1.0)

    return sorted(rows, key=many, reverse=True)


def _lead(published: bool, edition: str, year: int, language: Language) -> str:
    """Where the sentences come from; of a figure without a year, the edition and no year."""
    if edition:
        return say("report_answer_from_edition", language, edition=edition)
    key = "report_answer_from_published" if published else "report_answer_from_forms"
    return say(key, language, year=year)


def form_numbers(report: Report, fields: Sequence[str], language: Language) -> Iterator[str]:
    """The numbers that the forms ask for, added up; `fields`: which of them."""
    told = []
    for row in latest(records(report.tables.get("form_numbers"))):
        if row["field"] in fields and known(row["total"]):
            total = size(row, "total")
            one, many = NUMBERS[str(row["field"])]
            key = one if total == 1 else many
            told.append(say(key, language, n=number(total, language), year=year_of(row)))
    if told:
        yield " ".join(told)


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
