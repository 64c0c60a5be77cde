"""`make audit`: a check of the libraries that could ask nothing is no check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from audit import judged

SOUND: dict[str, Any] = {"name": "a", "version": "1", "vulns": []}
UNKNOWN: dict[str, Any] = {"name": "b", "skip_reason": "Dependency not found on PyPI"}
WEAK: dict[str, Any] = {
    "name": "c",
    "version": "2",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1", "3"]}, {"id": "X", "fix_versions": []}],
}


@pytest.mark.parametrize(
    ("libraries", "lines", "well"),
    [
        ([SOUND], ["pip-audit: 1 of 1 libraries asked about"], True),
        ([], ["pip-audit: 0 of 0 libraries asked about"], False),
        (
            [SOUND, UNKNOWN],
            [
                "not asked about, as the index does not know them: b",
                "pip-audit: 1 of 2 libraries asked about",
            ],
            False,
        ),
        (
            [WEAK],
            [
                "c 2: PYSEC-1, mended in 2.1, 3",
                "c 2: X, mended in no version yet",
                "pip-audit: 1 of 1 libraries asked about",
            ],
            False,
        ),
    ],
    ids=["sound", "nothing", "unknown", "weak"],
)
def test_only_what_was_asked_about_is_well(
    libraries: list[dict[str, Any]], lines: list[str], well: bool
) -> None:
    assert judged(libraries) == (lines, well)


def test_make_audit_asks_about_what_is_installed_in_a_run() -> None:
    text = (Path(__file__).parent.parent / "Makefile").read_text(encoding="utf-8")
    assert "-m tests.audit libraries" in text
