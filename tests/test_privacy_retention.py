"""Retention: what is old enough goes, by rule and month; the rows stay and are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from privacy_world import ASKED, KARI, KEY, ODD, OLA, World, ask, filled, pseudonym
from review_site import opened_site, text_of

from bot.cli.main import main
from bot.slack.posts import Place, Posts
from bot.slack.threads import Threads
from knowledge.demonstration import DemoSize, demo_data
from knowledge.personal_data import Holds, PrivacyLog, Retention, apply_retention, due
from knowledge.personal_data.retention import kept_back
from knowledge.personal_data.rules import months_before
from knowledge.register import Inquiries, People
from knowledge.register.approvals import Approvals
from knowledge.register.filters import Filter
from knowledge.register.queue import Queue
from knowledge.register.users import Users
from knowledge.register.visits import NewVisit, Visits
from knowledge.settings import Settings
from knowledge.statistics.report import report
from knowledge.statistics.scope import Scope
from knowledge.store import Store

RULES = Retention()
DAY = timedelta(days=1)
AFTER = datetime(2028, 3, 2, 9, 0, tzinfo=UTC)
"""Two years and a day after `ASKED`."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = filled(tmp_path / "home")
    yield made
    made.store.close()


def apply(
    world: World, now: datetime, rules: Retention = RULES, batch: int = 500
) -> dict[str, int]:
    return dict(apply_retention(world.store, rules, who="daily", key=KEY, now=now, batch=batch))


def rules_due(world: World, now: datetime) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in due(world.store, RULES, now):
        found[one.rule] += one.rows
    return found


@given(
    st.datetimes(datetime(1, 1, 1) + timedelta(days=80_000), datetime(2200, 1, 1)),
    st.integers(0, 1200),
)
def test_months_are_counted_by_the_calendar(now: datetime, months: int) -> None:
    before = months_before(now, months)
    assert (now.year - before.year) * 12 + now.month - before.month == months
    assert before.day == now.day or (before + DAY).day == 1
    assert before.time() == now.time()


def test_the_last_of_february_is_meant_where_the_month_is_shorter() -> None:
    assert months_before(datetime(2026, 8, 31), 6) == datetime(2026, 2, 28)
    assert months_before(datetime(2026, 1, 15), 24) == datetime(2024, 1, 15)


def test_the_settings_are_the_defaults_and_nothing_is_a_rule_without_end() -> None:
    assert Retention.of(Settings()) == RULES


@pytest.mark.parametrize(("when", "texts"), [(AFTER - 2 * DAY, 0), (AFTER, 3)])
def test_texts_go_after_two_years_and_not_a_day_before(
    world: World, when: datetime, texts: int
) -> None:
    assert rules_due(world, when)["texts"] == texts
    assert apply(world, when).get("texts", 0) == texts


def test_what_is_gone_is_nowhere_on_the_disk_but_in_what_is_kept_on_purpose(world: World) -> None:
    approvals = Approvals(world.store)
    standing = approvals.of(world.theirs[0])
    assert standing is not None
    taken = apply(world, AFTER)
    assert set(taken) == {"texts", "slack", "sign_ins"}
    texts = world.all("SELECT question, thread, note, asker, came_from FROM inquiries")
    assert set(texts) == {("", "[]", "", None, f"forgotten:{n}") for n in (1, 2, 3)}
    assert world.one("SELECT count(*) FROM inquiry_answers WHERE text <> ''") == 0
    assert world.one("SELECT count(*) FROM handovers WHERE note <> ''") == 0
    assert world.one("SELECT count(*) FROM inquiry_feedback WHERE comment IS NOT NULL") == 0
    assert world.one("SELECT count(*) FROM inquiry_topics WHERE reason <> ''") == 0
    assert world.one("SELECT count(*) FROM changes WHERE after LIKE ?", f"%{ODD}%") == 0
    found = Queue(world.store).page(Filter(text=ODD), "-received_at", 1)
    assert found.rows == []
    # An approved answer is knowledge: it stays while it stands.
    assert approvals.get(standing.id) == standing
    Users(world.store).remove_view(1, 1)
    assert apply(world, AFTER + timedelta(days=3 * 365))["approvals"] == 1


def test_the_dry_run_lists_what_goes_and_changes_nothing(world: World) -> None:
    before = world.all("SELECT * FROM inquiries")
    listed = rules_due(world, AFTER)
    assert world.all("SELECT * FROM inquiries") == before
    assert {one.month for one in due(world.store, RULES, AFTER) if one.rule == "texts"} == {
        ASKED.strftime("%Y-%m")
    }
    assert apply(world, AFTER) == listed


def test_a_second_run_finds_nothing_and_writes_nothing(world: World) -> None:
    apply(world, AFTER)
    before = (world.store.database.conn.total_changes, len(PrivacyLog(world.store).newest(99)))
    assert apply(world, AFTER) == {}
    assert due(world.store, RULES, AFTER) == []
    after = (world.store.database.conn.total_changes, len(PrivacyLog(world.store).newest(99)))
    assert after == before


