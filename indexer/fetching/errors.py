"""Why a download was not made: a code for the caller, one English sentence for a person."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The code of a `FetchError`; the face that shows it chooses the words from this."""

    BAD_URL = "bad_url"
    SCHEME = "scheme_refused"
    CREDENTIALS = "credentials_refused"
    PORT = "port_refused"
    ADDRESS = "address_refused"
    ROBOTS = "robots"
    ROBOTS_UNREADABLE = "robots_unreadable"
    DNS = "dns"
    CONNECTION = "connection"
    TLS = "tls"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    BUSY = "busy"
    SERVER_ERROR = "server_error"
    CLIENT_ERROR = "client_error"
    REDIRECTS = "redirects"
    TOO_LARGE = "too_large"
    WRONG_TYPE = "wrong_type"
    EMPTY = "empty"


TRANSIENT = frozenset(
    {
        Reason.DNS,
        Reason.CONNECTION,
        Reason.TIMEOUT,
        Reason.PROTOCOL,
        Reason.BUSY,
        Reason.SERVER_ERROR,
        Reason.ROBOTS_UNREADABLE,
    }
)


class FetchError(Exception):
    """A download that was refused or did not succeed; `str()` of it is one English sentence.

    `url` is free of user name and password. `detail` is the sentence without the address, for a
    caller that shows the address elsewhere. `status` is the HTTP status where there was one.
    `retry_after` is what the server asked us to wait, in seconds.
    """

    def __init__(
        self,
        url: str,
        reason: Reason,
        detail: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"Could not fetch {url}: {detail}.")
        self.url = url
        self.reason = reason
        self.detail = detail
        self.status = status
        self.retry_after = retry_after

    @property
    def transient(self) -> bool:
        """Whether the same request may well succeed later without anybody changing anything."""
        return self.reason in TRANSIENT
