"""Why a download was not made: a code for the caller, one sentence for a person."""

from __future__ import annotations

from enum import StrEnum

from knowledge.messages import Failure, Message


class Reason(StrEnum):
    """The code of a `FetchError`: what a program does about it hangs on this."""

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


class FetchError(Failure):
    """A download that was refused or did not succeed.

    Args:
        url: free of user name and password.
        reason: the code.
        why: the sentence without the address (a message `download_…`), for a caller that shows the
            address elsewhere; `detail` is the same in English.
        status: the HTTP status where there was one.
        retry_after: what the server asked us to wait, in seconds.
    """

    def __init__(
        self,
        url: str,
        reason: Reason,
        why: Message,
        *,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__("download_failed", url=url, reason=why)
        self.url = url
        self.reason = reason
        self.why = why
        self.status = status
        self.retry_after = retry_after

    @property
    def detail(self) -> str:
        return str(self.why)

    @property
    def transient(self) -> bool:
        """Whether the same request may well succeed later without anybody changing anything."""
        return self.reason in TRANSIENT
