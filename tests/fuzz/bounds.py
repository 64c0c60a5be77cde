"""How long something may take, and how many examples are tried."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from hypothesis import HealthCheck, settings

BOUND_SECONDS = 1.0
"""Of processor time: on a busy machine the clock on the wall tells of others."""

HARD_SECONDS = 30
"""Of the wall clock: a catastrophic pattern is broken off and told, and not waited for."""

USUAL_EXAMPLES = 100
"""Hypothesis' own number; a profile with more (`--hypothesis-profile long`) multiplies ours."""

FACTOR = max(1, (settings.default or settings()).max_examples // USUAL_EXAMPLES)
LONG_INPUT = 20_000 if FACTOR == 1 else 100_000
"""Characters or bytes. What grows with the square of them is beyond any bound here."""

PIECES = (
    *("a", "1", " ", "\n", "\t", "-", "=", "|", "*", "_", "`", "~", "#", "<", ">", "&", "[", "("),
    *("---\n", "|---|\n", "|---|---|\n", "| a | b |\n", "# a\n", "a\n=\n", "- a\n", "> ", "1. "),
    *("[a](", "![", "<!--", "<div>", "<table><tr><td>", "<ul><li>", "<a b", "&lt;", "**a", "*_"),
    *('"', "'", '"",', ";'a", '"\n', "','\n", '\t"', "'x'y\n", '"a"b,', "0 'a'", "=1+1;"),
    *("a: b\n", "? ", ": ", "&a ", "*a ", "{", "[a,", "!!int 1\n", "\u0301", "\u200b", "\u202e"),
    *("12 ", "1.", "1-", "+47 ", "a@", "a@b.", "01.01.", "konto ", "fødselsnummer ", "\u00a0"),
    *("<@U1>", "<!channel>", "<a|", "Tabell 1 ", "1 2 3 4\n", "a\tb\n"),
    *("Ord 1 2,5 %\n", "...... 12\n"),
)  # fmt: skip
"""What parsers and patterns look for; as many as `LONG_INPUT` of each are tried."""


def repeated(piece: str, size: int = LONG_INPUT) -> str:
    return (piece * (size // len(piece) + 1))[:size]


class TooSlow(BaseException):
    """Not an Exception: what is tested may catch those."""


@contextmanager
def bounded(seconds: float = BOUND_SECONDS) -> Iterator[None]:
    """Fails where the block takes more processor time. For the main thread."""

    def broken_off(number: int, frame: FrameType | None) -> None:
        raise TooSlow(f"more than {HARD_SECONDS} s")

    before = signal.signal(signal.SIGALRM, broken_off)
    # Pytest's own timeout uses the same timer, and gets back what is left.
    left, _ = signal.setitimer(signal.ITIMER_REAL, HARD_SECONDS)
    began, taken = time.monotonic(), time.process_time()
    try:
        yield
        taken = time.process_time() - taken
    finally:
        signal.signal(signal.SIGALRM, before)
        remaining = max(0.1, left - (time.monotonic() - began)) if left else 0
        signal.setitimer(signal.ITIMER_REAL, remaining)
    assert taken <= seconds, f"{taken:.1f} s of processor time"


def examples(usual: int) -> settings:
    """So many examples in the suite, and as many times more as the profile in use asks for."""
    return settings(
        max_examples=usual * FACTOR,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
