"""A backup found, checked, and laid ready in clear."""

from __future__ import annotations

import shutil
import sqlite3
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.backups.documents import KEYS
from knowledge.backups.errors import BackupError
from knowledge.backups.latest import latest
from knowledge.backups.making import DATABASE, FILES, SEALED
from knowledge.backups.manifest import MANIFEST, Backup, Manifest, Part, backups_in, sha256_of
from knowledge.backups.room import refuse_without_room
from knowledge.store.copying import (
    OURS_ALONE,
    Checked,
    NotSound,
    bytes_of,
    check_database,
    copy_database,
    known_migrations,
)

if TYPE_CHECKING:
    from knowledge.backups.sealing import Keys

LATEST = "latest"


def find(which: str, folder: Path) -> Backup | Path:
    """A backup by its name, its folder or `latest`; or a bare database file by its path.

    Raises:
        BackupError: there is none of that name.
    """
    there = backups_in(folder)
    if which == LATEST:
        return latest(folder).backup
    for backup in there:
        if which == backup.name:
            return backup
    path = Path(which)
    if path.is_file():
        # Any of its files stands for a whole backup.
        return Backup(path.parent) if (path.parent / MANIFEST).is_file() else path
    if path.is_dir() and (path / MANIFEST).is_file():
        return Backup(path.resolve())
    raise BackupError("operation_backup_unknown", which=which, folder=folder)


def verify(backup: Backup, work: Path, keys: Keys | None) -> Manifest:
    """Do all of a restore but the putting in place, in the folder `work`.

    Raises:
        BackupError: it could not be restored.
    """
    _, manifest = prepare(backup, work, work, keys)
    assert manifest is not None
    in_clear(backup, manifest.files, work / FILES, keys)
    return manifest


def prepare(
    chosen: Backup | Path, work: Path, home: Path, keys: Keys | None
) -> tuple[Path, Manifest | None]:
    """A checked copy of the backup's database in the folder `work`."""
    prepared = work / DATABASE
    manifest = chosen.whole() if isinstance(chosen, Backup) else None
    size = manifest.database.bytes if manifest else bytes_of(chosen)  # type: ignore[arg-type]
    refuse_without_room(home, size)
    if isinstance(chosen, Backup):
        assert manifest is not None
        in_clear(chosen, manifest.database, prepared, keys)
    elif chosen.suffix == SEALED:
        _open_sealed(chosen, prepared, keys)
    else:
        _copy(chosen, prepared)
    path = chosen.path if isinstance(chosen, Backup) else chosen
    try:
        checked = check_database(prepared)
    except NotSound as error:
        raise _unfit(path, error.values["reason"]) from error
    _refuse_newer(checked, path, manifest)
    if manifest is not None and dict(checked.rows) != manifest.rows:
        raise BackupError("operation_backup_rows_differ", path=chosen)
    return prepared, manifest


def _copy(source: Path, target: Path) -> None:
    try:
        copy_database(source, target)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in UNFIT:
            raise
        raise _unfit(source, error) from error


UNFIT = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def _unfit(path: Path, reason: object) -> BackupError:
    if "file is not a database" in str(reason):  # sqlite.org/rescode.html, SQLITE_NOTADB
        return BackupError("operation_backup_no_register", path=path)
    return BackupError("operation_backup_file_damaged", path=path, reason=reason)


def _refuse_newer(checked: Checked, path: Path, manifest: Manifest | None) -> None:
    if not checked.migrations:
        raise BackupError("operation_backup_no_register", path=path)
    if set(checked.migrations) - set(known_migrations()):
        program = manifest.program if manifest else max(checked.migrations)
        raise BackupError("operation_backup_newer", path=path, program=program)


def in_clear(backup: Backup, part: Part, target: Path, keys: Keys | None) -> None:
    """A file of a backup in clear."""
    source = backup.path / Path(part.file).name
    if source.suffix == SEALED:
        _open_sealed(source, target, keys)
    else:
        shutil.copyfile(source, target)
        target.chmod(OURS_ALONE)
    if sha256_of(target) != part.sha256_inside:
        raise BackupError("operation_backup_changed", path=source)


def key_of(backup: Backup, name: str, work: Path, keys: Keys | None) -> bytes | None:
    """A key of the home folder as a backup has it; None where it has none, as it is not encrypted.

    Args:
        name: of its file.
        work: a folder for clear text.

    Raises:
        BackupError: the backup is damaged, or sealed to another key.
    """
    packed = work / FILES
    in_clear(backup, backup.manifest().files, packed, keys)
    with tarfile.open(packed, "r:") as tar:
        try:
            content = tar.extractfile(f"{KEYS}/{name}")
        except KeyError:
            return None
        assert content is not None  # only plain files are written
        with content:
            return content.read().strip()


def _open_sealed(source: Path, target: Path, keys: Keys | None) -> None:
    if keys is None:
        raise BackupError("operation_backup_no_secret", path=source)
    target.touch(mode=OURS_ALONE)
    with target.open("wb") as plain:
        keys.opened(source, plain)
