"""Gauges that both processes have: what stands in the register, the index and on the disk."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bot.metrics.collecting import Reading, Source
from bot.metrics.names import (
    BACKUP_LAST,
    DATABASE_BYTES,
    DISK_FREE,
    HANDOVERS_OPEN,
    INDEX_AGE,
    INDEX_DOCUMENTS,
    INDEX_PASSAGES,
    INFO,
    JOB_OK,
    READY,
    STARTED,
    Service,
)
from bot.metrics.readiness import Readiness
from indexer.generations.generation import current_folder, read_manifest
from indexer.generations.manifest import IndexUnusable
from knowledge.settings import Settings

LOOK_SECONDS: Final = 2.0
"""To wait for a lock on the register: a scrape gives up after ten by default."""

BACKUP: Final = "backup"


def age(moment: str) -> float:
    """Seconds since a moment as the register writes it (ISO 8601, UTC)."""
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()


def looking(database: Path) -> closing[sqlite3.Connection]:
    """A connection that only reads, for one look: each thread that asks is another one."""
    address = f"{database.resolve().as_uri()}?mode=ro"
    return closing(sqlite3.connect(address, uri=True, timeout=LOOK_SECONDS))


def of_process(service: Service, readiness: Readiness) -> Source:
    """The version, the start, and whether what is needed is there."""
    started = time.time()

    def read() -> Iterator[Reading]:
        yield INFO, 1, {"version": version("frisksvar"), "service": service}
        yield STARTED, started, {}
        for check, trouble in readiness.troubles().items():
            yield READY, trouble is None, {"check": check}

    return read


def of_disk(settings: Settings) -> Source:
    """Sizes of the database's files, and what is free beside them."""

    def read() -> Iterator[Reading]:
        path = settings.database
        for name, file in (("database", path), ("wal", path.with_name(f"{path.name}-wal"))):
            yield DATABASE_BYTES, file.stat().st_size if file.exists() else 0, {"file": name}
        yield DISK_FREE, shutil.disk_usage(path.parent).free, {}

    return read


def of_index(settings: Settings) -> Source:
    """The generation in use; nothing where there is none, which readiness tells."""

    def read() -> Iterator[Reading]:
        try:
            manifest = read_manifest(current_folder(settings.index))
        except IndexUnusable:
            return
        yield INDEX_AGE, age(manifest.created_at), {}
        yield INDEX_DOCUMENTS, manifest.documents, {}
        yield INDEX_PASSAGES, manifest.passages, {}

    return read


def of_register(settings: Settings) -> Source:
    """What waits for a centre, and how the daily jobs went."""

    def read() -> Iterator[Reading]:
        with looking(settings.database) as connection:
            (waiting,) = connection.execute(
                "SELECT count(*) FROM handovers WHERE closed_at IS NULL"
            ).fetchone()
            yield HANDOVERS_OPEN, waiting, {}
            last = connection.execute(
                "SELECT name, ok FROM jobs WHERE id IN (SELECT max(id) FROM jobs GROUP BY name)"
            ).fetchall()
            good = connection.execute(
                "SELECT at FROM jobs WHERE name = ? AND ok = 1 ORDER BY id DESC LIMIT 1", [BACKUP]
            ).fetchone()
        for name, ok in last:
            if name in JOB_OK.labels["work"]:
                yield JOB_OK, ok, {"work": name}
        at = datetime.fromisoformat(good[0]).timestamp() if good else 0
        yield BACKUP_LAST, at, {}

    return read


def house(service: Service, settings: Settings, readiness: Readiness) -> list[Source]:
    """All of these."""
    return [
        of_process(service, readiness),
        of_disk(settings),
        of_index(settings),
        of_register(settings),
    ]
