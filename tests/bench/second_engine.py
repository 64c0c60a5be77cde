"""What another engine would take: every statement that the program runs, tried on PostgreSQL.

Wanted are a PostgreSQL to write in, `psycopg[binary]` and `sqlglot`; none of them is part of the
project's dependencies, nor of `make bench`. As nobody's superuser, on a socket:

    initdb -D /tmp/pg -A trust -E UTF8 --locale=C.UTF-8
    pg_ctl -D /tmp/pg -o "-k /tmp -c listen_addresses=''" -w start
    python -m tests.bench.second_engine record /tmp/statements
    python -m tests.bench.second_engine try /tmp/statements "host=/tmp dbname=postgres" [list]

docs/decisions/0007-one-engine.md has what it printed.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from knowledge.store import Store

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = "SECOND_ENGINE_FOLDER"
BACKUP: Final = "-- backup API"
TYPES: Final = {"TEXT": "text", "REAL": "double precision", "BLOB": "bytea"}
THERE: Final = {"42701", "42P07", "42704", "3B001"}
"""A column, table or savepoint that is there already, or not yet: the statement itself is read."""

REASONS: Final = (
    ("backup API", BACKUP),
    ("PRAGMA", r"(?i)^pragma|pragma_"),
    ("trigger in SQLite's language", r"(?i)^create (temp )?trigger"),
    ("FTS5", r"(?i)fts5|\bmatch\b|inquiries_text"),
    ("sqlite_master, sqlite_sequence", r"sqlite_(temp_)?(master|sequence|schema)"),
    ("STRICT, WITHOUT ROWID", r"(?i)\) strict$|without rowid"),
    ("rowid", r"(?i)\browid\b"),
    ("json_each, json_extract", r"(?i)json_\w+\("),
    ("INDEXED BY", r"(?i)indexed\b"),
    ("INSERT OR, REPLACE", r"(?i)\b(insert|update) or |^replace"),
    ("BEGIN IMMEDIATE", r"(?i)^begin"),
    ("ATTACH, VACUUM INTO", r"(?i)^(attach|detach|vacuum)"),
    ("dates as numbers", r"(?i)unixepoch|strftime|julianday"),
    ("GLOB", r"\bGLOB\b"),
    ("CROSS JOIN with ON", r"CROSS JOIN \w+( AS \w+)? ON"),
    ("a column named user", r"\(.*\buser, "),
)
"""Why SQLite's statement does not do; the rest are told by PostgreSQL's SQLSTATE."""

STATES: Final = {
    "42804": "0 and 1 as no and yes",
    "42P08": "type of a parameter not told (:centre IS NULL)",
    "42601": "syntax: most a subquery without a name, which PostgreSQL 16 takes",
    "42883": "functions: total, sum of a condition",
    "42P02": "a parameter in CREATE TABLE AS",
    "42703": "HAVING by the name of a column that is computed",
    "42P10": "max(a, b) and sqlglot's own mistake in ON CONFLICT",
}
SLOW: Final = re.compile(
    r"crash|bench|fuzz|masking|browser|install|deploy|golden|coverage|encoder|vectors|fetching"
    r"|training|loaders|docs|ranking|faults|security|attacks|quick_paths|bad_input|parts|passages"
    r"|highlight|words\.py|search\.py|architecture|municipalities|decid|links|messages|calendar"
    r"|slack_server|quality|generations|report_figures|suppression|tables|disclosure|withheld"
    r"|editions|review_texts|reference|published"
)
"""Test modules that ask the register nothing that the others do not, or take long."""

NOT_OURS: Final = re.compile(r'\bt \(id\b|exists t$|FROM "(filler|one|two|a)"')
"""What sqlite-utils tries SQLite with, and tables of a test."""


def record(folder: Path) -> None:
    """Note every statement that this process gives SQLite from bot/, indexer/ or knowledge/."""
    seen: set[str] = set()

    def note(sql: str) -> None:
        if sql in seen:
            return
        frame = sys._getframe(2)
        while frame is not None:
            path = Path(frame.f_code.co_filename)
            part = path.parts[len(ROOT.parts)] if path.is_relative_to(ROOT) else ""
            if part == "tests":
                return
            if part in ("bot", "indexer", "knowledge"):
                break
            frame = frame.f_back  # type: ignore[assignment]
        else:
            return
        seen.add(sql)
        with (folder / f"{os.getpid()}.jsonl").open("a") as file:
            file.write(json.dumps([str(path.relative_to(ROOT)), sql]) + "\n")

    def noting(method: Any) -> Any:
        def noted(self: Any, sql: str, *given: Any) -> Any:
            note(sql)
            return method(self, sql, *given)

        return noted

    calls = ("execute", "executemany", "executescript")
    noted_cursor = type(
        "Noted", (sqlite3.Cursor,), {c: noting(getattr(sqlite3.Cursor, c)) for c in calls}
    )

    class Connection(sqlite3.Connection):
        execute, executemany, executescript = (
            noting(getattr(sqlite3.Connection, call)) for call in calls
        )

        def cursor(self, factory: Any = noted_cursor) -> Any:
            return super().cursor(factory)

        def backup(self, *given: Any, **named: Any) -> None:
            note(BACKUP)
            super().backup(*given, **named)

    connect = sqlite3.connect
    sqlite3.connect = lambda *given, **named: connect(*given, **{"factory": Connection} | named)


def record_flows(folder: str, *more: str) -> None:
    """Run the tests of what the program does, and whatever processes they start, with `record`.

    Args:
        more: for pytest, in place of the modules that are chosen here.
    """
    tests = [str(p) for p in sorted(ROOT.glob("tests/test_*.py")) if not SLOW.search(p.name)]
    Path(folder).mkdir(parents=True)
    with tempfile.TemporaryDirectory() as site:
        start = "from tests.bench.second_engine import begin; begin()\n"
        (Path(site) / "sitecustomize.py").write_text(start)
        path = os.pathsep.join([site, str(ROOT)])
        told = os.environ | {FOLDER: str(Path(folder).resolve()), "PYTHONPATH": path}
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", *(more or tests)]
        subprocess.run(
            command, cwd=ROOT, env=told, check=False
        )  # a test that fails ran all the same


def begin() -> None:
    record(Path(os.environ[FOLDER]))


def statements(folder: Path) -> dict[str, set[str]]:
    """Each distinct statement, with the modules that it came from."""
    found: dict[str, set[str]] = defaultdict(set)
    first: dict[str, str] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            site, sql = json.loads(line)
            sql = sql if sql == BACKUP else " ".join(re.sub("--.*", "", sql).split())
            # Names drawn by lot (sqlite-utils' savepoints), and lists of one or many.
            sql = re.sub(r"\bsqlite_utils_\w+", "s", re.sub(r"\bt[0-9a-f]{32}\b", "t", sql))
            key = re.sub(r":(\D+)\d+(, :\1\d+)*", ":n", re.sub(r"\?(, ?\?)+", "?", sql))
            if not NOT_OURS.search(sql):
                found[first.setdefault(key, sql)].add(site)
    return found


def schema(created: Iterable[str]) -> list[str]:
    """Every table and view that SQLite has or had, as a plain table of PostgreSQL.

    Written from SQLite's own list, as the program's CREATE statements do not run there: so that
    each other statement is tried for its own sake. FTS5's tables are left out.
    """
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "schema.db") as store:
        run, made = store.database.conn.execute, []
        run("CREATE TABLE documents_before AS SELECT * FROM documents")  # renamed for a moment
        for statement in created:
            try:
                run(statement, defaultdict(lambda: None))
            except sqlite3.Error:  # there already
                continue
        tables = "SELECT name FROM {} WHERE type IN ('table', 'view') AND sql NOT LIKE '%VIRTUAL%'"
        names = [
            n for m in ("sqlite_master", "sqlite_temp_master") for (n,) in run(tables.format(m))
        ]
        for name in dict.fromkeys(names):
            if name.startswith(("sqlite_", "inquiries_text")):
                continue
            columns = run(f'PRAGMA table_info("{name}")').fetchall()
            parts = [f'"{one[1]}" {TYPES.get(one[2], "bigint")}' for one in columns]
            keys = {tuple(o[1] for o in sorted(columns, key=lambda one: one[5]) if o[5])}
            for index in run(f'PRAGMA index_list("{name}")').fetchall():
                if index[2] and not index[4]:  # unique, and not of some rows only
                    keys.add(tuple(one[2] for one in run(f'PRAGMA index_info("{index[1]}")')))
            parts += [f"UNIQUE ({', '.join(map(quoted, key))})" for key in keys if key]
            made.append(f'CREATE TABLE "{name}" ({", ".join(parts)})')
        return made


def quoted(name: str) -> str:
    return f'"{name}"'


def numbered(sql: str) -> str:
    """With PostgreSQL's $1 for ? and :name."""
    names: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        mark = match[0]
        if mark[0] not in "?:":
            return mark
        return f"${names.setdefault(mark if mark != '?' else f'?{len(names)}', len(names) + 1)}"

    return re.sub(r"""'(?:[^']|'')*'|"[^"]*"|\?|:[a-z_]\w*""", number, sql)


