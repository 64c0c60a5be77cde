"""The page and its two endpoints. Only for a browser on this machine, and only for the page itself.

Any web page in the same browser could send requests to 127.0.0.1. So the Host header must be ours
(against names that are made to point here), and what changes something needs a header that no
other page can set without asking first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ..driver import Slack
from ..forms import CannotDo
from .doing import Deed, carry_out
from .seed import Cast
from .shown import everything

HEADER: Final = "X-Frisksvar-Demo"
SCRIPTS: Final = "page talk write home modal blocks fields text".split()
FILES: Final = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    **{f"/{name}.js": (f"{name}.js", "text/javascript") for name in SCRIPTS},
}
FOLDER: Final = Path(__file__).parent
MOST_BYTES: Final = 200_000
"""A modal with every field full is well below."""

SAFE: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

Endpoint = Callable[[Request], Awaitable[Response]]


class Page:
    """`routes` go to the local Slack; `show` tells what they are about once it is there."""

    def __init__(self) -> None:
        self.routes = [
            *(Route(path, _guarded(_file(*file))) for path, file in FILES.items()),
            Route("/demo/state", _guarded(self._state)),
            Route("/demo/do", _guarded(self._do), methods=["POST"]),
        ]
        self._shown: tuple[Slack, Cast] | None = None

    def show(self, slack: Slack, cast: Cast) -> None:
        self._shown = slack, cast

    async def _state(self, request: Request) -> Response:
        """What ?who= sees at ?place=; 204 where that is still ?version=."""
        assert self._shown is not None
        slack, cast = self._shown
        given = request.query_params
        person = cast.person(given.get("who", cast.people[0].user.id))
        if person is None:
            return _refused("unknown_person", 404)
        place = given.get("place") or cast.questions.id
        state = await run_in_threadpool(everything, slack, cast, person.user, place)
        if state["version"] == given.get("version"):
            return Response(status_code=204)
        return JSONResponse(state)

    async def _do(self, request: Request) -> Response:
        assert self._shown is not None
        slack, cast = self._shown
        if HEADER not in request.headers:
            return _refused("header_missing", 403)
        body = await request.body()
        if len(body) > MOST_BYTES:
            return _refused("too_large", 413)
        try:
            deed = Deed.model_validate_json(body)
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False, include_context=False)
            return JSONResponse({"ok": False, "reason": "bad_request", "faults": faults}, 400)
        person = cast.person(deed.who)
        if person is None:
            return _refused("unknown_person", 404)
        try:
            # in a thread: an interaction waits for the app's ack, which this loop brings
            return JSONResponse(await run_in_threadpool(carry_out, slack, person.user, deed.what))
        except CannotDo as error:
            return _refused(str(error), 409)


def _refused(reason: str, status: int) -> Response:
    return JSONResponse({"ok": False, "reason": reason}, status)


def _file(name: str, kind: str) -> Endpoint:
    async def sent(request: Request) -> Response:
        return FileResponse(FOLDER / name, media_type=f"{kind}; charset=utf-8")

    return sent


def _guarded(endpoint: Endpoint) -> Endpoint:
    """Only for our own page."""

    async def checked(request: Request) -> Response:
        port = (request.scope.get("server") or ("", 0))[1]
        ours = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        origin = request.headers.get("Origin")
        if request.headers.get("Host") not in ours:
            return PlainTextResponse("not for this host", 421)
        if origin is not None and origin not in {f"http://{name}" for name in ours}:
            return PlainTextResponse("not for this origin", 403)
        response = await endpoint(request)
        response.headers.update(SAFE)
        return response

    return checked
