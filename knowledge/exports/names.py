"""What the file of a report is called where nobody chose a name."""

from __future__ import annotations

from typing import Final

from knowledge.statistics.scope import Scope

START: Final = "frisksvar-rapport"
INTERNAL: Final = "intern"
"""Stands in the name of a file that shows every number, as on the pages."""

ENDINGS: Final = {"csv": ".zip"}
"""What the name ends in where it is not the format's own: many CSV files are one archive."""


def report_name(scope: Scope) -> str:
    """«frisksvar-rapport-2014-2026-stavanger-intern»: what the report is about, without ending."""
    internal = "" if scope.shown_from else INTERNAL
    return "-".join(part for part in (START, scope.period, scope.centre, internal) if part)


def file_name(scope: Scope, chosen: str) -> str:
    """The name of the report as one file.

    Args:
        chosen: the format, one of `FORMATS`.
    """
    return report_name(scope) + ENDINGS.get(chosen, f".{chosen}")
