"""An inquiry written, and a page of the queue read, on SQLite and on PostgreSQL in the same run.

What has to be there is told in second_engine.py:

    python -m tests.bench.second_engine_speed "host=/tmp dbname=postgres"
"""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from subprocess import PIPE
from typing import Any, Final

from knowledge.register import Inquiries, NewInquiry
from knowledge.register.queue import SIZE, statements
from knowledge.register.redaction import clear_search
from knowledge.store import Store

from .queue import fill, typical
from .second_engine import schema

WRITTEN, TURNS, ROWS = 200, 5, 100_000
NAMED: Final = re.compile(r":([a-z]\w*)")


def writer(engine: str, where: str) -> Callable[[int], object]:
    """Writes one inquiry with two topics, on disk when it returns, as `Inquiries.receive` does."""
    topics = {"planlegging": "plan", "okonomi": "tilskudd"}
    base = {"received_at": datetime.now(UTC), "channel": "slack", "topics": topics}

    def inquiry(number: int) -> NewInquiry:
        came_from = f"bench:{os.getpid()}:{number}"
        return NewInquiry.model_validate(
            base | {"came_from": came_from, "question": "Hva nå? " * 9}
        )

    if engine == "SQLite":
        book = Inquiries(Store(Path(where)))
        return lambda number: book.receive(inquiry(number))
    connection = importlib.import_module("psycopg").connect(where, autocommit=True)

    def write(number: int) -> None:
        new = inquiry(number)
        row = new.model_dump(exclude={"topics"}) | {"masked": "[]", "thread": "[]", "status": "new"}
        row["received_at"] = new.received_at.isoformat()
        marks = ", ".join(f"%({name})s" for name in row)
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO inquiries ({', '.join(row)}) VALUES ({marks}) "
                "ON CONFLICT (came_from) DO NOTHING RETURNING id",
                row,
            )
            (made,) = cursor.fetchone()
            rows = [(made, *topic) for topic in new.topics.items()]
            cursor.executemany("INSERT INTO inquiry_topics VALUES (%s, %s, %s)", rows)

    return write


def write(engine: str, where: str) -> None:
    """A process of `written`: ready, told to begin, and the seconds of each row."""
    work, taken = writer(engine, where), []
    work(-1)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(WRITTEN):
        begun = time.perf_counter()
        work(number)
        taken.append(time.perf_counter() - begun)
    print(json.dumps(taken))


def written(engine: str, where: str, processes: int) -> tuple[float, float, float]:
    """Rows a second of all the processes, and one row's median and 95th percentile in ms."""
    command = [sys.executable, "-m", "tests.bench.second_engine_speed", "write", engine, where]
    started = [
        subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) for _ in range(processes)
    ]
    for one in started:
        assert one.stdout and one.stdin and one.stdout.readline() == "ready\n"
    for one in started:
        print(file=one.stdin, flush=True)
    taken = [json.loads(one.communicate()[0]) for one in started]
    cuts = quantiles([1000 * each for one in taken for each in one], n=20)
    return processes * WRITTEN / max(map(sum, taken)), cuts[9], cuts[18]


def measure(dsn: str) -> None:
    """Print what it takes to write an inquiry and to read a page of the queue, on both."""
    psycopg = importlib.import_module("psycopg")
    there = f"{dsn} options='-c search_path=there'"
    with tempfile.TemporaryDirectory() as name, Store(Path(name) / "a.db") as store:
        fill(store, ROWS)
        with psycopg.connect(there) as connection:
            copy_over(store, connection)
        with psycopg.connect(there, autocommit=True) as connection:
            connection.execute("ANALYZE")
            read = pages(store, connection)
        results: dict[tuple[int, str], list[tuple[float, float, float]]] = defaultdict(list)
        for _ in range(TURNS):
            for engine, where in (("SQLite", str(store.path)), ("PostgreSQL", there)):
                for processes in (1, 2):
                    results[processes, engine].append(written(engine, where, processes))
    for (processes, engine), those in sorted(results.items()):
        rate, middle, late = (median(values) for values in zip(*those, strict=True))
        print(
            f"{engine:11} {processes} writing: {rate:5.0f} rows a second in all "
            f"({min(those)[0]:.0f}-{max(those)[0]:.0f}), one takes {middle:.1f} ms, p95 {late:.1f}"
        )
    for engine, milliseconds in read.items():
        cuts = quantiles(milliseconds, n=20)
        print(f"{engine:11} a page of the queue of {ROWS}: {cuts[9]:.1f} ms, p95 {cuts[18]:.1f}")


