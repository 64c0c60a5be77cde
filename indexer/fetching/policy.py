"""Which addresses may be fetched. An address comes from outside (a list, a person, a redirect), so
it must not be a way to reach what stands behind the operator's firewall.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

import httpx

from indexer.fetching.errors import FetchError, Reason
from indexer.fetching.settings import FetchSettings
from knowledge.messages import Message

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], list[str]]
"""Host name and port to the textual addresses (A and AAAA) it has now; OSError if it has none."""

DEFAULT_PORTS = {"https": 443, "http": 80}
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are the IPv4 address that the packet really goes to."""


def system_resolver(host: str, port: int) -> list[str]:
    """The operating system's answer, in its order of preference (RFC 6724)."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in answers))


def shown(url: httpx.URL | str) -> str:
    """The address as it may stand in a message: without user name and password."""
    if isinstance(url, httpx.URL):
        return str(url.copy_with(userinfo=b""))
    return f"…@{url.rpartition('@')[2]}" if "@" in url else url


def parse_url(text: str) -> httpx.URL:
    """A web address without its fragment; raises FetchError if it is none (bad_url,
    scheme_refused) or carries a user name or password (credentials_refused).

    Whether http, the port and the host are permitted is for `check_url` and `checked_addresses`.
    """
    try:
        url = httpx.URL(text.strip()).copy_with(fragment=None)
    except (httpx.InvalidURL, UnicodeError):
        raise FetchError(shown(text), Reason.BAD_URL, Message("download_bad_url")) from None
    if url.userinfo:
        raise FetchError(shown(url), Reason.CREDENTIALS, Message("download_credentials"))
    if not url.scheme:
        raise FetchError(shown(url), Reason.BAD_URL, Message("download_bad_url"))
    if url.scheme not in DEFAULT_PORTS:
        why = Message("download_scheme", {"scheme": url.scheme})
        raise FetchError(shown(url), Reason.SCHEME, why)
    if not url.host:
        raise FetchError(shown(url), Reason.BAD_URL, Message("download_no_host"))
    return url


def check_url(url: httpx.URL, settings: FetchSettings) -> None:
    """Raises FetchError unless scheme, port and absence of credentials suit the settings.

    Called for the first address and for every redirect.
    """
    parse_url(str(url))
    if url.scheme == "http" and not settings.allow_http:
        raise FetchError(shown(url), Reason.SCHEME, Message("download_http"))
    port = port_of(url)
    if port not in settings.ports:
        raise FetchError(shown(url), Reason.PORT, Message("download_port", {"port": port}))


def port_of(url: httpx.URL) -> int:
    return DEFAULT_PORTS[url.scheme] if url.port is None else url.port


def checked_addresses(
    url: httpx.URL, settings: FetchSettings, resolve: Resolver = system_resolver
) -> list[IPAddress]:
    """The addresses of the host, all of them permitted; raises FetchError (dns, address_refused).

    One refused address among several refuses the host: a public site has no private address, and
    choosing the good one would let the other be reached when the good one fails.
    """
    host = url.raw_host.decode("ascii")
    try:
        answers = resolve(host, port_of(url))
        addresses = [ipaddress.ip_address(answer) for answer in answers]
    except (OSError, UnicodeError, ValueError):
        addresses = []
    if not addresses:
        raise FetchError(shown(url), Reason.DNS, Message("download_dns", {"host": url.host}))
    for address in addresses:
        if not is_permitted(address, allow_private=settings.allow_private):
            where = {"host": url.host, "address": address}
            private = is_permitted(address, allow_private=True)
            why = Message("download_private" if private else "download_special", where)
            raise FetchError(shown(url), Reason.ADDRESS, why)
    return addresses


def is_permitted(address: IPAddress, *, allow_private: bool = False) -> bool:
    """Whether a connection may go there, judged by the innermost address of a tunnel form."""
    address = _innermost(address)
    # `is_global` alone lets multicast through, and older Pythons differ on site-local.
    special = (
        address.is_multicast
        or address.is_unspecified
        or address.is_link_local
        or (address.is_reserved and not address.is_loopback)
    )
    if special:
        return False
    site_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    if allow_private:
        return address.is_global or address.is_private
    return address.is_global and not site_local


def _innermost(address: IPAddress) -> IPAddress:
    """The IPv4 address inside an IPv4-mapped, 6to4, Teredo or NAT64 address, else the address."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)
