"""A backup: copied, checked, encrypted, read again, and only then given its name."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from filelock import FileLock, Timeout

from knowledge.backups import aside, rotation
from knowledge.backups.documents import Contents, contents_of, pack
from knowledge.backups.errors import BackupError, trouble
from knowledge.backups.manifest import (
    MANIFEST,
    Backup,
    Manifest,
    Part,
    Verified,
    backups_in,
    name_of,
    sha256_of,
)
from knowledge.backups.room import enough_room, made_folder
from knowledge.backups.rotation import Keep
from knowledge.messages import Failure
from knowledge.settings import Settings
from knowledge.store.copying import (
    OURS_ALONE,
    OWN_FOLDER,
    Checked,
    NotSound,
    check_database,
    connect,
    copy_database,
    sync,
)
from knowledge.store.jobs import record

if TYPE_CHECKING:
    from knowledge.backups.sealing import Keys

log = logging.getLogger(__name__)

LOCK = "backup.lock"
WAIT_SECONDS = 60.0
"""How long a second backup waits for the first; a register of a million inquiries takes less."""

DATABASE, FILES, SEALED = "frisksvar.db", "files.tar", ".age"
SCRATCH, UNFINISHED = ".backup-", ".unfinished-"
JOB = "backup"


@dataclass(frozen=True)
class Made:
    """A backup that was made.

    Attributes:
        bytes: of its files together.
        removed: names of older ones that rotation took.
    """

    backup: Backup
    manifest: Manifest
    bytes: int
    removed: tuple[str, ...]


@contextmanager
def alone(home: Path, wait: float = WAIT_SECONDS) -> Iterator[None]:
    """One backup or restore of a home at a time.

    Raises:
        BackupError: another one is still at work after `wait` seconds.
    """
    lock = FileLock(home / LOCK)
    try:
        lock.acquire(timeout=wait)
    except Timeout as error:
        raise BackupError("operation_backup_busy", home=home) from error
    try:
        yield
    finally:
        lock.release()


def make_backup(
    settings: Settings,
    *,
    folder: Path,
    keep: Keep,
    keys: Keys | None = None,
    now: datetime | None = None,
    wait: float = WAIT_SECONDS,
    given: bool = False,
) -> Made:
    """Back up the register and the library's own documents while the bot goes on.

    What was done is recorded in the table `jobs`, also when it failed, as far as that can still be
    written; doctor and the metrics read it there.

    Args:
        folder: where the backups are; made when it is missing and none was made there before.
        keys: encrypts to these, and includes the keys of the home folder.
        now: the name's moment; the clock when not given.
        given: somebody named the folder just now, and it may begin anew there.

    Raises:
        BackupError: nothing was made, nothing half-made is left, and the older ones are there.
    """
    database = settings.database
    if not database.is_file():
        raise BackupError("operation_backup_nothing", home=settings.home)
    with alone(settings.home, wait):
        try:
            made_folder(settings, folder, given=given)
            made = _make(settings, folder, keep, keys, now or datetime.now(UTC))
        except (Failure, OSError, sqlite3.Error) as error:
            told = trouble(error, folder, settings.home)
            _record(database, ok=False, detail={"error": told.key})
            raise told from error
        _record(
            database,
            ok=True,
            detail={
                "backup": made.backup.name,
                "folder": str(folder.absolute()),
                "bytes": made.bytes,
                "verified": made.manifest.verified,
                "missing": len(made.manifest.missing),
                "orphans": made.manifest.orphans,
            },
        )
        return made


def _make(settings: Settings, folder: Path, keep: Keep, keys: Keys | None, now: datetime) -> Made:
    _sweep(settings.home, folder)
    now = now.astimezone(UTC).replace(microsecond=0)
    while (folder / name_of(now)).exists():  # a second one within the same second
        now += timedelta(seconds=1)
    enough_room(settings, folder, keys)
    work = folder / f"{UNFINISHED}{uuid4().hex[:8]}"
    # Clear text never lies in the folder of the backups, which may be somebody else's disk.
    scratch = (settings.home if keys else folder) / f"{SCRATCH}{uuid4().hex[:8]}"
    try:
        for made in (work, scratch):
            made.mkdir(mode=OWN_FOLDER)
        manifest = _fill(work, scratch, settings, folder, keys, now)
        (work / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
        (work / MANIFEST).chmod(OURS_ALONE)
        for path in (*work.iterdir(), work):
            sync(path)
        final = Backup(folder / name_of(now))
        work.rename(final.path)
        sync(folder)
    finally:
        for made in (work, scratch):
            shutil.rmtree(made, ignore_errors=True)
    # Where the clock went back, one that is named later counts as newer: what was just made stays.
    removed = [
        old for old in rotation.superfluous(backups_in(folder), keep) if old.name != final.name
    ]
    for old in removed:
        rotation.remove(old)
    aside.remove_old(settings.home, now)
    return Made(final, manifest, manifest.bytes, tuple(old.name for old in removed))


def _fill(
    work: Path, scratch: Path, settings: Settings, folder: Path, keys: Keys | None, now: datetime
) -> Manifest:
    plain = scratch / DATABASE
    rows = copy_database(settings.database, plain)
    try:
        checked = check_database(plain)
    except NotSound as error:  # the copy is what the database is
        raise BackupError("operation_backup_source_damaged", **error.values) from error
    if checked.rows != rows:
        raise BackupError("operation_backup_rows_differ", path=plain)
    contents = contents_of(settings.home, settings.library, plain, with_keys=keys is not None)
    database = _keep(plain, work, keys)
    files = _same_as_before(folder, contents, keys, work)
    if files is None:
        packed = scratch / FILES
        pack(contents, packed)
        files = _keep(packed, work, keys)
    return _manifest(now, checked, contents, database, files, keys)


def _manifest(
    now: datetime,
    checked: Checked,
    contents: Contents,
    database: Part,
    files: Part,
    keys: Keys | None,
) -> Manifest:
    verified: Verified = "opened"
    if keys is not None:
        verified = "decrypted" if keys.can_open else "before_encryption"
    return Manifest(
        program=version("frisksvar"),
        made_at=now,
        database=database,
        files=files,
        migrations=checked.migrations,
        rows=dict(checked.rows),
        sequence=checked.sequence,
        line=checked.line,
        orphans=checked.orphans,
        documents=len({Path(name).name for name in contents.documents}),
        contents=contents.digest(),
        missing=contents.missing,
        recipients=keys.recipients if keys else (),
        verified=verified,
    )


def _keep(plain: Path, work: Path, keys: Keys | None) -> Part:
    """Move a file into the backup, encrypted where there are keys, and read it there again."""
    inside = sha256_of(plain)
    if keys is None:
        kept = work / plain.name
        plain.rename(kept)
    else:
        kept = work / f"{plain.name}{SEALED}"
        keys.seal(plain, kept)
        plain.unlink()
        sync(kept)
        if keys.can_open and keys.sha256_inside(kept) != inside:
            raise BackupError("operation_backup_changed", path=kept)
    kept.chmod(OURS_ALONE)
    return Part(
        file=kept.name, bytes=kept.stat().st_size, sha256=sha256_of(kept), sha256_inside=inside
    )


def _same_as_before(folder: Path, contents: Contents, keys: Keys | None, work: Path) -> Part | None:
    """The last backup's files as a second name of the same file, where nothing has changed.

    The library changes seldom and is the larger part. The file is read and compared first, so that
    one that has gone bad on the disk is written anew.
    """
    for backup in backups_in(folder)[:1]:
        try:
            last = backup.manifest()
            same = (last.contents, last.recipients) == (
                contents.digest(),
                keys.recipients if keys else (),
            )
            path = backup.path / Path(last.files.file).name
            if same and sha256_of(path) == last.files.sha256:
                os.link(path, work / path.name)
                return last.files
        except (BackupError, OSError):
            continue  # a disk without hard links, or a backup that is not whole
    return None


def _sweep(home: Path, folder: Path) -> None:
    """Remove what a process that was killed had half made; we have the lock."""
    for pattern, place in ((SCRATCH, home), (SCRATCH, folder), (UNFINISHED, folder)):
        for left in place.glob(f"{pattern}????????"):
            shutil.rmtree(left, ignore_errors=True)
    rotation.sweep(folder)
    aside.sweep(home / DATABASE)


def _record(database: Path, *, ok: bool, detail: dict[str, Any]) -> None:
    # Not through Store: it would migrate, and a backup is what one takes before that.
    try:
        with closing(connect(database)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            record(connection, JOB, ok=ok, detail=detail)
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        log.warning("backup not recorded: error=%s", type(error).__name__)
