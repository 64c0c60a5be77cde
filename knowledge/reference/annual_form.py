"""The fields of the annual form (årsskjema), read from annual_form.toml and checked."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from knowledge.reference.models import Identifier, Label
from knowledge.reference.reference import InvalidReference, Reference

FieldKind = Literal["number", "text", "yes_no", "choices"]
Section = Literal["grant"]
"""What the form asks about besides the nine tasks: the use of the grant."""
TASKS = 9
_FILE = "annual_form.toml"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(_Row):
    """One of the choices of a field."""

    id: Identifier
    label: Label


class AnnualField(_Row):
    """One field of the form, under one of the nine tasks (tasks.toml) or in a section of its own.

    `unit`: "NOK", or "" where the label says it.
    `prefill` names a rule of knowledge/register/prefill.py that reads the answer from the register.
    """

    id: Identifier
    task: Annotated[int, Field(ge=1, le=TASKS)] | None = None
    section: Section | None = None
    kind: FieldKind
    label: Label
    hint: Label | None = None
    unit: Literal["", "NOK"] = ""
    required: bool = False
    options: tuple[Option, ...] = ()
    prefill: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.task is None) == (self.section is None):
            raise ValueError("a field stands under a task or in a section")
        if (self.kind == "choices") != bool(self.options):
            raise ValueError("options are for choices, and choices need options")
        if len({option.id for option in self.options}) < len(self.options):
            raise ValueError("an option stands twice")
        return self

    @property
    def place(self) -> int:
        """Where in the form it stands: the number of its task, and sections after the last."""
        return TASKS + 1 if self.task is None else self.task


@cache
def annual_fields() -> tuple[AnnualField, ...]:
    """The fields, in the order of the file: by task, then the section on the grant.

    Raises:
        InvalidReference: the file cannot be used.
    """
    text = resources.files("knowledge.reference").joinpath(_FILE).read_text(encoding="utf-8")
    return read_fields(text)


def read_fields(text: str) -> tuple[AnnualField, ...]:
    """The fields of a file's text. Raises InvalidReference, with one sentence."""
    try:
        rows = tomllib.loads(text).get("fields", [])
    except tomllib.TOMLDecodeError as error:
        raise InvalidReference(_FILE, "whole file", "none", f"not TOML: {error}") from None
    fields: list[AnnualField] = []
    for number, row in enumerate(rows, start=1):
        name = f"row {number} ({row.get('id')})"
        try:
            field = AnnualField.model_validate({**row, **_listed(row.get("options"))})
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "several"
            raise InvalidReference(_FILE, name, where, first["msg"]) from None
        if field.id in {known.id for known in fields}:
            raise InvalidReference(_FILE, name, "id", "the id is used twice")
        if fields and field.place < fields[-1].place:
            raise InvalidReference(_FILE, name, "task", "the tasks are not in order")
        fields.append(field)
    return tuple(fields)


def _listed(options: Any) -> dict[str, Any]:
    """`options` may name a list of the reference, so that its labels stand in one place."""
    reference = Reference.load()
    if options == "topics":
        return {"options": [{"id": row.id, "label": row.label} for row in reference.topics]}
    if options == "actors":
        return {"options": [{"id": row.id, "label": row.label} for row in reference.actors]}
    if options == "institutions":
        names = [(row.id, row.name) for row in reference.institutions]
        labels = [(code, {"nb": name, "nn": name, "en": name}) for code, name in names]
        return {"options": [{"id": code, "label": label} for code, label in labels]}
    return {}
