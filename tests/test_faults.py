"""What a machine does to a service: each fault is one sentence, and passes by itself or by the one
command that the sentence names.

A bad question, file or model is in test_bad_input, a backup that cannot be made in test_backups.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from backup_desk import MORNING, backup, restore
from bot_process import BotProcess
from slack_desk import office
from slack_server import Timing
from slack_town import REFERRING, environment, town
from tests_support import Home

from bot.answering.answer import Answerer
from bot.answering.question import Question
from bot.slack import ids
from bot.slack.blocks.pieces import notice
from bot.slack.posts import Place, Posts
from indexer.generations.generation import current_folder
from indexer.generations.manifest import IndexUnusable
from indexer.index import Index
from knowledge.backups.manifest import backups_in
from knowledge.register import Inquiries, NewInquiry
from knowledge.settings import Settings
from knowledge.store import Store
from knowledge.store.copying import check_database
from knowledge.store.jobs import Jobs

PROGRAM: Final = (sys.executable, "-c", "from bot.cli import main; main()")
SOUP = "# Suppe\n\nSentralen Vesleblom serverer suppe med kikerter hver tirsdag.\n"
SKI = "# Ski\n\nSentralen Storebregne går på ski over vidda hver torsdag.\n"
QUESTION = "Når serverer Vesleblom suppe med kikerter?"
DISK = "40m"
PATIENT = Timing(retry_after_s=(0.1, *[1.0] * 60))
"""Slack waits three seconds for an ack, and sends what it did not take again and again."""

TABLE = "Dato;Spørsmål\n2026-03-01;Hva koster et kurs hos dere?\n"


def frisksvar(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as its own process, which lets go of the disk when it ends."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "FRISKSVAR_HOME": str(home), "COLUMNS": "300"},
        timeout=60,
    )


def sentences(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What was told, without progress bars and the request to index."""
    told = [line for line in done.stderr.splitlines() if line.strip() and " 0:00:" not in line]
    return [line for line in told if "frisksvar index" not in line]


@pytest.fixture(scope="module")
def soup_home(bundled_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small library, indexed, in which a question was asked."""
    folder = tmp_path_factory.mktemp("soup")
    bundled_home.store.close()
    shutil.copytree(bundled_home.settings.home, folder / "home")
    shutil.rmtree(folder / "home" / "library")
    home = Home(folder / "home")
    (folder / "soup.md").write_text(SOUP, encoding="utf-8")
    home.add(folder / "soup.md")
    index = home.build()
    Answerer(index, Inquiries(home.store)).answer(Question(QUESTION))
    home.store.close()
    return folder / "home"


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
    assert "plass" in told, told
    filler.unlink()
    still_whole(home)
    again = frisksvar(home, *command)
    assert again.returncode == 0, again.stderr
    assert sentences(again) == [] or name in {"import", "backup"}


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


# ---- the database and the index


@pytest.mark.parametrize("seed", range(3))
def test_a_corrupt_page_is_told_by_doctor_and_a_backup_mends_it(
    seed: int, soup_home: Path, tmp_path: Path
) -> None:
    shutil.copytree(soup_home, tmp_path / "home")
    home = Home(tmp_path / "home")
    answerer = Answerer(Index(home.settings), Inquiries(home.store))
    for number in range(20):
        answerer.answer(Question(f"{QUESTION} ({number})"))
    rows = home.store.database["inquiries"].count
    home.store.close()
    folder = tmp_path / "backups"
    backup(home, folder)
    path, chance = home.settings.database, random.Random(seed)
    with closing(sqlite3.connect(path)) as database:
        (size,) = database.execute("PRAGMA page_size").fetchone()
        roots = [
            root
            for (root,) in database.execute(
                "SELECT rootpage FROM sqlite_master WHERE name IN "
                "('inquiries', 'inquiry_quotes', 'changes', 'documents') ORDER BY rootpage"
            )
        ]
    content = bytearray(path.read_bytes())
    page = chance.choice(roots) - 1
    content[page * size : page * size + 200] = chance.randbytes(200)
    path.write_bytes(content)
    doctor = frisksvar(home.settings.home, "doctor")
    assert doctor.returncode == 1 and "Traceback" not in doctor.stderr
    told = [line for line in doctor.stdout.splitlines() if "kan ikke brukes" in line]
    assert told and all("hent den fra en sikkerhetskopi" in line for line in told), doctor.stdout
    refused = frisksvar(home.settings.home, "backup", "--to", str(folder))
    assert refused.returncode == 1 and "Traceback" not in refused.stderr
    assert len(backups_in(folder)) == 1, "a damaged copy takes no good one's place"
    mended = frisksvar(home.settings.home, "restore", "latest", "--from", str(folder), "--yes")
    assert mended.returncode == 0, mended.stderr
    assert check_database(path).rows["inquiries"] == rows
    assert frisksvar(home.settings.home, "ask", QUESTION).returncode == 0


def test_a_damaged_index_stops_no_bot_that_has_it_and_is_mended_by_a_build(
    soup_home: Path, tmp_path: Path
) -> None:
    shutil.copytree(soup_home, tmp_path / "home")
    home = Home(tmp_path / "home")
    at_work = Index(home.settings)
    chance = random.Random(20261122)
    files = [
        path.relative_to(home.settings.index)
        for path in sorted(current_folder(home.settings.index).rglob("*"))
        if path.is_file()
    ]
    assert len(files) >= 10
    at_work.open()
    for name in files:
        path = home.settings.index / name
        kept = path.read_bytes()
        for damage in ("truncated", "flipped"):
            content = bytearray(kept)
            if damage == "truncated":
                del content[chance.randrange(len(content)) :]
            else:
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            path.unlink()  # a file that is open stays what it was
            path.write_bytes(content)
            with pytest.raises(IndexUnusable) as refused:
                Index(home.settings).open()
            assert "frisksvar index" in refused.value.sentence("nb"), name
            reply = Answerer(at_work, None).answer(Question(QUESTION))
            assert any("kikerter" in quote.text for quote in reply.quotes), name
        path.write_bytes(kept)
    (home.settings.index / files[0]).write_bytes(b"x")
    home.store.close()
    assert frisksvar(home.settings.home, "index").returncode == 0
    assert "kikerter" in frisksvar(home.settings.home, "ask", QUESTION).stdout


def test_a_question_waits_for_a_lock_that_is_let_go(soup_home: Path, tmp_path: Path) -> None:
    shutil.copytree(soup_home, tmp_path / "home")
    settings = Settings(home=tmp_path / "home")
    other = sqlite3.connect(settings.database, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    held = threading.Timer(1.0, lambda: other.execute("ROLLBACK"))
    with closing(other), Store(settings.database) as store:
        held.start()
        begun = time.monotonic()
        reply = Answerer(Index(settings), Inquiries(store)).answer(Question(QUESTION))
        assert time.monotonic() - begun > 0.5, "the lock was there"
        assert reply.inquiry is not None and Inquiries(store).get(reply.inquiry) is not None
        held.join()


# ---- the clock


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


# ---- Slack


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
