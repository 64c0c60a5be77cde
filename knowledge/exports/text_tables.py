"""A table as a reader wants it: names instead of keys, one year in the caption, years side by side.

The tidy form, with every key and one number in each row, is in the spreadsheet, CSV and JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from knowledge.exports.charts import PUBLISHED, Series
from knowledge.exports.text_numbers import cell, day, known, month, percent, spans
from knowledge.exports.text_rows import NONE, Record, edition_of, records, year_of
from knowledge.exports.text_words import WORDS, word
from knowledge.messages import Language, say
from knowledge.statistics.table import YEARLY, Column, Table, Value

AFTER_NAME: Final = frozenset({"municipality", "from_date"})
"""Keys that stand after the name: they tell rows apart where the name is the same (there are two
Herøy, and a centre may have had several periods)."""

ADDRESS: Final = "address"

LINKED: Final = frozenset({"document", ADDRESS})
"""Columns that an edition stands for: it leads to them."""

BEFORE_NAME: Final = frozenset({YEARLY, "edition"})
"""Keys that stand before the name; for every other key the name is shown."""

UNREAD: Final = frozenset({"fields", "figure"})
"""Columns of ids that only programs read."""

ZERO: Final = "–"
"""SSB's sign for nothing to count (SSB, Standardtegn i tabeller)."""

RECORDED: Final = "register"


