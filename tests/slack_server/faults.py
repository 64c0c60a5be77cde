"""Mishaps on order: what the Web API or the delivery of events does wrong, and how often."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass
class Fault:
    """One mishap. `method` may have wildcards; `times` None is for ever, `until` (time.monotonic())
    ends it earlier. `done` says whether the method did its work all the same.

    What happens: `error` is answered; or HTTP `status` with `headers`; or nothing for `hang_s`
    seconds and then a cut connection; or, with `drop`, a cut connection at once.
    """

    method: str
    error: str | None = None
    status: int | None = None
    retry_after_s: int | None = None
    hang_s: float | None = None
    drop: bool = False
    done: bool = False
    times: int | None = 1
    until: float | None = None
    when: Callable[[dict[str, Any]], bool] | None = None
    happened: int = 0

    @property
    def over(self) -> bool:
        spent = self.times is not None and self.happened >= self.times
        return spent or (self.until is not None and time.monotonic() >= self.until)


class Faults:
    """The script of mishaps; all of it may be changed while the server runs. Thread-safe."""

    def __init__(self) -> None:
        self.away = False
        self.cut_sockets: Callable[[], None] = lambda: None
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._lost_acks = 0
        self._lost_events = 0

    def error(self, method: str, code: str, times: int | None = 1, **more: Any) -> Fault:
        """Answer with Slack's error `code`, e.g. "internal_error" or "account_inactive"."""
        return self._add(Fault(method, error=code, times=times, **more))

    def rate_limit(
        self, method: str = "*", retry_after_s: int = 1, times: int | None = 1, **more: Any
    ) -> Fault:
        """HTTP 429 with Retry-After (whole seconds, as Slack gives it)."""
        return self._add(
            Fault(method, status=429, retry_after_s=retry_after_s, times=times, **more)
        )

    def server_error(
        self, method: str = "*", status: int = 500, times: int | None = 1, **more: Any
    ) -> Fault:
        return self._add(Fault(method, status=status, times=times, **more))

    def hang(
        self, method: str = "*", seconds: float = 60.0, times: int | None = 1, **more: Any
    ) -> Fault:
        """No answer; `done=True` for a method that did its work nevertheless."""
        return self._add(Fault(method, hang_s=seconds, times=times, **more))

    def drop_before(self, method: str = "*", times: int | None = 1, **more: Any) -> Fault:
        """The connection is cut, nothing was done."""
        return self._add(Fault(method, drop=True, times=times, **more))

    def drop_after(self, method: str = "*", times: int | None = 1, **more: Any) -> Fault:
        """It was done, and the connection is cut before the answer: the caller cannot know."""
        return self._add(Fault(method, drop=True, done=True, times=times, **more))

    def for_seconds(self, fault: Fault, seconds: float) -> Fault:
        """Let a fault last this long, however often it happens."""
        fault.times, fault.until = None, time.monotonic() + seconds
        return fault

    def lose_acks(self, number: int) -> None:
        """The next acks of events do not reach Slack: the app has seen them, Slack retries."""
        with self._lock:
            self._lost_acks += number

    def lose_events(self, number: int) -> None:
        """The next deliveries of events do not reach the app: the retry is the only copy."""
        with self._lock:
            self._lost_events += number

    def go_away(self) -> None:
        """Slack is away: every connection is cut and none is taken."""
        self.away = True
        self.cut_sockets()

    def come_back(self) -> None:
        self.away = False

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
            self._lost_acks = self._lost_events = 0
        self.away = False

    def take(self, method: str, args: dict[str, Any]) -> Fault | None:
        """The mishap that meets this call, counted."""
        with self._lock:
            self._faults = [fault for fault in self._faults if not fault.over]
            for fault in self._faults:
                if fnmatchcase(method, fault.method) and (not fault.when or fault.when(args)):
                    fault.happened += 1
                    return fault
        return None

    def ack_is_lost(self) -> bool:
        with self._lock:
            lost = self._lost_acks > 0
            self._lost_acks -= lost
            return lost

    def event_is_lost(self) -> bool:
        with self._lock:
            lost = self._lost_events > 0
            self._lost_events -= lost
            return lost

    def _add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault
