"""A full disk, and one that can only be read: one sentence; mended, the same command does it."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from bot_process import BotProcess
from faults_desk import PATIENT, QUESTION, frisksvar, sentences
from slack_town import REFERRING, environment, town
from tests_support import Home

from bot.logs import described
from bot.slack import ids
from indexer.index import Index
from knowledge.settings import Settings
from knowledge.store import Store
from knowledge.store.copying import check_database

pytest_plugins = ("faults_desk",)

SKI = "# Ski\n\nSentralen Storebregne går på ski over vidda hver torsdag.\n"
DISK = "40m"
TABLE = "Dato;Spørsmål\n2026-03-01;Hva koster et kurs hos dere?\n"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "frisksvar-test", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mounted, capture_output=True).returncode:
        pytest.skip("a disk can be mounted by root only")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Take the last byte of a disk; remove the file to make room."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    return filler


COMMANDS: Final = {
    "ask": ("ask", QUESTION),
    "add": ("add", "{incoming}/ski.md"),
    "index": ("index",),
    "import": ("register", "import", "{incoming}/table.csv", "--apply"),
    "backup": ("backup", "--to", "{disk}/backups"),
    "report": ("report", "2026", "-o", "{disk}/report.xlsx"),
}


@pytest.fixture
def incoming(tmp_path: Path) -> Path:
    folder = tmp_path / "incoming"
    folder.mkdir()
    (folder / "ski.md").write_text(SKI, encoding="utf-8")
    (folder / "table.csv").write_text(TABLE, encoding="utf-8")
    return folder


def prepared(name: str, disk: Path, soup_home: Path, incoming: Path) -> tuple[Path, list[str]]:
    """A home on the disk in which the command has something to do, and the command."""
    home = disk / "home"
    shutil.copytree(soup_home, home)
    if name == "index":
        assert frisksvar(home, "add", str(incoming / "ski.md")).returncode == 0
    command = [part.format(disk=disk, incoming=incoming) for part in COMMANDS[name]]
    return home, command


def still_whole(home: Path) -> None:
    """Nothing that was in use is gone or half-made."""
    assert check_database(home / "frisksvar.db").rows["inquiries"] >= 1
    opened = Index(Settings(home=home)).open()
    assert opened.searcher.generation.live_passages >= 1


@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk_is_one_sentence_and_room_is_all_it_takes(
    name: str, disk: Path, soup_home: Path, incoming: Path
) -> None:
    home, command = prepared(name, disk, soup_home, incoming)
    filler = fill(disk)
    done = frisksvar(home, *command)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    (told,) = sentences(done)
    assert told.startswith(("Disken er full", "Det trengs")) and "rettigheter" not in told, told
    filler.unlink()
    still_whole(home)
    again = frisksvar(home, *command)
    assert again.returncode == 0, again.stderr
    assert sentences(again) == [] or name in {"import", "backup"}


@pytest.mark.parametrize("sealed", [False, True])
def test_a_backup_elsewhere_names_the_disk_that_is_full(
    sealed: bool, disk: Path, soup_home: Path, tmp_path: Path
) -> None:
    """The register cannot be read, as SQLite makes the index of its log beside it."""
    home = disk / "home"
    shutil.copytree(soup_home, home)
    other = tmp_path / "other"
    more = []
    if sealed:
        more = ["--key-file", str(tmp_path / "age.key")]
        assert frisksvar(home, "backups", "key", more[1]).returncode == 0
    filler = fill(disk)
    done = frisksvar(home, "backup", "--to", str(other), *more)
    assert done.returncode == 1
    (told,) = sentences(done)
    assert "full" in told or told.startswith("Det trengs"), told
    assert str(home) in told and str(other) not in told, told
    filler.unlink()
    assert frisksvar(home, "backup", "--to", str(other), *more).returncode == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_a_disk_that_can_only_be_read_is_one_sentence(
    name: str, disk: Path, soup_home: Path, incoming: Path
) -> None:
    home, command = prepared(name, disk, soup_home, incoming)
    remount = ["mount", "-o", "remount,{}", str(disk)]
    subprocess.run([part.format("ro") for part in remount], check=True)
    try:
        done = frisksvar(home, *command)
    finally:
        subprocess.run([part.format("rw") for part in remount], check=True)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    (told,) = sentences(done)
    assert str(disk) in told and "uventet" not in told, told
    still_whole(home)
    assert frisksvar(home, *command).returncode == 0


def test_on_a_full_disk_the_bot_tells_who_presses_and_answers_when_there_is_room(
    bundled_home: Home, disk: Path, tmp_path: Path
) -> None:
    with town(bundled_home, disk, PATIENT) as here:
        home = here.home
        here.bot = BotProcess(home.settings.home, environment(here.slack), tmp_path / "bot.log")
        here.people.change(here.who(here.kari), centre="stavanger")
        here.start()
        here.ask(here.kari, here.asking, REFERRING)
        here.slack.open_home(here.kari)
        here.wait(lambda: here.slack.home(here.kari))
        page = here.slack.home(here.kari)
        assert page is not None and "Stavanger" in here.slack.shown(page)
        with closing(sqlite3.connect(home.settings.database)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # no room in the log either
        filler = fill(disk)
        assert here.slack.press(here.kari, page, ids.NOT_HERE).ok
        (modal,) = here.slack.wait_for(lambda: here.slack.views(here.kari))
        assert "Prøv igjen om litt" in here.slack.shown(modal)
        asked = here.slack.say(here.kari, here.asking, f"{here.slack.mention} {REFERRING}")
        here.bot.wait_until_said("error=OperationalError")
        assert here.bot.running
        filler.unlink()
        here.answer_to(asked)
        assert here.row(asked).outcome == "answered"
        assert here.slack.press(here.kari, page, ids.NOT_HERE).ok
        here.wait(lambda: here.people.get(here.who(here.kari)).centre is None)
        assert "Traceback" not in here.bot.said


def test_what_is_committed_is_done_though_the_disk_is_too_full_to_empty_the_log(
    disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Store(disk / "a.db") as store:

        def ideas(*rows: tuple[int, str]) -> None:
            with store.write() as db:
                db.conn.executemany(
                    "INSERT OR REPLACE INTO ideas (id, came_from, created_at, title, text, status) "
                    "VALUES (?1, 'web:' || ?1, '2026-03-01T08:00:00.5+00:00', 'Tur', ?2, 'new')",
                    rows,
                )
                if len(rows) > 1:
                    store.settle_after()

        for number in range(100):  # a log with room for more than the database has
            ideas((1, f"{number:06}" * 1000))
        store.database.conn.execute("PRAGMA wal_checkpoint(RESTART)")
        filler = fill(disk)
        ideas(*((number, "x" * 6000) for number in range(2, 40)))
        assert store.database["ideas"].count == 39
        assert [described(one)["event"] for one in caplog.records] == ["log_not_emptied"]
        filler.unlink()
        assert store.settle()
