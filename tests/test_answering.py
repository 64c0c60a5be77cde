"""From a question to a reply: masked, received once, quoted verbatim, recorded."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests_support import Home

from bot.answering.answer import Answerer
from bot.answering.decide import Thresholds
from bot.answering.past import PastInquiries
from bot.answering.question import MAX_QUESTION_CHARACTERS, Question, prepare
from bot.answering.reply import Reply
from indexer.generations.manifest import IndexUnusable
from indexer.index import Index
from knowledge.register import Inquiries, Inquiry, Links, NewLink

STARTING = "Hvordan kommer vi i gang med en frisklivssentral?"
FAR_OFF = "Hvilken film vant Oscar for beste musikk, og hvem regisserte den?"


class Desk:
    """An answerer over a copy of the indexed digests, and its register."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.inquiries = Inquiries(home.store)
        self.answerer = Answerer(Index(home.settings), self.inquiries)

    def ask(self, text: str, **more: object) -> Reply:
        return self.answerer.answer(Question(text, **more))  # type: ignore[arg-type]

    def row(self, reply: Reply) -> Inquiry:
        assert reply.inquiry is not None
        found = self.inquiries.get(reply.inquiry)
        assert found is not None
        return found


@pytest.fixture
def desk(bundled_home: Home, tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path / "home"
    shutil.copytree(bundled_home.settings.home, folder, ignore=shutil.ignore_patterns("*.db*"))
    home = Home(folder)
    yield Desk(home)
    home.store.close()


def test_an_answer_is_quoted_from_the_stored_source_and_recorded(desk: Desk) -> None:
    reply = desk.ask(STARTING)
    assert reply.outcome == "answered" and 1 <= len(reply.quotes) <= 3
    for quote in reply.quotes:
        stored = desk.home.catalogue.shelf.path(quote.document) / "text.txt"
        assert stored.read_bytes().decode()[quote.start : quote.end] == quote.text
        end = quote.highlight_start + len(quote.highlight)
        assert quote.text[quote.highlight_start : end] == quote.highlight != ""
    row = desk.row(reply)
    assert (row.question, row.language, row.outcome) == (STARTING, "nb", "answered")
    assert [quote.text for quote in row.quotes] == [quote.text for quote in reply.quotes]
    assert row.generation == reply.generation
    assert "etablering" in row.topics


def test_what_the_sources_do_not_cover_is_said_and_stays_new(desk: Desk) -> None:
    reply = desk.ask(FAR_OFF)
    assert reply.outcome == "not_covered" and not reply.quotes
    assert (reply.elsewhere, list(reply.headings)) == ("not_other", [])
    row = desk.row(reply)
    assert (row.status, row.outcome, row.quotes) == ("new", "not_covered", ())


@pytest.mark.parametrize("text", ["", "   \n", "hei", "???", "01019012345", "👍", "\x00\x01\x02"])
def test_what_says_nothing_is_asked_back(desk: Desk, text: str) -> None:
    reply = desk.ask(text)
    assert (reply.outcome, reply.ask_back) == ("unclear", "ask_what")
    assert desk.row(reply).outcome == "unclear"


def test_personal_data_never_reaches_the_disk_or_the_log(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = ("01019012345", "kari.nordmann@example.no", "91 23 45 67")
    with caplog.at_level(logging.DEBUG):
        reply = desk.ask(
            f"Deltaker {secrets[0]} ({secrets[1]}, tlf. {secrets[2]}) vil slutte å røyke, hva nå?",
            thread=[f"Gjelder {secrets[0]}"],
        )
    row = desk.row(reply)
    assert "[fødselsnummer]" in row.question and "[fødselsnummer]" in row.thread[0]
    assert set(row.masked) == {"national_identity_number", "email", "phone"}
    assert "note_masked" in reply.notes
    desk.home.store.database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for file in desk.home.settings.home.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not any(secret.encode() in content for secret in secrets), file
    assert not any(secret in caplog.text for secret in secrets)
    assert "slutte å røyke" not in caplog.text


def test_one_question_is_one_row_however_often_it_comes(desk: Desk) -> None:
    replies = [desk.ask(STARTING, came_from="slack:C1:1.0") for _ in range(3)]
    assert len({reply.inquiry for reply in replies}) == 1
    assert [reply.duplicate for reply in replies] == [False, True, True]
    assert desk.inquiries.count() == 1


def test_a_question_without_an_index_is_kept(home: Home) -> None:
    inquiries = Inquiries(home.store)
    with pytest.raises(IndexUnusable):
        Answerer(Index(home.settings), inquiries).answer(Question(STARTING))
    kept = inquiries.newest()[0]
    assert (kept.question, kept.outcome) == (STARTING, "failed")


@pytest.mark.parametrize("change", ["edited", "deleted", "truncated"])
def test_a_source_that_was_tampered_with_is_not_quoted(desk: Desk, change: str) -> None:
    first = desk.ask(STARTING).quotes[0]
    stored = desk.home.catalogue.shelf.path(first.document) / "text.txt"
    text = stored.read_bytes()
    if change == "deleted":
        stored.unlink()
    elif change == "truncated":
        stored.write_bytes(text[: len(text) // 8])
    else:
        stored.write_bytes(text.replace(b"e", b"3"))
    reply = desk.ask(STARTING)
    assert first.text not in [candidate.text for candidate in reply.candidates]


def test_a_huge_question_is_cut_with_a_note(desk: Desk) -> None:
    reply = desk.ask(STARTING + " Bakgrunn: " + "ord og tekst " * 170_000)
    assert "note_cut" in reply.notes
    assert len(desk.row(reply).question) <= MAX_QUESTION_CHARACTERS


@pytest.mark.parametrize(
    ("given", "text", "code"),
    [
        ("Senja", STARTING, "5530"),
        ("Lenvik", STARTING, "5530"),
        ("5530", STARTING, "5530"),
        (None, "Hvordan starter vi opp i Senja kommune?", "5530"),
        (None, STARTING, None),
        ("Narnia", STARTING, None),
        (None, "Vi i Herøy kommune vil i gang, hvordan?", None),
    ],
    ids=["name", "former name", "number", "in the text", "none", "unknown", "two of that name"],
)
def test_the_municipality_is_recognised(
    desk: Desk, given: str | None, text: str, code: str | None
) -> None:
    row = desk.row(desk.ask(text, municipality=given))
    assert row.municipality_today == code
    assert (row.centre == "senja") == (code == "5530")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (STARTING, "nb"),
        ("Korleis kjem vi i gang?", "nn"),
        ("How do we get started?", "en"),
        ("kva år kom Bergen med?", "nn"),
        ("Kan vi ta betalt?", "nb"),
        ("Kan vi kreve egenandel av deltakerne?", "nb"),
        ("Pliktar vi å ta imot folk frå skulen?", "nn"),
        ("What is a frisklivssentral?", "en"),
    ],
)
def test_the_reply_is_in_the_language_of_the_question(desk: Desk, text: str, language: str) -> None:
    assert desk.ask(text).language == language


def test_the_language_is_told_by_the_words_and_not_by_a_label() -> None:
    assert prepare(Question("Can 01019012345 join the course?")).language == "en"


def test_a_figure_in_a_table_is_given_with_row_and_column(desk: Desk) -> None:
    reply = desk.ask("Hvor mange personer hospiterte i 2021?")
    figures = [quote.figure for quote in reply.quotes if quote.figure]
    assert figures and figures[0].value == "67"
    assert {figures[0].row, figures[0].column} == {"2021", "Personer"}


@pytest.mark.parametrize(
    "text",
    [
        "Jeg orker ikke leve lenger",
        "En deltaker vil ta livet sitt",
        "selvmordstanker",
        "Ein deltakar seier han ikkje vil leve lenger",
        "Ho snakkar om å ta sitt eige liv, ho vil ikkje leve",
        "han vil ta sitt eget liv",
        "sier hun vil dø",
        "She wants to die and talks about ending her life",
        "brystsmerter på gruppetrening",
        "He says he can't breathe after the walk",
        "Han får ikkje pusta",
    ],
)
def test_where_a_life_may_be_in_danger_the_numbers_to_call_come_and_no_quote(
    desk: Desk, text: str
) -> None:
    reply = desk.ask(text)
    assert reply.notes[0] == "note_urgent"
    assert (reply.outcome, reply.quotes, reply.headings) == ("not_covered", (), ())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Hvilken dose metformin skal pasienten ha ved nedsatt nyrefunksjon?", "not_medical"),
        ("My chest hurts when I run, should I take aspirin?", "not_medical"),
        ("Hva er gebyret for å søke om byggetillatelse til garasje?", "not_municipal"),
        ("Korleis søkjer eg om barnehageplass til hausten?", "not_municipal"),
        ("Who won the football world cup in 1998?", "not_other"),
        ("Hva er telefonnummeret til Kari på frisklivssentralen?", "not_told"),
    ],
)
def test_a_question_that_is_not_for_the_centres_is_told_so_in_its_own_words(
    desk: Desk, text: str, told: str
) -> None:
    reply = desk.ask(text)
    assert (reply.outcome, reply.elsewhere, reply.quotes) == ("not_covered", told, ())


