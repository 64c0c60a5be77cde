"""Attacks on the review pages, over every route there is: what is added later is attacked too."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import anyio
import itsdangerous
import pytest
from httpx2 import Response
from review_site import COOKIE, SECRET, ReviewSite, opened_site, send, session, token
from review_world import OTHER, OWN, YEAR, World, everything, upload, world
from starlette.routing import Route
from starlette.testclient import TestClient

from bot.review.app import SESSION_SECONDS
from bot.review.headers import HEADERS
from bot.review.web import MOST_BYTES, local

OPEN_PAGES = {
    "/",  # sends on to sign-in
    "/accessibility",
    "/sign-in",
    "/sign-in/{provider}",
    "/sign-in/{provider}/callback",
    "/link/{secret}",
}
OPEN_FORMS = {"/language", "/sign-out", "/link/{secret}"}
READERS_FORMS = {"/queue/views", "/queue/views/{number:int}/remove", "/ask"}
"""What a reader may send: their own views of the queue, and a question."""

ADMINS = ("/users", "/sources")
"""Below these only an administrator sends forms."""

TOO_LARGE = 100_000_000
BEYOND = 2**63
"""No row of SQLite has such an id."""


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReviewSite]:
    with opened_site(tmp_path) as made:
        # No index is built behind the back of a test that ends before it.
        monkeypatch.setattr(type(made.site.building), "start", lambda *_: None)
        yield made


@pytest.fixture
def made(pages: ReviewSite) -> World:
    return world(pages)


def no_redirect(client: TestClient, address: str) -> Response:
    return client.get(address, follow_redirects=False)


def to_sign_in(answer: Response) -> bool:
    return answer.status_code == 303 and answer.headers["location"] == "/sign-in"


def closed_pages(made: World) -> list[Route]:
    return [route for route in made.routes("GET") if route.path not in OPEN_PAGES]


def closed_forms(made: World) -> list[Route]:
    return [route for route in made.routes("POST") if route.path not in OPEN_FORMS]


# Who may come in


def test_there_are_pages_and_forms_to_attack(made: World) -> None:
    assert len(closed_pages(made)) > 15 and len(closed_forms(made)) > 25
    paths = {route.path for route in (*made.routes("GET"), *made.routes("POST"))}
    assert paths >= OPEN_PAGES | OPEN_FORMS | READERS_FORMS


@pytest.mark.parametrize("given", [None, "", "wrong", "token of another"])
def test_no_form_does_anything_without_the_token_of_its_session(
    made: World, given: str | None
) -> None:
    client, another = made.pages.client(), made.pages.client()
    made.pages.sign_in(client, "admin")
    made.pages.sign_in(another, "admin")
    if given == "token of another":
        given = token(another)
    before = everything(made.pages)
    for route in made.routes("POST"):
        data = {} if given is None else {"csrf": given}
        answer = client.post(made.address(route, made.own), data=data, follow_redirects=False)
        assert answer.status_code == 403, route.path
        assert "Skjemaet er for gammelt" in answer.text, route.path
    assert everything(made.pages) == before


def test_a_token_in_the_address_does_not_count(made: World) -> None:
    client = made.pages.signed_in("admin")
    address = f"/visits/{made.own.visit}/delete?csrf={token(client)}"
    assert client.post(address, data={"x": "y"}).status_code == 403
    assert client.post(address, json={"csrf": token(client)}).status_code == 403


def test_nobody_is_sent_to_sign_in_from_everywhere(made: World) -> None:
    before = everything(made.pages)
    for route in closed_pages(made):
        answer = no_redirect(made.pages.client(), made.address(route, made.own))
        assert to_sign_in(answer), route.path
    for route in closed_forms(made):
        answer = send(made.pages.client(), made.address(route, made.own))
        assert to_sign_in(answer), route.path
    assert everything(made.pages) == before


def test_somebody_without_a_role_sees_and_does_nothing(made: World) -> None:
    client = made.pages.signed_in("none")
    before = everything(made.pages)
    for route in closed_pages(made):
        answer = no_redirect(client, made.address(route, made.own))
        assert answer.status_code == 403 and "Hvem kan henvise" not in answer.text, route.path
    for route in closed_forms(made):
        assert send(client, made.address(route, made.own)).status_code == 403, route.path
    assert everything(made.pages) == before


def test_a_reader_changes_nothing(made: World) -> None:
    client = made.pages.signed_in("reader")
    before = everything(made.pages)
    for route in closed_forms(made):
        if route.path not in READERS_FORMS:
            assert send(client, made.address(route, made.own)).status_code == 403, route.path
    assert everything(made.pages) == before


@pytest.mark.parametrize("role", ["reader", "reviewer"])
def test_only_an_administrator_manages_users_and_sources(made: World, role: Any) -> None:
    client = made.pages.signed_in(role)
    before = everything(made.pages)
    for route in made.routes("GET"):
        if route.path.startswith("/users"):
            assert no_redirect(client, made.address(route, made.own)).status_code == 403
    forms = [route for route in closed_forms(made) if route.path.startswith(ADMINS)]
    assert forms
    for route in forms:
        assert send(client, made.address(route, made.own)).status_code == 403, route.path
    assert everything(made.pages) == before


def test_somebody_disabled_is_out_at_once(made: World) -> None:
    client = made.pages.client()
    user = made.pages.sign_in(client, "admin")
    made.pages.signed_in("admin")
    assert no_redirect(client, "/users").status_code == 200
    made.pages.site.users.change(user.id, role="admin", centre=None, disabled=True, who="cli")
    assert to_sign_in(no_redirect(client, "/users"))


# Another centre's rows

OF_ROWS = ("{id", "{number", "{batch", "{centre")


def row_forms(made: World) -> list[Route]:
    """Forms whose address names a row of a centre."""
    return [
        route
        for route in closed_forms(made)
        if any(name in route.path for name in OF_ROWS)
        and route.path.split("/")[1] in ("inquiry", "visits", "ideas", "annual", "undo")
    ]


def test_the_rows_of_another_centre_stay_as_they_are(made: World) -> None:
    client = made.pages.signed_in("reviewer", OWN)
    before = everything(made.pages)
    assert len(row_forms(made)) > 15
    for route in row_forms(made):
        assert send(client, made.address(route, made.other)).status_code == 403, route.path
    assert everything(made.pages) == before


def test_the_same_forms_are_taken_for_rows_of_ones_own(made: World) -> None:
    """So that the test above is of the centre, and not of something else that is refused."""
    for route in row_forms(made):
        client = made.pages.signed_in("reviewer", OWN)
        answer = send(client, made.address(route, made.own))
        assert answer.status_code in (200, 303, 404, 409, 422), (route.path, answer.status_code)


VISIT = {"on_date": f"{YEAR}-04-04", "people": "3", "form": "physical", "revision": "0"}
IDEA = {"title": "En idé", "text": "Gå en tur.", "revision": "0"}
TRESPASSES: list[tuple[str, dict[str, Any]]] = [
    # Their rows, with forms that are right in everything else.
    ("/inquiry/{their inquiry}/correct", {"note": "endret"}),
    ("/inquiry/{their inquiry}/status", {"status": "resolved"}),
    ("/inquiry/{their inquiry}/answer", {"answer": "Svar.", "answer_centre": OWN, "seen": "2"}),
    ("/inquiry/{their inquiry}/hand-over", {"to_centre": OWN}),
    ("/inquiry/{their inquiry}/duplicate", {"of": "{my inquiry}"}),
    ("/inquiry/{their inquiry}/redact", {"redact_words": "henvise", "sure": "yes"}),
    ("/inquiry/{their inquiry}/delete", {"sure": "yes"}),
    ("/inquiry/{their inquiry}/withdraw", {}),
    ("/inquiry/{their inquiry}/link", {"quote": "0"}),
    ("/undo/{their batch}", {}),
    ("/queue/change", {"inquiry": "{their inquiry}", "status": "resolved"}),
    ("/queue/change", {"inquiry": ["{my inquiry}", "{their inquiry}"], "status": "resolved"}),
    ("/visits/{their visit}", {**VISIT, "centre": OTHER}),
    ("/visits/{their visit}", {**VISIT, "centre": OWN}),
    ("/visits/{their visit}/delete", {}),
    ("/ideas/{their idea}", {**IDEA, "centre": OTHER}),
    ("/ideas/{their idea}", {**IDEA, "centre": OWN}),
    ("/ideas/{their idea}/publish", {}),
    ("/ideas/{their idea}/delete", {}),
    (f"/annual/{YEAR}/{OTHER}", {"do": "save", "revision": "0"}),
    # New rows in their name, and rows of one's own made theirs.
    ("/visits", {**VISIT, "centre": OTHER, "key": "a"}),
    ("/visits/{my visit}", {**VISIT, "centre": OTHER}),
    ("/ideas", {**IDEA, "centre": OTHER, "key": "a"}),
    ("/ideas/{my idea}", {**IDEA, "centre": OTHER}),
]


@pytest.mark.parametrize(("address", "data"), TRESPASSES)
def test_a_reviewer_writes_for_no_other_centre(
    made: World, address: str, data: dict[str, Any]
) -> None:
    names: dict[str, str] = {}
    for whose, rows in (("my", made.own), ("their", made.other)):
        names |= {
            f"{{{whose} {kind}}}": str(getattr(rows, kind))
            for kind in ("inquiry", "visit", "idea", "batch")
        }
    written = json.dumps([address, data])
    for name, value in names.items():
        written = written.replace(name, value)
    filled_address, filled = json.loads(written)
    client = made.pages.signed_in("reviewer", OWN)
    before = everything(made.pages)
    assert send(client, filled_address, filled).status_code == 403
    assert everything(made.pages) == before


def test_a_table_for_another_centre_is_not_imported(made: World) -> None:
    client = made.pages.client()
    user = made.pages.sign_in(client, "reviewer", OWN)
    upload(made, user.id, "tema", OTHER)
    before = everything(made.pages)
    assert send(client, f"/import/{made.tokens[user.id]}/apply").status_code == 403
    assert everything(made.pages) == before


def test_a_file_that_somebody_else_sent_is_not_shown_nor_imported(made: World) -> None:
    sender = made.pages.client()
    user = made.pages.sign_in(sender, "reviewer", OWN)
    upload(made, user.id, "noe ingen andre skal se", OWN)
    address = f"/import/{made.tokens[user.id]}"
    assert "noe ingen andre skal se" in sender.get(address).text
    client = made.pages.signed_in("admin")
    assert "noe ingen andre skal se" not in client.get(address).text
    before = everything(made.pages)
    send(client, f"{address}/apply")
    assert everything(made.pages) == before
    assert sender.get(address).status_code == 200


@pytest.mark.parametrize("number", [0, 987654, BEYOND, 10**40, 10**4000])
def test_an_id_that_is_not_there_is_not_found(made: World, number: int) -> None:
    client = made.pages.signed_in("admin")
    for method in ("GET", "POST"):
        for route in made.routes(method):
            if (
                "{id" not in route.path
                and "{number" not in route.path
                and "{user" not in route.path
            ):
                continue
            address = route.path
            for name in ("{id:int}", "{number:int}", "{user:int}"):
                address = address.replace(name, str(number))
            answer = no_redirect(client, address) if method == "GET" else send(client, address)
            assert answer.status_code == 404, (method, route.path)


# What comes back


FOREIGN = ("script", "style", "iframe", "object", "embed", "base", "img", "svg")


class Found(HTMLParser):
    """What must not be on a page: scripts, styles, event handlers, and addresses that run."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.forms: list[dict[str, Any]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        # The report draws its figures as SVG, each named for who cannot see it; nothing else does.
        drawn = tag == "svg" and given.get("role") == "img" and "aria-labelledby" in given
        if tag in FOREIGN and not drawn:
            self.wrong.append(tag)
        self.wrong += [f"{tag} {name}" for name in given if name == "style" or name[:2] == "on"]
        for name in ("href", "src", "action", "formaction"):
            if not given.get(name, "/").startswith(("/", "?", "#", "https://", "http://")):
                self.wrong.append(f"{tag} {name}={given[name]}")
        if tag == "form":
            self.forms.append({**given, "fields": set()})
        if tag in ("input", "button") and self.forms:
            self.forms[-1]["fields"].add(given.get("name"))


