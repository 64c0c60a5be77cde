"""Bandit over the three packages, and known weaknesses of the libraries.

`make check` runs the first: every finding is explained, at its line (`# noqa: S608`, as ruff knows
bandit's rules by that letter, or `# nosec`, with the reason), or here for whole folders.
`python -m tests.audit libraries` is the second: pip-audit over deploy/constraints.txt. By itself
pip-audit calls it well where the index knew none of the packages it was asked about; here that is
a failure.
"""

from __future__ import annotations

import json
import linecache
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

CONSTRAINTS: Final = Path(__file__).parent.parent / "deploy" / "constraints.txt"
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


def asked_of_the_index() -> list[dict[str, Any]]:
    """What pip-audit says of each library of a run: `vulns`, or a `skip_reason`.

    Raises:
        SystemExit: it could not ask.
    """
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(CONSTRAINTS)]
    command += ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout.strip():
        last = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
        raise SystemExit(f"pip-audit could not ask: {last}")
    found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    return found


def judged(libraries: list[dict[str, Any]]) -> tuple[list[str], bool]:
    """Lines to tell, and whether each library was asked about and has no known weakness."""
    lines = [
        f"{each['name']} {each['version']}: {weakness['id']}, "
        f"mended in {', '.join(weakness['fix_versions']) or 'no version yet'}"
        for each in libraries
        for weakness in each.get("vulns", ())
    ]
    unknown = [each["name"] for each in libraries if "skip_reason" in each]
    well = not lines and not unknown and bool(libraries)
    if unknown:
        lines.append(f"not asked about, as the index does not know them: {', '.join(unknown)}")
    asked = len(libraries) - len(unknown)
    lines.append(f"pip-audit: {asked} of {len(libraries)} libraries asked about")
    return lines, well


def libraries() -> None:
    lines, well = judged(asked_of_the_index())
    print("\n".join(lines))
    raise SystemExit(0 if well else 1)


def main() -> None:
    found = findings()
    left = [finding for finding in found if not is_explained(finding)]
    for finding in left:
        place = f"{finding['filename']}:{finding['line_number']}"
        print(f"{place}: {finding['test_id']} {finding['issue_text']}")
    print(f"bandit: {len(found)} findings, {len(left)} unexplained")
    raise SystemExit(1 if left else 0)


if __name__ == "__main__":
    libraries() if sys.argv[1:] == ["libraries"] else main()
