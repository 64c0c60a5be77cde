"""Which backups stay: the last of each of so many days, weeks and months."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from knowledge.backups.errors import BackupError
from knowledge.backups.manifest import Backup

GONE = ".removed-"
WANTED = re.compile(r"(\d{1,4}),(\d{1,4}),(\d{1,4})")


@dataclass(frozen=True)
class Keep:
    """How many days, weeks (ISO 8601, from Monday) and months that have a backup keep their last.

    The defaults follow the common son-father-grandfather scheme: two weeks day by day, two months
    week by week, a year month by month.
    """

    daily: int = 14
    weekly: int = 8
    monthly: int = 12

    @classmethod
    def of(cls, text: str) -> Keep:
        """From "14,8,12". Raises ValueError."""
        found = WANTED.fullmatch(text.replace(" ", ""))
        if found is None or not any(map(int, found.groups())):
            raise ValueError(text)
        return cls(*map(int, found.groups()))


PERIODS: tuple[tuple[str, Callable[[datetime], str]], ...] = (
    ("daily", lambda at: at.strftime("%Y-%m-%d")),
    ("weekly", lambda at: at.strftime("%G-W%V")),
    ("monthly", lambda at: at.strftime("%Y-%m")),
)


def superfluous(backups: Sequence[Backup], keep: Keep) -> list[Backup]:
    """Those that no rule keeps, newest first. The newest that is whole always stays.

    One without a readable manifest is not counted for any day, so that it never stands in the way
    of a good one; it goes when it is older than everything that stays.
    """
    ordered = sorted(backups, key=lambda backup: backup.made_at, reverse=True)
    good = [backup for backup in ordered if _readable(backup)]
    stays = {backup.name for backup in good[:1]}
    for field, period in PERIODS:
        seen: dict[str, str] = {}
        for backup in good:
            seen.setdefault(period(backup.made_at), backup.name)
        stays |= set(list(seen.values())[: getattr(keep, field)])
    oldest = min(stays, default="")
    return [
        backup
        for backup in ordered
        if backup.name not in stays and (backup in good or (bool(oldest) and backup.name < oldest))
    ]


def remove(backup: Backup) -> None:
    """In one step for whoever looks: renamed, and then emptied."""
    aside = backup.path.with_name(f"{GONE}{backup.name}")
    backup.path.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what a process that was killed was about to remove. Call under the lock."""
    for left in folder.glob(f"{GONE}*"):
        shutil.rmtree(left, ignore_errors=True)


def _readable(backup: Backup) -> bool:
    try:
        backup.manifest()
    except BackupError:
        return False
    return True