FREE_TEXT = (
    "question note municipality municipalities received_on answer to_centre to_note redact_words "
    "of on_date people theme title text target_group links centre name reason expires_on source "
    "edition"
).split()
"""Fields of the forms where somebody may write what they like."""


def shown_pages(made: World) -> dict[str, Response]:
    """Every page of an administrator, and what comes back to forms that were not filled in."""
    client = made.pages.client()
    user = made.pages.sign_in(client, "admin")
    text = str(made.pages.site.users.all()[0].name)
    upload(made, user.id, text, OWN)
    send(client, "/queue/views", {"name": text, "queue": "status=new"})
    pages = {
        route.path: client.get(made.address(route, made.own, user=user.id))
        for route in made.routes("GET")
        if not route.path.startswith("/sign-in/")
    }
    pages["/queue"] = client.get("/queue?sort=received_at")
    pages["/report/number"] = client.get("/report/number?address=visits/2022/persons")
    pages["/report/file"] = client.get("/report/file?format=xlsx&from=2022")
    filled = dict.fromkeys(FREE_TEXT, text)
    for route in closed_forms(made):
        if "{token" not in route.path and not route.path.startswith("/users"):
            answer = send(client, made.address(route, made.own), filled)
            if answer.status_code != 303:
                pages[f"POST {route.path}"] = answer
    return pages


