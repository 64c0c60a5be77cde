"""Getting one address: redirects followed one checked hop at a time, and the answer sorted."""

from __future__ import annotations

import hashlib
import ssl
import time
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

import httpx

from indexer.fetching.errors import FetchError, Reason
from indexer.fetching.exchange import ACCEPT_ENCODING, Exchange, Reply
from indexer.fetching.pacing import Clock, HostPacer, Now, Sleep, utc_now
from indexer.fetching.policy import Resolver, check_url, parse_url, shown, system_resolver
from indexer.fetching.robots import ROBOTS_MAX_BYTES, RobotsRules
from indexer.fetching.settings import FetchSettings
from indexer.fetching.transport import PinnedTransport
from knowledge.messages import Message

__all__ = ["Download", "Downloader", "FetchError", "Fetched", "Gone", "Reason", "Unchanged"]

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
PDF_TYPES = frozenset({"application/pdf"})
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TEXT_TYPES = frozenset({"text/plain", "text/markdown", "text/x-markdown"})
READABLE_TYPES = HTML_TYPES | PDF_TYPES | TEXT_TYPES | {DOCX}

GONE = frozenset({404, 410})
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Fetched:
    """The document. `url` is where it was found after redirects; `content_type` is the bare media
    type and `charset` what the server said of the encoding; `sha256` (hex) is of `content`, which
    is decompressed; `fetched_at` has a time zone.
    """

    content: bytes
    url: str
    content_type: str
    charset: str | None
    etag: str | None
    last_modified: str | None
    sha256: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Unchanged:
    """304: what the caller has is current. The validators are those to send next time."""

    url: str
    etag: str | None
    last_modified: str | None
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Gone:
    """404 or 410: the publisher no longer has it at this address."""

    url: str
    status: int
    fetched_at: datetime

    @property
    def message(self) -> Message:
        return Message("download_gone", {"url": self.url, "status": self.status})


Download = Fetched | Unchanged | Gone


class Downloader:
    """Fetches addresses one at a time; a context manager. Not thread-safe, writes no file.

    Args:
        settings: limits and permissions.
        resolve: host name to addresses; the answers are checked and dialled as they are.
        ssl_context: to trust an authority of one's own; otherwise certifi's list is used
            (SSL_CERT_FILE and SSL_CERT_DIR are followed).
        clock, sleep, now: monotonic seconds, waiting, and the wall clock with time zone.
    """

    def __init__(
        self,
        settings: FetchSettings | None = None,
        *,
        resolve: Resolver = system_resolver,
        ssl_context: ssl.SSLContext | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        now: Now = utc_now,
    ) -> None:
        self.settings = settings or FetchSettings()
        self.now = now
        self._client = httpx.Client(
            transport=PinnedTransport(self.settings, resolve=resolve, ssl_context=ssl_context),
            headers={
                "User-Agent": self.settings.user_agent,
                "Accept": ", ".join(sorted(READABLE_TYPES)),
                "Accept-Encoding": ACCEPT_ENCODING,
                "Accept-Language": "nb, nn;q=0.9, no;q=0.8, en;q=0.5",
            },
            timeout=httpx.Timeout(
                self.settings.read_timeout_s, connect=self.settings.connect_timeout_s
            ),
            follow_redirects=False,
        )
        self._pacer = HostPacer(self.settings.request_interval_s, clock=clock, sleep=sleep)
        self._exchange = Exchange(
            self._client, self.settings, self._pacer, clock=clock, sleep=sleep, now=now
        )
        self._robots = RobotsRules(self._ask_robots)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def get(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> Download:
        """Fetch one document; raises FetchError when it was refused or did not succeed.

        `etag` and `last_modified` are the validators of an earlier `Fetched` or `Unchanged` of the
        same `url`; with either, the answer can be `Unchanged`.
        """
        headers = _conditions(etag, last_modified)
        reply = self._follow(parse_url(url), headers)
        if reply.status in GONE:
            return Gone(shown(reply.url), reply.status, self.now())
        if reply.status == httpx.codes.NOT_MODIFIED and headers:
            return Unchanged(
                url=shown(reply.url),
                etag=reply.headers.get("ETag", etag),
                last_modified=reply.headers.get("Last-Modified", last_modified),
                fetched_at=self.now(),
            )
        if reply.status != httpx.codes.OK:
            why = Message("download_client_error", {"status": reply.status})
            raise FetchError(shown(reply.url), Reason.CLIENT_ERROR, why, status=reply.status)
        if not reply.content.strip():
            raise FetchError(shown(reply.url), Reason.EMPTY, Message("download_empty"))
        return self._fetched(reply)

    def _fetched(self, reply: Reply) -> Fetched:
        return Fetched(
            content=reply.content,
            url=shown(reply.url),
            content_type=reply.media_type,
            charset=reply.charset,
            etag=reply.headers.get("ETag"),
            last_modified=reply.headers.get("Last-Modified"),
            sha256=hashlib.sha256(reply.content).hexdigest(),
            fetched_at=self.now(),
        )

    def _follow(self, url: httpx.URL, headers: dict[str, str], *, robots: bool = False) -> Reply:
        """The answer at the end of the redirects; `robots` when it is robots.txt we ask for."""
        first, seen = url, {url}
        while True:
            check_url(url, self.settings)
            if robots:
                reply = self._exchange.ask(url, max_bytes=ROBOTS_MAX_BYTES)
            else:
                self._heed_robots(url)
                reply = self._exchange.ask(
                    url,
                    headers=headers,
                    max_bytes=self.settings.max_bytes,
                    types=READABLE_TYPES,
                )
            if reply.status not in REDIRECTS:
                return reply
            if reply.location is None:
                raise FetchError(shown(url), Reason.PROTOCOL, Message("download_no_location"))
            url = reply.location
            if url in seen or len(seen) > self.settings.max_redirects:
                why = Message("download_redirects", {"count": len(seen)})
                raise FetchError(shown(first), Reason.REDIRECTS, why)
            seen.add(url)

    def _heed_robots(self, url: httpx.URL) -> None:
        delay = self._robots.check(url)
        if delay is not None:
            self._pacer.slow_down(url.host, min(delay, self.settings.crawl_delay_cap_s))

    def _ask_robots(self, url: httpx.URL) -> Reply:
        return self._follow(url, {}, robots=True)


def _conditions(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """Request headers; a stored validator that cannot stand in a header is left out."""
    candidates = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {
        name: value
        for name, value in candidates.items()
        if value and value.isascii() and value.isprintable()
    }
