"""Copies of the database that a migration or a restore put aside in the home folder."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

DAYS = 30
"""How long they stay. They hold what may have been forgotten since, and backups were made since."""

ASIDE = re.compile(r"frisksvar-before-.+\.db(-wal|-shm)?")


def sweep(database: Path) -> None:
    """Remove a second name of the database itself, left by a restore that was killed.

    Opened under that name it would be read without its log. Call under the lock of backups.
    """
    for path in database.parent.glob(f"{database.stem}-before-restore-*{database.suffix}"):
        if database.exists() and path.samefile(database):
            path.unlink()


def all_in(home: Path) -> list[Path]:
    """The databases that were put aside, with the logs of those that were damaged."""
    return [path for path in sorted(home.glob("frisksvar-before-*")) if ASIDE.fullmatch(path.name)]


def remove_all(home: Path) -> list[str]:
    """Remove them, as somebody was forgotten whom they may hold; their names."""
    removed = []
    for path in all_in(home):
        path.unlink(missing_ok=True)
        removed.append(path.name)
    return removed


def remove_old(home: Path, now: datetime) -> list[str]:
    """Remove those older than `DAYS`. Call only when a newer backup was just made and checked."""
    removed = []
    for path in sorted(home.glob("frisksvar-before-*")):
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if ASIDE.fullmatch(path.name) and now - changed > timedelta(days=DAYS):
            path.unlink(missing_ok=True)
            removed.append(path.name)
    return removed
