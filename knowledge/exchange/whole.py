"""The whole register out and in again: a zip with one file of JSON Lines for each table.

Left out are secrets and what only lives for minutes: sign-in links, the tokens of workspaces, and
what was still to be posted in Slack and to whom. The documents' own text is in the library folder,
not in the register.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.exchange.tables import (
    COUNTERS,
    LEFT_OUT,
    SLACKS_OWN,
    applied_migrations,
    columns_of,
    insert,
    known_migrations,
    rows_of,
    tables,
)
from knowledge.messages import Failure
from knowledge.store import Store

MANIFEST = "manifest.json"
MOST_MANIFEST_BYTES = 10 * 1024 * 1024
"""A manifest has a line for each table: a few kilobytes."""

MOST_RATIO = 200
"""Unpacked to packed, of one table. Rows of ours have 5 to 50; deflate's limit, and a bomb's, is
about 1,000."""

SMALL_BYTES = 16 * 1024 * 1024
"""Below this nothing can be a bomb, whatever its ratio."""

MOST_LINE_BYTES = 64 * 1024 * 1024
"""Of one row; the longest texts kept are far below one megabyte."""

_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError),
    *(sqlite3.IntegrityError, sqlite3.DataError, OverflowError, UnicodeError),
)
"""What zipfile raises for an archive, and SQLite for a row, that cannot be as we wrote them."""

PRIVATE = 0o600
"""The file is the register: for the user who made it alone."""


class TableSummary(BaseModel):
    """One table of the archive: how many rows, and the checksum of its JSON Lines."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """What the archive holds.

    Attributes:
        schema_name: the last migration that the database had; `migrations` are all of them.
        counters: of tables whose ids are never given twice, the last id given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["frisksvar-register"] = "frisksvar-register"
    version: Literal[1] = 1
    made_at: datetime
    schema_name: str
    migrations: tuple[str, ...]
    tables: dict[str, TableSummary]
    counters: dict[str, int]


@dataclass(frozen=True, slots=True)
class Moved:
    """How many rows of how many tables were written, out or in."""

    tables: int
    rows: int


def export_all(store: Store, path: Path) -> Moved:
    """Write every table to a zip at `path`, as they are at one moment; others may go on writing.

    The file is there whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    work = path.with_name(f".{path.name}.part")
    try:
        with os.fdopen(os.open(work, os.O_CREAT | os.O_TRUNC | os.O_RDWR, PRIVATE), "wb") as file:
            with _snapshot(store) as connection:
                manifest = _write_archive(connection, file)
            file.flush()
            os.fsync(file.fileno())
        work.replace(path)
    finally:
        work.unlink(missing_ok=True)
    return Moved(len(manifest.tables), sum(table.rows for table in manifest.tables.values()))


@contextmanager
def _snapshot(store: Store) -> Iterator[sqlite3.Connection]:
    """A read transaction: every table as it was when the first one was read (SQLite, WAL)."""
    connection = store.database.conn
    connection.execute("BEGIN")
    try:
        yield connection
    finally:
        connection.rollback()


def _write_archive(connection: sqlite3.Connection, file: IO[bytes]) -> Manifest:
    summaries: dict[str, TableSummary] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in tables(connection):
            digest, count = hashlib.sha256(), 0
            with archive.open(f"{table}.jsonl", "w", force_zip64=True) as target:
                for row in rows_of(connection, table):
                    line = f"{json.dumps(row, ensure_ascii=False)}\n".encode()
                    digest.update(line)
                    target.write(line)
                    count += 1
            summaries[table] = TableSummary(rows=count, sha256=digest.hexdigest())
        migrations = applied_migrations(connection)
        manifest = Manifest(
            made_at=datetime.now(UTC),
            schema_name=migrations[-1],
            migrations=tuple(migrations),
            tables=summaries,
            counters={
                name: last
                for name, last in connection.execute(f"SELECT name, seq FROM {COUNTERS}")  # noqa: S608
                if name in summaries
            },
        )
        archive.writestr(MANIFEST, manifest.model_dump_json(indent=2))
    return manifest


def import_all(path: Path, store: Store) -> Moved:
    """Read what `export_all` wrote into an empty database, all or nothing.

    Raises:
        Failure: the database has rows, the archive was made by a newer program, or it is damaged.
        OSError: the archive cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive, path)
            with store.write() as db:
                connection = db.conn
                _must_be_empty(connection, store.path)
                # Rows refer to rows of tables that come later; the commit checks them.
                connection.execute("PRAGMA defer_foreign_keys = ON")
                ours = tables(connection)
                # An archive of an earlier version may have tables of Slack's: they are not read.
                if manifest.tables.keys() - {*ours, *SLACKS_OWN}:
                    raise Failure("review_all_damaged", path=path)
                for table in ours:
                    if table in manifest.tables:
                        _read_table(archive, connection, table, manifest.tables[table], path)
                _set_counters(
                    connection,
                    {name: last for name, last in manifest.counters.items() if name in ours},
                )
    except _DAMAGE as error:
        raise Failure("review_all_damaged", path=path) from error
    read = [table for name, table in manifest.tables.items() if name in ours]
    return Moved(len(read), sum(table.rows for table in read))


