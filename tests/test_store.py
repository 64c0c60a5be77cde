"""The database file: threads, transactions, migrations, and files that are no database."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from knowledge.store import Store, StoreError
from knowledge.store.copying import known_migrations


def test_every_connection_is_safe_to_write_with(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        pragmas = {
            name: store.database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
    }


def test_each_thread_has_its_own_connection_and_all_are_closed(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.db")
    seen: list[sqlite3.Connection] = [store.database.conn]
    thread = threading.Thread(target=lambda: seen.append(store.database.conn))
    thread.start()
    thread.join()
    assert seen[0] is not seen[1]
    store.close()
    for connection in seen:
        with pytest.raises(sqlite3.ProgrammingError):
            connection.execute("SELECT 1")


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        with pytest.raises(RuntimeError), store.write() as db:
            db.table("fetches").insert(
                {"source": "a", "url": "u", "checked_at": "t", "outcome": "new"}
            )
            raise RuntimeError
        assert store.database["fetches"].count == 0


def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:

        def insert(number: int) -> None:
            for step in range(20):
                with store.write() as db:
                    count = db.execute("SELECT count(*) FROM fetches").fetchone()[0]
                    db.table("fetches").insert(
                        {
                            "source": f"{number}-{step}-{count}",
                            "url": "u",
                            "checked_at": "t",
                            "outcome": "new",
                        }
                    )

        threads = [threading.Thread(target=insert, args=[number]) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.database["fetches"].count == 80


def test_opening_again_migrates_nothing(tmp_path: Path) -> None:
    Store(tmp_path / "a.db").close()
    with Store(tmp_path / "a.db") as store:
        applied = [row["name"] for row in store.database["_sqlite_migrations"].rows]
    assert applied == sorted(known_migrations())


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store, store.write() as db:
        db.table("_sqlite_migrations").insert(
            {"migration_set": "frisksvar", "name": "9999_future", "applied_at": "x"}
        )
    with pytest.raises(StoreError, match="newer Frisksvar"):
        Store(tmp_path / "a.db")


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to be read" * 40, b"\x00" * 4096]
)
def test_a_file_that_is_no_database_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(content)
    with pytest.raises(StoreError) as told:
        Store(path)
    assert str(path) in str(told.value) and "backup" in str(told.value)
    assert path.read_bytes() == content


class FailingOnce:
    """A connection whose first commit fails as on a full disk."""

    def __init__(self, real: sqlite3.Connection) -> None:
        self._real = real
        self._failed = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def commit(self) -> None:
        if not self._failed:
            self._failed = True
            raise sqlite3.OperationalError("database or disk is full")
        self._real.commit()


def test_a_commit_that_fails_does_not_swallow_the_next_one(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        database = store.database
        database.conn = FailingOnce(database.conn)  # type: ignore[assignment]
        with pytest.raises(sqlite3.OperationalError), store.write() as db:
            db.conn.execute("INSERT INTO fetches VALUES ('a', 'u', NULL, NULL, NULL, 't', 'new')")
        with store.write() as db:
            db.conn.execute("INSERT INTO fetches VALUES ('b', 'u', NULL, NULL, NULL, 't', 'new')")
    with Store(tmp_path / "a.db") as store:
        assert [found["source"] for found in store.database["fetches"].rows] == ["b"]
