"""How it grows: 1,000 to 1,000,000 passages and inquiries, through the real index and register.

    python -m tests.bench.growth [--sizes 1000 10000 …] [--results FILE] [--svg FILE]

With `--results` every size is written to the file as soon as it is measured, and what the file has
is not measured again: a run that was interrupted goes on. The table and the curve are made of all
that is in it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from .curve import drawn
from .growing import Grown, grown
from .timing import tell

SIZES = (1_000, 10_000, 100_000, 1_000_000)


def measure_growth(
    folder: Path, sizes: Sequence[int] = SIZES, *, results: Path | None = None
) -> Iterator[list[Grown]]:
    """All that is measured so far, smallest first, again after each size.

    Args:
        folder: for the homes, which go when they have been measured.
        results: a file of JSON lines that keeps them.
    """
    measured = kept(results) if results is not None else []
    known = {one.size for one in measured}
    if known:
        sizes_kept = ", ".join(f"{size:,}" for size in sorted(known))
        tell(f"  {results} has {sizes_kept}; remove it to measure them again")
        yield measured
    for size in sizes:
        if size in known:
            continue
        tell(f"  {size:,} passages and inquiries …")
        with tempfile.TemporaryDirectory(dir=folder) as home:
            one = grown(size, Path(home))
        if results is not None:
            with results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(one)) + "\n")
        measured = sorted([*measured, one], key=lambda each: each.size)
        yield measured


def kept(results: Path) -> list[Grown]:
    """What an earlier run wrote, smallest first; nothing where there is no such file."""
    if not results.exists():
        return []
    lines = results.read_text(encoding="utf-8").splitlines()
    return sorted((Grown.of(json.loads(line)) for line in lines), key=lambda each: each.size)


def growth_report(folder: Path) -> str:
    """What `make bench ARGS="--only growth"` prints."""
    *_, measured = measure_growth(folder)
    return table(measured)


Shown = tuple[str, Callable[[Grown], float], str]
"""A row: its name, its figure, and how that is written."""

GROWING: tuple[Shown, ...] = (
    ("a whole answer, median", lambda one: one.answer.median, "{:.1f} ms"),
    ("a whole answer, 95 of 100", lambda one: one.answer.most, "{:.1f} ms"),
    ("a whole answer, processor", lambda one: one.answer.work, "{:.1f} ms"),
    ("a search, median", lambda one: one.search.median, "{:.1f} ms"),
    ("a search, 95 of 100", lambda one: one.search.most, "{:.1f} ms"),
    ("a search, processor", lambda one: one.search.work, "{:.1f} ms"),
    ("opening the index", lambda one: one.opened, "{:.0f} ms"),
    ("writing down an inquiry", lambda one: one.receive.median, "{:.1f} ms"),
    ("a page of the queue", lambda one: one.page.median, "{:.1f} ms"),
)
"""With how many times the smallest the largest is."""

OTHER: tuple[Shown, ...] = (
    ("memory of a passage", lambda one: one.memory / one.size, "{:,.0f} B"),
    ("index on disk, of a passage", lambda one: one.disk / one.size, "{:,.0f} B"),
    ("build, passages a second", lambda one: one.build, "{:,.0f}"),
    ("the model alone, passages a second", lambda one: one.encode, "{:,.0f}"),
    ("build : model alone, time", lambda one: one.encode / one.build, "{:.2f}"),
    ("build : model alone, processor", lambda one: one.build_work / one.encode_work, "{:.2f}"),
    ("answered, of the questions", lambda one: _answered(one), "{:.0%}"),
    ("load of the machine", lambda one: one.load, "{:.1f}"),
)


def _answered(one: Grown) -> float:
    return one.outcomes.get("answered", 0) / sum(one.outcomes.values())


def table(measured: Sequence[Grown]) -> str:
    """A table in Markdown, a column for each size; the last column is largest : smallest."""
    head = ["", *(f"{one.size:,}" for one in measured), "last : first"]
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    for rows, compared in ((GROWING, True), (OTHER, False)):
        for name, figure, shown in rows:
            figures = [figure(one) for one in measured]
            ratio = f"{figures[-1] / figures[0]:.1f}" if compared else ""
            lines.append([name, *map(shown.format, figures), ratio])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def curve(measured: Sequence[Grown]) -> str:
    """The SVG."""
    return drawn(
        {
            one.size: (
                one.answer.median,
                one.search.median,
                one.receive.median,
                one.page.median,
            )
            for one in measured
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--results", type=Path, help="JSON lines: kept, and gone on from")
    parser.add_argument("--svg", type=Path, help="where the curve is drawn")
    options = parser.parse_args()
    measured: list[Grown] = []
    with tempfile.TemporaryDirectory(prefix="frisksvar-growth-") as folder:
        for measured in measure_growth(Path(folder), options.sizes, results=options.results):
            if options.svg:
                options.svg.write_text(curve(measured), encoding="utf-8")
            tell(table(measured[-1:]))
    print(table(measured))


if __name__ == "__main__":
    main()
