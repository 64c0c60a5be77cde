"""One row of a table while it is planned: its cells by column, and what is refused in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from knowledge.exchange.cells import unprefixed
from knowledge.exchange.columns import Column, Header, TableKind, columns
from knowledge.exchange.fields import Unfit, masked
from knowledge.exchange.table import MOST_CELL_CHARACTERS, CellFault, Row
from knowledge.messages import Language, Message

T = TypeVar("T")

SHOWN_CHARACTERS = 80
"""Of a refused value: enough to find it again."""

_FAULTS: dict[CellFault, Message] = {
    "formula": Message("review_allowed_computed"),
    "error": Message("review_allowed_no_error"),
    "long": Message("review_allowed_length", {"most": MOST_CELL_CHARACTERS}),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row, or the table, cannot be imported.

    Attributes:
        line: of the file, from 1.
        column: the column, where it is one of ours.
        header: as the file writes it; "" where the file has no such column.
        value: what stands there, masked and cut.
        allowed: one sentence with what may stand there.
    """

    line: int
    column: Column | None
    header: str
    value: str
    allowed: Message

    def named(self, language: Language) -> str:
        """The column as the reader finds it: by its header, or by our label for it."""
        if self.header or self.column is None:
            return self.header
        return self.column.label.text(language)


class Line:
    """The cells of a row by column id; what cannot be read is put in `refused`.

    Attributes:
        number: of the line in the file.
        on: the day of the import.
        given: what was read, by column id, as JSON values; cells that are empty are not in it.
        refused: in order of the columns read.
        kinds: of the personal data that was masked, by column id.
    """

    def __init__(
        self, kind: TableKind, row: Row, header: Header, headers: Sequence[str], on: date
    ) -> None:
        self.number = row.line
        self.on = on
        self.given: dict[str, Any] = {}
        self.refused: list[Refusal] = []
        self.kinds: dict[str, tuple[str, ...]] = {}
        self._row = row
        self._at: dict[str, int] = {}
        self._columns = {column.id: column for column in columns(kind)}
        self._headers = headers
        for index, column in enumerate(header.columns):
            if column is not None:
                self._at[column.id] = index
        for index, text in enumerate(row.cells):
            if text and not (index < len(headers) and headers[index].strip()):
                self._refuse(None, "", text, Message("review_allowed_under_header"))

    def read(self, column: str, parse: Callable[[str], T]) -> T | None:
        """A cell's value; None where it is empty, refused, or not in the table."""
        index = self._at.get(column)
        if index is None:
            return None
        text = unprefixed(self._row.cells[index]) if index < len(self._row.cells) else ""
        if index in self._row.faults:
            self.refuse(column, _FAULTS[self._row.faults[index]])
            return None
        if not text:
            if self._columns[column].required:
                self.refuse(column, Message("review_allowed_something"))
            return None
        try:
            value = parse(text)
        except Unfit as unfit:
            self.refuse(column, unfit.message)
            return None
        self.given[column] = value.isoformat() if isinstance(value, date) else value
        return value

    def text(self, column: str) -> str | None:
        """A cell's text, masked; what was masked in it is then in `kinds`."""

        def without_personal_data(text: str) -> str:
            found, self.kinds[column] = masked(text)
            return found

        return self.read(column, without_personal_data)

    def refuse(self, column: str, allowed: Message) -> None:
        """Refuse the row for what stands in a column."""
        index = self._at.get(column)
        cells = self._row.cells
        there = index is not None and index < len(cells)
        text = cells[index] if index is not None and there else ""
        header = self._headers[index].strip() if index is not None else ""
        self._refuse(self._columns[column], masked(header)[0], text, allowed)

    def _refuse(self, column: Column | None, header: str, text: str, allowed: Message) -> None:
        value = masked(text)[0]
        if len(value) > SHOWN_CHARACTERS:
            value = value[:SHOWN_CHARACTERS].rstrip() + " …"
        self.refused.append(Refusal(self.number, column, header, value, allowed))
