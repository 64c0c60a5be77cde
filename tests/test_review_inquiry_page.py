"""One inquiry: read, corrected by two at once, answered, handed on, cleaned; and all undone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from review_site import ReviewSite, opened_site, send, text_of
from slack_desk import QUOTE
from starlette.testclient import TestClient

from bot.slack.blocks.handover import Case, handover_post
from bot.slack.blocks.pieces import Rendered
from bot.slack.posts import Place, Posts
from bot.slack.threads import Threads
from knowledge.register import Inquiry, NewInquiry

ASKED_AT = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)


@pytest.fixture
def review(tmp_path: Path) -> Iterator[ReviewSite]:
    with opened_site(tmp_path) as made:
        yield made


def asked(review: ReviewSite, question: str = "Hvem kan henvise til oss?", **more: Any) -> int:
    inquiries = review.site.inquiries
    values = {
        "came_from": f"test:{inquiries.count()}",
        "received_at": ASKED_AT,
        "channel": "phone",
        "question": question,
    }
    return inquiries.receive(NewInquiry.model_validate(values | more))[0]


def row(review: ReviewSite, number: int) -> Inquiry:
    found = review.site.inquiries.get(number)
    assert found is not None
    return found


def in_slack(review: ReviewSite, number: int) -> None:
    """As the bot leaves an inquiry of a channel that it has answered."""
    place = Place("T1", "C1", "1700.1")
    Threads(review.site.store).add(number, place, "1700.1")
    Posts(review.site.store).put(f"answer:{number}", place, Rendered("Svar", []), inquiry=number)
    Posts(review.site.store).posted(f"answer:{number}", "1700.2")


def filled(client: TestClient, number: int, **changed: Any) -> dict[str, Any]:
    """The correction form as a browser would send it, with some fields changed."""
    html = client.get(f"/inquiry/{number}").text
    return {**_form_of(html), **changed}


def _form_of(html: str) -> dict[str, Any]:
    form = re.search(r'action="/inquiry/\d+/correct.*?</form>', html, re.DOTALL)
    assert form is not None
    text = form[0]
    values: dict[str, Any] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text):
        values.setdefault(name, [])
        values[name].append(unescape(value))
    values = {name: held if name == "was_topics" else held[0] for name, held in values.items()}
    for name, value in re.findall(
        r'<input id="\w+" name="(\w+)"(?: type="date")?[^>]*? value="([^"]*)"', text
    ):
        values[name] = unescape(value)
    for name, value in re.findall(r'<textarea id="\w+" name="(\w+)"[^>]*>([^<]*)<', text):
        values[name] = unescape(value)
    for name, body in re.findall(r'<select id="\w+" name="(\w+)"[^>]*>(.*?)</select>', text, re.S):
        picked = re.search(r'value="([^"]*)" selected', body)
        values[name] = picked[1] if picked else ""
    values["topics"] = re.findall(r'name="topics" value="([^"]*)" checked', text)
    return values


def test_the_page_shows_all_that_is_known(review: ReviewSite) -> None:
    number = asked(
        review,
        thread=("Hva er en frisklivssentral?",),
        topics={"henvisning": "henvise"},
        municipality="1103",
        municipality_today="1103",
        language="nb",
        actor="frisklivssentral",
        centre="stavanger",
    )
    site = review.site
    site.inquiries.complete(
        number, outcome="answered", generation="generation-1", quotes=[QUOTE], at=ASKED_AT
    )
    site.feedback.vote(number, "somebody", "down")
    site.feedback.explain(number, "somebody", "old", "Gjelder ikke lenger")
    site.handovers.open(number, centre="stavanger", reason="chosen", note="Det haster")
    site.handovers.answer(number, "Fastlegen.", came_from="test:a", centre="stavanger")
    site.handovers.answer(number, "Takk!", came_from="test:b", centre=None)
    text = text_of(review.signed_in("reader").get(f"/inquiry/{number}"))
    for part in (
        "Hvem kan henvise til oss?",
        "Hva er en frisklivssentral?",
        "Henvisning og frisklivsresept (henvise)",
        "Stavanger",
        "2. mars 2026, 10:05",
        "Bokmål",
        "Fastlegen kan henvise.",
        "Veilederen",
        "utgave 2016",
        "generation-1",
        "Tommel ned : Svaret er utdatert",
        "Gjelder ikke lenger",
        "Overlevert til Stavanger",
        "Det haster",
        "Svar fra Stavanger",
        "Spørreren la til",
    ):
        assert part in re.sub(r"\s+([:,])", r" \1", text).replace("ned:", "ned :"), part


def test_a_reader_gets_no_forms_and_a_centre_none_for_anothers(review: ReviewSite) -> None:
    number = asked(review, centre="bergen")
    for client in (review.signed_in("reader"), review.signed_in(centre="stavanger")):
        html = client.get(f"/inquiry/{number}").text
        assert f'action="/inquiry/{number}/' not in html
    assert (
        f'action="/inquiry/{number}/'
        in review.signed_in(centre="bergen").get(f"/inquiry/{number}").text
    )


@pytest.mark.parametrize("number", ["0", "77", "9999999999999999999999"])
def test_an_inquiry_that_is_not_there_is_404(review: ReviewSite, number: str) -> None:
    client = review.signed_in()
    assert client.get(f"/inquiry/{number}").status_code == 404
    assert send(client, f"/inquiry/{number}/delete").status_code == 404


@pytest.mark.parametrize(
    "part", ["correct", "status", "answer", "hand-over", "duplicate", "redact", "delete"]
)
def test_another_centres_inquiry_is_not_touched(review: ReviewSite, part: str) -> None:
    number, other = asked(review, centre="bergen"), asked(review)
    client = review.signed_in(centre="stavanger")
    before = row(review, number)
    values = {
        "status": "resolved",
        "answer": "Ja",
        "seen": "0",
        "to_centre": "stavanger",
        "of": str(other),
        "redact_words": "Hvem",
        "sure": "yes",
    }
    assert send(client, f"/inquiry/{number}/{part}", values).status_code == 403
    assert row(review, number) == before
    assert client.get(f"/inquiry/{number}/delete").status_code == 403


def test_fields_are_corrected_in_place_and_the_history_tells(review: ReviewSite) -> None:
    number, client = asked(review), review.signed_in()
    values = filled(
        client,
        number,
        municipality="Stavanger",
        actor="frisklivssentral",
        centre="stavanger",
        topics=["tobakk", "sovn"],
        status="answered",
        note="Ring 51 50 70 90 først",
        question="Hvem kan henvise, og hvordan?",
        received_on="2026-02-27",
    )
    sent = send(client, f"/inquiry/{number}/correct", values)
    assert sent.status_code == 303
    now = row(review, number)
    assert (now.municipality, now.actor, now.centre) == ("1103", "frisklivssentral", "stavanger")
    assert set(now.topics) == {"tobakk", "sovn"} and now.status == "answered"
    assert now.received_at.date().isoformat() == "2026-02-27"
    assert "51 50" not in now.note
    text = text_of(client.get(sent.headers["location"]))
    assert "Kommune – Stavanger" in text and "Temaer – Søvn, Tobakk og snus" in text
    assert "Angre siste endring" in text


def test_the_last_change_is_undone_from_the_page(review: ReviewSite) -> None:
    number, client = asked(review), review.signed_in()
    before = row(review, number)
    send(client, f"/inquiry/{number}/correct", filled(client, number, note="Et notat"))
    html = client.get(f"/inquiry/{number}").text
    undo = re.search(r'action="(/undo/\w+)">.{0,300}Angre siste endring', html, re.DOTALL)
    assert undo is not None
    back = send(client, undo[1], {"next": f"/inquiry/{number}"})
    assert back.headers["location"] == f"/inquiry/{number}"
    assert row(review, number).note == before.note


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"municipality": "Stavangr"}, "Stavangr"),
        ({"received_on": "i går"}, "i går"),
        ({"status": "gone"}, "gone"),
        ({"centre": "atlantis"}, "atlantis"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(
    review: ReviewSite, changed: dict[str, str], told: str
) -> None:
    number, client = asked(review), review.signed_in()
    values = filled(client, number, note="Mitt lange notat", topics=["tobakk"], **changed)
    answer = send(client, f"/inquiry/{number}/correct", values)
    assert answer.status_code == 422
    assert told in answer.text and 'class="error"' in answer.text
    again = _form_of(answer.text)
    assert again["note"] == "Mitt lange notat" and again["topics"] == ["tobakk"]
    assert row(review, number).note == ""
    fixed = {**again, "municipality": "Stavanger", "received_on": "2026-03-02"}
    fixed |= {"status": "new", "centre": ""}
    assert send(client, f"/inquiry/{number}/correct", fixed).status_code == 303
    assert row(review, number).note == "Mitt lange notat"


def test_two_reviewers_lose_nothing(review: ReviewSite) -> None:
    number = asked(review, municipality="1103", municipality_today="1103")
    first, second = review.signed_in(), review.signed_in()
    name = re.search(r"<span>(Person \d+)</span>", first.get("/queue").text)
    assert name is not None
    mine = filled(second, number, note="Det andre notatet", topics=["sovn"])
    theirs = filled(first, number, note="Det første notatet", municipality="Sola")
    assert send(first, f"/inquiry/{number}/correct", theirs).status_code == 303

    stale = send(second, f"/inquiry/{number}/correct", mine)
    assert stale.status_code == 409
    assert f"{name[1]} har endret dette fra «–» til «Det første notatet»" in unescape(stale.text)
    assert row(review, number).note == "Det første notatet"

    again = _form_of(stale.text)
    assert again["note"] == "Det andre notatet" and again["topics"] == ["sovn"]
    assert again["municipality"] == "Sola"
    assert send(second, f"/inquiry/{number}/correct", again).status_code == 303
    now = row(review, number)
    assert (now.note, now.municipality, set(now.topics)) == (
        "Det andre notatet",
        "1124",
        {"sovn"},
    )


def test_two_reviewers_in_different_fields_do_not_disturb_each_other(review: ReviewSite) -> None:
    number = asked(review)
    first, second = review.signed_in(), review.signed_in()
    mine = filled(second, number, actor="frisklivssentral")
    send(first, f"/inquiry/{number}/correct", filled(first, number, note="Et notat"))
    assert send(second, f"/inquiry/{number}/correct", mine).status_code == 303
    now = row(review, number)
    assert (now.note, now.actor) == ("Et notat", "frisklivssentral")


def test_a_queue_of_thirty_is_cleared_one_press_each(review: ReviewSite) -> None:
    numbers = [asked(review, f"Spørsmål {count}") for count in range(30)]
    client = review.signed_in()
    queue = "status=new&sort=-received_at"
    address = f"/inquiry/{numbers[-1]}?queue={quote(queue, safe='')}"
    assert "Nr. 1 av 30 i køen" in text_of(client.get(address))
    seen = []
    while "/inquiry/" in address:
        here, _, query = address.partition("?")
        seen.append(int(here.rpartition("/")[2]))
        sent = send(client, f"{here}/status?{query}", {"status": "resolved", "then": "next"})
        address = sent.headers["location"]
    assert seen == numbers[::-1]
    assert address == f"/queue?{queue}"
    assert {row(review, number).status for number in numbers} == {"resolved"}


def test_saving_goes_to_the_next_and_keeps_the_filter(review: ReviewSite) -> None:
    asked(review, centre="bergen")
    after, between, number = (
        asked(review, centre="stavanger"),
        asked(review, centre="bergen"),
        asked(review, centre="stavanger"),
    )
    client, queue = review.signed_in(), "centre=stavanger&sort=-received_at"
    query = "?queue=" + quote(queue, safe="")
    html = client.get(f"/inquiry/{number}{query}").text
    assert f'rel="next" href="/inquiry/{after}' in html
    assert f'rel="next" href="/inquiry/{between}' not in html
    values = filled(client, number, then="next")
    sent = send(client, f"/inquiry/{number}/correct{query}", values)
    assert sent.headers["location"] == f"/inquiry/{after}{query}"
    sent = send(client, f"/inquiry/{after}/correct{query}", filled(client, after, then="next"))
    assert sent.headers["location"] == f"/queue?{queue}"


def test_an_answer_goes_to_the_askers_thread(review: ReviewSite) -> None:
    number = asked(review, channel="slack")
    in_slack(review, number)
    client = review.signed_in(centre="stavanger")
    values = {"answer": "Fastlegen kan. Ring 51 50 70 90.", "seen": "0"}
    assert send(client, f"/inquiry/{number}/answer", values).status_code == 303
    (answer,) = review.site.handovers.answers(number)
    assert answer.centre == "stavanger" and "51 50" not in answer.text
    post = Posts(review.site.store).get(f"relay:{answer.id}")
    assert post is not None and post.payload is not None and post.state == "ready"
    assert (post.channel, post.thread_ts) == ("C1", "1700.1")
    assert "Fastlegen kan." in json.dumps(post.payload.blocks, ensure_ascii=False)
    assert row(review, number).answered_by == "stavanger"


def test_an_answer_is_undone_before_it_is_posted(review: ReviewSite) -> None:
    number = asked(review, channel="slack")
    in_slack(review, number)
    client = review.signed_in(centre="stavanger")
    send(client, f"/inquiry/{number}/answer", {"answer": "Feil svar", "seen": "0"})
    undo = re.search(r'action="(/undo/\w+)"', client.get(f"/inquiry/{number}").text)
    assert undo is not None
    send(client, undo[1])
    (answer,) = review.site.handovers.answers(number)
    assert answer.taken_back_at is not None
    post = Posts(review.site.store).get(f"relay:{answer.id}")
    assert post is not None and post.state == "failed" and post.payload is None
    assert row(review, number).status == "new"


def test_what_was_asked_in_private_is_not_answered_in_the_open(review: ReviewSite) -> None:
    number = asked(review, channel="slack")
    Threads(review.site.store).add(number, Place("T1", "C1", None), None)  # a command
    client = review.signed_in(centre="stavanger")
    assert "spurte privat" in text_of(client.get(f"/inquiry/{number}"))
    sent = send(client, f"/inquiry/{number}/answer", {"answer": "Svar", "seen": "0"})
    assert "kan ikke nås i Slack" in text_of(client.get(sent.headers["location"]))
    (answer,) = review.site.handovers.answers(number)
    assert Posts(review.site.store).get(f"relay:{answer.id}") is None


def test_an_answer_that_crosses_another_is_kept_in_the_field(review: ReviewSite) -> None:
    number, client = asked(review), review.signed_in(centre="stavanger")
    values = {"answer": "Mitt svar", "seen": "0"}
    assert send(client, f"/inquiry/{number}/answer", values).status_code == 303
    twice = send(client, f"/inquiry/{number}/answer", values)
    assert twice.status_code == 409 and ">Mitt svar</textarea>" in twice.text
    assert len(review.site.handovers.answers(number)) == 1


@pytest.mark.parametrize("values", [{"answer": " "}, {"answer": "Ja", "answer_centre": ""}])
def test_an_answer_needs_text_and_a_centre(review: ReviewSite, values: dict[str, str]) -> None:
    number, client = asked(review), review.signed_in()
    given = {"answer_centre": "bergen", "seen": "0", **values}
    answer = send(client, f"/inquiry/{number}/answer", given)
    assert answer.status_code == 422 and 'class="error"' in answer.text
    assert review.site.handovers.answers(number) == []


def test_an_inquiry_is_handed_on_and_that_is_undone(review: ReviewSite) -> None:
    number, client = asked(review, centre="stavanger"), review.signed_in()
    handovers = review.site.handovers
    before, _ = handovers.open(number, centre="stavanger", reason="chosen")
    sent = send(
        client, f"/inquiry/{number}/hand-over", {"to_centre": "bergen", "to_note": "Deres tema"}
    )
    assert sent.status_code == 303
    now = handovers.open_of(number)
    assert now is not None and (now.centre, now.note) == ("bergen", "Deres tema")
    assert row(review, number).centre == "bergen"
    html = client.get(f"/inquiry/{number}").text
    assert "Utviklingssentral Stavanger Bergen" in text_of(client.get(f"/inquiry/{number}"))
    undo = re.search(r'action="(/undo/\w+)"', html)
    assert undo is not None
    send(client, undo[1])
    back = handovers.open_of(number)
    assert back is not None and (back.id, back.passed_to) == (before.id, None)
    assert row(review, number).centre == "stavanger"


@pytest.mark.parametrize("centre", ["", "atlantis", "stavanger"])
def test_it_is_handed_only_to_another_centre_there_is(review: ReviewSite, centre: str) -> None:
    number, client = asked(review), review.signed_in()
    review.site.handovers.open(number, centre="stavanger", reason="chosen")
    answer = send(client, f"/inquiry/{number}/hand-over", {"to_centre": centre, "to_note": "Hei"})
    assert answer.status_code == 422 and ">Hei</textarea>" in answer.text


def test_a_duplicate_is_marked_and_taken_back(review: ReviewSite) -> None:
    first, second, client = asked(review), asked(review), review.signed_in()
    assert send(client, f"/inquiry/{second}/duplicate", {"of": str(second)}).status_code == 422
    assert send(client, f"/inquiry/{second}/duplicate", {"of": "99"}).status_code == 422
    assert send(client, f"/inquiry/{second}/duplicate", {"of": ""}).status_code == 422
    assert send(client, f"/inquiry/{second}/duplicate", {"of": str(first)}).status_code == 303
    assert row(review, second).duplicate_of == first
    assert f"samme som henvendelse nr. {first}" in text_of(client.get(f"/inquiry/{second}"))
    send(client, f"/inquiry/{second}/duplicate", {"not_duplicate": "1"})
    assert row(review, second).duplicate_of is None


def test_words_are_shown_before_they_are_removed_for_good(review: ReviewSite) -> None:
    number = asked(review, "Kan Ola Nordmann (Ola) henvises?", thread=("Om Ola Nordmann",))
    client = review.signed_in()
    assert send(client, f"/inquiry/{number}/redact", {"redact_words": "Ola"}).status_code == 200
    look = send(
        client,
        f"/inquiry/{number}/redact",
        {"redact_words": "Ola Nordmann\r\n", "redact_word": ["(Ola)"]},
    )
    assert "Ola Nordmann" in text_of(look)
    words = re.findall(r'name="word" value="([^"]+)"', look.text)
    assert words == ["Ola Nordmann", "Ola"]
    assert "Ola" in row(review, number).question
    sent = send(client, f"/inquiry/{number}/redact", {"word": words, "sure": "yes"})
    assert sent.status_code == 303
    now = row(review, number)
    assert now.question == "Kan [fjernet] ([fjernet]) henvises?" and "Ola" not in now.thread[0]
    assert send(client, f"/inquiry/{number}/redact", {}).status_code == 422


def test_deleting_asks_first_and_leaves_a_tombstone(review: ReviewSite) -> None:
    number, client = asked(review, "Noe privat"), review.signed_in()
    assert "Det kan ikke angres" in text_of(client.get(f"/inquiry/{number}/delete"))
    assert row(review, number).deleted_at is None
    assert send(client, f"/inquiry/{number}/delete").status_code == 303
    now = row(review, number)
    assert now.deleted_at is not None and now.question == ""
    page = client.get(f"/inquiry/{number}")
    assert page.status_code == 200 and "ble slettet" in text_of(page)
    assert "/correct" not in page.text
    assert send(client, f"/inquiry/{number}/status", {"status": "new"}).status_code == 422


def test_what_was_written_is_never_markup(review: ReviewSite) -> None:
    script = "<script>alert(1)</script>"
    number = asked(review, script, thread=(script,), topics={"tobakk": script})
    review.site.handovers.answer(number, script, came_from="test:a", centre=None)
    client = review.signed_in()
    send(client, f"/inquiry/{number}/correct", filled(client, number, note=script))
    for path in ("", "/delete"):
        html = client.get(f"/inquiry/{number}{path}").text
        assert "<script" not in html and "&lt;script&gt;" in html
    look = send(client, f"/inquiry/{number}/redact", {"redact_words": script})
    assert "<script" not in look.text


@pytest.mark.parametrize(
    ("kind", "holds"), [("html", "Hvem kan henvise"), ("json", '"Hvem kan henvise')]
)
def test_all_of_it_comes_out_as_one_file(review: ReviewSite, kind: str, holds: str) -> None:
    number = asked(review)
    answer = review.signed_in("reader").get(f"/inquiry/{number}/file.{kind}")
    assert holds in answer.text
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="henvendelse-{number}.{kind}"'
    )


def handed_over_in_slack(review: ReviewSite, number: int) -> str:
    """A handover that the bot has posted in its centre's channel; its key in the outbox."""
    handover, _ = review.site.handovers.open(number, centre="stavanger", reason="chosen")
    posts, key = Posts(review.site.store), f"handover:{handover.id}"
    posts.put(key, Place("T1", "C9"), Rendered("Til dere", []), inquiry=number)
    posts.posted(key, "1800.1")
    return key


