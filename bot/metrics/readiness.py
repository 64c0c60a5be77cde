"""Whether a process can do its work: what /readyz, the metrics and systemd are told."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Final

from indexer.index import Index
from knowledge.messages import Failure
from knowledge.settings import Settings
from knowledge.store import store_trouble

Check = Callable[[], str | None]
"""None where it is well, else a short code: "database_locked", "no_index", "disconnected"."""

LEAST_FREE_BYTES: Final = 20_000_000
"""With less than this the register's next writes may not fit: WAL grows to 4 MB before SQLite
folds it in, and a checkpoint needs room for it twice."""

LOCK_SECONDS: Final = 2.0
"""To wait for the write lock; no write transaction of ours takes so long."""


class Readiness:
    """Named checks, made anew each time they are asked for. Thread-safe if they are."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = dict(checks)

    def troubles(self) -> dict[str, str | None]:
        """Each check, and what is wrong with it; None where it is well."""
        return {name: _checked(check) for name, check in self._checks.items()}


def _checked(check: Check) -> str | None:
    try:
        return check()
    except Failure as failure:
        return failure.key
    except Exception as error:  # a check that breaks tells of trouble, too
        return type(error).__name__


def database_writable(settings: Settings) -> Check:
    """The write lock can be had, and the disk has room; nothing is written."""

    def check() -> str | None:
        path = settings.database
        if shutil.disk_usage(path.parent).free < LEAST_FREE_BYTES:
            return "disk_full"
        address = f"{path.resolve().as_uri()}?mode=rw"
        try:
            with closing(sqlite3.connect(address, uri=True, timeout=LOCK_SECONDS)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.rollback()
        except sqlite3.Error as error:
            return store_trouble(error, path).key
        return None

    return check


def index_loaded(index: Index) -> Check:
    """The generation in use is loaded, or can be: as the next question would."""

    def check() -> str | None:
        index.open()
        return None

    return check
