"""The queue of the review pages over many inquiries, against the bare SQL behind it."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from knowledge.geography import Municipalities
from knowledge.reference import actors, centres, topics
from knowledge.register.filters import Filter
from knowledge.register.queue import SIZE, Queue, statements
from knowledge.store import Store

WORDS = (
    "hvordan etablere frisklivssentral kommune henvisning fastlege kurs tilskudd bra mat "
    "røykeslutt søvn egenandel lokaler journal rapportering kpr stilling kompetanse nynorsk barn "
    "unge eldre psykisk helse nettverk statsforvalter fylkeskommune hospitering veileder plan "
    "budsjett"
).split()
STATUSES = ("new", "waiting", "answered", "resolved", "not_an_inquiry")
AT_ONCE = 50_000
"""Rows that are made and written at a time, so that a million take no more memory than these."""

FILTERS = 50
REPETITIONS = 3
FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
DAYS = 2000


def fill(store: Store, rows: int, seed: int = 7) -> None:
    """Inquiries as they might be after some years, with topics and votes; the same each time."""
    chance = random.Random(seed)
    for first in range(1, rows + 1, AT_ONCE):
        _fill(store, range(first, min(first + AT_ONCE, rows + 1)), chance)


def _fill(store: Store, numbered: range, chance: random.Random) -> None:
    numbers = [one.code for one in Municipalities.load().all if one.valid_to is None]
    centre_ids, topic_ids = [one.id for one in centres()], [one.id for one in topics()]
    actor_ids = [one.id for one in actors()]
    inquiries, chosen, votes = [], [], []
    for number in numbered:
        municipality = chance.choice([*numbers, None])
        received = FIRST_DAY + timedelta(seconds=chance.randrange(DAYS * 86_400))
        inquiries.append(
            (
                number,
                f"bench:{number}",
                received.isoformat(),
                chance.choice(("slack", "phone", "email")),
                " ".join(chance.choices(WORDS, k=chance.randrange(4, 30))),
                chance.choice(("nb", "nn", "en", None)),
                municipality,
                municipality,
                chance.choice([*actor_ids, None]),
                chance.choice([*centre_ids, None]),
                chance.choice(STATUSES),
                chance.choice(("answered", "not_covered", "unclear", None)),
                received.isoformat() if chance.random() < 0.02 else None,
            )
        )
        chosen += [
            (number, topic, "") for topic in chance.sample(topic_ids, k=chance.randrange(0, 4))
        ]
        if chance.random() < 0.2:
            votes.append((number, "p", chance.choice(("up", "down")), received.isoformat()))
    with store.write() as db:
        db.conn.executemany(
            "INSERT INTO inquiries (id, came_from, received_at, channel, question, masked, thread, "
            "language, municipality, municipality_today, actor, centre, status, outcome, "
            "deleted_at) VALUES (?, ?, ?, ?, ?, '[]', '[]', ?, ?, ?, ?, ?, ?, ?, ?)",
            inquiries,
        )
        db.conn.executemany("INSERT INTO inquiry_topics VALUES (?, ?, ?)", chosen)
        db.conn.executemany(
            "INSERT INTO inquiry_feedback (inquiry, who, vote, at) VALUES (?, ?, ?, ?)", votes
        )


def typical(count: int = FILTERS, seed: int = 7) -> list[tuple[Filter, str, int]]:
    """Filters as a centre uses them, with a sorting and a page."""
    chance = random.Random(seed)
    numbers = [one.code for one in Municipalities.load().all if one.valid_to is None]
    kinds: list[Callable[[], dict[str, object]]] = [
        dict,
        lambda: {"status": ("new", "waiting"), "centre": chance.choice(centres()).id},
        lambda: {"status": (chance.choice(STATUSES),)},
        lambda: {"centre": chance.choice(centres()).id, "since": "2023-01-01"},
        lambda: {"municipality": chance.choice(numbers)},
        lambda: {"county": chance.choice(numbers)[:2], "outcome": "not_covered"},
        lambda: {"topic": chance.choice(topics()).id, "language": "nn"},
        lambda: {"vote": "down", "since": "2022-01-01", "until": "2022-12-31"},
        lambda: {"text": " ".join(chance.sample(WORDS, k=2))},
        lambda: {"text": chance.choice(WORDS)[:4], "status": ("new",)},
    ]
    sorts = ("-received_at", "-received_at", "received_at", "-status", "municipality")
    return [
        (
            Filter.model_validate(kinds[number % len(kinds)]()),
            chance.choice(sorts),
            chance.choice((1, 1, 1, 2, 5)),
        )
        for number in range(count)
    ]


def measure_queue(folder: Path, rows: int = 100_000) -> str:
    """What `make bench` prints: the slowest of the pages, and of the bare statements."""
    with Store(folder / "queue.db") as store:
        fill(store, rows)
        queue = Queue(store)
        ours: list[float] = []
        bare: list[float] = []
        views = typical()
        for repetition in range(REPETITIONS + 1):
            for chosen, sort, page in views:
                one, other = (_ours, _bare) if repetition % 2 else (_bare, _ours)
                taken = {
                    work: _timed(work, store, queue, chosen, sort, page) for work in (one, other)
                }
                if repetition:  # the first round warms up
                    ours.append(taken[_ours])
                    bare.append(taken[_bare])
    ratio = _p95(ours) / _p95(bare)
    return (
        f"The queue, {rows} inquiries, {len(views)} typical views\n"
        f"  a page: p50 {_ms(statistics.median(ours))}, p95 {_ms(_p95(ours))}; the bare SQL: "
        f"p50 {_ms(statistics.median(bare))}, p95 {_ms(_p95(bare))}; p95 {ratio:.2f} times it"
    )


def _ours(store: Store, queue: Queue, chosen: Filter, sort: str, page: int) -> None:
    queue.page(chosen, sort, page)


def _bare(store: Store, queue: Queue, chosen: Filter, sort: str, page: int) -> None:
    count, listing, parameters = statements(chosen, sort)
    connection = store.database.conn
    connection.execute(count, parameters).fetchall()
    connection.execute(
        listing, {**parameters, "limit": SIZE, "offset": (page - 1) * SIZE}
    ).fetchall()


def _timed(
    work: Callable[[Store, Queue, Filter, str, int], None],
    store: Store,
    queue: Queue,
    chosen: Filter,
    sort: str,
    page: int,
) -> float:
    begun = time.perf_counter()
    work(store, queue, chosen, sort, page)
    return time.perf_counter() - begun


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[94]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