def outdated(review: ReviewSite, key: str) -> bool:
    """Whether the bot's clock will draw a message anew."""
    found = review.site.store.database.conn.execute(
        "SELECT error FROM slack_posts WHERE key = ?", [key]
    ).fetchone()
    return found is not None and found[0] == "outdated"


@pytest.mark.parametrize(
    ("part", "values"),
    [
        ("status", {"status": "resolved"}),
        ("hand-over", {"to_centre": "bergen"}),
        ("redact", {"word": "Hvem", "sure": "yes"}),
        ("delete", {}),
    ],
)
def test_the_centres_message_in_slack_follows(
    review: ReviewSite, part: str, values: dict[str, str]
) -> None:
    number, client = asked(review, channel="slack"), review.signed_in()
    in_slack(review, number)
    key = handed_over_in_slack(review, number)
    assert not outdated(review, key)
    assert send(client, f"/inquiry/{number}/{part}", values).status_code == 303
    assert outdated(review, key)


def test_the_centres_thread_is_told_of_an_answer_given_on_the_page(review: ReviewSite) -> None:
    number, client = asked(review, channel="slack"), review.signed_in(centre="stavanger")
    in_slack(review, number)
    handed_over_in_slack(review, number)
    send(client, f"/inquiry/{number}/answer", {"answer": "Fastlegen.", "seen": "0"})
    (answer,) = review.site.handovers.answers(number)
    post = Posts(review.site.store).get(f"relayed:{answer.id}")
    assert post is not None and (post.channel, post.thread_ts) == ("C9", "1800.1")
    assert "Fastlegen." in json.dumps(post.payload and post.payload.blocks)


