"""Tables: found in running text, and asked for one cell.

The loaders of HTML, DOCX and PDF know their tables from the file; `find_tables` finds them in text.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from indexer.documents import Table
from indexer.tables.aligned import aligned_tables
from indexer.tables.answers import CellAnswer, Synonyms, cell_answer
from indexer.tables.lines import Line, is_caption, read_lines
from indexer.tables.pipe import is_rule, pipe_table
from indexer.tables.stacked import stacked_tables

__all__ = ["CellAnswer", "Synonyms", "cell_answer", "find_tables", "pipe_tables"]


def find_tables(text: str, start: int = 0, end: int | None = None) -> list[Table]:
    """The pipe, aligned and stacked tables in `text[start:end]`, in order, none overlapping."""
    lines = list(read_lines(text, start, end))
    return merge([*pipe_tables(text, lines), *aligned_tables(text, lines), *stacked_tables(lines)])


def merge(tables: Iterable[Table]) -> list[Table]:
    """`tables` in text order; of two that overlap, the one that was named first stays."""
    kept: list[Table] = []
    for table in tables:
        at = bisect_left(kept, table.start, key=lambda other: other.start)
        if (at == 0 or kept[at - 1].end <= table.start) and (
            at == len(kept) or table.end <= kept[at].start
        ):
            kept.insert(at, table)
    return kept


def pipe_tables(text: str, lines: Sequence[Line]) -> list[Table]:
    """The pipe tables among `lines`: a header, a rule, and rows until a line without a pipe."""
    found: list[Table] = []
    after = stop = 0
    for i in range(1, len(lines) - 1):
        if i < after or "|" not in lines[i].text:
            continue  # within the table before, or no table
        if not is_rule(lines[i].text) or "|" not in lines[i - 1].text:
            continue
        if stop <= i:  # counted once for each run: a file of rules alone takes no quadratic time
            stop = i + 1
            while stop < len(lines) and "|" in lines[stop].text:
                stop += 1
        table = pipe_table(text, lines[i - 1 : stop], _caption(lines, i - 2))
        if table:
            found.append(table)
            after = stop
    return found


def _caption(lines: Sequence[Line], at: int) -> Line | None:
    """The caption on the nearest line with text, one blank line between them at most."""
    for line in lines[max(0, at - 1) : at + 1][::-1]:
        if line.text:
            return line if is_caption(line.text.strip("*_")) else None
    return None
