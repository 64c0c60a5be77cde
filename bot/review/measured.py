"""Requests to the pages, counted, timed and logged: by route and status, never by address.

An address may hold what somebody searched for, or the secret of a sign-in link.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.metrics.collecting import count, observe, registry
from bot.metrics.names import PAGE_TIME, PAGES
from bot.metrics.readiness import Readiness, database_writable, index_loaded
from bot.metrics.readings import house
from bot.metrics.serving import served
from bot.review.site import Site

log = logging.getLogger(__name__)

BROKEN = 500


class Measured:
    """ASGI middleware, the outermost but for Starlette's own answer to what broke."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = BROKEN, time.monotonic()

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sent)
        finally:
            _note(scope, status, time.monotonic() - began)


def _note(scope: Scope, status: int, seconds: float) -> None:
    count(PAGES, method=scope["method"], status=str(status))
    observe(PAGE_TIME, seconds, status=f"{status // 100}xx")
    row = scope.get("path_params", {}).get("id")
    log.info(
        "page: route=%s row=%s status=%d seconds=%s",
        route_of(scope),
        row if isinstance(row, int) else None,
        status,
        round(seconds, 4),
    )


def route_of(scope: Scope) -> str:
    """The pattern of the address, as the code has it; "none" for an address of nothing."""
    return str(getattr(scope.get("route"), "path", "none"))


@contextmanager
def watched(site: Site) -> Iterator[str | None]:
    """With figures and health on an address of their own, where one is set; gives it.

    Raises:
        Failure: the address cannot be used.
    """
    settings = site.settings
    checks = {"database": database_writable(settings), "index": index_loaded(site.index)}
    readiness = Readiness(checks)
    listen = site.own.metrics_listen or settings.metrics_listen
    sources = house("review", settings, readiness)
    with served(listen, registry("review", sources), readiness) as address:
        yield address
