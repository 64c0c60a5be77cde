"""A report as JSON, and the JSON Schema (draft 2020-12) that it keeps to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from knowledge.exports.described import facts
from knowledge.exports.files import write_file
from knowledge.messages import Language
from knowledge.statistics.table import Column, Hidden, Table, TableSpec, Value

if TYPE_CHECKING:
    from knowledge.statistics.report import Report

NAME: Final = "urn:frisksvar:report:"
"""A schema is named by the version of the rules, which also decides the tables."""

HIDDEN_NUMBER: Final = {"hidden": True}

_TYPES: Final[Mapping[str, dict[str, Any]]] = {
    "year": {"type": "integer"},
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
}


def write(report: Report, target: Path, language: Language) -> list[Path]:
    """Write the report to one file; the same report gives the same bytes.

    Raises:
        Failure: it cannot be written there.
    """
    text = json.dumps(document(report, language), ensure_ascii=False, indent=1, allow_nan=False)
    return write_file(target, f"{text}\n".encode())


def document(report: Report, language: Language) -> dict[str, Any]:
    """The report in JSON's own types."""
    return {
        "schema": f"{NAME}{report.rules}",
        "report": facts(report, language),
        "tables": {
            name: _table(table, report.withheld.get(name, ()), language)
            for name, table in report.tables.items()
        },
    }


def _table(table: Table, withheld: Iterable[int], language: Language) -> dict[str, Any]:
    spec = table.spec
    names = [column.id for column in spec.columns]
    return {
        "title": spec.title.text(language),
        "note": spec.note.text(language),
        "withheld": list(withheld),
        "columns": [_column(column, language) for column in spec.columns],
        "rows": [dict(zip(names, map(_value, row), strict=True)) for row in table.rows],
    }


def _column(column: Column, language: Language) -> dict[str, Any]:
    return {
        "id": column.id,
        "role": column.role,
        "type": column.type,
        "unit": column.unit,
        "additive": column.additive,
        "label": column.label.text(language),
        "definition": column.definition.text(language),
    }


def _value(value: Value) -> Any:
    return HIDDEN_NUMBER if isinstance(value, Hidden) else value


def schema(specs: Mapping[str, TableSpec], rules: str) -> dict[str, Any]:
    """The schema of a report with these tables: every column is named, and nothing else allowed.

    Args:
        rules: the version of the rules, `RULES` of the program that makes the report.
    """
    read = files("knowledge").joinpath("exports", "report.schema.json").read_text(encoding="utf-8")
    made: dict[str, Any] = json.loads(read)
    name = f"{NAME}{rules}"
    made["$id"] = name
    made["properties"]["schema"] = {"const": name}
    made["properties"]["tables"] |= {
        "required": list(specs),
        "properties": {each: {"$ref": f"#/$defs/table_{each}"} for each in specs},
    }
    made["$defs"] |= {f"table_{each}": _table_schema(spec) for each, spec in specs.items()}
    return made


def _table_schema(spec: TableSpec) -> dict[str, Any]:
    columns = [column.id for column in spec.columns]
    each = [
        {"$ref": "#/$defs/column", "properties": {"id": {"const": column}}} for column in columns
    ]
    row = {
        "type": "object",
        "additionalProperties": False,
        "required": columns,
        "properties": {column.id: _value_schema(column) for column in spec.columns},
    }
    return {
        "title": spec.title.en,
        "type": "object",
        "additionalProperties": False,
        "required": ["title", "note", "withheld", "columns", "rows"],
        "properties": {
            "title": {"type": "string"},
            "note": {"type": "string"},
            "withheld": {"$ref": "#/$defs/withheld"},
            "columns": {
                "type": "array",
                "prefixItems": each,
                "items": False,
                "minItems": len(columns),
            },
            "rows": {"type": "array", "items": row},
        },
    }


def _value_schema(column: Column) -> dict[str, Any]:
    of_type = {"description": column.definition.en, **_TYPES[column.type]}
    if column.role == "key":
        return of_type
    allowed: list[dict[str, Any]] = [_TYPES[column.type], {"type": "null"}]
    if column.role == "measure":
        allowed.append({"$ref": "#/$defs/hidden"})
    return {"description": column.definition.en, "anyOf": allowed}
