"""The way back: a backup in the place of the register, and the index made again."""

from __future__ import annotations

import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree

import pytest
from backup_desk import (
    DOCUMENT,
    MORNING,
    PSEUDONYM_KEY,
    SECRET_WORD,
    asked,
    backup,
    frisksvar,
    receive,
    restore,
)
from filelock import FileLock
from tests_support import Home

from bot.answering.answer import Answerer
from bot.answering.question import Question
from indexer.index import Index
from knowledge.backups.documents import unpack
from knowledge.backups.errors import BackupError
from knowledge.backups.preparing import find
from knowledge.backups.sealing import Keys
from knowledge.personal_data import forget
from knowledge.personal_data.person import Person
from knowledge.settings import Settings
from knowledge.store import Store
from knowledge.store.copying import check_database, connect, known_migrations
from knowledge.store.jobs import Jobs

pytest_plugins = ("backup_desk",)


# Restoring


def test_a_restore_keeps_the_present_register_aside(filled: Home, folder: Path) -> None:
    made = backup(filled, folder)
    receive(filled.store, "cli:3")
    filled.store.close()
    done = restore(filled.settings, made.backup, now=MORNING)
    assert asked(filled.settings.database) == ["cli:1", "cli:2"]
    assert done.aside is not None and done.aside.name.endswith("restore-2026-11-22T030000Z.db")
    assert asked(done.aside) == ["cli:1", "cli:2", "cli:3"]
    with Store(filled.settings.database) as store:
        job = Jobs(store).last("restore")
        assert job is not None and job.detail["backup"] == made.backup.name
    # And back again, from the file that was put aside.
    restore(filled.settings, find(str(done.aside), folder), now=MORNING + timedelta(hours=1))
    assert asked(filled.settings.database) == ["cli:1", "cli:2", "cli:3"]


def test_documents_come_back_to_the_library(filled: Home, folder: Path) -> None:
    made = backup(filled, folder)
    rmtree(filled.settings.library)
    assert restore(filled.settings, made.backup).documents == 1
    again = Home(filled.settings.home)
    assert again.catalogue.damaged(bundled=False) == []
    assert len(again.catalogue.added()) == 1
    again.store.close()


def running_bot(home: Home) -> FileLock:
    lock = FileLock(home.settings.home / "bot.lock")
    lock.acquire()
    return lock


