"""The review pages over a register of their own, and people signed in to them."""

from __future__ import annotations

import json
import re
import shutil
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import itsdangerous
from httpx2 import Response
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests_support import Home

from bot.review.app import build
from bot.review.opening import open_site
from bot.review.settings import ReviewSettings
from bot.review.site import Site
from indexer.index import Index
from knowledge.register.users import Role, User
from knowledge.settings import Settings
from knowledge.store import Store

SECRET = "a key for tests only, a key for tests only"
ADDRESS = "http://testserver"
COOKIE = "frisksvar"
_people = count(1)


@dataclass(frozen=True)
class ReviewSite:
    """Pages, and the site behind them. `app` may be given to a server, too."""

    site: Site
    app: Starlette

    def client(self, **arguments: Any) -> TestClient:
        """A browser of its own. It follows redirects unless told `follow_redirects=False`."""
        return TestClient(self.app, base_url=ADDRESS, **arguments)

    def signed_in(self, role: Role = "reviewer", centre: str | None = None) -> TestClient:
        client = self.client()
        self.sign_in(client, role, centre)
        return client

    def sign_in(
        self, client: TestClient, role: Role = "reviewer", centre: str | None = None
    ) -> User:
        """Make a person and sign them in on a client, with the cookie a sign-in would give."""
        number = next(_people)
        users = self.site.users
        made = users.sign_in("https://test.example", str(number), f"Person {number}")
        if (role, centre) != (made.role, made.centre):
            users.change(made.id, role=role, centre=centre, disabled=False, who="cli")
        user = users.get(made.id)
        assert user is not None
        session(client, user=user.id, language="nb", csrf=f"token of {number}")
        return user


def session(client: TestClient, **values: Any) -> None:
    """Put values into the signed session of a client, beside what is there."""
    held = {**session_of(client), **values}
    signed = itsdangerous.TimestampSigner(SECRET).sign(b64encode(json.dumps(held).encode()))
    client.cookies.clear()
    client.cookies.set(COOKIE, signed.decode(), domain="testserver.local", path="/")


def session_of(client: TestClient) -> dict[str, Any]:
    """What the session of a client holds."""
    held = client.cookies.get(COOKIE)
    if not held:
        return {}
    read: dict[str, Any] = json.loads(b64decode(itsdangerous.TimestampSigner(SECRET).unsign(held)))
    return read


def token(client: TestClient) -> str:
    """The CSRF token of a client's session; one is made where it has none."""
    if "csrf" not in session_of(client):
        client.get("/accessibility")
    return str(session_of(client)["csrf"])


def send(
    client: TestClient, path: str, data: Mapping[str, Any] | None = None, **arguments: Any
) -> Response:
    """Send a form with the token of the session; redirects are not followed unless asked for."""
    arguments.setdefault("follow_redirects", False)
    return client.post(path, data={"csrf": token(client), **(data or {})}, **arguments)


def text_of(response: Response) -> str:
    """What a person reads on a page: the main part without tags, white space put together."""
    found = re.search(r"<main.*?</main>", response.text, re.DOTALL)
    words = re.sub(r"<[^>]+>", " ", found[0] if found else response.text)
    return re.sub(r"\s+", " ", words).strip()


@contextmanager
def opened_site(folder: Path, bundled: Home | None = None, **own: Any) -> Iterator[ReviewSite]:
    """`review_site`, with the register closed at the end."""
    made = review_site(folder, bundled, **own)
    try:
        yield made
    finally:
        made.site.store.close()


def review_site(folder: Path, bundled: Home | None = None, **own: Any) -> ReviewSite:
    """Pages over a new register in `folder`.

    Args:
        bundled: a home whose library and index are copied; without it there is no index.
        own: settings of the pages (`ReviewSettings`).
    """
    home = folder / "home"
    if bundled is not None:
        shutil.copytree(bundled.settings.home, home, ignore=shutil.ignore_patterns("*.db*"))
    settings = Settings(home=home)
    site = open_site(settings, ReviewSettings(**own), Store(settings.database), Index(settings))
    return ReviewSite(site, build(site, SECRET))
