"""The list that every migration joins."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("frisksvar")


def execute(db: Database, *statements: str) -> None:
    for statement in statements:
        db.conn.execute(statement)
