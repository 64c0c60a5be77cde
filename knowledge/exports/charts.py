"""The figures of a report: which there are, what each shows, and what it says in words.

One list for every format, so that a figure is the same wherever it stands: drawn (svg.py, and as a
picture in DOCX) or made native by a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from knowledge.exports.text_numbers import (
    cell,
    clean,
    counted,
    known,
    listed,
    month,
    percent,
    spans,
)
from knowledge.exports.text_rows import NONE, SEVERAL, Record, edition_of, records
from knowledge.messages import Language, say
from knowledge.reference.models import Label
from knowledge.statistics.table import Hidden, Table, Unit, Value

if TYPE_CHECKING:
    from knowledge.statistics.report import Report

Kind = Literal["columns", "bars"]
"""Upright, for what follows the calendar; lying, for what has long names."""

PUBLISHED: Final = "published"
MOST_NAMED: Final = 3
"""So many that share the highest number are named."""
MOST_IN_WORDS: Final = 15
"""So many numbers are told one by one in the words of a figure; of more, the highest and lowest."""


@dataclass(frozen=True, slots=True)
class Chart:
    """What a figure shows.

    Attributes:
        title: key of the message; its field `period` is the years shown.
        category: the column that names the columns or bars.
        measure: the column with the numbers.
        years: "all": each row is a year; "latest": the last year with rows; "sum": the years' rows
            of one category added up (each inquiry stands in one year only).
        source: the column that tells published numbers from recorded ones.
        out_of: the columns with how many answered so, and how many answered, for percentages.
        most: so many are shown, the greatest first, and the others as one; None: all, in order.
        least: so many there must be for a figure to tell anything.
        others: key of the message that names the others.
    """

    id: str
    table: str
    kind: Kind
    title: str
    category: str
    measure: str
    years: Literal["all", "latest", "sum"]
    source: str | None = None
    out_of: tuple[str, str] | None = None
    most: int | None = None
    least: int = 1
    others: str = ""


def _annual(name: str, title: str) -> Chart:
    return Chart(
        *(name, name, "bars", title, "name", "share", "latest"),
        source="source",
        out_of=("centres", "answered"),
    )


CHARTS: Final = (
    Chart(
        *("visits_persons", "visits", "columns", "report_figure_persons", "year", "persons", "all"),
        source="source",
        least=2,
    ),
    Chart(
        *("visits_municipalities", "visits", "columns", "report_figure_municipalities"),
        *("year", "municipalities", "all", "source"),
        least=2,
    ),
    Chart(
        *("inquiries", "inquiries", "columns", "report_figure_inquiries"),
        *("year", "inquiries", "all"),
        least=2,
    ),
    Chart(
        *("inquiries_by_month", "inquiries_by_month", "columns", "report_figure_months"),
        *("month", "inquiries", "latest"),
    ),
    Chart(
        *("inquiries_by_topic", "inquiries_by_topic", "bars", "report_figure_topics"),
        *("name", "inquiries", "sum"),
        most=12,
        others="report_figure_other_topics",
    ),
    Chart(
        *("outcomes", "outcomes", "bars", "report_figure_outcomes", "name", "inquiries", "sum"),
    ),
    _annual("communication", "report_figure_communication"),
    _annual("communication_groups", "report_figure_groups"),
    _annual("research", "report_figure_research"),
)


@dataclass(frozen=True, slots=True)
class Point:
    """One column or bar.

    `share_of`: how many answered so, and how many answered; `rest`: what stands for several
    categories, or for none, and is told but not measured against the others.
    """

    label: str
    value: Value
    published: bool = False
    share_of: tuple[int, int] | None = None
    rest: bool = False

    @property
    def size(self) -> float | None:
        """None: hidden, or there is no figure."""
        return float(self.value) if known(self.value) else None  # type: ignore[arg-type]

    def told(self, unit: Unit, language: Language) -> str:
        """«178», «77,8 % (7 av 9)»."""
        if self.size is None:
            return cell(self.value, language)
        if unit != "percent":
            return cell(self.value, language)
        share = percent(self.size, language)
        if self.share_of is None:
            return share
        part, of = self.share_of
        return say("report_figure_share", language, share=share, part=part, of=of)


@dataclass(frozen=True, slots=True)
class Series:
    """A figure's numbers, in the order shown.

    `named`: what the columns or bars are; `measured`: what is counted; `text`: what the figure
    says to who cannot see it.
    """

    chart: Chart
    title: str
    named: Label
    measured: Label
    unit: Unit
    points: tuple[Point, ...]
    text: str

    @property
    def mixed(self) -> bool:
        """Whether some numbers are published and others recorded."""
        return self.chart.source is not None and len({each.published for each in self.points}) > 1

    @property
    def has_hidden(self) -> bool:
        return any(isinstance(each.value, Hidden) for each in self.points)


def figures(report: Report, language: Language) -> Mapping[str, Series]:
    """The figures that a report has numbers for, by id, in their order."""
    made: dict[str, Series] = {}
    for chart in CHARTS:
        table = report.tables.get(chart.table)
        if table is not None and (series := of_table(chart, table, language)) is not None:
            made[chart.id] = series
    return made


def of_table(chart: Chart, table: Table, language: Language) -> Series | None:
    """What a figure shows of its table; None where there is no number to draw."""
    column = next(each for each in table.spec.columns if each.id == chart.measure)
    # Inquiries with several topics are counted under each of them already.
    rows = [row for row in records(table) if row.get("topic") != SEVERAL]
    years = sorted({int(str(row["year"])) for row in rows})
    if chart.years == "latest":
        years = years[-1:]
        rows = [row for row in rows if row["year"] in years]
    points = _summed(chart, rows) if chart.years == "sum" else [_point(chart, row) for row in rows]
    if chart.category == "month":
        points = [Point(month(each.label, language), each.value, each.published) for each in points]
    points = _greatest(chart, points, language)
    if len(points) < chart.least or all(each.size is None or each.rest for each in points):
        return None
    title = say(chart.title, language, period=spans(years, language))
    text = _in_words(chart, title, column.unit, points, language)
    return Series(
        chart, title, _named(chart, table), column.label, column.unit, tuple(points), text
    )


def _point(chart: Chart, row: Record) -> Point:
    share_of = None
    if chart.out_of is not None:
        part, of = (row[name] for name in chart.out_of)
        if known(part, of):
            share_of = int(str(part)), int(str(of))
    published = chart.source is not None and row[chart.source] == PUBLISHED
    label = clean(str(row[chart.category]))
    if edition := edition_of(row):
        label = f"{label} ({edition})"
    return Point(label, row[chart.measure], published, share_of)


def _named(chart: Chart, table: Table) -> Label:
    """What a category is: its column's label, or of a column of names that of their key."""
    before = None
    for column in table.spec.columns:
        if column.id == chart.category:
            return before.label if column.role == "label" and before else column.label
        before = column
    raise KeyError(chart.category)


