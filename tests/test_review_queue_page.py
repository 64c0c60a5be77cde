"""The queue: what it shows first, filters in the address, views of one's own, change in many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from review_site import ReviewSite, opened_site, send, text_of
from starlette.testclient import TestClient

from knowledge.register import Inquiry, NewInquiry

BEGUN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def review(tmp_path: Path) -> Iterator[ReviewSite]:
    with opened_site(tmp_path) as made:
        yield made


def asked(review: ReviewSite, question: str = "Hvem kan henvise til oss?", **more: Any) -> Inquiry:
    """An inquiry, each an hour after the one before."""
    inquiries = review.site.inquiries
    count = inquiries.count()
    status = more.pop("status", None)
    values = {
        "came_from": f"test:{count}",
        "received_at": BEGUN + timedelta(hours=count),
        "channel": "phone",
        "question": question,
    }
    number, _ = inquiries.receive(NewInquiry.model_validate(values | more))
    if status:
        with review.site.store.write() as db:
            db.conn.execute("UPDATE inquiries SET status = ? WHERE id = ?", [status, number])
    found = inquiries.get(number)
    assert found is not None
    return found


def listed(client: TestClient, query: str = "") -> list[int]:
    """The inquiries of a page of the queue, in order."""
    html = client.get(f"/queue{'?' + query if query else ''}").text
    return [int(number) for number in re.findall(r'<td class="number">(\d+)</td>', html)]


def status_of(review: ReviewSite, number: int) -> str:
    found = review.site.inquiries.get(number)
    assert found is not None
    return found.status


def test_the_queue_begins_with_what_waits_for_ones_own_centre(review: ReviewSite) -> None:
    new = asked(review, centre="stavanger")
    waiting = asked(review, centre="stavanger", status="waiting")
    asked(review, centre="bergen", status="waiting")
    asked(review, centre="stavanger", status="resolved")
    newer = asked(review, centre="stavanger")
    nobodys = asked(review)
    client = review.signed_in(centre="stavanger")
    assert listed(client) == [waiting.id, newer.id, new.id]
    assert "Uten utviklingssentral (1)" in text_of(client.get("/queue"))
    assert listed(client, "centre=none") == [nobodys.id]


def test_an_empty_queue_says_what_to_do(review: ReviewSite) -> None:
    client = review.signed_in()
    text = text_of(client.get("/queue"))
    assert "Ingen henvendelser venter" in text and "kildene ikke dekker" in text
    assert "Ta bort et valg i filteret" in text_of(client.get("/queue?text=finnesikke"))


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("status=new", [4, 3, 1]),
        ("status=new&status=resolved", [4, 3, 2, 1]),
        ("centre=bergen&status=", [3]),
        ("municipality=Stavanger", [1]),
        ("municipality=1103", [1]),
        ("topic=tobakk", [2]),
        ("language=nn", [4]),
        ("channel=email", [3]),
        ("since=2026-03-02&until=2026-03-02&sort=received_at", [1, 2, 3, 4]),
        ("since=2026-03-03", []),
        ("vote=down", [2]),
        ("outcome=not_covered", [3]),
        ("text=snus", [2]),
        ("sort=id", [1, 2, 3, 4]),
        ("sort=nonsense", [4, 3, 2, 1]),
    ],
)
def test_filters_and_sorting_stand_in_the_address(
    review: ReviewSite, query: str, wanted: list[int]
) -> None:
    asked(review, municipality="1103", municipality_today="1103")
    asked(review, "Kurs om snus?", topics={"tobakk": "snus"}, status="resolved")
    asked(review, centre="bergen", channel="email")
    asked(review, language="nn")
    review.site.feedback.vote(2, "somebody", "down")
    review.site.inquiries.complete(3, outcome="not_covered", generation=None, quotes=[], at=BEGUN)
    assert listed(review.signed_in(), query) == wanted


def test_the_filter_stays_in_the_form_and_in_the_links(review: ReviewSite) -> None:
    for _ in range(51):
        asked(review, centre="bergen", municipality="4601", municipality_today="4601")
    html = review.signed_in().get("/queue?status=new&centre=bergen&municipality=bergen").text
    assert '<option value="bergen" selected>' in html
    assert re.search(r'name="municipality" value="Bergen"', html)
    onward = re.search(r'rel="next" href="/queue\?([^"]+)"', html)
    assert onward is not None and "centre=bergen" in onward[1] and "page=2" in onward[1]
    inner = quote("status=new&centre=bergen&municipality=4601", safe="")
    assert f"/inquiry/51?queue={inner}" in html


def test_fifty_stand_on_a_page(review: ReviewSite) -> None:
    for _ in range(53):
        asked(review)
    client = review.signed_in()
    assert listed(client, "status=new") == list(range(53, 3, -1))
    assert listed(client, "status=new&page=2") == [3, 2, 1]
    assert listed(client, "status=new&page=99") == [3, 2, 1]
    assert "53 treff, side 2 av 2" in text_of(client.get("/queue?status=new&page=2"))


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("municipality=Nowhere", "Finner ingen kommune som heter «Nowhere»"),
        ("status=old", "status"),
        ("since=i+fjor", "since"),
    ],
)
def test_a_filter_that_cannot_be_read_is_told(review: ReviewSite, query: str, told: str) -> None:
    asked(review)
    answer = review.signed_in().get(f"/queue?{query}")
    assert answer.status_code == 200
    assert told in text_of(answer) and 'role="alert"' in answer.text


def test_what_was_asked_is_never_markup(review: ReviewSite) -> None:
    asked(review, "<script>alert(1)</script> & mer")
    html = review.signed_in().get("/queue").text
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; mer" in html


def test_a_view_is_kept_listed_and_removed_for_one_person(review: ReviewSite) -> None:
    client, other = review.signed_in("reader"), review.signed_in("reader")
    saved = send(client, "/queue/views", {"name": "Tobakk ", "queue": "topic=tobakk&status=new"})
    assert saved.status_code == 303
    html = client.get("/queue").text
    assert re.search(
        r'href="/queue\?status=new&amp;topic=tobakk&amp;sort=-received_at">Tobakk<', html
    )
    assert ">Tobakk<" not in other.get("/queue").text
    assert send(other, "/queue/views/1/remove").status_code == 404
    assert send(client, "/queue/views/1/remove").status_code == 303
    assert ">Tobakk<" not in client.get("/queue").text
    assert send(client, "/queue/views", {"name": " ", "queue": ""}).status_code == 422


def test_many_are_changed_at_once_and_that_is_undone_at_once(review: ReviewSite) -> None:
    numbers = [asked(review, topics={"tobakk": "røyk"}).id for _ in range(4)]
    client = review.signed_in()
    values = {"inquiry": numbers[:3], "status": "resolved", "topic": "sovn", "queue": "status=new"}
    sent = send(client, "/queue/change", values)
    assert sent.status_code == 303
    assert [status_of(review, number) for number in numbers] == ["resolved"] * 3 + ["new"]
    first = review.site.inquiries.get(numbers[0])
    assert first is not None and set(first.topics) == {"tobakk", "sovn"}
    html = client.get(sent.headers["location"]).text
    assert "3 henvendelser er endret" in html
    undo = re.search(r'action="(/undo/[0-9a-f]+)"', html)
    assert undo is not None
    assert send(client, undo[1], {"next": "/queue?status=new"}).headers["location"] == (
        "/queue?status=new"
    )
    assert [status_of(review, number) for number in numbers] == ["new"] * 4
    first = review.site.inquiries.get(numbers[0])
    assert first is not None and first.topics == {"tobakk": "røyk"}


def test_all_on_the_page_is_one_tick(review: ReviewSite) -> None:
    numbers = [asked(review).id for _ in range(3)]
    client = review.signed_in()
    send(client, "/queue/change", {"every": "1", "shown": numbers, "status": "not_an_inquiry"})
    assert {status_of(review, number) for number in numbers} == {"not_an_inquiry"}


def test_a_change_in_many_needs_a_tick_and_a_change(review: ReviewSite) -> None:
    number, client = asked(review).id, review.signed_in()
    assert send(client, "/queue/change", {"status": "resolved"}).status_code == 422
    assert send(client, "/queue/change", {"inquiry": number}).status_code == 422
    wrong = send(client, "/queue/change", {"inquiry": number, "status": "gone"})
    assert wrong.status_code == 422
    assert status_of(review, number) == "new"


def test_another_centres_rows_are_not_changed_in_many(review: ReviewSite) -> None:
    mine = asked(review, centre="stavanger").id
    theirs = asked(review, centre="bergen").id
    client = review.signed_in(centre="stavanger")
    values = {"inquiry": [mine, theirs], "status": "resolved"}
    assert send(client, "/queue/change", values).status_code == 403
    assert status_of(review, mine) == status_of(review, theirs) == "new"
    assert send(client, "/queue/change", {"inquiry": 999, "status": "new"}).status_code == 404
    assert f'name="inquiry" value="{theirs}"' not in client.get("/queue?status=new").text
    reader = review.signed_in("reader")
    assert send(reader, "/queue/change", {"inquiry": mine, "status": "new"}).status_code == 403


def test_only_who_may_change_a_row_may_undo_in_it(review: ReviewSite) -> None:
    number = asked(review, centre="bergen").id
    batch = review.site.review.bulk([number], {"status": "resolved"}, "cli")
    assert send(review.signed_in(centre="stavanger"), f"/undo/{batch}").status_code == 403
    assert send(review.signed_in(centre="bergen"), "/undo/unknown").status_code == 404
    assert status_of(review, number) == "resolved"
    assert send(review.signed_in(centre="bergen"), f"/undo/{batch}").status_code == 303
    assert status_of(review, number) == "new"


def test_a_change_in_many_that_changes_nothing_says_so(review: ReviewSite) -> None:
    numbers = [asked(review, centre="bergen", topics={"tobakk": "røyk"}).id for _ in range(2)]
    client = review.signed_in()
    values = {"inquiry": numbers, "status": "new", "centre": "bergen", "topic": "tobakk"}
    sent = send(client, "/queue/change", values)
    html = client.get(sent.headers["location"]).text
    assert "Ingen henvendelser ble endret" in html and 'action="/undo/' not in html


def test_only_what_was_changed_is_counted(review: ReviewSite) -> None:
    numbers = [asked(review, status=status).id for status in ("new", "resolved", "resolved")]
    client = review.signed_in()
    sent = send(client, "/queue/change", {"inquiry": numbers, "status": "resolved"})
    assert "Henvendelsen er endret." in text_of(client.get(sent.headers["location"]))


def test_a_new_centre_for_many_passes_on_what_a_centre_has(review: ReviewSite) -> None:
    numbers = [asked(review, centre="stavanger").id for _ in range(3)]
    for number in numbers[:2]:
        review.site.handovers.open(number, centre="stavanger", reason="chosen")
    client = review.signed_in()
    sent = send(client, "/queue/change", {"inquiry": numbers, "centre": "bergen"})
    held = [review.site.handovers.open_of(number) for number in numbers]
    assert [one.centre if one else None for one in held] == ["bergen", "bergen", None]
    undo = re.search(r'action="(/undo/[0-9a-f]+)"', client.get(sent.headers["location"]).text)
    assert undo is not None
    send(client, undo[1])
    held = [review.site.handovers.open_of(number) for number in numbers]
    assert [one.centre if one else None for one in held] == ["stavanger", "stavanger", None]
