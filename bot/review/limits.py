"""How often signing in may fail before it is refused for a while."""

from __future__ import annotations

import math
import time
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

MINUTES: Final = 10
PER_ADDRESS: Final = 10
"""Failures in `MINUTES` from one address; somebody with an old link needs one or two."""

OVERALL: Final = 200
"""Failures in `MINUTES` from all addresses: somebody who has many gets no further."""

IPV6_PREFIX: Final = 64
"""What one subscriber has: each of its addresses is the same guesser."""


class Tries:
    """Failed tries to sign in, in a moving window. Thread-safe.

    Only failures are counted, so that a whole office behind one address can sign in at once.
    They are kept in memory: a restart forgets them.
    """

    def __init__(self, per_address: int = PER_ADDRESS, overall: int = OVERALL) -> None:
        self._address = RateLimitItemPerMinute(per_address, MINUTES, namespace="address")
        self._overall = RateLimitItemPerMinute(overall, MINUTES, namespace="overall")
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def wait(self, address: str) -> int:
        """Seconds until this address may try again; 0 where it may now."""
        seconds = 0
        for item, key in self._counted(address):
            if not self._limiter.test(item, *key):
                again = self._limiter.get_window_stats(item, *key).reset_time
                seconds = max(seconds, 1, math.ceil(again - time.time()))
        return seconds

    def failed(self, address: str) -> None:
        for item, key in self._counted(address):
            self._limiter.hit(item, *key)

    def _counted(self, address: str) -> tuple[tuple[RateLimitItemPerMinute, tuple[str, ...]], ...]:
        return (self._address, (guesser(address),)), (self._overall, ())


def guesser(address: str) -> str:
    """Who is behind an address: itself, or the network of a subscriber with IPv6."""
    try:
        read = ip_address(address)
    except ValueError:
        return address
    if isinstance(read, IPv6Address):
        if read.ipv4_mapped is not None:
            return str(read.ipv4_mapped)
        return str(ip_network((read, IPV6_PREFIX), strict=False))
    return address
