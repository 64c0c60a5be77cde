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
    measure's rows may be added up (an inquiry stands in one row only). `definition`: what is counted.
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

