"""A table of the report: its columns, its rows, and the address of each number in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from knowledge.reference.models import Label

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$")]
ColumnType = Literal["year", "string", "integer", "number", "boolean", "date"]
Role = Literal["key", "label", "measure", "about"]
Unit = Literal[
    "", "persons", "municipalities", "visits", "inquiries", "votes", "centres", "percent",
    "hours", "ideas", "NOK", "years", "stories", "talks",
]  # fmt: skip

YEARLY: Final = "year"
"""The column that a table of yearly figures begins with."""


class Hidden(Enum):
    """A number that is not shown, because it could tell of somebody."""

    HIDDEN = ":"

    def __str__(self) -> str:
        # SSB's sign for "not shown for reasons of confidentiality" (SSB, Standardtegn i tabeller).
        return str(self.value)


HIDDEN: Final = Hidden.HIDDEN
Value = str | int | float | bool | Hidden | None
"""None: there is no figure (not asked, not published). Zero is a figure."""
Row = tuple[Value, ...]


class Column(BaseModel):
    """One column.

    `role`: a "key" column tells rows apart, a "label" names a key for a reader (in the report's
    language), a "measure" is a number, "about" says where the number comes from. `additive`: the
    measure's rows may be added up (an inquiry stands in one row only). `definition`: what is
    counted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Name
    role: Role
    type: ColumnType
    unit: Unit = ""
    additive: bool = False
    label: Label
    definition: Label

    @model_validator(mode="after")
    def _measures_are_numbers(self) -> Self:
        if (self.role == "measure") != (self.type in ("integer", "number")):
            raise ValueError("measures, and only measures, are integer or number")
        return self


class TableSpec(BaseModel):
    """What a table is. `note`: what a reader must know to use it; `part`: of the report.

    Its key columns come first and tell its rows apart; a table of yearly figures begins with
    `YEARLY`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Name
    part: Name
    title: Label
    note: Label
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _keys_come_first(self) -> Self:
        names = [column.id for column in self.columns]
        if len(set(names)) < len(names):
            raise ValueError("a column stands twice")
        roles = [column.role == "key" for column in self.columns]
        if not roles[0] or roles != sorted(roles, reverse=True):
            raise ValueError("key columns come first, and there is at least one")
        return self

    @property
    def keys(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.role == "key")

    @property
    def yearly(self) -> bool:
        """Whether each row is of one year."""
        return self.columns[0].id == YEARLY

    def index(self, column: str) -> int:
        """Where a column stands in a row. Raises KeyError where there is none."""
        for place, each in enumerate(self.columns):
            if each.id == column:
                return place
        raise KeyError(column)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its rows, in the order in which they are shown."""

    spec: TableSpec
    rows: tuple[Row, ...] = ()

    def key(self, row: Row) -> tuple[str, ...]:
        """What tells the row apart, as an address writes it."""
        return tuple(str(value) for value in row[: len(self.spec.keys)])

    def address(self, row: Row, column: str) -> str:
        """Of one number: table, keys and column, as "visits/2022/persons"."""
        return "/".join((self.spec.id, *self.key(row), column))

    def cells(self) -> Iterator[tuple[str, Value]]:
        """The address and value of each measure, row by row."""
        measures = [
            (place, column.id)
            for place, column in enumerate(self.spec.columns)
            if column.role == "measure"
        ]
        for row in self.rows:
            for place, column in measures:
                yield self.address(row, column), row[place]

    def showing(self, rows: Sequence[Row]) -> Table:
        """The same table with other rows."""
        return replace(self, rows=tuple(rows))
