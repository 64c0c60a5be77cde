"""When work was last done, and whether it went well: read by doctor and the metrics."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from knowledge.store.connection import Store

KEPT = 400
"""Rows of each job that stay: more than a year of days."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run. `detail` is what the job says of it: numbers and names of files, never texts."""

    name: str
    at: datetime
    ok: bool
    detail: Mapping[str, Any]


class Jobs:
    """The table `jobs`. Thread-safe, as the store is."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def record(self, name: str, *, ok: bool, detail: Mapping[str, Any]) -> None:
        with self._store.write() as db:
            record(db.conn, name, ok=ok, detail=detail)

    def last(self, name: str, *, ok: bool | None = None) -> Job | None:
        """The newest run of a job; with `ok`, the newest that went well (or did not)."""
        row = self._store.database.execute(
            "SELECT name, at, ok, detail FROM jobs WHERE name = ? AND ok IN (?, ?) "
            "ORDER BY id DESC LIMIT 1",
            [name, *((0, 1) if ok is None else (int(ok), int(ok)))],
        ).fetchone()
        if row is None:
            return None
        return Job(row[0], datetime.fromisoformat(row[1]), bool(row[2]), json.loads(row[3]))


def record(
    connection: sqlite3.Connection, name: str, *, ok: bool, detail: Mapping[str, Any]
) -> None:
    """As `Jobs.record`, within a transaction of the caller."""
    connection.execute(
        "INSERT INTO jobs (name, at, ok, detail) VALUES (?, ?, ?, ?)",
        (name, datetime.now(UTC).isoformat(), int(ok), json.dumps(detail, ensure_ascii=False)),
    )
    connection.execute(
        "DELETE FROM jobs WHERE name = ? AND id NOT IN "
        "(SELECT id FROM jobs WHERE name = ? ORDER BY id DESC LIMIT ?)",
        (name, name, KEPT),
    )
