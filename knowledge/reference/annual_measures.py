"""What the report counts in the annual form: rows with a name of their own."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge.reference.annual_form import annual_fields
from knowledge.reference.models import Identifier, Label
from knowledge.reference.reference import InvalidReference

_FILE = "annual_measures.toml"


class AnnualMeasure(BaseModel):
    """A row of a table of the report; `field` None: only published reports tell it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: Literal["communication", "cooperation", "institutions"]
    id: Identifier
    field: Identifier | None = None
    label: Label


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    annual_measures: tuple[AnnualMeasure, ...]


@cache
def annual_measures() -> tuple[AnnualMeasure, ...]:
    """In the order of the file. Raises InvalidReference."""
    text = resources.files("knowledge.reference").joinpath(_FILE).read_text(encoding="utf-8")
    return read_measures(text)


def read_measures(text: str) -> tuple[AnnualMeasure, ...]:
    """The measures of a file's text. Raises InvalidReference, with one sentence."""
    try:
        read = _File.model_validate(tomllib.loads(text)).annual_measures
    except tomllib.TOMLDecodeError as error:
        raise InvalidReference(_FILE, "whole file", "none", f"not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidReference(_FILE, "whole file", where, first["msg"]) from None
    fields = {each.id for each in annual_fields()}
    seen: set[tuple[str, str]] = set()
    for number, row in enumerate(read, start=1):
        name = f"row {number} ({row.id})"
        if row.field is not None and row.field not in fields:
            raise InvalidReference(_FILE, name, "field", f"the form has no field {row.field}")
        if (row.table, row.id) in seen:
            raise InvalidReference(_FILE, name, "id", "the id is used twice")
        seen.add((row.table, row.id))
    return read
