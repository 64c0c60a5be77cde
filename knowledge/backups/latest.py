"""Which backup is the newest: by the register's own numbering, where it reaches, and by the clock.

A clock may have been wrong, ahead or behind. What a register numbers only goes up
(`Manifest.sequence`), so of two backups of one line (`Manifest.line`) the one with the higher
number is the later one. A restore begins a new line: the numbers start again from those of the
backup, so between two lines, or where a manifest tells of none, only the clock is left to go by.
Where that leaves a doubt the note names both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class _Line:
    """Backups that are of one line, or of which it is not known; the newest first."""

    ordered: tuple[_Read, ...]

    @property
    def newest(self) -> _Read:
        return self.ordered[0]

    def reaches(self, until: datetime) -> tuple[bool, datetime, int]:
        """How far it goes by the clock; what is dated in the future tells nothing of that."""
        past = [one.manifest.made_at for one in self.ordered if one.manifest.made_at <= until]
        if past:
            return True, max(past), self.newest.manifest.sequence
        return False, datetime.min.replace(tzinfo=UTC), self.newest.manifest.sequence


def latest(folder: Path, now: datetime | None = None) -> Latest:
    """The newest backup in a folder.

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
    lines = _lines(found, until)
    chosen = max(lines, key=lambda line: line.reaches(until)).newest
    for name, error in unreadable.items():
        if name > chosen.backup.name:
            raise error  # nobody knows whether it is the newest
    return Latest(chosen.backup, _note(chosen, found, there[0], until))


def newer_than(chosen: Backup) -> list[list[Backup]]:
    """The backups beside one that were made after it: by line, the newest of each first.

    Raises:
        BackupError: the manifest of the chosen one is damaged.
    """
    mine = _Read(chosen, chosen.manifest())
    found, _ = _read(backups_in(chosen.path.parent))
    later = [one for one in found if _is_later(one, mine)]
    lines = _lines(later, datetime.now(UTC) + AHEAD)
    lines.sort(key=lambda line: line.newest.manifest.line != mine.manifest.line)
    return [[one.backup for one in line.ordered] for line in lines]


def _is_later(one: _Read, other: _Read) -> bool:
    if one.manifest.line and one.manifest.line == other.manifest.line:
        return one.by_register > other.by_register
    return one.manifest.made_at > other.manifest.made_at


def _lines(found: Iterable[_Read], until: datetime) -> list[_Line]:
    by_line: dict[str, list[_Read]] = {}
    for one in found:
        by_line.setdefault(one.manifest.line, []).append(one)

    def by_clock(one: _Read) -> tuple[bool, datetime, int]:
        return (one.manifest.made_at <= until, *one.by_clock)

    return [
        _Line(
            tuple(sorted(some, key=lambda one: one.by_register, reverse=True))
            if line
            else tuple(sorted(some, key=by_clock, reverse=True))
        )
        for line, some in by_line.items()
    ]


def _note(chosen: _Read, found: list[_Read], by_name: Backup, until: datetime) -> Message | None:
    """What is to be told of a choice: that a clock was wrong, or which other one may be meant."""
    if chosen.manifest.made_at > until:
        values = {"name": chosen.backup.name, "moment": chosen.moment}
        return Message("operation_backup_latest_ahead", values)
    told = {"chosen": chosen.backup.name}
    ahead = [one for one in found if one.manifest.made_at > until]
    if ahead:
        first = max(ahead, key=lambda one: one.by_register)
        values = told | {"name": first.backup.name, "moment": first.moment}
        return Message("operation_backup_latest_passed", values)
    further = max(found, key=lambda one: one.by_register)
    if further.manifest.sequence > chosen.manifest.sequence:
        return Message("operation_backup_latest_line", told | {"name": further.backup.name})
    by_clock = max(found, key=lambda one: one.by_clock)
    if by_clock != chosen:
        return Message("operation_backup_latest_numbered", told | {"name": by_clock.backup.name})
    if by_name.name != chosen.backup.name:
        values = told | {"moment": chosen.moment, "name": by_name.name}
        return Message("operation_backup_latest_renamed", values)
    return None


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
