"""Bandit over the three packages: every finding is explained, at its line or here.

`make audit` runs it. A line says `# noqa: S608` (ruff knows bandit's rules by that letter) or
`# nosec`, with the reason; what follows holds for whole folders.
"""

from __future__ import annotations

import json
import linecache
import subprocess
import sys
from typing import Any, Final

PACKAGES: Final = ("bot", "indexer", "knowledge")

EXPLAINED: Final = (
    ("B101", "", "assert tells the type checker what holds; no check of input depends on one"),
    ("B311", "knowledge/demonstration/", "the same seed must draw the same invented rows"),
    ("B406", "knowledge/exports/svg.py", "saxutils' escape and quoteattr write; nothing is parsed"),
    ("B105", "bot/review/oidc.py", "the name of a way to authenticate, not a password"),
    (
        "B608",
        "knowledge/personal_data/",
        "names of tables and columns are constants or those of the schema; values are parameters",
    ),
)
"""Rule, where, and why."""


def findings() -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "bandit", "-q", "-r", *PACKAGES, "-f", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout.strip():
        raise SystemExit(done.stderr)
    read = json.loads(done.stdout)
    if read["errors"]:
        raise SystemExit(str(read["errors"]))
    found: list[dict[str, Any]] = read["results"]
    return found


def is_explained(finding: dict[str, Any]) -> bool:
    rule, path = str(finding["test_id"]), str(finding["filename"]).removeprefix("./")
    first, last = min(finding["line_range"]), max(finding["line_range"])
    # A statement's mark may stand at its first line, where bandit points into the middle.
    lines = "".join(linecache.getline(path, number) for number in range(first - 1, last + 2))
    marked = f"noqa: S{rule[1:]}" in lines or "nosec" in lines
    return marked or any(rule == known and path.startswith(at) for known, at, _ in EXPLAINED)


def main() -> None:
    found = findings()
    left = [finding for finding in found if not is_explained(finding)]
    for finding in left:
        place = f"{finding['filename']}:{finding['line_number']}"
        print(f"{place}: {finding['test_id']} {finding['issue_text']}")
    print(f"bandit: {len(found)} findings, {len(left)} unexplained")
    raise SystemExit(1 if left else 0)


if __name__ == "__main__":
    main()
