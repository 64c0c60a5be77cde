"""Databases of every earlier version are brought forward, on a copy first, and nothing is lost."""

from __future__ import annotations

import gzip
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from knowledge.register import Inquiries
from knowledge.store import Store, StoreError, migrating
from knowledge.store.copying import check_database, connect, known_migrations
from knowledge.store.migrations import migrations

STORED = Path(__file__).parent / "migrations"
VERSIONS = sorted(path.name.removesuffix(".db.gz") for path in STORED.glob("*.db.gz"))
NAMES = known_migrations()
OLD = "0003_links"
SHADOW = "inquiries_text_"
"""Tables that FTS5 makes for itself."""


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def stored(version: str, folder: Path) -> Path:
    path = folder / "frisksvar.db"
    path.write_bytes(gzip.decompress((STORED / f"{version}.db.gz").read_bytes()))
    return path


def content(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    with closing(connect(path)) as connection:
        database = Database(connection)
        return {
            table: list(database[table].rows)
            for table in database.table_names()
            if not table.startswith((SHADOW, "sqlite_"))
        }


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob(".*"))


def test_each_step_of_the_chain_has_its_database_stored() -> None:
    assert list(NAMES) == VERSIONS, "python tests/migrations/make.py"


def test_the_stored_databases_have_rows_in_every_table(version: str, tmp_path: Path) -> None:
    rows = content(stored(version, tmp_path))
    assert [table for table, found in rows.items() if not found] == []
    seen = [row["name"] for row in rows["_sqlite_migrations"]]
    assert seen == list(NAMES[: NAMES.index(version) + 1])


def test_a_database_of_any_version_is_brought_forward_with_every_row(
    version: str, tmp_path: Path
) -> None:
    path = stored(version, tmp_path)
    old = content(path)
    with Store(path) as store:
        found = [row["id"] for row in store.database.query("SELECT id FROM inquiries")]
        assert found == [row["id"] for row in old.get("inquiries", [])]
        assert store.database.execute("PRAGMA foreign_key_check").fetchall() == []
    checked = check_database(path)
    assert checked.migrations == NAMES
    new = content(path)
    for table, rows in old.items():
        if table == "_sqlite_migrations":
            continue
        there = new[table]
        if table == "jobs" and version != NAMES[-1]:
            there, (recorded,) = there[:-1], there[-1:]
            assert (recorded["name"], recorded["ok"]) == ("migration", 1)
        assert len(there) == len(rows), table
        for before, after in zip(rows, there, strict=True):
            assert before.items() <= after.items(), table
    # The same schema as one made today.
    with Store(tmp_path / "fresh.db") as fresh:
        assert schema(path) == schema(fresh.path)
    assert leftovers(tmp_path) == []


