"""Running the pages: over HTTP, until the process is told to stop."""

from __future__ import annotations

import signal
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette

from bot.listening import listening
from bot.metrics import systemd

GRACE_SECONDS = 10
MOST_AT_ONCE = 200
"""Requests under way; a centre's staff are some ten people."""


def serve(
    app: Starlette, host: str, port: int, *, proxied: bool, ready: Callable[[int], None]
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        port: 0 takes a free one.
        proxied: another server does https in front; then its X-Forwarded-For is believed, from
            the addresses in FORWARDED_ALLOW_IPS (127.0.0.1 when not set).
        ready: called with the port when connections are taken.

    Raises:
        Failure: the address cannot be used.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=proxied,
        limit_concurrency=MOST_AT_ONCE,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = uvicorn.Server(config)

    def stop(*_: object) -> None:
        server.should_exit = True

    for ending in (signal.SIGTERM, signal.SIGINT):
        # uvicorn has its own while it runs, and raises the signal again when it has stopped: the
        # register still has to be closed.
        signal.signal(ending, stop)
    with listening(host, port, "review_port_taken") as taken:
        ready(taken.getsockname()[1])
        systemd.notify(systemd.READY)
        try:
            server.run(sockets=[taken])
        finally:
            systemd.notify(systemd.STOPPING)
