"""What every sheet has in common: formats, widths, text, and how it is printed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from textwrap import wrap
from typing import Any, Final

from knowledge.exports.described import defused
from knowledge.messages import Language, say
from knowledge.statistics.table import ColumnType, Unit

NARROWEST: Final = 9
WIDEST: Final = 45
"""Columns of a sheet, in characters."""

MOST_CHARACTERS: Final = 32_767
"""Of a cell (support.microsoft.com: Excel specifications and limits)."""

_A4: Final = 9
"""The paper's number (ECMA-376 part 1, 18.3.1.63)."""

_MARGINS: Final = {"left": 0.5, "right": 0.5, "top": 0.6, "bottom": 0.7}
"""Inches."""

_HEADER_FILL: Final = "#D9E7E4"
_LINK: Final = "#0B5A8A"
"""Black on the fill and the link on white have contrasts above 7 to 1 (WCAG 2.2, 1.4.6)."""

_NUMBER_FORMATS: Final[dict[ColumnType, str]] = {
    "year": "0",
    "integer": "#,##0",
    "date": "yyyy-mm-dd",
}
_UNIT_FORMATS: Final[dict[Unit, str]] = {"percent": '0.0" %"', "hours": "#,##0.00"}
"""Shares are kept in percent, so the sign is only shown: 44.4 is 44.4 %."""

_RIGHT: Final[dict[str, Any]] = {"align": "right", "indent": 1}
"""Of numbers: with some air before the text of the next column."""

_ARROW: Final = 4
"""Characters that the arrow of a filter covers."""

_NARROW: Final = 1.1
"""So many letters of text go where one figure goes; a column's width is counted in figures."""

_LINE_HEIGHT: Final = 15
_HIGHEST: Final = 405
"""Points: a line of Calibri 11, and a little below the most that a row may have (409)."""

Sheet = Any
Format = Any
"""XlsxWriter publishes no types."""


class Formats:
    """The formats of one workbook, each made when it is first asked for.

    `mark`: stands on every printed page; "" for none.
    """

    def __init__(self, book: Any, language: Language, *, mark: str = "") -> None:
        self.language = language
        self.mark = mark
        self._book = book
        self._made: dict[tuple[tuple[str, object], ...], Format] = {}

    def header(self, *, right: bool = False) -> Format:
        properties = {"bold": True, "text_wrap": True, "bg_color": _HEADER_FILL, "bottom": 1}
        return self._of(**properties, **(_RIGHT if right else {}))

    def text(self, *, bold: bool = False) -> Format:
        return self._of(text_wrap=True, bold=bold)

    def heading(self) -> Format:
        return self._of(bold=True, font_size=14)

    def line(self, *, bold: bool = False) -> Format:
        """Text that may run on over the empty cells beside it."""
        return self._of(bold=bold)

    def link(self) -> Format:
        return self._of(font_color=_LINK, underline=1)

    def hidden(self) -> Format:
        return self._of(**_RIGHT)

    def value(self, kind: ColumnType, unit: Unit = "") -> Format:
        """Of a column with values of a type."""
        if kind == "number":
            return self._of(num_format=_UNIT_FORMATS.get(unit, "General"), **_RIGHT)
        if kind in _NUMBER_FORMATS:
            aligned = {"align": "left"} if kind in ("year", "date") else _RIGHT
            return self._of(num_format=_NUMBER_FORMATS[kind], **aligned)
        return self._of(align="left") if kind == "boolean" else self.text()

    def _of(self, **properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"valign": "top", **properties})
        return self._made[key]


def write_header(
    sheet: Sheet,
    labels: Sequence[str],
    widths: Sequence[float],
    formats: Formats,
    *,
    numbers: Collection[int] = (),
) -> None:
    """The columns' widths and the one header row, which stays in sight and on every printed page.

    Args:
        widths: in characters.
        numbers: the places of columns with numbers, which stand to the right.
    """
    for place, (label, width) in enumerate(zip(labels, widths, strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, label, formats.header(right=place in numbers))
    # The arrow of a filter takes some room.
    set_height(sheet, 0, labels, [width - _ARROW for width in widths])
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)


def write_text(sheet: Sheet, row: int, place: int, text: str, form: Format) -> None:
    """Text that is no formula here, nor in a CSV file that somebody saves the sheet as."""
    sheet.write_string(row, place, defused(text)[:MOST_CHARACTERS], form)


def link_to(sheet_name: str) -> str:
    """The address of another sheet, for XlsxWriter's write_url."""
    quoted = sheet_name.replace("'", "''")
    return f"internal:'{quoted}'!A1"


def width_for(label: str, shown: Iterable[str]) -> int:
    """Characters for what is shown, and for the longest word of the label, within reason."""
    word = max(map(len, label.split()), default=0)
    longest = max(map(len, shown), default=0)
    wanted = max(word + _ARROW, min(len(label) + _ARROW, 2 * NARROWEST), longest + 2)
    return max(NARROWEST, min(wanted, WIDEST))


def set_height(sheet: Sheet, row: int, texts: Sequence[str], widths: Sequence[float]) -> None:
    """Room for the lines that the texts of a row are broken into.

    Programs make room by themselves only when a person edits the cell.
    """
    lines = max(
        len(wrap(text, max(1, int(width * _NARROW))))
        for text, width in zip(texts, widths, strict=True)
    )
    if lines > 1:
        sheet.set_row(row, min(lines * _LINE_HEIGHT, _HIGHEST))


def set_page(sheet: Sheet, title: str, formats: Formats, *, landscape: bool = True) -> None:
    """A4, as wide as the page, with the sheet's title above; below a mark and page numbers."""
    sheet.set_paper(_A4)
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(**_MARGINS)
    sheet.set_header(f"&L{_plain(title)}")
    page = say("report_sheet_page", formats.language)
    sheet.set_footer(f"&L{_plain(formats.mark)}&R{page}" if formats.mark else f"&R{page}")


def _plain(text: str) -> str:
    """Text of a page's header; "&" begins a code there, and 255 characters are all."""
    return text.replace("&", "&&")[:200]