@dataclass(frozen=True, slots=True)
class Cell:
    """`link`: where the text leads, "" to nowhere."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """What is printed. The first cell of a row names it; `numeric`: which columns are numbers."""

    id: str
    title: str
    period: str
    note: str
    header: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def caption(self, n: int, language: Language) -> str:
        """«Tabell 3. Henvendelser etter tema, 2026»."""
        if not self.period:
            return say("report_text_table_caption", language, n=n, title=self.title)
        return say(
            "report_text_table_caption_years", language, n=n, title=self.title, period=self.period
        )


def grid(table: Table, language: Language) -> Grid:
    """The table for reading; a table without rows has none."""
    rows = records(table)
    columns = columns_shown(table, rows)
    if any(column.id == "source" for column in columns):
        # Most rows have no basis to tell; where it matters, the edition stands with the source.
        columns = [column for column in columns if column.id != "basis"]
    period = ""
    if columns and columns[0].id == YEARLY:
        years = sorted({year_of(row) for row in rows})
        period = spans(years, language)
        if len(years) == 1:
            columns = columns[1:]
        elif (pivoted := _years_beside(table, columns, rows, years, language)) is not None:
            header, numeric, cells = pivoted
            return _grid(table, period, header, numeric, cells, language)
    cells = [tuple(_linked(column, row, language) for column in columns) for row in rows]
    header = [column.label.text(language) for column in columns]
    numeric = [column.role == "measure" for column in columns]
    return _grid(table, period, header, numeric, cells, language)


def figure_grid(series: Series, n: int, language: Language) -> Grid:
    """The numbers of a figure, to stand beside it."""
    header = [series.named.text(language), series.measured.text(language)]
    numeric = [False, True]
    if series.chart.source is not None:
        header.append(say("report_figure_source", language))
        numeric.append(False)
    rows = []
    for point in series.points:
        cells = [Cell(point.label), Cell(point.told(series.unit, language))]
        if series.chart.source is not None:
            source = PUBLISHED if point.published else RECORDED
            cells.append(Cell(word("source", source, language)))
        rows.append(tuple(cells))
    title = say("report_figure_numbers", language, n=n)
    return Grid(series.chart.id, title, "", "", tuple(header), tuple(numeric), tuple(rows))


def _grid(
    table: Table,
    period: str,
    header: Sequence[str],
    numeric: Sequence[bool],
    cells: Sequence[tuple[Cell, ...]],
    language: Language,
) -> Grid:
    spec = table.spec
    title, note = spec.title.text(language), spec.note.text(language)
    return Grid(spec.id, title, period, note, tuple(header), tuple(numeric), tuple(cells))


def columns_shown(table: Table, rows: Sequence[Record]) -> list[Column]:
    """Names before numbers; without keys that a name stands for, and columns that say nothing."""
    columns = [column for column in table.spec.columns if column.id not in UNREAD]
    ids = {column.id for column in columns}
    label = next((column for column in columns if column.role == "label"), None)
    first: list[Column] = []
    after: list[Column] = []
    rest: list[Column] = []
    heading: Column | None = None
    for column in columns:
        if column.role == "key":
            if label is None or column.id in BEFORE_NAME:
                first.append(column)
            elif column.id in AFTER_NAME:
                after.append(column)
            else:
                heading = column
        elif column.role == "about" and all(row[column.id] in (None, "") for row in rows):
            continue
        elif column is not label and not (column.id in LINKED and "edition" in ids):
            rest.append(column)
    # The column of names is called what the names are of: «Aktør», not «Navn».
    named = (
        [label.model_copy(update={"label": heading.label}) if heading else label] if label else []
    )
    return [*first, *named, *after, *rest]


def _years_beside(
    table: Table,
    columns: Sequence[Column],
    rows: Sequence[Record],
    years: Sequence[int],
    language: Language,
) -> tuple[list[str], list[bool], list[tuple[Cell, ...]]] | None:
    """Years as columns, where rows are told apart by year and names, and there is one number."""
    measures = [column for column in columns if column.role == "measure"]
    others = [column for column in columns[1:] if column.role != "measure"]
    if len(measures) != 1 or not others or any(column.id == "source" for column in others):
        return None
    keys = [column.id for column in table.spec.columns if column.role == "key"][1:]
    found: dict[tuple[Value, ...], dict[int, Value]] = {}
    named: dict[tuple[Value, ...], Record] = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        found.setdefault(key, {})[year_of(row)] = row[measures[0].id]
        named[key] = row
    order = sorted(found, key=lambda key: key[-1:] == (NONE,))
    header = [column.label.text(language) for column in others] + [str(year) for year in years]
    cells = [
        tuple(_linked(column, named[key], language) for column in others)
        + tuple(
            Cell(cell(found[key][year], language) if year in found[key] else ZERO) for year in years
        )
        for key in order
    ]
    return header, [False] * len(others) + [True] * len(years), cells


def _linked(column: Column, row: Record, language: Language) -> Cell:
    """A cell to read: an address is not spelt out, a figure without a year has its edition."""
    made = told(column, row, language)
    if column.id == ADDRESS and made.link:
        return Cell(say("report_text_page_link", language), made.link)
    if column.id == "source" and (edition := edition_of(row)):
        return Cell(f"{made.text} ({edition})")
    return made


def told(column: Column, row: Record, language: Language) -> Cell:
    """A value as a reader wants it: words for keys, signs for what is hidden or not known."""
    value = row[column.id]
    if value in (None, "") and column.role != "measure":
        return Cell(str(_key_of(column, row)) if column.role == "label" else "")
    if str(value) in WORDS.get(column.id, {}):
        return Cell(word(column.id, str(value), language))
    text = cell(value, language, plain=column.role != "measure")
    if column.unit == "percent" and known(value):
        return Cell(percent(float(str(value)), language))
    if column.id == "month":
        return Cell(month(text, language))
    if column.type == "date":
        return Cell(day(text, language))
    if column.id == "edition":
        return Cell(text.replace("-", "–"), _address(str(row.get("address") or "")))
    if column.id in ("period", "column"):
        return Cell(text.replace("-", "–"))
    if column.id == ADDRESS:
        return Cell(text, _address(text))
    return Cell(text)


def _key_of(column: Column, row: Record) -> Value:
    """The key that a name is missing for."""
    names = list(row)
    return row[names[names.index(column.id) - 1]] or NONE


def _address(text: str) -> str:
    """Only what a browser opens as a page."""
    return text if text.startswith("https://") else ""
