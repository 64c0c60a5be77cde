"""Pipe tables: Markdown's `| a | b |`, and the same shape in text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

from indexer.documents import Cell, Table, TableRow
from indexer.tables.lines import Line, collapse

_PIPE = re.compile(r"(?<!\\)\|")
_RULE_CELL = re.compile(r"^:?-+:?$")

Span: TypeAlias = tuple[int, int]


def pipe_table(text: str, lines: Sequence[Line], caption: Line | None = None) -> Table | None:
    """A table from the lines header, rule, rows (offsets into `text`).

    Rows that are short get empty cells at their end; a table without a second column or without
    rows is None.
    """
    if len(lines) < 3 or not is_rule(lines[1].text):
        return None
    header = [text[slice(*span)] for span in _cells(text, lines[0])]
    columns = tuple(_plain(label) for label in header[1:])
    if not columns:
        return None
    rows = []
    for line in lines[2:]:
        spans = _cells(text, line)[: len(columns) + 1]
        spans += [(line.end, line.end)] * (len(columns) + 1 - len(spans))
        cells = tuple(Cell(collapse(text[s:e]), s, e) for s, e in spans[1:])
        rows.append(TableRow(_plain(text[slice(*spans[0])]), cells, line.start, line.end))
    top = caption or lines[0]
    return Table(
        caption=collapse(caption.text).strip("*_ ") if caption else "",
        stub=_plain(header[0]),
        columns=columns,
        rows=tuple(rows),
        start=top.start,
        end=lines[-1].end,
    )


def is_rule(line: str) -> bool:
    """The line `|---|:--:|` that stands under a pipe table's header."""
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    return "-" in line and all(_RULE_CELL.match(cell) for cell in cells)


def _plain(label: str) -> str:
    return collapse(label.replace("\\|", "|")).strip("*_ ")


def _cells(text: str, line: Line) -> list[Span]:
    pipes = [match.start() for match in _PIPE.finditer(text, line.start, line.end)]
    edges = [line.start - 1, *pipes, line.end]
    spans = []
    for before, after in pairwise(edges):
        inner = text[before + 1 : after]
        lead = len(inner) - len(inner.lstrip())
        start = before + 1 + lead
        spans.append((start, start + len(inner.strip())) if inner.strip() else (start, start))
    if pipes and pipes[0] == line.start:
        spans = spans[1:]
    if pipes and pipes[-1] == line.end - 1:
        spans = spans[:-1]
    return spans
