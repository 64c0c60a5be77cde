"""One inquiry: its page, what is done to it there, and its file for an access request."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.review.pages.inquiry_answering import answer, hand_over
from bot.review.pages.inquiry_correcting import correct, set_status
from bot.review.pages.inquiry_marking import ask_delete, delete, duplicate, redact
from bot.review.pages.inquiry_rows import changing, inquiry_of
from bot.review.pages.inquiry_showing import show
from bot.review.pages.queue_place import address
from bot.review.web import get, language_of, post, redirect, site
from knowledge.exchange.inquiry_file import inquiry_as_html, inquiry_as_json


def inquiry(request: Request) -> Response:
    return show(request, inquiry_of(request))


def back(request: Request) -> Response:
    """For who asks for the address of a form (to read its answer in another language): its page."""
    return redirect(address(request, inquiry_of(request).id))


def file_html(request: Request) -> Response:
    """All that is kept of an inquiry as one page, for an access request."""
    number = inquiry_of(request).id
    made = inquiry_as_html(site(request).store, number, language_of(request))
    return _download(made, "text/html; charset=utf-8", f"henvendelse-{number}.html")


def file_json(request: Request) -> Response:
    """The same for machines."""
    number = inquiry_of(request).id
    made = inquiry_as_json(site(request).store, number)
    return _download(made, "application/json", f"henvendelse-{number}.json")


def _download(content: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=headers)


routes: list[Route] = [
    get("/inquiry/{number:int}", inquiry),
    get("/inquiry/{number:int}/file.html", file_html),
    get("/inquiry/{number:int}/file.json", file_json),
    get("/inquiry/{number:int}/delete", ask_delete, role="reviewer"),
    get("/inquiry/{number:int}/{form}", back, name="inquiry_back"),
    post("/inquiry/{number:int}/correct", changing(correct)),
    post("/inquiry/{number:int}/status", changing(set_status)),
    post("/inquiry/{number:int}/answer", changing(answer)),
    post("/inquiry/{number:int}/hand-over", changing(hand_over)),
    post("/inquiry/{number:int}/duplicate", changing(duplicate)),
    post("/inquiry/{number:int}/redact", changing(redact)),
    post("/inquiry/{number:int}/delete", changing(delete)),
]
