"""Tables in a page saved as text, where each cell stands on a line of its own.

Two shapes are read, with any number of columns:

- a header (years, or other column labels; an empty first cell is the stub), then for each row its
  label and as many values as there are columns;
- label, value, label, value … without a header.

The rows may also be labelled by years ("2014", "178", "45"). A run of lines without any value is a
list and no table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.documents import Cell, Table, TableRow
from indexer.tables.lines import (
    MAX_CELL_CHARS,
    Line,
    collapse,
    is_caption,
    is_item,
    is_value,
    is_year,
)

# Without a caption, two lines that happen to be a label and a number are no table.
MIN_ROWS_CAPTIONED = 2
MIN_ROWS_BARE = 3
# Column labels without a caption above them are short; longer lines are the prose before the table.
MAX_BARE_LABEL_CHARS = 60
# Header lines beyond stub and columns (a unit, a group heading) that are still taken as header.
SPARE_HEADER_LINES = 2


@dataclass(frozen=True, slots=True)
class _Row:
    label: int
    columns: int
    group: str = ""

    @property
    def end(self) -> int:
        return self.label + self.columns + 1


def stacked_tables(lines: Sequence[Line]) -> Iterator[Table]:
    """The stacked tables among `lines`, in text order."""
    for caption, run in _runs(lines):
        variants = [run]
        if any(cell.spaced for cell in run):
            variants.append([cell for cell in run if not cell.spaced])
        yield from max((_tables(caption, variant) for variant in variants), key=_cells)


def _cells(tables: list[Table]) -> int:
    return sum(len(row.cells) for table in tables for row in table.rows)


def _runs(lines: Sequence[Line]) -> Iterator[tuple[Line | None, list[Line]]]:
    """Stretches of cell-like lines with a value in them, each with the caption right above it."""
    caption: Line | None = None
    run: list[Line] = []
    for line in [*lines, Line("", 0, 0)]:
        last = line.end == 0 and not line.text
        if not line.text and not last:
            if line.spaced:
                run.append(line)
            continue
        named = is_caption(line.text)
        if last or named or len(line.text) > MAX_CELL_CHARS or is_item(line.text):
            if any(is_value(cell.text) for cell in run):
                yield caption, run
            caption = line if named else None
            run = []
        else:
            run.append(line)


def _tables(caption: Line | None, run: list[Line]) -> list[Table]:
    found: list[Table] = []
    start = 0
    while start < len(run):
        first = next(
            (i for i in range(start + 1, len(run)) if is_value(run[i].text) and _plain(run[i])),
            None,
        )
        if first is None:
            break
        rows = max(
            (_rows(run, start, first, label) for label in _labels(run, start, first)),
            key=lambda rows: (
                _table(caption, run, start, rows) is not None,
                sum(row.columns for row in rows),
                len(rows),
            ),
            default=[],
        )
        table = _table(caption, run, start, rows)
        if table:
            found.append(table)
            caption = None
        start = rows[-1].end if rows else _next_label(run, first)
    return found


def _next_label(run: list[Line], at: int) -> int:
    while at < len(run) and (run[at].spaced or is_value(run[at].text)):
        at += 1
    return at


def _plain(line: Line) -> bool:
    return not is_year(line.text)


def _labels(run: list[Line], start: int, first: int) -> set[int]:
    """Where the first row's label may stand, given the first value that is not a year."""
    found = {first - 1}
    nearest = first - 1
    while nearest > start and (is_value(run[nearest].text) or run[nearest].spaced):
        nearest -= 1
    if not is_value(run[nearest].text) and run[nearest].text:
        found.add(nearest)
    return found


def _rows(run: list[Line], start: int, first: int, label: int) -> list[_Row]:
    columns = _columns(run, label)
    rows: list[_Row] = []
    group = ""
    at = label
    while columns and at + columns < len(run):
        if _is_row(run, at, columns):
            rows.append(_Row(at, columns, group))
            at += columns + 1
        elif rows and columns > 1 and _is_label(run[at]) and _is_row(run, at + 1, columns):
            group = run[at].text
            at += 1
        else:
            break
    return rows


def _columns(run: list[Line], label: int) -> int:
    """How many values follow the label at `label`, up to the next label of the same kind."""
    by_year = is_year(run[label].text)
    end = label + 1
    while end < len(run) and (run[end].spaced or is_value(run[end].text)):
        if by_year and is_year(run[end].text):
            break
        end += 1
    return end - label - 1


def _is_label(line: Line) -> bool:
    return bool(line.text) and (not is_value(line.text) or is_year(line.text))


def _is_row(run: list[Line], at: int, columns: int) -> bool:
    values = run[at + 1 : at + 1 + columns]
    return (
        len(values) == columns
        and _is_label(run[at])
        and all(value.spaced or is_value(value.text) for value in values)
    )


def _table(caption: Line | None, run: list[Line], start: int, rows: list[_Row]) -> Table | None:
    if not rows:
        return None
    columns, first = rows[0].columns, rows[0].label
    header = run[start:first]
    if caption is None:
        # Prose lines may stand above the header; without a caption the header is what just fits.
        header = _bare_header(header, columns)
        if len(rows) < MIN_ROWS_BARE - (columns > 1) or (columns > 1 and not header):
            return None
    elif len(rows) < MIN_ROWS_CAPTIONED - (columns > 1 and bool(header)) or (
        len(header) > columns + 1 + SPARE_HEADER_LINES
    ):
        return None
    if 0 < len(header) < columns:
        return None
    labels = header[len(header) - columns :] if header else []
    stub = header[: len(header) - columns] if header else []
    top = caption or next((line for line in header if line.text), run[first])
    return Table(
        caption=collapse(caption.text) if caption else "",
        stub=collapse(" ".join(line.text for line in stub)),
        columns=tuple(collapse(line.text) for line in labels) or ("",) * columns,
        rows=tuple(_table_row(run, row) for row in rows),
        start=top.start,
        end=_end(run, rows[-1]),
    )


def _bare_header(above: list[Line], columns: int) -> list[Line]:
    labels = above[len(above) - columns :]
    if columns < 2 or len(labels) < columns:
        return []
    if not all(0 < len(line.text) <= MAX_BARE_LABEL_CHARS for line in labels):
        return []
    stub = above[-columns - 1 : len(above) - columns]
    return [*stub, *labels] if stub and stub[0].spaced else labels


def _end(run: list[Line], row: _Row) -> int:
    return max(cell.end for cell in run[row.label : row.end])


def _table_row(run: list[Line], row: _Row) -> TableRow:
    label = run[row.label]
    cells = tuple(
        Cell(collapse(cell.text), cell.start, cell.end) for cell in run[row.label + 1 : row.end]
    )
    name = collapse(label.text)
    return TableRow(
        f"{collapse(row.group)}: {name}" if row.group else name, cells, label.start, _end(run, row)
    )
