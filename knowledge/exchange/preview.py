"""What a table would become in the register, and why it cannot; nothing is written here."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from knowledge.exchange.columns import Column, Header, TableKind, understood
from knowledge.exchange.fields import masked
from knowledge.exchange.line import Line, Refusal
from knowledge.exchange.plan_inquiry import plan_inquiry
from knowledge.exchange.plan_visit import plan_visit
from knowledge.exchange.reading import read_table
from knowledge.exchange.table import Table
from knowledge.messages import Message

CAME_FROM = "import"


@dataclass(frozen=True, slots=True)
class Planned:
    """What a row becomes.

    Attributes:
        line: of the file, from 1.
        came_from: "import:<digest of the row as given>:<which of the equal rows of the file>".
        values: what is written, by the id of its column, masked; ids for whatever is chosen from a
            list, ISO dates, and what follows from other columns (`municipality_today`, a centre or
            topics that were not given).
    """

    line: int
    came_from: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Preview:
    """Every row of a table: planned, or refused. A table with a refusal is not imported at all.

    Attributes:
        on: the day of the import; nothing may be dated after it.
        unknown: headers that name no column, masked; their cells are left out.
    """

    kind: TableKind
    on: date
    rows: tuple[Planned, ...]
    refused: tuple[Refusal, ...]
    unknown: tuple[str, ...] = ()


def preview(source: Path | bytes, kind: TableKind, on: date, *, name: str = "") -> Preview:
    """Read a CSV or XLSX file and plan each of its rows.

    Args:
        name: of the file, for what is told where `source` is no path.

    Raises:
        Failure: the file cannot be read as a table (`read_table`).
        OSError: it cannot be read at all.
    """
    table = read_table(source, kind, name)
    header = understood(kind, table.header.cells)
    unknown = tuple(masked(text)[0] for text in header.unknown)
    refused = list(_header_refusals(table.header.line, header))
    if refused:
        return Preview(kind, on, (), tuple(refused), unknown)
    plan = plan_inquiry if kind == "inquiries" else plan_visit
    rows: list[Planned] = []
    seen: Counter[str] = Counter()
    for line in _lines(kind, table, header, on):
        values = plan(line)
        refused += line.refused
        if not line.refused:
            digest = _digest(kind, line.given)
            seen[digest] += 1
            rows.append(Planned(line.number, f"{CAME_FROM}:{digest}:{seen[digest]}", values))
    return Preview(kind, on, tuple(rows), tuple(refused), unknown)


def _lines(kind: TableKind, table: Table, header: Header, on: date) -> Iterator[Line]:
    for row in table.rows:
        yield Line(kind, row, header, table.header.cells, on)


def _digest(kind: TableKind, given: Mapping[str, Any]) -> str:
    """Of what the row says, however it is written; of masked text, so that it tells nothing."""
    text = json.dumps([kind, given], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _header_refusals(line: int, header: Header) -> Iterator[Refusal]:
    def refusal(text: str, column: Column, allowed: Message) -> Refusal:
        shown = masked(text)[0]
        return Refusal(line, column, shown, shown, allowed)

    for text, column in header.mistaken:
        yield refusal(text, column, Message("review_allowed_header_near", {"column": column.said}))
    for text, column in header.twice:
        yield refusal(text, column, Message("review_allowed_header_once"))
    for column in header.missing:
        yield refusal("", column, Message("review_allowed_header_needed"))
