"""A new schema for a database with rows in it: on a copy first.

The database itself is never swapped for the migrated copy: another process that has it open would
go on writing to the file that was put aside. So the copy is kept as it was, a second one goes
through the migrations as a rehearsal, and only then is the database changed, in one transaction
that is undone as a whole when anything fails.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from filelock import FileLock
from sqlite_utils import Database

from knowledge.messages import Failure
from knowledge.store.copying import (
    NotSound,
    applied,
    bytes_of,
    check_database,
    connect,
    copy_database,
    known_migrations,
    orphans,
    room_in,
    size_told,
    sync,
)
from knowledge.store.migrations import migrations

log = logging.getLogger(__name__)

COPIES = 3
"""Room is needed for the copy, for the rehearsal, and for the log of the change itself."""


class MigrationFailed(Failure):
    """The database is as it was before."""


def migrate(path: Path, change: Callable[[], None]) -> None:
    """Bring a database with rows to the newest schema.

    Args:
        change: migrates the database itself in one transaction, as `migrate_within` does.

    Raises:
        MigrationFailed: there is no room for the copies, the database is damaged, or a migration
            fails; nothing was changed.
    """
    # Two processes may start at once: the second one's copy must not be of the new schema.
    with FileLock(path.with_name(f"{path.name}.migrating")):
        with closing(connect(path)) as connection:
            pending = pending_of(applied(connection))
        if not pending:
            return
        kept = before(path, pending[0])
        _copy(path, kept)
        try:
            _rehearse(path, kept)
        except BaseException:
            kept.unlink(missing_ok=True)
            raise
        log.info("migrating: first=%s", pending[0])
        try:
            change()
        except (sqlite3.Error, Failure) as error:
            raise _failed(path, error) from error


def before(path: Path, migration: str) -> Path:
    """Where the database as it was before a migration is kept."""
    return path.with_name(f"{path.stem}-before-{migration}{path.suffix}")


def pending_of(names: Sequence[str]) -> list[str]:
    return [name for name in known_migrations() if name not in names]


def migrate_within(database: Database) -> None:
    """Apply what is pending, within a transaction of the caller, and check before it commits.

    Raises:
        MigrationFailed: a row lost what it belongs to.
        sqlite3.Error: a statement failed.
    """
    lost = orphans(database.conn)
    migrations.apply(database)
    if orphans(database.conn) > lost:
        raise MigrationFailed("operation_backup_migration_orphans")


def _copy(path: Path, kept: Path) -> None:
    needed, free = bytes_of(path) * COPIES, room_in(path.parent)
    if free < needed:
        raise MigrationFailed(
            "operation_backup_migration_no_room",
            path=path,
            needed=size_told(needed, needed=True),
            free=size_told(free, needed=False),
        )
    work = _work(kept)
    try:
        rows = copy_database(path, work)
        if check_database(work).rows != rows:
            raise NotSound("operation_backup_rows_differ", path=work)
        work.replace(kept)
        sync(kept.parent)
    except (sqlite3.Error, OSError, Failure) as error:
        raise _failed(path, error) from error
    finally:
        _remove(work)


def _rehearse(path: Path, kept: Path) -> None:
    work = _work(kept)
    try:
        rows = copy_database(kept, work)
        with closing(connect(work)) as connection:
            connection.execute("PRAGMA foreign_keys=ON")  # as the database itself has
            connection.execute("BEGIN IMMEDIATE")
            migrate_within(Database(connection))
            connection.execute("COMMIT")
        after = check_database(work)
        if missing := set(known_migrations()) - set(after.migrations):
            raise MigrationFailed("operation_backup_migration_missing", name=min(missing))
        if lost := [name for name in ROWS_STAY & rows.keys() if after.rows[name] != rows[name]]:
            raise MigrationFailed("operation_backup_migration_rows", table=min(lost))
    except (sqlite3.Error, OSError, Failure) as error:
        raise _failed(path, error) from error
    finally:
        _remove(work)


ROWS_STAY = frozenset({"inquiries", "inquiry_answers", "inquiry_quotes", "changes", "visits"})
"""What no change of the schema may make fewer of."""


def _failed(path: Path, error: Exception) -> Failure:
    reason = error.message if isinstance(error, Failure) else error
    return MigrationFailed("operation_backup_migration_failed", path=path, reason=reason)


def _work(kept: Path) -> Path:
    work = kept.with_name(f".{kept.name}.work")
    _remove(work)  # of a process that was killed; we have the lock
    return work


def _remove(work: Path) -> None:
    for ending in ("", "-journal", "-wal", "-shm"):
        work.with_name(f"{work.name}{ending}").unlink(missing_ok=True)
