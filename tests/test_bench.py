"""`make bench` measures everything it names. How quick anything is, is not tested here."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
IMPORT = "import sentence_transformers"
IN_PROCESS = [
    ("search", "bm25s + FAISS"),
    ("  lexical", "whole search"),
    ("  vectors", "whole search"),
    ("  candidates", "whole search"),
    ("  hits", "whole search"),
    ("  coverage", "whole search"),
    ("  the rest", "whole search"),
    ("index on disk", "texts + vectors"),
    ("build", "encode alone"),
    ("add one document", "index of it alone"),
]
OF_PROCESSES = [
    ("first answer", "python -c pass"),
    ("first answer", IMPORT),
    ("memory of ask", IMPORT),
    ("memory of build", IMPORT),
]


def bench(*only: str) -> dict[tuple[str, str], float]:
    """The ratio of each comparison in the table for a tiny library, in one turn."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--passages", "60", "--repetitions", "1",
         "--only", *only],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert all(name in done.stderr for name in only), "progress goes to standard error"
    heading, _, *rows = done.stdout.split("\n\n")[1].splitlines()
    assert heading == "60 passages"
    ratios: dict[tuple[str, str], float] = {}
    for row in rows:
        name, _, against, _, ratio = re.split(r"  +", row.removeprefix("  "))
        indent = "  " if row.startswith("  ") else ""
        ratios[indent + name, against] = float(ratio)
    return ratios


def test_search_build_adding_and_disk_are_compared() -> None:
    ratios = bench("search", "disk", "build", "add")
    assert list(ratios) == IN_PROCESS
    assert min(ratios[pair] for pair in IN_PROCESS if pair[0] != "  the rest") > 0
    parts = [ratio for (_, against), ratio in ratios.items() if against == "whole search"]
    assert sum(parts) == pytest.approx(1, abs=0.05)


def test_the_commands_are_compared_as_processes() -> None:
    ratios = bench("processes")
    assert list(ratios) == OF_PROCESSES
    assert min(ratios.values()) > 0
    # Whatever the machine: Python alone starts quicker than Python with a large library.
    assert ratios["first answer", "python -c pass"] > ratios["first answer", IMPORT]
