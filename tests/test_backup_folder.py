"""The folder of backups: a disk that is not there is never taken for an empty one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from backup_desk import frisksvar
from click.testing import Result
from test_doctor import found, ready
from tests_support import Home

from knowledge.backups.errors import BackupError
from knowledge.backups.manifest import backups_in
from knowledge.backups.room import refuse_without_room
from knowledge.store import Store
from knowledge.store.copying import size_told
from knowledge.store.jobs import Jobs

pytest_plugins = ("backup_desk",)

__all__ = ["ready"]  # the fixture


@pytest.fixture
def disk(filled: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the settings, with a backup in it."""
    folder = tmp_path / "disk" / "backups"
    folder.parent.mkdir()
    monkeypatch.setenv("FRISKSVAR_BACKUP_FOLDER", str(folder))
    assert daily(filled).exit_code == 0
    assert len(backups_in(folder)) == 1
    return folder


def daily(home: Home) -> Result:
    return frisksvar(home.settings.home, "daily")


def unmounted(folder: Path) -> None:
    shutil.rmtree(folder)


def mounted_empty(folder: Path) -> None:
    for each in backups_in(folder):
        shutil.rmtree(each.path)


@pytest.mark.parametrize("gone", [unmounted, mounted_empty])
@pytest.mark.parametrize("command", ["daily", "backup"])
def test_where_all_are_gone_none_is_made_and_it_is_told(
    command: str, gone: object, filled: Home, disk: Path
) -> None:
    assert callable(gone)
    gone(disk)
    there = disk.exists()
    done = frisksvar(filled.settings.home, command)
    assert done.exit_code == 1
    told = "er tatt sikkerhetskopier i"
    assert (
        told in done.stderr and str(disk) in done.stderr and "disken er koblet til" in done.stderr
    )
    assert disk.exists() == there and backups_in(disk) == [], "nothing was made"
    with Store(filled.settings.database) as store:
        last = Jobs(store).last("backup")
        assert last is not None and not last.ok, "and so the alert fires"
    if command == "daily":
        assert "Lagringstid" in done.stdout, "the rest was done"


def test_a_disk_that_comes_back_is_used_again(filled: Home, disk: Path) -> None:
    aside = disk.rename(disk.with_name("elsewhere"))
    assert daily(filled).exit_code == 1
    aside.rename(disk)
    (before,) = backups_in(disk)
    assert daily(filled).exit_code == 0
    assert backups_in(disk)[0].name > before.name


def test_somebody_who_names_the_folder_begins_anew(filled: Home, disk: Path) -> None:
    unmounted(disk)
    assert frisksvar(filled.settings.home, "backup", "--to", str(disk)).exit_code == 0
    assert daily(filled).exit_code == 0
    assert len(backups_in(disk)) == 1, "one of a day"


def test_another_folder_needs_no_backups_yet(
    filled: Home, disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRISKSVAR_BACKUP_FOLDER", str(tmp_path / "new"))
    assert daily(filled).exit_code == 0
    assert len(backups_in(tmp_path / "new")) == 1


def test_a_folder_in_one_that_is_not_there_is_made_only_when_it_is_named(
    filled: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = tmp_path / "nope" / "x"
    monkeypatch.setenv("FRISKSVAR_BACKUP_FOLDER", str(far))
    done = daily(filled)
    assert done.exit_code == 1 and "ligger i en mappe som ikke finnes" in done.stderr
    assert not far.parent.exists()
    assert frisksvar(filled.settings.home, "backup", "--to", str(far)).exit_code == 0


def test_doctor_names_no_command_that_would_hide_it(
    ready: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ready.settings.home / "backups"
    with Store(ready.settings.database) as store:
        assert Jobs(store).last("backup", ok=True) is not None
    shutil.rmtree(folder)
    (told,) = found()["backup"]
    assert (told["state"], told["run"]) == ("bad", None)
    assert str(folder) in told["text"] and "disken er koblet til" in told["text"]
    frisksvar(ready.settings.home, "daily")
    assert [each["state"] for each in found()["backup"]] == ["bad"], "still"
    elsewhere = ready.settings.home / "other"
    monkeypatch.setenv("FRISKSVAR_BACKUP_FOLDER", str(elsewhere))
    told = found()["backup"][-1]
    assert (told["state"], told["run"]) == ("warn", "frisksvar backup")
    assert str(folder) in told["text"] and str(elsewhere) in told["text"]


@pytest.mark.parametrize(
    ("count", "needed", "told"),
    [
        (417_792, True, "418 kB"),
        (300_100, False, "300 kB"),
        (0, False, "0 kB"),
        (2_300_000, True, "3 MB"),
        (2_200_000, False, "2 MB"),
    ],
)
def test_what_is_needed_never_looks_like_what_there_is(count: int, needed: bool, told: str) -> None:
    assert size_told(count, needed=needed) == told


def test_too_little_room_is_told_in_kilobytes_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledge.backups.room.room_in", lambda _: 300_000)
    with pytest.raises(BackupError) as raised:
        refuse_without_room(tmp_path, 400_000)
    told = raised.value.sentence("nb")
    assert "Det trengs 400 kB" in told and "bare 300 kB" in told


def test_zeros_alone_are_told_as_such(filled: Home) -> None:
    done = frisksvar(filled.settings.home, "backup", "--keep", "0,0,0")
    assert done.exit_code == 2 and "bare nuller" in done.stderr and "tre tall," not in done.stderr