def test_a_word_that_is_removed_does_not_wait_to_be_posted(review: ReviewSite) -> None:
    number, client = asked(review, channel="slack"), review.signed_in(centre="stavanger")
    in_slack(review, number)
    handed_over_in_slack(review, number)
    send(client, f"/inquiry/{number}/answer", {"answer": "Spør Nordmann.", "seen": "0"})
    (answer,) = review.site.handovers.answers(number)
    send(client, f"/inquiry/{number}/redact", {"word": "Nordmann", "sure": "yes"})
    for kind in ("relay", "relayed"):
        post = Posts(review.site.store).get(f"{kind}:{answer.id}")
        assert post is not None and post.payload is not None
        said = post.payload.text + json.dumps(post.payload.blocks)
        assert "Nordmann" not in said and "[fjernet]" in said


def test_what_is_deleted_is_not_shown_in_the_centres_channel(review: ReviewSite) -> None:
    number = asked(review, "Noe privat", channel="slack")
    handover, _ = review.site.handovers.open(number, centre="stavanger", reason="chosen")
    send(review.signed_in(), f"/inquiry/{number}/delete")
    told = handover_post(Case(handover, row(review, number)), "nb")
    assert told.text == f"Henvendelse nr. {number} er slettet."


def told(review: ReviewSite, key: str) -> str:
    """What a message of the outbox says, as long as it waits to be posted; "" where it does not."""
    post = Posts(review.site.store).get(key)
    return post.payload.text if post is not None and post.payload is not None else ""