def _summed(chart: Chart, rows: Iterable[Record]) -> list[Point]:
    """One point for each category; a sum with a hidden part is hidden. Last what was not told."""
    sums: dict[tuple[bool, str], Value] = {}
    for row in rows:
        key = row.get("topic") == NONE, clean(str(row[chart.category]))
        value = row[chart.measure]
        sums[key] = _add(sums[key], value) if key in sums else value
    return [Point(label, value, rest=none) for (none, label), value in sums.items()]


def _add(one: Value, other: Value) -> Value:
    for value in (one, other):
        if isinstance(value, Hidden):
            return value
    if not known(one):
        return other
    return one if not known(other) else one + other  # type: ignore[operator]


def _greatest(chart: Chart, points: list[Point], language: Language) -> list[Point]:
    """The greatest first and the others as one, where the figure asks for it."""
    if chart.most is None:
        return points
    none = [each for each in points if each.rest]
    # What is hidden is small, and stands after every number.
    ranked = sorted(
        (each for each in points if not each.rest),
        key=lambda each: -1.0 if each.size is None else each.size,
        reverse=True,
    )
    shown, others = ranked[: chart.most], ranked[chart.most :]
    if others:
        value = others[0].value
        for each in others[1:]:
            value = _add(value, each.value)
        shown.append(Point(say(chart.others, language, n=len(others)), value, rest=True))
    return [*shown, *none]


def _in_words(chart: Chart, title: str, unit: Unit, points: list[Point], language: Language) -> str:
    parts = [f"{title}."]
    numbered = [each for each in points if each.size is not None and not each.rest]
    if len(points) <= MOST_IN_WORDS:
        told = [f"{each.label}: {each.told(unit, language)}" for each in points]
        parts.append("; ".join(told) + ".")
    for key, pick in (("report_figure_highest", max), ("report_figure_lowest", min)):
        value = pick(each.size for each in numbered if each.size is not None)
        named = [each.label for each in numbered if each.size == value]
        if len(numbered) > len(named) <= MOST_NAMED:
            shown = (
                percent(value, language) if unit == "percent" else counted(value, unit, language)
            )
            parts.append(say(key, language, value=shown, where=listed(named, language)))
    if any(isinstance(each.value, Hidden) for each in points):
        parts.append(say("report_figure_hidden", language))
    if chart.source is not None and chart.category == "year":
        parts += _sources(points, language)
    return " ".join(parts)


def _sources(points: Iterable[Point], language: Language) -> list[str]:
    """Which years are published, and which recorded."""
    years: dict[bool, list[int]] = {True: [], False: []}
    for point in points:
        years[point.published].append(int(point.label))
    return [
        say(key, language, years=spans(years[published], language))
        for published, key in (
            (True, "report_text_published_years"),
            (False, "report_text_recorded_years"),
        )
        if years[published]
    ]
