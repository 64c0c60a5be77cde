"""Review work: corrections with their history, two people at once, undo, and words that must go."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.messages import Failure
from knowledge.register import FeedbackBook, Handovers, Inquiries, Inquiry, NewInquiry
from knowledge.register.changes import Changes
from knowledge.register.editing import Refused, Stale
from knowledge.register.review import AUTOMATIC, OPEN_AGAIN, Review
from knowledge.register.users import ROLES, User, Users
from knowledge.store import Store

ANNE, BERIT = "user:1", "user:2"
ASKED = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
NOT_IN_THE_TRAIL = {"revision", "reviewed_at"}
CLOSED_AT = 9
"""Place of the column in a row of `handovers`."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "a.db") as opened:
        yield opened


@pytest.fixture
def review(store: Store) -> Review:
    return Review(store)


def ask(store: Store, came_from: str = "phone:1", **more: Any) -> int:
    values = {"channel": "phone", "question": "Hvem kan henvise?", "received_at": ASKED, **more}
    number, _ = Inquiries(store).receive(
        NewInquiry.model_validate({"came_from": came_from, **values})
    )
    return number


def read(store: Store, inquiry: int) -> Inquiry:
    found = Inquiries(store).get(inquiry)
    assert found is not None
    return found


def everything(store: Store, inquiry: int) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the inquiry, as it lies in the database."""
    tables = {"inquiries": "id", "inquiry_topics": "inquiry", "handovers": "inquiry"}
    found = {}
    for table, key in tables.items():
        cursor = store.database.conn.execute(f"SELECT * FROM {table} WHERE {key} = ?", [inquiry])
        names = [column[0] for column in cursor.description]
        kept = [n for n in range(len(names)) if names[n] not in NOT_IN_THE_TRAIL]
        found[table] = sorted(tuple(map(str, (row[n] for n in kept))) for row in cursor)
    return found


def is_again(now: dict[str, list[tuple[Any, ...]]], then: dict[str, list[tuple[Any, ...]]]) -> bool:
    """Whether everything is as it was then; a handover that was taken back stays, closed."""
    before = {row[0] for row in then["handovers"]}
    later = [row for row in now["handovers"] if row[0] not in before]
    kept = {**now, "handovers": [row for row in now["handovers"] if row[0] in before]}
    return kept == then and all(row[CLOSED_AT] != "None" for row in later)


# Correcting


def test_a_correction_is_written_with_its_history(store: Store, review: Review) -> None:
    inquiry = ask(store)
    revision = review.correct(
        inquiry,
        {"actor": "frisklivssentral", "topics": ["etablering"], "language": "nn"},
        revision=0,
        who=ANNE,
    )
    row = read(store, inquiry)
    assert (row.actor, row.language, row.revision) == ("frisklivssentral", "nn", revision)
    assert row.topics == {"etablering": ANNE} and row.reviewed_at is not None
    trail = {change.field: (change.before, change.after) for change in review.history(inquiry)}
    assert trail == {
        "actor": (None, "frisklivssentral"),
        "language": (None, "nn"),
        "topics": ([], ["etablering"]),
    }
    assert {change.who for change in review.history(inquiry)} == {ANNE}


def test_what_is_typed_again_is_masked_again(store: Store, review: Review) -> None:
    inquiry = ask(store)
    review.correct(
        inquiry,
        {"question": "Ring meg på 912 34 567.", "note": "Svar til kari@example.no"},
        revision=0,
        who=ANNE,
    )
    assert read(store, inquiry).masked == ("phone",)
    answer = review.answer(inquiry, "Skriv til ola@example.no", centre="modum", who=ANNE)
    assert answer.text == "Skriv til [e-post]"
    written = "\n".join(store.database.conn.iterdump())
    for secret in ("912 34 567", "kari@example.no", "ola@example.no"):
        assert secret not in written


@pytest.mark.parametrize(
    ("asked", "text", "number", "today"),
    [
        (date(2026, 3, 3), "Stavanger", "1103", "1103"),
        (date(2015, 3, 3), "1141", "1141", "1103"),  # Finnøy, part of Stavanger since 2020
        (date(2015, 3, 3), "Modum", "0623", "3316"),
        (date(2015, 3, 3), "Snillfjord", "1613", None),  # divided among three in 2020
    ],
)
def test_a_municipality_is_one_of_the_day(
    store: Store, review: Review, asked: date, text: str, number: str, today: str | None
) -> None:
    received = datetime(asked.year, asked.month, asked.day, 12, tzinfo=UTC)
    inquiry = ask(store, received_at=received)
    review.correct(inquiry, {"municipality": text}, revision=0, who=ANNE)
    row = read(store, inquiry)
    assert (row.municipality, row.municipality_today) == (number, today)


def test_a_number_of_another_time_is_refused_with_the_one_of_the_day(
    store: Store, review: Review
) -> None:
    inquiry = ask(store)
    with pytest.raises(Refused, match="1103 Stavanger") as refused:
        review.correct(inquiry, {"municipality": "1141"}, revision=0, who=ANNE)
    assert refused.value.field == "municipality"
    assert read(store, inquiry).municipality is None and review.history(inquiry) == []


def test_a_new_date_must_suit_the_municipality(store: Store, review: Review) -> None:
    inquiry = ask(store, municipality="3316", municipality_today="3316")
    with pytest.raises(Refused, match="0623"):
        review.correct(inquiry, {"received_on": "2015-03-03"}, revision=0, who=ANNE)
    review.correct(
        inquiry, {"received_on": date(2015, 3, 3), "municipality": "Modum"}, revision=0, who=ANNE
    )
    row = read(store, inquiry)
    assert (row.municipality, row.municipality_today) == ("0623", "3316")
    assert row.received_at == datetime(2015, 3, 3, 12, tzinfo=UTC)


def test_the_centre_follows_the_municipality_only_when_asked(store: Store, review: Review) -> None:
    inquiry = ask(store, centre="modum")
    revision = review.correct(inquiry, {"municipality": "1103"}, revision=0, who=ANNE)
    assert read(store, inquiry).centre == "modum"
    review.correct(inquiry, {"centre": AUTOMATIC}, revision=revision, who=ANNE)
    assert read(store, inquiry).centre == "stavanger"


@pytest.mark.parametrize(
    "values",
    [
        {"municipality": "Atlantis"},
        {"municipality": "9999"},
        {"actor": "ingen"},
        {"centre": "ingen"},
        {"language": "de"},
        {"channel": "brevdue"},
        {"topics": ["ingen"]},
        {"status": "lost"},
        {"question": " "},
        {"received_on": "3. mars"},
    ],
)
def test_what_is_not_allowed_is_refused_by_field(
    store: Store, review: Review, values: dict[str, Any]
) -> None:
    inquiry = ask(store)
    before = everything(store, inquiry)
    with pytest.raises(Refused) as refused:
        review.correct(inquiry, {"note": "så langt", **values}, revision=0, who=ANNE)
    assert [refused.value.field] == list(values)
    assert everything(store, inquiry) == before


@pytest.mark.parametrize("ended", ["withdrawn", "deleted", "missing"])
def test_what_is_gone_cannot_be_changed(store: Store, review: Review, ended: str) -> None:
    inquiry = ask(store)
    batch = review.bulk([inquiry], {"actor": "nav"}, ANNE)
    if ended == "withdrawn":
        Inquiries(store).withdraw(inquiry)
    elif ended == "deleted":
        review.delete(inquiry, ANNE)
    else:
        inquiry = 99
    for attempt in (
        lambda: review.correct(inquiry, {"actor": "privat"}, revision=0, who=ANNE),
        lambda: review.answer(inquiry, "Ja.", centre="modum", who=ANNE),
        lambda: review.set_aside(inquiry, ANNE),
        lambda: review.mark_duplicate(inquiry, ask(store, "phone:2"), ANNE),
        lambda: review.bulk([inquiry], {"actor": "privat"}, ANNE),
        lambda: review.undo(batch if inquiry != 99 else "none", ANNE),
    ):
        with pytest.raises(Failure):
            attempt()


# Status


def test_resolving_closes_the_handover_and_undo_opens_it_again(
    store: Store, review: Review
) -> None:
    inquiry = ask(store)
    handovers = Handovers(store)
    handovers.open(inquiry, centre="modum", reason="county")
    before = everything(store, inquiry)
    review.correct(inquiry, {"status": "resolved"}, revision=0, who=ANNE)
    row = read(store, inquiry)
    assert row.status == "resolved" and row.resolved_at is not None
    assert handovers.open_of(inquiry) is None
    batch = review.last_batch(inquiry)
    assert batch is not None
    review.undo(batch, ANNE)
    assert everything(store, inquiry) == before
    assert handovers.open_of(inquiry) is not None


def test_waiting_again_reopens_the_handover_but_not_one_passed_on(
    store: Store, review: Review
) -> None:
    inquiry = ask(store)
    handovers = Handovers(store)
    first, _ = handovers.open(inquiry, centre="modum", reason="county")
    second = handovers.pass_on(first.id, "stavanger")
    assert second is not None
    for status in ("resolved", "waiting"):
        revision = read(store, inquiry).revision
        review.correct(inquiry, {"status": status}, revision=revision, who=ANNE)
    found = handovers.open_of(inquiry)
    assert found is not None and found.id == second.id
    assert read(store, inquiry).resolved_at is None


def test_set_as_answered_nobody_is_reminded(store: Store, review: Review) -> None:
    inquiry = ask(store)
    handovers = Handovers(store)
    handovers.open(inquiry, centre="modum", reason="county")
    review.correct(inquiry, {"status": "answered"}, revision=0, who=ANNE)
    row = read(store, inquiry)
    assert (row.status, row.answered_by) == ("answered", "modum")
    assert row.first_reply_at is not None and handovers.unanswered() == []


def by_form(review: Review, inquiry: int, **values: Any) -> None:
    review.correct(inquiry, values, revision=review.history(inquiry)[0].id, who=ANNE)


def in_bulk(review: Review, inquiry: int, **values: Any) -> None:
    review.bulk([inquiry], values, ANNE)


@pytest.mark.parametrize("changing", [by_form, in_bulk])
def test_a_new_centre_gets_what_another_has(
    store: Store, review: Review, changing: Callable[..., None]
) -> None:
    inquiry, handovers = ask(store), Handovers(store)
    review.correct(inquiry, {"actor": "nav"}, revision=0, who=ANNE)
    first, _ = handovers.open(inquiry, centre="modum", reason="county", note="Det haster")
    before = everything(store, inquiry)
    changing(review, inquiry, centre="stavanger", topics=["tobakk"])
    now, old = handovers.open_of(inquiry), handovers.get(first.id)
    assert now is not None and old is not None
    assert (now.centre, now.reason, now.note) == ("stavanger", "passed_on", "Det haster")
    assert old.closed_at is not None and old.passed_to == now.id
    row = read(store, inquiry)
    assert (row.centre, row.status, set(row.topics)) == ("stavanger", "waiting", {"tobakk"})
    assert {change.field for change in review.history(inquiry)} == {"actor", "centre", "topics"}

    batch = review.last_batch(inquiry)
    assert batch is not None
    review.undo(batch, ANNE)
    assert is_again(everything(store, inquiry), before)
    back = handovers.last_of(inquiry)
    assert back is not None and (back.id, back.passed_to) == (first.id, None)
    taken_back = handovers.get(now.id)
    assert taken_back is not None and taken_back.passed_to == first.id


def test_after_an_undo_the_right_centre_has_it_again(store: Store, review: Review) -> None:
    inquiry, handovers = ask(store), Handovers(store)
    first, _ = handovers.open(inquiry, centre="modum", reason="county")
    review.hand_over(inquiry, "stavanger", who=ANNE)
    batch = review.last_batch(inquiry)
    assert batch is not None
    review.undo(batch, ANNE)
    for status in ("resolved", OPEN_AGAIN):
        by_form(review, inquiry, status=status)
    found = handovers.open_of(inquiry)
    assert found is not None and found.id == first.id


def test_a_new_centre_of_what_is_done_in_the_same_change_gets_nothing(
    store: Store, review: Review
) -> None:
    inquiry, handovers = ask(store), Handovers(store)
    handovers.open(inquiry, centre="modum", reason="county")
    review.correct(inquiry, {"centre": "stavanger", "status": "resolved"}, revision=0, who=ANNE)
    assert handovers.open_of(inquiry) is None and len(handovers.of(inquiry)) == 1
    assert (read(store, inquiry).centre, read(store, inquiry).status) == ("stavanger", "resolved")


@pytest.mark.parametrize(("centre", "key"), [("", "needs_centre"), ("aktiv-eiker", "not_serving")])
def test_what_a_centre_has_is_not_given_to_nobody(
    store: Store, review: Review, centre: str, key: str
) -> None:
    inquiry, handovers = ask(store), Handovers(store)
    handovers.open(inquiry, centre="modum", reason="county")
    before = everything(store, inquiry)
    with pytest.raises(Refused) as refused:
        review.correct(inquiry, {"centre": centre}, revision=0, who=ANNE)
    assert refused.value.field == "centre" and refused.value.key.endswith(key)
    assert everything(store, inquiry) == before


def test_what_is_set_to_waiting_waits_for_a_centre(store: Store, review: Review) -> None:
    handovers = Handovers(store)
    inquiry = ask(store, municipality="1103", municipality_today="1103")
    before = everything(store, inquiry)
    review.correct(inquiry, {"status": "waiting"}, revision=0, who=ANNE)
    opened = handovers.open_of(inquiry)
    assert opened is not None and (opened.centre, opened.reason) == ("stavanger", "reviewer")
    assert read(store, inquiry).centre == "stavanger"
    batch = review.last_batch(inquiry)
    assert batch is not None
    review.undo(batch, ANNE)
    assert is_again(everything(store, inquiry), before)

    nobodys = ask(store, "phone:2")
    with pytest.raises(Refused) as refused:
        review.bulk([inquiry, nobodys], {"status": "waiting"}, ANNE)
    assert refused.value.key == "review_waiting_needs_centre"
    assert read(store, inquiry).status == "new"


DONE_BY: dict[str, Callable[[Review, int], object]] = {
    "resolved": lambda review, inquiry: by_form(review, inquiry, status="resolved"),
    "set aside": lambda review, inquiry: review.set_aside(inquiry, ANNE),
    "in bulk": lambda review, inquiry: review.bulk([inquiry], {"status": "resolved"}, ANNE),
}


@pytest.mark.parametrize("done", DONE_BY.values(), ids=DONE_BY)
@pytest.mark.parametrize("answered", [False, True])
def test_open_again_gives_it_back_to_the_centre(
    store: Store, review: Review, done: Callable[[Review, int], object], answered: bool
) -> None:
    inquiry, handovers = ask(store), Handovers(store)
    review.correct(inquiry, {"actor": "nav"}, revision=0, who=ANNE)
    handovers.open(inquiry, centre="modum", reason="county")
    if answered:
        handovers.answer(inquiry, "Fastlegen.", came_from="test:a", centre="modum")
    before = everything(store, inquiry)
    done(review, inquiry)
    assert handovers.open_of(inquiry) is None
    by_form(review, inquiry, note="Et notat imens")
    by_form(review, inquiry, note="")
    by_form(review, inquiry, status=OPEN_AGAIN)
    assert everything(store, inquiry) == before


def test_open_again_after_it_was_closed_in_slack(store: Store, review: Review) -> None:
    inquiry, handovers = ask(store), Handovers(store)
    handovers.open(inquiry, centre="modum", reason="county")
    before = everything(store, inquiry)
    Inquiries(store).resolve(inquiry)
    handovers.close(inquiry)
    review.correct(inquiry, {"status": OPEN_AGAIN}, revision=0, who=ANNE)
    assert everything(store, inquiry) == before


@pytest.mark.parametrize("done", ["resolved", "not_an_inquiry"])
def test_open_again_opens_no_handover_that_was_closed_before(
    store: Store, review: Review, done: str
) -> None:
    inquiry, handovers = ask(store), Handovers(store)
    handovers.open(inquiry, centre="modum", reason="county")
    for status in ("new", done, OPEN_AGAIN):
        review.bulk([inquiry], {"status": status}, ANNE)
    assert handovers.open_of(inquiry) is None and read(store, inquiry).status == "new"
    review.bulk([inquiry], {"status": OPEN_AGAIN}, ANNE)  # it is open
    assert read(store, inquiry).status == "new"


def test_taking_a_duplicate_back_gives_it_back_to_the_centre(store: Store, review: Review) -> None:
    first, inquiry = ask(store), ask(store, "phone:2")
    handovers = Handovers(store)
    handovers.open(inquiry, centre="modum", reason="county")
    before = everything(store, inquiry)
    review.mark_duplicate(inquiry, first, ANNE)
    assert handovers.open_of(inquiry) is None
    review.mark_duplicate(inquiry, None, ANNE)
    assert everything(store, inquiry) == before


def test_it_is_handed_over_to_another_centre_that_serves(store: Store, review: Review) -> None:
    inquiry, handovers = ask(store), Handovers(store)
    before = everything(store, inquiry)
    opened = review.hand_over(inquiry, "modum", note="Ring 912 34 567", who=ANNE)
    assert handovers.open_of(inquiry) == opened and "912" not in opened.note
    assert read(store, inquiry).status == "waiting"
    with pytest.raises(Refused):
        review.hand_over(inquiry, "modum", who=ANNE)
    with pytest.raises(Refused):
        review.hand_over(inquiry, "nordkapp", who=ANNE)
    batch = review.last_batch(inquiry)
    assert batch is not None
    review.undo(batch, ANNE)
    assert is_again(everything(store, inquiry), before)


def test_of_what_was_withdrawn_words_can_go_and_all_of_it(store: Store, review: Review) -> None:
    inquiry = ask(store)
    Handovers(store).answer(inquiry, "Hei Nordmann.", came_from="test:a", centre="modum")
    Inquiries(store).withdraw(inquiry)
    assert review.redact(inquiry, ["Nordmann"], who=ANNE) == 1
    assert [one.text for one in Handovers(store).answers(inquiry)] == ["Hei [fjernet]."]
    review.delete(inquiry, ANNE)
    assert [one.text for one in Handovers(store).answers(inquiry)] == [""]
    assert read(store, inquiry).deleted_at is not None


def test_a_bulk_change_that_changes_nothing_is_an_empty_batch(store: Store, review: Review) -> None:
    inquiry = ask(store, centre="modum")
    batch = review.bulk([inquiry], {"status": "new", "centre": "modum"}, ANNE)
    assert Changes(store).in_batch(batch) == []


def test_an_answer_is_kept_and_taken_back_by_undo(store: Store, review: Review) -> None:
    inquiry = ask(store)
    before = everything(store, inquiry)
    answer = review.answer(inquiry, "Fastlegen.", centre="modum", who=ANNE)
    row = read(store, inquiry)
    assert (row.status, row.answered_by) == ("answered", "modum") and row.first_reply_at
    assert "Fastlegen" not in json.dumps([str(c) for c in review.history(inquiry)])
    batch = review.last_batch(inquiry)
    assert batch is not None
    review.undo(batch, ANNE)
    assert everything(store, inquiry) == before
    taken_back = Handovers(store).answer_number(answer.id)
    assert taken_back is not None and taken_back.taken_back_at is not None
    with pytest.raises(Refused):
        review.answer(inquiry, "  ", centre="modum", who=ANNE)


def test_a_duplicate_points_to_the_first_and_is_done(store: Store, review: Review) -> None:
    first, second, third = (ask(store, f"phone:{n}") for n in range(3))
    review.mark_duplicate(second, first, ANNE)
    review.mark_duplicate(third, second, ANNE)
    assert read(store, third).duplicate_of == first
    assert read(store, second).status == "resolved"
    with pytest.raises(Refused):
        review.mark_duplicate(first, third, ANNE)
    review.mark_duplicate(third, None, ANNE)
    assert (read(store, third).duplicate_of, read(store, third).status) == (None, "new")


def test_duplicates_never_go_round(store: Store, review: Review) -> None:
    first, second, third = (ask(store, f"phone:{n}") for n in range(3))
    review.mark_duplicate(first, second, ANNE)
    review.mark_duplicate(second, third, ANNE)
    with pytest.raises(Refused):
        review.mark_duplicate(third, first, ANNE)
    assert read(store, third).duplicate_of is None


# Two people at once


def test_another_field_merges_and_loses_nothing(store: Store, review: Review) -> None:
    inquiry = ask(store)
    shown = {"actor": "", "note": "", "topics": [], "status": "new"}
    review.correct(inquiry, {**shown, "actor": "nav"}, revision=0, who=ANNE)
    review.correct(inquiry, {**shown, "note": "Ring igjen."}, revision=0, who=BERIT)
    row = read(store, inquiry)
    assert (row.actor, row.note) == ("nav", "Ring igjen.")


def test_the_same_field_is_shown_first_and_then_saved(store: Store, review: Review) -> None:
    inquiry = ask(store)
    review.correct(inquiry, {"actor": "nav"}, revision=0, who=ANNE)
    with pytest.raises(Stale) as stale:
        review.correct(inquiry, {"actor": "privat", "note": "mitt"}, revision=0, who=BERIT)
    (change,) = stale.value.changes
    assert (change.field, change.after, change.who) == ("actor", "nav", ANNE)
    assert read(store, inquiry).note == ""  # nothing of it is half written
    again = {"actor": "privat", "note": "mitt"}
    review.correct(inquiry, again, revision=stale.value.revision, who=BERIT)
    assert (read(store, inquiry).actor, read(store, inquiry).note) == ("privat", "mitt")


def test_the_same_change_twice_is_no_conflict(store: Store, review: Review) -> None:
    inquiry = ask(store)
    review.correct(inquiry, {"actor": "nav"}, revision=0, who=ANNE)
    review.correct(inquiry, {"actor": "nav"}, revision=0, who=BERIT)
    assert len(review.history(inquiry)) == 1


def test_what_the_asker_changed_in_slack_is_not_overwritten(store: Store, review: Review) -> None:
    inquiry = ask(store)
    shown = {"question": "Hvem kan henvise?"}
    Inquiries(store).revise(inquiry, "Hvem kan henvise til oss?", [])
    with pytest.raises(Stale) as stale:
        review.correct(inquiry, {"question": "Henvise?"}, revision=0, who=ANNE, base=shown)
    assert stale.value.changes[0].after == "Hvem kan henvise til oss?"
    review.correct(inquiry, {**shown, "note": "ok"}, revision=0, who=ANNE, base=shown)
    assert read(store, inquiry).question == "Hvem kan henvise til oss?"


# Undo

EDITS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "municipality": st.sampled_from(["1103", "3316", "", None]),
            "actor": st.sampled_from(["nav", "privat", None]),
            "centre": st.sampled_from(["modum", "stavanger", AUTOMATIC, None]),
            "language": st.sampled_from(["nb", "nn", None]),
            "channel": st.sampled_from(["phone", "email"]),
            "topics": st.lists(st.sampled_from(["etablering", "forankring"])),
            "status": st.sampled_from(
                ["new", "waiting", "answered", "resolved", "not_an_inquiry", OPEN_AGAIN]
            ),
            "note": st.sampled_from(["", "en", "to"]),
            "question": st.sampled_from(["Hva?", "Hvor?"]),
            "received_on": st.sampled_from(["2026-01-01", "2025-06-30", "2024-03-31"]),
        },
    ),
    max_size=5,
)


@given(edits=EDITS)
@settings(max_examples=60, deadline=None)
def test_undoing_everything_gives_back_what_was(
    tmp_path_factory: pytest.TempPathFactory, edits: list[dict[str, Any]]
) -> None:
    with Store(tmp_path_factory.mktemp("undo") / "a.db") as store:
        review = Review(store)
        inquiry = ask(store, topics={"etablering": "starte"}, municipality="1103")
        store.database.conn.execute("UPDATE inquiries SET municipality_today = '1103'")
        store.database.conn.commit()
        Handovers(store).open(inquiry, centre="modum", reason="county")
        states = [everything(store, inquiry)]
        for values in edits:
            with suppress(Refused):  # no centre to pass it on to
                review.correct(inquiry, values, revision=read(store, inquiry).revision, who=ANNE)
            states.append(everything(store, inquiry))
        steps = [state for n, state in enumerate(states) if not n or state != states[n - 1]]
        while (batch := review.last_batch(inquiry)) is not None:
            assert is_again(everything(store, inquiry), steps.pop())
            review.undo(batch, BERIT)
        assert is_again(everything(store, inquiry), steps.pop()) and not steps


def test_undo_is_refused_where_the_same_field_changed_since(store: Store, review: Review) -> None:
    inquiry = ask(store)
    review.correct(inquiry, {"actor": "nav"}, revision=0, who=ANNE)
    first = review.last_batch(inquiry)
    assert first is not None
    for actor in ("privat", "nav"):  # back to the same value, by changes that stand
        revision = read(store, inquiry).revision
        review.correct(inquiry, {"actor": actor}, revision=revision, who=BERIT)
    with pytest.raises(Failure, match="changed later"):
        review.undo(first, ANNE)


def test_undo_leaves_what_others_did_in_other_fields(store: Store, review: Review) -> None:
    inquiry = ask(store)
    review.correct(inquiry, {"actor": "nav"}, revision=0, who=ANNE)
    first = review.last_batch(inquiry)
    assert first is not None
    review.correct(inquiry, {"note": "viktig"}, revision=0, who=BERIT)
    review.undo(first, ANNE)
    row = read(store, inquiry)
    assert (row.actor, row.note) == (None, "viktig")
    with pytest.raises(Failure, match="nothing to undo"):
        review.undo(first, ANNE)
    assert review.history(inquiry)[0].undoes == first


def test_a_bulk_change_is_undone_as_a_whole_or_not_at_all(store: Store, review: Review) -> None:
    inquiries = [ask(store, f"phone:{n}") for n in range(30)]
    before = [everything(store, inquiry) for inquiry in inquiries]
    batch = review.bulk(inquiries, {"status": "resolved", "topics": ["etablering"]}, ANNE)
    assert all(read(store, inquiry).status == "resolved" for inquiry in inquiries)
    review.correct(
        inquiries[7], {"topics": []}, revision=read(store, inquiries[7]).revision, who=BERIT
    )
    with pytest.raises(Failure, match=rf"no\. {inquiries[7]}\b"):
        review.undo(batch, ANNE)
    assert read(store, inquiries[0]).status == "resolved"
    mine = review.last_batch(inquiries[7])
    assert mine is not None
    review.undo(mine, BERIT)
    assert review.undo(batch, ANNE) == inquiries
    assert [everything(store, inquiry) for inquiry in inquiries] == before


def test_bulk_is_all_or_nothing(store: Store, review: Review) -> None:
    first, second = ask(store), ask(store, "phone:2")
    Inquiries(store).withdraw(second)
    with pytest.raises(Failure, match="withdrawn"):
        review.bulk([first, second], {"actor": "nav"}, ANNE)
    assert read(store, first).actor is None and review.history(first) == []


# Words that must go


def test_redaction_takes_a_name_out_everywhere(store: Store, review: Review) -> None:
    inquiry = ask(
        store,
        question="Kari Hansen spør. kari hansens lege er Per. Personalet?",
        thread=("Fra Kari  Hansen",),
        topics={"etablering": "Kari"},
    )
    Handovers(store).open(inquiry, centre="modum", reason="county", note="Kari Hansen igjen")
    FeedbackBook(store).vote(inquiry, "p1", "up")
    FeedbackBook(store).explain(inquiry, "p1", None, "Takk, Per")
    review.correct(inquiry, {"note": "Kari Hansen ringte"}, revision=0, who=ANNE)
    review.answer(inquiry, "Hei Kari!", centre="modum", who=ANNE)
    assert review.redact(inquiry, ["Kari Hansen", "Kari", "Per"], who=ANNE) == 9
    row = read(store, inquiry)
    assert row.question == "[fjernet] spør. [fjernet] lege er [fjernet]. Personalet?"
    assert row.thread == ("Fra [fjernet]",)
    written = "\n".join(store.database.conn.iterdump()).casefold()
    assert "kari" not in written and "hansen" not in written
    assert review.history(inquiry)[0].field == "redacted"
    with pytest.raises(Failure, match="removed for good"):
        review.undo(review.history(inquiry)[0].batch, ANNE)


@pytest.mark.parametrize("way", ["redacted", "deleted"])
def test_what_is_taken_out_is_not_in_the_file_either(
    store: Store, review: Review, way: str
) -> None:
    inquiry = ask(store, question="Spør Zebrafinke om det")
    ask(store, "phone:2", question="Noe annet om det")
    review.correct(inquiry, {"note": "Zebrafinke"}, revision=0, who=ANNE)
    if way == "redacted":
        assert review.redact(inquiry, ["Zebrafinke"], who=ANNE) == 2
    else:
        review.delete(inquiry, ANNE)
    store.database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = store.path.read_bytes().lower()
    assert b"zebrafinke" not in kept and b"om det" in kept


def test_a_name_that_only_the_history_holds_goes_too(store: Store, review: Review) -> None:
    inquiry = ask(store, question="Kari Hansen spør")
    review.correct(inquiry, {"question": "En ansatt spør"}, revision=0, who=ANNE)
    review.redact(inquiry, ["Kari Hansen"], who=ANNE)
    assert "Kari" not in "\n".join(store.database.conn.iterdump())


def test_a_deleted_inquiry_leaves_a_row_without_words(store: Store, review: Review) -> None:
    inquiry = ask(
        store, question="Hemmelig spørsmål", asker="p1", topics={"etablering": "Hemmelig"}
    )
    Handovers(store).open(inquiry, centre="modum", reason="county", note="Hemmelig")
    review.correct(inquiry, {"note": "Hemmelig"}, revision=0, who=ANNE)
    review.answer(inquiry, "Hemmelig", centre="modum", who=ANNE)
    review.delete(inquiry, ANNE)
    assert "hemmelig" not in "\n".join(store.database.conn.iterdump()).casefold()
    row = read(store, inquiry)
    assert row.deleted_at is not None and row.asker is None and row.topics == {"etablering": ""}
    assert Handovers(store).open_of(inquiry) is None
    assert review.history(inquiry)[0].field == "deleted"
    assert review.last_batch(inquiry) is None


def test_the_trail_can_only_be_added_to(store: Store, review: Review) -> None:
    inquiry = ask(store)
    review.correct(inquiry, {"note": "en"}, revision=0, who=ANNE)
    for statement in ("UPDATE changes SET who = 'x'", "DELETE FROM changes"):
        with pytest.raises(sqlite3.IntegrityError), store.write() as db:
            db.conn.execute(statement)
    Changes(store).scrub("inquiry", inquiry, ["note"])
    assert [(c.before, c.scrubbed) for c in review.history(inquiry)] == [(None, True)]


# Users


def test_a_link_signs_in_once(store: Store) -> None:
    users = Users(store)
    admin = users.first_admin()
    secret = users.make_link(admin.id)
    assert secret not in "\n".join(store.database.conn.iterdump())
    used = users.use_link(secret)
    assert used is not None and used.id == admin.id and used.is_admin
    assert users.use_link(secret) is None and users.use_link("annet") is None
    assert users.use_link(users.make_link(admin.id, minutes=-1)) is None


def test_who_signs_in_first_may_do_nothing_until_given_a_role(store: Store) -> None:
    users = Users(store)
    admin = users.first_admin()
    new = users.sign_in("https://id.example.no", "123", "Anne")
    assert new.role == "none" and not new.may_see
    users.change(new.id, role="reviewer", centre="modum", who=admin.who)
    again = users.sign_in("https://id.example.no", "123", "Anne Berg")
    assert (again.id, again.role, again.name) == (new.id, "reviewer", "Anne Berg")
    assert again.may_change("modum") and again.may_change(None)
    assert not again.may_change("stavanger")
    trail = {c.field: (c.before, c.after) for c in Changes(store).of("user", new.id)}
    assert trail == {"role": ("none", "reviewer"), "centre": (None, "modum")}
    secret = users.make_link(new.id)
    users.change(new.id, role="reviewer", centre=None, disabled=True, who=admin.who)
    assert users.use_link(secret) is None


@pytest.mark.parametrize(
    ("role", "centre", "disabled"),
    [("reader", None, False), ("admin", "modum", False), ("admin", None, True)],
)
def test_the_last_who_can_administer_stays(
    store: Store, role: Any, centre: str | None, disabled: bool
) -> None:
    users = Users(store)
    admin = users.first_admin()
    with pytest.raises(Failure, match="last one"):
        users.change(admin.id, role=role, centre=centre, disabled=disabled, who=admin.who)
    other = users.sign_in("https://id.example.no", "1", "Anne")
    users.change(other.id, role="admin", centre=None, who=admin.who)
    users.change(admin.id, role=role, centre=centre, disabled=disabled, who=other.who)


@pytest.mark.parametrize("role", ROLES)
def test_only_reviewers_change_and_nobody_who_is_shut_out(role: Any) -> None:
    user = User(1, "local", "a", "A", role, None)
    assert user.may_change("modum") == (role in ("reviewer", "admin"))
    assert not User(1, "local", "a", "A", role, None, disabled=True).may_change("modum")


def test_views_are_each_users_own(store: Store) -> None:
    users = Users(store)
    one, two = users.first_admin(), users.sign_in("x", "2", "B")
    users.save_view(one.id, "Mine", "status=new")
    users.save_view(one.id, "Mine", "status=waiting")
    (view,) = users.views(one.id)
    assert view.query == "status=waiting" and users.views(two.id) == []
    assert not users.remove_view(two.id, view.id) and users.remove_view(one.id, view.id)