def keys(review: ReviewSite, kind: str) -> list[str]:
    rows = review.site.store.database.conn.execute(
        "SELECT key FROM slack_posts WHERE key LIKE ? ORDER BY created_at", [f"{kind}:%"]
    )
    return [str(key) for (key,) in rows]


def handed_and_told(review: ReviewSite, number: int) -> str:
    """A handover that the bot has posted, and told the asker of."""
    key = handed_over_in_slack(review, number)
    handover = review.site.handovers.open_of(number)
    assert handover is not None
    posts = Posts(review.site.store)
    posts.put(f"sent:{handover.id}", Place("T1", "C1", "1700.1"), Rendered("Sendt", []))
    posts.posted(f"sent:{handover.id}", "1700.3")
    return key


def undo_last(client: TestClient, number: int) -> None:
    html = client.get(f"/inquiry/{number}").text
    undo = re.search(r'action="(/undo/\w+)">.{0,300}Angre siste endring', html, re.DOTALL)
    assert undo is not None
    assert send(client, undo[1]).status_code == 303


def test_a_new_centre_in_the_form_is_passing_it_on(review: ReviewSite) -> None:
    number, client = asked(review, channel="slack"), review.signed_in()
    in_slack(review, number)
    key = handed_and_told(review, number)
    sent = send(client, f"/inquiry/{number}/correct", filled(client, number, centre="bergen"))
    assert sent.status_code == 303
    now = review.site.handovers.open_of(number)
    assert now is not None and (now.centre, now.reason) == ("bergen", "passed_on")
    assert outdated(review, key)
    undo_last(client, number)
    back = review.site.handovers.open_of(number)
    assert back is not None and f"handover:{back.id}" == key
    assert keys(review, "back") == []  # nobody was told that it had left