def test_what_is_on_hold_stays_and_is_told(world: World) -> None:
    first = world.theirs[0]
    Holds(world.store).hold(first, "sak 1/26", "cli:test")
    assert kept_back(world.store, RULES, AFTER) == 1
    assert apply(world, AFTER)["texts"] == 2
    kept = Inquiries(world.store).get(first)
    assert kept is not None and ODD in kept.question and kept.asker == pseudonym(KARI)
    assert Threads(world.store).place(first) is not None
    Holds(world.store).release(first, "cli:test")
    assert apply(world, AFTER)["texts"] == 1


@pytest.mark.parametrize("rules", [Retention(0, 0, 0), Retention(0, 365, 24), Retention(24, 0, 0)])
def test_nought_is_for_ever(world: World, rules: Retention) -> None:
    taken = apply(world, AFTER, rules)
    assert ("texts" in taken) == bool(rules.months)
    assert ("slack" in taken) == bool(rules.slack_days)
    assert "users" not in taken


def test_a_batch_that_breaks_leaves_whole_rows_and_the_next_run_takes_the_rest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        ask(world.store, KARI, f"{ODD} nummer {number}", f"7.{number}")
    real, calls = PrivacyLog.record, []

    def broken(self: PrivacyLog, act: str, **rest: object) -> None:
        calls.append(act)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(self, act, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(PrivacyLog, "record", broken)
    with pytest.raises(KeyboardInterrupt):
        apply(world, AFTER, batch=3)
    monkeypatch.undo()
    left = world.one("SELECT count(*) FROM inquiries WHERE question <> ''")
    assert left == 4
    assert world.one("SELECT count(*) FROM inquiries WHERE question <> '' AND asker IS NULL") == 0
    assert apply(world, AFTER, batch=3)["texts"] == 4
    logged = [e.detail for e in PrivacyLog(world.store).newest(99) if e.act == "retention"]
    assert sum(int(str(d["rows"])) for d in logged if d["rule"] == "texts") == 10
    assert all(d["first"] == d["last"] == "2026-03" for d in logged if d["rule"] == "texts")


def test_what_was_opened_and_answered_late_goes_with_its_inquiry_all_the_same(world: World) -> None:
    apply(world, AFTER)
    with world.store.write() as db:
        db.conn.execute("UPDATE inquiry_answers SET text = 'sent svar' WHERE id = 1")
    assert apply(world, AFTER) == {"texts": 1}


def test_the_place_in_slack_is_kept_while_the_inquiry_is_open(world: World) -> None:
    first, second = world.theirs
    year = ASKED + timedelta(days=366)
    assert rules_due(world, year)["slack"] == 1  # only Ola's was answered
    for number in (first, second):
        Inquiries(world.store).resolve(number)
    assert rules_due(world, year)["slack"] == 1  # resolved today, not a year ago
    with world.store.write() as db:
        db.conn.execute("UPDATE handovers SET closed_at = ?", [ASKED.isoformat()])
        db.conn.execute("UPDATE inquiries SET resolved_at = ?", [ASKED.isoformat()])
        db.conn.execute("UPDATE inquiry_answers SET at = ?", [ASKED.isoformat()])
        db.conn.execute("UPDATE inquiries SET first_reply_at = NULL")
    assert apply(world, year, Retention(0, 365, 0))["slack"] == 3
    assert world.one("SELECT count(*) FROM slack_threads") == 0
    assert world.all("SELECT DISTINCT channel, ts FROM slack_posts") == [("", None)]
    assert Posts(world.store).waiting() == []
    assert not Posts(world.store).put(f"answer:{first}", Place("T1", "C1"), None)


def test_the_place_of_what_is_open_still_goes_with_its_text(world: World) -> None:
    first, second = world.theirs
    apply(world, AFTER, Retention(0, 365, 0))
    assert world.all("SELECT inquiry FROM slack_threads ORDER BY inquiry") == [(first,), (second,)]
    apply(world, AFTER)
    assert world.all("SELECT * FROM slack_threads") == []
    assert world.all("SELECT DISTINCT channel, ts FROM slack_posts") == [("", None)]
    assert apply(world, AFTER) == {}


def test_a_year_after_it_was_done_with_nothing_tells_where_in_slack_it_was(world: World) -> None:
    first, second = world.theirs
    # As where the button «spør sentralen» was pressed: no place, and found again by who asked.
    press = f"slack:T1:press:{first}:{pseudonym(KARI)}"
    with world.store.write() as db:
        db.conn.execute("UPDATE handovers SET closed_at = ?", [ASKED.isoformat()])
        db.conn.execute(
            "UPDATE inquiries SET status = 'resolved', resolved_at = ?1, first_reply_at = ?1",
            [ASKED.isoformat()],
        )
        db.conn.execute("UPDATE inquiry_answers SET at = ?", [ASKED.isoformat()])
        db.conn.execute("UPDATE inquiries SET came_from = ? WHERE id = ?", [press, second])
        # A place is forgotten also where there is nothing else of Slack's any more.
        db.conn.execute("DELETE FROM slack_threads")
        db.conn.execute("DELETE FROM slack_posts")
    assert rules_due(world, ASKED + timedelta(days=364))["slack"] == 0
    year = ASKED + timedelta(days=366)
    assert rules_due(world, year)["slack"] == 2
    assert apply(world, year)["slack"] == 2
    assert world.all("SELECT came_from, question <> '', asker FROM inquiries ORDER BY id") == [
        (f"forgotten:{first}", 1, pseudonym(KARI)),
        (press, 1, pseudonym(KARI)),
        (f"forgotten:{world.other}", 1, pseudonym(OLA)),
    ]
    answers = world.all("SELECT came_from, id, text FROM inquiry_answers")
    assert len(answers) == 2
    assert all(origin == f"forgotten:{number}" and text for origin, number, text in answers)
    assert world.one("SELECT instr(came_from, 'D1') FROM inquiries WHERE id = ?", first) == 0
    assert apply(world, year) == {}


def test_what_is_remembered_of_somebody_goes_when_they_have_not_asked_for_so_long(
    world: World,
) -> None:
    with world.store.write() as db:
        db.conn.execute("UPDATE people SET changed_at = ?", [ASKED.isoformat()])
    People(world.store).change("u" + "0" * 32, centre="trondelag")
    with world.store.write() as db:
        db.conn.execute("UPDATE people SET changed_at = ?", [ASKED.isoformat()])
    ask(world.store, KARI, "Hei igjen", "6.6", at=AFTER - DAY)
    apply(world, AFTER)
    left = {who for (who,) in world.all("SELECT who FROM people")}
    assert left == {pseudonym(KARI), "u" + "0" * 32}


def test_users_go_when_they_were_not_seen_for_so_long_but_not_who_administers(world: World) -> None:
    later = datetime.now(UTC) + timedelta(days=800)
    assert apply(world, later)["users"] == 1
    users = {user.id: user for user in Users(world.store).all()}
    assert users[1].name == "user:1" and users[2].is_admin and users[2].name == "Administrator"
    assert world.one("SELECT count(*) FROM saved_views") == 0


def test_notes_on_visits_go_and_the_visit_is_counted(world: World) -> None:
    visits = Visits(world.store)
    number, _ = visits.add(
        NewVisit(on_date=ASKED.date(), centre="verdal", people=3, theme="Fallforebygging",
                 note=f"Med {ODD}", came_from="web:1"), "user:1",
    )  # fmt: skip
    assert apply(world, AFTER)["visit_notes"] == 1
    kept = visits.get(number)
    assert kept is not None and (kept.note, kept.theme, kept.people) == ("", "Fallforebygging", 3)


def test_a_report_of_an_old_year_is_the_same_before_and_after(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        demo_data(store, DemoSize(2023, 2023, inquiries=300, visits=20, seed=3))
        scope = Scope(2023, 2023)
        before = report(store, scope, made_by="t", language="nb")
        taken = apply_retention(store, RULES, who="daily", now=datetime(2027, 1, 1, tzinfo=UTC))
        assert taken["texts"] == 300
        after = report(store, scope, made_by="t", language="nb")
    assert after.tables == before.tables


def test_the_command_lists_by_month_and_then_does_it(world: World) -> None:
    with world.store.write() as db:
        db.conn.execute("UPDATE inquiries SET received_at = '2020-05-05T10:00:00+00:00'")
    environment = {
        "FRISKSVAR_HOME": str(world.path.parent),
        "FRISKSVAR_SECRET": KEY.decode(),
        "COLUMNS": "120",
    }

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(
            main, ["--lang", "en", "privacy", "retention", *arguments], env=environment
        )
        assert done.exit_code == 0, done.output
        return done.output

    told = run("--dry-run")
    assert "2020-05" in told and "text and asker" in told and "Kept: approved answers" in told
    assert "3 rows by the rule" in run()
    assert "Nothing is old enough" in run()


def test_the_page_of_an_old_inquiry_says_why_there_is_no_text(tmp_path: Path) -> None:
    with opened_site(tmp_path) as pages:
        store = pages.site.store
        number = ask(store, KARI, "Får vi tilskudd?", "1.1")
        browser = pages.signed_in("admin")
        shown = text_of(browser.get(f"/inquiry/{number}"))
        assert "Får vi tilskudd?" in shown and "henvendelsen er gammel" not in shown
        apply_retention(store, RULES, who="daily", now=AFTER)
        shown = text_of(browser.get(f"/inquiry/{number}"))
        assert "Får vi tilskudd?" not in shown and "henvendelsen er gammel" in shown
