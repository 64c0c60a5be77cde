"""Writes made-up years into an empty register."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlite_utils import Database

from knowledge.demonstration.inquiries import CAME_FROM, Made, inquiries
from knowledge.demonstration.visits import forms, visits
from knowledge.messages import Failure
from knowledge.reference import actors
from knowledge.register.annual import AnnualForms
from knowledge.register.review import Review
from knowledge.register.visits import Visits
from knowledge.store import Store

BATCH = 5_000
"""Rows held in memory at once."""

WHO = "demo"
MOST_CORRECTIONS = 200
CORRECTED = 0.01
"""The share of the inquiries that a reviewer corrected afterwards."""

_INQUIRY = (
    "came_from received_at channel question language municipality municipality_today actor centre "
    "status outcome answered_by generation first_reply_at resolved_at deleted_at withdrawn_at"
).split()
_HANDOVER = "centre reason topic note at first_reply_at closed_at".split()
_ANSWER = "came_from centre text at".split()


@dataclass(frozen=True, slots=True)
class DemoSize:
    """How much is made: `inquiries` and `visits` of each year from `first` to `last`."""

    first: int
    last: int
    inquiries: int = 20_000
    visits: int = 400
    seed: int = 1


def demo_data(
    store: Store, size: DemoSize, *, progress: Callable[[int], None] = lambda _: None
) -> None:
    """Fill an empty register, all or nothing; the same size and seed give the same rows.

    Args:
        progress: is told how many inquiries and visits are written so far.

    Raises:
        Failure: the register holds something.
    """
    with store.write() as db:
        for table in ("inquiries", "visits", "ideas", "annual_forms"):
            if db.conn.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone():  # noqa: S608
                raise Failure("report_demo_not_empty", path=store.path)
        done = 0
        for year in range(size.first, size.last + 1):
            for written in _inquiries(db, size, year):
                progress(done := done + written)
            _correct(store, db, size, year)
            for visit in visits(year, size.visits, size.seed):
                Visits(store).add(visit, WHO)
                progress(done := done + 1)
            _fill_forms(store, year, size.seed)


def _inquiries(db: Database, size: DemoSize, year: int) -> Iterator[int]:
    """Write those of a year; how many with each batch."""
    (last,) = db.conn.execute("SELECT coalesce(max(id), 0) FROM inquiries").fetchone()
    making = inquiries(year, size.inquiries, size.seed)
    while batch := list(islice(making, BATCH)):
        ids = range(last + 1, last + 1 + len(batch))
        _insert_batch(db, dict(zip(ids, batch, strict=True)))
        last = ids[-1]
        yield len(batch)


def _insert_batch(db: Database, batch: dict[int, Made]) -> None:
    rows = [{"id": number, **made.columns} for number, made in batch.items()]
    _insert(db, "inquiries", ["id", *_INQUIRY], rows, extra={"masked": "[]", "thread": "[]"})
    db.conn.executemany(
        # What it repeats is the one before it.
        "UPDATE inquiries SET duplicate_of = id - 1 WHERE id = ? AND id > 1 "
        "AND (SELECT duplicate_of FROM inquiries AS b WHERE b.id = inquiries.id - 1) IS NULL",
        [(number,) for number, made in batch.items() if made.duplicate],
    )
    db.conn.executemany(
        "INSERT INTO inquiry_topics (inquiry, topic, reason) VALUES (?, ?, ?)",
        [(number, topic, WHO) for number, made in batch.items() for topic in made.topics],
    )
    handovers = [{"inquiry": n, **made.handover} for n, made in batch.items() if made.handover]
    _insert(db, "handovers", ["inquiry", *_HANDOVER], handovers)
    answers = [{"inquiry": n, **made.answer} for n, made in batch.items() if made.answer]
    _insert(db, "inquiry_answers", ["inquiry", *_ANSWER], answers)
    db.conn.executemany(
        "INSERT INTO inquiry_feedback (inquiry, who, vote, reason, at) VALUES (?, 'demo', ?, ?, ?)",
        [(number, *made.vote) for number, made in batch.items() if made.vote],
    )


def _insert(
    db: Database,
    table: str,
    columns: list[str],
    rows: list[dict[str, Any]],
    extra: dict[str, str] | None = None,
) -> None:
    fixed = extra or {}
    names = ", ".join([*columns, *fixed])
    marks = ", ".join("?" for _ in range(len(columns) + len(fixed)))
    db.conn.executemany(
        f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608 (our own names)
        [(*(row.get(column) for column in columns), *fixed.values()) for row in rows],
    )


def _correct(store: Store, db: Database, size: DemoSize, year: int) -> None:
    """What a reviewer put right: an audit trail as real ones are."""
    chance = random.Random(f"{size.seed}/{year}/corrections")
    review = Review(store)
    wanted = min(MOST_CORRECTIONS, int(size.inquiries * CORRECTED))
    standing = [
        int(row[0])
        for row in db.conn.execute(
            "SELECT id FROM inquiries WHERE came_from LIKE ? AND deleted_at IS NULL "
            "AND withdrawn_at IS NULL AND status <> 'not_an_inquiry' ORDER BY id LIMIT ?",
            [f"{CAME_FROM}{size.seed}:{year}:%", wanted * 10],
        )
    ]
    known = [actor.id for actor in actors()]
    for number in chance.sample(standing, k=min(wanted, len(standing))):
        review.correct(number, {"actor": chance.choice(known)}, revision=0, who=WHO)


def _fill_forms(store: Store, year: int, seed: int) -> None:
    kept = AnnualForms(store)
    for centre, answers, submitted in forms(year, seed):
        revision = kept.save(centre, year, answers, revision=0, who=WHO)
        if submitted:
            kept.submit(centre, year, revision=revision, who=WHO)
