"""Connections that go only to an address that was checked.

Checking a name and then letting the HTTP library resolve it again leaves a gap: a name server can
answer a public address to the check and 127.0.0.1 to the connection (DNS rebinding). Here the name
is resolved once per request, every answer is checked, and the connection is opened to that very
address as a literal, so that there is no second look-up to lie to. The Host header, the TLS server
name and the certificate check still use the name.
"""

from __future__ import annotations

import ssl

import httpx

from indexer.fetching.policy import IPAddress, Resolver, checked_addresses, system_resolver
from indexer.fetching.settings import FetchSettings


class PinnedTransport(httpx.BaseTransport):
    """An httpx transport that resolves, checks and dials. Raises FetchError when refused.

    No proxy is used, also not one from the environment: a proxy would resolve the name itself.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        resolve: Resolver = system_resolver,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._resolve = resolve
        # No connection is kept: the pool knows connections by address, so a kept one could serve
        # another name at the same address without that name's certificate having been checked.
        self._inner = httpx.HTTPTransport(
            verify=ssl_context or True, limits=httpx.Limits(max_keepalive_connections=0)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        *others, last = checked_addresses(request.url, self._settings, self._resolve)
        for address in others:
            try:
                return self._inner.handle_request(_dialled(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # e.g. an AAAA record on a machine without IPv6
        return self._inner.handle_request(_dialled(request, last))

    def close(self) -> None:
        self._inner.close()


def _dialled(request: httpx.Request, address: IPAddress) -> httpx.Request:
    """The same request (its Host header is already set) to a literal address."""
    extensions = {**request.extensions, "sni_hostname": request.url.raw_host.decode("ascii")}
    return httpx.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions=extensions,
    )
