"""A report as one page to read, print or send: no script, nothing fetched, one file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from knowledge.exports import text_about
from knowledge.exports.charts import Series, figures
from knowledge.exports.described import withheld_of
from knowledge.exports.files import write_file
from knowledge.exports.svg import svg
from knowledge.exports.text import METHOD, Chapter, Section, chapters
from knowledge.exports.text_corrections import printed
from knowledge.exports.text_definitions import definitions
from knowledge.exports.text_tables import Grid, figure_grid
from knowledge.messages import Language, say

if TYPE_CHECKING:
    from knowledge.statistics.report import Report


@dataclass(frozen=True, slots=True)
class ShownFigure:
    n: int
    series: Series
    drawing: Markup
    numbers: Grid


@dataclass(frozen=True, slots=True)
class ShownTable:
    """`withheld`: which years are not shown, "" where there are none."""

    n: int
    grid: Grid
    withheld: str


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section with its figures and tables made.

    `empty`: the tables without rows; `withheld`: in the place of tables of which nothing is shown.
    """

    section: Section
    figures: tuple[ShownFigure, ...]
    tables: tuple[ShownTable, ...]
    empty: str
    withheld: tuple[str, ...]


def write(report: Report, target: Path, language: Language) -> list[Path]:
    """Write the page to one file.

    Raises:
        Failure: it cannot be written there.
    """
    return write_file(target, page(report, language).encode())


def page(report: Report, language: Language) -> str:
    """The page; the same report gives the same."""
    told = chapters(report, language)
    return (
        _templates()
        .get_template("report.html")
        .render(
            language=language,
            say=partial(say, language=language),
            title=text_about.title(report.scope, language),
            signs=list(text_about.signs(report.scope, language)),
            chapters=list(_made(report, told, language)),
            definitions=definitions(report.tables, language),
            method=METHOD,
            internal=not report.scope.shown_from,
        )
    )


def _made(
    report: Report, told: tuple[Chapter, ...], language: Language
) -> Iterator[tuple[Chapter, list[ShownSection]]]:
    """Figures and tables are numbered through the report."""
    drawn = figures(report, language)
    figure = table = 0
    for chapter in told:
        sections = []
        for section in chapter.sections:
            shown_figures, shown_tables, empty, missing = [], [], [], []
            for name in section.figures:
                if (series := drawn.get(name)) is not None:
                    figure += 1
                    # The drawing is markup that svg.py has escaped.
                    drawing = Markup(svg(series, language))  # noqa: S704
                    numbers = figure_grid(series, figure, language)
                    shown_figures.append(ShownFigure(figure, series, drawing, numbers))
            for name in section.tables:
                if name not in report.tables:
                    continue
                made = printed(report, name, language)
                withheld = withheld_of(report, name, language)
                if made.rows:
                    table += 1
                    shown_tables.append(ShownTable(table, made, withheld))
                elif withheld:
                    missing.append(withheld)
                elif section.empty_told:
                    empty.append(made.title)
            shown = tuple(shown_figures), tuple(shown_tables)
            sections.append(ShownSection(section, *shown, "; ".join(empty), tuple(missing)))
        yield chapter, sections


@cache
def _templates() -> Environment:
    """Everything is escaped; a name that is not there is an error."""
    return Environment(
        loader=PackageLoader("knowledge.exports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
