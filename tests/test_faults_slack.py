"""Slack that is away, or too late for a modal: nothing is lost, and who asked is told."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from faults_desk import PATIENT
from slack_desk import office
from slack_town import town
from tests_support import Home

from bot.slack import ids
from bot.slack.blocks.pieces import notice
from bot.slack.posts import Place


@pytest.mark.parametrize("fault", ["server_error", "drop_before"])
def test_slack_away_for_an_hour_costs_no_answer(fault: str, home: Home) -> None:
    with office(home, []) as here:
        getattr(here.slack.faults, fault)("chat.postMessage", times=None)
        key, place = "answer:1", Place(here.team, here.asking.id)
        begun = datetime.now(UTC)
        here.desk.posts.put(key, place, notice("slack_welcome", "nb"), inquiry=None)
        passed, tries = timedelta(), 0
        while passed < timedelta(hours=1):
            here.desk.poke(key)
            here.wait(partial(_tried_since, home, tries))
            tries = _tries(home)
            passed += _moved_to_the_next_try(home)
        assert tries > 50, "about once a minute"
        post = here.desk.posts.get(key)
        assert post is not None and post.state == "ready"
        here.slack.faults.clear()
        here.desk.poke(key)
        here.wait(lambda: here.slack.messages(here.asking))
        time.sleep(0.3)  # a second copy would come now
        assert len(here.slack.messages(here.asking)) == 1
        assert datetime.now(UTC) - begun < timedelta(minutes=1)


def test_who_presses_too_long_ago_for_a_modal_gets_a_direct_message(
    bundled_home: Home, tmp_path: Path
) -> None:
    with town(bundled_home, tmp_path, PATIENT) as here:
        here.people.change(here.who(here.kari), centre="stavanger")
        here.start()
        here.slack.open_home(here.kari)
        page = here.slack.wait_for(lambda: here.slack.home(here.kari))
        assert page is not None
        with here.home.store.write() as db:
            db.conn.execute(
                "CREATE TRIGGER full BEFORE UPDATE ON people BEGIN SELECT RAISE(ABORT, ''); END"
            )
        here.slack.faults.error("views.open", "expired_trigger_id", times=1)
        assert here.slack.press(here.kari, page, ids.NOT_HERE).ok
        direct = here.slack.dm(here.kari)
        (told,) = here.slack.wait_for(lambda: here.slack.messages(direct))
        assert "Prøv igjen om litt" in here.slack.shown(told)


def _tried_since(home: Home, tries: int) -> bool:
    return _tries(home) > tries


def _tries(home: Home) -> int:
    row = home.store.database.execute("SELECT tries FROM slack_posts").fetchone()
    return int(row[0])


def _moved_to_the_next_try(home: Home) -> timedelta:
    """Let the time pass that the message would have waited."""
    (at,) = home.store.database.execute("SELECT next_try_at FROM slack_posts").fetchone()
    waited = datetime.fromisoformat(at) - datetime.now(UTC)
    with home.store.write() as db:
        now = datetime.now(UTC).isoformat()
        db.conn.execute("UPDATE slack_posts SET next_try_at = ?", [now])
    return max(waited, timedelta())
