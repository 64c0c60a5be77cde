"""`python -m tests.bench`: one table for each size of library."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from .building import measure_adding, measure_build, measure_disk
from .corpus import documents
from .library import BenchHome
from .processes import measure_processes
from .searching import measure_search, questions
from .timing import Row, tell

SIZES = [1_000, 20_000]
QUICK_SIZES = [1_000]
REPETITIONS = 5
QUICK_REPETITIONS = 2
QUESTIONS = 40
ORDER = ("search", "disk", "build", "processes", "add")
"""`add` comes last: it makes the library larger."""

NOTE = """\
Ratio: what ours takes divided by what the bare thing takes in the same run; below 1 is less.
Medians of {repetitions} in turns; in brackets the least and greatest ratio of one turn."""


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    sizes = options.passages or (QUICK_SIZES if options.quick else SIZES)
    repetitions = options.repetitions or (QUICK_REPETITIONS if options.quick else REPETITIONS)
    print(NOTE.format(repetitions=repetitions))
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="frisksvar-bench-") as folder:
            rows, made = measure(Path(folder), size, repetitions, options.only)
        print(f"\n{made:,} passages")
        print(table(rows), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--passages", type=_positive, nargs="+", metavar="N", help=f"sizes (default {SIZES})"
    )
    parser.add_argument("--repetitions", type=_positive, metavar="N", help="turns of each")
    parser.add_argument(
        "--only", choices=ORDER, nargs="+", default=ORDER, help="leave out the rest"
    )
    parser.add_argument("--quick", action="store_true", help="one small size, two turns")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def measure(
    folder: Path, size: int, repetitions: int, wanted: Sequence[str]
) -> tuple[list[Row], int]:
    """The wanted rows for a library of about `size` passages, and how many it came to."""
    home = BenchHome(folder / "home")
    measurements: dict[str, Callable[[], list[Row]]] = {
        "search": lambda: measure_search(home, questions(QUESTIONS), repetitions),
        "build": lambda: measure_build(home, repetitions),
        "add": lambda: measure_adding(home, folder / "alone", repetitions),
        "processes": lambda: measure_processes(home, repetitions),
        "disk": lambda: measure_disk(home),
    }
    rows: list[Row] = []
    try:
        tell(f"{size:,} passages: filling the library …")
        made = home.add(documents(size))
        for name in ORDER:
            if name in wanted:
                tell(f"  {name} …")
                rows += measurements[name]()
    finally:
        home.close()
    return rows, made


def table(rows: Sequence[Row]) -> str:
    """Columns of text, two or more spaces apart."""
    cells = [("", "ours", "against", "", "ratio", "")]
    for row in rows:
        spread = f"({row.spread[0]:.2f}-{row.spread[1]:.2f})" if row.spread else ""
        cells.append((row.name, row.ours, row.against, row.bare, f"{row.ratio:.2f}", spread))
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = [
        f"{line[0]:<{widths[0]}}  {line[1]:>{widths[1]}}  {line[2]:<{widths[2]}}"
        f"  {line[3]:>{widths[3]}}  {line[4]:>{widths[4]}}  {line[5]}".rstrip()
        for line in cells
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
