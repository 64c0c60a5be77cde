"""Signing in to the review pages: providers, one-time links, roles, and how often one may fail."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx2 import Response
from joserfc.jwk import RSAKey
from oidc_provider import CLIENT, CLIENT_SECRET, OidcProvider, running_provider
from pydantic import SecretStr
from review_site import ADDRESS, ReviewSite, opened_site, send, session, session_of, text_of
from starlette.testclient import TestClient

from bot.review.limits import MINUTES, OVERALL, PER_ADDRESS, Tries, guesser
from bot.review.oidc import SLACK_TEAM
from bot.review.settings import ReviewSettings
from knowledge.messages import Failure
from knowledge.register.users import User


@pytest.fixture(scope="module")
def running() -> Iterator[OidcProvider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: OidcProvider) -> OidcProvider:
    """The provider, behaving well."""
    running.claims, running.header, running.discovery = {}, {}, {}
    running.signed_by, running.without_id_token = None, False
    return running


@pytest.fixture
def pages(tmp_path: Path, provider: OidcProvider) -> Iterator[ReviewSite]:
    with opened_site(
        tmp_path,
        url=ADDRESS,
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=CLIENT_SECRET,
        oidc_name="Prøveporten",
    ) as made:
        yield made


def back(client: TestClient, provider: OidcProvider) -> str:
    """Begin at the provider; where it sends the browser back to."""
    begun = client.get("/sign-in/oidc", follow_redirects=False)
    assert begun.status_code == 302, text_of(begun)
    return provider.authorize(begun.headers["location"]).removeprefix(ADDRESS)


def through(client: TestClient, provider: OidcProvider) -> Response:
    return client.get(back(client, provider), follow_redirects=False)


def people(pages: ReviewSite) -> list[User]:
    return pages.site.users.all()


# With a provider


def test_a_new_person_is_signed_in_and_waits_for_a_role(
    pages: ReviewSite, provider: OidcProvider
) -> None:
    client = pages.client()
    assert "Logg inn med Prøveporten" in client.get("/sign-in").text
    answer = through(client, provider)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    (kari,) = people(pages)
    assert (kari.issuer, kari.subject, kari.name) == (provider.issuer, "kari", "Kari Nordmann")
    assert kari.role == "none"
    waiting = client.get("/")
    assert waiting.status_code == 403 and "ikke fått tilgang ennå" in waiting.text
    pages.site.users.change(kari.id, role="reviewer", centre=None, disabled=False, who="cli")
    assert client.get("/", follow_redirects=False).headers["location"] == "/queue"


def test_the_same_person_again_is_the_same_user_with_the_new_name(
    pages: ReviewSite, provider: OidcProvider
) -> None:
    through(pages.client(), provider)
    provider.claims = {"name": "Kari Hansen"}
    through(pages.client(), provider)
    assert [user.name for user in people(pages)] == ["Kari Hansen"]


def test_the_provider_is_asked_with_state_nonce_and_pkce(
    pages: ReviewSite, provider: OidcProvider
) -> None:
    asked = []
    for _ in range(2):
        begun = pages.client().get("/sign-in/oidc", follow_redirects=False)
        query = parse_qs(urlsplit(begun.headers["location"]).query)
        assert query["response_type"] == ["code"] and query["scope"] == ["openid profile"]
        assert query["code_challenge_method"] == ["S256"]
        assert query["redirect_uri"] == [f"{ADDRESS}/sign-in/oidc/callback"]
        asked.append({key: query[key][0] for key in ("state", "nonce", "code_challenge")})
    for key in ("state", "nonce", "code_challenge"):
        assert asked[0][key] != asked[1][key] and len(asked[0][key]) >= 20


WRONG: dict[str, dict[str, Any]] = {
    "another's nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"claims": {"nonce": None}},
    "for another client": {"claims": {"aud": "another"}},
    "for another client, by ours": {"claims": {"aud": "another", "azp": CLIENT}},
    "for nobody": {"claims": {"aud": None}},
    "expired": {"claims": {"exp": int(time.time()) - 3600}},
    "never expires": {"claims": {"exp": None}},
    "not valid yet": {"claims": {"nbf": int(time.time()) + 3600}},
    "another issuer": {"claims": {"iss": "https://evil.example"}},
    "no issuer": {"claims": {"iss": None}},
    "nobody": {"claims": {"sub": None}},
    "alg none": {"header": {"alg": "none"}},
    "alg HS256 with the client's secret": {"header": {"alg": "HS256"}},
    "another's key": {"signed_by": RSAKey.generate_key(2048, {"kid": "one"})},
    "no id token": {"without_id_token": True},
    "discovery of another": {"discovery": {"issuer": "https://evil.example"}},
    "keys over plain http": {"discovery": {"jwks_uri": "http://evil.example/keys"}},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_an_id_token_that_is_not_right_signs_nobody_in(
    pages: ReviewSite, provider: OidcProvider, wrong: dict[str, Any]
) -> None:
    for name, value in wrong.items():
        setattr(provider, name, value)
    client = pages.client()
    begun = client.get("/sign-in/oidc", follow_redirects=False)
    if "discovery" in wrong:
        assert begun.status_code == 400
    else:
        answer = client.get(
            provider.authorize(begun.headers["location"]).removeprefix(ADDRESS),
            follow_redirects=False,
        )
        assert answer.status_code == 400
        assert "ble ikke fullført" in text_of(answer)
    assert people(pages) == [] and "user" not in session_of(client)
    # A provider that was wrong for a while is asked again.
    provider.claims, provider.header, provider.discovery = {}, {}, {}
    provider.signed_by, provider.without_id_token = None, False
    assert through(client, provider).status_code == 303


def test_a_callback_needs_the_state_of_this_browser(
    pages: ReviewSite, provider: OidcProvider
) -> None:
    victim, attacker = pages.client(), pages.client()
    address = back(attacker, provider)
    assert victim.get(address).status_code == 400
    back(victim, provider)
    assert victim.get(address).status_code == 400
    assert people(pages) == []
    assert attacker.get(address, follow_redirects=False).status_code == 303


def test_a_code_is_used_once(pages: ReviewSite, provider: OidcProvider) -> None:
    client = pages.client()
    address = back(client, provider)
    assert client.get(address, follow_redirects=False).status_code == 303
    assert client.get(address).status_code == 400


def test_whoever_says_no_at_the_provider_can_try_again(pages: ReviewSite) -> None:
    answer = pages.client().get("/sign-in/oidc/callback?error=access_denied&state=x")
    assert answer.status_code == 400 and 'href="/sign-in/oidc"' in answer.text
    assert "access_denied" not in answer.text


def test_a_provider_that_does_not_answer_is_told_of(tmp_path: Path) -> None:
    with opened_site(
        tmp_path,
        url=ADDRESS,
        oidc_issuer="http://127.0.0.1:9",
        oidc_client_id=CLIENT,
        oidc_client_secret=CLIENT_SECRET,
    ) as pages:
        answer = pages.client().get("/sign-in/oidc")
        assert answer.status_code == 400 and "ble ikke fullført" in text_of(answer)


def test_somebody_disabled_is_not_signed_in(pages: ReviewSite, provider: OidcProvider) -> None:
    through(pages.client(), provider)
    (kari,) = people(pages)
    pages.site.users.change(kari.id, role="reader", centre=None, disabled=True, who="cli")
    client = pages.client()
    answer = through(client, provider)
    assert answer.status_code == 403 and "Tilgangen din er stengt" in answer.text
    assert "user" not in session_of(client)


@pytest.mark.parametrize(
    ("claims", "subject", "name"),
    [
        ({SLACK_TEAM: "T1"}, "T1/kari", "Kari Nordmann"),
        ({"name": None, "preferred_username": "kari@senja.example"}, "kari", "kari@senja.example"),
        ({"name": None}, "kari", "Prøveporten kari"),
        ({"name": "A\n\tB" + "x" * 200}, "kari", "A B" + "x" * 77),
        ({"name": "\u202eirak"}, "kari", "Prøveporten kari"),
    ],
)
def test_what_a_person_is_called(
    pages: ReviewSite, provider: OidcProvider, claims: dict[str, Any], subject: str, name: str
) -> None:
    provider.claims = claims
    through(pages.client(), provider)
    (user,) = people(pages)
    assert (user.subject, user.name) == (subject, name)


def test_slack_is_a_way_in_when_it_is_set_up(tmp_path: Path, provider: OidcProvider) -> None:
    with opened_site(
        tmp_path,
        url=ADDRESS,
        SLACK_CLIENT_ID=CLIENT,
        SLACK_CLIENT_SECRET=CLIENT_SECRET,
        slack_issuer=provider.issuer,
    ) as pages:
        client = pages.client()
        assert "Logg inn med Slack" in client.get("/sign-in").text
        assert client.get("/sign-in/oidc").status_code == 404
        begun = client.get("/sign-in/slack", follow_redirects=False)
        address = provider.authorize(begun.headers["location"])
        assert urlsplit(address).path == "/sign-in/slack/callback"
        assert client.get(address, follow_redirects=False).status_code == 303
        assert [user.subject for user in people(pages)] == ["kari"]


def test_secrets_of_the_settings_are_not_printed() -> None:
    assert CLIENT_SECRET not in repr(ReviewSettings(oidc_client_secret=SecretStr(CLIENT_SECRET)))


# The session


def test_a_sign_in_starts_a_new_session_and_keeps_where_one_was_going(
    pages: ReviewSite, provider: OidcProvider
) -> None:
    client = pages.client()
    session(client, csrf="planted", language="nn", planted="by somebody")
    assert client.get("/users?sort=name", follow_redirects=False).headers["location"] == "/sign-in"
    answer = through(client, provider)
    assert answer.headers["location"] == "/users?sort=name"
    assert session_of(client) == {"user": people(pages)[0].id, "language": "nn"}


def test_signing_out_ends_the_session(pages: ReviewSite) -> None:
    client = pages.signed_in("admin")
    assert client.get("/users").status_code == 200
    answer = send(client, "/sign-out", follow_redirects=True)
    assert answer.url.path == "/sign-in" and "Du er logget ut." in answer.text
    assert "user" not in session_of(client)
    assert client.get("/users", follow_redirects=False).headers["location"] == "/sign-in"


# One-time links


def linked(pages: ReviewSite, name: str = "Ingrid", minutes: int = 15) -> tuple[User, str]:
    user = pages.site.users.sign_in("local", name, name)
    user = pages.site.users.change(user.id, role="reviewer", centre=None, disabled=False, who="cli")
    return user, f"/link/{pages.site.users.make_link(user.id, minutes)}"


def test_a_link_signs_in_once_and_only_by_its_button(pages: ReviewSite) -> None:
    user, address = linked(pages)
    for preview in range(3):
        assert "Trykk på knappen" in pages.client().get(address).text, preview
    client = pages.client()
    assert send(client, address).headers["location"] == "/"
    assert session_of(client)["user"] == user.id
    again = pages.client()
    refused = send(again, address)
    assert refused.status_code == 403 and "brukt eller for gammel" in refused.text
    assert "user" not in session_of(again)


def test_an_old_link_and_that_of_somebody_disabled_do_not_work(pages: ReviewSite) -> None:
    _, old = linked(pages, minutes=0)
    user, address = linked(pages, "Per")
    pages.site.users.change(user.id, role="reader", centre=None, disabled=True, who="cli")
    for link in (old, address):
        client = pages.client()
        assert send(client, link).status_code == 403
        assert "user" not in session_of(client)


def test_a_page_does_not_tell_a_right_link_from_a_guess(pages: ReviewSite) -> None:
    _, address = linked(pages)
    client = pages.client()
    right, guess = client.get(address), client.get("/link/guess")
    assert guess.status_code == right.status_code == 200
    assert guess.text.replace("/link/guess", address) == right.text


def test_the_first_link_makes_the_first_administrator(pages: ReviewSite) -> None:
    users = pages.site.users
    waiting = users.sign_in("local", "first-admin", "Administrator")
    address = f"/link/{users.make_link(waiting.id)}"
    assert not users.has_admin()
    client = pages.client()
    send(client, address)
    assert users.has_admin() and client.get("/users").status_code == 200


def test_an_administrator_who_lost_the_role_does_not_get_it_back_by_an_old_link(
    pages: ReviewSite,
) -> None:
    users = pages.site.users
    first = users.first_admin()
    pages.sign_in(pages.client(), "admin")
    address = f"/link/{users.make_link(first.id)}"
    users.change(first.id, role="none", centre=None, disabled=False, who="cli")
    client = pages.client()
    send(client, address)
    assert client.get("/users").status_code == 403


# Failing too often


def test_guessing_links_is_refused_after_some_tries(pages: ReviewSite) -> None:
    _, right = linked(pages)
    client = pages.client()
    answers = [send(client, f"/link/guess{number}") for number in range(10_000 // 100)]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [403] * PER_ADDRESS + [429] * (len(statuses) - PER_ADDRESS)
    last = answers[-1]
    assert text_of(last).count("For mange mislykkede forsøk på å logge inn") == 1
    assert 0 < int(last.headers["Retry-After"]) <= MINUTES * 60
    assert send(client, right).status_code == 429
    other = TestClient(pages.app, base_url=ADDRESS, client=("192.0.2.7", 1))
    assert send(other, right).status_code == 303, "somebody elsewhere is not in the way"


def test_failing_callbacks_are_refused_after_some_tries(
    pages: ReviewSite, provider: OidcProvider
) -> None:
    client = pages.client()
    statuses = [
        client.get(f"/sign-in/oidc/callback?code=c&state={number}").status_code
        for number in range(100)
    ]
    assert statuses == [400] * PER_ADDRESS + [429] * (100 - PER_ADDRESS)
    assert client.get("/sign-in/oidc").status_code == 429


def test_ten_thousand_tries_from_everywhere_are_refused_too() -> None:
    tries = Tries()
    let_through = 0
    for number in range(10_000):
        address = f"192.0.{number // 256}.{number % 256}"
        if tries.wait(address) == 0:
            let_through += 1
            tries.failed(address)
    assert let_through == OVERALL
    assert 0 < tries.wait("198.51.100.1") <= MINUTES * 60


def test_signing_in_does_not_count(pages: ReviewSite) -> None:
    for _ in range(PER_ADDRESS * 3):
        _, address = linked(pages)
        assert send(pages.client(), address).status_code == 303


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("testclient", "testclient", True),
    ],
)
def test_a_subscriber_is_one_guesser(one: str, other: str, same: bool) -> None:
    assert (guesser(one) == guesser(other)) is same


# Users and roles


def test_administrators_see_those_who_wait_first(pages: ReviewSite) -> None:
    client = pages.signed_in("admin")
    pages.sign_in(pages.client(), "reader")
    waiting = pages.sign_in(pages.client(), "none")
    text = client.get("/users").text
    body = text[text.index("<tbody>") :]
    assert body.index(waiting.name) == min(body.index(user.name) for user in people(pages))


def test_a_role_is_given_at_once_and_its_history_is_read(pages: ReviewSite) -> None:
    admin, person = pages.client(), pages.client()
    chief = pages.sign_in(admin, "admin")
    user = pages.sign_in(person, "none")
    assert person.get("/users").status_code == 403
    given = {"role": "admin", "centre": "stavanger"}
    assert send(admin, f"/users/{user.id}", given).headers["location"] == "/users"
    assert person.get("/users").status_code == 200
    shown = text_of(admin.get(f"/users/{user.id}"))
    assert f"{chief.name} Rolle Ingen tilgang ennå Administrator" in shown
    send(admin, f"/users/{user.id}", {"role": "admin", "disabled": "yes"})
    assert person.get("/users", follow_redirects=False).headers["location"] == "/sign-in"
    assert "Stengt" in text_of(admin.get("/users"))


def test_the_last_administrator_stays(pages: ReviewSite) -> None:
    client = pages.client()
    admin = pages.sign_in(client, "admin")
    for change in ({"role": "reader"}, {"role": "admin", "disabled": "yes"}):
        answer = send(client, f"/users/{admin.id}", change)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert pages.site.users.get(admin.id) == admin
    pages.sign_in(pages.client(), "admin")
    assert send(client, f"/users/{admin.id}", {"role": "reader"}).status_code == 303


def test_an_administrator_of_one_centre_gives_nobody_more_than_that(pages: ReviewSite) -> None:
    pages.signed_in("admin")
    client = pages.client()
    mine = pages.sign_in(client, "admin", "stavanger")
    other = pages.sign_in(pages.client(), "reader", "alstahaug")
    for user, change in (
        (mine, {"role": "admin", "centre": ""}),
        (other, {"role": "reviewer", "centre": "alstahaug"}),
        (other, {"role": "reader", "centre": "stavanger"}),
    ):
        assert send(client, f"/users/{user.id}", change).status_code == 403
        assert pages.site.users.get(user.id) == user
    colleague = pages.sign_in(pages.client(), "reader", "stavanger")
    change = {"role": "reviewer", "centre": "stavanger"}
    assert send(client, f"/users/{colleague.id}", change).status_code == 303


@pytest.mark.parametrize(
    ("change", "field"),
    [({"role": "emperor"}, "role"), ({"role": "reader", "centre": "x"}, "centre")],
)
def test_what_is_not_a_role_or_centre_is_told_at_the_field(
    pages: ReviewSite, change: dict[str, str], field: str
) -> None:
    client = pages.signed_in("admin")
    user = pages.sign_in(pages.client(), "reader")
    answer = send(client, f"/users/{user.id}", change)
    assert answer.status_code == 422 and f'id="{field}-error"' in answer.text
    assert pages.site.users.get(user.id) == user


def test_somebody_who_is_not_there_is_not_found(pages: ReviewSite) -> None:
    client = pages.signed_in("admin")
    assert client.get("/users/999").status_code == 404
    assert send(client, "/users/999", {"role": "reader"}).status_code == 404


def test_a_change_that_fails_is_one_sentence_in_the_register(pages: ReviewSite) -> None:
    with pytest.raises(Failure):
        pages.site.users.change(999, role="reader", centre=None, who="cli")
