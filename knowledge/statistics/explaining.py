"""What is behind one number of the report: its definition, and the rows or the source."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from rapidfuzz import process

from knowledge.calendar import OSLO
from knowledge.messages import Failure, Language, say
from knowledge.reference.models import Figure
from knowledge.statistics.counting.base import Behind, Kind
from knowledge.statistics.definitions import specs
from knowledge.statistics.derived import DERIVED
from knowledge.statistics.report import COUNTS, Made, made
from knowledge.statistics.scope import Scope
from knowledge.statistics.snapshot import Snapshot
from knowledge.statistics.table import Column, Hidden, Row, Table, TableSpec, Value
from knowledge.store import Store

MOST_NEAR: Final = 3
"""So many addresses are proposed for one that is wrong."""

_PERIOD = re.compile(r"(\d{4})(?:-(\d{4}))?")

_ROW: Final[Mapping[Kind, str]] = {
    "inquiry": "report_explain_inquiry",
    "visit": "report_explain_visit",
    "idea": "report_explain_idea",
    "annual_form": "report_explain_annual_form",
}


@dataclass(frozen=True, slots=True)
class ExplainedRow:
    """A row of the register: which, of which day in Norway (ISO), and at which centre."""

    kind: Kind
    id: int
    date: str | None
    centre: str | None

    def named(self, language: Language) -> str:
        """«henvendelse 12»."""
        return say(_ROW[self.kind], language, id=self.id)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is behind one number.

    Attributes:
        key: the cells that tell the row apart.
        value: as the report shows it. Of a hidden one nothing is told but its definition.
        now: as the register counts it now; differs from `value` in a closed year only.
        closed: the version that the year is closed with; None: it is not closed, or not yearly.
        rows: of the register, as it is now. A row stands twice where it counts twice.
        figures: published ones, with document, edition and address.
        cells: addresses of the numbers that it is computed from.
    """

    address: str
    table: TableSpec
    column: Column
    key: tuple[str, ...]
    value: Value
    now: Value = None
    closed: int | None = None
    rows: tuple[ExplainedRow, ...] = ()
    figures: tuple[Figure, ...] = ()
    cells: tuple[str, ...] = ()


def explain(store: Store, scope: Scope, address: str, *, language: Language = "nb") -> Explanation:
    """Explain "visits/2022/persons": a table, the keys of a row, and a column.

    Years are those of the address, whatever the period of `scope`; its centre and least number
    shown hold.

    Raises:
        Failure: the report has no such number; the nearest ones are told.
    """
    spec, key, column = _read(address)
    years = _years(spec, key)
    narrowed = replace(scope, first=years[0], last=years[1]) if years else scope
    with Snapshot(store, narrowed, language) as snapshot:
        found = made(store, snapshot)
        table = found.shown[spec.id]
        row = _row(table, key)
        value, now = row[spec.index(column.id)], _value(found.live[spec.id], key, column.id)
        closed = found.closed.get(years[0]) if years and spec.yearly else None
        told = Explanation(address, spec, column, key, value, value, closed)
        if isinstance(value, Hidden) or column.role != "measure":
            return told
        behind = _behind(snapshot, found, spec.id, key, column.id)
        return replace(
            told,
            now=now,
            rows=tuple(_resolved(snapshot, behind.rows)),
            figures=behind.figures,
            cells=tuple(_shown_cells(behind.cells, found)),
        )


def _read(address: str) -> tuple[TableSpec, tuple[str, ...], Column]:
    name, *rest = [part.strip() for part in address.strip().strip("/").split("/")]
    spec = specs().get(name)
    if spec is None:
        raise Failure("report_address_table", table=name, near=_near(name, specs()))
    keys = [column.id for column in spec.keys]
    measures = [column.id for column in spec.columns if column.role == "measure"]
    if len(rest) != len(keys) + 1:
        pattern = "/".join((name, *(f"<{key}>" for key in keys), "|".join(measures) or "<…>"))
        raise Failure("report_address_keys", address=address, pattern=pattern)
    *key, wanted = rest
    column = next((each for each in spec.columns if each.id == wanted and each.role != "key"), None)
    if column is None:
        known = ", ".join(measures or [each.id for each in spec.columns if each.id not in keys])
        raise Failure("report_address_column", table=name, column=wanted, known=known)
    return spec, tuple(key), column


def _years(spec: TableSpec, key: Sequence[str]) -> tuple[int, int] | None:
    """The years that the address is about, where it tells."""
    found = _PERIOD.fullmatch(key[0])
    if found is None or not (spec.yearly or spec.id in DERIVED):
        return None
    first, last = int(found[1]), int(found[2] or found[1])
    return (first, last) if 1 < first <= last < datetime.max.year else None


def _row(table: Table, key: tuple[str, ...]) -> Row:
    keys = {table.key(row): row for row in table.rows}
    if key in keys:
        return keys[key]
    if not keys:
        raise Failure("report_address_rows", table=table.spec.id)
    near = _near("/".join(key), ["/".join(each) for each in keys])
    raise Failure("report_address_row", table=table.spec.id, row="/".join(key), near=near)


def _value(table: Table, key: tuple[str, ...], column: str) -> Value:
    """None where there is no such row."""
    place = table.spec.index(column)
    return next((row[place] for row in table.rows if table.key(row) == key), None)


def _near(wanted: str, known: Iterable[str]) -> str:
    found = process.extract(wanted, list(known), limit=MOST_NEAR)
    return ", ".join(name for name, *_ in found)


def _behind(
    snapshot: Snapshot, found: Made, table: str, key: tuple[str, ...], column: str
) -> Behind:
    if table in COUNTS:
        return COUNTS[table].behind(snapshot, key, column)
    if table in DERIVED:
        return DERIVED[table].behind(found.wide, snapshot.scope, key, column)
    return Behind()


def _shown_cells(cells: Sequence[str], found: Made) -> Iterator[str]:
    """Without those whose row the report leaves out, so that nothing is named that it does not."""
    left_out = {
        name: {table.key(row) for row in table.rows} - set(map(table.key, found.shown[name].rows))
        for name, table in found.live.items()
        if name in {cell.split("/")[0] for cell in cells}
    }
    for cell in cells:
        name, *key, _ = cell.split("/")
        if tuple(key) not in left_out[name]:
            yield cell


_ROWS: Final[dict[Kind, str]] = {
    "inquiry": "SELECT r.id, r.received_at, r.centre FROM inquiries",
    "visit": "SELECT r.id, r.on_date, r.centre FROM visits",
    "idea": "SELECT r.id, r.created_at, r.centre FROM ideas",
    "annual_form": "SELECT r.id, r.submitted_at, r.centre FROM annual_forms",
}


def _resolved(snapshot: Snapshot, rows: Sequence[tuple[Kind, int]]) -> Iterator[ExplainedRow]:
    """The rows with day and centre, in the order given; never what somebody wrote."""
    for kind, select in _ROWS.items():
        numbers = [number for each, number in rows if each == kind]
        if not numbers:
            continue
        for number, moment, centre in snapshot.rows(
            f"{select} AS r JOIN json_each(:numbers) AS n ON n.value = r.id ORDER BY n.key",
            {"numbers": json.dumps(numbers)},
        ):
            yield ExplainedRow(kind, int(number), _day(moment), centre)


def _day(moment: str | None) -> str | None:
    """A date as it is, a moment as its day in Norway."""
    if moment is None or "T" not in moment:
        return moment
    return datetime.fromisoformat(moment).astimezone(OSLO).date().isoformat()
