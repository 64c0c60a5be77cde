"""The annual report over many inquiries, against the bare SQL behind its tables."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from knowledge.geography import Municipalities
from knowledge.reference import actors, centres, topics
from knowledge.register.feedback import REASONS
from knowledge.register.values import CHANNELS, LANGUAGES, today_of
from knowledge.statistics.report import report
from knowledge.statistics.scope import Scope
from knowledge.store import Store

MANY, FEW = 1_000_000, 100_000
"""Inquiries of the register, and of a smaller one: memory must not grow with them."""

FIRST, LAST = 2014, 2026
REPETITIONS = 3
BATCH = 20_000
WORDS = ("hvordan etablere frisklivssentral kommune henvisning fastlege kurs tilskudd " * 5).split()
STATUSES = ("new", "waiting", "answered", "answered", "resolved", "resolved", "not_an_inquiry")
PEAK = Path(__file__).with_name("peak.py")

_YEAR = "substr(i.received_at, 1, 4)"
_COUNTS = "i.deleted_at IS NULL AND i.duplicate_of IS NULL AND i.status <> 'not_an_inquiry'"
_FROM = f"FROM inquiries AS i WHERE {_COUNTS} GROUP BY"
_ENDED = """CASE WHEN coalesce(i.answered_by, 'bot') <> 'bot' THEN 1
    WHEN i.outcome = 'not_covered' THEN 2 WHEN i.outcome IS NULL OR i.status = 'waiting' THEN 3
    ELSE i.outcome END"""
_TOPICS = "FROM inquiry_topics AS t JOIN inquiries AS i ON i.id = t.inquiry"


def _percentiles(seconds: str, source: str) -> str:
    return f"""
    WITH taken AS (SELECT {_YEAR} AS year, {seconds} AS seconds {source} AND {_COUNTS}),
    ranked AS (SELECT year, seconds, row_number() OVER (PARTITION BY year ORDER BY seconds) AS rank,
               count(*) OVER (PARTITION BY year) AS many FROM taken)
    SELECT year, many, max(seconds) FILTER (WHERE rank = (many * 50 + 99) / 100),
           max(seconds) FILTER (WHERE rank = (many * 90 + 99) / 100) FROM ranked GROUP BY 1"""


BARE = (
    f"""SELECT {_YEAR}, count(*), count(*) FILTER (WHERE i.status = 'not_an_inquiry'),
    count(*) FILTER (WHERE i.duplicate_of IS NOT NULL AND i.status <> 'not_an_inquiry')
    FROM inquiries AS i WHERE i.deleted_at IS NULL GROUP BY 1""",
    f"""SELECT {_YEAR}, count(DISTINCT i.municipality), count(DISTINCT i.municipality_today)
    {_FROM} 1""",
    *(
        f"SELECT {_YEAR}, i.{column}, count(*) {_FROM} 1, 2"
        for column in ("centre", "municipality", "municipality_today", "actor", "channel")
    ),
    f"SELECT {_YEAR}, i.language, count(*) {_FROM} 1, 2",
    f"SELECT {_YEAR}, substr(i.municipality, 1, 2), count(*) {_FROM} 1, 2",
    f"SELECT substr(i.received_at, 1, 7), count(*) {_FROM} 1",
    f"SELECT {_YEAR}, {_ENDED}, count(*) {_FROM} 1, 2",
    f"SELECT {_YEAR}, t.topic, count(*) {_TOPICS} WHERE {_COUNTS} GROUP BY 1, 2",
    f"""SELECT year, topics, topic, count(*) FROM (
        SELECT {_YEAR} AS year, count(*) AS topics, min(t.topic) AS topic {_TOPICS}
        WHERE {_COUNTS} GROUP BY t.inquiry
    ) GROUP BY 1, 2, 3""",
    f"""SELECT {_YEAR}, t.topic, count(*) {_TOPICS}
    WHERE {_COUNTS} AND i.outcome = 'not_covered' GROUP BY 1, 2""",
    _percentiles(
        "unixepoch(i.first_reply_at) - unixepoch(i.received_at)",
        "FROM inquiries AS i WHERE i.outcome IS NOT NULL AND i.first_reply_at IS NOT NULL",
    ),
    _percentiles(
        "unixepoch(i.resolved_at) - unixepoch(i.received_at)",
        "FROM inquiries AS i WHERE i.status = 'resolved'",
    ),
    _percentiles(
        "unixepoch(h.first_reply_at) - unixepoch(h.at)",
        "FROM handovers AS h JOIN inquiries AS i ON i.id = h.inquiry "
        "WHERE h.first_reply_at IS NOT NULL",
    ),
    f"""SELECT {_YEAR}, f.vote, f.reason, count(*) FROM inquiry_feedback AS f
    JOIN inquiries AS i ON i.id = f.inquiry WHERE {_COUNTS} GROUP BY 1, 2, 3""",
)
"""One statement for each table, straight over the register: years in UTC, no names, no order."""


def fill(store: Store, rows: int, seed: int = 7) -> None:
    """Inquiries of thirteen years with all that a report counts; the same each time."""
    making = _made(random.Random(seed), rows)
    with store.write() as db:
        # The text search is not measured here, and takes longer to fill than all the rest.
        db.conn.execute("DROP TRIGGER inquiries_text_added")
        while batch := list(islice(making, BATCH)):
            for statement, place in _INSERTS.items():
                db.conn.executemany(statement, [row for made in batch for row in made[place]])


_INSERTS = {
    "INSERT INTO inquiries (id, came_from, received_at, channel, question, masked, thread, "
    "language, municipality, municipality_today, actor, centre, status, outcome, answered_by, "
    "first_reply_at, resolved_at, deleted_at, duplicate_of) "
    "VALUES (?, ?, ?, ?, ?, '[]', '[]', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)": 0,
    "INSERT INTO inquiry_topics VALUES (?, ?, '')": 1,
    "INSERT INTO handovers (inquiry, centre, reason, note, at, first_reply_at) "
    "VALUES (?, ?, 'county', '', ?, ?)": 2,
    "INSERT INTO inquiry_feedback (inquiry, who, vote, reason, at) VALUES (?, 'p', ?, ?, ?)": 3,
}


def _made(chance: random.Random, rows: int) -> Iterator[tuple[list[tuple[Any, ...]], ...]]:
    """Of each inquiry the rows for each table."""
    places = {
        year: [
            (number, today_of(number))
            for number in sorted(Municipalities.load().valid_on(date(year, 1, 1)))
        ]
        for year in range(FIRST, LAST + 1)
    }
    centre_ids, topic_ids = [one.id for one in centres()], [one.id for one in topics()]
    actor_ids = [*(one.id for one in actors()), None]
    first = datetime(FIRST, 1, 1, tzinfo=UTC)
    seconds = int((datetime(LAST + 1, 1, 1, tzinfo=UTC) - first).total_seconds()) - 86_400
    for number in range(1, rows + 1):
        received = first + timedelta(seconds=seconds * number // rows)
        later = (received + timedelta(seconds=chance.randrange(1, 900_000))).isoformat()
        status, centre = chance.choice(STATUSES), chance.choice(centre_ids)
        outcome = chance.choice(("answered", "answered", "not_covered", "unclear", None))
        at, odd = received.isoformat(), chance.random()
        inquiry = (
            number,
            f"bench:{number}",
            at,
            chance.choice(CHANNELS),
            " ".join(chance.choices(WORDS, k=20)),
            chance.choice(LANGUAGES),
            *chance.choice(places[received.year]),
            chance.choice(actor_ids),
            centre,
            status,
            outcome,
            centre if odd < 0.2 else "bot" if outcome == "answered" else None,
            later,
            later if status == "resolved" else None,
            at if odd > 0.99 else None,
            number - 1 if 0.97 < odd < 0.98 and number > 1 else None,
        )
        chosen = chance.sample(topic_ids, k=chance.randrange(4))
        handovers = [(number, centre, at, later)] if odd < 0.25 else []
        votes = [(number, "down", chance.choice(REASONS), at)] if 0.5 < odd < 0.7 else []
        yield [inquiry], [(number, topic) for topic in chosen], handovers, votes


def measure_report(folder: Path, many: int = MANY, few: int = FEW) -> str:
    """What `make bench` prints: time against the bare statements, and memory of both sizes."""
    path = folder / "report.db"
    with Store(folder / "few.db") as store:
        fill(store, few)
    with Store(path) as store:
        fill(store, many)
        ours: list[float] = []
        bare: list[float] = []
        for turn in range(REPETITIONS):
            for taken, work in ((ours, _ours), (bare, _bare))[:: 1 if turn % 2 else -1]:
                start = time.perf_counter()
                work(store)
                taken.append(time.perf_counter() - start)
    ratios = [one / other for one, other in zip(ours, bare, strict=True)]
    peaks = [_peak(folder / "few.db"), _peak(path)]
    return (
        f"The report, {many:,} inquiries, {FIRST}-{LAST}, medians of {REPETITIONS} in turns\n"
        f"  every table, small numbers hidden: {statistics.median(ours):.1f} s; "
        f"the bare SQL ({len(BARE)} statements): {statistics.median(bare):.1f} s; "
        f"{statistics.median(ratios):.2f} times it ({min(ratios):.2f}-{max(ratios):.2f})\n"
        f"  peak memory: {peaks[0]:.0f} MB with {few:,} inquiries, {peaks[1]:.0f} MB with {many:,}"
    )


def _ours(store: Store) -> None:
    report(store, Scope(FIRST, LAST), made_by="bench")


def _bare(store: Store) -> None:
    connection = store.database.conn
    for statement in BARE:
        connection.execute(statement).fetchall()


def _peak(path: Path) -> float:
    """Megabytes that a process of its own takes at most to make the report."""
    command = [sys.executable, str(PEAK), sys.executable, "-m", "tests.bench.report", str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    measured = json.loads(told.stdout.splitlines()[-1])
    if measured["status"]:
        raise RuntimeError(told.stderr)
    return float(measured["bytes"]) / 1e6


if __name__ == "__main__":
    with Store(Path(sys.argv[1])) as opened:
        _ours(opened)
