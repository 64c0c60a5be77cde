"""Threads that come and go, a disk of backups that hangs, and what fails when all is committed."""

from __future__ import annotations

import fcntl
import gc
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.logs import described
from knowledge.store import Store, copies
from knowledge.store.erasures import FILE, Erasure, now, read
from knowledge.store.jobs import Jobs

WAIT_SECONDS = 30.0
MOMENT_SECONDS = 5.0
THREADS = 12
INSERT = "INSERT INTO fetches VALUES (?, 'u', NULL, NULL, NULL, 't', 'new')"


def wait_for(there: Callable[[], bool]) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while not there():
        assert time.monotonic() < until
        time.sleep(0.01)


def handles(path: Path) -> int:
    """Of a database, in this process."""
    opened = [each for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    return sum(str(each.readlink()).startswith(str(path)) for each in opened)


def sources(store: Store) -> list[str]:
    return [found["source"] for found in store.database["fetches"].rows]


# Threads


def test_a_thread_that_ends_lets_go_of_the_register(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Store(path) as store:
        before = handles(path)
        assert before >= 1

        def burst() -> int:
            """As the pages: some threads at once, which end when nothing was to do for a while."""
            at_work = threading.Barrier(THREADS + 1)

            def work() -> None:
                with store.write() as db:
                    db.conn.execute(INSERT, [threading.current_thread().name])
                at_work.wait()
                at_work.wait()

            threads = [threading.Thread(target=work) for _ in range(THREADS)]
            for thread in threads:
                thread.start()
            at_work.wait()
            found = handles(path)
            at_work.wait()
            for thread in threads:
                thread.join()
            return found

        first = burst()
        assert first >= before + 2 * THREADS  # the database and its log
        # SQLite closes a log at once, and keeps the database's own handle for the next to come, as
        # long as another connection has a lock.
        wait_for(lambda: handles(path) <= before + THREADS)
        for _ in range(4):
            wait_for(lambda: handles(path) <= before + THREADS)
            assert burst() <= first
        assert len(sources(store)) == 5 * THREADS
    assert handles(path) == 0


def test_a_thread_that_ends_within_a_transaction_leaves_no_lock(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:

        def begin() -> None:
            store.database.conn.execute("BEGIN IMMEDIATE")

        thread = threading.Thread(target=begin)
        thread.start()
        thread.join()
        with closing(sqlite3.connect(store.path, timeout=1)) as other:
            other.execute("BEGIN IMMEDIATE")


def test_a_store_that_nobody_has_any_more_is_let_go_of(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.db")
    assert handles(store.path) >= 1
    del store
    gc.collect()
    assert handles(tmp_path / "a.db") == 0


def test_a_register_that_cannot_be_opened_leaves_nothing_open(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Store(path) as store:
        store.close()
        path.write_bytes(b"garbage" * 1000)
        for _ in range(THREADS):
            with pytest.raises(sqlite3.DatabaseError):
                _ = store.database
        assert handles(path) == 0


# A disk of backups that hangs


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Where backups were made into tmp_path/backups."""
    (tmp_path / "backups").mkdir()
    with Store(tmp_path / "home" / "frisksvar.db") as made:
        Jobs(made).record("backup", ok=True, detail={"folder": str(tmp_path / "backups")})
        yield made


@contextmanager
def hanging(folder: Path) -> Iterator[None]:
    """Somebody has the lock of the copy, and does not let go of it."""
    held = os.open(folder / FILE, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def forget(store: Store, number: int) -> None:
    with store.write() as db:
        db.conn.execute(INSERT, [f"{number}"])
        store.note(Erasure(now(), "withdrawn", kind="inquiry", number=number, mark="m"))


def numbers(folder: Path) -> list[int]:
    return [each.number for each in read(folder / FILE).erasures]


def test_a_disk_of_backups_that_hangs_stops_no_other_writer(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "SECONDS", WAIT_SECONDS)
    home = store.path.parent
    with hanging(tmp_path / "backups"):
        thread = threading.Thread(target=forget, args=[store, 1])
        thread.start()
        wait_for(lambda: numbers(home) == [1])  # within the transaction, before the commit
        with closing(sqlite3.connect(store.path, timeout=5)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert other.execute("SELECT source FROM fetches").fetchall() == [("1",)]
            other.rollback()
        assert thread.is_alive() and numbers(tmp_path / "backups") == []
    thread.join()
    assert store.behind == () and numbers(tmp_path / "backups") == [1]


def test_who_forgets_waits_a_moment_for_it_and_is_told_in_the_log(
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(copies, "SECONDS", 0.3)
    folder = tmp_path / "backups"
    with hanging(folder):
        for number in (1, 2, 3):
            begun = time.monotonic()
            forget(store, number)
            assert store.behind == (folder,) and time.monotonic() - begun < MOMENT_SECONDS
        waiting = [each for each in threading.enumerate() if each.name == "forgotten"]
        assert len(waiting) == 1, "one for a folder, however often"
        assert sources(store) == ["1", "2", "3"] and numbers(folder) == []
    line = described(caplog.records[-1])
    assert line["event"] == "copies_of_forgotten_log_are_behind" and line["folders"] == 1
    monkeypatch.undo()
    # What hung goes on when it can, and the next act finds nothing to add but itself.
    wait_for(lambda: numbers(folder) == [1, 2, 3])
    forget(store, 4)
    assert store.behind == ()
    assert (folder / FILE).read_bytes() == (store.path.parent / FILE).read_bytes()


def test_a_folder_of_backups_that_is_not_there_is_behind(store: Store, tmp_path: Path) -> None:
    folder, away = tmp_path / "backups", tmp_path / "away"
    folder.rename(away)
    forget(store, 1)
    assert store.behind == (folder,) and not folder.exists()
    away.rename(folder)
    forget(store, 2)
    assert not store.behind and numbers(folder) == [1, 2]


def test_many_at_once_are_each_copied_once(store: Store, tmp_path: Path) -> None:
    threads = [threading.Thread(target=forget, args=[store, number]) for number in range(1, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    forget(store, 13)
    assert sorted(numbers(tmp_path / "backups")) == list(range(1, 14))


# After the commit


class NoCheckpoint:
    """A connection whose log cannot be written into the database, as on a full disk."""

    def __init__(self, real: sqlite3.Connection) -> None:
        self._real = real

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
        if "wal_checkpoint" in sql:
            raise sqlite3.OperationalError("database or disk is full")
        return self._real.execute(sql, *values)  # type: ignore[arg-type]


def test_what_is_committed_is_no_error_though_the_log_cannot_be_emptied(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = store.database
    database.conn = NoCheckpoint(database.conn)  # type: ignore[assignment]
    with store.write():
        forget(store, 1)
        store.settle_after()
    assert sources(store) == ["1"] and numbers(tmp_path / "backups") == [1]
    line = described(caplog.records[-1])
    assert (line["event"], line["error"]) == ("log_not_emptied", "OperationalError")
    with pytest.raises(sqlite3.OperationalError):
        store.settle()  # who asks for nothing else is told
