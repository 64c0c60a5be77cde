"""What a site's robots.txt lets us fetch (RFC 9309, read with urllib.robotparser).

The standard parser knows neither `*` and `$` inside a path nor the longest-match rule of the RFC:
it takes the first rule whose path begins the address. A rule with a wildcard is thus not seen.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.robotparser import RobotFileParser

import httpx

from indexer.fetching.errors import FetchError, Reason
from indexer.fetching.exchange import Reply
from indexer.fetching.policy import port_of, shown
from indexer.fetching.settings import AGENT
from knowledge.messages import Message

ROBOTS_MAX_BYTES = 1_000_000
"""RFC 9309 section 2.5 asks for at least 500 KiB."""

Origin = tuple[str, str, int]


class RobotsRules:
    """The rules of each site, asked for once in the life of the object; failures too.

    Raises FetchError: `robots` where the rules say no, `robots_unreadable` where the site could not
    say (section 2.3.1.4: treat as if all were disallowed), and the network's own reason where the
    site could not be reached at all.
    """

    def __init__(self, ask: Callable[[httpx.URL], Reply]) -> None:
        self._ask = ask
        self._rules: dict[Origin, RobotFileParser | FetchError] = {}

    def check(self, url: httpx.URL) -> float | None:
        """Raises FetchError unless the address may be fetched; returns its Crawl-delay, seconds."""
        origin = (url.scheme, url.host, port_of(url))
        if origin not in self._rules:
            self._rules[origin] = self._read(url.join("/robots.txt"))
        rules = self._rules[origin]
        if isinstance(rules, FetchError):
            raise FetchError(shown(url), rules.reason, rules.why, status=rules.status)
        if not rules.can_fetch(AGENT, str(url)):
            raise FetchError(
                shown(url), Reason.ROBOTS, Message("download_robots", {"agent": AGENT})
            )
        delay = rules.crawl_delay(AGENT)
        return None if delay is None else float(delay)

    def _read(self, url: httpx.URL) -> RobotFileParser | FetchError:
        try:
            reply = self._ask(url)
        except FetchError as error:
            return _unreadable(error)
        parser = RobotFileParser()
        # A status in the 400s means that there are no rules (section 2.3.1.3).
        content = reply.content if reply.status == httpx.codes.OK else b""
        parser.parse(content.decode("utf-8-sig", errors="replace").splitlines())
        return parser


NETWORK = frozenset({Reason.DNS, Reason.CONNECTION, Reason.TLS, Reason.TIMEOUT})
REFUSED = frozenset({Reason.ADDRESS, Reason.SCHEME, Reason.PORT})


def _unreadable(error: FetchError) -> FetchError:
    if error.reason in NETWORK | REFUSED:
        return error
    why = Message("download_robots_unreadable", {"reason": error.why})
    return FetchError(error.url, Reason.ROBOTS_UNREADABLE, why, status=error.status)
