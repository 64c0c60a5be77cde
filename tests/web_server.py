"""A real web server on 127.0.0.1 whose answers a test scripts and whose requests it can read."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Request:
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """`body` in pieces is sent without Content-Length, with `drip_s` between the pieces; `pause_s`
    passes before anything is sent. `headers` win over those that follow from the rest."""

    body: bytes | Iterable[bytes] = b""
    status: int = 200
    content_type: str | None = HTML
    headers: Mapping[str, str] = field(default_factory=dict)
    pause_s: float = 0.0
    drip_s: float = 0.0


Script = Answer | Callable[[Request], Answer]


def document(
    body: bytes,
    *,
    etag: str | None = None,
    last_modified: str | None = None,
    content_type: str = HTML,
) -> Callable[[Request], Answer]:
    """A document as a well-behaved server has it: 304 when a validator of the request matches."""
    validators = {"ETag": etag, "Last-Modified": last_modified}
    headers = {name: value for name, value in validators.items() if value}

    def answer(request: Request) -> Answer:
        known = request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")
        if (etag and known[0] == etag) or (last_modified and known[1] == last_modified):
            return Answer(status=304, content_type=None, headers=headers)
        return Answer(body, content_type=content_type, headers=headers)

    return answer


def redirect(location: str, status: int = 302) -> Answer:
    return Answer(status=status, content_type=None, headers={"Location": location})


class WebServer:
    """A context manager. A path that nobody scripted answers 404.

    `requests` holds what was received, in order; `sent` counts body bytes handed to the network.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.sent = 0
        self._scripts: dict[str, list[Script]] = {}
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def script(self, path: str, *answers: Script) -> str:
        """Answer `path` with these, one for each request, the last one for ever; its address."""
        self._scripts[path] = list(answers)
        return self.url(path)

    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    def pages(self) -> list[Request]:
        """The requests but those for robots.txt."""
        return [request for request in self.requests if request.path != "/robots.txt"]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _next(self, request: Request) -> Answer:
        scripts = self._scripts.get(request.path)
        if not scripts:
            return Answer(b"not here", status=404)
        script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        return script if isinstance(script, Answer) else script(request)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                request = Request(self.path, dict(self.headers.items()))
                web.requests.append(request)
                answer = web._next(request)
                web._stopping.wait(answer.pause_s)
                self._head(answer)
                pieces = [answer.body] if isinstance(answer.body, bytes) else answer.body
                for piece in pieces:
                    self.wfile.write(piece)
                    web.sent += len(piece)
                    if web._stopping.wait(answer.drip_s):
                        break

            def _head(self, answer: Answer) -> None:
                headers = {"Connection": "close"}
                if answer.content_type is not None:
                    headers["Content-Type"] = answer.content_type
                if isinstance(answer.body, bytes) and answer.status != 304:
                    headers["Content-Length"] = str(len(answer.body))
                self.send_response(answer.status)
                for name, value in (headers | dict(answer.headers)).items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close waits for the handlers, so no test leaves one behind

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up early is what several tests are about."""
