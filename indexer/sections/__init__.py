"""Headings, boilerplate and sections of plain text, and of pages saved as text.

`assemble` turns headings (found here, or known by a loader) into `Section`s. `text_structure`
finds headings by heuristics; a text above `WINDOW_CHARS` is read in windows, so that memory stays
bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from indexer.documents import Table
from indexer.sections.assembly import Heading, assemble, trimmed
from indexer.sections.boilerplate import DANGLING, boilerplate, is_boilerplate
from indexer.sections.headings import headings_of
from indexer.tables import find_tables
from indexer.tables.lines import Line, read_lines

__all__ = [
    "Heading",
    "Structure",
    "assemble",
    "boilerplate",
    "is_boilerplate",
    "text_structure",
    "trimmed",
    "windows",
]

# One window of lines costs about ten times its text in memory; no chapter we know is above 200 kB.
WINDOW_CHARS = 1_000_000
# Headings before a window that may still decide the level of its first ones.
MAX_LOOK_BACK = 500


@dataclass(frozen=True, slots=True)
class Structure:
    """Headings, tables and the spans to leave out, each in text order."""

    headings: tuple[Heading, ...]
    tables: tuple[Table, ...]
    left_out: tuple[tuple[int, int], ...]


def text_structure(text: str) -> Structure:
    """Headings, tables and boilerplate of a text without markup."""
    headings: list[Heading] = []
    tables: list[Table] = []
    left_out: list[tuple[int, int]] = []
    for start, end in windows(text):
        found = find_tables(text, start, end)
        lines = list(read_lines(text, start, end))
        skipped, rest = _outside_tables(lines, found)
        left_out.extend(skipped)
        headings.extend(headings_of(rest, at_top=start == 0, before=headings[-MAX_LOOK_BACK:]))
        tables.extend(found)
    return Structure(tuple(headings), tuple(tables), tuple(left_out))


def windows(text: str, size: int = WINDOW_CHARS) -> Iterator[tuple[int, int]]:
    """Spans that cover `text`, cut at a blank line near every `size` characters (or a line end)."""
    start = 0
    while start < len(text):
        end = start + size
        if end < len(text):
            cut = text.rfind("\n\n", start + size // 2, end) + 2
            if cut < 2:
                cut = text.rfind("\n", start + size // 2, end) + 1
            end = cut if cut > start else text.find("\n", end) + 1 or len(text)
        yield start, min(end, len(text))
        start = end


def _outside_tables(
    lines: list[Line], tables: list[Table]
) -> tuple[list[tuple[int, int]], list[Line]]:
    """Spans of boilerplate, and the other lines; a table is one line with a bar in its place."""
    left_out: list[tuple[int, int]] = []
    rest: list[Line] = []
    at = 0
    last = next((x for x in reversed(lines) if x.text and not is_boilerplate(x.text)), None)
    for line in lines:
        while at < len(tables) and tables[at].end <= line.start:
            at += 1
        if at < len(tables) and tables[at].start <= line.start:
            if line.start == tables[at].start:
                rest.append(Line("| table |", line.start, tables[at].end))
        elif is_boilerplate(line.text) or (line is last and DANGLING.match(line.text)):
            left_out.append((line.start, line.end))
            rest.append(Line("", line.start, line.start))
        else:
            rest.append(line)
    return left_out, rest
