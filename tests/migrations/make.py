"""Writes a database as each migration left it, with rows in every table.

    python tests/migrations/make.py              what is missing
    python tests/migrations/make.py 0011_...     that one anew, as long as it is not released

They are stored, gzipped, and not made by the tests: a migration that is changed after its release
would otherwise be tested against itself.
"""

from __future__ import annotations

import gzip
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from rows import ROWS
from sqlite_utils import Database

from knowledge.store.copying import known_migrations
from knowledge.store.migrations import migrations

FOLDER = Path(__file__).parent


def make(upto: str, path: Path) -> None:
    names = known_migrations()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        database = Database(connection)
        for name in names[: names.index(upto) + 1]:
            later = names[names.index(name) + 1 :]
            migrations.apply(database, stop_before=later)
            for statement in ROWS[name]:
                connection.execute(statement)
            connection.commit()


def main(again: list[str]) -> None:
    for name in known_migrations():
        target = FOLDER / f"{name}.db.gz"
        if target.exists() and name not in again:
            continue
        with TemporaryDirectory() as folder:
            path = Path(folder) / "a.db"
            make(name, path)
            target.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
        print(target.name, target.stat().st_size)


if __name__ == "__main__":
    main(sys.argv[1:])
