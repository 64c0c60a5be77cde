"""The inquiry register: one row for one question, and history that stays."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from knowledge.register import Inquiries, NewInquiry, Outcome, ShownQuote
from knowledge.register.review import Review
from knowledge.store import Store

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "a.db")


def new(came_from: str = "slack:C1:1.0", **more: object) -> NewInquiry:
    values = {"channel": "slack", "question": "Hvem kan henvise?", "received_at": NOW, **more}
    return NewInquiry.model_validate({"came_from": came_from, **values})


def shown() -> ShownQuote:
    return ShownQuote(
        document="d" * 64,
        title="Veilederen",
        section="Henvisning",
        url="https://example.no/v",
        edition="2016",
        updated="2016-10-01",
        start=10,
        end=20,
        text="Fastlegen kan henvise.",
        highlight="Fastlegen kan henvise.",
        score=4.2,
    )


def test_what_is_written_is_read_back(store: Store) -> None:
    register = Inquiries(store)
    number, fresh = register.receive(
        new(
            masked=("email",),
            thread=("Hva er en frisklivssentral?",),
            language="nb",
            municipality="5530",
            municipality_today="5530",
            topics={"henvisning": "henvise"},
        )
    )
    register.complete(number, outcome="answered", generation="g1", quotes=[shown()], at=NOW)
    read = register.get(number)
    assert read is not None and fresh
    assert read.question == "Hvem kan henvise?"
    assert read.thread == ("Hva er en frisklivssentral?",)
    assert read.topics == {"henvisning": "henvise"}
    assert read.quotes == (shown(),)
    assert (read.status, read.outcome, read.answered_by) == ("answered", "answered", "bot")
    assert read.received_at == read.first_reply_at == NOW
    store.close()


def test_the_same_question_delivered_again_is_the_same_row(store: Store) -> None:
    register = Inquiries(store)
    first = register.receive(new())
    again = register.receive(new(question="Hvem kan henvise? (redigert)"))
    assert again == (first[0], False)
    assert register.count() == 1
    store.close()


def test_the_first_completion_stands(store: Store) -> None:
    register = Inquiries(store)
    number, _ = register.receive(new())
    register.complete(number, outcome="answered", generation="g1", quotes=[shown()], at=NOW)
    register.complete(number, outcome="not_covered", generation="g2", quotes=[], at=NOW)
    read = register.get(number)
    assert read is not None
    assert (read.outcome, read.generation, len(read.quotes)) == ("answered", "g1", 1)
    store.close()


def test_a_failure_may_be_made_good(store: Store) -> None:
    register = Inquiries(store)
    number, _ = register.receive(new())
    register.complete(number, outcome="failed", generation=None, quotes=[], at=NOW)
    register.complete(number, outcome="answered", generation="g1", quotes=[shown()], at=NOW)
    read = register.get(number)
    assert read is not None and (read.outcome, len(read.quotes)) == ("answered", 1)
    store.close()


def test_a_question_that_was_not_answered_stays_new(store: Store) -> None:
    register = Inquiries(store)
    number, _ = register.receive(new())
    register.complete(number, outcome="not_covered", generation="g1", quotes=[], at=NOW)
    read = register.get(number)
    assert read is not None and (read.status, read.answered_by) == ("new", None)
    store.close()


def test_a_quote_that_was_shown_cannot_be_rewritten(store: Store) -> None:
    register = Inquiries(store)
    number, _ = register.receive(new())
    register.complete(number, outcome="answered", generation="g1", quotes=[shown()], at=NOW)
    with pytest.raises(sqlite3.IntegrityError, match="cannot be changed"), store.write() as db:
        db.execute("UPDATE inquiry_quotes SET text = 'noe annet'")
    store.close()


def test_newest_first_and_filtered(store: Store) -> None:
    register = Inquiries(store)
    for day in (1, 2, 3):
        number, _ = register.receive(
            new(f"cli:{day}", received_at=datetime(2026, 1, day, tzinfo=UTC))
        )
        outcome: Outcome = "answered" if day == 2 else "not_covered"
        register.complete(number, outcome=outcome, generation=None, quotes=[], at=NOW)
    assert [item.id for item in register.newest()] == [3, 2, 1]
    assert [item.id for item in register.newest(limit=1)] == [3]
    assert [item.id for item in register.all(outcome="not_covered")] == [1, 3]
    assert [item.id for item in register.all(since="2026-01-02")] == [2, 3]
    store.close()


def test_what_a_reviewer_deleted_is_not_written_back_by_an_edit(store: Store) -> None:
    register = Inquiries(store)
    number, _ = register.receive(new())
    Review(store).delete(number, "cli")
    assert not register.revise(number, "Ola Nordmann spør igjen", [])
    row = register.get(number)
    assert row is not None and row.gone and "Ola" not in row.question
