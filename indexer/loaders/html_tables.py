"""An HTML table as a grid of cells, spans written out."""

from __future__ import annotations

from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from indexer.tables.lines import collapse

# A span in a broken page may claim thousands of columns or rows.
MAX_SPAN = 100


@dataclass(frozen=True, slots=True)
class Grid:
    """`rows` of cell texts; the first `header_rows` rows and `stubs` columns are labels."""

    rows: list[list[str]]
    header_rows: int
    stubs: int
    caption: str


def is_data_table(table: LexborNode) -> bool:
    """A table of figures or words, and not a frame for the layout of the page."""
    return (
        table.attributes.get("role") not in ("presentation", "none")
        and table.css_first("table table, table h1, table h2") is None
        and len(table.css("td, th")) > 2
    )


def read_grid(table: LexborNode) -> Grid:
    rows: list[list[str]] = []
    headers: list[list[bool]] = []
    carried: dict[int, tuple[str, bool, int]] = {}  # column -> text, header, rows left
    in_head = 0
    for tr in table.css("tr"):
        row: list[str] = []
        header: list[bool] = []
        cells = iter([c for c in tr.css("td, th") if c.parent == tr])
        while True:
            column = len(row)
            if column in carried:
                text, head, left = carried.pop(column)
                if left > 1:
                    carried[column] = text, head, left - 1
                row.append(text)
                header.append(head)
                continue
            cell = next(cells, None)
            if cell is None:
                if not any(c > column for c in carried):
                    break
                row.append("")
                header.append(False)
                continue
            text = collapse(cell.text(separator=" "))
            head = cell.tag == "th"
            down, across = _span(cell, "rowspan"), _span(cell, "colspan")
            for i in range(column, column + across):
                row.append(text)
                header.append(head)
                if down > 1:
                    carried[i] = text, head, down - 1
        rows.append(row)
        headers.append(header)
        in_head += bool(tr.parent and tr.parent.tag == "thead")
    caption = table.css_first("caption")
    header_rows = in_head or _leading_header_rows(headers)
    return Grid(
        rows=rows,
        header_rows=header_rows,
        stubs=_stubs(headers[header_rows:]),
        caption=collapse(caption.text()) if caption else "",
    )


def _leading_header_rows(headers: list[list[bool]]) -> int:
    """Rows of <th> only; a table without any has its labels in the first row all the same."""
    count = 0
    while count < len(headers) and headers[count] and all(headers[count]):
        count += 1
    return count or 1


def _stubs(headers: list[list[bool]]) -> int:
    """Leading columns of <th> in every body row; at least one, and never all."""
    width = min((len(row) for row in headers), default=1)
    count = 0
    while count < width - 1 and all(row[count] for row in headers):
        count += 1
    return max(count, 1)


def _span(cell: LexborNode, which: str) -> int:
    value = cell.attributes.get(which) or "1"
    return min(max(int(value), 1), MAX_SPAN) if value.isdecimal() and len(value) < 6 else 1
