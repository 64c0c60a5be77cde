"""Whether a part of the bot gets on: what is at work since when, and when it last got anywhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count


class Progress:
    """Thread-safe.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._numbers = count()
        self._at_work: dict[int, float] = {}
        self._last = clock()

    def step(self) -> None:
        """It got on."""
        self._last = self._clock()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """One piece of work; getting to its end is getting on, however it ends."""
        with self._guard:
            number = next(self._numbers)
            self._at_work[number] = self._clock()
        try:
            yield
        finally:
            with self._guard:
                del self._at_work[number]
            self.step()

    @property
    def idle_seconds(self) -> float:
        """Since it last got on."""
        return self._clock() - self._last

    @property
    def longest_seconds(self) -> float:
        """How long what has been at work longest has been; 0 where nothing is."""
        with self._guard:
            first = min(self._at_work.values(), default=None)
        return 0.0 if first is None else self._clock() - first

    @property
    def under_way(self) -> int:
        with self._guard:
            return len(self._at_work)
