"""The sheet with the figures: native charts, each beside the numbers that it shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from knowledge.exports.charts import Point, Series
from knowledge.exports.xlsx_sheet import Formats, Sheet, link_to, set_page, write_text
from knowledge.messages import say
from knowledge.statistics.table import ColumnType, Unit

_WIDTHS: Final = (44, 12, 12, 3)
"""Of the columns in characters: name, published, recorded, and some air before the chart."""

_CHART_PLACE: Final = 4
_CHART_WIDTH: Final = 760
_LEAST_HEIGHT: Final = 340
_ROW_HEIGHT: Final = 20
"""Pixels; a row of a sheet in Calibri 11 is 20 high."""

_BAR_HEIGHT: Final = 34
_AROUND_BARS: Final = 130
"""What each bar, and the title and the axis, take of a chart's height."""

_SHARED_LOOK: Final[dict[str, Any]] = {
    "border": {"color": "#1F3B38"},
    "data_labels": {"value": True, "position": "outside_end"},
    "gap": 60,
    "overlap": 100,
}
_LOOK: Final[Mapping[bool, dict[str, Any]]] = {
    False: {
        "pattern": {
            "pattern": "wide_upward_diagonal",
            "fg_color": "#3C5A78",
            "bg_color": "#FFFFFF",
        },
        **_SHARED_LOOK,
    },
    True: {"fill": {"color": "#7FB8A9"}, **_SHARED_LOOK},
}
"""Published numbers and recorded ones differ by pattern, not by colour alone; the border has 3 to 1
on white (WCAG 2.2, 1.4.11). They stand in the same place: where there is one, there is not the
other."""

_PERCENT_AXIS: Final = {"max": 115, "major_unit": 20}
"""Room for the number beside a bar of 100 percent."""

_GRID: Final = "#D0D0D0"


def write_figures(
    book: Any,
    name: str,
    drawn: Mapping[str, Series],
    names: Mapping[str, str],
    formats: Formats,
) -> None:
    """Add the sheet `name` with every figure. `names`: the sheet of each table."""
    language = formats.language
    sheet = book.add_worksheet(name)
    for place, width in enumerate(_WIDTHS):
        sheet.set_column(place, place, width)
    write_text(sheet, 0, 0, name, formats.heading())
    told = "report_sheet_figures_text" if drawn else "report_sheet_figures_none"
    write_text(sheet, 1, 0, say(told, language), formats.line())
    row, ends = 3, []
    for series in drawn.values():
        row = _write_figure(book, sheet, name, row, series, names[series.chart.table], formats)
        ends.append(row)
    # Two figures on a printed page.
    sheet.set_h_pagebreaks(ends[1:-1:2])
    set_page(sheet, name, formats)


def _write_figure(
    book: Any, sheet: Sheet, name: str, top: int, series: Series, table: str, formats: Formats
) -> int:
    """Write one figure from the row `top`; gives the first row below it."""
    language = formats.language
    write_text(sheet, top, 0, series.title, formats.line(bold=True))
    source = say("report_sheet_from_table", language, table=table)
    sheet.write_url(top + 1, 0, link_to(table), formats.link(), source)
    head = top + 2
    sheet.write_string(head, 0, "", formats.header())
    places = {published: place for place, published in enumerate(_told(series), start=1)}
    for published, place in places.items():
        key = "report_sheet_published" if published else "report_sheet_recorded"
        sheet.write_string(head, place, say(key, language), formats.header(right=True))
    for row, point in enumerate(series.points, start=head + 1):
        write_text(sheet, row, 0, point.label, formats.text())
        _write_point(sheet, row, places[point.published], point, series.unit, formats)
    last = head + len(series.points)
    # What stands for several comes last, and would dwarf the others.
    drawn = last - sum(point.rest for point in series.points)
    chart = book.add_chart({"type": "bar" if series.chart.kind == "bars" else "column"})
    for published, place in places.items():
        chart.add_series(
            {
                "name": [name, head, place],
                "categories": [name, head + 1, 0, drawn, 0],
                "values": [name, head + 1, place, drawn, place],
                **_LOOK[published],
            }
        )
    _dress(chart, series)
    sheet.insert_chart(top, _CHART_PLACE, chart, {"description": series.text, "y_offset": 4})
    return max(last, top + -(-_height(series) // _ROW_HEIGHT)) + 2


def _told(series: Series) -> list[bool]:
    """Whether some numbers are published, and whether some are recorded."""
    return sorted({point.published for point in series.points}, reverse=True)


def _write_point(
    sheet: Sheet, row: int, place: int, point: Point, unit: Unit, formats: Formats
) -> None:
    if point.size is not None:
        kind: ColumnType = "number" if unit in ("percent", "hours") else "integer"
        sheet.write_number(row, place, point.size, formats.value(kind, unit))
    elif point.value is not None:
        sheet.write_string(row, place, str(point.value), formats.hidden())


def _height(series: Series) -> int:
    if series.chart.kind == "columns":
        return _LEAST_HEIGHT
    return max(_LEAST_HEIGHT, _AROUND_BARS + _BAR_HEIGHT * len(series.points))


def _dress(chart: Any, series: Series) -> None:
    """Title, axes and size; the names of bars stand from the top down, as in the table."""
    chart.set_title({"name": series.title, "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"} if series.mixed else {"none": True})
    lines = {"visible": True, "line": {"color": _GRID}}
    top = _PERCENT_AXIS if series.unit == "percent" else {}
    # Each bar has its number, so the axis needs none.
    numbers = {"min": 0, "visible": False, "major_gridlines": lines, **top}
    if series.chart.kind == "bars":
        chart.set_x_axis(numbers)
        chart.set_y_axis({"reverse": True, "major_gridlines": {"visible": False}})
    else:
        chart.set_y_axis(numbers)
    chart.set_size({"width": _CHART_WIDTH, "height": _height(series)})
