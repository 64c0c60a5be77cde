"""Which backup is the newest: by what is inside, as a clock that was wrong must not choose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from knowledge.backups.errors import BackupError
from knowledge.backups.manifest import Backup, Manifest, backups_in
from knowledge.messages import Message

AHEAD = timedelta(minutes=2)
"""A time server sets a clock by less; a backup from later than that was made by a wrong one."""


class Latest(NamedTuple):
    """The newest backup, and a note where its name alone would have told another story."""

    backup: Backup
    note: Message | None


class _Read(NamedTuple):
    backup: Backup
    manifest: Manifest

    @property
    def by_clock(self) -> tuple[datetime, int]:
        return self.manifest.made_at, self.manifest.sequence

    @property
    def by_register(self) -> tuple[int, datetime]:
        return self.manifest.sequence, self.manifest.made_at

    @property
    def moment(self) -> str:
        return self.manifest.made_at.strftime("%Y-%m-%d %H:%M UTC")


def latest(folder: Path, now: datetime | None = None) -> Latest:
    """The newest backup in a folder.

    One that is dated in the future is the newest only if its register is further on than that of
    the others (`Manifest.sequence`).

    Raises:
        BackupError: there is none, or the manifest of one that may be the newest is damaged.
    """
    there = backups_in(folder)
    if not there:
        raise BackupError("operation_backup_none_to_restore", folder=folder)
    found, unreadable = _read(there)
    if not found:
        raise unreadable[there[0].name]
    until = (now or datetime.now(UTC)) + AHEAD
    past = [one for one in found if one.manifest.made_at <= until]
    ahead = [one for one in found if one.manifest.made_at > until]
    chosen = max(past or ahead, key=lambda one: one.by_clock)
    note = None
    if ahead:
        first = max(ahead, key=lambda one: one.by_register)
        if not past or first.manifest.sequence > chosen.manifest.sequence:
            chosen = first
            values = {"name": first.backup.name, "moment": first.moment}
            note = Message("operation_backup_latest_ahead", values)
        else:
            values = {"name": first.backup.name, "moment": first.moment}
            values |= {"chosen": chosen.backup.name}
            note = Message("operation_backup_latest_passed", values)
    for name, error in unreadable.items():
        if name > chosen.backup.name:
            raise error  # nobody knows whether it is the newest
    if note is None and chosen.backup.name != there[0].name:
        values = {"chosen": chosen.backup.name, "moment": chosen.moment, "name": there[0].name}
        note = Message("operation_backup_latest_renamed", values)
    return Latest(chosen.backup, note)


def _read(backups: list[Backup]) -> tuple[list[_Read], dict[str, BackupError]]:
    """Those with a manifest, and what is wrong with that of each other one, by name."""
    found: list[_Read] = []
    unreadable: dict[str, BackupError] = {}
    for backup in backups:
        try:
            found.append(_Read(backup, backup.manifest()))
        except BackupError as error:
            unreadable[backup.name] = error
    return found, unreadable