def test_no_page_has_script_or_style_of_its_own_and_every_form_has_a_token(made: World) -> None:
    for path, answer in shown_pages(made).items():
        assert answer.status_code in (200, 404, 409, 422), (path, answer.status_code)
        assert answer.status_code == 200 or path.startswith("POST"), path
        if not answer.headers["content-type"].startswith("text/html"):
            assert "attachment" in answer.headers["content-disposition"], path
            continue
        if "content-disposition" in answer.headers:
            continue  # a file to be kept: it has its own style, and is not shown here
        found = Found(answer.text)
        assert found.wrong == [], path
        for form in found.forms:
            assert form.get("action", "/").startswith(("/", "?")), path
            if form.get("method", "get").lower() == "post":
                assert "csrf" in form["fields"], path


PAYLOADS = (
    '"><script>alert("x")</script>',
    "'><img src=x onerror=alert(1)>",
    "</textarea></title></style><svg onload=alert(1)>",
    "{{ 7*7 }}${7*7}<%= 7*7 %>",
)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_somebody_wrote_is_shown_and_never_run(pages: ReviewSite, payload: str) -> None:
    text = f"Merket {payload} slutt"
    made = world(pages, text)
    seen = []
    for path, answer in shown_pages(made).items():
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        assert payload not in answer.text or escape(payload, quote=False) == payload, path
        found = Found(answer.text)
        if "content-disposition" not in answer.headers:
            assert found.wrong == [], path
        assert not {"script", "img", "svg"} & set(found.wrong), path
        if escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") in answer.text:
            seen.append(path)
    for path in (
        "/queue",
        "/inquiry/{number:int}",
        "/visits",
        "/visits/{id:int}",
        "/ideas",
        "/ideas/{id:int}",
        "/annual/{year:int}/{centre:str}",
        "/import/{token:str}",
        "/users",
        "/users/{user:int}",
    ):
        assert path in seen, path


