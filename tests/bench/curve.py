"""The growth curve as SVG: both axes logarithmic, every point with its figure in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 80, 230, 50, 60
NAMES = ("a whole answer", "a search", "writing down an inquiry", "a page of the queue")
COLORS = ("#6b21a8", "#1b4f72", "#9a3412", "#166534")
"""At least 7:1 against white (WCAG 2.2, 1.4.6)."""

DASHES = ("", "12 4", "8 4", "2 4")
"""Told apart without colour, too."""

TITLE = "Time of an operation, by the number of passages and of inquiries"


def drawn(figures: Mapping[int, Sequence[float]]) -> str:
    """One SVG. `figures`: milliseconds of each of `NAMES`, by size."""
    sizes = sorted(figures)
    values = [value for row in figures.values() for value in row]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def x(size: float) -> float:
        first, last = math.log10(sizes[0]), math.log10(sizes[-1])
        span = max(last - first, 1e-9)
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(size) - first) / span

    def y(value: float) -> float:
        part = (math.log10(value) - low) / max(high - low, 1)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * part

    told = ". ".join(
        f"{name}: " + ", ".join(f"{figures[size][n]:.1f} ms at {size:,}" for size in sizes)
        for n, name in enumerate(NAMES)
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" lang="en" role="img" viewBox="0 0 {WIDTH} '
        f'{HEIGHT}" aria-labelledby="growth-title" aria-describedby="growth-text" '
        'font-family="system-ui, sans-serif" font-size="13">',
        f'<title id="growth-title">{escape(TITLE)}</title>',
        f'<desc id="growth-text">{escape(told)}.</desc>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="26" font-size="15" font-weight="600">{escape(TITLE)}</text>',
    ]
    for power in range(low, high + 1):
        at = y(10.0**power)
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#bbb"/>'
            f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{10.0**power:g} ms</text>'
        )
    for size in sizes:
        parts.append(
            f'<text x="{x(size):.1f}" y="{HEIGHT - BOTTOM + 22}" text-anchor="middle">'
            f"{size:,}</text>"
        )
    labels: list[float] = []
    order = sorted(range(len(NAMES)), key=lambda n: figures[sizes[-1]][n])
    for n in order:
        line = " ".join(f"{x(size):.1f},{y(figures[size][n]):.1f}" for size in sizes)
        dash = f' stroke-dasharray="{DASHES[n]}"' if DASHES[n] else ""
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{COLORS[n]}" stroke-width="2.5"{dash}/>'
        )
        parts += [
            f'<circle cx="{x(size):.1f}" cy="{y(figures[size][n]):.1f}" r="4" fill="{COLORS[n]}"/>'
            for size in sizes
        ]
        at = y(figures[sizes[-1]][n]) + 4
        if labels:
            at = min(at, labels[-1] - 18)  # the labels do not stand on each other
        labels.append(at)
        last = f"{NAMES[n]}, {figures[sizes[-1]][n]:.1f} ms"
        parts.append(
            f'<text x="{WIDTH - RIGHT + 10}" y="{at:.1f}" fill="{COLORS[n]}">{last}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"
