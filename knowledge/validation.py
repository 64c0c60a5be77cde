"""What pydantic found wrong, told in one line."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import ValidationError


class Fault(NamedTuple):
    """The first fault of a `ValidationError`: the field ("" for the whole), and what is wrong."""

    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}" if self.field else self.reason


def first_fault(error: ValidationError) -> Fault:
    first = error.errors(include_url=False)[0]
    return Fault(".".join(str(part) for part in first["loc"]), first["msg"])
