"""A report as a data package: one tidy CSV file per table, with what each column means.

UTF-8, comma, CRLF (RFC 4180), "." in numbers, column ids as header; described by a datapackage.json
(Frictionless Tabular Data Package, version 1: specs.frictionlessdata.io). The same report gives the
same bytes: no file has the time when it was made.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from knowledge.exports.described import (
    defused,
    facts,
    hidden_sign,
    source_of,
    title,
    withheld_of,
)
from knowledge.exports.files import DESCRIPTION, write_file, write_folder, zipped
from knowledge.messages import Language, say
from knowledge.statistics.table import HIDDEN, Column, TableSpec, Value

if TYPE_CHECKING:
    from knowledge.statistics.report import Report

DICTIONARY: Final = "data_dictionary"
ARCHIVE: Final = ".zip"
MISSING: Final = ("", str(HIDDEN))
"""What stands where there is no number: nothing, or the sign of one that is hidden."""

ADDRESS: Final = "address"
"""The column with the page where a published row stands."""

_DICTIONARY_FIELDS: Final = (
    ("table", "report_file_column_table"),
    ("column", "report_file_column_column"),
    ("role", "report_file_column_role"),
    ("type", "report_file_column_type"),
    ("unit", "report_file_column_unit"),
    ("additive", "report_file_column_additive"),
    ("label", "report_file_column_label"),
    ("definition", "report_file_column_definition"),
    ("source", "report_file_column_source"),
)


def write(report: Report, target: Path, language: Language) -> list[Path]:
    """Write the package as a folder, or as an archive where the name ends in ".zip".

    Raises:
        Failure: it cannot be written there.
    """
    contents = package(report, language)
    if target.suffix.lower() == ARCHIVE:
        return write_file(target, zipped(contents))
    return write_folder(target, contents)


def package(report: Report, language: Language) -> dict[str, bytes]:
    """Every file of the package by its name."""
    contents = {f"{DICTIONARY}.csv": _csv(_dictionary(report, language))}
    resources = [_dictionary_resource(language)]
    for name, table in report.tables.items():
        header = [column.id for column in table.spec.columns]
        contents[f"{name}.csv"] = _csv([header, *(map(_cell, row) for row in table.rows)])
        missing = withheld_of(report, name, language)
        resources.append(_resource(table.spec, missing, language))
    for resource in resources:
        content = contents[resource["path"]]
        resource["bytes"] = len(content)
        resource["hash"] = f"sha256:{hashlib.sha256(content).hexdigest()}"
    described = json.dumps(
        _descriptor(report, resources, language), ensure_ascii=False, indent=2, sort_keys=True
    )
    return {DESCRIPTION: f"{described}\n".encode(), **contents}


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target).writerows(rows)
    return target.getvalue().encode()


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return defused(value) if isinstance(value, str) else str(value)


def _dictionary(report: Report, language: Language) -> Iterator[Sequence[str]]:
    yield [name for name, _ in _DICTIONARY_FIELDS]
    for table in report.tables.values():
        source = source_of(table.spec, report.rules, language)
        for column in table.spec.columns:
            words = (column.label.text(language), column.definition.text(language), source)
            kind = (column.role, column.type, column.unit, _cell(column.additive))
            yield [table.spec.id, column.id, *kind, *map(defused, words)]


def _descriptor(
    report: Report, resources: list[dict[str, Any]], language: Language
) -> dict[str, Any]:
    scope = report.scope
    hidden = f"«{HIDDEN}»: {hidden_sign(scope, language)}"
    empty, text = (
        say(key, language) for key in ("report_sheet_missing", "report_sheet_missing_text")
    )
    missing = f"{empty}: {text}"
    return {
        "profile": "tabular-data-package",
        "name": "-".join(filter(None, ("frisksvar", "report", scope.period, scope.centre))),
        "title": title(scope, language),
        "description": say("report_file_description", language, hidden=hidden, missing=missing),
        "sources": _sources(report, language),
        "report": facts(report, language),
        "resources": resources,
    }


def _sources(report: Report, language: Language) -> list[dict[str, str]]:
    """The register, and every page that the report has a published number from."""
    published: set[str] = set()
    for table in report.tables.values():
        names = [column.id for column in table.spec.columns if column.role == "about"]
        if ADDRESS in names:
            place = table.spec.index(ADDRESS)
            published |= {str(row[place]) for row in table.rows if row[place]}
    name = say("report_file_published", language)
    return [
        {"title": say("report_file_register", language)},
        *({"title": name, "path": address} for address in sorted(published)),
    ]


def _resource(spec: TableSpec, withheld: str, language: Language) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(column, language) for column in spec.columns],
        "missingValues": list(MISSING),
        "primaryKey": [column.id for column in spec.keys],
    }
    described = " ".join(filter(None, (spec.note.text(language), withheld)))
    words = {"title": spec.title.text(language), "description": described}
    return _file(spec.id, schema) | words


def _field(column: Column, language: Language) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.id,
        "type": column.type,
        "title": column.label.text(language),
        "description": column.definition.text(language),
        "role": column.role,
    }
    if column.role == "measure":
        field |= {"unit": column.unit, "additive": column.additive}
    if column.role == "key":
        field["constraints"] = {"required": True}
    return field


def _dictionary_resource(language: Language) -> dict[str, Any]:
    fields = [
        {
            "name": name,
            "type": "boolean" if name == "additive" else "string",
            "title": say(key, language),
        }
        for name, key in _DICTIONARY_FIELDS
    ]
    # A table and a column are told apart by their ids.
    schema = {"fields": fields, "primaryKey": ["table", "column"], "missingValues": [""]}
    return _file(DICTIONARY, schema) | {"title": say("report_file_dictionary", language)}


def _file(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": f"{name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }
