"""The annual form as a centre fills it in: a bit at a time, with what the register knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from review_site import ReviewSite, opened_site, send, text_of

from bot.review.pages import annual as annual_page
from knowledge.messages import say
from knowledge.reference.annual_form import annual_fields
from knowledge.register import NewInquiry
from knowledge.register.visits import NewVisit

AT = "/annual/2025/stavanger"
ADDRESSES = [AT, AT + "/reopen"]


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[ReviewSite]:
    with opened_site(tmp_path) as made:
        yield made


def register(pages: ReviewSite, visits: int = 2, inquiries: int = 3) -> None:
    """A year of a small centre."""
    for number in range(visits):
        pages.site.visits.add(
            NewVisit(
                on_date=date(2025, 5, 1 + number),
                centre="stavanger",
                people=6,
                municipalities=("1124",),
                came_from=f"test:{number}:{datetime.now(UTC).isoformat()}",
            ),
            who="cli",
        )
    for number in range(inquiries):
        pages.site.inquiries.receive(
            NewInquiry(
                came_from=f"test:{number}",
                received_at=datetime(2025, 4, 1, tzinfo=UTC),
                channel="phone",
                question="Hvem kan henvise?",
                centre="stavanger",
            )
        )


def field(answer: Response, name: str) -> str:
    found = re.search(rf'<input id="field_{name}"[^>]*? value="([^"]*)"', answer.text)
    assert found is not None
    return found[1]


def revision(answer: Response) -> str:
    found = re.search(r'name="revision" value="(\d+)"', answer.text)
    assert found is not None
    return found[1]


def filled(answer: Response) -> dict[str, Any]:
    """What a browser would send back from a form as it stands."""
    held: dict[str, Any] = {"revision": revision(answer)}
    for name, value in re.findall(r'<input id="(field_[^"]*)"[^>]*? value="([^"]*)"', answer.text):
        held[name] = value
    for name, value in re.findall(
        r'<textarea id="(field_[^"]*)"[^>]*>([^<]*)</textarea>', answer.text
    ):
        held[name] = value
    for name, value in re.findall(r'name="(shown_[^"]*)" value="([^"]*)"', answer.text):
        held[name] = value
    for name, value in re.findall(r'name="(field_[^"]*)" value="([^"]+)" checked', answer.text):
        held.setdefault(name, [])
        held[name].append(value)
    return held


def fetched(rows: int) -> str:
    return say("review_yearly_fetched", "nb", rows=say("review_yearly_rows", "nb", rows=rows))


def register_says(value: int, rows: int) -> str:
    counted = say("review_yearly_rows", "nb", rows=rows)
    return say("review_yearly_register_says", "nb", value=value, rows=counted)


def required() -> dict[str, Any]:
    """An answer to each field that must have one."""
    answers: dict[str, Any] = {}
    for each in annual_fields():
        if each.required:
            kinds = {"number": "3", "text": "Noe", "yes_no": "yes"}
            answers[f"field_{each.id}"] = kinds.get(each.kind) or [each.options[0].id]
    return answers


def test_the_register_fills_in_what_it_knows_and_shows_from_which_rows(pages: ReviewSite) -> None:
    register(pages)
    answer = pages.signed_in(centre="stavanger").get(AT)
    assert field(answer, "visitors") == "12"
    assert field(answer, "inquiries") == "3"
    said = text_of(answer)
    assert fetched(2) in said and fetched(3) in said
    assert f'<a href="/visits/1">{say("review_work_row_visit", "nb", number=1)}</a>' in answer.text
    asked = say("review_work_row_inquiry", "nb", number=3)
    assert f'<a href="/inquiry/3">{asked}</a>' in answer.text
    assert re.search(r'name="field_inquiry-channels" value="phone" checked', answer.text)
    for number in range(1, 10):
        assert f'<h2 id="task_{number}">{number}. ' in answer.text


def test_half_a_form_is_kept_and_follows_the_register(pages: ReviewSite) -> None:
    register(pages)
    client = pages.signed_in(centre="stavanger")
    sent = {
        **filled(client.get(AT)),
        "field_visitors": "20",
        "field_inquiry-comment": "Mest om oppstart",
        "field_inquiry-guide": "no",
        "do": "save",
    }
    answer = send(client, AT, sent, follow_redirects=True)
    assert "Utkastet er lagret" in text_of(answer)
    kept = pages.site.annual.get("stavanger", 2025)
    assert kept.status == "draft"
    assert kept.answers == {
        "visitors": 20,
        "inquiry-comment": "Mest om oppstart",
        "inquiry-guide": False,
    }
    register(pages, visits=1, inquiries=0)
    pages.site.inquiries.receive(
        NewInquiry(
            came_from="late",
            received_at=datetime(2025, 12, 1, tzinfo=UTC),
            channel="phone",
            question="Hva koster det?",
            centre="stavanger",
        )
    )
    later = pages.signed_in(centre="stavanger").get(AT)
    assert field(later, "inquiries") == "4"
    assert field(later, "visitors") == "20"
    assert register_says(18, 3) in text_of(later)
    assert "Mest om oppstart" in later.text
    assert "Utkast" in text_of(client.get("/annual?year=2025"))


def test_what_lacks_is_told_and_what_is_filled_in_is_kept(pages: ReviewSite) -> None:
    client = pages.signed_in(centre="stavanger")
    sent = {"revision": "0", "field_inquiry-comment": "Et stille år", "do": "submit"}
    answer = send(client, AT, sent)
    assert answer.status_code == 422
    for each in annual_fields():
        missing = f'href="#group_{each.id}"' in answer.text
        assert missing is each.required, each.id
    kept = pages.site.annual.get("stavanger", 2025)
    assert (kept.status, kept.answers) == ("draft", {"inquiry-comment": "Et stille år"})
    assert revision(answer) == str(kept.revision)


def test_a_number_that_is_none_is_told_and_nothing_is_lost(pages: ReviewSite) -> None:
    client = pages.signed_in(centre="stavanger")
    sent = {"revision": "0", "field_visitors": "ca. 20", "field_inquiry-comment": "Husk dette"}
    answer = send(client, AT, sent)
    assert answer.status_code == 422
    assert field(answer, "visitors") == "ca. 20"
    assert 'id="field_visitors-error"' in answer.text
    assert "Husk dette" in answer.text
    assert pages.site.annual.get("stavanger", 2025).id is None


def test_a_form_is_sent_in_stands_and_is_opened_again_with_a_reason(pages: ReviewSite) -> None:
    register(pages)
    client = pages.signed_in(centre="stavanger")
    held = {name: value for name, value in filled(client.get(AT)).items() if value}
    sent = {**required(), **held, "field_visit-municipalities": "", "do": "submit"}
    answer = send(client, AT, sent, follow_redirects=True)
    assert "Årsskjemaet er sendt inn." in text_of(answer)
    kept = pages.site.annual.get("stavanger", 2025)
    assert kept.status == "submitted"
    assert kept.answers["visitors"] == 12
    register(pages, visits=1, inquiries=0)
    reader = pages.signed_in("reader")
    shown = text_of(reader.get(AT))
    assert re.search(r"Personer som hospiterte\D+12\b", shown)
    assert "Kommuner de kom fra –" in shown
    assert register_says(18, 3) in shown  # and each figure still shows its rows
    assert '<a href="/visits/3">' in reader.get(AT).text
    assert re.search(r"Sendt inn \d+\. \w+ \d{4}, \d\d:\d\d av Person \d+\.", shown)
    assert "/reopen" not in reader.get(AT).text
    late = send(client, AT, {"revision": "0", "field_visitors": "99", "do": "save"})
    assert late.status_code == 409
    assert field(late, "visitors") == "99"
    assert pages.site.annual.get("stavanger", 2025).answers["visitors"] == 12
    assert send(client, AT + "/reopen", {"reason": " "}).status_code == 422
    opened = send(client, AT + "/reopen", {"reason": "Ett besøk til"}, follow_redirects=True)
    assert "Årsskjemaet er åpnet igjen." in text_of(opened)
    assert "Ett besøk til" in text_of(opened)
    assert register_says(18, 3) in text_of(opened)
    assert pages.site.annual.get("stavanger", 2025).status == "reopened"


def test_two_who_fill_in_one_form_lose_nothing(pages: ReviewSite) -> None:
    first, second = (pages.signed_in(centre="stavanger") for _ in range(2))
    start = {"revision": "0", "field_visitors": "1", "field_inquiry-comment": "A"}
    send(first, AT, start)
    number = revision(first.get(AT))
    send(first, AT, {**start, "revision": number, "field_visitors": "2"})
    merged = send(second, AT, {**start, "revision": number, "field_inquiry-comment": "B"})
    assert merged.status_code == 303
    kept = pages.site.annual.get("stavanger", 2025).answers
    assert kept == {"visitors": 2, "inquiry-comment": "B"}
    answer = send(second, AT, {**start, "revision": number, "field_visitors": "3"})
    assert answer.status_code == 409
    assert field(answer, "visitors") == "3"
    assert re.search(r"Personer som hospiterte 1 2", text_of(answer))
    over = {"field_visitors": "3", "field_inquiry-comment": "B", "revision": revision(answer)}
    assert send(second, AT, over).status_code == 303
    assert pages.site.annual.get("stavanger", 2025).answers["visitors"] == 3


@pytest.mark.parametrize("path", ADDRESSES)
def test_the_form_of_another_centre_is_read_and_not_changed(pages: ReviewSite, path: str) -> None:
    bergen = pages.signed_in(centre="bergen")
    sent = {"revision": "0", "field_visitors": "5", "reason": "Hvorfor ikke", "do": "save"}
    assert send(bergen, path, sent).status_code == 403
    assert send(pages.signed_in("reader"), path, sent).status_code == 403
    assert pages.site.annual.get("stavanger", 2025).id is None
    page = bergen.get(AT)
    assert page.status_code == 200
    assert 'name="do"' not in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/annual/2025/atlantis",
        "/annual/2013/stavanger",
        "/annual/2999/stavanger",
        "/annual/2014/sor-varanger",
        "/annual/x/stavanger",
    ],
)
def test_a_year_or_centre_that_never_was_has_no_form(pages: ReviewSite, path: str) -> None:
    client = pages.signed_in("admin")
    assert client.get(path).status_code == 404
    assert send(client, path, {"revision": "0"}).status_code == 404
    assert pages.site.annual.all(2025) == []


def test_the_list_has_the_centres_of_the_year_in_alphabetical_order(pages: ReviewSite) -> None:
    client = pages.signed_in("reader")
    names = re.findall(
        r'<a href="/annual/2015/[^"]*">([^<]*)</a>', client.get("/annual?year=2015").text
    )
    assert "Stavanger" in names
    assert names == sorted(names)
    assert len(names) < len(
        re.findall(r'href="/annual/2023/', client.get("/annual?year=2023").text)
    )
    year = (annual_page.today() - annual_page.REPORTED_UNTIL).year
    for asked in ("", "?year=2013", "?year=fjoråret"):
        assert f"/annual/{year}/stavanger" in client.get(f"/annual{asked}").text


def test_an_answer_is_shown_as_text(pages: ReviewSite) -> None:
    client = pages.signed_in(centre="stavanger")
    script = "<script>alert(1)</script>"
    sent = {"revision": "0", "field_inquiry-comment": script, "do": "save"}
    send(client, AT, sent)
    wrong = send(client, AT, {**sent, "field_visitors": script})
    for answer in (client.get(AT), pages.signed_in("reader").get(AT), wrong):
        assert "<script" not in answer.text
        assert "&lt;script&gt;" in answer.text


# An emptied field


def emptied(pages: ReviewSite, **changes: Any) -> dict[str, Any]:
    """The form sent back as it stands, with some fields changed; what is kept then."""
    client = pages.signed_in(centre="stavanger")
    sent = {**filled(client.get(AT)), **changes, "do": "save"}
    assert send(client, AT, sent).status_code == 303
    return dict(pages.site.annual.get("stavanger", 2025).answers)


def checked(answer: Response, name: str) -> list[str]:
    return re.findall(rf'name="field_{name}" value="([^"]+)" checked', answer.text)


def test_what_was_emptied_stays_so_though_the_register_has_more(pages: ReviewSite) -> None:
    register(pages)
    kept = emptied(pages, **{"field_inquiry-channels": [], "field_visitors": ""})
    assert kept == {"inquiry-channels": [], "visitors": ""}
    register(pages, visits=1, inquiries=0)
    for _ in range(2):  # sent back as it stands, it stays so too
        page = pages.signed_in(centre="stavanger").get(AT)
        assert checked(page, "inquiry-channels") == ["-"]
        assert field(page, "visitors") == ""
        assert register_says(18, 3) in text_of(page)
        assert emptied(pages) == kept


def test_nobody_who_did_not_touch_a_field_has_emptied_it(pages: ReviewSite) -> None:
    client = pages.signed_in(centre="stavanger")
    sent = {**filled(client.get(AT)), "field_talks": "2", "do": "save"}
    register(pages)  # after the page was shown
    assert send(client, AT, sent).status_code == 303
    assert pages.site.annual.get("stavanger", 2025).answers == {"talks": 2}
    assert field(client.get(AT), "visitors") == "12"


def test_the_register_is_followed_again_where_its_figure_is_written(pages: ReviewSite) -> None:
    register(pages)
    emptied(pages, **{"field_inquiry-channels": [], "field_visitors": "20"})
    again = {"field_inquiry-channels": ["phone"], "field_visitors": "12"}
    assert emptied(pages, **again) == {}
    register(pages, visits=1, inquiries=0)
    assert field(pages.signed_in(centre="stavanger").get(AT), "visitors") == "18"


def test_none_of_the_choices_is_an_answer_and_no_answer_is_none(pages: ReviewSite) -> None:
    assert emptied(pages, **{"field_research": ["-"]}) == {"research": []}
    client = pages.signed_in(centre="stavanger")
    page = client.get(AT)
    assert checked(page, "research") == ["-"] and checked(page, "cooperation") == []
    assert emptied(pages) == {"research": []}
    both = {**filled(page), "field_research": ["-", "data"], "do": "save"}
    refused = send(client, AT, both)
    assert refused.status_code == 422
    assert say("review_annual_none_and_some", "nb") in text_of(refused)
    shown = pages.signed_in("reader").get(AT)
    heading = "Hva dere har bidratt med"
    assert f"{heading} {say('review_annual_none', 'nb')}" in text_of(shown)
    assert emptied(pages, **{"field_research": []}) == {}


def test_a_form_sent_in_keeps_what_was_seen_and_what_was_emptied(pages: ReviewSite) -> None:
    register(pages)
    client = pages.signed_in(centre="stavanger")
    changes = {"field_inquiry-channels": [], "field_visit-municipalities": ""}
    sent = {**filled(client.get(AT)), **required(), **changes, "do": "submit"}
    sent |= {"field_visitors": "12", "field_inquiries": "3"}
    register(pages, visits=1, inquiries=0)  # not seen, so not sent in
    assert send(client, AT, sent).status_code == 303
    kept = pages.site.annual.get("stavanger", 2025).answers
    assert (kept["visitors"], kept["inquiries"]) == (12, 3)
    assert (kept["inquiry-channels"], kept["visit-municipalities"]) == ([], "")
    shown = text_of(client.get(AT))
    assert f"Hvordan henvendelsene kom {say('review_annual_none', 'nb')}" in shown
    assert "Kommuner de kom fra –" in shown


def test_each_question_of_a_form_sent_in_stands_beside_its_answer(pages: ReviewSite) -> None:
    register(pages)
    client = pages.signed_in(centre="stavanger")
    sent = {**filled(client.get(AT)), **required(), "do": "submit"}
    assert send(client, AT, sent).status_code == 303
    html = client.get(AT).text
    order = re.findall(r"<(dt|dd)[ >]", html)
    assert len(order) > 60
    # Two answers to one question would push every later one out of its place.
    assert order == ["dt", "dd"] * (len(order) // 2)


def test_an_emptied_field_that_must_be_filled_in_is_missing(pages: ReviewSite) -> None:
    register(pages)
    client = pages.signed_in(centre="stavanger")
    sent = {**filled(client.get(AT)), **required(), "field_visitors": "", "do": "submit"}
    answer = send(client, AT, sent)
    assert answer.status_code == 422 and 'href="#group_visitors"' in answer.text
    kept = pages.site.annual.get("stavanger", 2025)
    assert (kept.status, kept.answers["visitors"]) == ("draft", "")
    assert "inquiries" not in kept.answers  # a draft follows the register


# The grant, the deadline, and who did what


def test_the_use_of_the_grant_is_asked_after_the_tasks(pages: ReviewSite) -> None:
    page = pages.signed_in(centre="stavanger").get(AT)
    headings = re.findall(r'<h2 id="task_\d+">([^<]*)</h2>', page.text)
    assert len(headings) == 10
    assert headings[-1] == say("review_annual_grant", "nb")
    assert all(title.startswith(f"{n}. ") for n, title in enumerate(headings[:-1], 1))
    changes = {
        "field_grant-use": ["travel", "other"],
        "field_grant-amount-travel": "12 500",
        "field_grant-other": "Fotograf",
    }
    assert emptied(pages, **changes) == {
        "grant-use": ["travel", "other"],
        "grant-amount-travel": 12500,
        "grant-other": "Fotograf",
    }


@pytest.mark.parametrize(
    ("today", "told"),
    [
        (date(2026, 1, 1), "Fristen er 31. mars 2026: 89 dager igjen."),
        (date(2026, 3, 30), "Fristen er 31. mars 2026: 1 dag igjen."),
        (date(2026, 3, 31), "Fristen er 31. mars 2026: i dag."),
        (date(2026, 4, 1), "Fristen var 31. mars 2026: i går."),
        (date(2026, 4, 10), "Fristen var 31. mars 2026: 10 dager siden."),
        (date(2027, 6, 1), None),
    ],
)
def test_the_deadline_is_shown_until_the_form_is_sent_in(
    pages: ReviewSite, monkeypatch: pytest.MonkeyPatch, today: date, told: str | None
) -> None:
    monkeypatch.setattr(annual_page, "today", lambda: today)
    client = pages.signed_in(centre="stavanger")
    for address in (AT, "/annual?year=2025"):
        said = text_of(client.get(address))
        assert (told in said) if told else ("Fristen" not in said)
    send(client, AT, {**required(), "revision": "0", "do": "submit"})
    assert pages.site.annual.get("stavanger", 2025).status == "submitted"
    assert "Fristen" not in text_of(client.get(AT))


def test_who_saved_submitted_and_opened_it_again_is_told(pages: ReviewSite) -> None:
    client = pages.signed_in(centre="stavanger")
    clock = r"\d+\. \w+ \d{4}, \d\d:\d\d av Person \d+"
    assert "Sist lagret" not in text_of(client.get(AT))
    send(client, AT, {"revision": "0", "field_talks": "1", "do": "save"})
    assert re.search(rf"Utkast Sist lagret {clock}\.", text_of(client.get(AT)))
    number = revision(client.get(AT))
    send(client, AT, {**required(), "revision": number, "do": "submit"})
    assert re.search(rf"Sendt inn Sendt inn {clock}\.", text_of(client.get(AT)))
    send(client, AT + "/reopen", {"reason": "Feil tall"})
    assert re.search(rf"Åpnet igjen {clock}: Feil tall", text_of(client.get(AT)))
    send(client, AT, {"revision": revision(client.get(AT)), "field_talks": "3", "do": "save"})
    for address in (AT, "/annual?year=2025"):
        assert re.search(rf"Åpnet igjen {clock}: Feil tall", text_of(client.get(address)))
