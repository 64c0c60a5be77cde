"""`python -m tests.bench`: one table for each size of library."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .building import measure_adding, measure_build, measure_disk
from .corpus import SEED, documents
from .growth import growth_report
from .library import BenchHome
from .load import measure_load
from .masking import measure_masking
from .processes import first_build, measure_processes
from .queue import measure_queue
from .report import measure_report
from .searching import QUESTIONS_ASKED, WHOLE, measure_search, questions
from .slack import measure_slack
from .timing import Row, tell

SIZES = [1_000, 20_000]
QUICK_SIZES = [1_000]
REPETITIONS = 5
QUICK_REPETITIONS = 2
BUILT_ONCE = 50_000
"""A larger library is built once, by the command, and not in turns."""

ORDER = ("search", "disk", "build", "processes", "add")
"""`add` comes last: it makes the library larger."""

ONCE: Mapping[str, Callable[[Path], str]] = {
    "masking": measure_masking,
    "slack": measure_slack,
    "queue": measure_queue,
    "report": measure_report,
}
"""Measured once, whatever the sizes: the bot over the digests, the queue over 100,000 inquiries,
the annual report over 1,000,000."""

LONG: Mapping[str, Callable[[Path], str]] = {
    "load": measure_load,
    "growth": growth_report,
}
"""Minutes each: only where they are asked for by name."""

NOTE = """\
Ratio: what ours takes divided by what the bare thing takes in the same run; below 1 is less.
Medians of {repetitions} in turns; in brackets the least and greatest ratio of one turn."""


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    sizes = options.sizes or (QUICK_SIZES if options.quick else SIZES)
    repetitions = options.repetitions or (QUICK_REPETITIONS if options.quick else REPETITIONS)
    wanted = [name for name in options.only if name not in {**ONCE, **LONG}]
    if wanted:
        print(NOTE.format(repetitions=repetitions))
    measured: dict[int, list[Row]] = {}
    for size in sizes if wanted else ():
        with tempfile.TemporaryDirectory(prefix="frisksvar-bench-") as folder:
            rows, made = measure(Path(folder), size, repetitions, wanted)
        measured[made] = rows
        print(f"\n{made:,} passages")
        print(table(rows), flush=True)
    if len(measured) > 1:
        print("\nGrowth")
        print(growth(measured), flush=True)
    for name, measure_once in {**ONCE, **LONG}.items():
        if name in options.only:
            with tempfile.TemporaryDirectory(prefix="frisksvar-bench-") as folder:
                print(f"\n{measure_once(Path(folder))}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--sizes", type=_positive, nargs="+", metavar="N", help=f"passages (default {SIZES})"
    )
    parser.add_argument("--repetitions", type=_positive, metavar="N", help="turns of each")
    parser.add_argument(
        "--only",
        choices=(*ORDER, *ONCE, *LONG),
        nargs="+",
        default=(*ORDER, *ONCE),
        help="leave out the rest",
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
    home, small = BenchHome(folder / "home"), BenchHome(folder / "small")
    measurements: dict[str, Callable[[], list[Row]]] = {
        "search": lambda: measure_search(home, questions(QUESTIONS_ASKED), repetitions),
        "build": lambda: measure_build(home, repetitions, built_in=built_in),
        "add": lambda: measure_adding(home, folder / "alone", repetitions),
        "processes": lambda: measure_processes(home, small, repetitions),
        "disk": lambda: measure_disk(home),
    }
    rows: list[Row] = []
    built_in = None
    try:
        tell(f"{size:,} passages: filling the library …")
        made = home.add(documents(size))
        small.add(documents(1, seed=SEED + 1))
        if size > BUILT_ONCE:
            tell("  the index …")
            built_in = first_build(home).seconds
        for name in ORDER:
            if name in wanted:
                tell(f"  {name} …")
                rows += measurements[name]()
    finally:
        home.close()
        small.close()
    return rows, made


def table(rows: Sequence[Row]) -> str:
    """Columns of text, two or more spaces apart."""
    cells = [("", "ours", "against", "", "ratio", "")]
    for row in rows:
        spread = f"({row.spread[0]:.2f}-{row.spread[1]:.2f})" if row.spread else ""
        cells.append((row.name, row.ours, row.against, row.bare, f"{row.ratio:.2f}", spread))
    return aligned(cells, "<><><<")


def growth(measured: Mapping[int, Sequence[Row]]) -> str:
    """The rows with a column for each size: ours, and below it what it is compared with."""
    cells = [("", *(f"{size:,}" for size in measured))]
    found = [{(row.name, row.against): row for row in rows} for rows in measured.values()]
    told: set[str] = set()
    for name, against in found[0]:
        if against == WHOLE:
            continue
        rows = [rows[name, against] for rows in found]
        if name not in told:
            cells.append((name, *(row.ours for row in rows)))
            told.add(name)
        cells.append((f"  {against}", *(row.bare for row in rows)))
        cells.append(("  ratio", *(f"{row.ratio:.2f}" for row in rows)))
    return aligned(cells, "<" + ">" * len(measured))


def aligned(lines: Sequence[tuple[str, ...]], sides: str) -> str:
    """Columns two spaces apart, each to the left (<) or to the right (>)."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            f"{cell:{side}{width}}" for cell, side, width in zip(line, sides, widths, strict=True)
        ).rstrip()
        for line in lines
    )


if __name__ == "__main__":
    main()