def test_what_came_back_after_the_asker_was_told_is_told_too(review: ReviewSite) -> None:
    number, client = asked(review, channel="slack"), review.signed_in()
    in_slack(review, number)
    key = handed_and_told(review, number)
    send(client, f"/inquiry/{number}/hand-over", {"to_centre": "bergen"})
    there = review.site.handovers.open_of(number)
    assert there is not None
    Posts(review.site.store).put(f"sent:{there.id}", Place("T1", "C1"), Rendered("Sendt", []))
    undo_last(client, number)
    (back,) = keys(review, "back")
    assert "likevel hos utviklingssentralen i Stavanger" in told(review, back)
    (here,) = keys(review, "open_here")
    post = Posts(review.site.store).get(here)
    assert post is not None and (post.channel, post.thread_ts) == ("C9", "1800.1")
    assert outdated(review, key)


def test_closing_tells_the_asker_and_open_again_gives_it_back(review: ReviewSite) -> None:
    number, client = asked(review, channel="slack"), review.signed_in()
    asked(review)  # the next in the queue
    in_slack(review, number)
    key = handed_and_told(review, number)
    send(client, f"/inquiry/{number}/status", {"status": "resolved", "then": "next"})
    (closed,) = keys(review, "closed")
    assert "avsluttet henvendelsen uten å skrive noe svar" in told(review, closed)
    Posts(review.site.store).posted(closed, "1700.4")

    page = client.get(f"/inquiry/{number}").text
    assert re.search(r'name="status" value="open">Åpne igjen<', page)
    values = {"status": "open", "then": "next", "was_status": "resolved"}
    sent = send(client, f"/inquiry/{number}/status", values)
    assert sent.headers["location"].startswith(f"/inquiry/{number}?")
    assert "er nå: venter på svar" in text_of(client.get(sent.headers["location"]))
    standing = review.site.handovers.open_of(number)
    assert standing is not None and f"handover:{standing.id}" == key
    (again,) = keys(review, "reopened")
    assert "har åpnet henvendelsen igjen" in told(review, again)
    (here,) = keys(review, "open_here")
    assert told(review, here) == "Henvendelsen er åpnet igjen på nettsidene."


