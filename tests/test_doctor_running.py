"""`frisksvar doctor` on what should have run and what is damaged: the night's work, the disks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from backup_desk import backup, frisksvar
from test_doctor import found, one, ready
from tests_support import Home

from bot.doctor.finding import Finding, Installation
from bot.doctor.running import _same_disk, daily
from knowledge.messages import LANGUAGES, Message
from knowledge.store.jobs import Jobs

__all__ = ["ready"]  # the fixture


def looked(home: Home, now: datetime) -> Iterator[Finding]:
    place = Installation(home.settings, now=now)
    yield from daily(place)
    place.close()


def sentence(finding: Finding) -> str:
    assert isinstance(finding.text, Message)
    return finding.text.sentence("nb")


def test_the_night_s_work_is_told_with_what_failed(ready: Home) -> None:
    jobs, now = Jobs(ready.store), datetime.now(UTC)
    (well,) = looked(ready, now + timedelta(hours=5))
    assert well.state == "ok" and "5 h" in sentence(well)
    (old,) = looked(ready, now + timedelta(days=3))
    assert (old.state, old.run) == ("warn", "frisksvar daily") and "3 d" in sentence(old)
    jobs.record("daily", ok=False, detail={"failed": ["backup", "sources", "of_later"]})
    (failed,) = looked(ready, now)
    assert (failed.state, failed.run) == ("warn", "frisksvar daily")
    assert "Sikkerhetskopi, Kilder, of_later" in sentence(failed)
    assert "Backup, Sources, of_later" in failed.text.sentence("en")  # type: ignore[union-attr]
    assert len(list(looked(ready, now + timedelta(days=3)))) == 2, "old, and failed"


def test_work_that_was_never_done_is_told_when_it_should_have_been(ready: Home) -> None:
    with ready.store.write() as db:
        db.execute("DELETE FROM jobs WHERE name = 'daily'")
    (new,) = looked(ready, datetime.now(UTC))
    assert new.state == "ok" and "frisksvar daily" in sentence(new)
    (late,) = looked(ready, datetime.now(UTC) + timedelta(days=3))
    assert (late.state, late.run) == ("warn", "frisksvar daily") and "aldri" in sentence(late)


def test_backups_beside_the_register_are_no_more_than_a_warning(
    ready: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.doctor.running._same_disk", _same_disk)
    state, text, command = one("backup")
    assert (state, command) == ("warn", None) and "på samme disk som registeret" in text


def test_a_backup_dated_in_the_future_hides_no_old_one(ready: Home) -> None:
    folder = ready.settings.home / "backups"
    last = datetime.now(UTC) - timedelta(days=5)
    for path in folder.iterdir():
        shutil.rmtree(path)
    backup(ready, folder, now=datetime.now(UTC) + timedelta(days=700))
    name = backup(ready, folder, now=last).backup.name
    findings = [each for each in found()["backup"] if each["state"] != "ok"]
    assert [each["state"] for each in findings] == ["warn", "warn"]
    assert "som ikke har vært ennå" in findings[0]["text"] and name in findings[1]["text"]


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs a second disk: /dev/shm")
def test_backups_on_another_disk_are_well(
    ready: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if Path("/dev/shm").stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("/dev/shm is the same disk")
    monkeypatch.setattr("bot.doctor.running._same_disk", _same_disk)
    folder = Path(f"/dev/shm/frisksvar-test-{os.getpid()}")
    monkeypatch.setenv("FRISKSVAR_BACKUP_FOLDER", str(folder))
    try:
        backup(ready, folder, now=datetime.now(UTC))
        assert one("backup")[0] == "ok"
    finally:
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        folder.rmdir()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_damaged_database_is_told_with_the_command_that_mends_it(
    ready: Home, language: str
) -> None:
    path = ready.settings.database
    ready.store.close()
    with path.open("r+b") as file:
        file.seek(5 * 4096)
        file.write(b"\xff" * 4096 * 6)
    state, text, command = one("database")
    assert (state, command) == ("bad", "frisksvar restore latest")
    assert "frisksvar restore latest" in text
    told = frisksvar(ready.settings.home, "--lang", language, "inquiries", "list")
    assert told.exit_code == 1 and "frisksvar restore latest" in told.stderr
    restored = frisksvar(ready.settings.home, "restore", "latest", "--yes")
    assert restored.exit_code == 0, restored.stderr
    assert one("database")[0] == "ok"
