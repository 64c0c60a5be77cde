"""The tables of the database as rows, without knowing what each of them is for.

A table that a later migration adds is in the archive without a change here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from knowledge.store.migrations import migrations

COUNTERS = "sqlite_sequence"
"""SQLite's own: the last id of each AUTOINCREMENT table."""

LEFT_OUT = ("sign_in_links",)
"""Secrets of users, good for minutes."""

SLACKS_OWN = ("slack_installations", "slack_bots", "oauth_states")
"""Tokens of workspaces, and installations under way: slack-sdk makes these tables where OAuth is
used. An installation is of one machine: where the register moves to, the app is installed again."""

_MIGRATIONS = "_sqlite_migrations"  # sqlite-utils' own list
_LAST = "link_changes"  # counts what happens to other tables

FORGOTTEN: Mapping[str, Mapping[str, str]] = {
    "slack_posts": {
        "payload": "NULL",
        "recipient": "NULL",
        "response_url": "NULL",
        # What was still to be posted cannot be without its content, and must not be posted twice.
        "state": "CASE WHEN state IN ('due', 'ready') THEN 'failed' ELSE state END",
        "error": "CASE WHEN state IN ('due', 'ready') THEN 'exported' ELSE error END",
    }
}
"""Columns that are written as something else than they are."""


def tables(connection: sqlite3.Connection) -> list[str]:
    """Our tables but those left out; the one that counts changes of others is the last."""
    shadows = {
        name
        for (name,) in connection.execute(
            "SELECT name FROM pragma_table_list WHERE type IN ('virtual', 'shadow')"
        )
    }
    found = [
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' "
            "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        )
        if name not in shadows and name not in (*LEFT_OUT, *SLACKS_OWN, _MIGRATIONS)
    ]
    return sorted(found, key=lambda name: name == _LAST)


def columns_of(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    return frozenset(
        name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", [table])
    )


def rows_of(connection: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    """Every row in the order it was made, as column -> value."""
    names = [
        name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", [table])
    ]
    instead = FORGOTTEN.get(table, {})
    chosen = ", ".join(instead.get(name, f'"{name}"') for name in names)
    rows = connection.execute(f'SELECT {chosen} FROM "{table}" ORDER BY rowid')  # noqa: S608
    for row in rows:
        yield dict(zip(names, row, strict=True))


def insert(connection: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> None:
    """Write a row; its columns must be the table's own (`columns_of`)."""
    names = ", ".join(f'"{name}"' for name in row)
    values = ", ".join("?" * len(row))
    connection.execute(
        f'INSERT INTO "{table}" ({names}) VALUES ({values})',  # noqa: S608
        list(row.values()),
    )


def applied_migrations(connection: sqlite3.Connection) -> list[str]:
    """Names, in the order in which they ran."""
    return [
        name
        for (name,) in connection.execute(
            f"SELECT name FROM {_MIGRATIONS} WHERE migration_set = ? ORDER BY name",  # noqa: S608
            [migrations.name],
        )
    ]


def known_migrations() -> frozenset[str]:
    return frozenset(migration.name for migration in migrations._migrations)
