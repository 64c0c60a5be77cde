"""Hospitering, ideas and import as people at a centre use the pages."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_site import ReviewSite, opened_site, send, text_of

from bot.review.pages.idea_form import secure_link
from bot.review.places import alphabetical, read_places, suggestions, written
from knowledge.exchange import as_xlsx
from knowledge.geography import Municipalities
from knowledge.register.changes import Changes

NO_SEPARATORS = str.maketrans(",;\n", "   ")
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[ReviewSite]:
    with opened_site(tmp_path) as made:
        yield made


def visit(**changed: Any) -> dict[str, Any]:
    return {
        "on_date": "2026-03-03",
        "centre": "stavanger",
        "people": "12",
        "form": "physical",
        "municipalities": "Sola, Randaberg\n1103",
        "theme": "Oppstart",
        "note": "",
        "revision": "0",
        **changed,
    }


def value_of(html: str, name: str) -> str:
    """What a field of a form holds."""
    found = re.search(rf'name="{name}"[^>]*?value="([^"]*)"', html) or re.search(
        rf'<textarea id="{name}"[^>]*>([^<]*)</textarea>', html
    )
    assert found is not None, name
    return unescape(found[1])


# Municipalities as people write them


@pytest.mark.parametrize(
    ("text", "on", "numbers", "unclear"),
    [
        ("Stavanger, Sola\n1129; Bodø", "2015-03-01", ["1103", "1124", "1129", "1804"], []),
        ("forsand kommune", "2015-03-01", ["1129"], []),
        ("Forsand", "2026-03-01", [], ["Forsand"]),
        ("Orkland", "2015-03-01", [], ["Orkland"]),
        ("Herøy, Nordland, Bodø", "2026-03-01", ["1818", "1804"], []),
        ("Herøy, Bodø", "2026-03-01", ["1804"], ["Herøy"]),
        ("Trondheim", "2015-03-01", ["1601"], []),
        ("1601, 301", "2026-03-01", ["0301"], ["1601"]),
        ("Bodø\nBodø, 1804", "2026-03-01", ["1804"], []),
        (" ,\n; ", "2026-03-01", [], []),
        ("Kristiansan, Tana", "2026-03-01", ["5628"], ["Kristiansan"]),
    ],
)
def test_municipalities_are_read_as_of_the_day(
    text: str, on: str, numbers: list[str], unclear: list[str]
) -> None:
    found = read_places(text, date.fromisoformat(on))
    assert list(found.numbers) == numbers
    assert [each.text for each in found.unclear] == unclear


@pytest.mark.parametrize(
    ("text", "on", "one"),
    [
        ("Forsand", "2026-03-01", "Sandnes"),
        ("Orkland", "2015-03-01", "Meldal"),
        ("Kristiansan", "2026-03-01", "Kristiansand"),
        ("1601", "2026-03-01", "Trondheim"),
        ("Herøy", "2026-03-01", "Herøy (Nordland)"),
    ],
)
def test_what_is_not_understood_gets_names_that_are(text: str, on: str, one: str) -> None:
    day = date.fromisoformat(on)
    offered = suggestions(text, day)
    assert one in offered
    assert all(not read_places(name, day).unclear for name in offered)


def test_what_the_field_shows_is_read_back_as_the_same_municipalities() -> None:
    day = date(2019, 6, 1)
    numbers = tuple(sorted(Municipalities.load().valid_on(day)))
    assert read_places(written(numbers, day), day).numbers == numbers


@given(st.text(max_size=60))
def test_nothing_that_is_written_disappears(text: str) -> None:
    found = read_places(text, date(2026, 3, 1))
    assert bool(found.numbers or found.unclear) == bool(text.translate(NO_SEPARATORS).strip())


def test_a_field_without_end_is_answered_quickly() -> None:
    started = time.monotonic()
    found = read_places("Utopia," * 20_000 + "Sola", date(2026, 3, 1))
    assert found.unclear[-1].text.endswith("…")
    assert time.monotonic() - started < 5


def test_names_are_sorted_with_the_norwegian_letters_last() -> None:
    names = ["Ål", "Øygarden", "Ærøy", "Åsnes", "Alta", "Zara"]
    assert sorted(names, key=alphabetical) == ["Alta", "Zara", "Ærøy", "Øygarden", "Ål", "Åsnes"]


# Visits


def test_a_visit_of_twelve_people_from_three_municipalities(pages: ReviewSite) -> None:
    client = pages.signed_in(centre="stavanger")
    form = client.get("/visits/new")
    assert '<option value="stavanger" selected>' in form.text
    assert '<option value="bergen"' not in form.text
    answer = send(
        client, "/visits", visit(actor=["turnus"], people_turnus="", people_helsefagstudent="4")
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/visits/1")
    kept = pages.site.visits.get(1)
    assert kept is not None
    assert (kept.people, kept.centre, kept.on_date) == (12, "stavanger", date(2026, 3, 3))
    assert kept.municipalities == ("1103", "1124", "1127")
    assert kept.actors == {"helsefagstudent": 4, "turnus": None}
    listed = text_of(client.get("/visits"))
    assert "3. mars 2026" in listed
    assert "Randaberg, Sola, Stavanger" in listed
    assert "Besøk: 1. Personer: 12. Ulike kommuner: 3." in listed
    assert "Besøk: 1." not in text_of(client.get("/visits?year=2025"))
    assert "Besøk: 1." not in text_of(client.get("/visits?centre=bergen"))


def test_many_visits_are_told_whole_and_shown_by_the_page(pages: ReviewSite) -> None:
    client = pages.signed_in()
    content = table(*(row(number) for number in range(1, 251)))
    send(client, upload(client, content).headers["location"] + "/apply")
    shown = {at: client.get(f"/visits?year=2026&page={at}") for at in ("1", "3", "99", "x")}
    assert all("Besøk: 250." in text_of(answer) for answer in shown.values())
    assert [answer.text.count('<th scope="row">') for answer in shown.values()] == [
        100,
        50,
        50,
        100,
    ]
    assert 'href="/visits?centre=&amp;year=2026&amp;page=2"' in shown["1"].text
    assert "Neste side" not in text_of(shown["3"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("on_date", "i går"),
        ("on_date", "2013-12-31"),
        ("on_date", "2999-01-01"),
        ("centre", "atlantis"),
        ("centre", ""),
        ("people", "0"),
        ("people", "mange"),
        ("people", "-3"),
        ("form", "brev"),
        ("municipalities", "Sola, Utopia"),
        ("people_nav", "13"),
        ("people_nav", "noen"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_lost(
    pages: ReviewSite, field: str, value: str
) -> None:
    client = pages.signed_in()
    sent = visit(note="husk kaffe", **{field: value})
    answer = send(client, "/visits", sent)
    assert answer.status_code == 422
    at = "actors" if field.startswith("people_") else field
    assert f'id="{at}-error"' in answer.text
    for kept in ("theme", "note", "municipalities"):
        assert value_of(answer.text, kept) == sent[kept]
    if field.startswith("people"):
        assert value_of(answer.text, field) == value
    assert pages.site.visits.list() == []


def test_a_municipality_that_has_gone_is_answered_with_what_it_became(pages: ReviewSite) -> None:
    answer = send(pages.signed_in(), "/visits", visit(municipalities="Sola\nForsand"))
    assert answer.status_code == 422
    assert "«Forsand»: mener du Sandnes?" in text_of(answer)
    assert value_of(answer.text, "municipalities") == "Sola\nForsand"


def test_a_visit_is_edited_with_what_it_has_and_the_history_is_told(pages: ReviewSite) -> None:
    client = pages.signed_in()
    send(client, "/visits", visit())
    form = client.get("/visits/1")
    assert value_of(form.text, "municipalities") == "Stavanger\nSola\nRandaberg"
    sent = visit(people="14", revision=value_of(form.text, "revision"))
    answer = send(client, "/visits/1", sent, follow_redirects=True)
    assert "Besøket er lagret." in text_of(answer)
    assert re.search(r"Antall personer 12 14", text_of(answer))
    undone = send(client, "/visits/1/undo", follow_redirects=True)
    assert "Endringen er angret." in text_of(undone)
    kept = pages.site.visits.get(1)
    assert kept is not None
    assert kept.people == 12


def test_a_deleted_visit_is_offered_back(pages: ReviewSite) -> None:
    client = pages.signed_in()
    send(client, "/visits", visit())
    gone = send(client, "/visits/1/delete", follow_redirects=True)
    assert "Besøket er slettet." in text_of(gone)
    assert 'action="/visits/1/undo"' in gone.text
    assert pages.site.visits.list() == []
    assert send(client, "/visits/1", visit(revision="9")).status_code == 404
    send(client, "/visits/1/undo")
    assert [each.id for each in pages.site.visits.list()] == [1]


def test_a_form_sent_twice_is_one_visit(pages: ReviewSite) -> None:
    client = pages.signed_in()
    sent = visit(key=value_of(client.get("/visits/new").text, "key"))
    addresses = {send(client, "/visits", sent).headers["location"] for _ in range(2)}
    assert addresses == {"/visits/1"}
    assert len(pages.site.visits.list()) == 1


def test_the_second_of_two_sees_the_first_and_loses_nothing(pages: ReviewSite) -> None:
    first, second = pages.signed_in(), pages.signed_in()
    send(first, "/visits", visit())
    revision = value_of(first.get("/visits/1").text, "revision")
    send(first, "/visits/1", visit(theme="Tobakk", revision=revision))
    merged = send(second, "/visits/1", visit(people="15", revision=revision))
    assert merged.status_code == 303
    kept = pages.site.visits.get(1)
    assert kept is not None
    assert (kept.people, kept.theme) == (15, "Tobakk")
    answer = send(second, "/visits/1", visit(theme="Kosthold", revision=revision))
    assert answer.status_code == 409
    assert "Tobakk" in text_of(answer)
    assert value_of(answer.text, "theme") == "Kosthold"
    sent = visit(theme="Kosthold", people="15", revision=value_of(answer.text, "revision"))
    assert send(second, "/visits/1", sent).status_code == 303
    kept = pages.site.visits.get(1)
    assert kept is not None
    assert kept.theme == "Kosthold"


@pytest.mark.parametrize("path", ["/visits/1", "/visits/1/delete", "/visits/1/undo"])
def test_a_visit_of_another_centre_is_not_mine_to_change(pages: ReviewSite, path: str) -> None:
    send(pages.signed_in(), "/visits", visit())
    before = Changes(pages.site.store).of("visit", 1)
    bergen = pages.signed_in(centre="bergen")
    assert send(bergen, path, visit(centre="bergen", revision="1")).status_code == 403
    assert send(pages.signed_in("reader"), path, visit()).status_code == 403
    assert Changes(pages.site.store).of("visit", 1) == before
    page = bergen.get("/visits/1")
    assert page.status_code == 200
    assert "Lagre" not in text_of(page)
    assert send(bergen, path.replace("1", "99"), visit()).status_code == 404


def test_a_visit_cannot_be_given_to_another_centre_or_taken_for_one(pages: ReviewSite) -> None:
    bergen = pages.signed_in(centre="bergen")
    assert send(bergen, "/visits", visit(centre="stavanger")).status_code == 403
    send(bergen, "/visits", visit(centre="bergen"))
    revision = value_of(bergen.get("/visits/1").text, "revision")
    sent = visit(centre="stavanger", revision=revision)
    assert send(bergen, "/visits/1", sent).status_code == 403
    assert [each.centre for each in pages.site.visits.list()] == ["bergen"]


def test_what_somebody_wrote_is_shown_as_text(pages: ReviewSite) -> None:
    client = pages.signed_in()
    send(client, "/visits", visit(theme=SCRIPT, note=SCRIPT))
    wrong = send(client, "/visits", visit(municipalities=SCRIPT, people=SCRIPT))
    reader = pages.signed_in("reader")
    for answer in (client.get("/visits"), client.get("/visits/1"), reader.get("/visits/1"), wrong):
        assert "<script" not in answer.text
        assert "&lt;script&gt;" in answer.text


# Ideas


def idea(**changed: Any) -> dict[str, Any]:
    return {
        "title": "Gåtur med barnevogn",
        "text": "Vi går sammen hver onsdag.",
        "municipality": "Sola",
        "target_group": "Foreldre",
        "links": "https://www.sola.kommune.no/tur",
        "centre": "stavanger",
        "revision": "0",
        **changed,
    }


def test_an_idea_is_shared_reviewed_and_published_with_consent(pages: ReviewSite) -> None:
    client = pages.signed_in(centre="stavanger")
    assert send(client, "/ideas", idea()).headers["location"] == "/ideas/1"
    shown = client.get("/ideas/1")
    assert '<a href="https://www.sola.kommune.no/tur" rel="noreferrer noopener">' in shown.text
    assert "/ideas/1/publish" not in shown.text
    refused = send(client, "/ideas/1/publish", follow_redirects=True)
    assert "samtykket" in text_of(refused)
    found = pages.site.ideas.get(1)
    assert found is not None
    assert found.status == "new"
    send(client, "/ideas/1/review")
    revision = value_of(client.get("/ideas/1/edit").text, "revision")
    send(client, "/ideas/1", idea(consent="yes", revision=revision))
    send(client, "/ideas/1/publish")
    reader = pages.signed_in("reader")
    assert "Gåtur med barnevogn" in text_of(reader.get("/ideas?status=published"))
    assert "Gåtur med barnevogn" not in text_of(reader.get("/ideas?status=new"))
    assert "Gåtur" in text_of(reader.get("/ideas/1"))
    assert reader.get("/ideas/1/edit").status_code == 403
    send(client, "/ideas/1/decline")
    assert "Gåtur" not in text_of(reader.get("/ideas?status=published"))
    send(client, "/ideas/1/undo")
    assert "Gåtur" in text_of(reader.get("/ideas?status=published"))
    send(client, "/ideas/1/delete")
    assert "Gåtur" not in text_of(reader.get("/ideas"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 201),
        ("text", ""),
        ("municipality", "Utopia"),
        ("municipality", "Sola, Bodø"),
        ("links", "http://sola.kommune.no"),
        ("links", "javascript:alert(1)"),
        ("links", "\n".join(f"https://a.no/{number}" for number in range(11))),
        ("centre", "atlantis"),
    ],
)
def test_an_idea_that_cannot_be_kept_is_told_at_its_field(
    pages: ReviewSite, field: str, value: str
) -> None:
    answer = send(pages.signed_in(), "/ideas", idea(**{field: value}))
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert value_of(answer.text, "target_group") == "Foreldre"
    assert pages.site.ideas.list() == []


@pytest.mark.parametrize(
    ("link", "good"),
    [
        ("https://a.no/b?c=d#e", True),
        ("http://a.no", False),
        ("javascript:alert(1)", False),
        ("https:a.no", False),
        ("https://", False),
        ("//a.no", False),
        ("https://ola:hemmelig@a.no", False),
        ("https://a.no/ b", False),
        ("https://[a.no", False),
    ],
)
def test_only_https_addresses_are_links(link: str, good: bool) -> None:
    assert secure_link(link) is good


def test_an_address_that_came_in_some_other_way_is_no_link(pages: ReviewSite) -> None:
    client = pages.signed_in()
    send(client, "/ideas", idea())
    with pages.site.store.write() as db:
        db.conn.execute("UPDATE ideas SET links = ?", ['["javascript:alert(1)"]'])
    shown = client.get("/ideas/1")
    assert "javascript:alert(1)" in text_of(shown)
    assert 'href="javascript' not in shown.text


@pytest.mark.parametrize("act", ["", "/review", "/publish", "/decline", "/delete", "/undo"])
def test_an_idea_of_another_centre_is_not_mine_to_change(pages: ReviewSite, act: str) -> None:
    send(pages.signed_in(), "/ideas", idea(consent="yes"))
    before = pages.site.ideas.get(1)
    bergen = pages.signed_in(centre="bergen")
    assert send(bergen, f"/ideas/1{act}", idea(centre="bergen")).status_code == 403
    assert send(pages.signed_in("reader"), f"/ideas/1{act}", idea()).status_code == 403
    assert send(bergen, f"/ideas/99{act}", idea(centre="bergen")).status_code == 404
    assert pages.site.ideas.get(1) == before
    assert bergen.get("/ideas/1/edit").status_code == 403


def test_two_who_edit_one_idea_lose_nothing(pages: ReviewSite) -> None:
    first, second = pages.signed_in(), pages.signed_in()
    send(first, "/ideas", idea())
    revision = value_of(first.get("/ideas/1/edit").text, "revision")
    send(first, "/ideas/1", idea(title="Gåtur", revision=revision))
    answer = send(second, "/ideas/1", idea(title="Trilletur", revision=revision))
    assert answer.status_code == 409
    assert "Gåtur" in text_of(answer)
    assert value_of(answer.text, "title") == "Trilletur"


def test_an_idea_is_shown_as_text(pages: ReviewSite) -> None:
    client = pages.signed_in()
    send(client, "/ideas", idea(title=SCRIPT, text=SCRIPT, target_group=SCRIPT))
    for path in ("/ideas", "/ideas/1", "/ideas/1/edit"):
        assert "<script" not in client.get(path).text


# Import

HEADER = ("Dato", "Utviklingssentral", "Antall personer", "Form", "Kommuner", "Tema")


def table(*rows: tuple[str, ...]) -> bytes:
    return "\n".join(";".join(row) for row in (HEADER, *rows)).encode()


def row(number: int = 1, **changed: str) -> tuple[str, ...]:
    held = {
        "date": "3.3.2026",
        "centre": "Stavanger",
        "people": str(number),
        "form": "Fysisk",
        "places": "Sola",
        "theme": f"Tema {number}",
        **changed,
    }
    return tuple(held.values())


def upload(client: Any, content: bytes, name: str = "besøk.csv", kind: str = "visits") -> Any:
    return send(client, "/import", {"kind": kind}, files={"file": (name, content)})


def folder(pages: ReviewSite) -> list[Path]:
    return sorted((pages.site.settings.home / "imports").glob("*"))


def test_two_hundred_rows_with_five_bad_ones(pages: ReviewSite) -> None:
    client = pages.signed_in()
    bad = {
        7: {"date": "32.13.2026"},
        50: {"centre": "Atlantis"},
        51: {"people": "mange"},
        120: {"places": "Utopia"},
        200: {"form": "Brev"},
    }
    rows = [row(number, **bad.get(number, {})) for number in range(1, 201)]
    answer = upload(client, table(*rows))
    assert answer.status_code == 303
    shown = client.get(answer.headers["location"])
    said = text_of(shown)
    assert "Rader som kan tas inn: 195. Feil: 5." in said
    for line, value in ((8, "32.13.2026"), (51, "Atlantis"), (52, "mange"), (121, "Utopia")):
        assert re.search(rf"\b{line} [A-ZÆØÅa-zæøå ]+ {re.escape(value)} ", said)
    assert "/apply" not in shown.text
    refused = send(client, answer.headers["location"] + "/apply")
    assert refused.status_code == 422
    assert pages.site.visits.list() == []


def test_a_file_is_taken_in_whole_and_once(pages: ReviewSite) -> None:
    client = pages.signed_in(centre="stavanger")
    content = table(*(row(number) for number in range(1, 31)), row(3))
    at = upload(client, content).headers["location"]
    assert pages.site.visits.list() == []
    assert [path.stat().st_mode & 0o777 for path in folder(pages)] == [0o600, 0o600]
    done = send(client, at + "/apply", follow_redirects=True)
    assert "Tatt inn: 31 nye. Uendret fra før: 0." in text_of(done)
    assert folder(pages) == []
    assert len(pages.site.visits.list()) == 31
    assert "lenger" in text_of(send(client, at + "/apply", follow_redirects=True))
    again = upload(client, content).headers["location"]
    done = send(client, again + "/apply", follow_redirects=True)
    assert "Tatt inn: 0 nye. Uendret fra før: 31." in text_of(done)
    assert len(pages.site.visits.list()) == 31
    user = pages.site.users.all()[-1]
    assert Changes(pages.site.store).of("visit", 1)[0].who == f"import:user:{user.id}"


def test_inquiries_come_in_from_a_spreadsheet(pages: ReviewSite) -> None:
    client = pages.signed_in()
    sheet = as_xlsx(
        ("Dato", "Spørsmål", "Kanal", "Kommune"),
        [("2026-03-01", "Hvem kan henvise? Ring 22 33 44 55", "Telefon", "Sola")],
    )
    at = upload(client, sheet, "spørsmål.xlsx", "inquiries").headers["location"]
    shown = client.get(at)
    assert "22 33 44 55" not in shown.text
    assert "Hvem kan henvise?" in text_of(shown)
    assert send(client, at + "/apply").headers["location"] == "/queue"
    found = pages.site.inquiries.get(1)
    assert found is not None
    assert (found.channel, found.municipality) == ("phone", "1124")
    assert "22 33 44 55" not in found.question


def test_a_file_belongs_to_whoever_sent_it(pages: ReviewSite) -> None:
    mine, other = pages.signed_in(), pages.signed_in("admin")
    at = upload(mine, table(row())).headers["location"]
    for path in (at, at + "/apply", at + "/discard"):
        answer = other.get(path, follow_redirects=False) if path == at else send(other, path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/import")
    assert mine.get(at).status_code == 200
    assert pages.site.visits.list() == []


@pytest.mark.parametrize("token", ["x", "..%2F..%2Ffrisksvar.db", "a" * 43, "%00"])
def test_a_guessed_address_finds_no_file(pages: ReviewSite, token: str) -> None:
    client = pages.signed_in()
    upload(client, table(row()))
    answer = client.get(f"/import/{token}", follow_redirects=False)
    assert answer.status_code in (303, 404)
    assert len(folder(pages)) == 2


def test_rows_of_another_centre_are_not_taken_in(pages: ReviewSite) -> None:
    client = pages.signed_in(centre="stavanger")
    at = upload(client, table(row(), row(centre="Bergen"))).headers["location"]
    shown = client.get(at)
    assert "Linje: 3." in text_of(shown)
    assert "/apply" not in shown.text
    assert send(client, at + "/apply").status_code == 403
    assert pages.site.visits.list() == []


def test_a_file_that_is_thrown_away_or_forgotten_is_gone(pages: ReviewSite) -> None:
    client = pages.signed_in()
    at = upload(client, table(row())).headers["location"]
    send(client, at + "/discard")
    assert folder(pages) == []
    at = upload(client, table(row())).headers["location"]
    yesterday = time.time() - 25 * 3600
    for path in folder(pages):
        os.utime(path, (yesterday, yesterday))
    assert client.get(at, follow_redirects=False).status_code == 303
    upload(client, table(row(2)))
    assert len(folder(pages)) == 2


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("tom.csv", b"", "visits"),
        ("fil.xlsx", b"%PDF-1.7 ikke et regneark", "visits"),
        ("fil.csv", table(row()), "annet"),
    ],
)
def test_a_file_that_is_no_table_is_told_and_not_kept(
    pages: ReviewSite, name: str, content: bytes, kind: str
) -> None:
    answer = upload(pages.signed_in(), content, name, kind)
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text
    assert folder(pages) == []


def test_names_and_cells_of_a_file_are_shown_as_text(pages: ReviewSite) -> None:
    client = pages.signed_in()
    content = table(row(theme=SCRIPT), row(centre=SCRIPT))
    shown = client.get(upload(client, content, f"{SCRIPT}.csv").headers["location"])
    assert "<script" not in shown.text
    assert shown.text.count("&lt;script&gt;") >= 3


def test_the_template_can_be_sent_back_as_it_is(pages: ReviewSite) -> None:
    client = pages.signed_in()
    for kind in ("visits", "inquiries"):
        given = client.get(f"/import/template/{kind}")
        assert given.headers["content-disposition"].startswith("attachment; filename=")
        at = upload(client, given.content, f"{kind}.xlsx", kind).headers["location"]
        assert "Rader som kan tas inn: 1. Feil: 0." in text_of(client.get(at))
    assert client.get("/import/template/annet").status_code == 404
    assert pages.signed_in("reader").get("/import").status_code == 403
