from __future__ import annotations

import gzip
import hashlib
import ipaddress
import itertools
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from web_server import Answer, Script, WebServer, document, redirect

from indexer.fetching.download import Download, Downloader, Fetched, Gone, Unchanged
from indexer.fetching.errors import FetchError, Reason
from indexer.fetching.fetch_all import (
    FetchOutcome,
    OutcomeKind,
    PreviousFetch,
    Progress,
    fetch_all,
    fetch_each,
)
from indexer.fetching.pacing import HostPacer, parse_retry_after
from indexer.fetching.policy import is_permitted, parse_url
from indexer.fetching.settings import FetchSettings
from indexer.fetching.sources import Source, SourcesError, read_sources
from knowledge.messages import LANGUAGES

PAGE = "<h1>Frisklivssentral på øya</h1>".encode()
PDF = b"%PDF-1.7\n%%EOF\n"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MONDAY = "Mon, 02 Mar 2026 08:00:00 GMT"
PUBLIC_IP = "93.184.215.14"


class FakeTime:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def downloader(web: WebServer, fake_time: FakeTime) -> Iterator[Callable[..., Downloader]]:
    """Makes a downloader that may talk to the local server, with other settings as given."""
    with ExitStack() as stack:

        def make(*, resolve: Any = None, ssl_context: Any = None, **changes: Any) -> Downloader:
            local: dict[str, Any] = {
                "allow_http": True,
                "allow_private": True,
                "extra_ports": {web.port},
                "read_timeout_s": 5.0,
            }
            extra: dict[str, Any] = {"resolve": resolve} if resolve else {}
            return stack.enter_context(
                Downloader(
                    FetchSettings(**(local | changes)),
                    ssl_context=ssl_context,
                    clock=fake_time.clock,
                    sleep=fake_time.sleep,
                    now=lambda: NOW,
                    **extra,
                )
            )

        yield make


