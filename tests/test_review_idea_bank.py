"""The published ideas, as anybody reads and searches them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from review_site import ReviewSite, opened_site, send, session, text_of
from starlette.testclient import TestClient

from bot.review.pages.idea_bank import ON_A_PAGE
from bot.review.settings import ReviewSettings
from knowledge.register.idea_bank import IdeaBank, Wanted, matching
from knowledge.register.ideas import NewIdea

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[ReviewSite]:
    with opened_site(tmp_path) as made:
        yield made


@pytest.fixture
def public(tmp_path: Path) -> Iterator[ReviewSite]:
    with opened_site(tmp_path, public_ideas=True) as made:
        yield made


def share(pages: ReviewSite, title: str, *, publish: bool = True, **given: Any) -> int:
    """An idea of the register, published unless told otherwise; its id."""
    new = NewIdea(
        came_from=f"web:{title}",
        title=title,
        text=given.pop("text", "Vi går sammen hver onsdag."),
        consent=given.pop("consent", True),
        centre="stavanger",
        **given,
    )
    number, _ = pages.site.ideas.add(new, "cli")
    if publish:
        pages.site.ideas.publish(number, "cli")
    return number


def titles(client: TestClient, query: str = "") -> list[str]:
    html = client.get(f"/ideer{query}").text
    return [part.split(">")[1].split("<")[0] for part in html.split("<h2><a ")[1:]]


def seen(pages: ReviewSite, number: int, client: TestClient) -> bool:
    """Whether an idea is in the bank; the list and the page of it always agree."""
    title = pages.site.ideas.get(number)
    assert title is not None
    in_list = title.title in titles(client)
    answer = client.get(f"/ideer/{number}")
    assert answer.status_code == (200 if in_list else 404)
    assert title.title in text_of(answer) or not in_list
    return in_list


def test_an_idea_is_there_from_when_it_is_published_until_it_is_not(pages: ReviewSite) -> None:
    reader, ideas = pages.signed_in("reader"), pages.site.ideas
    number = share(pages, "Gåtur med barnevogn", publish=False)
    assert not seen(pages, number, reader)
    ideas.review(number, "cli")
    assert not seen(pages, number, reader)
    assert f"/ideer/{number}" not in reader.get(f"/ideas/{number}").text
    ideas.publish(number, "cli")
    assert seen(pages, number, reader)
    assert f'href="/ideer/{number}"' in reader.get(f"/ideas/{number}").text
    ideas.decline(number, "cli")
    assert not seen(pages, number, reader)
    ideas.publish(number, "cli")
    revision = ideas.get(number)
    assert revision is not None
    ideas.change(number, {"consent": False}, revision=revision.revision, who="cli")
    assert not seen(pages, number, reader)
    ideas.change(number, {"consent": True}, revision=revision.revision + 99, who="cli")
    ideas.publish(number, "cli")
    assert seen(pages, number, reader)
    ideas.delete(number, "cli")
    assert not seen(pages, number, reader)


def test_without_consent_nothing_is_shown_whatever_the_row_says(pages: ReviewSite) -> None:
    number = share(pages, "Gåtur")
    with pages.site.store.write() as db:
        db.conn.execute("UPDATE ideas SET consent = 0")
    assert not seen(pages, number, pages.signed_in("reader"))


def test_nothing_of_the_reviewing_is_shown(pages: ReviewSite) -> None:
    client = pages.client()
    user = pages.sign_in(client, "reviewer", "stavanger")
    number = share(pages, "Gåtur", municipality="Sola", target_group="Foreldre")
    pages.site.ideas.change(number, {"title": "Trilletur"}, revision=99, who=f"user:{user.id}")
    for path in ("/ideer", f"/ideer/{number}"):
        told = text_of(client.get(path))
        assert "Trilletur" in told and "Sola" in told and "Foreldre" in told
        for word in ("Gåtur", user.name, "Stavanger", "Publisert", "Historikk", "Rediger", "Gitt"):
            assert word not in told, (path, word)
        assert f"/ideas/{number}" not in client.get(path).text


@pytest.mark.parametrize(("role", "status"), [("none", 403), ("reader", 200), ("reviewer", 200)])
def test_whoever_has_a_role_reads_it(pages: ReviewSite, role: Any, status: int) -> None:
    number = share(pages, "Gåtur")
    for path in ("/ideer", f"/ideer/{number}"):
        assert pages.signed_in(role).get(path).status_code == status


def test_signed_out_one_is_sent_to_sign_in_unless_the_operator_has_opened_it(
    pages: ReviewSite,
) -> None:
    number = share(pages, "Gåtur")
    for path in ("/ideer", f"/ideer/{number}", "/ideer/99"):
        answer = pages.client(follow_redirects=False).get(path)
        assert answer.status_code == 303 and answer.headers["location"] == "/sign-in"
    assert "/ideer" not in pages.client().get("/sign-in").text


def test_opened_by_the_operator_everybody_reads_published_ideas_and_nothing_else(
    public: ReviewSite,
) -> None:
    number, kept = share(public, "Gåtur"), share(public, "Ikke ennå", publish=False)
    for client in (public.client(), public.signed_in("none")):
        assert titles(client) == ["Gåtur"]
        assert client.get(f"/ideer/{number}").status_code == 200
        assert client.get(f"/ideer/{kept}").status_code == 404
    stranger = public.client(follow_redirects=False)
    html = stranger.get("/ideer").text
    assert 'href="/sign-in"' in html and 'href="/queue"' not in html
    assert 'href="/ideer"' in stranger.get("/sign-in").text
    for path in ("/ideas", f"/ideas/{number}", "/queue", "/visits"):
        assert stranger.get(path).headers["location"] == "/sign-in"
    for path in ("/ideer", f"/ideer/{number}"):
        assert send(stranger, path).status_code == 404


def test_the_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not ReviewSettings().public_ideas
    monkeypatch.setenv("FRISKSVAR_REVIEW_PUBLIC_IDEAS", "1")
    assert ReviewSettings().public_ideas


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Vanngym", "Turgruppe på ÅS", "Gåtur"]),
        ("?text=tur", ["Turgruppe på ÅS", "Gåtur"]),
        ("?text=åS", ["Turgruppe på ÅS"]),
        ("?text=tur+onsdag", ["Gåtur"]),
        ("?text=sola", ["Gåtur"]),
        ("?text=eldre", ["Vanngym", "Gåtur"]),  # also within «foreldre»
        ("?municipality=1124", ["Gåtur"]),
        ("?municipality=1108", ["Vanngym"]),
        ("?municipality=9999", []),
        ("?target_group=Eldre", ["Vanngym"]),
        ("?target_group=eldre&text=tur", []),
        ("?text=xyzzy", []),
        ("?page=0", ["Vanngym", "Turgruppe på ÅS", "Gåtur"]),
        ("?page=99999999999999", ["Vanngym", "Turgruppe på ÅS", "Gåtur"]),
        ("?text=%00%25%27%22", []),
    ],
)
def test_ideas_are_found_by_words_municipality_and_target_group(
    pages: ReviewSite, query: str, found: list[str]
) -> None:
    share(pages, "Gåtur", municipality="Sola", target_group="Foreldre")
    share(pages, "Turgruppe på ÅS", text="Hver lørdag.")
    share(pages, "Vanngym", text="Basseng.", municipality="Sandnes", target_group="Eldre")
    assert titles(pages.signed_in("reader"), query) == found


def test_a_municipality_that_has_merged_is_found_as_what_it_is_today(pages: ReviewSite) -> None:
    number = share(pages, "Gåtur", municipality="Sandnes")
    with pages.site.store.write() as db:
        db.conn.execute("UPDATE ideas SET municipality = '1129'")  # Forsand, Sandnes since 2020
    bank = IdeaBank(pages.site.ideas).all()
    assert [idea.id for idea in matching(bank, Wanted(municipality="1108"))] == [number]
    client = pages.signed_in("reader")
    assert "Sandnes" in text_of(client.get("/ideer")) and titles(client, "?text=sandnes")


def test_what_may_be_chosen_is_what_there_is(pages: ReviewSite) -> None:
    share(pages, "A", municipality="Åmli", target_group="Unge")
    share(pages, "B", municipality="Sola", target_group="unge")
    share(pages, "C", municipality="Bodø", target_group="Eldre", publish=False)
    html = pages.signed_in("reader").get("/ideer").text
    options = [part.split("<")[0] for part in html.split("<option ")[1:]]
    assert [text.split(">")[1] for text in options] == [
        "Alle kommuner", "Sola", "Åmli", "Alle målgrupper", "Unge",
    ]  # fmt: skip


def test_a_long_list_is_turned_page_by_page_and_keeps_what_was_looked_for(
    pages: ReviewSite,
) -> None:
    for number in range(ON_A_PAGE + 3):
        share(pages, f"Gåtur {number:02}", target_group="Foreldre & barn")
    share(pages, "Vanngym")
    client = pages.signed_in("reader")
    first = client.get("/ideer", params={"text": "gåtur", "target_group": "Foreldre & barn"})
    assert f"{ON_A_PAGE + 3} ideer" in text_of(first)
    (turn,) = [
        part.split('"')[0] for part in first.text.split('href="')[1:] if part.startswith("/ideer?")
    ]
    turn = turn.replace("&amp;", "&")
    assert titles(client, turn.removeprefix("/ideer")) == ["Gåtur 02", "Gåtur 01", "Gåtur 00"]


def test_an_idea_is_shown_as_text_and_only_https_is_a_link(public: ReviewSite) -> None:
    number = share(public, SCRIPT, text=SCRIPT, target_group=SCRIPT, links=("https://a.no/b",))
    with public.site.store.write() as db:
        db.conn.execute("UPDATE ideas SET links = ?", ['["javascript:alert(1)", "https://a.no/b"]'])
    for path in ("/ideer", f"/ideer?text={SCRIPT}", f"/ideer/{number}"):
        assert "<script" not in public.client().get(path).text
    shown = public.client().get(f"/ideer/{number}")
    assert "javascript:alert(1)" in text_of(shown) and 'href="javascript' not in shown.text
    assert '<a href="https://a.no/b" rel="noreferrer noopener">' in shown.text


@pytest.mark.parametrize(
    ("language", "told"), [("nb", "Idébank"), ("nn", "dei nyaste først"), ("en", "newest first")]
)
def test_it_speaks_the_language_of_the_reader(public: ReviewSite, language: str, told: str) -> None:
    share(public, "A")
    share(public, "B")
    client = public.client()
    session(client, language=language)
    assert told in text_of(client.get("/ideer"))
