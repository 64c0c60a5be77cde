"""What can go wrong with a backup, as sentences."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from knowledge.messages import Failure
from knowledge.store.copying import no_room_for_log
from knowledge.system_errors import reason_of

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""No space, no quota, or a file beyond the limit set for the process (ulimit -f)."""


NO_LOG = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
"""What SQLite says where it cannot make the index of the write-ahead log."""


class BackupError(Failure):
    """The backup was not made, or could not be restored; what was there before is still there."""


def trouble(error: Exception, folder: Path, home: Path | None = None) -> BackupError:
    """What the disk or SQLite complains of while copies are written to `folder`.

    Args:
        home: where the register is read; when its disk is full SQLite cannot even read.
    """
    if isinstance(error, Failure):
        return BackupError(error.key, **error.values)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # sqlite.org/rescode.html
    if home is not None and code in NO_LOG and no_room_for_log(home):
        return BackupError("operation_backup_disk_full", folder=home)
    if code == sqlite3.SQLITE_FULL or getattr(error, "errno", None) in FULL:
        return BackupError("operation_backup_disk_full", folder=folder)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return BackupError("operation_backup_source_damaged", reason=error)
    return BackupError("operation_backup_cannot_write", folder=folder, reason=reason_of(error))
