"""One SQLite file, one connection per thread.

`sqlite_utils.Database` opens a connection that only its own thread may use, while Slack's library
runs listeners in a thread pool: so each thread gets its own (docs/decisions/0002-sqlite.md).
"""

from __future__ import annotations

import errno
import logging
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from sqlite_utils import Database

from knowledge.messages import Failure
from knowledge.store.copies import bring_up_to_date
from knowledge.store.copying import applied, known_migrations, no_room_for_log
from knowledge.store.erasures import Erasure, keep
from knowledge.store.jobs import record
from knowledge.store.migrating import migrate, migrate_within
from knowledge.system_errors import reason_of

log = logging.getLogger(__name__)

BUSY_TIMEOUT_SECONDS = 10.0
"""How long a writer waits for another; longer than any write transaction of ours."""

CHECKPOINT_SECONDS = 1.0
"""How long to wait for those who read before the log is emptied; the next one does it otherwise."""

MIGRATION = "migration"
"""Its name in the table `jobs`."""

LOG_BYTES = 64_000_000
"""The write-ahead log is cut back to this. It grows while a backup reads, as what comes after the
snapshot cannot be written into the database meanwhile; SQLite never cuts it by itself."""

NOT_DAMAGED = {
    sqlite3.SQLITE_BUSY: "database_locked",
    sqlite3.SQLITE_LOCKED: "database_locked",
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_READONLY: "database_no_access",
    sqlite3.SQLITE_CANTOPEN: "database_no_access",
    sqlite3.SQLITE_PERM: "database_no_access",
    sqlite3.SQLITE_IOERR: "database_no_access",
}
"""What the file itself is not to blame for: nobody should move a whole database away for it."""

PRIMARY_CODE = 0xFF
"""An extended result code has its primary code in the low byte (sqlite.org/rescode.html)."""


class StoreError(Failure):
    """The database cannot be used."""


