"""Where everything stands in a figure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import groupby
from math import ceil, floor, log10
from typing import Final

from knowledge.exports.charts import Point, Series
from knowledge.exports.svg_shapes import NORMAL, SMALL, WIDTH, Drawing, Fill, width_of
from knowledge.exports.text_numbers import number
from knowledge.messages import Language, say

LEFT: Final = 52.0
AIR: Final = 12.0
RIGHT: Final = 8.0
TOP: Final = 18.0
"""Above the highest column, for its number."""
COLUMNS_HIGH: Final = 220.0
WIDEST_COLUMN: Final = 64.0
SHARE_OF_COLUMN: Final = 0.72
GAP_SIZE: Final = 18.0
"""Of the frame that marks a hidden number: the same whatever the number is."""
STEPS: Final = 5
"""About so many help lines."""
KEY_HIGH: Final = 32.0
KEY_BOX: Final = 14.0

BAR_HIGH: Final = 16.0
INDENT: Final = 7.0
"""Of a name, from the line that the bars begin at."""
BAR_ROOM: Final = 12.0
LINE_HIGH: Final = 18.0
VALUE_WIDE: Final = 150.0
"""To the right of the longest bar, for «100 % (10 av 10)»."""
LETTERS: Final = int((WIDTH - INDENT) / width_of("x", NORMAL))
"""Of a name, on one line."""
FULL: Final = 100.0
"""Percent: a bar of all is as long as there is room for."""


def layout(series: Series, language: Language) -> Drawing:
    """Draw a figure; its numbers are told on it where there is room, so that nobody measures."""
    drawing = Drawing()
    top = _key(drawing, series, language)
    if series.chart.kind == "columns":
        _columns(drawing, series, language, top)
    else:
        _bars(drawing, series, language, top)
    return drawing


def fill_of(point: Point, series: Series) -> Fill:
    """Where nothing is told apart, everything is solid."""
    if series.chart.source is None or point.published:
        return "solid"
    return "hatched"


def _key(drawing: Drawing, series: Series, language: Language) -> float:
    """What the patterns mean; how high that is."""
    entries: list[tuple[Fill, str]] = []
    if series.chart.source is not None:
        fills = {fill_of(each, series) for each in series.points if each.size is not None}
        if "solid" in fills:
            entries.append(("solid", say("report_figure_key_published", language)))
        if "hatched" in fills:
            entries.append(("hatched", say("report_figure_key_recorded", language)))
    if series.has_hidden:
        entries.append(("gap", say("report_figure_key_hidden", language)))
    x = 1.0
    for fill, text in entries:
        drawing.box(x, 3.0, KEY_BOX, KEY_BOX, fill)
        drawing.words(x + KEY_BOX + 6, 15.0, text, size=SMALL)
        x += KEY_BOX + 26 + width_of(text, SMALL)
    return KEY_HIGH if entries else 0.0


def ticks(greatest: float) -> list[float]:
    """Round numbers from zero to the first that is not below the greatest.

    Whole numbers, since everything that is counted here is whole.
    """
    rough = max(greatest, 1.0) / STEPS
    magnitude = 10.0 ** floor(log10(rough))
    step = next(m * magnitude for m in (1.0, 2.0, 5.0, 10.0) if m * magnitude >= rough)
    step = max(1.0, step)
    return [step * at for at in range(ceil(greatest / step) + 1)] if greatest > 0 else [0.0, 1.0]


def _columns(drawing: Drawing, series: Series, language: Language, top: float) -> None:
    points = series.points
    scale = ticks(max((each.size for each in points if each.size is not None), default=0.0))
    base = top + TOP + COLUMNS_HIGH
    left = max(LEFT, width_of(number(scale[-1], language), SMALL) + AIR)
    for tick in scale:
        y = base - COLUMNS_HIGH * tick / scale[-1]
        drawing.line(left, y, WIDTH - RIGHT, y, "axis" if tick == 0 else "help")
        drawing.words(left - 6, y + 4, number(tick, language), "end", SMALL)
    room = (WIDTH - left - RIGHT) / len(points)
    wide = min(WIDEST_COLUMN, room * SHARE_OF_COLUMN)
    told = [each.told(series.unit, language) for each in points]
    # Numbers that would run into each other are left to the table beside the figure.
    fits = all(width_of(text, SMALL) <= room for text in told)
    for at, (point, text) in enumerate(zip(points, told, strict=True)):
        middle = left + room * (at + 0.5)
        if point.size is None:
            if point.value is not None:
                drawing.box(middle - wide / 2, base - GAP_SIZE, wide, GAP_SIZE, "gap")
            drawing.words(middle, base - 5, text, "middle", SMALL)
        else:
            high = COLUMNS_HIGH * point.size / scale[-1]
            drawing.box(middle - wide / 2, base - high, wide, high, fill_of(point, series))
            if fits:
                drawing.words(middle, base - high - 4, text, "middle", SMALL)
        drawing.words(middle, base + 16, _fitting(point.label, room), "middle", SMALL)
    drawing.height = base + 24
    if series.mixed:
        _sources(drawing, series, language, (left, room), base + 26)


def _fitting(label: str, room: float) -> str:
    """A year among many: «’14»."""
    if width_of(label, SMALL) > room and label.isdecimal() and len(label) == len("2014"):
        return f"’{label[2:]}"
    return label


def _sources(
    drawing: Drawing, series: Series, language: Language, place: tuple[float, float], y: float
) -> None:
    """A line under the years that are published, and one under those that are recorded.

    `place`: where the first column's room begins, and how wide each column's is.
    """
    first, room = place
    at = 0
    spans: list[tuple[float, float, str]] = []
    for published, run in groupby(series.points, key=lambda each: each.published):
        count = len(list(run))
        left, right = first + room * at + 4, first + room * (at + count) - 4
        key = "report_figure_published" if published else "report_figure_recorded"
        spans.append((left, right, say(key, language)))
        at += count
    if any(width_of(text, SMALL) > right - left for left, right, text in spans):
        return  # the patterns are explained above the figure anyway
    for left, right, text in spans:
        drawing.line(left, y, right, y, "axis")
        drawing.words((left + right) / 2, y + 15, text, "middle", SMALL)
    drawing.height = y + 22


def _bars(drawing: Drawing, series: Series, language: Language, top: float) -> None:
    measured = [each.size for each in series.points if each.size is not None and not each.rest]
    longest = FULL if series.unit == "percent" else max(measured, default=0.0) or 1.0
    room = WIDTH - VALUE_WIDE
    y = top
    for point in series.points:
        told = point.told(series.unit, language)
        for line in _lines(f"{point.label}: {told}" if point.rest else point.label):
            drawing.words(INDENT, y + 13, line)
            y += LINE_HIGH
        if point.rest:  # without a bar: it would be longer than those it is not one of
            continue
        if point.size is None:
            if point.value is not None:
                drawing.box(1, y, GAP_SIZE, BAR_HIGH, "gap")
            drawing.words(1 + GAP_SIZE + 6, y + 13, told)
        else:
            long = room * min(1.0, point.size / longest)
            drawing.box(1, y, long, BAR_HIGH, fill_of(point, series))
            drawing.words(1 + long + 8, y + 13, told)
        y += BAR_HIGH + BAR_ROOM
    drawing.line(0.5, top, 0.5, y - BAR_ROOM, "axis")
    drawing.height = y


def _lines(label: str) -> Sequence[str]:
    return textwrap.wrap(label, LETTERS) or [""]
