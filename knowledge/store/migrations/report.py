"""The annual report."""

from __future__ import annotations

from sqlite_utils import Database

from knowledge.store.migrations.base import execute, migrations


@migrations(name="0009_closed_years")
def closed_years(db: Database) -> None:
    """The figures of a year as they were when it was closed; closing again adds a version."""
    execute(
        db,
        """
        CREATE TABLE closed_years (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            year INTEGER NOT NULL,
            version INTEGER NOT NULL,           -- 1, 2, ...
            closed_at TEXT NOT NULL,            -- UTC
            closed_by TEXT NOT NULL,
            reason TEXT NOT NULL,
            rules TEXT NOT NULL,                -- the definitions it was counted by
            last_change INTEGER NOT NULL,       -- of the audit trail, when it was closed
            last_inquiry INTEGER NOT NULL,
            tables TEXT NOT NULL,               -- JSON: knowledge/statistics/closing.py
            UNIQUE (year, version)
        ) STRICT
        """,
        """
        CREATE TRIGGER closed_years_are_history BEFORE UPDATE ON closed_years
        BEGIN SELECT RAISE(ABORT, 'a year that was closed cannot be changed'); END
        """,
        """
        CREATE TRIGGER closed_years_stay BEFORE DELETE ON closed_years
        BEGIN SELECT RAISE(ABORT, 'a year that was closed cannot be removed'); END
        """,
    )
