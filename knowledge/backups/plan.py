"""Where backups go, how long they stay and who can open them, by the settings."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.backups.errors import trouble
from knowledge.backups.making import Made, make_backup
from knowledge.backups.rotation import Keep
from knowledge.settings import Settings
from knowledge.store.copying import connect
from knowledge.store.erasures import FILE, begin, complete, merge

if TYPE_CHECKING:
    from knowledge.backups.sealing import Keys


@dataclass(frozen=True)
class Plan:
    """`given`: somebody named the folder just now; it does not stand in the settings."""

    folder: Path
    keep: Keep
    keys: Keys | None
    given: bool = False

    def make(self, settings: Settings) -> Made:
        """As `make_backup`, and beside it the file of what was forgotten; raises BackupError."""
        own = settings.home / FILE
        if settings.database.exists():
            with suppress(OSError):  # told of below, once there is a backup
                begin(own)  # before it: the file tells of all that is forgotten after this one
        made = make_backup(
            settings, folder=self.folder, keep=self.keep, keys=self.keys, given=self.given
        )
        try:
            # One of another schema is told of when it is migrated.
            with suppress(sqlite3.Error), closing(connect(settings.database)) as connection:
                complete(own, connection)
            merge(own, self.folder / FILE)
        except OSError as error:
            raise trouble(error, self.folder, settings.home) from error
        return made


def plan_of(
    settings: Settings,
    *,
    folder: Path | None = None,
    keep: Keep | None = None,
    key_file: Path | None = None,
) -> Plan:
    """The settings, with what is given here in their place.

    Raises:
        BackupError: the key file cannot be used.
    """
    return Plan(
        folder=folder or backup_folder(settings),
        keep=keep
        or Keep(
            settings.backup_keep_daily, settings.backup_keep_weekly, settings.backup_keep_monthly
        ),
        keys=keys_in(key_file or settings.backup_key_file),
        given=folder is not None,
    )


def backup_folder(settings: Settings) -> Path:
    return settings.backup_folder or settings.home / "backups"


def keys_in(path: Path | None) -> Keys | None:
    if path is None:
        return None
    # Imported late: without a key nothing of it is needed.
    from knowledge.backups.sealing import read_keys

    return read_keys(path)
