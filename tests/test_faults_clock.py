"""A clock that goes back loses nothing, holds nothing up, and is told of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from backup_desk import MORNING, backup, restore
from faults_desk import frisksvar
from tests_support import Home

from bot.slack.posts import Place, Posts
from knowledge.backups.manifest import backups_in
from knowledge.register import Inquiries, NewInquiry
from knowledge.store.jobs import Jobs


def test_the_clock_going_back_loses_no_backup_and_no_row(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    moments = [MORNING, MORNING - timedelta(hours=2), MORNING - timedelta(days=40), MORNING]
    inquiries = Inquiries(home.store)
    for number, now in enumerate(moments, start=1):
        inquiries.receive(
            NewInquiry(came_from=f"cli:{number}", received_at=now, channel="cli", question="Hva?")
        )
        made = backup(home, folder, now=now)
        there = {one.name for one in backups_in(folder)}
        assert made.backup.name in there, "what was just made is never the one to go"
        assert made.backup.whole().rows["inquiries"] == number
    assert [inquiry.id for inquiry in inquiries.newest()] == [4, 3, 2, 1]
    newest = max(backups_in(folder), key=lambda one: one.manifest().rows["inquiries"])
    home.store.close()
    assert restore(home.settings, newest).inquiries == 4


def test_what_waits_for_slack_is_not_kept_waiting_by_a_clock_that_went_back(home: Home) -> None:
    posts = Posts(home.store)
    for key in ("answer:1", "answer:2"):
        posts.put(key, Place("T1", "C1"), None)
    posts.later("answer:2", "unreachable", timedelta(seconds=59))
    assert posts.waiting() == ["answer:1"]
    ahead = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    with home.store.write() as db:
        db.conn.execute("UPDATE slack_posts SET next_try_at = ?", [ahead])
    assert posts.waiting() == ["answer:1", "answer:2"]


def test_a_clock_behind_the_register_is_told_with_what_to_do(home: Home) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    Inquiries(home.store).receive(
        NewInquiry(came_from="cli:1", received_at=ahead, channel="cli", question="Hva?")
    )
    Jobs(home.store).record("backup", ok=True, detail={})
    home.store.close()
    doctor = frisksvar(home.settings.home, "doctor")
    (told,) = [line for line in doctor.stdout.splitlines() if "still klokken" in line]
    assert doctor.returncode == 1 and "timedatectl" in doctor.stdout and told
