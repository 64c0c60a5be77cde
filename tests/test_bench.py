"""`make bench` measures everything it names. How quick anything is, is not tested here."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROWS = {
    "search": "bm25s + FAISS",
    "  lexical": "whole search",
    "  vectors": "whole search",
    "  candidates": "whole search",
    "  hits": "whole search",
    "  coverage": "whole search",
    "build": "encode alone",
    "add one document": "index of it alone",
    "memory of ask": "import sentence_transformers",
    "memory of build": "import sentence_transformers",
    "index on disk": "texts + vectors",
}


@pytest.fixture(scope="module")
def lines() -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--passages", "60", "--repetitions", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "60 passages" in done.stderr
    return done.stdout.splitlines()


def ratio(lines: list[str], name: str, against: str) -> float:
    """The ratio of the one line of that name and that comparison."""
    found = [
        line for line in lines if re.match(rf"{re.escape(name)}  .*  {re.escape(against)}  ", line)
    ]
    assert len(found) == 1, lines
    return float(found[0].split()[-1])


@pytest.mark.parametrize(("name", "against"), ROWS.items())
def test_every_comparison_has_a_ratio(lines: list[str], name: str, against: str) -> None:
    assert ratio(lines, name, against) > 0


def test_the_first_answer_is_compared_with_python_and_with_the_library(lines: list[str]) -> None:
    with_python = ratio(lines, "first answer", "python -c pass")
    with_library = ratio(lines, "first answer", "import sentence_transformers")
    assert with_python > with_library > 0


def test_the_parts_of_a_search_make_up_the_whole(lines: list[str]) -> None:
    parts = [float(line.split()[-1]) for line in lines if "whole search" in line]
    assert sum(parts) == pytest.approx(1, abs=0.05)


def test_the_made_up_library_has_the_size_asked_for(lines: list[str]) -> None:
    assert "60 passages" in lines