def _manifest(archive: zipfile.ZipFile, path: Path) -> Manifest:
    names = archive.namelist()
    if MANIFEST not in names or archive.getinfo(MANIFEST).file_size > MOST_MANIFEST_BYTES:
        raise Failure("review_all_no_archive", path=path)
    try:
        content = json.loads(archive.read(MANIFEST))
        if content.get("format") != "frisksvar-register":
            raise Failure("review_all_no_archive", path=path)
        if content.get("version", 0) > 1 or set(content["migrations"]) - known_migrations():
            schema = str(content.get("schema_name"))
            raise Failure("review_all_newer", path=path, migration=schema)
        manifest = Manifest.model_validate(content)
    except (ValidationError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise Failure("review_all_damaged", path=path) from error
    if any(
        entry.file_size > max(SMALL_BYTES, MOST_RATIO * entry.compress_size)
        for entry in archive.infolist()
    ):
        raise Failure("review_all_damaged", path=path)
    if sorted(names) != sorted([MANIFEST, *(f"{table}.jsonl" for table in manifest.tables)]):
        raise Failure("review_all_damaged", path=path)
    return manifest


def _must_be_empty(connection: sqlite3.Connection, path: Path) -> None:
    for table in (*tables(connection), *LEFT_OUT):
        # link_changes is made with its one row, a count.
        condition = "count > 0" if table == "link_changes" else "1"
        sql = f"SELECT 1 FROM {table} WHERE {condition} LIMIT 1"  # noqa: S608 (our tables)
        if connection.execute(sql).fetchone():
            raise Failure("review_all_not_empty", path=path)


def _read_table(
    archive: zipfile.ZipFile,
    connection: sqlite3.Connection,
    table: str,
    summary: TableSummary,
    path: Path,
) -> None:
    if table == "link_changes":
        # Made with one row, which has counted the links just read (it is the last table).
        connection.execute("DELETE FROM link_changes")
    known = columns_of(connection, table)
    digest, count = hashlib.sha256(), 0
    with archive.open(f"{table}.jsonl") as source:
        while line := source.readline(MOST_LINE_BYTES):
            digest.update(line)
            insert(connection, table, _row(line, known, path))
            count += 1
    if (count, digest.hexdigest()) != (summary.rows, summary.sha256):
        raise Failure("review_all_damaged", path=path)


def _row(line: bytes, known: frozenset[str], path: Path) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Failure("review_all_damaged", path=path) from error
    if not isinstance(row, dict) or not row or not row.keys() <= known:
        raise Failure("review_all_damaged", path=path)
    if any(isinstance(value, list | dict | bool) for value in row.values()):
        raise Failure("review_all_damaged", path=path)
    return row


def _set_counters(connection: sqlite3.Connection, counters: Mapping[str, int]) -> None:
    for table, last in counters.items():
        connection.execute(f"DELETE FROM {COUNTERS} WHERE name = ?", [table])  # noqa: S608
        connection.execute(
            f"INSERT INTO {COUNTERS} (name, seq) VALUES (?, ?)",  # noqa: S608
            [table, last],
        )
