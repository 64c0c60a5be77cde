"""/metrics, /healthz and /readyz on an address of their own, never on that of the pages."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.listening import listening
from bot.metrics.readiness import Readiness

MOST_AT_ONCE: Final = 16
"""Requests under way; Prometheus, the container and a colleague are three."""

START_SECONDS: Final = 10.0
STOP_SECONDS: Final = 3


def app(registry: CollectorRegistry, readiness: Readiness) -> Starlette:
    """The three pages. They hold figures and codes only, nothing of anybody."""

    def metrics(request: Request) -> Response:
        encode, kind = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), headers={"content-type": kind})

    async def healthy(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    def ready(request: Request) -> Response:
        troubles = readiness.troubles()
        well = not any(troubles.values())
        checks = {name: trouble or "ok" for name, trouble in troubles.items()}
        return JSONResponse({"ready": well, "checks": checks}, status_code=200 if well else 503)

    return Starlette(
        routes=[
            Route("/metrics", metrics, methods=["GET"]),
            Route("/healthz", healthy, methods=["GET"]),
            Route("/readyz", ready, methods=["GET"]),
        ]
    )


def address_of(listen: str) -> tuple[str, int]:
    """Host and port of "127.0.0.1:9464" or "[::1]:9464".

    Raises:
        ValueError: it is not of this form.
    """
    host, colon, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not (port.isascii() and port.isdecimal()) or int(port) > 65_535:
        raise ValueError(listen)
    return host, int(port)


@contextmanager
def served(
    listen: str | None, registry: CollectorRegistry, readiness: Readiness
) -> Iterator[str | None]:
    """Serve while the block runs, in a thread of its own; gives the address, None where off.

    Raises:
        Failure: the address cannot be used.
    """
    if listen is None:
        yield None
        return
    host, port = address_of(listen)
    with listening(host, port, "operation_watch_address_taken") as taken:
        config = uvicorn.Config(
            app(registry, readiness),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            limit_concurrency=MOST_AT_ONCE,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve(sockets=[taken])),
            name="metrics",
            daemon=True,
        )
        thread.start()
        try:
            shown = f"[{host}]" if ":" in host else host
            yield f"http://{shown}:{taken.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(STOP_SECONDS + START_SECONDS)
