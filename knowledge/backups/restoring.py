"""A backup put in the place of the register, which is kept aside."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from filelock import FileLock, Timeout

from knowledge.backups.aside import sweep
from knowledge.backups.documents import KEYS, put_keys, unpack
from knowledge.backups.errors import BackupError, trouble
from knowledge.backups.latest import newer_than
from knowledge.backups.making import FILES, alone
from knowledge.backups.manifest import STAMP, Backup, Manifest
from knowledge.backups.preparing import in_clear, prepare
from knowledge.messages import Failure
from knowledge.settings import Settings
from knowledge.store import Store
from knowledge.store.copying import OURS_ALONE, OWN_FOLDER, check_database, connect, sync
from knowledge.store.jobs import Jobs

if TYPE_CHECKING:
    from knowledge.backups.sealing import Keys

BOT_LOCK = "bot.lock"
"""Held by a bot as long as it runs (bot/slack/serving.py); the pages have the database open."""

JOB = "restore"
SCRATCH = ".restore-"
LOGS = ("-wal", "-shm", "-journal")

ForgetAgain = Callable[[Sequence[Path], Store, Path], int]
"""Called before the restored database is put in place, with the newer databases that can be read,
the restored one, and the folder with the keys that the backup brings, if it does: forgets in it
what has been forgotten since, and returns how much (knowledge/personal_data/erased_again.py)."""


@dataclass(frozen=True)
class Restored:
    """What a restore did.

    Attributes:
        name: of the backup.
        made_at: when it was made, UTC; None for a bare database file.
        inquiries: how many are in the register now.
        documents: how many came back to the library.
        forgotten: what was forgotten again.
        aside: where the former database is kept; None where there was none.
    """

    name: str
    made_at: datetime | None
    inquiries: int
    documents: int
    forgotten: int
    aside: Path | None


def restore(
    settings: Settings,
    chosen: Backup | Path,
    *,
    forget_again: ForgetAgain,
    keys: Keys | None = None,
    now: datetime | None = None,
) -> Restored:
    """Check a backup, prepare it beside the database, and put it in its place in one step.

    What was forgotten since is forgotten again: as the present database has it, and the newest
    backup that was made after the chosen one (of each line), should the present one be lost or new.

    The index is not restored: `frisksvar index` makes it of the documents.

    Raises:
        BackupError: the backup is damaged, sealed to another key or of a newer program, something
            has the register open, or there is no room. The register is then as it was.
    """
    home = settings.home
    home.mkdir(mode=OWN_FOLDER, parents=True, exist_ok=True)
    work = home / f"{SCRATCH}{uuid4().hex[:8]}"
    try:
        with alone(home, wait=0), _no_bot(home), ExitStack() as held:
            for left in home.glob(f"{SCRATCH}????????"):
                shutil.rmtree(left, ignore_errors=True)
            sweep(settings.database)
            work.mkdir(mode=OWN_FOLDER)
            held.callback(shutil.rmtree, work, ignore_errors=True)
            with _exclusive(settings.database):
                pass  # said at once, before anything takes time
            prepared, manifest = prepare(chosen, work, home, keys)
            documents = _files(chosen, manifest, work, settings, keys)
            newer = _newer(settings.database, chosen, work, keys)
            forgotten = _bring_up(prepared, chosen, forget_again, newer, work / KEYS)
            checked = check_database(prepared)
            with _exclusive(settings.database):
                aside = _swap(prepared, settings.database, now or datetime.now(UTC))
                # Not before: the register that was there knows its people by the present ones.
                put_keys(work / KEYS, home)
    except (OSError, sqlite3.Error, Failure) as error:
        raise trouble(error, home) from error
    return Restored(
        name=chosen.name,
        made_at=manifest.made_at if manifest else None,
        inquiries=checked.rows.get("inquiries", 0),
        documents=documents,
        forgotten=forgotten,
        aside=aside,
    )


def refuse_in_use(settings: Settings) -> None:
    """Raises BackupError as `restore` would, if something has the register open: before asking."""
    if not settings.home.is_dir():
        return
    try:
        with alone(settings.home, wait=0), _no_bot(settings.home), _exclusive(settings.database):
            pass
    except (OSError, sqlite3.Error) as error:
        raise trouble(error, settings.home) from error


def _files(
    chosen: Backup | Path,
    manifest: Manifest | None,
    work: Path,
    settings: Settings,
    keys: Keys | None,
) -> int:
    if manifest is None or not isinstance(chosen, Backup):
        return 0
    packed = work / FILES
    in_clear(chosen, manifest.files, packed, keys)
    return unpack(packed, work, settings.library)


def _bring_up(
    prepared: Path,
    chosen: Backup | Path,
    forget_again: ForgetAgain,
    newer: Sequence[Path],
    keys: Path,
) -> int:
    """Migrate the copy, forget in it what was forgotten since, and say in it what was done."""
    with Store(prepared) as store:
        forgotten = forget_again(newer, store, keys)
        detail = {"backup": chosen.name, "forgotten_again": forgotten}
        Jobs(store).record(JOB, ok=True, detail=detail)
    for copy in prepared.parent.glob(f"{prepared.stem}-before-*"):
        copy.unlink()  # the backup itself is the copy from before the migration
    with closing(connect(prepared)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    sync(prepared)
    return forgotten


def _newer(present: Path, chosen: Backup | Path, work: Path, keys: Keys | None) -> list[Path]:
    """The databases that may know of somebody who was forgotten: those that can be read.

    The present one, and of the backups that were made after the chosen one the newest of each line.
    """
    found = []
    with suppress(Failure, OSError):
        check_database(present)
        found.append(present)
    for line in newer_than(chosen) if isinstance(chosen, Backup) else []:
        for backup in line:
            place = work / backup.name
            place.mkdir(mode=OWN_FOLDER)
            with suppress(BackupError):
                found.append(prepare(backup, place, place, keys)[0])
                break
    return found


@contextmanager
def _no_bot(home: Path) -> Iterator[None]:
    lock = FileLock(home / BOT_LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise BackupError("operation_backup_in_use", home=home) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _exclusive(database: Path) -> Iterator[None]:
    """Keep everybody else out of a database; SQLite itself knows who has it open.

    Leaving WAL mode takes the file for oneself, and puts all of it into the one file.

    Raises:
        BackupError: something has it open.
    """
    if not database.exists():
        yield
        return
    with closing(connect(database)) as connection:
        try:
            connection.execute("PRAGMA busy_timeout=0")
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
                raise BackupError("operation_backup_in_use", home=database.parent) from error
            # Damaged: nobody else can work with it either.
        yield


def _swap(prepared: Path, database: Path, now: datetime) -> Path | None:
    """Put the prepared file in place. There is a database under the name at every moment."""
    aside = None
    if database.exists():
        aside = _free_name(database, now)
        os.utime(database)  # knowledge/backups/aside.py counts its days from now
        try:
            os.link(database, aside)
        except OSError:  # a disk without hard links; closing the file lets go of SQLite's lock
            aside.touch(mode=OURS_ALONE)
            shutil.copyfile(database, aside)
            sync(aside)
        for ending in LOGS:  # of a damaged one; it must never be read into the restored one
            log = database.with_name(f"{database.name}{ending}")
            if log.exists():
                log.replace(aside.with_name(f"{aside.name}{ending}"))
    prepared.replace(database)
    sync(database.parent)
    return aside


def _free_name(database: Path, now: datetime) -> Path:
    while True:
        stamp = now.astimezone(UTC).strftime(STAMP)
        aside = database.with_name(f"{database.stem}-before-restore-{stamp}{database.suffix}")
        if not aside.exists():
            return aside
        now += timedelta(seconds=1)