def open_connection(home: Home) -> sqlite3.Connection:
    connection = connect(home.settings.database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("SELECT count(*) FROM inquiries").fetchone()
    return connection


@pytest.mark.parametrize("holder", [running_bot, open_connection])
def test_a_register_in_use_is_not_replaced(
    holder: Callable[[Home], FileLock | sqlite3.Connection], filled: Home, folder: Path
) -> None:
    made = backup(filled, folder)
    receive(filled.store, "cli:3")
    filled.store.close()
    held = holder(filled)
    try:
        with pytest.raises(BackupError, match="stop the bot"):
            restore(filled.settings, made.backup)
    finally:
        held.release() if isinstance(held, FileLock) else held.close()
    assert asked(filled.settings.database) == ["cli:1", "cli:2", "cli:3"]
    assert not list(filled.settings.home.glob("*before*"))
    assert not list(filled.settings.home.glob(".*"))
    assert restore(filled.settings, made.backup).inquiries == 2


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


SPOILT: dict[str, Callable[[Path], None]] = {
    "a bit of the database": lambda backup: flip(backup / "frisksvar.db"),
    "a bit of the files": lambda backup: flip(backup / "files.tar"),
    "half a database": lambda backup: os.truncate(backup / "frisksvar.db", 5_000),
    "no database": lambda backup: (backup / "frisksvar.db").unlink(),
    "no manifest": lambda backup: (backup / "manifest.json").unlink(),
    "half a manifest": lambda backup: os.truncate(backup / "manifest.json", 100),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_backup_that_is_not_whole_is_refused(what: str, filled: Home, folder: Path) -> None:
    made = backup(filled, folder)
    SPOILT[what](made.backup.path)
    receive(filled.store, "cli:3")
    filled.store.close()
    with pytest.raises(BackupError, match="backups list"):
        restore(filled.settings, made.backup)
    assert asked(filled.settings.database) == ["cli:1", "cli:2", "cli:3"]
    listed = frisksvar(filled.settings.home, "backups", "list", "--check", "--from", str(folder))
    assert listed.exit_code == 1 and made.backup.name[:20] in listed.stdout


def test_a_backup_of_a_newer_program_is_refused(filled: Home, folder: Path) -> None:
    with filled.store.write() as db:
        db.table("_sqlite_migrations").insert(
            {"migration_set": "frisksvar", "name": "9999_future", "applied_at": "x"}
        )
    filled.store.close()
    made = backup(filled, folder)
    new = Settings(home=folder.parent / "new")
    with pytest.raises(BackupError, match="newer Frisksvar"):
        restore(new, made.backup)
    assert not new.database.exists()


def test_a_file_that_is_no_register_is_refused(filled: Home, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE a (b)")
    text = tmp_path / "a.txt"
    text.write_text("hello" * 1000)
    for path, said in ((other, "not a register"), (text, "not a register of Frisksvar")):
        with pytest.raises(BackupError, match=said):
            restore(filled.settings, find(str(path), tmp_path))
    assert asked(filled.settings.database) == ["cli:1", "cli:2"]


def test_an_older_backup_is_brought_forward(tmp_path: Path) -> None:
    stored = Path(__file__).parent / "migrations" / "0003_links.db.gz"
    path = tmp_path / "old.db"
    path.write_bytes(gzip.decompress(stored.read_bytes()))
    settings = Settings(home=tmp_path / "home")
    assert restore(settings, find(str(path), tmp_path)).inquiries == 2
    assert check_database(settings.database).migrations == known_migrations()
    assert not list(settings.home.glob("*before*"))


def test_a_damaged_register_with_its_log_is_replaced_whole(filled: Home, folder: Path) -> None:
    made = backup(filled, folder)
    # As after a crash: a log that has not been written into the database, which is damaged.
    with open_connection(filled) as connection:
        connection.execute("UPDATE inquiries SET question = 'fra loggen'")
        home = filled.settings.home
        log = (home / "frisksvar.db-wal").read_bytes()
    connection.close()
    filled.settings.database.write_bytes(b"\x00garbage" * 2000)
    (home / "frisksvar.db-wal").write_bytes(log)
    done = restore(filled.settings, made.backup)
    assert done.aside is not None and done.aside.read_bytes().startswith(b"\x00garbage")
    with Store(filled.settings.database) as store:
        question = store.database.execute("SELECT question FROM inquiries").fetchone()[0]
        assert SECRET_WORD in question
    assert check_database(filled.settings.database).rows["inquiries"] == 2


def test_the_present_key_is_kept_when_the_backups_takes_its_place(
    filled: Home, folder: Path, keys: Keys
) -> None:
    key = filled.settings.home / "pseudonym.key"
    key.write_text("a" * 64, encoding="ascii")
    made = backup(filled, folder, keys)
    key.write_text("b" * 64, encoding="ascii")
    restore(filled.settings, made.backup, keys=keys)
    assert key.read_text() == "a" * 64
    (aside,) = filled.settings.home.glob("pseudonym.key.before-restore-*")
    assert aside.read_text() == "b" * 64


@pytest.mark.parametrize("name", ["../escape", "/etc/escape", "library/../../escape", "other/a"])
def test_a_tar_file_that_reaches_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    path = tmp_path / "files.tar"
    with tarfile.open(path, "x") as tar:
        tar.add(tmp_path / "a", "a")
        member = tar.gettarinfo(tmp_path / "a")
        member.name = name
        with (tmp_path / "a").open("rb") as content:
            tar.addfile(member, content)
    work = tmp_path / "work" / "deep"
    work.mkdir(parents=True)
    with pytest.raises(BackupError):
        unpack(path, work, tmp_path / "library")
    assert not list(tmp_path.rglob("escape"))


def test_a_restore_that_was_killed_leaves_a_register(filled: Home, folder: Path) -> None:
    made = backup(filled, folder)
    receive(filled.store, "cli:3")
    filled.store.close()
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from knowledge.backups import restoring; from knowledge.settings import Settings\n"
        "real = restoring.os.link\n"
        "def die(*a): real(*a); os.kill(os.getpid(), signal.SIGKILL)\n"
        "restoring.os.link = die\n"
        "restoring.restore(Settings(home=Path(sys.argv[1])), "
        "restoring.Backup(Path(sys.argv[2])), forget_again=lambda *_: 0)\n"
    )
    arguments = [str(filled.settings.home), str(made.backup.path)]
    ended = subprocess.run([sys.executable, "-c", program, *arguments], timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert asked(filled.settings.database) == ["cli:1", "cli:2", "cli:3"]
    assert restore(filled.settings, made.backup).inquiries == 2
    assert not list(filled.settings.home.glob(".*"))


# What was forgotten stays forgotten


ASKER = "u" + "0" * 32


def remember_asker(home: Home) -> None:
    with home.store.write() as db:
        db.conn.execute("UPDATE inquiries SET asker = ? WHERE came_from = 'cli:1'", [ASKER])
    home.store.close()


def forget_asker(home: Home) -> None:
    with Store(home.settings.database) as store:
        forget(store, Person(ASKER, (ASKER,)), key=PSEUDONYM_KEY, who="cli:test")


def questions(settings: Settings) -> list[str]:
    with Store(settings.database) as store:
        rows = store.database.execute("SELECT question FROM inquiries ORDER BY id")
        return [row[0] for row in rows.fetchall()]


def test_what_was_forgotten_since_does_not_come_back(filled: Home, folder: Path) -> None:
    remember_asker(filled)
    made = backup(filled, folder)
    forget_asker(filled)
    assert SECRET_WORD not in questions(filled.settings)[0]
    done = restore(filled.settings, made.backup)
    first, second = questions(filled.settings)
    assert SECRET_WORD not in first and SECRET_WORD in second
    assert done.forgotten > 0
    with closing(connect(filled.settings.database)) as connection:
        assert connection.execute("SELECT asker FROM inquiries").fetchall() == [(None,)] * 2


@pytest.mark.parametrize("present", ["lost", "damaged", "new"])
def test_the_newest_backup_tells_who_was_forgotten_when_the_register_cannot(
    present: str, filled: Home, folder: Path, keys: Keys
) -> None:
    remember_asker(filled)
    older = backup(filled, folder, keys)
    forget_asker(filled)
    backup(filled, folder, keys, now=MORNING + timedelta(days=1))
    database = filled.settings.database
    database.unlink()
    if present == "damaged":
        database.write_bytes(b"garbage" * 1000)
    if present == "new":
        Store(database).close()
    restore(filled.settings, older.backup, keys=keys)
    assert SECRET_WORD not in questions(filled.settings)[0]


# The commands


def test_the_commands_from_backup_to_restore(filled: Home, folder: Path, tmp_path: Path) -> None:
    home = filled.settings.home
    assert "Ingen sikkerhetskopier" in frisksvar(home, "backups", "list").stderr
    made = frisksvar(home, "backup", "--to", str(folder))
    assert made.exit_code == 0 and len(made.stdout.splitlines()) == 1
    assert "2 henvendelser, 1 dokument, " in made.stdout and "kontrollert" in made.stdout
    listed = frisksvar(home, "backups", "list", "--from", str(folder), "--check")
    assert listed.exit_code == 0 and "åpnet og kontrollert" in " ".join(listed.stdout.split())
    receive(filled.store, "cli:3")
    filled.store.close()
    from_folder = ("--from", str(folder))
    asks = frisksvar(home, "restore", "latest", *from_folder)  # nobody answers the question
    assert asks.exit_code == 1 and len(asked(filled.settings.database)) == 3
    done = frisksvar(home, "restore", "latest", "--yes", *from_folder)
    assert done.exit_code == 0 and "2 henvendelser" in done.stdout
    assert "frisksvar index" in done.stdout and "forrige registeret" in done.stderr
    unknown = frisksvar(home, "restore", "frisksvar-2001-01-01T000000Z", "--yes", *from_folder)
    assert unknown.exit_code == 1 and "Fant ingen" in unknown.stderr


def test_the_manifest_tells_nothing_of_what_was_asked(filled: Home, folder: Path) -> None:
    text = (backup(filled, folder).backup.path / "manifest.json").read_text(encoding="utf-8")
    assert SECRET_WORD not in text and "cli:1" not in text
    assert json.loads(text)["rows"]["inquiries"] == 2


# The index is made again


QUESTIONS = ("Når serverer Vesleblom suppe?", "Hvem kan henvise til en frisklivssentral?")


def answers(home: Path) -> list[list[tuple[str, int, int, str]]]:
    answerer = Answerer(Index(Settings(home=home)), None)
    return [
        [(q.document, q.start, q.end, q.text) for q in answerer.answer(Question(text)).quotes]
        for text in QUESTIONS
    ]


@pytest.fixture(scope="module")
def indexed(bundled_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The digests and one document of one's own, indexed."""
    folder = tmp_path_factory.mktemp("indexed")
    home = folder / "home"
    copytree(bundled_home.settings.home, home, ignore=ignore_patterns("*.db*", "*.lock"))
    (folder / "suppe.md").write_text(DOCUMENT, encoding="utf-8")
    assert frisksvar(home, "add", str(folder / "suppe.md")).exit_code == 0
    assert frisksvar(home, "index").exit_code == 0
    yield home
    rmtree(folder)


def test_the_index_is_made_again_from_register_and_library(indexed: Path) -> None:
    before = answers(indexed)
    assert all(before) and "Vesleblom" in before[0][0][3]
    rmtree(indexed / "index")
    assert frisksvar(indexed, "index").exit_code == 0
    assert answers(indexed) == before


def test_a_new_machine_answers_as_the_old_one(indexed: Path, tmp_path: Path) -> None:
    """From an encrypted backup alone: restore, index, the same answers letter by letter."""
    key, folder, new = tmp_path / "age.key", tmp_path / "backups", tmp_path / "new"
    assert frisksvar(indexed, "backups", "key", str(key)).exit_code == 0
    sealed = ("--key-file", str(key))
    assert frisksvar(indexed, "backup", "--to", str(folder), *sealed).exit_code == 0
    done = frisksvar(new, "restore", "latest", "--yes", "--from", str(folder), *sealed)
    assert done.exit_code == 0, done.stderr
    assert frisksvar(new, "index").exit_code == 0
    assert answers(new) == answers(indexed)
