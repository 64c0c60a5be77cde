"""What is counted in each column of the tables that a report has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from knowledge.messages import Language
from knowledge.statistics.table import Table


@dataclass(frozen=True, slots=True)
class Definition:
    """One column: the table's title, the column's label, and what is counted."""

    table: str
    column: str
    counted: str


def definitions(tables: Mapping[str, Table], language: Language) -> tuple[Definition, ...]:
    """Every number of the tables that have rows, in the tables' order."""
    return tuple(
        Definition(
            table.spec.title.text(language),
            column.label.text(language),
            column.definition.text(language),
        )
        for table in tables.values()
        if table.rows
        for column in table.spec.columns
        if column.role == "measure"
    )
