"""A report as a Word document for somebody to edit further.

Headings, captions and tables are Word's own: the contents list, numbering and styles go on working.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt, RGBColor

from knowledge.exports import docx_parts, text_about
from knowledge.exports.charts import Series, figures
from knowledge.exports.described import withheld_of
from knowledge.exports.docx_picture import WIDTH_CM, png
from knowledge.exports.files import write_file
from knowledge.exports.svg_shapes import INK, MAIN
from knowledge.exports.text import METHOD, Section, chapters
from knowledge.exports.text_corrections import printed
from knowledge.exports.text_definitions import definitions
from knowledge.exports.text_numbers import clean, number
from knowledge.exports.text_tables import Cell, Grid, figure_grid
from knowledge.messages import Language, say

if TYPE_CHECKING:
    from knowledge.statistics.report import Report

A4_CM: Final = (21.0, 29.7)
MARGIN_CM: Final = 2.5
MOST_ROWS: Final = 60
"""Of a table in a document: a longer one is nothing to read, and stands in the other formats."""
MOST_NAMED: Final = 255
"""Letters of a name in a document's properties (python-docx, after ECMA-376)."""
AFTER_TABLE: Final = 6
"""Points between a table and what is said of it."""
LETTERS: Final = "Calibri"
HEADINGS: Final = {"Title": 26, "Heading 1": 17, "Heading 2": 13, "Heading 3": 11}
"""Points."""


def write(report: Report, target: Path, language: Language) -> list[Path]:
    """Write the document to one file.

    Raises:
        Failure: it cannot be written there.
    """
    made = io.BytesIO()
    _Writer(report, language).document().save(made)
    return write_file(target, made.getvalue())


class _Writer:
    """Numbers figures and tables through the document."""

    def __init__(self, report: Report, language: Language) -> None:
        self.report = report
        self.language = language
        self.drawn = figures(report, language)
        self.made: Any = _empty(report, language)
        self.figures = self.tables = 0

    def document(self) -> Any:
        report, language, made = self.report, self.language, self.made
        told = chapters(report, language)
        made.add_paragraph(text_about.title(report.scope, language), style="Title")
        for text in text_about.signs(report.scope, language):
            made.add_paragraph(text)
        made.add_paragraph(say("report_text_contents", language), style="TOC Heading")
        docx_parts.contents(made, [chapter.title for chapter in told])
        for chapter in told:
            heading = made.add_heading(chapter.title, 1)
            heading.paragraph_format.page_break_before = chapter is told[0]
            for section in chapter.sections:
                self._section(section)
            if chapter.id == METHOD:
                self._definitions()
        return made

    def _section(self, section: Section) -> None:
        if section.title:
            self.made.add_heading(section.title, 2)
        for text in section.paragraphs:
            self.made.add_paragraph(text)
        for name in section.figures:
            if (series := self.drawn.get(name)) is not None:
                self._figure(series)
        empty: list[str] = []
        for name in section.tables:
            if name not in self.report.tables:
                continue
            shown = printed(self.report, name, self.language)
            withheld = withheld_of(self.report, name, self.language)
            if shown.rows:
                self._table(shown)
            elif not withheld and section.empty_told:
                empty.append(shown.title)
            if withheld:
                self.made.add_paragraph(withheld)
        if empty:
            told = "; ".join(empty)
            self.made.add_paragraph(say("report_text_tables_empty", self.language, tables=told))
        if section.comment:
            self.made.add_heading(say("report_text_comment", self.language), 3)
            self.made.add_paragraph(say("report_text_comment_here", self.language))

    def _figure(self, series: Series) -> None:
        self.figures += 1
        picture = self.made.add_picture(io.BytesIO(png(series, self.language)), Cm(WIDTH_CM))
        docx_parts.described(picture, series.title, series.text)
        self.made.paragraphs[-1].paragraph_format.keep_with_next = True
        told = say("report_figure_caption", self.language, n=self.figures, title=series.title)
        docx_parts.caption(self.made, told, self.figures, above=False)
        numbers = figure_grid(series, self.figures, self.language)
        lead = self.made.add_paragraph(numbers.title)
        lead.paragraph_format.keep_with_next = True
        docx_parts.table(self.made, numbers, numbers.title)
        self.made.add_paragraph()

    def _table(self, shown: Grid) -> None:
        self.tables += 1
        told = shown.caption(self.tables, self.language)
        docx_parts.caption(self.made, told, self.tables, above=True)
        if len(shown.rows) > MOST_ROWS:
            rows = number(len(self.report.tables[shown.id].rows), self.language)
            self.made.add_paragraph(say("report_text_table_long", self.language, n=rows))
            return
        docx_parts.table(self.made, shown, told)
        note = self.made.add_paragraph(shown.note)
        note.paragraph_format.space_before = Pt(AFTER_TABLE)

    def _definitions(self) -> None:
        language = self.language
        title = say("report_text_definitions", language)
        header = (
            say("report_text_definition_table", language),
            say("report_text_definition_column", language),
            say("report_text_definition_counted", language),
        )
        rows = tuple(
            (Cell(each.table), Cell(each.column), Cell(each.counted))
            for each in definitions(self.report.tables, language)
        )
        if not rows:
            return
        self.made.add_heading(title, 2)
        shown = Grid("definitions", title, "", "", header, (False,) * len(header), rows)
        docx_parts.table(self.made, shown, title)


def _empty(report: Report, language: Language) -> Any:
    """A document without text: its paper, letters, language and what it says of itself."""
    made = Document()
    docx_parts.set_language(made, language)
    docx_parts.set_modern(made)
    docx_parts.table_style(made)
    [paper] = made.sections
    paper.page_width, paper.page_height = (Cm(side) for side in A4_CM)
    paper.left_margin = paper.right_margin = Cm(MARGIN_CM)
    paper.top_margin = paper.bottom_margin = Cm(MARGIN_CM)
    _letters(made, ("Normal", 10.5), color=INK)
    for style, points in HEADINGS.items():
        _letters(made, (style, points), color=MAIN)
    _letters(made, ("TOC Heading", HEADINGS["Heading 1"]), color=MAIN)
    _letters(made, ("Caption", 10), color=INK)
    title = text_about.title(report.scope, language)
    about = made.core_properties
    who = clean(report.made_by)[:MOST_NAMED]
    about.title, about.author, about.last_modified_by = title, who, who
    about.comments, about.keywords = "", ""
    about.created = about.modified = datetime.now(UTC).replace(tzinfo=None)
    foot = paper.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run(f"{title}  ·  ")
    docx_parts.field(foot, " PAGE ", "1")
    return made


def _letters(made: Any, style: Sequence[Any], *, color: str) -> None:
    name, points = style
    font = made.styles[name].font
    font.name, font.size = LETTERS, Pt(points)
    font.color.rgb = RGBColor.from_string(color.removeprefix("#").upper())
