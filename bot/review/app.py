"""The pages as one Starlette application."""

from __future__ import annotations

import logging
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from bot.review.headers import HEADERS, SecurityHeaders
from bot.review.limits import Tries
from bot.review.measured import Measured, route_of
from bot.review.oidc import providers
from bot.review.pages import (
    annual,
    ask,
    common,
    forgetting,
    gaps,
    idea_bank,
    ideas,
    importing,
    inquiry,
    queue,
    report,
    reuse,
    signing_in,
    sources,
    users,
    visits,
)
from bot.review.site import Site
from bot.review.web import refused
from knowledge.messages import Failure

log = logging.getLogger(__name__)

SESSION_SECONDS = 12 * 3600
"""A working day: whoever leaves the machine is signed out by the next morning."""

STATIC = Path(__file__).parent / "static"


def build(site: Site, secret: str) -> Starlette:
    """The pages over a register.

    Args:
        secret: signs the sessions; the same one keeps people signed in across restarts.
    """
    modules = (
        common,
        signing_in,
        users,
        queue,
        inquiry,
        reuse,
        visits,
        ideas,
        forgetting,
        idea_bank,
        annual,
        report,
        importing,
        gaps,
        ask,
        sources,
    )
    app = Starlette(
        routes=[
            *(route for module in modules for route in module.routes),
            Mount("/static", StaticFiles(directory=STATIC), name="static"),
        ],
        middleware=[
            Middleware(Measured),
            Middleware(SecurityHeaders),
            Middleware(
                SessionMiddleware,
                secret_key=secret,
                session_cookie="frisksvar",
                max_age=SESSION_SECONDS,
                same_site="lax",
                https_only=site.own.secure,
            ),
        ],
        exception_handlers={404: _missing, 405: _missing, Failure: _told, 500: _broken},
    )
    app.state.site = site
    app.state.providers = providers(site.own)
    app.state.tries = Tries()
    return app


def _missing(request: Request, error: Exception) -> Response:
    return refused(request, "review_missing", 404)


def _told(request: Request, error: Exception) -> Response:
    """One sentence for what somebody could meet."""
    from bot.review.web import language_of, page

    assert isinstance(error, Failure)
    return page(request, "sentence.html", status=409, sentence=error.sentence(language_of(request)))


def _broken(request: Request, error: Exception) -> Response:
    """The type only is logged: a message may hold what somebody wrote."""
    log.error("page failed: route=%s error=%s", route_of(request.scope), type(error).__name__)
    # Starlette answers this one outside the middleware that sets the headers.
    return PlainTextResponse("500", status_code=500, headers=HEADERS)