@pytest.fixture
def dialled(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """A pretend internet: whatever address is dialled, the local server picks up the phone."""
    calls: list[tuple[str, int]] = []
    connect = socket.create_connection

    def pretend(address: tuple[str, int], *args: Any, **kwargs: Any) -> socket.socket:
        calls.append(address)
        return connect(("127.0.0.1", web.port), *args, **kwargs)

    monkeypatch.setattr(socket, "create_connection", pretend)
    return calls


def fails(get: Callable[[], Download]) -> FetchError:
    with pytest.raises(FetchError) as caught:
        get()
    sentence = str(caught.value)
    assert sentence.startswith("Could not fetch ") and sentence.endswith(".")
    assert "\n" not in sentence
    told = {language: caught.value.sentence(language) for language in LANGUAGES}
    assert told["en"] == sentence == f"Could not fetch {caught.value.url}: {caught.value.detail}."
    assert told["nb"].startswith("Kunne ikke hente ") and told["nn"].startswith("Kunne ikkje hente")
    return caught.value


def fetched(download: Download) -> Fetched:
    assert isinstance(download, Fetched)
    return download


# What a good answer gives


def test_a_page_comes_with_its_provenance(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    url = web.script("/side", document(PAGE, etag='"a1"', last_modified=MONDAY))
    got = downloader().get(f"  {url}#kapittel-2 ")
    assert got == Fetched(
        content=PAGE,
        url=url,
        content_type="text/html",
        charset="utf-8",
        etag='"a1"',
        last_modified=MONDAY,
        sha256=hashlib.sha256(PAGE).hexdigest(),
        fetched_at=NOW,
    )


def test_it_says_who_is_asking(web: WebServer, downloader: Callable[..., Downloader]) -> None:
    url = web.script("/", Answer(PAGE))
    downloader(contact="frisksvar@kommune.example").get(url)
    for request in web.requests:
        assert request.headers["User-Agent"].startswith("frisksvar")
        assert request.headers["User-Agent"].endswith("(+frisksvar@kommune.example)")


@pytest.mark.parametrize("contact", ["a\r\nX-Evil: 1", "søker@kommune.example"])
def test_a_contact_that_cannot_stand_in_a_header_is_refused(contact: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        FetchSettings(contact=contact)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ({"etag": '"a1"'}, Unchanged),
        ({"last_modified": MONDAY}, Unchanged),
        ({"etag": '"old"', "last_modified": "Sun, 01 Feb 2026 08:00:00 GMT"}, Fetched),
        ({"etag": '"a1"\r\nX-Evil: 1'}, Fetched),
        ({"etag": '"æ"'}, Fetched),
        ({}, Fetched),
    ],
)
def test_validators_make_the_request_conditional(
    web: WebServer,
    downloader: Callable[..., Downloader],
    stored: dict[str, str],
    expected: type,
) -> None:
    url = web.script("/side", document(PAGE, etag='"a1"', last_modified=MONDAY))
    got = downloader().get(url, **stored)
    assert isinstance(got, expected)
    assert not isinstance(got, Gone)
    assert (got.etag, got.last_modified) == ('"a1"', MONDAY)
    assert "X-Evil" not in web.pages()[-1].headers


def test_a_304_without_validators_keeps_those_that_were_sent(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    url = web.script("/side", Answer(status=304, content_type=None))
    got = downloader().get(url, etag='"a1"', last_modified=MONDAY)
    assert got == Unchanged(url, '"a1"', MONDAY, NOW)


def test_a_304_nobody_asked_for_is_an_error(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    url = web.script("/side", Answer(status=304, content_type=None))
    assert fails(lambda: downloader().get(url)).reason is Reason.CLIENT_ERROR


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_is_no_error(
    web: WebServer, downloader: Callable[..., Downloader], status: int
) -> None:
    url = web.script("/side", Answer(b"borte", status=status))
    assert downloader().get(url) == Gone(url, status, NOW)


@pytest.mark.parametrize("status", [400, 401, 403, 451, 204, 206])
def test_any_other_answer_is_a_lasting_error(
    web: WebServer, downloader: Callable[..., Downloader], status: int
) -> None:
    url = web.script("/side", Answer(status=status))
    error = fails(lambda: downloader().get(url))
    assert (error.reason, error.status, error.transient) == (Reason.CLIENT_ERROR, status, False)
    assert len(web.pages()) == 1


def test_gzip_is_unpacked_and_the_hash_is_of_the_page(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    url = web.script("/side", Answer(gzip.compress(PAGE), headers={"Content-Encoding": "gzip"}))
    got = fetched(downloader().get(url))
    assert (got.content, got.sha256) == (PAGE, hashlib.sha256(PAGE).hexdigest())
    assert web.pages()[0].headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize(
    ("content_type", "bare"),
    [
        ("text/html", "text/html"),
        ("application/xhtml+xml; charset=UTF-8", "application/xhtml+xml"),
        ("Application/PDF", "application/pdf"),
        ("text/plain", "text/plain"),
        ("text/markdown; charset=utf-8", "text/markdown"),
        (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
)
def test_readable_types(
    web: WebServer, downloader: Callable[..., Downloader], content_type: str, bare: str
) -> None:
    url = web.script("/fil", Answer(PAGE, content_type=content_type))
    assert fetched(downloader().get(url)).content_type == bare


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"x" * 10, content_type="image/png"),
        Answer(b"x" * 10, content_type="application/zip"),
        Answer(PAGE, content_type=None),
        Answer(PAGE, content_type="text/html/pdf"),
        Answer(PAGE, headers={"Content-Encoding": "br"}),
        Answer(gzip.compress(gzip.compress(PAGE)), headers={"Content-Encoding": "gzip, gzip"}),
    ],
)
def test_other_types_and_codings_are_refused(
    web: WebServer, downloader: Callable[..., Downloader], answer: Answer
) -> None:
    url = web.script("/fil", answer)
    error = fails(lambda: downloader().get(url))
    assert (error.reason, error.transient) == (Reason.WRONG_TYPE, False)


def test_an_empty_page_is_an_error(web: WebServer, downloader: Callable[..., Downloader]) -> None:
    url = web.script("/side", Answer(b" \n"))
    assert fails(lambda: downloader().get(url)).reason is Reason.EMPTY


# Trouble, and trying again


@pytest.mark.parametrize("trouble", [500, 502, 503, 504])
def test_a_server_error_is_tried_again_after_a_pause(
    web: WebServer, downloader: Callable[..., Downloader], fake_time: FakeTime, trouble: int
) -> None:
    url = web.script("/side", Answer(status=trouble), Answer(status=trouble), Answer(PAGE))
    got = fetched(downloader(backoff_s=4.0, request_interval_s=0).get(url))
    assert got.content == PAGE
    assert fake_time.slept == [4.0, 8.0]


def test_after_the_last_attempt_it_gives_up(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    url = web.script("/side", Answer(status=500))
    error = fails(lambda: downloader(attempts=3).get(url))
    assert (error.reason, error.status, error.transient) == (Reason.SERVER_ERROR, 500, True)
    assert len(web.pages()) == 3


def test_the_pause_is_capped(
    web: WebServer, downloader: Callable[..., Downloader], fake_time: FakeTime
) -> None:
    url = web.script("/side", Answer(status=500))
    settings = {"attempts": 4, "backoff_s": 2, "backoff_cap_s": 5, "request_interval_s": 0}
    fails(lambda: downloader(**settings).get(url))
    assert fake_time.slept == [2.0, 4.0, 5.0]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("value", ["7", format_datetime(NOW + timedelta(seconds=7), usegmt=True)])
def test_retry_after_is_honoured(
    web: WebServer,
    downloader: Callable[..., Downloader],
    fake_time: FakeTime,
    status: int,
    value: str,
) -> None:
    url = web.script("/side", Answer(status=status, headers={"Retry-After": value}), Answer(PAGE))
    assert fetched(downloader(request_interval_s=0).get(url)).content == PAGE
    assert fake_time.slept == [7.0]


def test_a_long_retry_after_is_not_waited_for_nor_ignored(
    web: WebServer, downloader: Callable[..., Downloader], fake_time: FakeTime
) -> None:
    url = web.script("/side", Answer(status=429, headers={"Retry-After": "3600"}), Answer(PAGE))
    error = fails(lambda: downloader(request_interval_s=0).get(url))
    assert (error.reason, error.retry_after, error.transient) == (Reason.BUSY, 3600.0, True)
    assert "3600 s" in str(error)
    assert fake_time.slept == []
    assert len(web.pages()) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("-3", None),
        ("1.5", None),
        ("soon", None),
        ("9" * 400, None),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0.0),
        ("Mon, 02 Mar 2026 12:01:30 GMT", 90.0),
        ("Mon, 02 Mar 2026 12:01:30 -0000", 90.0),
    ],
)
def test_retry_after_forms(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds


@given(st.text())
def test_retry_after_never_trips(value: str) -> None:
    seconds = parse_retry_after(value, NOW)
    assert seconds is None or seconds >= 0


def test_a_silent_server_is_given_up(web: WebServer, downloader: Callable[..., Downloader]) -> None:
    url = web.script("/side", Answer(PAGE, pause_s=5))
    error = fails(lambda: downloader(read_timeout_s=0.05, attempts=2).get(url))
    assert (error.reason, error.transient) == (Reason.TIMEOUT, True)
    assert len(web.pages()) == 2


def test_a_server_that_drips_is_given_up(web: WebServer) -> None:
    url = web.script("/side", Answer(itertools.repeat(b"x"), drip_s=0.02))
    settings = FetchSettings(
        allow_http=True,
        allow_private=True,
        extra_ports=frozenset({web.port}),
        total_timeout_s=0.15,
        attempts=1,
        request_interval_s=0,
    )
    with Downloader(settings) as real_time:
        error = fails(lambda: real_time.get(url))
    assert error.reason is Reason.TIMEOUT
    assert web.sent < 100


def test_a_body_cut_short_is_not_taken_for_the_document(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    cut = Answer(PAGE[:5], headers={"Content-Length": str(len(PAGE))})
    url = web.script("/side", cut, Answer(PAGE))
    assert fetched(downloader().get(url)).content == PAGE
    url = web.script("/side", cut)
    error = fails(lambda: downloader(attempts=1).get(url))
    assert (error.reason, error.transient) == (Reason.PROTOCOL, True)


def test_broken_gzip_is_an_error(web: WebServer, downloader: Callable[..., Downloader]) -> None:
    url = web.script("/side", Answer(PAGE, headers={"Content-Encoding": "gzip"}))
    assert fails(lambda: downloader().get(url)).reason is Reason.PROTOCOL


def test_an_announced_large_body_is_not_read(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    url = web.script("/stor", Answer(b"x", headers={"Content-Length": "1001"}))
    error = fails(lambda: downloader(max_bytes=1000).get(url))
    assert (error.reason, error.transient) == (Reason.TOO_LARGE, False)


def test_an_endless_body_is_stopped_early(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    url = web.script("/stor", Answer(itertools.repeat(b"x" * 65536)))
    error = fails(lambda: downloader(max_bytes=1_000_000).get(url))
    assert error.reason is Reason.TOO_LARGE
    assert len(web.pages()) == 1


def test_a_small_file_that_unpacks_to_a_large_one_is_stopped(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    bomb = gzip.compress(bytes(20_000_000))
    assert len(bomb) < 100_000
    url = web.script("/bombe", Answer(bomb, headers={"Content-Encoding": "gzip"}))
    error = fails(lambda: downloader(max_bytes=100_000).get(url))
    assert error.reason is Reason.TOO_LARGE


def test_a_body_of_exactly_the_limit_is_taken(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    url = web.script("/side", Answer(PAGE))
    assert fetched(downloader(max_bytes=len(PAGE)).get(url)).content == PAGE
    assert fails(lambda: downloader(max_bytes=len(PAGE) - 1).get(url)).reason is Reason.TOO_LARGE


def test_connection_refused(downloader: Callable[..., Downloader]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        client = downloader(extra_ports={port})
        error = fails(lambda: client.get(f"http://127.0.0.1:{port}/"))
    assert (error.reason, error.transient) == (Reason.CONNECTION, True)
    assert "robots" not in str(error)


def test_an_unknown_host(downloader: Callable[..., Downloader]) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    error = fails(lambda: downloader(resolve=resolve).get("https://finnes-ikke.example/"))
    assert (error.reason, error.transient) == (Reason.DNS, True)
    assert "finnes-ikke.example" in str(error)


# Pacing


def test_one_request_per_host_per_interval(fake_time: FakeTime) -> None:
    pacer = HostPacer(1.0, clock=fake_time.clock, sleep=fake_time.sleep)
    pacer.wait("a.example")
    pacer.wait("b.example")
    assert fake_time.slept == []
    fake_time.time += 0.25
    pacer.wait("a.example")
    assert fake_time.slept == [0.75]
    fake_time.time += 5
    pacer.wait("a.example")
    assert fake_time.slept == [0.75]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 3)), max_size=30))
def test_starts_are_never_closer_than_the_interval(steps: list[tuple[str, float]]) -> None:
    fake = FakeTime()
    pacer = HostPacer(1.0, clock=fake.clock, sleep=fake.sleep)
    starts: dict[str, list[float]] = {}
    for host, passes in steps:
        fake.time += passes
        pacer.wait(host)
        starts.setdefault(host, []).append(fake.time)
    for times in starts.values():
        gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert all(gap >= 1.0 - 1e-6 for gap in gaps)


def test_the_downloader_paces_robots_retries_and_redirects_too(
    web: WebServer, downloader: Callable[..., Downloader], fake_time: FakeTime
) -> None:
    url = web.script("/gammel", redirect("/ny"))
    web.script("/ny", Answer(PAGE))
    downloader(request_interval_s=2.0).get(url)
    assert web.paths() == ["/robots.txt", "/gammel", "/ny"]
    assert fake_time.slept == [2.0, 2.0]


@pytest.mark.parametrize(("asked", "waited"), [("5", 5.0), ("900", 30.0), ("0", 1.0)])
def test_crawl_delay_is_followed_up_to_a_cap(
    web: WebServer,
    downloader: Callable[..., Downloader],
    fake_time: FakeTime,
    asked: str,
    waited: float,
) -> None:
    rules = f"User-agent: *\nCrawl-delay: {asked}\n"
    web.script("/robots.txt", Answer(rules.encode(), content_type="text/plain"))
    downloader().get(web.script("/side", Answer(PAGE)))
    assert fake_time.slept == [waited]


# robots.txt


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        ("User-agent: *\nDisallow: /hemmelig\n", True),
        ("User-agent: *\nDisallow: /\n", False),
        ("User-agent: *\nDisallow: /dok\n", False),
        ("User-agent: frisksvar\nDisallow: /\n", False),
        ("User-agent: annen\nDisallow: /\n", True),
        ("\ufeffUser-agent: *\nDisallow: /\n", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Frisksvar\nDisallow:\n", True),
        ("<html>ingen regler</html>", True),
    ],
)
def test_robots_rules(
    web: WebServer, downloader: Callable[..., Downloader], rules: str, allowed: bool
) -> None:
    web.script("/robots.txt", Answer(rules.encode(), content_type="text/plain"))
    url = web.script("/dok/side", Answer(PAGE))
    if allowed:
        assert fetched(downloader().get(url)).content == PAGE
    else:
        error = fails(lambda: downloader().get(url))
        assert (error.reason, error.transient) == (Reason.ROBOTS, False)
        assert web.pages() == []


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_site_without_robots_may_be_read(
    web: WebServer, downloader: Callable[..., Downloader], status: int
) -> None:
    web.script("/robots.txt", Answer(status=status))
    url = web.script("/side", Answer(PAGE))
    assert fetched(downloader().get(url)).content == PAGE


@pytest.mark.parametrize(
    "answer", [Answer(status=500), Answer(status=429), redirect("/robots.txt")]
)
def test_a_site_that_cannot_say_is_left_alone_and_asked_only_once(
    web: WebServer, downloader: Callable[..., Downloader], answer: Answer
) -> None:
    web.script("/robots.txt", answer)
    client = downloader(attempts=2)
    for path in ("/a", "/b"):
        url = web.script(path, Answer(PAGE))
        error = fails(lambda url=url: client.get(url))  # type: ignore[misc]
        assert error.reason is Reason.ROBOTS_UNREADABLE
        assert error.url == url
        assert "robots.txt" in str(error)
    assert web.paths() == ["/robots.txt"] * (1 if answer.status == 302 else 2)


def test_robots_is_asked_once_and_redirected_robots_is_followed(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    web.script("/robots.txt", redirect("/regler.txt", 301))
    web.script("/regler.txt", Answer(b"User-agent: *\nDisallow: /b\n", content_type="text/plain"))
    client = downloader()
    assert isinstance(client.get(web.script("/a", Answer(PAGE))), Fetched)
    url = web.script("/b", Answer(PAGE))
    assert fails(lambda: client.get(url)).reason is Reason.ROBOTS
    assert web.paths() == ["/robots.txt", "/regler.txt", "/a"]


def test_robots_rules_hold_where_a_redirect_leads(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    web.script("/robots.txt", Answer(b"User-agent: *\nDisallow: /lukket\n"))
    web.script("/lukket", Answer(PAGE))
    url = web.script("/aapen", redirect("/lukket"))
    assert fails(lambda: downloader().get(url)).reason is Reason.ROBOTS
    assert "/lukket" not in web.paths()


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_to_the_final_address(
    web: WebServer, downloader: Callable[..., Downloader], status: int
) -> None:
    url = web.script("/gammel/side", redirect("../ny#del", status))
    final = web.script("/ny", Answer(PAGE))
    assert fetched(downloader().get(url)).url == final


def test_circles_and_endless_redirects_end(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    web.script("/a", redirect("/b"))
    web.script("/b", redirect("/a"))
    error = fails(lambda: downloader().get(web.url("/a")))
    assert (error.reason, error.url) == (Reason.REDIRECTS, web.url("/a"))
    for number in range(6):
        web.script(f"/{number}", redirect(f"/{number + 1}"))
    web.script("/6", Answer(PAGE))
    assert isinstance(downloader(max_redirects=6).get(web.url("/0")), Fetched)
    error = fails(lambda: downloader(max_redirects=5).get(web.url("/0")))
    assert error.reason is Reason.REDIRECTS


def test_a_redirect_to_nowhere_is_an_error(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    url = web.script("/side", Answer(status=302))
    assert fails(lambda: downloader().get(url)).reason is Reason.PROTOCOL


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://127.0.0.1:{port}/internt", Reason.ADDRESS),
        ("http://[::1]:{port}/internt", Reason.ADDRESS),
        ("http://169.254.169.254/latest/meta-data", Reason.ADDRESS),
        ("http://intern.test/internt", Reason.ADDRESS),
        ("http://offentlig.test:22/internt", Reason.PORT),
        ("http://bruker:ord@offentlig.test/internt", Reason.CREDENTIALS),
        ("file:///etc/passwd", Reason.SCHEME),
        ("ftp://offentlig.test/internt", Reason.SCHEME),
    ],
)
def test_no_redirect_leads_inside(
    web: WebServer,
    downloader: Callable[..., Downloader],
    dialled: list[tuple[str, int]],
    location: str,
    reason: Reason,
) -> None:
    def resolve(host: str, port: int) -> list[str]:
        return {"offentlig.test": [PUBLIC_IP], "intern.test": ["10.0.0.8"]}.get(host, [host])

    web.script("/side", redirect(location.format(port=web.port)))
    web.script("/internt", Answer(PAGE))
    client = downloader(allow_private=False, resolve=resolve)
    error = fails(lambda: client.get("http://offentlig.test/side"))
    assert error.reason is reason
    assert "ord@" not in str(error)
    assert web.paths() == ["/robots.txt", "/side"]
    assert dialled == [(PUBLIC_IP, 80)] * 2


def test_no_redirect_from_https_to_http_by_default(
    web: WebServer, tls: tuple[ssl.SSLContext, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    server_context, client_context = tls
    with WebServer(server_context) as secure:
        secure.script("/side", redirect("http://kilde.test/side"))
        settings = FetchSettings(allow_private=True, extra_ports=frozenset({secure.port}))
        with Downloader(
            settings,
            resolve=lambda host, port: ["127.0.0.1"],
            ssl_context=client_context,
            sleep=lambda seconds: None,
        ) as client:
            error = fails(lambda: client.get(f"https://kilde.test:{secure.port}/side"))
    assert error.reason is Reason.SCHEME
    assert web.requests == []


# Which addresses may be fetched at all


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://offentlig.test/", Reason.SCHEME),
        ("file:///etc/passwd", Reason.SCHEME),
        ("ftp://offentlig.test/fil.pdf", Reason.SCHEME),
        ("javascript:alert(1)", Reason.SCHEME),
        ("data:text/html,hei", Reason.SCHEME),
        ("https://bruker:hemmelig@offentlig.test/", Reason.CREDENTIALS),
        ("https://bruker@offentlig.test/", Reason.CREDENTIALS),
        ("https://offentlig.test:8443/", Reason.PORT),
        ("https://offentlig.test:0/", Reason.PORT),
        ("https://127.0.0.1/", Reason.ADDRESS),
        ("https://[::1]/", Reason.ADDRESS),
        ("https://[::ffff:10.0.0.1]/", Reason.ADDRESS),
        ("https://2130706433/", Reason.ADDRESS),
        ("https://0x7f.1/", Reason.ADDRESS),
        ("https://localhost/", Reason.ADDRESS),
        ("www.helsedirektoratet.no/side", Reason.BAD_URL),
        ("https://", Reason.BAD_URL),
        ("https://a\x00b/", Reason.BAD_URL),
        ("https://offentlig.test:abc/", Reason.BAD_URL),
        ("", Reason.BAD_URL),
    ],
)
def test_refused_by_default(
    dialled: list[tuple[str, int]], fake_time: FakeTime, url: str, reason: Reason
) -> None:
    with Downloader(clock=fake_time.clock, sleep=fake_time.sleep) as client:
        error = fails(lambda: client.get(url))
    assert (error.reason, error.transient) == (reason, False)
    assert "hemmelig" not in str(error)
    assert dialled == []


@given(st.text())
def test_no_text_trips_the_address_parser(text: str) -> None:
    try:
        url = parse_url(text)
    except FetchError as error:
        assert error.reason in (Reason.BAD_URL, Reason.SCHEME, Reason.CREDENTIALS)
    else:
        assert url.scheme in ("http", "https")
        assert url.host and not url.userinfo


@pytest.mark.parametrize(
    ("address", "public", "private"),
    [
        (PUBLIC_IP, True, True),
        ("2a00:1450:400f:80c::200e", True, True),
        ("127.0.0.1", False, True),
        ("10.1.2.3", False, True),
        ("192.168.0.1", False, True),
        ("::1", False, True),
        ("fd00::1", False, True),
        ("fec0::1", False, True),
        ("169.254.169.254", False, False),
        ("fe80::1", False, False),
        ("0.0.0.0", False, False),
        ("::", False, False),
        ("224.0.0.1", False, False),
        ("ff0e::1", False, False),
        ("240.0.0.1", False, False),
        ("255.255.255.255", False, False),
        ("100.64.0.1", False, False),
        ("::ffff:127.0.0.1", False, True),
        ("::ffff:169.254.169.254", False, False),
        ("64:ff9b::7f00:1", False, True),
        ("64:ff9b::5db8:d70e", True, True),
        ("2002:7f00:1::1", False, True),
    ],
)
def test_public_and_private_addresses(address: str, public: bool, private: bool) -> None:
    parsed = ipaddress.ip_address(address)
    assert is_permitted(parsed) is public
    assert is_permitted(parsed, allow_private=True) is private


def test_one_private_address_among_public_ones_refuses_the_host(
    downloader: Callable[..., Downloader], dialled: list[tuple[str, int]]
) -> None:
    client = downloader(allow_private=False, resolve=lambda host, port: [PUBLIC_IP, "192.168.1.1"])
    error = fails(lambda: client.get("https://blandet.test/"))
    assert error.reason is Reason.ADDRESS
    assert dialled == []


def test_rebinding_never_reaches_the_private_address(
    web: WebServer, downloader: Callable[..., Downloader], dialled: list[tuple[str, int]]
) -> None:
    """The name server answers a public address first and 127.0.0.1 from then on."""
    answers = iter([[PUBLIC_IP], [PUBLIC_IP]])
    client = downloader(
        allow_private=False, resolve=lambda host, port: next(answers, ["127.0.0.1"])
    )
    web.script("/a", Answer(PAGE))
    url = "http://omskiftelig.test/a"
    # One look-up for robots.txt and one for the page: had any been made between check and
    # connection, it would have got 127.0.0.1.
    assert fetched(client.get(url)).content == PAGE
    assert dialled == [(PUBLIC_IP, 80), (PUBLIC_IP, 80)]
    assert web.requests[0].headers["Host"] == "omskiftelig.test"
    assert fails(lambda: client.get(url)).reason is Reason.ADDRESS
    assert len(dialled) == 2


def test_rebinding_through_the_system_resolver(
    downloader: Callable[..., Downloader], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with nothing injected: only literal addresses reach the connecting socket."""
    looked_up: list[str] = []
    dialled: list[tuple[str, int]] = []

    def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        looked_up.append(host)
        address = PUBLIC_IP if len(looked_up) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(address: tuple[str, int], *args: Any, **kwargs: Any) -> socket.socket:
        dialled.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket, "create_connection", connect)
    client = downloader(allow_private=False)
    assert fails(lambda: client.get("https://omskiftelig.test/")).reason is Reason.ADDRESS
    assert dialled == [(PUBLIC_IP, 443)]
    assert looked_up == ["omskiftelig.test"] * 2


def test_the_next_address_is_tried_when_one_does_not_answer(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    web.script("/side", Answer(PAGE))
    client = downloader(resolve=lambda host, port: ["::1", "127.0.0.1"])
    got = fetched(client.get(web.url("/side", host="kilde.test")))
    assert (got.content, got.url) == (PAGE, web.url("/side", host="kilde.test"))


def test_a_proxy_in_the_environment_is_not_used(
    web: WebServer, downloader: Callable[..., Downloader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    url = web.script("/side", Answer(PAGE))
    assert fetched(downloader(attempts=1).get(url)).content == PAGE


# TLS


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server with a certificate for kilde.test, and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kilde.test")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("kilde.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    file = tmp_path_factory.mktemp("tls") / "kilde.pem"
    file.write_bytes(
        pem
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=pem.decode())


@pytest.mark.parametrize(
    ("host", "trusted", "reason"),
    [
        ("kilde.test", True, None),
        ("annen.test", True, Reason.TLS),
        ("127.0.0.1", True, Reason.TLS),
        ("kilde.test", False, Reason.TLS),
    ],
)
def test_the_certificate_is_checked_against_the_name_not_the_address(
    tls: tuple[ssl.SSLContext, ssl.SSLContext], host: str, trusted: bool, reason: Reason | None
) -> None:
    server_context, client_context = tls
    with WebServer(server_context) as secure:
        secure.script("/side", Answer(PAGE))
        settings = FetchSettings(
            allow_private=True, extra_ports=frozenset({secure.port}), request_interval_s=0
        )
        with Downloader(
            settings,
            resolve=lambda host, port: ["127.0.0.1"],
            ssl_context=client_context if trusted else None,
        ) as client:
            url = f"https://{host}:{secure.port}/side"
            if reason is None:
                assert fetched(client.get(url)).content == PAGE
            else:
                error = fails(lambda: client.get(url))
                assert (error.reason, error.transient) == (reason, False)
                assert secure.requests == []


# The whole list


class MemoryState:
    """A store that keeps the promises of `FetchState`."""

    def __init__(self) -> None:
        self.stored: dict[str, PreviousFetch] = {}
        self.contents: dict[str, bytes] = {}
        self.outcomes: list[FetchOutcome] = []

    def get(self, source_id: str) -> PreviousFetch | None:
        return self.stored.get(source_id)

    def record(self, source_id: str, outcome: FetchOutcome, content: bytes | None) -> None:
        self.outcomes.append(outcome)
        assert (content is not None) == (outcome.kind in (OutcomeKind.NEW, OutcomeKind.CHANGED))
        if outcome.kind is OutcomeKind.VANISHED:
            self.stored.pop(source_id, None)
            self.contents.pop(source_id, None)
        elif outcome.kind is not OutcomeKind.FAILED:
            assert outcome.new_sha256
            self.stored[source_id] = PreviousFetch(
                outcome.url, outcome.new_sha256, outcome.etag, outcome.last_modified
            )
            if content is not None:
                self.contents[source_id] = content


def source(url: str, *, id: str = "veileder", kind: str = "html") -> Source:  # noqa: A002
    return Source.model_validate(
        {
            "id": id,
            "title": "Veileder",
            "publisher": "Helsedirektoratet",
            "url": url,
            "kind": kind,
            "edition": "2016",
        }
    )


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


OTHER = b"<h1>Ny utgave</h1>"


@pytest.mark.parametrize(
    ("then", "now", "kind", "kept"),
    [
        pytest.param(None, Answer(PAGE), "new", PAGE, id="new"),
        pytest.param(Answer(PAGE), Answer(OTHER), "changed", OTHER, id="changed"),
        pytest.param(Answer(PAGE), Answer(PAGE), "unchanged", PAGE, id="same bytes, 200"),
        pytest.param(
            document(PAGE, etag='"1"'), document(PAGE, etag='"1"'), "unchanged", PAGE, id="304"
        ),
        pytest.param(
            document(PAGE, etag='"1"'), document(OTHER, etag='"2"'), "changed", OTHER, id="etag"
        ),
        pytest.param(Answer(PAGE), Answer(status=404), "vanished", None, id="404"),
        pytest.param(Answer(PAGE), Answer(status=410), "vanished", None, id="410"),
        pytest.param(None, Answer(status=404), "vanished", None, id="never there"),
        pytest.param(Answer(PAGE), Answer(status=500), "failed", PAGE, id="500"),
        pytest.param(Answer(PAGE), Answer(status=403), "failed", PAGE, id="403"),
        pytest.param(Answer(PAGE), Answer(b""), "failed", PAGE, id="empty"),
        pytest.param(
            Answer(PAGE), Answer(PDF, content_type="application/pdf"), "failed", PAGE, id="pdf"
        ),
    ],
)
def test_outcomes(
    web: WebServer,
    downloader: Callable[..., Downloader],
    then: Script | None,
    now: Script,
    kind: str,
    kept: bytes | None,
) -> None:
    state = MemoryState()
    wanted = source(web.url("/veileder"))
    if then:
        web.script("/veileder", then)
        [first] = fetch_all([wanted], state, downloader())
        assert first.kind is OutcomeKind.NEW
    web.script("/veileder", now)
    [outcome] = fetch_all([wanted], state, downloader())
    assert outcome.kind == kind
    assert outcome.old_sha256 == (sha(PAGE) if then else None)
    ended = kind in ("failed", "vanished")
    assert outcome.new_sha256 == (None if ended or kept is None else sha(kept))
    assert (outcome.reason is not None) == (outcome.message is not None) == ended
    assert state.contents.get("veileder") == kept
    assert state.outcomes[-1] is outcome


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<p>Logg inn</p>"),
        Answer(b"<p>Logg inn</p>", content_type="application/pdf"),
        Answer(PDF, content_type="text/plain"),
    ],
)
def test_a_login_page_does_not_push_out_a_pdf(
    web: WebServer, downloader: Callable[..., Downloader], answer: Answer
) -> None:
    state = MemoryState()
    wanted = source(web.url("/fil"), kind="pdf")
    web.script("/fil", Answer(PDF, content_type="application/pdf"), answer)
    [first] = fetch_all([wanted], state, downloader())
    [second] = fetch_all([wanted], state, downloader())
    assert (first.kind, second.kind) == (OutcomeKind.NEW, OutcomeKind.FAILED)
    assert second.reason is Reason.WRONG_TYPE
    assert state.contents["veileder"] == PDF


def test_a_vanished_source_that_returns_is_new_again(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    state = MemoryState()
    there = document(PAGE, etag='"1"')
    wanted = source(web.script("/veileder", there, Answer(status=404), there))
    kinds = [fetch_all([wanted], state, downloader())[0].kind.value for _ in range(3)]
    assert kinds == ["new", "vanished", "new"]
    assert state.contents["veileder"] == PAGE


def test_validators_are_not_sent_to_another_address(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    state = MemoryState()
    fetch_all([source(web.script("/2016", document(PAGE, etag='"1"')))], state, downloader())
    moved = source(web.script("/2022", document(OTHER, etag='"1"')))
    [outcome] = fetch_all([moved], state, downloader())
    assert outcome.kind is OutcomeKind.CHANGED
    assert state.contents["veileder"] == OTHER


def test_a_failure_does_not_stop_the_others_and_progress_is_shown(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    state = MemoryState()
    sources = [
        source(web.script("/a", Answer(PAGE)), id="a"),
        source("https://127.0.0.1:1/b", id="b"),
        source(web.script("/c", Answer(OTHER)), id="c"),
    ]
    seen: list[Progress] = []
    outcomes = fetch_all(sources, state, downloader(), seen.append)
    assert [outcome.kind.value for outcome in outcomes] == ["new", "failed", "new"]
    assert outcomes[1].reason is Reason.PORT
    assert [(step.number, step.source.id, step.outcome) for step in seen] == [
        (1, "a", None),
        (1, "a", outcomes[0]),
        (2, "b", None),
        (2, "b", outcomes[1]),
        (3, "c", None),
        (3, "c", outcomes[2]),
    ]
    assert {step.total for step in seen} == {3}


def test_an_interrupted_run_keeps_what_was_reported(
    web: WebServer, downloader: Callable[..., Downloader]
) -> None:
    state = MemoryState()
    sources = [source(web.script(f"/{name}", Answer(PAGE)), id=name) for name in "abc"]

    def interrupt(step: Progress) -> None:
        if step.number == 2 and step.outcome is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_all(sources, state, downloader(), interrupt)
    assert set(state.contents) == {"a"}
    assert [request.path for request in web.pages()] == ["/a"]


def test_one_at_a_time(web: WebServer, downloader: Callable[..., Downloader]) -> None:
    state = MemoryState()
    sources = [source(web.script(f"/{name}", Answer(PAGE)), id=name) for name in "ab"]
    steps = fetch_each(sources, state, downloader())
    assert next(steps).source_id == "a"
    assert set(state.contents) == {"a"}
    assert [outcome.source_id for outcome in steps] == ["b"]


# The list itself

ENTRY = """
[[source]]
id = "is-1896"
title = "Veileder for kommunale frisklivssentraler"
publisher = "Helsedirektoratet"
url = "https://www.helsedirektoratet.no/veiledere/frisklivssentraler"
kind = "html"
edition = "2016"
"""
SECOND = ENTRY.replace("is-1896", "is-2022") + 'replaces = "is-1896"\nnote = "utkast"\n'


def test_the_list_is_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(ENTRY + SECOND, encoding="utf-8")
    first, second = read_sources(path)
    assert (first.id, first.kind, first.edition, first.replaces) == (
        "is-1896",
        "html",
        "2016",
        None,
    )
    changes = {"id": "is-2022", "replaces": "is-1896", "note": "utkast"}
    assert second == first.model_copy(update=changes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ENTRY + ENTRY, ["source 2", "is-1896", "'id'", "source 1"]),
        (ENTRY + "farge = 'blå'\n", ["source 1", "is-1896", "'farge'"]),
        (ENTRY.replace('edition = "2016"', "edition = 2016"), ["is-1896", "'edition'", "string"]),
        (ENTRY.replace('edition = "2016"', ""), ["is-1896", "'edition'"]),
        (ENTRY.replace('"html"', '"docx"'), ["is-1896", "'kind'"]),
        (ENTRY.replace("https://", "ftp://"), ["is-1896", "'url'", "ftp"]),
        (ENTRY.replace("https://", ""), ["is-1896", "'url'", "https://"]),
        (ENTRY.replace("https://", "https://a:b@"), ["is-1896", "'url'", "password"]),
        (ENTRY.replace('"is-1896"', '"IS 1896"'), ["source 1", "'id'"]),
        (ENTRY.replace('title = "Veileder for', 'title = "" #'), ["is-1896", "'title'"]),
        (ENTRY + 'replaces = "is-1896"\n', ["is-1896", "'replaces'"]),
        ("x = 1\n" + ENTRY, ["'x'"]),
        ("source = 3", ["[[source]]"]),
        ("", ["[[source]]"]),
        ("[[source]\n", ["TOML"]),
    ],
)
def test_a_faulty_list_is_refused_with_one_sentence(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourcesError) as caught:
        read_sources(path)
    message = str(caught.value)
    assert all(str(path) in caught.value.sentence(language) for language in LANGUAGES)
    assert caught.value.sentence("nb") not in (message, caught.value.sentence("nn"))
    assert "\n" not in message
    assert [word for word in words if word not in message] == []


def test_a_missing_or_garbled_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    with pytest.raises(SourcesError, match="could not be read"):
        read_sources(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SourcesError, match="not valid TOML"):
        read_sources(path)