def test_an_idea_s_link_does_not_run(made: World) -> None:
    client = made.pages.signed_in("reviewer", OWN)
    for link in (
        "javascript:alert(1)",
        "data:text/html,<script>",
        "http://example.no",
        " java\tscript:x",
    ):
        data = {**IDEA, "centre": OWN, "key": link, "links": link}
        answer = send(client, "/ideas", data)
        assert answer.status_code == 422, link
        assert Found(answer.text).wrong == []


def test_what_a_typed_value_brings_back_is_escaped(made: World) -> None:
    client = made.pages.signed_in("reviewer", OWN)
    payload = PAYLOADS[0]
    for address in (f"/queue?text={payload}&municipality={payload}", f"/visits?year={payload}"):
        answer = client.get(address)
        assert payload not in answer.text and Found(answer.text).wrong == [], address
    for address, data in (
        (
            "/visits",
            dict.fromkeys(("on_date", "people", "theme", "municipalities", "note"), payload),
        ),
        ("/ideas", dict.fromkeys(("title", "text", "municipality", "links"), payload)),
    ):
        answer = send(client, address, {**data, "centre": OWN})
        assert answer.status_code == 422, address
        assert payload not in answer.text and Found(answer.text).wrong == [], address


# Headers, cookies, addresses


def test_every_answer_has_the_security_headers(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = made.pages.client(raise_server_exceptions=False)
    made.pages.sign_in(client, "admin")
    answers = list(shown_pages(made).values())
    answers += [
        made.pages.client().get("/queue", follow_redirects=False),
        client.get("/no/such/page"),
        client.post("/queue"),
        client.post("/visits", data={"csrf": "wrong"}),
        client.post("/visits", content=b"x", headers={"content-length": str(TOO_LARGE)}),
        client.put("/visits"),
        client.get("/link/guess"),
        send(client, "/link/guess"),
        client.get("/static/no-such-file.css"),
    ]
    monkeypatch.setattr(type(made.pages.site.users), "all", lambda users: 1 / 0)
    broken = client.get("/users")
    assert broken.status_code == 500 and "Traceback" not in broken.text
    for answer in (*answers, broken):
        missing = {name for name, value in HEADERS.items() if answer.headers.get(name) != value}
        if answer.url.path.startswith("/static/"):
            missing -= {"Cache-Control"}
        assert not missing, (answer.url, answer.status_code)
    style = client.get("/static/style.css")
    assert {name for name in HEADERS if name not in style.headers} <= {"Cache-Control"}


def test_the_policy_allows_no_script_and_nothing_from_elsewhere() -> None:
    policy = dict(
        part.strip().split(" ", 1) for part in HEADERS["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'" and "script-src" not in policy
    assert policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


ELSEWHERE = (
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "/queue\\..\\evil",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/\x00/evil.example",
    "https:evil.example",
    "https://evil.example",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    "./evil",
    "?next=//evil.example",
    "/a\r\nSet-Cookie: x=y",
    "/a\u2028b",
    "//[::1",
    "",
)


@pytest.mark.parametrize("address", ELSEWHERE)
def test_nobody_is_sent_to_another_site(made: World, address: str) -> None:
    assert local(address) == "/"
    client = made.pages.signed_in("admin")
    answer = send(client, "/language", {"language": "nn", "next": address})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    undone = send(client, f"/undo/{made.own.batch}", {"next": address})
    assert undone.headers["location"] in ("/", "/queue")
    signing_in = made.pages.client()
    session(signing_in, next=address)
    secret = made.pages.site.users.make_link(made.user)
    assert send(signing_in, f"/link/{secret}").headers["location"] == "/"


@pytest.mark.parametrize("address", ["/", "/queue", "/queue?status=new&page=2", "/users/3#x"])
def test_addresses_of_ours_are_kept(address: str) -> None:
    assert local(address) == address


@pytest.mark.parametrize("url", ["http://testserver", "https://testserver"])
def test_the_cookie_is_for_these_pages_alone(tmp_path: Path, url: str) -> None:
    with opened_site(tmp_path, url=url) as pages:
        answer = TestClient(pages.app, base_url=url).get("/accessibility")
        name_and_value, *flags = answer.headers["set-cookie"].lower().split("; ")
        assert name_and_value.startswith(f"{COOKIE}=")
        assert {"httponly", "samesite=lax", "path=/", f"max-age={SESSION_SECONDS}"} <= set(flags)
        assert ("secure" in flags) is url.startswith("https")
        assert not any(flag.startswith("domain") for flag in flags)


def test_a_cookie_that_is_not_ours_or_too_old_is_nobody_s(made: World) -> None:
    user = made.pages.sign_in(made.pages.client(), "admin")
    value = b64encode(json.dumps({"user": user.id, "csrf": "x"}).encode())
    forged = itsdangerous.TimestampSigner("another key").sign(value).decode()

    class Yesterday(itsdangerous.TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time()) - SESSION_SECONDS - 60

    old = Yesterday(SECRET).sign(value).decode()
    good = itsdangerous.TimestampSigner(SECRET).sign(value).decode()
    expected = {good: 200, forged: 303, old: 303, value.decode(): 303, good[:-2]: 303, "": 303}
    for cookie, status in expected.items():
        client = made.pages.client()
        client.cookies.set(COOKIE, cookie)
        assert no_redirect(client, "/users").status_code == status, cookie


@pytest.mark.parametrize("user", ["1", 1.0, None, [1], {"id": 1}, -1])
def test_a_session_names_a_user_by_number_alone(made: World, user: Any) -> None:
    made.pages.sign_in(made.pages.client(), "admin")
    client = made.pages.client()
    session(client, user=user)
    assert no_redirect(client, "/queue").status_code in (303, 403)


# Too much


def asked_raw(made: World, path: str, headers: dict[str, str], cookie: str = "") -> tuple[int, int]:
    """Status, and how many pieces of the body were read, of a POST that sends without end."""
    read, status = 0, 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        assert read < 100, "the body is being read"
        return {"type": "http.request", "body": b"x" * 65_536, "more_body": True}

    async def sent(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    given = {"host": "testserver", "cookie": cookie, **headers}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "client": ("192.0.2.1", 1),
        "server": ("testserver", 80),
    }
    anyio.run(made.pages.app, scope, receive, sent)
    return status, read


MULTIPART = "multipart/form-data; boundary=x"
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "size",
    [
        {"content-length": str(TOO_LARGE)},
        {"content-length": str(MOST_BYTES + 1)},
        {"transfer-encoding": "chunked"},
        {"transfer-encoding": "chunked", "content-length": "10"},
        {"content-length": "-1"},
        {"content-length": "²"},
        {},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", [MULTIPART, FORM])
def test_a_hundred_megabytes_are_refused_unread(
    made: World, size: dict[str, str], kind: str
) -> None:
    client = made.pages.signed_in("admin")
    cookie = f"{COOKIE}={client.cookies[COOKIE]}"
    for route in made.routes("POST"):
        address = made.address(route, made.own)
        status, read = asked_raw(made, address, {**size, "content-type": kind}, cookie)
        assert (status, read) == (413, 0), route.path


def test_more_fields_than_a_form_has_are_refused(made: World) -> None:
    client = made.pages.signed_in("admin")
    many = "&".join(["csrf=x", *(f"f{number}=1" for number in range(6000))])
    answer = client.post("/visits", content=many, headers={"content-type": FORM})
    assert answer.status_code in (400, 403, 413)