def schema(path: Path) -> dict[str, str]:
    with closing(connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return dict(rows.fetchall())


def test_the_database_as_it_was_is_kept_and_can_be_opened(version: str, tmp_path: Path) -> None:
    path = stored(version, tmp_path)
    old = content(path)
    Store(path).close()
    kept = sorted(tmp_path.glob("frisksvar-before-*.db"))
    if version == NAMES[-1]:
        assert kept == []
        return
    assert kept == [migrating.before(path, NAMES[NAMES.index(version) + 1])]
    assert content(kept[0]) == old
    assert kept[0].stat().st_mode & 0o077 == 0


def test_a_new_database_needs_no_copy(tmp_path: Path) -> None:
    Store(tmp_path / "frisksvar.db").close()
    assert list(tmp_path.glob("*before*")) == []


def test_old_questions_are_found_by_their_words(tmp_path: Path) -> None:
    with Store(stored(OLD, tmp_path)) as store:
        query = "SELECT rowid FROM inquiries_text WHERE inquiries_text MATCH 'Værøy'"
        assert store.database.execute(query).fetchall() == [(1,)]
        assert Inquiries(store).count() == 2


# Migrations that fail


def breaks(database: Database) -> None:
    database.conn.execute("UPDATE inquiries SET question = 'borte'")
    database.conn.execute("CREATE TABLE half (a)")
    database.conn.execute("INSERT INTO nowhere VALUES (1)")


def loses_inquiries(database: Database) -> None:
    database.conn.execute("DELETE FROM inquiries WHERE id = 2")


def loses_what_rows_belong_to(database: Database) -> None:
    # Deferred, the check comes too late for an error, and the rows stay.
    database.conn.execute("CREATE TABLE lone (a INTEGER REFERENCES documents_gone(id)) STRICT")
    database.conn.execute("CREATE TABLE documents_gone (id INTEGER PRIMARY KEY) STRICT")
    database.conn.execute("PRAGMA defer_foreign_keys=ON")
    database.conn.execute("INSERT INTO lone VALUES (1)")


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Adds a migration that does what it is given."""

    def add(function: Any) -> None:
        again = [*migrations._migrations, migrations._Migration("9998_next", function)]
        monkeypatch.setattr(migrations, "_migrations", again)

    yield add


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (breaks, "no such table: nowhere"),
        (loses_inquiries, "the table inquiries"),
        (loses_what_rows_belong_to, "rows lost what they belong to"),
    ],
)
@pytest.mark.parametrize("start", [OLD, NAMES[-1]])
def test_a_migration_that_fails_leaves_the_database_as_it_was(
    start: str, function: Any, said: str, newer: Any, tmp_path: Path
) -> None:
    path = stored(start, tmp_path)
    old, exact = content(path), schema(path)
    newer(function)
    for _ in range(2):  # a service manager starts it again
        with pytest.raises(StoreError) as told:
            Store(path)
        assert "could not be upgraded" in str(told.value) and said in str(told.value)
        assert (content(path), schema(path)) == (old, exact)
        assert list(tmp_path.glob("*before*")) == []
        assert leftovers(tmp_path) == []


def test_one_that_fails_only_on_the_database_itself_is_undone_as_a_whole(
    newer: Any, tmp_path: Path
) -> None:
    path = stored(OLD, tmp_path)
    old = content(path)
    calls = []

    def works_once(database: Database) -> None:
        calls.append(1)
        if len(calls) > 1:
            breaks(database)

    newer(works_once)
    with pytest.raises(StoreError, match="nowhere"):
        Store(path)
    assert content(path) == old
    # The copy is kept from here on; the next attempt makes it anew.
    assert content(migrating.before(path, "0004_people")) == old
    calls.clear()
    newer(lambda database: None)
    migrations._migrations.pop(-2)  # mended
    Store(path).close()
    assert check_database(path).migrations[-1] == "9998_next"


def test_without_room_for_the_copies_nothing_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stored(OLD, tmp_path)
    old = content(path)
    monkeypatch.setattr(migrating, "room_in", lambda folder: 100_000)
    with pytest.raises(StoreError) as told:
        Store(path)
    assert "100 kB is free" in str(told.value) and str(path) in str(told.value)
    assert content(path) == old
    assert list(tmp_path.glob("*before*")) == []


def test_a_damaged_database_is_not_migrated(tmp_path: Path) -> None:
    path = stored(NAMES[-2], tmp_path)
    with closing(connect(path)) as connection:
        page = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'inquiry_quotes'"
        ).fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    damaged = bytearray(path.read_bytes())
    damaged[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(damaged)
    with pytest.raises(StoreError):
        Store(path)
    header = 100  # it says that there is a log now; the pages are as they were
    assert path.read_bytes()[header:] == bytes(damaged)[header:]
    assert list(tmp_path.glob("*before*")) == []


# Several at once, and ends that come too early

OPEN = "import sys; from pathlib import Path; from knowledge.store import Store; "
PROGRAM = OPEN + "Store(Path(sys.argv[1])).close()"


def test_processes_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    path = stored(OLD, tmp_path)
    started = [subprocess.Popen([sys.executable, "-c", PROGRAM, str(path)]) for _ in range(3)]
    assert [process.wait(60) for process in started] == [0, 0, 0]
    names = [row["name"] for row in content(path)["_sqlite_migrations"]]
    assert names == list(NAMES)
    kept = migrating.before(path, "0004_people")
    assert check_database(kept).migrations[-1] == OLD


def test_what_another_process_writes_meanwhile_is_there_afterwards(tmp_path: Path) -> None:
    path = stored(OLD, tmp_path)
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    acknowledged: list[str] = []
    stop = threading.Event()

    def writes() -> None:
        with closing(connect(path)) as connection:
            while not stop.is_set():
                key = f"cli:new:{len(acknowledged)}"
                connection.execute(
                    "INSERT INTO inquiries (came_from, received_at, channel, question, masked, "
                    "thread, status) VALUES (?, '2026-05-01', 'cli', 'Ny?', '[]', '[]', 'new')",
                    [key],
                )
                acknowledged.append(key)

    thread = threading.Thread(target=writes)
    thread.start()
    while len(acknowledged) < 3:
        assert thread.is_alive()
    Store(path).close()
    during = len(acknowledged)
    stop.set()
    thread.join()
    assert during > 3
    there = {row["came_from"] for row in content(path)["inquiries"]}
    assert set(acknowledged) <= there


KILLED = {
    "before the copy": "migrating.copy_database = die",
    "after the copy": "migrating._rehearse = die",
    "in the rehearsal": "migrating.migrate_within = die",
    "before the change": "Store._change = die",
    "within the change": (
        "import knowledge.store.connection as c; real = c.migrate_within; "
        "c.migrate_within = lambda database: (real(database), die())"
    ),
}


@pytest.mark.parametrize("point", KILLED)
def test_a_kill_leaves_a_database_that_the_next_start_migrates(point: str, tmp_path: Path) -> None:
    path = stored(OLD, tmp_path)
    old = content(path)
    program = (
        f"import os, signal; {OPEN}from knowledge.store import migrating; "
        "die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"{KILLED[point]}\nStore(Path(sys.argv[1]))"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(path)], timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert content(path) == old
    Store(path).close()
    assert check_database(path).migrations == NAMES
    assert leftovers(tmp_path) == []


def test_the_log_is_cut_back_after_a_long_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = 200_000
    monkeypatch.setattr("knowledge.store.connection.LOG_BYTES", limit)
    log = tmp_path / "a.db-wal"
    with Store(tmp_path / "a.db") as store:

        def write() -> None:
            with store.write() as db:
                db.conn.execute("CREATE TABLE IF NOT EXISTS big (b)")
                db.conn.execute("INSERT INTO big VALUES (randomblob(1000000))")

        write()
        with closing(sqlite3.connect(store.path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM big").fetchone()
            for _ in range(8):
                write()
            grown = log.stat().st_size
            reader.execute("COMMIT")
        assert grown > 8 * 1_000_000, "a reader keeps what came after it in the log"
        write()  # its checkpoint writes all of the log into the database
        write()  # and the next one begins it anew
        assert log.stat().st_size < grown / 3
