"""By what a row is known again in a copy that is older or newer than the database at hand.

A number is not enough: after a restore it may be given to another row. The day of an inquiry is
neither, as a reviewer may correct it, and with it the hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from sqlite3 import Connection
from typing import Final

ROWS: Final[Mapping[str, str]] = {
    "inquiry": "SELECT received_at, came_from FROM inquiries WHERE id = ?",
    "visit": "SELECT created_at, came_from FROM visits WHERE id = ?",
    "idea": "SELECT created_at, came_from FROM ideas WHERE id = ?",
    "annual_form": "SELECT centre || ':' || year, '' FROM annual_forms WHERE id = ?",
    "user": "SELECT created_at, '' FROM users WHERE id = ?",
}
"""When a row was made, and where it comes from: `came_from` is unique and no correction's."""

SLACK: Final = ("slack:", "forgotten:", "withdrawn:")
"""An origin in Slack, or what stands there when it was taken out with who asked
(personal_data/emptying.py, register/inquiries.py); retention takes it before the row."""

MARK_DIGITS: Final = 32


def mark_of(kind: str, number: int, created: str, came_from: str = "") -> str:
    """The mark of a row as it is now, which tells neither when it was made nor where.

    A moment with a fraction of a second is known by what stands below its hour. A whole second is
    noon, like that of many others: for an import the origin tells. Not for a message in Slack that
    was registered for another day: the emptying takes its origin out, and a hash of a channel and a
    moment could be tried out until it tells which message it was. Such a row is known by its number
    and by being of that kind: where a number was given again to another one, that one goes as well.

    Args:
        created, came_from: as `ROWS` gives them.
    """
    if "." in created or came_from.startswith(SLACK):
        return _hashed(kind, number, created[13:])
    return _hashed(kind, number, came_from or created)


def marks_at(connection: Connection, kind: str, number: int) -> frozenset[str]:
    """Every mark that the row of that number may have been noted by; none where there is no row.

    Raises:
        sqlite3.OperationalError: the database is of a schema without such rows.
    """
    found = connection.execute(ROWS[kind], [number]).fetchone() if kind in ROWS else None
    if found is None:
        return frozenset()
    created, came_from = map(str, found)
    # The second is how a whole second was noted before origins counted.
    return frozenset((mark_of(kind, number, created, came_from), mark_of(kind, number, created)))


def same_row(now: Connection, restored: Connection, kind: str, number: int) -> bool:
    """Whether two databases have the very same row under a number."""
    found = now.execute(ROWS[kind], [number]).fetchone()
    return found is not None and mark_of(kind, number, *map(str, found)) in marks_at(
        restored, kind, number
    )


def _hashed(kind: str, number: int, told: str) -> str:
    return sha256(f"{kind}:{number}:{told}".encode()).hexdigest()[:MARK_DIGITS]
