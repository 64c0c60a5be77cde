"""A report as files: for a spreadsheet, for programs, and for people who read it or edit on."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from knowledge.messages import Language

if TYPE_CHECKING:
    from knowledge.statistics.report import Report


class Writer(Protocol):
    """Writes a report in one format."""

    def __call__(self, report: Report, target: Path, language: Language) -> list[Path]:
        """Write `target`, whole or not at all, and tell which files that gave.

        Raises:
            Failure: it cannot be written there.
        """


def _writer(module: str) -> Writer:
    """The module's `write`. It is loaded when it is called: some need large libraries."""

    def write(report: Report, target: Path, language: Language) -> list[Path]:
        chosen: Writer = import_module(f"knowledge.exports.{module}").write
        return chosen(report, target, language)

    return write


FORMATS: Final[Mapping[str, Writer]] = MappingProxyType(
    {
        "xlsx": _writer("xlsx"),
        "csv": _writer("csv_package"),
        "json": _writer("json_report"),
        "docx": _writer("docx"),
        "html": _writer("html"),
    }
)
"""By name. "csv" is a folder, or one archive where the target's name ends in ".zip"."""

__all__ = ["FORMATS", "Writer"]
