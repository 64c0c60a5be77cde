"""The sources as a page: adding, removing, renewing; and asking on a page."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock
from review_site import ReviewSite, opened_site, send, session_of, text_of
from starlette.testclient import TestClient
from tests_support import Home
from web_server import HTML, Answer, Request, WebServer

from bot.answering.question import Question
from bot.review.building import Building
from bot.review.checking import downloader
from bot.review.sources import safe_name
from indexer.fetching.fetch_all import OutcomeKind, fetch_one
from indexer.fetching.settings import FetchSettings
from indexer.fetching.sources import Source
from indexer.library.fetched import FetchedSources

NOTE = "# Basseng\n\nKultur og idrett betaler leien av svømmehallen i vår kommune, ikke helse."
ASKED = "Hvem betaler leien av svømmehallen?"


@pytest.fixture
def pages(bundled_home: Home, tmp_path: Path) -> Iterator[ReviewSite]:
    with opened_site(tmp_path, bundled_home) as opened:
        yield opened
        opened.site.building.wait()


@pytest.fixture
def admin(pages: ReviewSite) -> TestClient:
    return pages.signed_in("admin")


def upload(client: TestClient, name: str, content: bytes | str, **fields: str) -> tuple[int, str]:
    data = content.encode() if isinstance(content, str) else content
    response = send(client, "/sources/add", fields, files={"file": (name, data)})
    return response.status_code, text_of(response)


def test_what_is_indexed_is_listed_with_edition_and_age(pages: ReviewSite) -> None:
    told = text_of(pages.signed_in("reader").get("/sources"))
    bundled = list(pages.site.catalogue.bundled())
    assert f"{len(bundled)} dokumenter kan siteres" in told
    assert all(document.metadata.title in told for document in bundled)
    assert "ikke i indeksen" not in told and "Ta ut" not in told


def test_a_file_is_added_quoted_removed_and_put_back(pages: ReviewSite, admin: TestClient) -> None:
    status, _ = upload(admin, "notat.md", NOTE, title="Notat om basseng", publisher="Modum")
    assert status == 303
    assert "lagt til med 1 utdrag" in text_of(admin.get("/sources"))
    assert pages.site.building.wait().trouble is None
    told = text_of(admin.get("/sources"))
    assert "Notat om basseng" in told and "Indeksen har" in told and "ikke i indeksen" not in told
    opened = pages.site.index.open()
    hits = opened.searcher.search(ASKED, language="nb").hits
    assert hits[0].document.metadata.publisher == "Modum"
    number = pages.site.catalogue.added()[0].id
    assert send(admin, "/sources/remove", {"id": number}).status_code == 303
    assert pages.site.building.wait().trouble is None
    assert pages.site.catalogue.added() == []
    assert "Angre: legg «Notat om basseng» tilbake" in text_of(admin.get("/sources"))
    assert send(admin, "/sources/undo").status_code == 303
    assert pages.site.building.wait().trouble is None
    (back,) = pages.site.catalogue.added()
    assert (back.id, back.location, back.metadata.publisher) == (number, "upload:notat.md", "Modum")
    assert "removed_source" not in session_of(admin)
    send(admin, "/sources/undo")
    assert "kunne ikke legges tilbake" in text_of(admin.get("/sources"))


def test_the_same_name_again_replaces_and_the_same_file_changes_nothing(
    pages: ReviewSite, admin: TestClient
) -> None:
    for content, told in ((NOTE, "lagt til"), (NOTE, "uendret"), (NOTE + " Nytt.", "erstattet")):
        assert upload(admin, "notat.md", content)[0] == 303
        assert told in text_of(admin.get("/sources"))
    assert upload(admin, "kopi.md", NOTE + " Nytt.")[0] == 303
    assert "er der fra før: upload:notat.md" in text_of(admin.get("/sources"))
    assert len(pages.site.catalogue.added()) == 1


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("bilde.exe", b"MZ", "er ikke en fil som kan leses"),
        ("tom.md", b"", "tom.md"),
        ("falsk.pdf", b"not a pdf", "falsk.pdf"),
        ("falsk.docx", b"PK\x03\x04 broken", "falsk.docx"),
    ],
)
def test_what_cannot_be_read_is_told_at_the_field(
    pages: ReviewSite, admin: TestClient, name: str, content: bytes, told: str
) -> None:
    status, text = upload(admin, name, content, publisher="Står her ennå")
    assert status == 422 and told in text
    assert pages.site.catalogue.added() == []


def test_either_a_file_or_an_address(admin: TestClient) -> None:
    assert send(admin, "/sources/add", {}).status_code == 422
    both = send(
        admin, "/sources/add", {"address": "https://x.no/"}, files={"file": ("a.md", NOTE.encode())}
    )
    assert both.status_code == 422


@pytest.mark.parametrize(
    "address",
    ["http://example.no/", "https://127.0.0.1/", "file:///etc/passwd", "https://[::1]/", "tull"],
)
def test_addresses_are_fetched_within_the_rules_only(
    pages: ReviewSite, admin: TestClient, address: str
) -> None:
    response = send(admin, "/sources/add", {"address": address})
    assert response.status_code == 422 and 'id="address-error"' in response.text
    assert pages.site.catalogue.added() == []


def test_a_page_is_fetched_by_its_address(
    bundled_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with WebServer() as web:
        body = f"<html><title>Basseng</title><body><h1>Basseng</h1><p>{NOTE[11:]}</p></body></html>"
        web.script("/side", Answer(body.encode(), content_type=HTML))
        monkeypatch.setenv("FRISKSVAR_ALLOW_HTTP", "1")
        monkeypatch.setenv("FRISKSVAR_ALLOW_PRIVATE", "1")
        monkeypatch.setenv("FRISKSVAR_ALLOW_PORTS", f"[{web.port}]")
        with opened_site(tmp_path, bundled_home) as pages:
            admin = pages.signed_in("admin")
            assert send(admin, "/sources/add", {"address": web.url("/side")}).status_code == 303
            (added,) = pages.site.catalogue.added()
            assert (added.origin, added.location) == ("url", web.url("/side"))
            assert send(admin, "/sources/add", {"address": web.url("/borte")}).status_code == 422
            assert pages.site.building.wait().trouble is None


def test_only_an_administrator_changes_the_sources(pages: ReviewSite) -> None:
    reviewer = pages.signed_in("reviewer")
    for path in ("add", "remove", "undo", "rebuild", "check"):
        assert send(reviewer, f"/sources/{path}", {"id": "x"}).status_code == 403
    assert 'action="/sources/' not in reviewer.get("/sources").text


def test_what_is_not_there_or_comes_along_cannot_be_removed(
    pages: ReviewSite, admin: TestClient
) -> None:
    bundled = next(iter(pages.site.catalogue.bundled()))
    for number in ("", "x", "0" * 64, bundled.id):
        assert send(admin, "/sources/remove", {"id": number}).status_code == 404


def test_old_changed_and_failing_sources_are_marked(pages: ReviewSite, admin: TestClient) -> None:
    for name in ("gammel", "endret", "feilet"):
        assert upload(admin, f"{name}.md", f"{NOTE} {name}", title=f"Om {name}")[0] == 303
    pages.site.building.wait()
    old = (datetime.now(UTC) - timedelta(days=200)).isoformat()
    with pages.site.store.write() as db:
        db.conn.execute(
            "UPDATE documents SET added_at = ? WHERE location = 'upload:gammel.md'", [old]
        )
        for name, outcome in (("endret", "changed"), ("feilet", "failed")):
            db.conn.execute(
                "INSERT INTO fetches (source, url, checked_at, outcome) VALUES (?, 'x', ?, ?)",
                [f"upload:{name}.md", datetime.now(UTC).isoformat(), outcome],
            )
    rows = admin.get("/sources").text.split("<tr>")
    marks = {
        "gammel": "eldre enn 180 dager",
        "endret": "ny utgave hentet",
        "feilet": "kunne ikke hentes",
    }
    for name, mark in marks.items():
        (row,) = [row for row in rows if f"Om {name}<" in row]
        assert mark in row
        assert not any(other in row for other in marks.values() if other != mark)


# Looking for newer editions


def html(text: str) -> bytes:
    return f"<html><title>Basseng</title><body><h1>Basseng</h1><p>{text}</p></body></html>".encode()


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    with WebServer() as server:
        monkeypatch.setenv("FRISKSVAR_ALLOW_HTTP", "1")
        monkeypatch.setenv("FRISKSVAR_ALLOW_PRIVATE", "1")
        monkeypatch.setenv("FRISKSVAR_ALLOW_PORTS", f"[{server.port}]")
        yield server


@pytest.fixture
def fetching(
    web: WebServer, bundled_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ReviewSite]:
    """Pages that may fetch from the server of the test, at once."""
    quick = FetchSettings.model_fields
    for name in ("request_interval_s", "backoff_s"):
        monkeypatch.setattr(quick[name], "default", 0.0)
    FetchSettings.model_rebuild(force=True)
    with opened_site(tmp_path, bundled_home) as made:
        yield made
        made.site.checking.wait()
        made.site.building.wait()
    monkeypatch.undo()
    FetchSettings.model_rebuild(force=True)


def fetched(pages: ReviewSite, admin: TestClient, address: str) -> str:
    """Add a page by its address; the id of the document."""
    assert send(admin, "/sources/add", {"address": address}).status_code == 303
    assert pages.site.building.wait().trouble is None
    (found,) = [one for one in pages.site.catalogue.added() if one.location == address]
    return found.id


def checked(pages: ReviewSite, admin: TestClient, *documents: str) -> str:
    """Look for newer editions and wait; what the page tells then."""
    assert send(admin, "/sources/check", {"document": list(documents)}).status_code == 303
    assert "bakgrunnen" in text_of(admin.get("/sources"))
    assert pages.site.checking.wait().trouble is None
    assert pages.site.building.wait().trouble is None
    return text_of(admin.get("/sources"))


def test_a_check_asks_for_what_changed_only_and_the_answers_follow(
    fetching: ReviewSite, web: WebServer
) -> None:
    admin = fetching.signed_in("admin")
    first, second = html(NOTE[11:]), html("Fylkeskommunen betaler leien av svømmehallen her.")
    tag = {"ETag": '"en"'}
    web.script("/side", Answer(first, content_type=HTML, headers=tag))
    address = web.url("/side")
    fetched(fetching, admin, address)
    assert "Se etter nye utgaver" in text_of(admin.get("/sources"))

    told = checked(fetching, admin)
    assert "Uendret: 1. Ny utgave hentet: 0." in told and "uendret hos utgiveren" in told
    assert "If-None-Match" not in web.pages()[-1].headers  # no validator is known yet

    web.script("/side", Answer(b"", status=304, headers=tag))
    told = checked(fetching, admin)
    assert "Uendret: 1." in told
    assert web.pages()[-1].headers["If-None-Match"] == '"en"'

    web.script("/side", Answer(second, content_type=HTML, headers={"ETag": '"to"'}))
    told = checked(fetching, admin)
    assert "Ny utgave hentet: 1." in told and "ny utgave hentet" in told
    assert "ikke i indeksen" not in told
    (document,) = fetching.site.catalogue.added()
    assert (document.origin, document.location) == ("url", address)
    hits = fetching.site.index.open().searcher.search(ASKED, language="nb").hits
    assert "Fylkeskommunen" in hits[0].passage.text

    web.script("/side", Answer(b"", status=304, headers={"ETag": '"to"'}))
    checked(fetching, admin)
    assert web.pages()[-1].headers["If-None-Match"] == '"to"'


@pytest.mark.parametrize(
    ("answer", "told", "reason"),
    [
        (Answer(b"no", status=404), "borte hos utgiveren", ""),
        (Answer(b"no", status=410), "borte hos utgiveren", ""),
        (Answer(b"no", status=500), "kunne ikke hentes sist", "500"),
        (Answer(b"no", status=403), "kunne ikke hentes sist", "403"),
        (Answer(b"%PDF-1.7", content_type="application/pdf"), "kunne ikke hentes sist", "pdf"),
        (Answer(b"<p></p>", content_type=HTML), "kunne ikke hentes sist", ""),
    ],
)
def test_what_is_gone_or_cannot_be_had_is_told_and_what_is_stored_stays(
    fetching: ReviewSite, web: WebServer, answer: Answer, told: str, reason: str
) -> None:
    admin = fetching.signed_in("admin")
    web.script("/side", Answer(html(NOTE[11:]), content_type=HTML, headers={"ETag": '"en"'}))
    number = fetched(fetching, admin, web.url("/side"))
    checked(fetching, admin)
    web.script("/side", answer)
    page = checked(fetching, admin)
    assert told in page and reason in page
    assert [one.id for one in fetching.site.catalogue.added()] == [number]
    # It comes back, and is asked for with what was known of it.
    web.script("/side", Answer(b"", status=304))
    assert "uendret hos utgiveren" in checked(fetching, admin)
    assert web.pages()[-1].headers["If-None-Match"] == '"en"'


def test_only_those_chosen_are_asked_for(
    fetching: ReviewSite, web: WebServer, admin_of: TestClient
) -> None:
    for name in ("en", "to"):
        web.script(f"/{name}", Answer(html(f"{NOTE[11:]} Side {name}."), content_type=HTML))
        fetched(fetching, admin_of, web.url(f"/{name}"))
    assert upload(admin_of, "notat.md", NOTE)[0] == 303
    fetching.site.building.wait()
    page = admin_of.get("/sources").text
    assert page.count('form="check"') == 2  # not for the file, nor for what comes along
    chosen = next(
        one.id for one in fetching.site.catalogue.added() if one.location == web.url("/to")
    )
    web.requests.clear()
    told = checked(fetching, admin_of, chosen, "0" * 64)
    assert [request.path for request in web.pages()] == ["/to"] and "Uendret: 1." in told


@pytest.fixture
def admin_of(fetching: ReviewSite) -> TestClient:
    return fetching.signed_in("admin")


def test_a_source_of_the_list_keeps_its_name_when_it_is_new(
    fetching: ReviewSite, web: WebServer, admin_of: TestClient
) -> None:
    here = fetching.site
    source = Source(
        id="veileder",
        title="Veilederen",
        publisher="Helsedirektoratet",
        url=web.url("/veileder"),
        kind="html",
        edition="2022",
    )
    web.script("/veileder", Answer(html(NOTE[11:]), content_type=HTML, headers={"ETag": '"en"'}))
    with downloader(here.settings) as fetcher:
        fetch_one(source, FetchedSources(here.store, here.catalogue, [source]), fetcher)
    web.script("/veileder", Answer(html("Alt er nytt i denne utgaven."), content_type=HTML))
    assert "Ny utgave hentet: 1." in checked(fetching, admin_of)
    assert web.pages()[-1].headers["If-None-Match"] == '"en"'
    (document,) = here.catalogue.added()
    about = document.metadata
    assert (document.origin, document.location) == ("source", "veileder")
    assert (about.title, about.publisher, about.edition) == (
        "Veilederen", "Helsedirektoratet", "2022",
    )  # fmt: skip


def test_one_check_at_a_time_with_its_progress(
    fetching: ReviewSite, web: WebServer, admin_of: TestClient
) -> None:
    let = threading.Event()

    def slow(request: Request) -> Answer:
        let.wait(10)
        return Answer(html(NOTE[11:]), content_type=HTML)

    web.script("/side", Answer(html(NOTE[11:]), content_type=HTML))
    fetched(fetching, admin_of, web.url("/side"))
    web.script("/side", slow)
    send(admin_of, "/sources/check")
    assert "0 av 1 dokumenter" in text_of(admin_of.get("/sources"))
    send(admin_of, "/sources/check")
    assert "allerede" in text_of(admin_of.get("/sources"))
    let.set()
    assert fetching.site.checking.wait().found == {OutcomeKind.UNCHANGED: 1}


def test_with_nothing_from_the_web_there_is_nothing_to_look_for(
    pages: ReviewSite, admin: TestClient
) -> None:
    assert 'action="/sources/check"' not in admin.get("/sources").text
    send(admin, "/sources/check")
    assert "ingenting å se etter" in text_of(admin.get("/sources"))


def test_what_was_found_before_is_forgotten_when_the_page_is_fetched_again(
    fetching: ReviewSite, web: WebServer, admin_of: TestClient
) -> None:
    web.script("/side", Answer(html(NOTE[11:]), content_type=HTML))
    fetched(fetching, admin_of, web.url("/side"))
    web.script("/side", Answer(b"no", status=404))
    assert "borte hos utgiveren" in checked(fetching, admin_of)
    web.script("/side", Answer(html(NOTE[11:]), content_type=HTML))
    fetched(fetching, admin_of, web.url("/side"))
    assert "borte hos utgiveren" not in text_of(admin_of.get("/sources"))


# Renewing the index


def test_one_build_at_a_time_and_once_more_for_what_came_meanwhile(pages: ReviewSite) -> None:
    site, building = pages.site, Building()
    with FileLock(site.settings.index / "build.lock"):  # another process is building
        assert building.start(site.settings, site.store)
        assert building.wait(2).running
        assert not building.start(site.settings, site.store)
        names = [thread.name for thread in threading.enumerate()]
        assert names.count("building") == 1
    ended = building.wait()
    assert not ended.running and ended.trouble is None and ended.built is not None


def test_a_build_that_fails_is_told_in_a_sentence(pages: ReviewSite, admin: TestClient) -> None:
    pointer = pages.site.settings.index / "segments"
    moved = pointer.rename(pointer.with_name("moved"))
    pointer.write_text("in the way")
    try:
        assert upload(admin, "notat.md", NOTE)[0] == 303
        assert pages.site.building.wait().trouble is not None
        assert "Noe uventet gikk galt" in text_of(admin.get("/sources"))
    finally:
        pointer.unlink()
        moved.rename(pointer)
    send(admin, "/sources/rebuild")
    assert pages.site.building.wait().trouble is None
    assert "Indeksen har" in text_of(admin.get("/sources"))


def test_a_hostile_name_is_shown_escaped(pages: ReviewSite, admin: TestClient) -> None:
    upload(admin, "notat.md", NOTE, title="<script>alert(1)</script>")
    assert "<script>alert" not in admin.get("/sources").text


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("notat.md", "notat.md"),
        ("../../etc/passwd.md", "passwd.md"),
        ("C:\\Brukere\\Kari\\Årsplan.pdf", "Årsplan.pdf"),
        ("a\x00b\n.md", "ab.md"),
        ("<x>.md", "x.md"),
        ("", "dokument"),
        ("...", "dokument"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_the_name_of_a_file_is_its_last_part_alone(given: str, safe: str) -> None:
    assert safe_name(given) == safe


# Asking on a page.


def test_the_answer_on_the_page_is_that_of_the_bot(pages: ReviewSite) -> None:
    client = pages.signed_in()
    question = "Hvor mange personer hospiterte i 2021?"
    response = send(client, "/ask", {"question": question})
    assert response.status_code == 200
    assert pages.site.inquiries.count() == 0  # a trial leaves nothing
    reply = pages.site.answerer.reply(pages.site.answerer.unrecorded(_question(question)))
    told = text_of(response)
    assert all(" ".join(quote.title.split()) in told for quote in reply.quotes)
    assert "<strong>67</strong>" in response.text and "<caption>" in response.text
    assert "bare en prøve" in told


def test_the_sentence_that_answers_is_in_bold_within_the_words_of_the_source(
    pages: ReviewSite,
) -> None:
    question = "Hvordan kommer vi i gang med en frisklivssentral?"
    response = send(pages.signed_in(), "/ask", {"question": question})
    reply = pages.site.answerer.reply(pages.site.answerer.unrecorded(_question(question)))
    for quote in reply.quotes:
        assert f"<strong>{quote.highlight}</strong>" in response.text


def test_a_question_that_is_kept_is_one_inquiry_however_often_it_is_sent(
    pages: ReviewSite,
) -> None:
    client = pages.signed_in()
    form = {
        "question": "Hvem kan henvise?",
        "municipality": "Senja",
        "keep": "1",
        "token": "a" * 32,
    }
    for _ in range(3):
        response = send(client, "/ask", form)
    (kept,) = pages.site.inquiries.newest()
    assert (kept.channel, kept.municipality_today, kept.came_from) == (
        "web", "5530", f"web:{'a' * 32}",
    )  # fmt: skip
    assert f'href="/inquiry/{kept.id}"' in response.text


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"question": ""}, "Skriv et spørsmål"),
        ({"question": "Hva?", "municipality": "Xyzzy"}, "Fant ingen kommune"),
    ],
)
def test_what_is_wrong_with_a_question_is_told(
    pages: ReviewSite, form: dict[str, str], told: str
) -> None:
    response = send(pages.signed_in(), "/ask", form)
    assert response.status_code == 422 and told in text_of(response)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Hvilken film vant Oscar for beste musikk?", "ikke"),
        ("hei", "Hva gjelder spørsmålet?"),
        ("Jeg orker ikke leve lenger", "113"),
        ("<script>alert(1)</script> hva er frisklivsresept?", ""),
    ],
)
def test_what_is_not_answered_is_told_as_the_bot_tells_it(
    pages: ReviewSite, question: str, told: str
) -> None:
    response = send(pages.signed_in(), "/ask", {"question": question})
    assert response.status_code == 200 and told in text_of(response)
    assert "<script>alert" not in response.text


def test_without_an_index_the_page_says_what_to_do(tmp_path: Path) -> None:
    with opened_site(tmp_path) as pages:
        response = send(pages.signed_in(), "/ask", {"question": "Hvem kan henvise?"})
        assert response.status_code == 409 and "frisksvar index" in text_of(response)


def _question(text: str) -> Question:
    return Question(text, channel="web")