def test_what_is_closed_and_undone_at_once_is_not_told(review: ReviewSite) -> None:
    number, client = asked(review, channel="slack"), review.signed_in()
    in_slack(review, number)
    handed_and_told(review, number)
    send(client, f"/inquiry/{number}/status", {"status": "resolved"})
    undo_last(client, number)
    (closed,) = keys(review, "closed")
    assert told(review, closed) == ""
    assert keys(review, "reopened") == keys(review, "open_here") == []
    assert review.site.handovers.open_of(number) is not None


@pytest.mark.parametrize("values", [{"status": "open"}, None])
def test_a_duplicate_that_was_none_goes_back_to_its_centre(
    review: ReviewSite, values: dict[str, str] | None
) -> None:
    first, number, client = asked(review), asked(review, channel="slack"), review.signed_in()
    in_slack(review, number)
    handed_and_told(review, number)
    send(client, f"/inquiry/{number}/duplicate", {"of": str(first)})
    assert review.site.handovers.open_of(number) is None and len(keys(review, "closed")) == 1
    if values:
        send(client, f"/inquiry/{number}/status", values)
    else:
        send(client, f"/inquiry/{number}/duplicate", {"not_duplicate": "1"})
    assert review.site.handovers.open_of(number) is not None
    assert row(review, number).status == "waiting"


