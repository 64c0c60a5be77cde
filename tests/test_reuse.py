"""An approved answer: cited as such, after the guide, and gone the moment it stands no longer."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_site import ReviewSite, opened_site, send, text_of
from rich.console import Console
from starlette.testclient import TestClient
from tests_support import Home

from bot.answering.answer import Answerer
from bot.answering.past import PastInquiries
from bot.answering.question import Question
from bot.answering.reply import Quote, Reply
from bot.cli.app import App
from bot.cli.render import citation, show_reply
from bot.slack.blocks.source import cited
from indexer import reuse
from indexer.index import Index
from indexer.loaders.front_matter import split_front_matter
from indexer.loaders.markdown import load_markdown
from knowledge.messages import Failure, say
from knowledge.register import Handovers, Inquiries, Links, NewInquiry
from knowledge.register.approvals import Approval, Approvals, today
from knowledge.register.changes import Changes
from knowledge.store import Store

WATCHES = "Kan vi låne ut pulsklokker til deltakerne?"
LENDING = (
    "Ja. Vi låner ut pulsklokker i tolv uker mot en enkel låneavtale, og deltakeren eier sine "
    "egne målinger."
)
POOL = "Hvem betaler leien av svømmehallen til vanngruppa?"
RENT = (
    "Hos oss betaler kultur og idrett leien av svømmehallen, og frisklivssentralen betaler "
    "instruktøren."
)


@dataclass
class Centre:
    """A register and library with the digests, and an answerer that runs all the while."""

    home: Home

    def __post_init__(self) -> None:
        self.inquiries = Inquiries(self.home.store)
        self.approvals = Approvals(self.home.store)
        past = PastInquiries(Links(self.home.store), self.approvals)
        self.answerer = Answerer(Index(self.home.settings), None, past=past)

    def approve(self, question: str, answer: str, days: int = 100) -> Approval:
        number = asked(self.inquiries, question)
        until = today() + timedelta(days=days)
        approval = self.approvals.approve(number, question, answer, "stavanger", "cli", until)
        reuse.file_approved(self.home.catalogue, self.approvals, approval)
        return approval

    def build(self) -> None:
        self.home.build(bundled=True)

    def ask(self, question: str) -> Reply:
        return self.answerer.reply(self.answerer.unrecorded(Question(question)))

    def approved(self, question: str) -> list[Quote]:
        return [quote for quote in self.ask(question).candidates if quote.approved]


def asked(inquiries: Inquiries, question: str) -> int:
    number, _ = inquiries.receive(
        NewInquiry(
            came_from=f"test:{inquiries.count()}",
            received_at=datetime.now(UTC),
            channel="email",
            question=question,
        )
    )
    return number


@pytest.fixture
def centre(bundled_home: Home, tmp_path: Path) -> Iterator[Centre]:
    folder = tmp_path / "home"
    shutil.copytree(bundled_home.settings.home, folder, ignore=shutil.ignore_patterns("*.db*"))
    home = Home(folder)
    yield Centre(home)
    home.store.close()


def test_it_is_quoted_verbatim_from_a_stored_source_and_cited_as_what_it_is(centre: Centre) -> None:
    assert centre.approved(WATCHES) == []
    approval = centre.approve(WATCHES, LENDING)
    assert centre.approved(WATCHES) == []  # not before the index has it
    centre.build()
    reply = centre.ask("Har dere pulsklokker som deltakerne kan låne?")
    quote = reply.quotes[0]
    assert quote.approved and quote.text.strip() == LENDING
    stored = centre.home.catalogue.shelf.path(quote.document) / "text.txt"
    assert stored.read_bytes().decode()[quote.start : quote.end] == quote.text
    assert quote.document == centre.approvals.stands([quote.document]).pop()
    day = approval.approved_at.astimezone().date()
    assert quote.updated == day.isoformat()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nb", "Tidligere henvendelse, besvart av Stavanger, 3. mars 2026, kvalitetssikret"),
        ("nn", "Tidlegare førespurnad, med svar frå Stavanger, 3. mars 2026, kvalitetssikra"),
        ("en", "Earlier inquiry, answered by Stavanger, 3 March 2026, quality-assured"),
    ],
)
def test_every_face_says_whose_answer_it_is(language: str, said: str) -> None:
    quote = Quote(
        document="d" * 64, title="Tidligere henvendelse, besvart av Stavanger", section=WATCHES,
        publisher="Stavanger", url=None, page=None, edition=None, updated="2026-03-03",
        digest_of=None, text=LENDING, start=0, end=len(LENDING), highlight="Ja.",
        highlight_start=0, score=0.9, approved=True,
    )  # fmt: skip
    assert citation(quote, language) == f"{said} · «{WATCHES}»"  # type: ignore[arg-type]
    assert cited(quote, 2, language) == f"[2] {said} · «{WATCHES}»"  # type: ignore[arg-type]
    out = Console(file=StringIO(), width=120)
    app = App(language=language, chosen_language=language, out=out)  # type: ignore[arg-type]
    show_reply(app, Reply("answered", "nb", quotes=[quote]))
    assert isinstance(out.file, StringIO) and said in out.file.getvalue()


REPEATED = {
    "Hvem kan henvise til frisklivssentralen?": (
        "Fastleger, Nav, fysioterapeuter og andre i helsetjenesten kan henvise, og innbyggerne "
        "kan ta kontakt selv uten henvisning."
    ),
    "Hvor lenge varer en frisklivsresept?": "En frisklivsresept varer i 12 uker, og kan fornyes.",
    "Hvordan kommer vi i gang med en frisklivssentral?": (
        "Start med å kartlegge behovet, forankre i planer, og avtale samarbeid med fastlegene."
    ),
    "Må vi føre journal for deltakerne?": (
        "Ja, helsepersonell på frisklivssentralen har journalplikt."
    ),
    "Kan vi ta egenandel for kurs?": "Ja, kommunen kan kreve en egenandel for kurs.",
}
"""Questions that the digests answer, answered by a centre as well."""

OTHERWISE_ASKED = (
    WATCHES,
    "Er det lov å gi deltakere pulsklokker til låns?",
    "Har noen erfaring med utlån av pulsklokke?",
    "Kan deltakarane få låne pulsklokke?",
)


def test_where_the_guide_answers_too_the_guide_comes_first(centre: Centre) -> None:
    for question, answer in REPEATED.items():
        centre.approve(question, answer)
    centre.build()
    for question in REPEATED:
        reply = centre.ask(question)
        assert reply.outcome == "answered" and not reply.quotes[0].approved, question
    searcher = Index(centre.home.settings, without=("approved",)).open().searcher
    stands = centre.approvals.stands
    found = [searcher.search(q, language="nb", stands=stands).hits[0] for q in REPEATED]
    assert any(hit.document.approved for hit in found)  # the signal is what puts them second


def test_what_only_an_earlier_inquiry_answers_is_found(centre: Centre) -> None:
    centre.approve(WATCHES, LENDING)
    centre.approve(POOL, RENT)
    centre.build()
    for question in OTHERWISE_ASKED:
        reply = centre.ask(question)
        assert reply.outcome == "answered"
        assert reply.quotes[0].text.strip() == LENDING, question


def test_what_is_withdrawn_is_gone_at_once_from_a_running_answerer(centre: Centre) -> None:
    approval = centre.approve(WATCHES, LENDING)
    centre.build()
    generation = centre.ask(WATCHES).generation
    assert centre.approved(WATCHES)
    assert centre.approvals.withdraw(approval.id, "cli")
    assert centre.approved(WATCHES) == []
    assert centre.ask(WATCHES).generation == generation  # the index was not built again
    assert not centre.approvals.withdraw(approval.id, "cli")


def test_what_another_process_withdraws_is_gone_at_once(centre: Centre) -> None:
    approval = centre.approve(WATCHES, LENDING)
    centre.build()
    assert centre.approved(WATCHES)
    with Store(centre.home.settings.database) as other:
        Approvals(other).withdraw(approval.id, "cli")
    assert centre.approved(WATCHES) == []


@pytest.mark.parametrize("how", ["expired", "inquiry deleted", "question taken back"])
def test_it_stands_no_longer_than_its_day_and_its_inquiry(centre: Centre, how: str) -> None:
    approval = centre.approve(WATCHES, LENDING, days=0)
    centre.build()
    assert centre.approved(WATCHES)  # the last day counts
    change = {
        "expired": "UPDATE approvals SET expires_on = date('now', '-2 days')",
        "inquiry deleted": "UPDATE inquiries SET deleted_at = '2026-01-01T00:00:00+00:00'",
        "question taken back": "UPDATE inquiries SET withdrawn_at = '2026-01-01T00:00:00+00:00'",
    }[how]
    with centre.home.store.write() as db:
        db.conn.execute(change)
    assert centre.approved(WATCHES) == []
    assert centre.approvals.standing() == []
    assert reuse.clear(centre.home.catalogue, centre.approvals) == 1
    kept = centre.approvals.get(approval.id)
    assert kept is not None and approval.location not in {
        document.location for document in centre.home.catalogue.added()
    }
    assert not centre.home.catalogue.shelf.has(kept.document or "")
    assert centre.approvals.over() == []
    assert (kept.text == LENDING) == (how == "expired")
    centre.build()
    assert not any(d.origin == "inquiry" for d in centre.home.catalogue.added())


def test_without_a_register_to_ask_none_is_quoted(centre: Centre) -> None:
    centre.approve(WATCHES, LENDING)
    centre.build()
    answerer = Answerer(Index(centre.home.settings), None)
    reply = answerer.reply(answerer.unrecorded(Question(WATCHES)))
    assert not any(quote.approved for quote in reply.candidates)


def test_many_that_were_withdrawn_do_not_crowd_out_the_rest(centre: Centre) -> None:
    many = [centre.approve(WATCHES, f"{LENDING} Ring nummer {n}.") for n in range(15)]
    centre.build()
    assert len(centre.approved(WATCHES)) > 3
    for approval in many[1:]:
        centre.approvals.withdraw(approval.id, "cli")
    reply = centre.ask(WATCHES)
    assert len(reply.candidates) == 10
    assert [q.text.strip() for q in reply.candidates if q.approved] == [f"{LENDING} Ring nummer 0."]


def test_approving_again_takes_the_place_of_what_stood(centre: Centre) -> None:
    number = asked(centre.inquiries, WATCHES)
    until = today() + timedelta(days=30)
    for answer in (LENDING, RENT):
        approval = centre.approvals.approve(number, WATCHES, answer, "stavanger", "cli", until)
        reuse.file_approved(centre.home.catalogue, centre.approvals, approval)
    assert [a.text for a in centre.approvals.standing()] == [RENT]
    centre.build()
    assert [quote.text.strip() for quote in centre.approved(WATCHES)] == [RENT]
    trail = Changes(centre.home.store)
    assert [change.field for change in trail.of("approval", 1)] == [
        "withdrawn_at", "centre", "expires_on",
    ]  # fmt: skip
    assert "pulsklokker" not in str(trail.of("approval", 1))


def test_the_same_answer_approved_again_after_a_withdrawal_stands(centre: Centre) -> None:
    number = asked(centre.inquiries, WATCHES)
    until = today() + timedelta(days=30)
    for _ in range(2):
        approval = centre.approvals.approve(number, WATCHES, LENDING, "stavanger", "cli", until)
        reuse.file_approved(centre.home.catalogue, centre.approvals, approval)
        centre.approvals.withdraw(approval.id, "cli")
    approval = centre.approvals.approve(number, WATCHES, LENDING, "stavanger", "cli", until)
    reuse.file_approved(centre.home.catalogue, centre.approvals, approval)
    centre.build()
    assert len(centre.approved(WATCHES)) == 1


def test_personal_data_is_masked_again(centre: Centre) -> None:
    approval = centre.approve("Kan Ola (ola@example.no) låne klokke?", "Ring 91 23 45 67.")
    assert "example.no" not in approval.question and "91 23" not in approval.text
    stored = b"".join(
        file.read_bytes() for file in centre.home.settings.library.rglob("*") if file.is_file()
    )
    assert b"ola@example.no" not in stored and b"91 23 45 67" not in stored


@pytest.mark.parametrize(
    ("question", "answer", "days", "key"),
    [
        ("", LENDING, 10, "review_approval_empty"),
        (WATCHES, "  \n ", 10, "review_approval_empty"),
        (WATCHES, "x" * 8001, 10, "review_approval_long"),
        ("x" * 501, LENDING, 10, "review_approval_long"),
        (WATCHES, LENDING, -1, "review_approval_day"),
        (WATCHES, LENDING, 4 * 366, "review_approval_day"),
    ],
)
def test_what_cannot_be_approved_is_refused_with_the_reason(
    centre: Centre, question: str, answer: str, days: int, key: str
) -> None:
    number = asked(centre.inquiries, WATCHES)
    until = today() + timedelta(days=days)
    with pytest.raises(Failure) as refused:
        centre.approvals.approve(number, question, answer, "stavanger", "cli", until)
    assert refused.value.key == key
    assert centre.approvals.of(number) is None


def test_an_interrupted_filing_is_finished_by_the_next_build(centre: Centre) -> None:
    number = asked(centre.inquiries, WATCHES)
    until = today() + timedelta(days=30)
    centre.approvals.approve(number, WATCHES, LENDING, "stavanger", "cli", until)
    assert reuse.file_waiting(centre.home.catalogue, centre.approvals) == 1
    assert reuse.file_waiting(centre.home.catalogue, centre.approvals) == 0
    centre.build()
    assert centre.approved(WATCHES)


anything = st.text(min_size=1).filter(lambda text: any(c.isalnum() for c in text))


@given(question=anything, text=anything)
def test_no_answer_hides_words_or_takes_the_place_of_its_question(question: str, text: str) -> None:
    now = datetime(2026, 3, 3, 12, tzinfo=UTC)
    approval = Approval(7, 1, " ".join(question.split()), text, "x", now, "cli", now.date())
    front, body = split_front_matter(reuse.as_markdown(approval, "Stavanger"))
    document = load_markdown(body, "x", front)
    assert document.front_matter.publisher == "Stavanger"
    assert not any(section.questions for section in document.sections)
    assert "<!--" not in body


def test_a_large_heading_or_a_rule_in_an_answer_stays_below_the_question() -> None:
    now = datetime(2026, 3, 3, 12, tzinfo=UTC)
    text = "# Pris\n\nTo hundre kroner.\nSå mye.\n---\nIkke mer."
    approval = Approval(7, 1, WATCHES, text, "x", now, "cli", now.date())
    _, body = split_front_matter(reuse.as_markdown(approval, "Stavanger"))
    paths = {
        section.path for section in load_markdown(body, "x", split_front_matter("")[0]).sections
    }
    assert {path[0] for path in paths} == {WATCHES}
    assert all("Så mye." not in path for path in paths)


# The pages.


@pytest.fixture
def pages(bundled_home: Home, tmp_path: Path) -> Iterator[ReviewSite]:
    with opened_site(tmp_path, bundled_home) as opened:
        yield opened
        opened.site.building.wait()


def approval_form(**changed: str) -> dict[str, str]:
    until = (today() + timedelta(days=90)).isoformat()
    values = {"question": WATCHES, "text": LENDING, "centre": "stavanger", "until": until}
    return {f"approve_{name}": value for name, value in {**values, **changed}.items()}


def test_an_answer_approved_on_its_page_is_cited_for_a_paraphrase(pages: ReviewSite) -> None:
    number = asked(pages.site.inquiries, WATCHES)
    client = pages.signed_in(centre="stavanger")
    response = send(client, f"/inquiry/{number}/approve", approval_form())
    assert (response.status_code, response.headers["location"]) == (303, f"/inquiry/{number}")
    assert pages.site.building.wait().trouble is None
    reply = pages.site.answerer.answer(Question("Kan deltakarane få låne pulsklokke?"))
    assert reply.quotes[0].approved and reply.quotes[0].text.strip() == LENDING
    told = text_of(send(client, "/ask", {"question": WATCHES}))
    assert "Tidligere henvendelse, besvart av Stavanger, " in told and "kvalitetssikret" in told
    shown = pages.site.inquiries.get(reply.inquiry or 0)
    assert shown is not None and shown.quotes[0].title.startswith("Tidligere henvendelse")
    send(client, f"/inquiry/{number}/withdraw")
    after = pages.site.answerer.answer(Question("Kan deltakarane få låne pulsklokke?"))
    assert not any(quote.approved for quote in after.candidates)
    assert pages.site.building.wait().trouble is None


def test_what_is_wrong_is_told_at_the_field_and_nothing_is_lost(pages: ReviewSite) -> None:
    number = asked(pages.site.inquiries, WATCHES)
    client = pages.signed_in(centre="stavanger")
    for changed, told in (
        ({"until": "i morgen"}, say("review_not_a_day", "nb")),
        ({"until": "2020-01-01"}, "Velg en dag fra i dag"),
        ({"centre": "modum"}, say("review_choose_centre", "nb")),
        ({"question": ""}, say("review_approval_empty", "nb")),
    ):
        response = send(client, f"/inquiry/{number}/approve", approval_form(**changed))
        assert response.status_code == 422
        assert told in text_of(response) and LENDING in text_of(response)
    assert Approvals(pages.site.store).of(number) is None


def test_another_centres_inquiry_and_one_that_is_not_there(pages: ReviewSite) -> None:
    number = asked(pages.site.inquiries, WATCHES)
    with pages.site.store.write() as db:
        db.conn.execute("UPDATE inquiries SET centre = 'modum' WHERE id = ?", [number])
    client = pages.signed_in(centre="stavanger")
    for doing in ("approve", "withdraw", "link"):
        assert send(client, f"/inquiry/{number}/{doing}", approval_form()).status_code == 403
        assert send(client, f"/inquiry/{number + 9}/{doing}", approval_form()).status_code == 404
    assert Approvals(pages.site.store).of(number) is None


def test_the_reviewer_says_which_passage_answers_and_may_take_it_back(pages: ReviewSite) -> None:
    question = "Hva gjør vi når folk slutter å møte opp?"
    first = pages.site.answerer.answer(Question(question))
    client = pages.signed_in()
    assert len(first.quotes) > 1
    path = f"/inquiry/{first.inquiry}/link"
    assert send(client, path, {"quote": "2"}).status_code == 303
    (link,) = pages.site.links.of(first.inquiry or 0)
    assert (link.kind, link.document, link.start) == (
        "linked", first.quotes[1].document, first.quotes[1].start,
    )  # fmt: skip
    again = pages.site.answerer.answer(Question("hva gjør vi når folk slutter å møte opp"))
    before = {(q.document, q.start): q.score for q in first.candidates}
    after = {(q.document, q.start): q.score for q in again.candidates}
    place = link.document, link.start
    assert after[place] > before[place]
    assert send(client, path, {"quote": "2", "undo": "1"}).status_code == 303
    assert pages.site.links.of(first.inquiry or 0) == []
    assert send(client, path, {"quote": "99"}).status_code == 404


def test_the_inquirys_page_offers_the_form_with_the_centres_answer(pages: ReviewSite) -> None:
    first = pages.site.answerer.answer(Question("Hva gjør vi når folk slutter å møte opp?"))
    number = first.inquiry or 0
    Handovers(pages.site.store).answer(number, LENDING, came_from="test:1", centre="stavanger")
    client = pages.signed_in(centre="stavanger")
    response = client.get(f"/inquiry/{number}?queue=status%3Dnew")
    assert response.status_code == 200
    action = f'action="/inquiry/{number}/approve?queue=status%3Dnew'
    form = re.search(rf"{re.escape(action)}.*?</form>", response.text, re.DOTALL)
    assert form is not None and LENDING in form[0]
    assert response.text.count("Dette utdraget svarer") == len(first.quotes)
    ids = re.findall(r'\bid="([^"]+)"', response.text)
    assert len(ids) == len(set(ids))
    reader = pages.signed_in("reader")
    assert action not in reader.get(f"/inquiry/{number}").text
    sent = send(client, f"/inquiry/{number}/approve?queue=status%3Dnew", approval_form())
    assert sent.headers["location"] == f"/inquiry/{number}?queue=status%3Dnew"
    assert pages.site.building.wait().trouble is None
    shown = text_of(client.get(f"/inquiry/{number}"))
    assert "Godkjent" in shown and "for Stavanger" in shown


@pytest.mark.parametrize("how", ["redact", "delete"])
def test_words_that_have_to_go_go_from_the_library_too(pages: ReviewSite, how: str) -> None:
    number = asked(pages.site.inquiries, WATCHES)
    client = pages.signed_in()
    send(client, f"/inquiry/{number}/approve", approval_form(text=f"{LENDING} Spør Kari Hansen."))
    assert pages.site.building.wait().trouble is None
    assert b"Kari Hansen" in library(pages)
    form = {"redact_words": "Kari Hansen", "sure": "yes"} if how == "redact" else {}
    assert send(client, f"/inquiry/{number}/{how}", form).status_code == 303
    reply = pages.site.answerer.answer(Question(WATCHES))
    assert not any(quote.approved for quote in reply.candidates)
    assert pages.site.building.wait().trouble is None
    assert pages.site.catalogue.added() == []
    rows = pages.site.store.database.conn.execute("SELECT question, text FROM approvals")
    assert "Kari Hansen" not in str(rows.fetchall())


def library(pages: ReviewSite) -> bytes:
    files = (file for file in pages.site.settings.library.rglob("*") if file.is_file())
    return b"".join(file.read_bytes() for file in files)


def test_reading_the_page_of_the_client_needs_no_script(pages: ReviewSite) -> None:
    number = asked(pages.site.inquiries, WATCHES)
    client: TestClient = pages.signed_in(centre="stavanger")
    evil = "<script>alert(1)</script>"
    response = send(client, f"/inquiry/{number}/approve", approval_form(text=evil, until="x"))
    assert evil not in response.text and "&lt;script&gt;" in response.text