def copy_over(store: Store, connection: Any) -> None:
    """The same inquiries in PostgreSQL, with the same indexes, and one for the words."""
    run = store.database.conn.execute
    indexes = "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name LIKE 'inquir%'"
    connection.execute("DROP SCHEMA IF EXISTS there CASCADE; CREATE SCHEMA there")
    for statement in [*schema(()), *(sql for (sql,) in run(indexes) if sql)]:
        connection.execute(statement)
    connection.execute("CREATE INDEX ON inquiries USING gin (to_tsvector('simple', question))")
    for table in ("inquiries", "inquiry_topics", "inquiry_feedback"):
        with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            for row in run(f"SELECT * FROM {table}"):
                copy.write_row(row)
    connection.execute(
        "ALTER TABLE inquiries ALTER revision SET DEFAULT 0, ALTER note SET DEFAULT '', ALTER id "
        f"SET NOT NULL, ALTER id ADD GENERATED ALWAYS AS IDENTITY (START {2 * ROWS})"
    )


def pages(store: Store, connection: Any) -> dict[str, list[float]]:
    """Milliseconds of each page, in turns; the text search is left out, as FTS5 has no like."""
    engines: tuple[tuple[str, Any, Callable[[str], str]], ...] = (
        ("SQLite", store.database.conn.execute, lambda sql: sql),
        ("PostgreSQL", connection.execute, lambda sql: NAMED.sub(r"%(\1)s", sql)),
    )
    taken: dict[str, list[float]] = {name: [] for name, _, _ in engines}
    for turn in range(TURNS + 1):  # the first warms up
        for chosen, sort, page in typical():
            if chosen.text:
                continue
            count, listing, where = statements(chosen, sort)
            given = {**where, "limit": SIZE, "offset": (page - 1) * SIZE}
            for name, execute, form in engines:
                begun = time.perf_counter()
                execute(form(count), given).fetchall()
                execute(form(listing), given).fetchall()
                if turn:
                    taken[name].append(1000 * (time.perf_counter() - begun))
    return taken


def words_left(dsn: str) -> None:
    """Print in which files a question can be read after the asker has taken it back."""
    word = f"hemmelig{os.getpid()}ord"
    with tempfile.TemporaryDirectory() as name, Store(Path(name) / "a.db") as store:
        book = Inquiries(store)
        base = {"received_at": datetime.now(UTC), "channel": "slack", "came_from": word[:8]}
        number, _ = book.receive(NewInquiry.model_validate(base | {"question": word}))
        book.withdraw(number)
        print(f"SQLite      taken back: {files_with(Path(name), word)}")
        clear_search(store)
        print(f"SQLite      search and log cleared, as that does: {files_with(Path(name), word)}")
    with importlib.import_module("psycopg").connect(dsn, autocommit=True) as connection:
        run = connection.execute
        folder = Path(run("SHOW data_directory").fetchone()[0])
        run("DROP TABLE IF EXISTS left_over; CREATE TABLE left_over (question text)")
        run("INSERT INTO left_over VALUES (%s)", [word])
        run("UPDATE left_over SET question = ''")
        for step in ("CHECKPOINT", "VACUUM left_over", "VACUUM FULL left_over", "CHECKPOINT"):
            run(step)
            print(f"PostgreSQL  after {step}: {files_with(folder, word)}")
        run("DROP TABLE left_over")


def files_with(folder: Path, word: str) -> str:
    """The files below the folder that hold the word."""
    read = (path for path in sorted(folder.rglob("*")) if path.is_file())
    found = [path for path in read if word.encode() in path.read_bytes()]
    return ", ".join(str(path.relative_to(folder)) for path in found) or "in no file"


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(*sys.argv[2:])
    else:
        measure(sys.argv[1])
        words_left(sys.argv[1])
