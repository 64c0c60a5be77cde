"""Where a backup is to lie: the folder, whether its disk is there, and room on it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.backups.errors import BackupError
from knowledge.backups.manifest import backups_in
from knowledge.settings import Settings
from knowledge.store.copying import OWN_FOLDER, bytes_of, connect, room_in, size_told

if TYPE_CHECKING:
    from knowledge.backups.sealing import Keys


def made_folder(settings: Settings, folder: Path, *, given: bool) -> Path:
    """The folder, made where it may be.

    A disk that is not mounted leaves an empty folder, or none. Backups there would fill the disk
    of the register, and nobody would hear that the others are gone.

    Args:
        given: somebody named it just now: it may begin anew, and the folders above it be made.

    Raises:
        BackupError: backups were made there and there are none now, or it would lie in a folder
            that does not exist.
    """
    if not given:
        if not backups_in(folder) and used(settings.database, folder):
            raise BackupError("operation_backup_gone", folder=folder)
        if not folder.absolute().parent.exists():
            raise BackupError("operation_backup_no_parent", folder=folder)
    folder.mkdir(mode=OWN_FOLDER, parents=True, exist_ok=True)
    return folder


def used(database: Path, folder: Path) -> bool:
    """Whether the register knows of a backup in this very folder."""
    with closing(connect(database)) as connection:
        try:
            found = connection.execute(
                "SELECT 1 FROM jobs WHERE name = 'backup' AND ok = 1 "
                "AND json_extract(detail, '$.folder') = ? LIMIT 1",
                [str(folder.absolute())],
            ).fetchone()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):  # a register from before jobs were kept
                return False
            raise
    return found is not None


def enough_room(settings: Settings, folder: Path, keys: Keys | None) -> None:
    """Raises BackupError where the copies would not find room."""
    needed = bytes_of(settings.database)
    if not backups_in(folder):  # later the library's files are mostly those of the last backup
        library = settings.library.rglob("*")
        needed += sum(path.stat().st_size for path in library if path.is_file())
    for place in {folder, settings.home} if keys else {folder}:
        refuse_without_room(place, needed)


def refuse_without_room(place: Path, needed: int) -> None:
    """Raises BackupError where so many bytes have no room."""
    free = room_in(place)
    if free < needed:
        raise BackupError(
            "operation_backup_no_room",
            folder=place,
            needed=size_told(needed, needed=True),
            free=size_told(free, needed=False),
        )
