"""A table as it was read from a file: a header row and lines of cells, all of them text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

MOST_BYTES = 20 * 1024 * 1024
"""Of a file: ten times what 20,000 inquiries of ordinary length take. Checked before it is read."""

MOST_ROWS = 20_000
MOST_COLUMNS = 60
"""Five times the columns that any table has."""

MOST_CELL_CHARACTERS = 10_000
"""Four pages; a longer question is a document."""

CellFault = Literal["formula", "error", "long"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        line: where it begins in the file; the first line is 1.
        cells: the text of each cell, without spaces around it.
        faults: what is wrong with a cell, by its index: a formula that has not been computed, an
            error such as #REF!, or a text that is too long (and is cut).
    """

    line: int
    cells: tuple[str, ...]
    faults: dict[int, CellFault] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """The header row, and the rows below it that are not empty."""

    header: Row
    rows: tuple[Row, ...]


def row_of(line: int, cells: list[str], faults: dict[int, CellFault] | None = None) -> Row | None:
    """A row with its cells trimmed and cut; None for an empty one. Empty cells at the end go."""
    found = dict(faults or {})
    texts = []
    for index, cell in enumerate(cells):
        text = cell.strip()
        if len(text) > MOST_CELL_CHARACTERS:
            text = text[:MOST_CELL_CHARACTERS]
            found[index] = "long"
        texts.append(text)
    last = max((i for i, text in enumerate(texts) if text or i in found), default=-1)
    return Row(line, tuple(texts[: last + 1]), found) if last >= 0 else None
