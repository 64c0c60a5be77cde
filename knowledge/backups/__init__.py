"""Backups of the register and the library, and the way back."""

from knowledge.backups.errors import BackupError
from knowledge.backups.making import Made, make_backup
from knowledge.backups.manifest import Backup, Manifest, backups_in
from knowledge.backups.plan import Plan, backup_folder, keys_in, plan_of
from knowledge.backups.preparing import find, verify
from knowledge.backups.restoring import Restored, restore
from knowledge.backups.rotation import Keep

__all__ = [
    "Backup",
    "BackupError",
    "Keep",
    "Made",
    "Manifest",
    "Plan",
    "Restored",
    "backup_folder",
    "backups_in",
    "find",
    "keys_in",
    "make_backup",
    "plan_of",
    "restore",
    "verify",
]
