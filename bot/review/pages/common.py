"""The front page, the choice of language, and the accessibility statement."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.review.web import RANK, Form, get, language_of, page, post, redirect, user_of
from knowledge.messages import LANGUAGES


def start(request: Request) -> Response:
    """To the queue, or to signing in."""
    user = user_of(request)
    if user is None:
        return redirect("/sign-in")
    if RANK[user.role] < RANK["reader"]:
        return page(request, "told.html", status=403, title_key="review_no_role")
    return redirect("/queue")


def language(request: Request, form: Form) -> Response:
    chosen = form.text("language")
    if chosen in LANGUAGES:
        request.session["language"] = chosen
    return redirect(form.text("next") or "/")


def accessibility(request: Request) -> Response:
    """The tilgjengelighetserklæring that the law asks for; a template that the owner fills in."""
    return page(request, "accessibility.html", chosen=language_of(request))


routes: list[Route] = [
    get("/", start, role="none"),
    post("/language", language, role="none"),
    get("/accessibility", accessibility, role="none"),
]