def test_the_same_mark_twice_offers_no_undo_of_something_else(review: ReviewSite) -> None:
    first, number, client = asked(review), asked(review), review.signed_in()
    send(client, f"/inquiry/{number}/duplicate", {"of": str(first)})
    client.get("/queue")  # shows the first one's «Angre»
    sent = send(client, f"/inquiry/{number}/duplicate", {"of": str(first)})
    shown = client.get(sent.headers["location"]).text
    flashed = re.search(r'class="flash".*?</', shown, re.DOTALL)
    assert flashed is not None and shown.count('action="/undo/') == 1  # under the history


def test_set_to_waiting_it_is_handed_to_its_centre(review: ReviewSite) -> None:
    number, client = asked(review), review.signed_in()
    wrong = send(client, f"/inquiry/{number}/correct", filled(client, number, status="waiting"))
    assert wrong.status_code == 422 and "Velg en utviklingssentral, så den får vite" in wrong.text
    values = filled(client, number, status="waiting", centre="stavanger")
    assert send(client, f"/inquiry/{number}/correct", values).status_code == 303
    standing = review.site.handovers.open_of(number)
    assert standing is not None and standing.centre == "stavanger"
    undo_last(client, number)
    assert review.site.handovers.open_of(number) is None
    assert (row(review, number).status, row(review, number).centre) == ("new", None)


def test_a_handover_that_is_undone_after_it_was_told_is_told_back(review: ReviewSite) -> None:
    number, client = asked(review, channel="slack"), review.signed_in()
    in_slack(review, number)
    send(client, f"/inquiry/{number}/hand-over", {"to_centre": "bergen"})
    standing = review.site.handovers.open_of(number)
    assert standing is not None
    Posts(review.site.store).put(f"sent:{standing.id}", Place("T1", "C1"), Rendered("Sendt", []))
    undo_last(client, number)
    (not_there,) = keys(review, "not_there")
    assert "likevel ikke hos utviklingssentralen i Bergen" in told(review, not_there)
    assert keys(review, "closed") == []


