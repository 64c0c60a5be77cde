"""A copy of the database while others write, and the checks that say whether a copy is sound."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from math import ceil, floor
from pathlib import Path

from knowledge.messages import Failure
from knowledge.store.migrations import migrations

PAGES_AT_A_TIME = 2_000
"""8 MB with SQLite's usual pages: short enough that Ctrl-C is heard between two steps."""

BUSY_TIMEOUT_SECONDS = 10.0
"""How long to wait for somebody who holds the whole file (a restore, a checkpoint at close)."""

LOG_INDEX_BYTES = 32_768
"""The least that the index of the write-ahead log takes (sqlite.org/walformat.html)."""

OURS_ALONE, OWN_FOLDER = 0o600, 0o700
"""A register, and what is copied of it, is read by its owner only."""


LINE_DIGITS = 16
"""Of a hash: enough for the few registers whose backups ever lie in one folder."""


class NotSound(Failure):
    """The database, or the copy, is not what it should be."""


@dataclass(frozen=True)
class Checked:
    """What was found in a sound database.

    Attributes:
        migrations: names of those applied, oldest first; empty for a database without a schema.
        rows: how many each table has.
        orphans: rows whose foreign key leads nowhere; 0 unless something else wrote to the file.
        sequence: number of the last row of `jobs`; 0 where there was none.
        line: the same for copies of one register whose numbers of jobs go on from each other: hash
            of when it was made and of when it was last restored; "" where that is not known.
    """

    migrations: tuple[str, ...]
    rows: Mapping[str, int]
    orphans: int
    sequence: int
    line: str


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit to a file that exists; plain `connect` would make an empty one."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_TIMEOUT_SECONDS,
        isolation_level=None,
    )


def copy_database(source: Path, target: Path) -> dict[str, int]:
    """Copy what is committed at this moment, with SQLite's backup API, into a new file.

    A read transaction is held over all the steps. Writers go on, as readers never stop them in WAL
    mode; and without it SQLite would begin the copy anew each time that somebody writes
    (sqlite.org/backup.html), on a busy day without end.

    Returns:
        The rows of each table, read in the very snapshot that was copied.

    Raises:
        sqlite3.Error: the source cannot be read or the target not written.
        OSError: the target exists or cannot be made.
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OURS_ALONE))
    with closing(connect(source)) as reading, closing(connect(target)) as writing:
        reading.execute("BEGIN")
        rows = row_counts(reading)
        # The callback does nothing: Python looks for Ctrl-C when it calls it.
        reading.backup(writing, pages=PAGES_AT_A_TIME, progress=lambda *_: None, sleep=0)
        reading.execute("COMMIT")
        # One file without a log beside it; whoever opens it as a register turns WAL on again.
        writing.execute("PRAGMA journal_mode=DELETE")
    return rows


def row_counts(connection: sqlite3.Connection) -> dict[str, int]:
    names = [
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' "
            "AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name"
        )
    ]
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
        for name in names
    }


def check_database(path: Path) -> Checked:
    """Open a database and look at every page of it.

    Raises:
        NotSound: it is damaged, or no database.
    """
    try:
        with closing(connect(path)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok":
                raise NotSound("operation_backup_not_sound", path=path, reason=found)
            return Checked(
                migrations=applied(connection),
                rows=row_counts(connection),
                orphans=orphans(connection),
                sequence=_sequence(connection),
                line=_line(connection),
            )
    except sqlite3.DatabaseError as error:
        raise NotSound("operation_backup_not_sound", path=path, reason=error) from error


def _sequence(connection: sqlite3.Connection) -> int:
    try:
        found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'jobs'").fetchone()
    except sqlite3.OperationalError:  # no table with numbers that only go up
        return 0
    return int(found[0]) if found else 0


def _line(connection: sqlite3.Connection) -> str:
    try:
        made = connection.execute(
            f"SELECT applied_at FROM {migrations.migrations_table} "  # noqa: S608 (a constant)
            "WHERE migration_set = ? ORDER BY rowid LIMIT 1",
            [migrations.name],
        ).fetchone()
        # A restored register gives again the numbers that the one before it had given.
        restored = connection.execute(
            "SELECT id, at FROM jobs WHERE name = 'restore' ORDER BY id DESC LIMIT 1"
        ).fetchone()
    except sqlite3.OperationalError:  # of a schema before that
        return ""
    if made is None:
        return ""
    return sha256(f"{made[0]} {restored}".encode()).hexdigest()[:LINE_DIGITS]


def orphans(connection: sqlite3.Connection) -> int:
    return len(connection.execute("PRAGMA foreign_key_check").fetchall())


def applied(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The migrations that a database has seen, by name."""
    try:
        rows = connection.execute(
            f"SELECT name FROM {migrations.migrations_table} "  # noqa: S608 (a constant)
            "WHERE migration_set = ? ORDER BY rowid",
            [migrations.name],
        )
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return ()
        raise
    return tuple(name for (name,) in rows)


def known_migrations() -> tuple[str, ...]:
    """The names of this program's migrations, in order."""
    return tuple(migration.name for migration in migrations._migrations)


def bytes_of(database: Path) -> int:
    """Size of a database with the log of what is not yet written into it."""
    log = database.with_name(f"{database.name}-wal")
    return database.stat().st_size + (log.stat().st_size if log.exists() else 0)


def room_in(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def no_room_for_log(folder: Path) -> bool:
    """Whether there is no room for the log's index: SQLite then tells of an error on the disk."""
    try:
        return room_in(folder) < LOG_INDEX_BYTES
    except OSError:
        return False


def size_told(count: int, *, needed: bool) -> str:
    """Bytes in kB or MB, so rounded that what is needed never looks like what there is."""
    size, unit = (1_000_000, "MB") if count >= 1_000_000 else (1_000, "kB")
    return f"{(ceil if needed else floor)(count / size)} {unit}"


def sync(path: Path) -> None:
    """Put a file's content, or a folder's names, on the disk itself."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
