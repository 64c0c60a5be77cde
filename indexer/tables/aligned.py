"""Tables whose rows are lines of text with space or tabulator between the cells.

`År Antall personer Antall kommuner` / `2014 178 45` / `Totalt 893 226`: the words of the header are
grouped to the number of figures in the rows. Where a row can be split in more than one way
("Totalt 1 178 345" in two columns) the row is left out of the table, so that no wrong figure is
told; its text stays within the table's span.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from indexer.documents import Cell, Table, TableRow
from indexer.tables.lines import (
    MAX_CELL_CHARS,
    TOTALS,
    Line,
    collapse,
    is_caption,
    is_item,
    is_value,
    is_year,
)

MIN_ROWS = 2
# Lines between caption and first row: a header, a unit, one blank line on either side.
MAX_CAPTION_DISTANCE = 3
MAX_COLUMNS = 40
# Rows that decide the number of columns, and the share of them that must fit it.
SAMPLE_ROWS = 100
MIN_FITTING = 0.5

_WIDE_GAP = re.compile(r"\t+|[ \u00a0]{2,}")
_WORD = re.compile(r"[^ \t]+")
_THOUSANDS_HEAD = re.compile(r"^[-−–+]?\d{1,3}$")
_THOUSANDS_TAIL = re.compile(r"^\d{3}(?:,\d+)?$")
_SUFFIXES = frozenset({"%", "kr", "prosent"})
_DOT_LEADER = re.compile(r"\.{4,}|(?:\. ){4,}|…{2,}")

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Parsed:
    line: Line
    label: Span
    values: tuple[Span, ...]


def aligned_tables(text: str, lines: Sequence[Line]) -> Iterator[Table]:
    """The aligned tables among `lines` (whose offsets are into `text`), in text order."""
    caption: Line | None = None
    distance = 0
    block: list[Line] = []
    for line in [*lines, Line("", 0, 0)]:
        if line.text and not is_caption(line.text):
            block.append(line)
            continue
        if block:
            table = _table(text, caption if distance <= MAX_CAPTION_DISTANCE else None, block)
            if table:
                yield table
                caption = None
            # A header or unit may stand apart between caption and rows, but not a paragraph.
            distance += len(block)
            block = []
        if line.text:
            caption, distance = line, 0


def _table(text: str, caption: Line | None, block: list[Line]) -> Table | None:
    if len(block) < MIN_ROWS or any(_DOT_LEADER.search(line.text) for line in block):
        return None
    first = next((i for i, line in enumerate(block) if _figures(line)), None)
    if first is None:
        return None
    stop = first
    while stop < len(block) and _figures(block[stop]):
        stop += 1
    body, header = block[first:stop], block[first - 1] if first else None
    if header is None and len(body) >= MIN_ROWS and _all_years(body[0]):
        header, body = body[0], body[1:]
    columns, rows = _best(text, body, header)
    if not rows:
        return None
    stub, labels = _header(header, columns) if header else ("", ())
    if caption is None and (columns == 1 or not labels):
        return None
    if len(rows) < MIN_ROWS and (caption is None or columns == 1 or not labels):
        return None
    top = caption or header or body[0]
    return Table(
        caption=collapse(caption.text) if caption else "",
        stub=stub,
        columns=labels or ("",) * columns,
        rows=tuple(_row(text, row) for row in rows),
        start=top.start,
        end=body[-1].end,
    )


def _row(text: str, row: _Parsed) -> TableRow:
    cells = tuple(Cell(collapse(text[start:end]), start, end) for start, end in row.values)
    return TableRow(collapse(text[slice(*row.label)]), cells, row.line.start, row.line.end)


def _all_years(line: Line) -> bool:
    """A header such as "Antall 2019 2020 2021 Totalt", which looks like a row of figures."""
    words = [w for w in line.text.split() if w.casefold() not in TOTALS]
    figures = [word for word in words if is_value(word)]
    return len(figures) > 1 and all(is_year(word) for word in figures)


def _figures(line: Line) -> int:
    """How many figures end the line; 0 when it is no table row."""
    if len(line.text) > 2 * MAX_CELL_CHARS or is_item(line.text):
        return 0
    words = line.text.split()
    first = _first_figure(words)
    count = sum(map(is_value, words[first:]))
    return count - (first == 0)


def _first_figure(words: Sequence[str]) -> int:
    """Where the figures at the end of `words` begin; a unit counts with the figure before it."""
    first = len(words)
    while first:
        if is_value(words[first - 1]):
            first -= 1
        elif first > 1 and words[first - 1].casefold() in _SUFFIXES and is_value(words[first - 2]):
            first -= 2
        else:
            break
    return first


def _best(text: str, body: list[Line], header: Line | None) -> tuple[int, list[_Parsed]]:
    """The number of columns that fits header and most rows without doubt, and those rows."""
    splits = [_wide(text, line) for line in body]
    wide = Counter(len(split.values) for split in splits if split)
    if wide:
        columns, count = wide.most_common(1)[0]
        if count >= MIN_ROWS or count == len(body):
            return columns, [s for s in splits if s and len(s.values) == columns]
    sample = body[:SAMPLE_ROWS]
    candidates = {n for line in sample for n in _possible(text, _words(text, line)[1])}
    best = (False, 0, 0)
    for columns in candidates:
        count = len(_parsed(text, sample, columns))
        fits = header is not None and bool(_header(header, columns)[1])
        best = max(best, (fits and count > MIN_FITTING * len(sample), count, columns))
    return best[2], _parsed(text, body, best[2])


def _parsed(text: str, body: list[Line], columns: int) -> list[_Parsed]:
    rows = []
    for line in body:
        label, values = _words(text, line)
        groups = _grouped(text, values, columns)
        if groups:
            rows.append(_Parsed(line, label, groups))
    return rows


def _wide(text: str, line: Line) -> _Parsed | None:
    """The cells of a line with tabulators or wide gaps between them."""
    spans: list[Span] = []
    at = line.start
    for gap in _WIDE_GAP.finditer(text, line.start, line.end):
        spans.append((at, gap.start()))
        at = gap.end()
    spans.append((at, line.end))
    if len(spans) < 2 or not all(is_value(text[s:e].strip()) for s, e in spans[1:]):
        return None
    return _Parsed(line, spans[0], tuple(spans[1:]))


def _words(text: str, line: Line) -> tuple[Span, list[Span]]:
    """The label of the line, and the words of its figures (a unit goes with its figure)."""
    words = [m.span() for m in _WORD.finditer(text, line.start, line.end)]
    first = max(1, _first_figure([text[start:end] for start, end in words]))
    values: list[Span] = []
    for start, end in words[first:]:
        if text[start:end].casefold() in _SUFFIXES and values:
            values[-1] = values[-1][0], end
        else:
            values.append((start, end))
    return (line.start, words[first - 1][1]), values


def _possible(text: str, values: list[Span]) -> range:
    merges = sum(_joins(text, a, b) for a, b in pairwise(values))
    return range(max(1, len(values) - merges), min(len(values), MAX_COLUMNS) + 1)


def _joins(text: str, head: Span, tail: Span) -> bool:
    """Whether two words may be one figure with a space between the thousands ("1" "385")."""
    before, after = text[slice(*head)], text[slice(*tail)].rstrip("% ")
    head_fits = _THOUSANDS_HEAD.match(before) or _THOUSANDS_TAIL.match(before)
    return bool(head_fits and "," not in before and _THOUSANDS_TAIL.match(after))


def _grouped(text: str, values: list[Span], columns: int) -> tuple[Span, ...] | None:
    """`values` as exactly `columns` figures; None when there is no way, or more than one."""
    if len(values) == columns:
        return tuple(values)
    if len(values) < columns or len(values) > 3 * columns:
        return None
    # ways[i]: the groupings of values[:i], kept by number of figures, two at most of each.
    ways: list[dict[int, list[tuple[Span, ...]]]] = [{0: [()]}]
    for i in range(1, len(values) + 1):
        here: dict[int, list[tuple[Span, ...]]] = {}
        for size in range(1, min(3, i) + 1):
            part = values[i - size : i]
            if size > 1 and not _THOUSANDS_HEAD.match(text[slice(*part[0])]):
                continue
            if not all(_joins(text, a, b) for a, b in pairwise(part)):
                continue
            for count, groups in ways[i - size].items():
                kept = here.setdefault(count + 1, [])
                kept.extend((*g, (part[0][0], part[-1][1])) for g in groups[: 2 - len(kept)])
        ways.append(here)
    found = ways[-1].get(columns, [])
    return found[0] if len(found) == 1 else None


def _header(line: Line, columns: int) -> tuple[str, tuple[str, ...]]:
    """Stub and column labels of a header line; no labels when they cannot be told apart."""
    wide = [collapse(part) for part in _WIDE_GAP.split(line.text)]
    if len(wide) in (columns, columns + 1) and columns > 1:
        return " ".join(wide[:-columns]), tuple(wide[-columns:])
    words = line.text.split()
    if len(words) > columns and all(
        is_year(word) or word.casefold() in TOTALS for word in words[-columns:]
    ):
        return " ".join(words[:-columns]), tuple(words[-columns:])
    if len(words) in (columns, columns + 1):
        return " ".join(words[:-columns]), tuple(words[-columns:])
    starts = [i for i, word in enumerate(words) if word[:1].isupper() or is_year(word)]
    groups = [" ".join(words[a:b]) for a, b in pairwise([*starts, len(words)])]
    if starts[:1] == [0] and len(groups) in (columns, columns + 1):
        return " ".join(groups[:-columns]), tuple(groups[-columns:])
    if columns == 1:
        return "", (line.text,)
    return "", ()
