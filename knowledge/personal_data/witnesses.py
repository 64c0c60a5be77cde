"""What can tell what was forgotten since a backup was made: a database, or the file beside it.

One that was made new meanwhile, as on a new machine, is there and can be read, and tells nothing.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from knowledge.store import Store
from knowledge.store.erasures import Noted
from knowledge.store.row_marks import same_row

_TABLES: Final = {"inquiry": "inquiries", "visit": "visits", "idea": "ideas", "user": "users"}
"""The first of them that has a row decides."""

_MOMENTS: Final = (
    "SELECT max(received_at) FROM inquiries",
    "SELECT max(at) FROM changes",
    "SELECT max(at) FROM privacy_log",
    # When it was brought to today's schema says nothing of when it was copied.
    "SELECT max(at) FROM jobs WHERE name <> 'migration'",
)


def knows(present: Path, restored: Store) -> bool:
    """Whether a database goes on from what the restored one has: it knows the newest row there."""
    connection = restored.database.conn
    newest = {
        kind: connection.execute(f"SELECT max(id) FROM {table}").fetchone()[0]
        for kind, table in _TABLES.items()
    }
    there = [(kind, number) for kind, number in newest.items() if number is not None]
    if not there:
        return True  # there is nothing that could have been forgotten
    try:
        uri = f"{present.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as now:
            return same_row(now, connection, *there[0])
    except sqlite3.Error:
        return False


def began_before(noted: Noted, made_at: datetime | None) -> bool:
    """Whether a file tells of all that was forgotten after a moment.

    By whole seconds, as backups are named: the first of a home comes right after its file.
    """
    if noted.began is None or made_at is None:
        return False
    return datetime.fromisoformat(noted.began).replace(microsecond=0) <= made_at


def last_moment(restored: Store) -> datetime | None:
    """The latest moment that a database tells of: when it was copied, or a little before."""
    found = [restored.database.conn.execute(each).fetchone()[0] for each in _MOMENTS]
    moments = [datetime.fromisoformat(each) for each in found if each]
    aware = [each if each.tzinfo else each.replace(tzinfo=UTC) for each in moments]
    return max(aware, default=None)
