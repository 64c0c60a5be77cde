"""What running Frisksvar leaves behind."""

from __future__ import annotations

from sqlite_utils import Database

from knowledge.store.migrations.base import execute, migrations


@migrations(name="0010_jobs")
def jobs(db: Database) -> None:
    """What runs by itself or by hand (backups, restores): when, and whether it went well."""
    execute(
        db,
        """
        CREATE TABLE jobs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL,                 -- backup, restore, ...
            at TEXT NOT NULL,                   -- UTC, when it ended
            ok INTEGER NOT NULL CHECK (ok IN (0, 1)),
            detail TEXT NOT NULL                -- JSON object; never texts or persons
        ) STRICT
        """,
        "CREATE INDEX jobs_name ON jobs(name, ok, id)",
    )


@migrations(name="0011_personal_data")
def personal_data(db: Database) -> None:
    """What is kept for archive duty, who was forgotten, and a log of what was done with texts."""
    execute(
        db,
        """
        CREATE TABLE holds (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            inquiry INTEGER NOT NULL REFERENCES inquiries(id) ON DELETE CASCADE,
            at TEXT NOT NULL,                   -- UTC
            who TEXT NOT NULL,                  -- as in privacy_log
            reason TEXT NOT NULL,               -- masked
            released_at TEXT,
            released_by TEXT
        ) STRICT
        """,
        "CREATE UNIQUE INDEX holds_standing ON holds(inquiry) WHERE released_at IS NULL",
        """
        CREATE TABLE forgotten_people (
            hash TEXT PRIMARY KEY,              -- keyed, over the pseudonym
            at TEXT NOT NULL                    -- UTC: what is older goes from a restored backup
        ) STRICT
        """,
        """
        CREATE TABLE privacy_log (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at TEXT NOT NULL,                   -- UTC
            act TEXT NOT NULL CHECK (act IN ('find', 'export', 'forget', 'retention', 'remask',
                'hold', 'release', 'restored')),
            who TEXT NOT NULL,                  -- who ran it: user:3, cli:<account>, daily
            reference TEXT NOT NULL,            -- of the request, e.g. a case number; masked
            subject TEXT NOT NULL,              -- a keyed hash, user:3 or inquiry:12; else empty
            detail TEXT NOT NULL,               -- JSON object of counts
            rules TEXT NOT NULL                 -- the version of the masking, where it matters
        ) STRICT
        """,
        """
        CREATE TRIGGER privacy_log_is_history BEFORE UPDATE ON privacy_log
        BEGIN SELECT RAISE(ABORT, 'the log of personal data cannot be changed'); END
        """,
        """
        CREATE TRIGGER privacy_log_stays BEFORE DELETE ON privacy_log
        BEGIN SELECT RAISE(ABORT, 'the log of personal data cannot be removed'); END
        """,
        "CREATE INDEX privacy_log_act ON privacy_log(act, id)",
    )


@migrations(name="0012_key_checks")
def key_checks(db: Database) -> None:
    """By what a key is known again: one that was lost and made anew would know nobody."""
    execute(
        db,
        """
        CREATE TABLE key_checks (
            name TEXT PRIMARY KEY,              -- pseudonym; given_up: an earlier one
            value TEXT NOT NULL,                -- HMAC-SHA256 of a constant under the key
            at TEXT NOT NULL                    -- UTC: since when this is the key
        ) STRICT
        """,
    )
