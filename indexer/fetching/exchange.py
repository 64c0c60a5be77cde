"""One request and its answer: paced, retried, limited in time and size. Redirects are not followed
here, so that whoever follows them checks each address first.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from email.message import Message as Headers

import httpx

from indexer.fetching.errors import FetchError, Reason
from indexer.fetching.pacing import Clock, HostPacer, Now, Sleep, parse_retry_after
from indexer.fetching.policy import shown
from indexer.fetching.settings import FetchSettings
from knowledge.messages import Message

# Only one well-known coding is asked for and accepted: codings stacked on each other multiply
# (a few kilobytes can become gigabytes between two size checks).
ACCEPT_ENCODING = "gzip"
READABLE_ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip"})
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer below 500. `content` is the decompressed body of a 200, else empty.

    `location` is where a redirect points, absolute, not yet checked.
    """

    url: httpx.URL
    status: int
    headers: httpx.Headers
    content: bytes = b""
    location: httpx.URL | None = None

    @property
    def media_type(self) -> str:
        """Lower case, without parameters; empty if the server did not say."""
        return media_type(self.headers)

    @property
    def charset(self) -> str | None:
        """The character encoding named in Content-Type, as the server wrote it."""
        message = Headers()
        message["Content-Type"] = self.headers.get("Content-Type", "")
        return message.get_content_charset()


def media_type(headers: httpx.Headers) -> str:
    value: str = headers.get("Content-Type", "")
    return value.partition(";")[0].strip().lower()


class Exchange:
    """Asks for one address. Not thread-safe: it paces by remembering."""

    def __init__(
        self,
        client: httpx.Client,
        settings: FetchSettings,
        pacer: HostPacer,
        *,
        clock: Clock,
        sleep: Sleep,
        now: Now,
    ) -> None:
        self._client = client
        self._settings = settings
        self._pacer = pacer
        self._clock = clock
        self._sleep = sleep
        self._now = now

    def ask(
        self,
        url: httpx.URL,
        *,
        headers: dict[str, str] | None = None,
        max_bytes: int,
        types: frozenset[str] | None = None,
    ) -> Reply:
        """GET an address that `check_url` let through; raises FetchError when no attempt succeeded.

        `types` are the media types that a 200 may have; a body of another type is not read.
        """
        attempt = 1
        while True:
            self._pacer.wait(url.host)
            try:
                return self._attempt(url, headers or {}, max_bytes, types)
            except FetchError as error:
                if not error.transient or attempt >= self._settings.attempts:
                    raise
                if (error.retry_after or 0) > self._settings.retry_after_cap_s:
                    raise  # coming back earlier than asked would be rude, waiting it out useless
                self._sleep(self._pause(attempt, error.retry_after))
            attempt += 1

    def _pause(self, attempt: int, retry_after: float | None) -> float:
        if retry_after is not None:
            return retry_after
        doubled: float = self._settings.backoff_s * 2.0 ** (attempt - 1)
        return min(self._settings.backoff_cap_s, doubled)

    def _attempt(
        self, url: httpx.URL, headers: dict[str, str], max_bytes: int, types: frozenset[str] | None
    ) -> Reply:
        try:
            request = self._client.build_request("GET", url, headers=headers)
            response = self._client.send(request, stream=True)
            try:
                self._raise_for_trouble(url, response)
                content = b""
                if response.status_code == httpx.codes.OK:
                    _check_type(url, response, types)
                    content = self._body(url, response, max_bytes)
            finally:
                response.close()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._explained(url, error) from error
        redirect = response.next_request
        location = redirect.url.copy_with(fragment=None) if redirect else None
        return Reply(url, response.status_code, response.headers, content, location)

    def _raise_for_trouble(self, url: httpx.URL, response: httpx.Response) -> None:
        status = response.status_code
        if status < 500 and status != httpx.codes.TOO_MANY_REQUESTS:
            return
        reason = Reason.SERVER_ERROR
        why = Message("download_server_error", {"status": status})
        retry_after = None
        if status in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
            retry_after = parse_retry_after(response.headers.get("Retry-After"), self._now())
            reason, why = Reason.BUSY, Message("download_busy", {"status": status})
            if retry_after is not None:
                wait = {"status": status, "seconds": round(retry_after)}
                why = Message("download_busy_for", wait)
        raise FetchError(shown(url), reason, why, status=status, retry_after=retry_after)

    def _body(self, url: httpx.URL, response: httpx.Response, max_bytes: int) -> bytes:
        """The decompressed body, given up as soon as it is too large or takes too long."""
        started = self._clock()
        limit = Message("download_too_large", {"limit": f"{max_bytes / MEGABYTE:g}"})
        too_large = FetchError(shown(url), Reason.TOO_LARGE, limit)
        announced = response.headers.get("Content-Length", "")
        if announced.isdecimal() and int(announced[:20]) > max_bytes:
            raise too_large
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > max_bytes:
                raise too_large
            if self._clock() - started > self._settings.total_timeout_s:
                why = Message("download_slow", _seconds(self._settings.total_timeout_s))
                raise FetchError(shown(url), Reason.TIMEOUT, why)
        return bytes(body)

    def _explained(self, url: httpx.URL, error: Exception) -> FetchError:
        if isinstance(error, httpx.ConnectTimeout):
            limit = {"host": url.host, **_seconds(self._settings.connect_timeout_s)}
            return FetchError(shown(url), Reason.TIMEOUT, Message("download_unreachable", limit))
        if isinstance(error, httpx.TimeoutException):
            silent = Message("download_silent", _seconds(self._settings.read_timeout_s))
            return FetchError(shown(url), Reason.TIMEOUT, silent)
        tls = _tls_error(error)
        if tls is not None:
            cause = getattr(tls, "verify_message", "") or tls.reason or "TLS"
            return FetchError(shown(url), Reason.TLS, Message("download_tls", {"reason": cause}))
        if isinstance(error, httpx.ConnectError):
            refused = Message("download_refused", {"host": url.host})
            return FetchError(shown(url), Reason.CONNECTION, refused)
        if isinstance(error, httpx.NetworkError):
            return FetchError(shown(url), Reason.CONNECTION, Message("download_broken"))
        return FetchError(shown(url), Reason.PROTOCOL, Message("download_not_http"))


def _check_type(url: httpx.URL, response: httpx.Response, types: frozenset[str] | None) -> None:
    kind = media_type(response.headers)
    if types is not None and kind not in types:
        sent = (
            Message("download_wrong_type", {"type": kind}) if kind else Message("download_no_type")
        )
        raise FetchError(shown(url), Reason.WRONG_TYPE, sent)
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    if coding not in READABLE_ENCODINGS:
        compressed = Message("download_compressed", {"coding": coding})
        raise FetchError(shown(url), Reason.WRONG_TYPE, compressed)


def _seconds(limit_s: float) -> dict[str, str]:
    return {"seconds": f"{limit_s:g}"}


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """The TLS error behind an httpx error, if that is what it was."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__
    return None
