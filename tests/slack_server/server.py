"""The server: Starlette under uvicorn in a thread of its own, on a port of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from email.utils import formatdate
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket
from uvicorn.protocols.http.h11_impl import H11Protocol

from .delivery import Deliveries, Timing
from .events import Events
from .faults import Faults
from .http_events import HttpEvents
from .response_urls import ResponseUrls
from .socket_mode import Sockets
from .state import SlackApp, SlackError, World
from .web_api import WebApi

START_S = 10.0
TICK_S = 0.2
"""How often the Date header is renewed; it has whole seconds."""

Address = tuple[str, int]


class _Uvicorn(uvicorn.Server):
    """Ends when it is told to, not at the next tenth of a second: tests start many.

    Attributes:
        ahead: by how many seconds the Date header is wrong.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stopping = asyncio.Event()
        self.ahead = 0.0

    async def main_loop(self) -> None:
        while not self.stopping.is_set():
            await self.on_tick(0)  # makes the headers anew
            if self.ahead:
                date = formatdate(time.time() + self.ahead, usegmt=True).encode()
                rest = [one for one in self.server_state.default_headers if one[0] != b"date"]
                self.server_state.default_headers = [(b"date", date), *rest]
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), TICK_S)


class Server:
    """One Slack. `routes` are served beside Slack's own, for pages that show what is in here."""

    def __init__(
        self,
        app: SlackApp,
        timing: Timing,
        routes: Sequence[BaseRoute] = (),
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int = 0,
    ) -> None:
        self.world = World(app, seed)
        self.timing = timing
        self.faults = Faults()
        self.deliveries = Deliveries(self.world, timing, self.faults)
        self.events = Events(self.world, self.deliveries)
        self.sockets = Sockets(self.world, timing.ack_s)
        self.response_urls = ResponseUrls(self.world, self.events, timing)
        self.api = WebApi(
            self.world, self.events, self.sockets, self.faults, timing, self._cut_request
        )
        self.faults.cut_sockets = self.cut_sockets
        self._transports: dict[Address, asyncio.Transport] = {}
        self._http: HttpEvents | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._listening = socket.create_server((host, port))
        self.url = f"http://{host}:{self._listening.getsockname()[1]}"
        self.api.address = self.response_urls.address = self.url
        self._uvicorn = _Uvicorn(self._config(routes))
        self._thread = threading.Thread(target=self._run, name="slack-server", daemon=True)

    def start(self) -> None:
        self._thread.start()
        if not self._ready.wait(START_S):
            raise RuntimeError("the Slack server did not start")

    def stop(self) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._uvicorn.stopping.set)
        self._thread.join(START_S)
        self._listening.close()

    def clock_ahead(self, seconds: float) -> None:
        """Let the Date header be wrong from the next tick on."""
        self._uvicorn.ahead = seconds
        time.sleep(2 * TICK_S)

    def use_socket_mode(self) -> None:
        self.deliveries.outlet = self.sockets

    def use_http(self, url: str) -> bool:
        """Send events and interactions to a request URL; whether it answered the challenge."""

        async def use() -> bool:
            if self._http:
                await self._http.close()
            self._http = HttpEvents(self.world, url, self.timing.ack_s)
            self.deliveries.outlet = self._http
            return await self._http.verify()

        return bool(self.in_loop(use()))

    def in_loop(self, work: Any) -> Any:
        """Run a coroutine on the server's loop and wait for it."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(START_S)

    def cut_sockets(self) -> None:
        """Cut every WebSocket off without a word."""

        async def cut() -> None:
            for connection in list(self.sockets.connections):
                self._cut(connection.socket.scope)

        self.in_loop(cut())

    def _run(self) -> None:
        # uvicorn's own loop factory would bring uvloop in where it happens to be installed
        asyncio.run(self._uvicorn.serve(sockets=[self._listening]))

    def _config(self, routes: Sequence[BaseRoute]) -> uvicorn.Config:
        app = Starlette(
            routes=[
                Route("/api/{method}", self.api.endpoint, methods=["GET", "POST"]),
                Route("/response/{path:path}", self._response_url, methods=["POST"]),
                WebSocketRoute("/link/", self._link),
                *routes,
            ],
            lifespan=self._lifespan,
        )
        return uvicorn.Config(
            app,
            http=self._protocol(),
            ws="websockets-sansio",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        self._loop = asyncio.get_running_loop()
        self.deliveries.start(self._loop)
        self._ready.set()
        yield
        self.deliveries.stop()
        if self._http:
            await self._http.close()

    def _protocol(self) -> type[H11Protocol]:
        """HTTP/1.1 that remembers its transports: a mishap may have to cut one."""
        transports = self._transports

        class Protocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                self.peer: Address = transport.get_extra_info("peername")[:2]
                transports[self.peer] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(self.peer, None)
                super().connection_lost(exc)

        return Protocol

    def _cut_request(self, request: Request) -> None:
        self._cut(request.scope)

    def _cut(self, scope: Any) -> None:
        transport = self._transports.get(tuple(scope["client"]))
        if transport:
            transport.abort()

    async def _link(self, socket: WebSocket) -> None:
        if self.faults.away:
            self._cut(socket.scope)
            return
        try:
            await self.sockets.endpoint(socket)
        finally:
            self._transports.pop(tuple(socket.scope["client"]), None)

    async def _response_url(self, request: Request) -> Response:
        if self.faults.away:
            self._cut_request(request)
            return Response()
        try:
            self.response_urls.use(request.path_params["path"], await request.json())
        except SlackError as refusal:
            status = 404 if refusal.code in {"expired_url", "used_url"} else 400
            return JSONResponse({"ok": False, "error": refusal.code} | refusal.more, status)
        return PlainTextResponse("ok")
