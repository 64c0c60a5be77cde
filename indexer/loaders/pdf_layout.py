"""What the look of a PDF page tells: running heads, headings, paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from indexer.sections import is_boilerplate
from indexer.tables.lines import is_caption, is_item

# A running head stands among the first or last lines of most pages; a book has one for its left
# and one for its right pages, so that each stands on less than half of them.
EDGE_LINES = 2
MIN_PAGES = 3
MIN_SHARE = 0.3
# Heads at the same height differ by less than this, in points.
SAME_HEIGHT = 6.0
# A heading is set this much larger than the body, or in bold on a short line of its own.
HEADING_RATIO = 1.12
MAX_HEADING_CHARS = 150
MAX_LEVELS = 5
# A new paragraph begins where lines are this much further apart than usual.
GAP_RATIO = 1.35

_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"^(?:side\s+)?\d{1,4}(?:\s*(?:av|/|of)\s*\d{1,4})?$", re.I)


class PrintedLine(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def size(self) -> float: ...
    @property
    def bold(self) -> bool: ...
    @property
    def top(self) -> float: ...
    @property
    def bottom(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item or heading (`level` from 1); `top` in points from the page's foot."""

    text: str
    top: float
    level: int = 0


def running_lines(pages: Sequence[Sequence[PrintedLine]], body: float) -> set[tuple[int, int]]:
    """(page, line) of heads and feet that most pages repeat at the same height, and page numbers.

    The figures in them may vary, but not in a line set larger than the body: "Kapittel 1" and
    "Kapittel 2" are headings, each at the top of its page.
    """
    if len(pages) < MIN_PAGES:
        return set()
    edges = [
        (page, i, _shape(lines[i], body))
        for page, lines in enumerate(pages)
        for i in {*range(min(EDGE_LINES, len(lines))), *range(len(lines))[-EDGE_LINES:]}
    ]
    shapes = Counter(shape for _, shape in {(page, shape) for page, _, shape in edges})
    often = {s for s, count in shapes.items() if count >= max(MIN_PAGES, MIN_SHARE * len(pages))}
    return {
        (page, i)
        for page, i, shape in edges
        if shape in often or _PAGE_NUMBER.match(pages[page][i].text)
    }


def _shape(line: PrintedLine, body: float) -> tuple[str, int]:
    large = line.size >= HEADING_RATIO * body
    text = line.text if large else _DIGITS.sub("#", line.text)
    return text, round(line.bottom / SAME_HEIGHT)


def body_size(lines: Iterable[PrintedLine]) -> float:
    """The font size that most characters are set in, in points."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def heading_sizes(pages: Sequence[Sequence[PrintedLine]], body: float) -> dict[float, int]:
    """Font size -> heading level, the largest first; sizes of pictures' texts count as well."""
    sizes = {line.size for page in pages for line in page if line.size >= body * HEADING_RATIO}
    return {
        size: min(level, MAX_LEVELS) for level, size in enumerate(sorted(sizes, reverse=True), 1)
    }


def blocks(lines: Sequence[PrintedLine], body: float, sizes: dict[float, int]) -> Iterator[Block]:
    """Headings, paragraphs and list items of one page, in reading order."""
    pitch = _pitch(lines)
    held: list[PrintedLine] = []
    level = 0
    for i, line in enumerate(lines):
        here = _level(lines, i, body, sizes)
        gap = lines[i - 1].bottom - line.bottom if i else 0.0
        apart = gap > GAP_RATIO * max(pitch, line.size) or gap < 0
        if held and (here != level or apart or is_caption(line.text)):
            yield _block(held, level)
            held = []
        level = here
        held.append(line)
    if held:
        yield _block(held, level)


def _block(lines: Sequence[PrintedLine], level: int) -> Block:
    joint = " " if level else "\n"
    return Block(joint.join(line.text for line in lines), lines[0].top, level)


def _pitch(lines: Sequence[PrintedLine]) -> float:
    """The usual distance between two lines of running text."""
    gaps = Counter(
        round(a.bottom - b.bottom, 0)
        for a, b in pairwise(lines)
        if 0 < a.bottom - b.bottom < 3 * max(a.size, 1.0)
    )
    return float(min((gap for gap, n in gaps.items() if n == max(gaps.values())), default=0.0))


def _level(lines: Sequence[PrintedLine], i: int, body: float, sizes: dict[float, int]) -> int:
    line = lines[i]
    if (
        len(line.text) > MAX_HEADING_CHARS
        or is_boilerplate(line.text)
        or not any(c.isalpha() for c in line.text)
    ):
        return 0
    if line.size in sizes:
        return sizes[line.size]
    plain = is_item(line.text) or is_caption(line.text) or line.text[-1] in ".,;"
    below = lines[i + 1] if i + 1 < len(lines) else None
    if line.bold and not plain and line.size >= body and below and not below.bold:
        return min(len(set(sizes.values())) + 1, MAX_LEVELS + 1)
    return 0