def attempt(connection: Any, sql: str) -> tuple[str, str] | None:
    """Prepared (or run, where it cannot be prepared) and taken back; SQLSTATE and words if not."""
    ask = re.match(r"(?i)(with|select|insert|update|delete|values)\b", sql)
    try:
        connection.execute(f"PREPARE tried AS {sql}" if ask else sql)
        if ask:
            connection.execute("DEALLOCATE tried")
    except importlib.import_module("psycopg").Error as error:
        return None if error.sqlstate in THERE else (str(error.sqlstate), str(error).split("\n")[0])
    finally:
        connection.rollback()
    return None


def try_all(folder: str, dsn: str, *more: str) -> None:
    """Print the table; with `list` also every statement that has to be written by hand."""
    psycopg, sqlglot = importlib.import_module("psycopg"), importlib.import_module("sqlglot")
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    found = statements(Path(folder))
    with psycopg.connect(dsn) as connection:
        connection.execute("DROP SCHEMA IF EXISTS tried, there CASCADE")
        connection.execute("CREATE SCHEMA tried; CREATE SCHEMA there; SET search_path = there")
        for statement in schema(sql for sql in found if sql[:6].upper() == "CREATE"):
            connection.execute(statement)
        connection.execute("SET search_path = tried, there")
        connection.commit()
        ways: dict[str, Counter[str]] = defaultdict(Counter)
        why: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for sql, sites in found.items():
            marked, way = numbered(sql), "unchanged"
            if failed := attempt(connection, marked):
                way = "transpiled"
                try:
                    new = sqlglot.transpile(marked, read="sqlite", write="postgres")
                    failed = attempt(connection, "; ".join(new))
                except sqlglot.errors.SqlglotError as error:
                    failed = ("sqlglot", str(error).split("\n")[0])
            if failed:
                way = "by hand"
                reason = next((name for name, form in REASONS if re.search(form, sql)), failed[0])
                why[STATES.get(reason, reason)].append((sql, failed[1]))
            for package in {"/".join(site.split("/")[:2]) for site in sites} | {"all"}:
                ways[package][way] += 1
    print(f"{'':28}{'statements':>12}{'unchanged':>12}{'transpiled':>12}{'by hand':>12}")
    for package, counted in sorted(ways.items()):
        parts = [counted.total(), *(counted[w] for w in ("unchanged", "transpiled", "by hand"))]
        print(f"{package:28}" + "".join(f"{part:12}" for part in parts))
    modules = {reason: {s for sql, _ in each for s in found[sql]} for reason, each in why.items()}
    print(f"\nby hand: statements, modules ({len(set().union(*modules.values()))} in all), why")
    for reason, those in sorted(why.items(), key=lambda one: -len(one[1])):
        print(f"{len(those):6}{len(modules[reason]):6}  {reason}")
        for sql, said in those if "list" in more else ():
            print(f"          {sql[:300]}\n            {said}")


if __name__ == "__main__":
    WAYS: dict[str, Callable[..., None]] = {"record": record_flows, "try": try_all}
    WAYS[sys.argv[1]](*sys.argv[2:])
