"""Closing a year: its figures stay, and what changes later shows as a correction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import pytest

from knowledge.messages import LANGUAGES, Failure, Language
from knowledge.register.annual import AnnualForms
from knowledge.register.inquiries import Inquiries
from knowledge.register.models import NewInquiry
from knowledge.register.review import Review
from knowledge.register.visits import NewVisit, Visits
from knowledge.statistics import closing
from knowledge.statistics.disclosure import hide
from knowledge.statistics.finest import finest
from knowledge.statistics.report import counted
from knowledge.statistics.scope import Scope
from knowledge.statistics.snapshot import Snapshot
from knowledge.statistics.table import HIDDEN, Table
from knowledge.store import Store

YEAR = 2025
TODAY = date(2026, 2, 1)
RULES = "2026.1"
numbers = count()
Add = Callable[..., int]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "register.db") as made:
        yield made


@pytest.fixture
def add(store: Store) -> Add:
    def inquiry(municipality: str | None = "1103", *, month: int = 5, year: int = YEAR) -> int:
        new = NewInquiry(
            came_from=f"test:{next(numbers)}",
            received_at=datetime(year, month, 10, 12, tzinfo=UTC),
            channel="phone",
            question="Kan du si noe om dette?",
            municipality=municipality,
            municipality_today=municipality,
            centre="stavanger",
            language="nb",
            topics={"etablering": "test"},
        )
        return Inquiries(store).receive(new)[0]

    return inquiry


def live(store: Store, scope: Scope) -> dict[str, Table]:
    with Snapshot(store, scope) as snapshot:
        return counted(snapshot)


def close(store: Store, year: int = YEAR, reason: str = "", today: date = TODAY) -> int:
    return closing.close(
        store,
        year,
        who="user:1",
        reason=reason,
        tables_of=lambda scope: live(store, scope),
        rules=RULES,
        today=today,
    )


def corrected(store: Store, centre: str | None = None) -> Mapping[str, tuple[object, ...]]:
    """Address and version -> before, after, state, reason, at, who."""
    scope = Scope(YEAR, YEAR, centre, shown_from=0)
    rows = closing.corrections(store, scope, live(store, scope), rules=RULES, language="en")
    assert len({row[:3] for row in rows}) == len(rows)
    return {f"{row[1]}@{row[2]}": row[3:] for row in rows}


def change(store: Store, inquiry: int, **values: object) -> None:
    found = store.database.conn.execute("SELECT revision FROM inquiries WHERE id = ?", [inquiry])
    Review(store).correct(inquiry, values, revision=found.fetchone()[0], who="user:7")


def test_a_closed_year_keeps_every_figure(store: Store, add: Add) -> None:
    inquiry = add()
    add("1103")
    before = live(store, Scope(YEAR, YEAR, shown_from=0))
    assert close(store) == 1
    change(store, inquiry, municipality="1108")
    after = live(store, Scope(YEAR, YEAR, shown_from=0))
    shown = closing.with_closed(store, after, Scope(YEAR, YEAR, shown_from=0))
    assert after["inquiries_by_municipality"].rows != before["inquiries_by_municipality"].rows
    for name, table in before.items():
        if table.spec.yearly:
            assert shown[name].rows == tuple(row for row in table.rows if row[0] == YEAR), name
        else:
            assert shown[name] == after[name]


def test_other_years_of_the_period_stay_as_they_are(store: Store, add: Add) -> None:
    for year in (YEAR - 1, YEAR, YEAR + 1):
        add(year=year)
    close(store)
    add()
    add(year=YEAR + 1)
    scope = Scope(YEAR - 1, YEAR + 1, shown_from=0)
    shown = closing.with_closed(store, live(store, scope), scope)["inquiries"]
    at = shown.spec.index("inquiries")
    assert [(row[0], row[at]) for row in shown.rows] == [(2024, 1), (2025, 1), (2026, 2)]


def test_each_centre_has_its_own_figures(store: Store, add: Add) -> None:
    add()
    close(store)
    add()
    for centre, wanted in (("stavanger", [1]), ("modum", [])):
        kept = closing.frozen(store, YEAR, centre)
        assert kept is not None
        table = kept["inquiries_by_centre"]
        assert [row[table.spec.index("inquiries")] for row in table.rows] == wanted
    assert closing.frozen(store, YEAR - 1) is None


def test_names_are_in_the_language_of_the_report(store: Store, add: Add) -> None:
    add()
    close(store)
    with Snapshot(store, Scope(YEAR, YEAR), "en") as snapshot:
        table = counted(snapshot)["inquiries_by_channel"]
    shown = closing.with_closed(store, {"inquiries_by_channel": table}, Scope(YEAR, YEAR))
    assert shown["inquiries_by_channel"].rows == table.rows
    kept = closing.frozen(store, YEAR)
    assert kept is not None and kept["inquiries_by_channel"].rows != table.rows


def test_nothing_is_corrected_where_nothing_changed(store: Store, add: Add) -> None:
    inquiry = add()
    close(store)
    assert corrected(store) == {}
    change(store, inquiry, note="Ringte tilbake.")
    assert corrected(store) == {}


def test_a_change_is_open_with_what_the_trail_says(store: Store, add: Add) -> None:
    inquiry = add()
    close(store)
    change(store, inquiry, municipality="1108")
    found = corrected(store)
    gone = found["inquiries_by_municipality/2025/1103/inquiries@1"]
    come = found["inquiries_by_municipality/2025/1108/inquiries@1"]
    assert gone[:4] == (1, None, "open", "Changed in the register: municipality.")
    assert come[:2] == (None, 1)
    assert gone[5] == "user:7" and str(gone[4]).startswith("20")
    assert "inquiries/2025/inquiries@1" not in found
    assert "Kan du" not in repr(found)


def test_a_change_of_another_year_is_no_reason(store: Store, add: Add) -> None:
    mine, other = add(), add(year=YEAR - 1)
    close(store)
    change(store, other, municipality="1108")
    assert corrected(store) == {}
    change(store, mine, topics=[])
    reasons = {row[3] for row in corrected(store).values()}
    assert reasons == {"Changed in the register: topics."}


def test_one_that_was_moved_out_of_the_year_is_found(store: Store, add: Add) -> None:
    inquiry = add()
    add()
    close(store)
    change(store, inquiry, received_on="2024-12-01")
    found = corrected(store)["inquiries/2025/inquiries@1"]
    assert found[:4] == (2, 1, "open", "Changed in the register: date.")


def test_what_came_late_is_told_without_an_entry_in_the_trail(store: Store, add: Add) -> None:
    add()
    close(store)
    add()
    assert corrected(store)["inquiries/2025/inquiries@1"] == (
        (1, 2, "open", "Came in after the year was closed: 1.", None, None)
    )


def test_what_nobody_wrote_down_is_told(store: Store, add: Add) -> None:
    inquiry = add()
    close(store)
    Inquiries(store).set_aside(inquiry)
    reason = corrected(store)["inquiries/2025/inquiries@1"][3]
    assert (
        reason == "Changed without an entry in the history: by the bot, by who asked, or in Slack."
    )


def test_a_visit_is_told_of_in_the_tables_of_visits(store: Store, add: Add) -> None:
    add()
    close(store)
    visit = NewVisit(
        on_date=date(YEAR, 3, 3), centre="stavanger", people=4, came_from="test", theme="Besøk"
    )
    Visits(store).add(visit, "user:8")
    found = corrected(store)
    assert found["visits_recorded/2025/persons@1"][:4] == (
        None, 4, "open", "Changed in the register: registered afterwards.",
    )  # fmt: skip
    assert corrected(store, "modum") == {}


def test_a_form_that_was_sent_in_late_is_told_of_with_those_of_its_year(
    store: Store, add: Add
) -> None:
    add()
    close(store)
    forms = AnnualForms(store)
    for year, who in ((YEAR, "user:8"), (YEAR - 1, "user:9")):
        forms.save("stavanger", year, {"inquiries": 3}, revision=0, who=who)
    with store.write() as db:  # what a form must have to be sent in is another matter
        sent_in = "UPDATE annual_forms SET status = 'submitted', submitted_at = ?"
        db.conn.execute(sent_in, ["2026-02-01T12:00:00+00:00"])
    found = corrected(store)["centres_per_year/2025/forms_submitted@1"]
    assert found[:4] == (0, 1, "open", "Changed in the register: annual form.")
    assert found[5] == "user:8"


def test_closing_again_accepts_with_a_reason_and_keeps_the_old_version(
    store: Store, add: Add
) -> None:
    inquiry = add()
    close(store)
    change(store, inquiry, municipality="1108")
    assert close(store, reason="Feil kommune hos Stavanger.") == 2
    found = corrected(store)
    accepted = found["inquiries_by_municipality/2025/1103/inquiries@1"]
    assert accepted[:4] == (1, None, "accepted", "Feil kommune hos Stavanger.")
    assert accepted[5] == "user:1"
    assert {row[2] for row in found.values()} == {"accepted"}
    add("1108")
    again = corrected(store)
    assert again["inquiries_by_municipality/2025/1108/inquiries@2"][:3] == (1, 2, "open")
    assert again["inquiries_by_municipality/2025/1108/inquiries@1"][:3] == (None, 1, "accepted")
    assert [(each.version, each.reason) for each in closing.versions(store)] == [
        (1, ""),
        (2, "Feil kommune hos Stavanger."),
    ]


def test_a_reason_is_masked(store: Store, add: Add) -> None:
    add()
    close(store, reason="Etter telefon fra 912 34 567")
    assert "912" not in closing.versions(store)[0].reason


@pytest.mark.parametrize("year", [2026, 2027])
def test_a_year_that_is_not_over_cannot_be_closed(store: Store, year: int) -> None:
    with pytest.raises(Failure, match=f"{year} is not over"):
        close(store, year)
    assert closing.versions(store) == []


def test_closing_again_needs_a_change_and_a_reason(store: Store, add: Add) -> None:
    add()
    close(store)
    with pytest.raises(Failure, match="nothing has changed since version 1"):
        close(store, reason="Igjen")
    add()
    with pytest.raises(Failure, match="write why"):
        close(store, reason=" ")
    assert len(closing.versions(store)) == 1


@pytest.mark.parametrize("year", [-5, 0, 1999, 2013])
def test_a_year_before_the_scheme_cannot_be_closed(store: Store, add: Add, year: int) -> None:
    add()
    with pytest.raises(Failure, match=f"^{year} cannot be closed: .* began in 2014.$"):
        close(store, year)
    assert closing.versions(store) == []


@pytest.mark.parametrize("year", [2015, 2024])
def test_a_year_with_nothing_recorded_cannot_be_closed(store: Store, add: Add, year: int) -> None:
    inquiry = add(year=year)
    with store.write() as db:
        db.conn.execute("UPDATE inquiries SET deleted_at = received_at WHERE id = ?", [inquiry])
    add(year=year - 1)
    AnnualForms(store).save("modum", year, {"inquiries": 3}, revision=0, who="user:1")  # a draft
    with pytest.raises(Failure, match=f"nothing for {year}"):
        close(store, year)
    Visits(store).add(
        NewVisit(on_date=date(year, 12, 31), centre="modum", people=1, came_from="t:1"), "user:8"
    )
    assert close(store, year) == 1


def test_a_closed_year_that_was_emptied_since_can_be_closed_again(store: Store, add: Add) -> None:
    add()
    close(store)
    with store.write() as db:
        db.conn.execute("UPDATE inquiries SET deleted_at = received_at")
    assert close(store, reason="Prøvedata er slettet.") == 2


def test_a_register_that_does_not_stand_still_is_not_closed(store: Store, add: Add) -> None:
    add()

    def restless(scope: Scope) -> Mapping[str, Table]:
        add()
        return live(store, scope)

    with pytest.raises(Failure, match="try again"):
        closing.close(
            store, YEAR, who="cli", reason="", tables_of=restless, rules=RULES, today=TODAY
        )
    assert closing.versions(store) == []


def test_inquiries_of_another_year_may_come_meanwhile(store: Store, add: Add) -> None:
    add()

    def busy(scope: Scope) -> Mapping[str, Table]:
        add(year=2026)
        return live(store, scope)

    closing.close(store, YEAR, who="cli", reason="", tables_of=busy, rules=RULES, today=TODAY)
    assert len(closing.versions(store, YEAR)) == 1


def test_what_was_closed_cannot_be_changed(store: Store, add: Add) -> None:
    add()
    close(store)
    for statement in ("UPDATE closed_years SET tables = '{}'", "DELETE FROM closed_years"):
        with pytest.raises(sqlite3.IntegrityError, match="closed cannot be"), store.write() as db:
            db.conn.execute(statement)


def test_small_numbers_of_a_closed_year_are_hidden_by_what_was_closed(
    store: Store, add: Add
) -> None:
    for municipality, times in (("1103", 9), ("1108", 8), ("1120", 2), ("1121", 6)):
        for _ in range(times):
            add(municipality)
    close(store)
    add("1120")
    scope = Scope(YEAR, YEAR)
    shown = closing.with_closed(store, live(store, scope), scope)
    frozen = closing.frozen_counts(store, YEAR)
    assert frozen is not None
    with Snapshot(store, scope) as snapshot:
        now = finest(snapshot)
    right = hide(shown, scope, {**now, YEAR: frozen})["inquiries_by_municipality"]
    assert {row[1]: row[-1] for row in right.rows} == {
        "1103": 9, "1108": 8, "1120": HIDDEN, "1121": HIDDEN,
    }  # fmt: skip
    # With counts of another moment nothing can be said: then nothing is shown.
    assert hide(shown, scope, now)["inquiries_by_municipality"].rows == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_a_sentence_in_every_language(
    store: Store, add: Add, language: Language
) -> None:
    inquiry = add()
    close(store)
    change(store, inquiry, municipality="1108", channel="email", status="resolved")
    scope = Scope(YEAR, YEAR, shown_from=0)
    rows = closing.corrections(store, scope, live(store, scope), rules="2027.1", language=language)
    assert rows
    for row in rows:
        assert str(row[6]).endswith(".") and "2027.1" in str(row[6])
