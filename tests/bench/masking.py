"""How well the masking finds what must go, and leaves what must stay, on the generated set."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest does, for the tests' own modules

from masking_set import EACH, SEED, measure

WORST = 8
"""Sorts that are shown: those that went wrong the most."""


def measure_masking(_: Path) -> str:
    """What `make bench` prints."""
    begun = time.perf_counter()
    measured = measure()
    seconds = time.perf_counter() - begun
    sentences = sum(total for _, total in measured.by_sort.values())
    lines = [
        f"The masking, {sentences} sentences of {len(measured.by_sort)} sorts "
        f"(seed {SEED}, {EACH} of each), {1e6 * seconds / sentences:.0f} µs each",
        f"  recall {measured.recall:.4f} ({measured.missed} of "
        f"{measured.found + measured.missed} left), precision {measured.precision:.4f} "
        f"({measured.wrong} masked by mistake)",
    ]
    worst = sorted(measured.by_sort.items(), key=lambda entry: entry[1][0] / entry[1][1])
    lines += [
        f"  {sort}: {right} of {total}" for sort, (right, total) in worst[:WORST] if right < total
    ]
    return "\n".join(lines)
