"""How a page is asked for and given: roles, forms, templates, headers.

A handler is a plain function that runs in a thread. `get` and `post` make a route of it that lets
in only who has the role; `post` also refuses a form without the token of the session.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.review.numbers import ID_DIGITS, whole
from bot.review.rendering import templates
from bot.review.site import Site
from knowledge.messages import LANGUAGES, Language, say
from knowledge.register.users import Role, User

RANK: Final[Mapping[Role, int]] = {"none": 0, "reader": 1, "reviewer": 2, "admin": 3}
MOST_FIELDS: Final = 5_000
"""Of one form: a bulk change names each inquiry."""

MOST_KEY_CHARACTERS: Final = 64
MOST_FIELD_BYTES: Final = 200_000
MOST_BYTES: Final = 12_000_000
"""Of one request; a spreadsheet of 20,000 rows is smaller."""


class IdConvertor(IntegerConvertor):
    """A number in an address that can be an id of a row."""

    regex = f"[0-9]{{1,{ID_DIGITS}}}"


# In the place of Starlette's own, which takes thousands of digits that `int` then refuses.
register_url_convertor("int", IdConvertor())

Answer = Callable[[Request], Response]
Taking = Callable[[Request, "Form"], Response]


@dataclass(frozen=True)
class Upload:
    """A file that somebody sent. Its name is what they say it is."""

    name: str
    content: bytes


class Form:
    """What was filled in. Nothing in it is trusted."""

    def __init__(self, data: FormData, files: Mapping[str, Upload]) -> None:
        self._data = data
        self._files = files

    def text(self, name: str, default: str = "") -> str:
        value = self._data.get(name)
        return value.strip() if isinstance(value, str) else default

    def several(self, name: str) -> list[str]:
        return [value for value in self._data.getlist(name) if isinstance(value, str) and value]

    def number(self, name: str) -> int | None:
        """A whole number; None for anything else."""
        return whole(self.text(name))

    def key(self) -> str:
        """The key that the form was shown with, so that sent twice it is one row; or a new one."""
        key = self.text("key")
        usable = key.isalnum() and key.isascii() and len(key) <= MOST_KEY_CHARACTERS
        return key if usable else uuid4().hex

    def file(self, name: str) -> Upload | None:
        return self._files.get(name)

    def names(self) -> list[str]:
        return list(self._data.keys())


def site(request: Request) -> Site:
    return cast(Site, request.app.state.site)


def user_of(request: Request) -> User | None:
    """Who is signed in; read anew for each request, so that a change of role holds at once."""
    if not hasattr(request.state, "user"):
        number = request.session.get("user")
        found = site(request).users.get(number) if isinstance(number, int) else None
        request.state.user = None if found is None or found.disabled else found
    return cast("User | None", request.state.user)


def me(request: Request) -> User:
    """Who is signed in, where the route has made sure that somebody is."""
    found = user_of(request)
    assert found is not None
    return found


def who(request: Request) -> str:
    """As the audit trail names them."""
    return f"user:{me(request).id}"


def may_change(request: Request, centre: str | None) -> bool:
    """Whether this person may change rows of a centre (None: rows of nobody's)."""
    user = me(request)
    own = user.centre is None or centre is None or user.centre == centre
    return own and RANK[user.role] >= RANK["reviewer"]


def may_write(request: Request) -> bool:
    """Whether this person may write anything at all."""
    return RANK[me(request).role] >= RANK["reviewer"]


def language_of(request: Request) -> Language:
    """Chosen on the page, or what the browser prefers, or bokmål."""
    chosen = request.session.get("language")
    if chosen in LANGUAGES:
        return cast(Language, chosen)
    for part in request.headers.get("accept-language", "").split(","):
        code = part.split(";")[0].strip().lower()[:2]
        if code in ("nb", "nn", "en"):
            return cast(Language, code)
        if code == "no":
            return "nb"
    return "nb"


def csrf_token(request: Request) -> str:
    """The token of this session, which every form carries."""
    token = request.session.get("csrf")
    if not isinstance(token, str):
        token = request.session["csrf"] = secrets.token_urlsafe(32)
    return token


def flash(request: Request, message: str, *, wrong: bool = False, undo: str | None = None) -> None:
    """A sentence on top of the next page; `undo`: the address that a button «Angre» posts to."""
    request.session["flash"] = {"text": message, "wrong": wrong, "undo": undo}


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """A page from a template (templates/), with what every page knows.

    In a template: `say(key, …)`, `user`, `language`, `csrf` (the hidden field), `date(…)`,
    `moment(…)`, `number(…)`, and what is given here.
    """
    language = language_of(request)
    html = (
        templates()
        .get_template(template)
        .render(
            request=request,
            path=request.url.path,
            user=user_of(request),
            rank=RANK,
            language=language,
            say=lambda key, **fields: say(key, language, **fields),
            token=csrf_token(request),
            flash=request.session.pop("flash", None),
            public_ideas=site(request).own.public_ideas,
            **values,
        )
    )
    return HTMLResponse(html, status_code=status)


def redirect(address: str) -> Response:
    """To a page of ours: 303, so that a form is not sent again."""
    return RedirectResponse(local(address), status_code=303)


def local(address: str) -> str:
    """An address within this site, or the front page: no open redirect.

    A browser takes «//host» and «/\\host» for another site.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    here = (
        address.startswith("/")
        and not address.startswith(("//", "/\\"))
        and not parts.scheme
        and not parts.netloc
        and "\\" not in address
        and address.isprintable()
    )
    return address if here else "/"


def refused(request: Request, key: str, status: int) -> Response:
    return page(request, "told.html", status=status, title_key=key)


def get(
    path: str,
    handler: Answer,
    role: Role | Callable[[Request], Role] = "reader",
    name: str | None = None,
) -> Route:
    """A page for those who have the role, or the one that the function says."""

    async def endpoint(request: Request) -> Response:
        needed = role(request) if callable(role) else role
        turned_away = _turned_away(request, needed)
        if turned_away is not None:
            return turned_away
        return await run_in_threadpool(handler, request)

    return Route(path, endpoint, methods=["GET"], name=name or handler.__name__)


def post(path: str, handler: Taking, role: Role = "reviewer", name: str | None = None) -> Route:
    """What a form does, for those who have the role, with the token of their session."""

    async def endpoint(request: Request) -> Response:
        form = await _form(request)
        if form is None:
            return refused(request, "review_too_large", 413)
        given = form.text("csrf")
        if not secrets.compare_digest(given.encode(), csrf_token(request).encode()):
            return refused(request, "review_form_expired", 403)
        turned_away = _turned_away(request, role)
        if turned_away is not None:
            return turned_away
        return await run_in_threadpool(handler, request, form)

    return Route(path, endpoint, methods=["POST"], name=name or handler.__name__)


def _turned_away(request: Request, role: Role) -> Response | None:
    user = user_of(request)
    if role == "none":
        return None
    if user is None:
        if request.method == "GET":
            request.session["next"] = local(
                request.url.path + (f"?{request.url.query}" if request.url.query else "")
            )
        return redirect("/sign-in")
    if RANK[user.role] < RANK[role]:
        key = "review_no_role" if user.role == "none" else "review_not_allowed"
        return refused(request, key, 403)
    return None


async def _form(request: Request) -> Form | None:
    """The form of a request; None where it is too large."""
    length = request.headers.get("content-length", "")
    # A body in chunks tells no length, or (both headers) a length that is not its own.
    if "transfer-encoding" in request.headers:
        return None
    if not (length.isascii() and length.isdigit()) or len(length) > len(str(MOST_BYTES)):
        return None
    if int(length) > MOST_BYTES:
        return None
    data = await request.form(max_files=2, max_fields=MOST_FIELDS, max_part_size=MOST_FIELD_BYTES)
    files = {
        name: Upload(value.filename or "", await value.read())
        for name, value in data.items()
        if isinstance(value, UploadFile)
    }
    await data.close()
    return Form(data, files)


Endpoint = Callable[[Request], Awaitable[Response]]
