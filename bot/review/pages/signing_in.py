"""Signing in: with Slack or another provider, or by a one-time link; and signing out."""

from __future__ import annotations

import logging
from typing import cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.review.limits import Tries
from bot.review.oidc import NotSignedIn, Provider
from bot.review.web import (
    Form,
    flash,
    get,
    language_of,
    page,
    post,
    redirect,
    refused,
    site,
    user_of,
)
from knowledge.messages import say
from knowledge.register.users import FIRST_ADMIN, LOCAL, User

log = logging.getLogger(__name__)


def choose(request: Request) -> Response:
    """The ways in."""
    if user_of(request) is not None:
        return redirect("/")
    return page(request, "sign_in/choose.html", providers=list(_providers(request).values()))


async def begin(request: Request) -> Response:
    """To a provider."""
    provider = _providers(request).get(request.path_params["provider"])
    if provider is None:
        return refused(request, "review_missing", 404)
    if (seconds := _tries(request).wait(_address(request))) > 0:
        return _later(request, seconds)
    try:
        return await provider.begin(request)
    except NotSignedIn as error:
        return _failed(request, provider, error)


async def finish(request: Request) -> Response:
    """Back from a provider."""
    provider = _providers(request).get(request.path_params["provider"])
    if provider is None:
        return refused(request, "review_missing", 404)
    if (seconds := _tries(request).wait(_address(request))) > 0:
        return _later(request, seconds)
    try:
        identity = await provider.finish(request)
    except NotSignedIn as error:
        return _failed(request, provider, error)
    user = await run_in_threadpool(
        site(request).users.sign_in, identity.issuer, identity.subject, identity.name
    )
    if user.disabled:
        return refused(request, "review_disabled", 403)
    return _welcome(request, user)


def show_link(request: Request) -> Response:
    """A button. Programs that look at links before people do must not use one up."""
    return page(request, "sign_in/link.html")


def use_link(request: Request, form: Form) -> Response:
    """Sign in with a one-time link."""
    if (seconds := _tries(request).wait(_address(request))) > 0:
        return _later(request, seconds)
    users = site(request).users
    user = users.use_link(request.path_params["secret"])
    if user is not None and _is_first(user) and not users.has_admin():
        user = users.first_admin()
    if user is None:
        _tries(request).failed(_address(request))
        return refused(request, "review_link_gone", 403)
    return _welcome(request, user)


def sign_out(request: Request, form: Form) -> Response:
    language = request.session.get("language")
    request.session.clear()
    if language is not None:
        request.session["language"] = language
    flash(request, say("review_signed_out", language_of(request)))
    return redirect("/sign-in")


def _welcome(request: Request, user: User) -> Response:
    """A new session: nothing that was put into the old one by others is carried over."""
    onwards = request.session.get("next")
    language = request.session.get("language")
    request.session.clear()
    request.session["user"] = user.id
    if language is not None:
        request.session["language"] = language
    return redirect(onwards if isinstance(onwards, str) else "/")


def _is_first(user: User) -> bool:
    """Whether this is the account of whoever started the program."""
    return (user.issuer, user.subject) == (LOCAL, FIRST_ADMIN)


def _failed(request: Request, provider: Provider, error: NotSignedIn) -> Response:
    """The kind of error only is logged: a message may hold a token."""
    kind = type(error.__cause__).__name__
    log.warning("sign-in failed: provider=%s error=%s", provider.name, kind)
    _tries(request).failed(_address(request))
    return page(request, "sign_in/failed.html", status=400, provider=provider)


def _later(request: Request, seconds: int) -> Response:
    minutes = -(-seconds // 60)
    sentence = say("review_too_many_tries", language_of(request), minutes=minutes)
    answer = page(request, "sentence.html", status=429, sentence=sentence)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _providers(request: Request) -> dict[str, Provider]:
    return cast("dict[str, Provider]", request.app.state.providers)


def _tries(request: Request) -> Tries:
    return cast(Tries, request.app.state.tries)


def _address(request: Request) -> str:
    """Of whoever asks; uvicorn reads it from the proxy's header where there is one."""
    return request.client.host if request.client else ""


routes: list[Route] = [
    get("/sign-in", choose, role="none", name="sign_in"),
    Route("/sign-in/{provider}", begin, methods=["GET"]),
    Route("/sign-in/{provider}/callback", finish, methods=["GET"]),
    post("/sign-out", sign_out, role="none"),
    get("/link/{secret}", show_link, role="none"),
    post("/link/{secret}", use_link, role="none"),
]
