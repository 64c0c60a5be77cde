"""Similar inquiries, gaps in the sources in groups, and writing what is missing."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from review_site import ReviewSite, opened_site, send, text_of
from tests_support import Home

from bot.answering.question import Question
from bot.review.gaps import gaps, groups
from bot.review.similar import ALIKE, grouped, similar
from bot.review.writing import Written, as_markdown
from indexer.loaders.front_matter import split_front_matter
from indexer.loaders.markdown import load_markdown
from indexer.vectors.encoder import unit_rows
from knowledge.register import Inquiry, NewInquiry
from knowledge.register.approvals import today

WATCHES = (
    "Kan vi låne ut pulsklokker til deltakerne?",
    "Er det lov å gi deltakere pulsklokker til låns?",
    "Kan deltakarane få låne pulsklokke?",
)
POOL = (
    "Hvem betaler leien av svømmehallen til vanngruppa?",
    "Hvem betaler leie for svømmehall til vanngrupper?",
)
ALONE = "Hvordan melder vi avvik når tilhengeren er skadet?"


def asked(pages: ReviewSite, question: str, **more: object) -> int:
    """An inquiry by e-mail, which the bot did not answer unless told otherwise."""
    outcome = more.pop("outcome", "not_covered")
    values = {
        "came_from": f"test:{pages.site.inquiries.count()}",
        "received_at": datetime.now(UTC),
        "channel": "email",
        "question": question,
        **more,
    }
    number, _ = pages.site.inquiries.receive(NewInquiry.model_validate(values))
    pages.site.inquiries.complete(
        number,
        outcome=outcome,  # type: ignore[arg-type]
        generation=None,
        quotes=(),
        at=datetime.now(UTC),
    )
    return number


def inquiry(pages: ReviewSite, number: int) -> Inquiry:
    found = pages.site.inquiries.get(number)
    assert found is not None
    return found


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[ReviewSite]:
    with opened_site(tmp_path) as opened:
        yield opened
        opened.site.building.wait()


def test_those_that_ask_the_same_are_similar_most_alike_first(pages: ReviewSite) -> None:
    first, *others = (asked(pages, question) for question in (*WATCHES, *POOL, ALONE))
    found = similar(pages.site, inquiry(pages, first))
    assert {other.id for other, _ in found} == set(others[:2])
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True) and ALIKE <= scores[-1] <= scores[0] <= 1
    assert len(similar(pages.site, inquiry(pages, first), limit=1)) == 1


def test_new_and_rewritten_inquiries_are_seen_and_those_taken_away_are_not(
    pages: ReviewSite,
) -> None:
    first, second, pool = (asked(pages, question) for question in (*WATCHES[:2], POOL[0]))

    def near() -> set[int]:
        return {other.id for other, _ in similar(pages.site, inquiry(pages, first))}

    assert near() == {second}
    third = asked(pages, WATCHES[2])
    assert near() == {second, third}
    pages.site.inquiries.revise(pool, WATCHES[0], [])
    assert near() == {second, third, pool}
    pages.site.inquiries.set_aside(second)
    pages.site.inquiries.withdraw(third)
    assert near() == {pool}
    pages.site.inquiries.revise(pool, ALONE, [])
    assert near() == set()


def test_an_empty_question_is_like_nothing(pages: ReviewSite) -> None:
    first = asked(pages, "[telefon]")
    asked(pages, "[telefon]")
    assert similar(pages.site, inquiry(pages, first)) == []


def test_a_great_register_is_quick_after_the_first_time(pages: ReviewSite) -> None:
    now = datetime.now(UTC).isoformat()
    words = "tilbud kurs tolk journal resept avtale plan kommune lege samtale trening".split()
    with pages.site.store.write() as db:
        db.conn.executemany(
            "INSERT INTO inquiries (came_from, received_at, channel, question, masked, thread, "
            "status) VALUES (?, ?, 'email', ?, '[]', '[]', 'new')",
            [
                (f"many:{n}", now, f"{words[n % 11]} {words[n // 11 % 11]} {words[n % 7]} {n}")
                for n in range(10_000)
            ],
        )
    first, *others = (asked(pages, question) for question in WATCHES)
    assert {other.id for other, _ in similar(pages.site, inquiry(pages, first))} == set(others)
    later = asked(pages, WATCHES[0].replace("deltakerne", "deltakere"))
    begun = time.perf_counter()
    found = similar(pages.site, inquiry(pages, first))
    spent = time.perf_counter() - begun
    assert later in {other.id for other, _ in found}
    assert spent < 1  # 100,000 take 0.2 s; this only finds a change of kind


def test_gaps_are_what_was_not_answered_or_disliked_in_the_period(pages: ReviewSite) -> None:
    site = pages.site
    wanted = [
        asked(pages, WATCHES[0]),
        asked(pages, POOL[0], outcome="unclear"),
        asked(pages, ALONE, outcome="failed"),
        asked(pages, WATCHES[1], outcome="answered"),
    ]
    site.feedback.vote(wanted[-1], "somebody", "down")
    liked = asked(pages, POOL[1], outcome="answered")
    site.feedback.vote(liked, "somebody", "up")
    site.inquiries.set_aside(asked(pages, "Takk for hjelpen med alt dette!"))
    old = datetime.now(UTC) - timedelta(days=40)
    earlier = asked(pages, WATCHES[2], received_at=old)
    month = gaps(site, today() - timedelta(days=30), today())
    assert [gap.inquiry for gap in month] == sorted(wanted, reverse=True)
    assert earlier in {gap.inquiry for gap in gaps(site, today() - timedelta(days=50), today())}
    assert gaps(site, today() - timedelta(days=30), today() - timedelta(days=1)) == []


def test_the_day_of_a_gap_is_the_day_in_norway(pages: ReviewSite) -> None:
    number = asked(pages, ALONE, received_at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC))
    day = datetime(2026, 7, 2).date()
    assert [gap.inquiry for gap in gaps(pages.site, day, day)] == [number]


def test_questions_that_ask_the_same_make_one_group_with_its_counts(pages: ReviewSite) -> None:
    for question in (*POOL, *WATCHES, ALONE):
        asked(pages, question, municipality_today="1103")
    asked(pages, WATCHES[0], outcome="unclear", municipality_today="5530")
    found = groups(pages.site, gaps(pages.site, today(), today()))
    asked_in = [{gap.question for gap in group.gaps} for group in found]
    assert asked_in == [set(WATCHES), set(POOL), {ALONE}]
    watches = found[0]
    assert watches.outcomes == [("not_covered", 3), ("unclear", 1)]
    assert (watches.municipalities, watches.waiting) == (["Stavanger", "Senja"], 4)
    assert len({gap.question for gap in watches.examples}) == len(watches.examples)
    again = groups(pages.site, gaps(pages.site, today(), today()))
    assert [group.gaps for group in again] == [group.gaps for group in found]


vectors = st.lists(
    st.lists(st.floats(-1, 1, width=32), min_size=4, max_size=4), min_size=0, max_size=30
)


@settings(deadline=None)  # FAISS starts its threads
@given(vectors)
def test_every_row_is_in_one_group_near_the_first_of_it(rows: list[list[float]]) -> None:
    given_rows = unit_rows(np.array(rows, np.float32).reshape(-1, 4))
    found = grouped(given_rows)
    assert sorted(row for group in found for row in group) == list(range(len(given_rows)))
    assert [len(group) for group in found] == sorted(map(len, found), reverse=True)
    for group in found:
        for row in group[1:]:
            assert given_rows[group[0]] @ given_rows[row] >= ALIKE - 1e-3
    assert grouped(given_rows) == found


def test_the_page_tells_groups_single_questions_and_the_empty_state(pages: ReviewSite) -> None:
    client = pages.signed_in()
    assert "Ingen hull i denne perioden" in text_of(client.get("/gaps"))
    first = min(asked(pages, question, municipality_today="1103") for question in WATCHES)
    alone = asked(pages, f"{ALONE} <b>nå</b>")
    response = client.get("/gaps")
    told = text_of(response)
    assert "4 spørsmål. Grupper: 1. For seg selv: 1." in told
    assert "Spurt 3 ganger" in told and "Kommuner: Stavanger" in told
    assert "<b>nå</b>" not in response.text
    assert f'href="/inquiry/{alone}"' in response.text
    assert re.search(r'href="/gaps/write\?inquiry=\d+"', response.text)
    assert 'href="/gaps/write' not in pages.signed_in("reader").get("/gaps").text
    wrong = client.get("/gaps?since=2026-02-01&until=2026-01-01")
    assert wrong.status_code == 422 and "Første dag må være før siste" in text_of(wrong)
    assert client.get("/gaps?since=tull").status_code == 200
    assert first


def test_a_paragraph_fills_the_gap(bundled_home: Home, tmp_path: Path) -> None:
    with opened_site(tmp_path, bundled_home) as pages:
        number = asked(pages, WATCHES[0])
        client = pages.signed_in(centre="stavanger")
        page = client.get(f"/gaps/write?inquiry={number}")
        assert WATCHES[0] in page.text
        text = "Pulsklokker kan lånes ut i tolv uker. Ring 91 23 45 67."
        form = {"title": "Utlån av pulsklokker", "text": text, "centre": "stavanger",
                "edition": "2026", "questions": WATCHES[0]}  # fmt: skip
        assert send(client, "/gaps/write", form).headers["location"] == "/gaps"
        assert "Personopplysninger ble tatt bort" in text_of(client.get("/gaps"))
        assert pages.site.building.wait().trouble is None
        reply = pages.site.answerer.answer(Question(WATCHES[1]))
        quote = reply.quotes[0]
        assert quote.text.strip() == "Pulsklokker kan lånes ut i tolv uker. Ring [telefon]."
        assert (quote.publisher, quote.edition, quote.approved) == ("Stavanger", "2026", False)


def test_what_lacks_is_told_and_what_was_written_stays(pages: ReviewSite) -> None:
    client = pages.signed_in(centre="stavanger")
    form = {"title": "", "text": "Noe som er skrevet.", "centre": "modum", "questions": "Hva?"}
    response = send(client, "/gaps/write", form)
    assert response.status_code == 422
    assert "Noe som er skrevet." in response.text and "Velg en utviklingssentral" in response.text
    assert pages.site.catalogue.added() == []
    assert client.get("/gaps/write?inquiry=99").status_code == 404
    assert client.get("/gaps/write?inquiry=1e9").status_code == 404
    assert client.get(f"/gaps/write?inquiry={2**70}").status_code == 404
    assert client.get("/gaps/write").status_code == 200
    assert pages.signed_in("reader").get("/gaps/write").status_code == 403


@given(title=st.text(max_size=40), text=st.text(max_size=200), question=st.text(max_size=80))
def test_no_paragraph_hides_its_words(title: str, text: str, question: str) -> None:
    written = Written(title=title, text=text, publisher="Modum", questions=(question,))
    front, body = split_front_matter(as_markdown(written))
    assert front.publisher == "Modum"
    assert body.count("<!--") == bool(question.split())
    document = load_markdown(body, "x", front)
    hidden = [asked for section in document.sections for asked in section.questions]
    assert len(hidden) <= 1
