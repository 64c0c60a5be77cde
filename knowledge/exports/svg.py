"""A figure as SVG: real text, patterns besides colour, its numbers in words for who hears it."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape, quoteattr

from knowledge.exports.charts import Series
from knowledge.exports.svg_layout import layout
from knowledge.exports.svg_shapes import (
    FAINT,
    INK,
    MAIN,
    PAPER,
    SOFT,
    WIDTH,
    Box,
    Line,
    Shape,
    Words,
)
from knowledge.messages import Language

FONT: Final = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif"
_STROKES: Final = {"axis": (SOFT, 1), "help": (FAINT, 1), "hatch": (MAIN, 1.6)}
_LANGUAGES: Final = {"nb": "nb", "nn": "nn", "en": "en"}


def svg(series: Series, language: Language) -> str:
    """The figure as one element that can stand in a page or be a file of its own.

    To a screen reader it is one picture with a name (the title) and a description (the numbers).
    """
    drawing = layout(series, language)
    name = f"figure-{series.chart.id}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" lang="{_LANGUAGES[language]}" role="img"'
        f' aria-labelledby="{name}-title" aria-describedby="{name}-text"'
        f' viewBox="0 0 {WIDTH:g} {_n(drawing.height)}" font-family="{FONT}">',
        f'<title id="{name}-title">{escape(series.title)}</title>',
        f'<desc id="{name}-text">{escape(series.text)}</desc>',
        *map(_shape, drawing.shapes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _shape(shape: Shape) -> str:
    match shape:
        case Box():
            return _box(shape)
        case Line():
            color, wide = _STROKES[shape.weight]
            return (
                f'<line x1="{_n(shape.x1)}" y1="{_n(shape.y1)}" x2="{_n(shape.x2)}"'
                f' y2="{_n(shape.y2)}" stroke="{color}" stroke-width="{wide}"/>'
            )
        case Words():
            anchor = "" if shape.anchor == "start" else f" text-anchor={quoteattr(shape.anchor)}"
            return (
                f'<text x="{_n(shape.x)}" y="{_n(shape.y)}" font-size="{_n(shape.size)}"'
                f' fill="{INK}"{anchor}>{escape(shape.text)}</text>'
            )


def _box(box: Box) -> str:
    look = {
        "solid": f'fill="{MAIN}"',
        "hatched": f'fill="{PAPER}" stroke="{MAIN}" stroke-width="1.6"',
        "gap": f'fill="none" stroke="{SOFT}" stroke-dasharray="4 3"',
    }[box.fill]
    return (
        f'<rect x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}"'
        f' height="{_n(box.height)}" {look}/>'
    )


def _n(value: float) -> str:
    """Two decimals are finer than anybody sees."""
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"
