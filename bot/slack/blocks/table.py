"""A table of a source, small enough to read in Slack: the cell that answers, and around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Final

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from bot.answering.reply import Quote
from bot.slack.blocks.pieces import one_line, shorten
from indexer.documents import Table

WIDTH: Final = 60
"""Characters across: what a telephone turned on its side, and a thread beside a channel, show."""

MOST_ROWS: Final = 7
MOST_COLUMNS: Final = 4
LABEL_CHARACTERS: Final = 60
CELL_CHARACTERS: Final = 200
"""Longer ones are shortened; the cell that answers is also told whole, above the table."""

LONGEST_WORD: Final = 24
"""A column is made as wide as its longest word, up to this: «frisklivssentralens» has 19."""

BETWEEN: Final = 2
LEFT_OUT: Final = "…"
POINTER: Final = "▸"
"""Before the row that answers: bold is not shown in preformatted text."""


@dataclass(frozen=True)
class SmallTable:
    """Lines of at most WIDTH characters; `shortened` where not all of the table is in them."""

    text: str
    shortened: bool


def small_table(quote: Quote) -> SmallTable | None:
    """The table of a quote around the cell or row that answers; None where there is nothing in it.

    Rows and columns are in the order of the source and bear its labels; where some are left out
    there is a … in their place.
    """
    table = quote.table
    if table is None or not table.rows:
        return None
    row, column = _answering(quote, table)
    down = _around(row if row is not None else _first_row(quote, table), len(table.rows), MOST_ROWS)
    for most in range(MOST_COLUMNS, 0, -1):
        across = _around(column or 0, len(table.columns), most)
        lines, cut = _texts(table, down, across)
        if _least(lines, row is not None) <= WIDTH:
            break
    whole = len(down) == len(table.rows) and len(across) == len(table.columns)
    marked = None if row is None else row - down.start + 1 + (down.start > 0)
    text = _drawn(lines, marked)
    return SmallTable(text, cut or not whole) if text else None


def _answering(quote: Quote, table: Table) -> tuple[int | None, int | None]:
    """Row and column of the figure, or the row that the highlight is in."""
    if quote.figure is not None:
        for down, row in enumerate(table.rows):
            for across, cell in enumerate(row.cells):
                if cell.start == quote.figure.start:
                    return down, across
    start = quote.start + quote.highlight_start
    end = start + len(quote.highlight)
    for down, row in enumerate(table.rows):
        if row.start <= start and end <= row.end:
            return down, None
    return None, None


def _first_row(quote: Quote, table: Table) -> int:
    """The first row that the passage has: a long table is several passages."""
    return next((n for n, row in enumerate(table.rows) if row.start >= quote.start), 0)


def _around(place: int, count: int, most: int) -> range:
    """At most `most` of `count` places, with `place` as near to the middle as it can be."""
    start = max(0, min(place - most // 2, count - most))
    return range(start, min(count, start + most))


def _texts(table: Table, down: range, across: range) -> tuple[list[list[str]], bool]:
    """The labels and cells line by line, headings first; and whether one had to be shortened.

    What is left out has a line or a column of its own with a … in it.
    """
    before, after = across.start > 0, across.stop < len(table.columns)
    whole = [
        [table.stub, *(table.columns[place] for place in across)],
        *(
            [table.rows[number].label, *(table.rows[number].cells[place].text for place in across)]
            for number in down
        ),
    ]
    lines: list[list[str]] = []
    cut = False
    for number, texts in enumerate(whole):
        limits = [LABEL_CHARACTERS, *[CELL_CHARACTERS if number else LABEL_CHARACTERS] * len(texts)]
        line = [shorten(one_line(text), most) for text, most in zip(texts, limits, strict=False)]
        cut = cut or line != [one_line(text) for text in texts]
        gap = LEFT_OUT if number == 0 else ""
        lines.append([line[0], *([gap] if before else []), *line[1:], *([gap] if after else [])])
    nothing = [""] * (len(lines[0]) - 1)
    above = [[LEFT_OUT, *nothing]] if down.start > 0 else []
    below = [[LEFT_OUT, *nothing]] if down.stop < len(table.rows) else []
    return [lines[0], *above, *lines[1:], *below], cut


def _least(lines: Sequence[Sequence[str]], points: bool) -> int:
    """The width of the table when each column is as wide as its longest word."""
    words = (_longest_word(column) for column in zip(*lines, strict=True))
    return sum(word + BETWEEN for word in words) - BETWEEN + _pointer(points)


def _pointer(points: bool) -> int:
    return 1 + BETWEEN if points else 0


def _longest_word(texts: Sequence[str]) -> int:
    found = max((cell_len(word) for text in texts for word in text.split()), default=1)
    return min(LONGEST_WORD, found)


def _widths(lines: Sequence[Sequence[str]], points: bool) -> list[int]:
    """The widths of the columns: as wide as their texts, the widest narrowed until all fit."""
    columns = list(zip(*lines, strict=True))
    widths = [max(1, *(cell_len(text) for text in column)) for column in columns]
    least = [_longest_word(column) for column in columns]
    room = WIDTH - _pointer(points) - BETWEEN * (len(columns) - 1)
    while sum(widths) > room:
        spare = [width - low for width, low in zip(widths, least, strict=True)]
        if max(spare) <= 0:
            least = [1] * len(least)
            continue
        widest = max((n for n, left in enumerate(spare) if left > 0), key=lambda n: widths[n])
        widths[widest] -= 1
    return widths


def _drawn(lines: Sequence[Sequence[str]], marked: int | None) -> str:
    """The lines with their columns under each other, a rule below the headings."""
    points = marked is not None
    grid = Grid(
        box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, BETWEEN - 1, 0, 0), show_edge=False
    )
    if points:
        grid.add_column("", width=1)
    for heading, width in zip(lines[0], _widths(lines, points), strict=True):
        grid.add_column(Text(heading), overflow="fold", width=width)
    for number, line in enumerate(lines[1:], start=1):
        pointer = [Text(POINTER if number == marked else "")] if points else []
        grid.add_row(*pointer, *map(Text, line))
    console = Console(
        file=StringIO(), width=WIDTH, color_system=None, legacy_windows=False, _environ={}
    )
    with console.capture() as captured:
        console.print(grid, crop=False)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()).strip("\n")
