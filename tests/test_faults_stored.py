"""A damaged page, a damaged index, a lock: what is stored is told of, and mended by one command."""

from __future__ import annotations

import random
import shutil
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from backup_desk import backup
from faults_desk import QUESTION, frisksvar
from tests_support import Home

from bot.answering.answer import Answerer
from bot.answering.question import Question
from indexer.generations.generation import current_folder
from indexer.generations.manifest import IndexUnusable
from indexer.index import Index
from knowledge.backups.manifest import backups_in
from knowledge.register import Inquiries
from knowledge.settings import Settings
from knowledge.store import Store
from knowledge.store.copying import check_database

pytest_plugins = ("faults_desk",)


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
    assert told and all("frisksvar restore latest" in line for line in told), doctor.stdout
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
