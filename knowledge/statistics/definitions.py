"""The tables of the report, read from tables/*.toml and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict

from knowledge.statistics.table import TableSpec

ORDER = ("visits", "inquiries", "annual", "about")
"""The files, in the order in which their tables stand in a report."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tables: list[TableSpec]


@cache
def specs() -> Mapping[str, TableSpec]:
    """Every table by its id, in the order of the report."""
    folder = files("knowledge").joinpath("statistics", "tables")
    found: dict[str, TableSpec] = {}
    for name in ORDER:
        read = tomllib.loads(folder.joinpath(f"{name}.toml").read_text(encoding="utf-8"))
        for spec in _File.model_validate(read).tables:
            if spec.id in found:
                raise ValueError(f"{name}.toml: the table {spec.id} stands twice")
            found[spec.id] = spec
    return MappingProxyType(found)
