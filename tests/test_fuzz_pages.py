"""Addresses and callbacks with anything in them: a page or a refusal, never an error of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from fuzz import examples, repeated
from fuzz.mutations import ODD
from hypothesis import given
from hypothesis import strategies as st
from oidc_provider import CLIENT, CLIENT_SECRET, OidcProvider, running_provider
from review_site import ReviewSite, opened_site, session
from review_world import World, world
from starlette.routing import Route
from starlette.testclient import TestClient

from bot.review.limits import Tries

NAMES = (
    *("status", "centre", "municipality", "county", "topic", "actor", "outcome", "vote", "sort"),
    *("language", "channel", "since", "until", "text", "deleted", "page", "queue", "year", "q"),
    *("from", "to", "inquiry", "visit", "idea", "address", "table", "number", "period", "kind"),
    *("copy", "like", "state", "code", "error", "next", "show", "format"),
)  # fmt: skip
VALUES = (
    *(str(value) for value in ODD if isinstance(value, str | int) and "\ud83d" not in str(value)),
    *("9" * 5_000, "2022", "2022-01-01", "9999-12-31", "0001-01-01", "2022-13-45", "-id", "none"),
    *("1103", "stavanger", "1", "true", "table:1", "inquiries/1/a", "2014-2022", "2022:2014", "%"),
)  # fmt: skip
PAIRS = st.lists(
    st.tuples(
        st.sampled_from(NAMES), st.one_of(st.sampled_from(VALUES), st.text("a1 :-/.²٣", max_size=9))
    ),
    min_size=1,
    max_size=4,
)
MANY = 10**9


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    with running_provider() as made:
        yield made


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, provider: OidcProvider) -> Iterator[ReviewSite]:
    with opened_site(
        tmp_path_factory.mktemp("fuzz"),
        url="http://testserver",
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=CLIENT_SECRET,
    ) as made:
        made.app.state.tries = Tries(MANY, MANY)
        yield made


@pytest.fixture(scope="module")
def made(pages: ReviewSite) -> World:
    return world(pages)


@pytest.fixture(scope="module")
def admin(pages: ReviewSite, made: World) -> TestClient:
    return pages.signed_in("admin")


@pytest.fixture(scope="module")
def addresses(pages: ReviewSite, admin: TestClient) -> list[str]:
    """Of every page that takes no id."""
    plain = [
        route.path
        for route in pages.app.routes
        if isinstance(route, Route) and "GET" in (route.methods or ()) and "{" not in route.path
    ]
    assert len(plain) > 10
    return [*plain, "/inquiry/1"]


@examples(80)
@given(data=st.data(), pairs=PAIRS)
def test_any_address_is_a_page_or_a_refusal(
    admin: TestClient, addresses: list[str], data: st.DataObject, pairs: list[tuple[str, str]]
) -> None:
    address = f"{data.draw(st.sampled_from(addresses))}?{urlencode(pairs)}"
    # An error in a page is raised here, and fails the test.
    assert admin.get(address, follow_redirects=False).status_code < 500


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["9" * 5_000, "²", "٣", "-1", "\x00", str(2**63)])
def test_a_number_that_is_none_is_no_error(admin: TestClient, name: str, value: str) -> None:
    for address in ("/queue", "/visits", "/visits/new", "/ideas", "/ideas/new", "/report"):
        answer = admin.get(f"{address}?{urlencode({name: value})}", follow_redirects=False)
        assert answer.status_code < 500, address


@examples(40)
@given(pairs=PAIRS, name=st.text("abc æ<>'\"", max_size=20))
def test_a_kept_view_opens_again_whatever_is_in_it(
    pages: ReviewSite, pairs: list[tuple[str, str]], name: str
) -> None:
    with_token = pages.client()
    person = pages.sign_in(with_token)
    form = {"csrf": "token", "queue": urlencode(pairs), "name": name}
    session(with_token, csrf="token")
    assert with_token.post("/queue/views", data=form, follow_redirects=False).status_code < 500
    for view in pages.site.users.views(person.id):
        assert with_token.get(f"/queue?{view.query}").status_code == 200


@examples(60)
@given(
    pairs=st.dictionaries(
        st.sampled_from(("state", "code", "error", "error_description", "iss", "session_state")),
        st.one_of(st.sampled_from(VALUES), st.text(max_size=20)),
    ),
    begun=st.booleans(),
    right_state=st.booleans(),
)
def test_any_callback_signs_nobody_in(
    pages: ReviewSite, pairs: dict[str, str], begun: bool, right_state: bool
) -> None:
    client = pages.client()
    if begun:
        answer = client.get("/sign-in/oidc", follow_redirects=False)
        assert answer.status_code in (302, 303, 307)
        if right_state:
            pairs = {**pairs, "state": answer.headers["location"].split("state=")[1].split("&")[0]}
    query = urlencode(pairs, errors="replace")
    answer = client.get(f"/sign-in/oidc/callback?{query}", follow_redirects=False)
    assert answer.status_code == 400
    assert client.get("/queue", follow_redirects=False).headers["location"] == "/sign-in"


def test_a_provider_that_is_none_is_no_error(pages: ReviewSite) -> None:
    client = pages.client()
    for name in ("x" * 5_000, "²", "\x00", "slack"):
        for end in ("", "/callback"):
            assert client.get(f"/sign-in/{quote(name)}{end}").status_code == 404


def test_a_long_cookie_is_no_session(pages: ReviewSite, tmp_path: Path) -> None:
    for value in (repeated("a"), "e30=.x.y", "." * 200, "null", "\u00e6".encode().hex()):
        client = pages.client()
        client.cookies.set("frisksvar", value, domain="testserver.local", path="/")
        answer = client.get("/queue", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