def store_trouble(error: sqlite3.Error, path: Path) -> StoreError:
    """What SQLite complains of, as a sentence that says what to do."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & PRIMARY_CODE
    key = NOT_DAMAGED.get(code, "database_unusable")
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and no_room_for_log(path.parent):
        key = "disk_full"
    return StoreError(key, path=path, folder=path.parent, reason=error)


class Store:
    """The database file. Thread-safe: every thread works on its own connection.

    Attributes:
        behind: folders of backups whose copy of what was forgotten could not be brought up to
            date when something was last forgotten here.

    Raises:
        StoreError: the file is not a database, is damaged, is newer than this program, or the
            folder cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._opened: set[sqlite3.Connection] = set()
        # Reentrant: Python's clean-up may meet a connection that nobody uses any more anywhere.
        self._guard = threading.RLock()
        self.behind: tuple[Path, ...] = ()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._migrate()
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            key = "disk_full" if full else "folder_not_writable"
            raise StoreError(key, folder=path.parent, reason=reason_of(error)) from error
        except sqlite3.DatabaseError as error:
            self.close()
            raise store_trouble(error, path) from error

    def _migrate(self) -> None:
        seen = applied(self.database.conn)
        known = known_migrations()
        if unknown := sorted(set(seen) - set(known)):
            self.close()
            raise StoreError("database_newer", path=self.path, migration=unknown[0])
        if set(seen) == set(known):
            return
        try:
            if seen:
                migrate(self.path, self._change)
            else:
                self._change()
        except Failure as error:
            self.close()
            raise StoreError(error.key, **error.values) from error

    def _change(self) -> None:
        with self.write() as database:  # two may start at once: it looks again under the lock
            seen = applied(database.conn)
            migrate_within(database)
            after = applied(database.conn)
            # One that fails is not recorded: the database is then as it was, to the last row.
            if seen and after != seen:
                detail = {"from": seen[-1], "to": after[-1], "count": len(after) - len(seen)}
                record(database.conn, MIGRATION, ok=True, detail=detail)

    @property
    def database(self) -> Database:
        """This thread's connection, opened on first use and closed when the thread ends."""
        database: Database | None = getattr(self._local, "database", None)
        if database is None:
            # check_same_thread=False only so that close() may close every thread's connection.
            connection = sqlite3.connect(
                self.path, timeout=BUSY_TIMEOUT_SECONDS, check_same_thread=False
            )
            try:
                connection.execute("PRAGMA journal_mode=WAL")
                # FULL: an acknowledged inquiry survives a power cut, not only a crash.
                connection.execute("PRAGMA synchronous=FULL")
                connection.execute("PRAGMA foreign_keys=ON")
                # What was redacted or taken back is overwritten in the file, not only unlinked.
                connection.execute("PRAGMA secure_delete=ON")
                connection.execute(f"PRAGMA journal_size_limit={LOG_BYTES}")
                database = Database(connection)
            except BaseException:
                connection.close()
                raise
            with self._guard:
                self._opened.add(connection)
            # The pages' threads end when they were idle for ten seconds. Not `self`: a store that
            # nobody has any more goes too.
            closing = weakref.finalize(database, _close, self._opened, self._guard, connection)
            closing.atexit = False
            self._local.database = database
        return database

    @contextmanager
    def write(self) -> Iterator[Database]:
        """A write transaction: all or nothing, nested calls are savepoints.

        BEGIN IMMEDIATE takes the write lock at once; a deferred transaction that reads first and
        then writes would fail with "database is locked" without waiting.
        """
        database, noted = self.database, self._noted
        if database.conn.in_transaction:
            before = len(noted)
            try:
                with database.atomic():
                    yield database
            except BaseException:
                del noted[before:]  # what is undone is not to be forgotten
                raise
            return
        database.conn.execute("BEGIN IMMEDIATE")
        noted.clear()
        self._local.settles = False
        folders: list[Path] | None = None
        try:
            yield database
            # Before the commit, and why: knowledge/store/erasures.py.
            if noted:
                folders = self._folders()
                keep(self.path.parent, noted)
            # Within the try: a commit that fails (a full disk) must not leave the transaction
            # open, or the next write would join it and never be committed.
            database.conn.commit()
        except BaseException:
            database.conn.rollback()
            raise
        # It is committed: whatever goes wrong now is no reason to say that it was not done.
        if self._local.settles:
            try:
                self.settle()
            except sqlite3.Error as error:
                log.warning("log not emptied: error=%s", type(error).__name__)
        if folders is not None:
            self._copy(folders)

    def settle_after(self) -> None:
        """Have `settle` done once this transaction is committed."""
        assert self.database.conn.in_transaction
        self._local.settles = True

    def settle(self) -> bool:
        """Write the log into the database and empty it: what was removed stands in the log too.

        Call it outside a transaction.

        Returns:
            False where somebody was reading: it is done with the next one.
        """
        connection = self.database.conn
        connection.execute(f"PRAGMA busy_timeout = {CHECKPOINT_SECONDS * 1000:.0f}")
        try:
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000:.0f}")
        return not busy

    def note(self, *erasures: Erasure) -> None:
        """Have what is forgotten in this transaction written down outside of the database too.

        The transaction then raises OSError where that cannot be done, and is undone.
        """
        assert self.database.conn.in_transaction
        self._noted.extend(erasures)

    @property
    def _noted(self) -> list[Erasure]:
        """Of this thread's transaction."""
        found: list[Erasure] = self._local.__dict__.setdefault("noted", [])
        return found

    def _folders(self) -> list[Path]:
        """Wherever backups were made: there may be no settings here, and --to names others."""
        found = self.database.conn.execute(
            "SELECT DISTINCT json_extract(detail, '$.folder') FROM jobs "
            "WHERE name = 'backup' AND ok = 1 AND json_extract(detail, '$.folder') IS NOT NULL"
        ).fetchall()
        return [Path(folder) for (folder,) in found]

    def _copy(self, folders: list[Path]) -> None:
        self.behind = tuple(bring_up_to_date(self.path.parent, folders))
        if self.behind:
            log.warning("copies of forgotten log are behind: folders=%d", len(self.behind))

    def close(self) -> None:
        with self._guard:
            for connection in list(self._opened):
                connection.close()
            self._opened.clear()
        self._local = threading.local()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _close(
    opened: set[sqlite3.Connection], guard: threading.RLock, connection: sqlite3.Connection
) -> None:
    """What a thread's connection comes to, with the thread."""
    with guard:
        opened.discard(connection)
    connection.close()