def test_an_answer_on_the_page_makes_done_ask_no_more(review: ReviewSite) -> None:
    number, client = asked(review, channel="slack"), review.signed_in(centre="stavanger")
    in_slack(review, number)
    handover, _ = review.site.handovers.open(number, centre="stavanger", reason="chosen")
    waiting = handover_post(Case(handover, row(review, number)), "nb")
    key = f"handover:{handover.id}"
    Posts(review.site.store).put(key, Place("T1", "C9"), waiting, inquiry=number)

    def asks() -> bool:
        post = Posts(review.site.store).get(key)
        assert post is not None and post.payload is not None
        return "Avslutt uten svar" in json.dumps(post.payload.blocks, ensure_ascii=False)

    assert asks()
    send(client, f"/inquiry/{number}/answer", {"answer": "Fastlegen.", "seen": "0"})
    assert not asks()


def test_from_what_was_withdrawn_words_and_all_the_rest_can_be_removed(
    review: ReviewSite,
) -> None:
    number = asked(review, channel="slack")
    in_slack(review, number)
    answers = review.site.handovers
    answers.answer(number, "Hei Nordmann, ja.", came_from="test:a", centre="stavanger")
    review.site.inquiries.withdraw(number)
    client = review.signed_in()
    html = client.get(f"/inquiry/{number}").text
    assert f'action="/inquiry/{number}/redact' in html and f"/inquiry/{number}/delete" in html
    assert 'name="redact_word" value="Nordmann,"' in html
    send(client, f"/inquiry/{number}/redact", {"word": "Nordmann", "sure": "yes"})
    assert answers.answers(number)[0].text == "Hei [fjernet], ja."
    assert send(client, f"/inquiry/{number}/delete").status_code == 303
    assert answers.answers(number)[0].text == ""
    gone = client.get(f"/inquiry/{number}").text
    assert f"/inquiry/{number}/redact" not in gone and f"/inquiry/{number}/delete" not in gone


def test_nothing_of_a_withdrawn_inquiry_can_be_changed(review: ReviewSite) -> None:
    number, client = asked(review), review.signed_in()
    review.site.inquiries.withdraw(number)
    page = client.get(f"/inquiry/{number}")
    assert "trakk henvendelsen tilbake" in text_of(page) and "/correct" not in page.text
    for part, values in (
        ("answer", {"answer": "Ja", "answer_centre": "bergen", "seen": "0"}),
        ("hand-over", {"to_centre": "bergen"}),
        ("duplicate", {"of": "1"}),
        ("status", {"status": "resolved"}),
    ):
        assert send(client, f"/inquiry/{number}/{part}", values).status_code in (409, 422), part
    now = row(review, number)
    assert (now.status, review.site.handovers.open_of(number)) == ("new", None)


def test_one_press_does_not_run_over_what_another_did(review: ReviewSite) -> None:
    number = asked(review)
    first, second = review.signed_in(), review.signed_in()
    values = {"was_status": "new", "revision": "0"}
    send(first, f"/inquiry/{number}/status", {**values, "status": "not_an_inquiry"})
    crossed = send(second, f"/inquiry/{number}/status", {**values, "status": "resolved"})
    assert crossed.status_code == 409 and "har endret dette fra «Ny»" in text_of(crossed)
    assert row(review, number).status == "not_an_inquiry"


def test_one_press_does_not_run_over_what_the_asker_did_in_slack(review: ReviewSite) -> None:
    number, client = asked(review), review.signed_in()
    review.site.inquiries.resolve(number)
    values = {"was_status": "new", "revision": "0", "status": "not_an_inquiry"}
    crossed = send(client, f"/inquiry/{number}/status", values)
    assert crossed.status_code == 409 and "endret i Slack imens" in text_of(crossed)
    assert row(review, number).status == "resolved"


def test_the_address_of_a_form_leads_to_the_page(review: ReviewSite) -> None:
    number, client = asked(review), review.signed_in()
    for part in ("correct", "redact", "approve"):
        page = client.get(f"/inquiry/{number}/{part}")
        assert page.status_code == 200 and page.url.path == f"/inquiry/{number}"
    assert client.get("/queue/change").url.path == "/queue"


def test_a_corrected_question_tells_that_the_history_has_the_old_words(review: ReviewSite) -> None:
    number = asked(review, "Ola Nordmann lurer på henvisning")
    hint = "Historikken har fortsatt spørsmålet"
    client = review.signed_in()
    assert hint not in client.get(f"/inquiry/{number}").text
    send(client, f"/inquiry/{number}/correct", filled(client, number, question="Henvisning?"))
    assert hint in client.get(f"/inquiry/{number}").text
    review.site.review.redact(number, ["Ola Nordmann"], who="cli")
    assert "Ola Nordmann" not in client.get(f"/inquiry/{number}").text
