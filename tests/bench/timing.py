"""Measuring in turns, so that what else the machine does meets both sides of a ratio."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Measurement = Callable[[], float]
"""Does the work once and returns what it took (seconds, or bytes)."""


@dataclass(frozen=True)
class Row:
    """One line of the table: `ratio` is what ours takes, divided by what `against` takes.

    `spread` is the least and the greatest ratio of one repetition; None where it was measured once.
    """

    name: str
    ours: str
    against: str
    bare: str
    ratio: float
    spread: tuple[float, float] | None = None


def timed(work: Callable[[], object]) -> Measurement:
    """The seconds that `work` takes."""

    def measure() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return measure


def in_turns(measurements: Mapping[str, Measurement], repetitions: int) -> dict[str, list[float]]:
    """Each measurement `repetitions` times, in turns, and the order turned round every time.

    Before them one round is thrown away (caches, imports), unless only one is asked for.
    """
    taken: dict[str, list[float]] = {name: [] for name in measurements}
    warm_up = 1 if repetitions > 1 else 0
    for number in range(-warm_up, repetitions):
        names = list(measurements)[:: 1 if number % 2 == 0 else -1]
        for name in names:
            gc.collect()
            value = measurements[name]()
            if number >= 0:
                taken[name].append(value)
    return taken


def compared(
    name: str,
    ours: Sequence[float],
    against: str,
    bare: Sequence[float],
    show: Callable[[float], str],
) -> Row:
    """Medians of both sides and their ratio."""
    pairs = [mine / theirs for mine, theirs in zip(ours, bare, strict=True)]
    spread = (min(pairs), max(pairs)) if len(pairs) > 1 else None
    mine, theirs = median(ours), median(bare)
    return Row(name, show(mine), against, show(theirs), mine / theirs, spread)


def seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.2f} ms"


def mebibytes(value: float) -> str:
    return f"{value / 2**20:.0f} MiB"


def tell(text: str) -> None:
    """Progress, to standard error."""
    print(text, file=sys.stderr, flush=True)
