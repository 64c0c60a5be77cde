"""What a figure is drawn with, whatever it is drawn on: rectangles, lines and words.

The numbers are in units of a drawing that is `WIDTH` wide; y grows downwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

WIDTH: Final = 640.0

INK: Final = "#1d2a2f"
"""Words: 14.8:1 against white (WCAG 1.4.3 asks for 4.5:1)."""
MAIN: Final = "#025169"
"""Bars and outlines: 9:1 against white (WCAG 1.4.11 asks for 3:1); dark grey in greyscale."""
SOFT: Final = "#51636b"
"""Axes, and the outline of what is hidden: 6.3:1."""
FAINT: Final = "#d3dcdf"
"""Help lines, which nobody needs to see."""
PAPER: Final = "#ffffff"

Fill = Literal["solid", "hatched", "gap"]
Weight = Literal["axis", "help", "hatch"]
Anchor = Literal["start", "middle", "end"]

HATCH_STEP: Final = 6.0
SMALL: Final = 12.0
NORMAL: Final = 14.0

_WIDE: Final = 0.6
"""Of the font size, an upper estimate of how wide a letter is on average in the sans-serif fonts
(Arial, Helvetica, DejaVu Sans, Segoe UI): nobody measures fonts here."""


@dataclass(frozen=True, slots=True)
class Box:
    """`solid`: published; `hatched`: recorded; `gap`: a dashed frame where a number is hidden."""

    x: float
    y: float
    width: float
    height: float
    fill: Fill


@dataclass(frozen=True, slots=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    weight: Weight


@dataclass(frozen=True, slots=True)
class Words:
    """`y` is the line the letters stand on."""

    x: float
    y: float
    text: str
    anchor: Anchor = "start"
    size: float = NORMAL


Shape = Box | Line | Words


@dataclass(slots=True)
class Drawing:
    """Shapes in the order they are laid on the paper."""

    height: float = 0.0
    shapes: list[Shape] = field(default_factory=list)

    def box(self, x: float, y: float, width: float, height: float, fill: Fill) -> None:
        self.shapes.append(Box(x, y, width, height, fill))
        if fill == "hatched":
            self.shapes += _hatching(x, y, width, height)

    def line(self, x1: float, y1: float, x2: float, y2: float, weight: Weight) -> None:
        self.shapes.append(Line(x1, y1, x2, y2, weight))

    def words(
        self, x: float, y: float, text: str, anchor: Anchor = "start", size: float = NORMAL
    ) -> None:
        self.shapes.append(Words(x, y, text, anchor, size))


def width_of(text: str, size: float) -> float:
    """How wide words are, at most."""
    return len(text) * size * _WIDE


def _hatching(x: float, y: float, width: float, height: float) -> Iterator[Line]:
    """Lines from lower left to upper right within a rectangle."""
    # Each line is where u + v = at, u and v being measured from the rectangle's upper left corner.
    at = HATCH_STEP
    while at < width + height:
        u1, u2 = max(0.0, at - height), min(width, at)
        yield Line(x + u1, y + at - u1, x + u2, y + at - u2, "hatch")
        at += HATCH_STEP