def test_between_yes_and_no_the_nearest_headings_are_offered(desk: Desk) -> None:
    fitted = desk.ask(STARTING).confidence
    between = Thresholds(answer=min(1.0, fitted + 0.01), ask=fitted - 0.01)
    answerer = Answerer(Index(desk.home.settings), desk.inquiries, thresholds=between)
    reply = answerer.answer(Question(STARTING))
    assert (reply.outcome, reply.ask_back, reply.quotes) == ("unclear", "ask_which", ())
    assert 1 <= len(reply.headings) <= 3
    assert desk.row(reply).outcome == "unclear"


def test_a_reviewers_link_brings_its_passage_forward(desk: Desk) -> None:
    links = Links(desk.home.store)
    question = "Hva gjør vi når folk slutter å møte opp?"
    first = desk.ask(question)
    wanted = first.candidates[3]
    assert first.inquiry is not None
    links.add(
        NewLink(
            inquiry=first.inquiry,
            document=wanted.document,
            start=wanted.start,
            end=wanted.end,
            kind="linked",
            who="agder",
        )
    )
    past = PastInquiries(links)
    answerer = Answerer(Index(desk.home.settings), desk.inquiries, past=past)
    again = answerer.answer(Question("hva gjør vi når folk slutter å møte opp"))
    places = [candidate.text for candidate in again.candidates]
    assert places.index(wanted.text) < 3


@pytest.mark.parametrize(
    "text",
    [
        "Det tar livet av økonomien vår",
        "Hva er Leve hele livet-reformen?",
        "Er kurset til å dø av?",
    ],
)
def test_everyday_wording_is_not_taken_for_danger(desk: Desk, text: str) -> None:
    assert "note_urgent" not in desk.ask(text).notes


def test_a_new_question_in_a_thread_is_not_answered_with_the_old_subject(desk: Desk) -> None:
    reply = desk.ask("Hva er hovedstaden i Frankrike?", thread=[STARTING])
    assert reply.outcome == "not_covered"
