"""When the next request may go out. Clock and sleep are passed in, so that tests need not wait."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

Clock = Callable[[], float]
"""Seconds that never go backwards, as `time.monotonic`."""
Sleep = Callable[[float], None]
Now = Callable[[], datetime]
"""The wall clock, with time zone."""

# Nine digits are 31 years: enough for any wait, and safe to convert.
_SECONDS = re.compile(r"[0-9]{1,9}")


def utc_now() -> datetime:
    return datetime.now(UTC)


class HostPacer:
    """Keeps the starts of requests to one host at least an interval apart. Not thread-safe."""

    def __init__(self, interval_s: float, *, clock: Clock, sleep: Sleep) -> None:
        self._interval = interval_s
        self._clock = clock
        self._sleep = sleep
        self._slower: dict[str, float] = {}
        self._last: dict[str, float] = {}

    def slow_down(self, host: str, interval_s: float) -> None:
        """This host asked for a longer interval (Crawl-delay); a shorter one changes nothing."""
        self._slower[host] = interval_s

    def wait(self, host: str) -> None:
        """Sleep until a request to the host may start, and count it as started."""
        last = self._last.get(host)
        if last is not None:
            interval = max(self._interval, self._slower.get(host, 0.0))
            remaining = last + interval - self._clock()
            if remaining > 0:
                self._sleep(remaining)
        self._last[host] = self._clock()


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header (RFC 9110 section 10.2.3: seconds or an HTTP date).

    None where the header is missing or malformed; 0 for a date that has passed.
    """
    if value is None:
        return None
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    if when.tzinfo is None:  # "-0000": RFC 5322 says it is UTC without a stated zone
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - now).total_seconds())
