"""The queue against a plain filter in Python, over 20,000 inquiries; odd searches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bench.queue import WORDS, fill
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from knowledge.messages import Failure
from knowledge.reference import actors, centres, topics
from knowledge.register import Inquiries
from knowledge.register.filters import Filter, match_of
from knowledge.register.queue import SORTS, Queue, statements
from knowledge.store import Store

ROWS = 20_000
OSLO = ZoneInfo("Europe/Oslo")


@dataclass(frozen=True)
class Plain:
    """An inquiry as the plain filter sees it."""

    id: int
    received_at: str
    day: date
    channel: str
    words: tuple[str, ...]
    language: str | None
    municipality: str | None
    actor: str | None
    centre: str | None
    status: str
    outcome: str | None
    deleted: bool
    topics: frozenset[str]
    votes: tuple[str, ...]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(tmp_path_factory.mktemp("queue") / "a.db") as opened:
        fill(opened, ROWS)
        yield opened


@pytest.fixture(scope="module")
def plain(store: Store) -> list[Plain]:
    connection = store.database.conn
    chosen: dict[int, set[str]] = {}
    for inquiry, topic in connection.execute("SELECT inquiry, topic FROM inquiry_topics"):
        chosen.setdefault(inquiry, set()).add(topic)
    votes: dict[int, list[str]] = {}
    for inquiry, vote in connection.execute("SELECT inquiry, vote FROM inquiry_feedback"):
        votes.setdefault(inquiry, []).append(vote)
    return [
        Plain(
            row[0],
            row[1],
            datetime.fromisoformat(row[1]).astimezone(OSLO).date(),
            row[2],
            tuple(re.findall(r"\w+", row[3].casefold())),
            row[4],
            row[5],
            row[6],
            row[7],
            row[8],
            row[9],
            row[10] is not None,
            frozenset(chosen.get(row[0], ())),
            tuple(votes.get(row[0], ())),
        )
        for row in connection.execute(
            "SELECT id, received_at, channel, question, language, municipality_today, actor, "
            "centre, status, outcome, deleted_at FROM inquiries"
        )
    ]


def passes(chosen: Filter, row: Plain) -> bool:
    """Whether the filter lets a row through, said as plainly as can be."""
    words = re.findall(r"\w+", (chosen.text or "").casefold())
    known: list[tuple[Any, Any]] = [
        (chosen.centre, row.centre),
        (chosen.actor, row.actor),
        (chosen.municipality, row.municipality),
        (chosen.outcome, row.outcome),
        (chosen.language, row.language),
        (chosen.channel, row.channel),
        (chosen.county, row.municipality and row.municipality[:2]),
    ]
    return (
        row.deleted == chosen.deleted
        and (not chosen.status or row.status in chosen.status)
        and all(not want or (has is None if want == "none" else has == want) for want, has in known)
        and (
            not chosen.topic
            or (not row.topics if chosen.topic == "none" else chosen.topic in row.topics)
        )
        and (not chosen.vote or chosen.vote in row.votes)
        and (chosen.since is None or row.day >= chosen.since)
        and (chosen.until is None or row.day <= chosen.until)
        and all(word in row.words for word in words[:-1])
        and (not words or any(word.startswith(words[-1]) for word in row.words))
    )


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "status": st.lists(
        st.sampled_from(["new", "waiting", "answered", "resolved", "not_an_inquiry"]), max_size=3
    ).map(tuple),
    "centre": st.sampled_from(["none", *(one.id for one in centres())]),
    "municipality": st.sampled_from(["none", "0301", "1103", "3316", "4601"]),
    "county": st.sampled_from(["03", "11", "46"]),
    "topic": st.sampled_from(["none", *(one.id for one in topics())]),
    "actor": st.sampled_from(["none", *(one.id for one in actors())]),
    "outcome": st.sampled_from(["answered", "not_covered", "unclear"]),
    "vote": st.sampled_from(["up", "down"]),
    "language": st.sampled_from(["nb", "nn", "en"]),
    "channel": st.sampled_from(["slack", "phone"]),
    "since": st.dates(date(2019, 12, 30), date(2025, 12, 31)),
    "until": st.dates(date(2019, 12, 30), date(2025, 12, 31)),
    "text": st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).flatmap(
        lambda words: st.integers(1, 6).map(lambda n: " ".join([*words[:-1], words[-1][:n]]))
    ),
    "deleted": st.booleans(),
}
FILTERS = (
    st.lists(st.sampled_from(sorted(VALUES)), max_size=3, unique=True)
    .flatmap(lambda names: st.fixed_dictionaries({name: VALUES[name] for name in names}))
    .map(Filter.model_validate)
)
"""At most three fields at once, so that most filters let something through."""


@given(
    chosen=FILTERS, sort=st.sampled_from(["-received_at", "received_at"]), page=st.integers(1, 9)
)
@example(chosen=Filter(), sort="-received_at", page=1)
@example(chosen=Filter(since=date(2021, 7, 1), until=date(2021, 7, 1)), sort="received_at", page=1)
@example(chosen=Filter(since=date.min, until=date.max), sort="received_at", page=1)
@example(chosen=Filter(text="Røyk"), sort="received_at", page=2)
@example(chosen=Filter(topic="none", centre="none"), sort="received_at", page=1)
@settings(max_examples=60, deadline=None)
def test_the_queue_is_what_a_plain_filter_gives(
    store: Store, plain: list[Plain], chosen: Filter, sort: str, page: int
) -> None:
    expected = sorted(
        (row for row in plain if passes(chosen, row)),
        key=lambda row: (row.received_at, row.id),
        reverse=sort.startswith("-"),
    )
    found = Queue(store).page(chosen, sort, page, size=20)
    assert found.total == len(expected)
    assert found.pages == max(1, (len(expected) + 19) // 20)
    assert found.page == min(page, found.pages)
    shown = expected[(found.page - 1) * 20 : found.page * 20]
    assert [row.id for row in found.rows] == [row.id for row in shown]
    for row, wanted in zip(found.rows, shown, strict=True):
        assert row.topics == tuple(sorted(wanted.topics))
        assert (row.up, row.down) == (wanted.votes.count("up"), wanted.votes.count("down"))


@given(chosen=FILTERS)
@settings(max_examples=25, deadline=None)
def test_ids_and_counts_agree_with_the_plain_filter(
    store: Store, plain: list[Plain], chosen: Filter
) -> None:
    expected = [row for row in plain if passes(chosen, row)]
    assert sorted(Queue(store).ids(chosen)) == [row.id for row in expected]
    counted = Queue(store).counts(chosen)
    rest = [row for row in plain if passes(chosen.model_copy(update={"status": ()}), row)]
    assert counted == {
        status: sum(row.status == status for row in rest)
        for status in ("new", "waiting", "answered", "resolved", "not_an_inquiry")
    }


@given(chosen=FILTERS)
def test_an_address_gives_back_its_filter(chosen: Filter) -> None:
    assert Filter.from_query(QueryParams(chosen.to_query())) == chosen.model_copy(
        update={"text": (chosen.text or "").strip() or None}
    )


@given(text=st.text() | st.text(alphabet='"*^:()-+{} ANDORNEAT\0ab'))
@example(text='") OR question:"a')
@example(text="a* NOT b NEAR(c d, 2)")
@example(text="question : mat")
@example(text="\ud7ff ''; --")
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_searched_for(store: Store, text: str) -> None:
    page = Queue(store).page(Filter(text=text), size=1)
    assert match_of(text) is not None or page.total == Queue(store).page(Filter(), size=1).total


def test_a_search_follows_what_is_corrected_and_removed(store: Store) -> None:
    queue, number = Queue(store), 17
    inquiries = Inquiries(store)
    before = inquiries.get(number)
    assert before is not None
    inquiries.revise(number, "Spørsmål om ÆRESBORGERE i kommunen", [])
    assert queue.ids(Filter(text="æresbor", deleted=before.deleted_at is not None)) == [number]
    inquiries.revise(number, before.question, [])
    assert queue.ids(Filter(text="æresbor")) == []


@pytest.mark.parametrize("sort", [direction + name for name in SORTS for direction in ("", "-")])
def test_every_page_of_every_sorting_together_is_everything_once(store: Store, sort: str) -> None:
    queue = Queue(store)
    chosen = Filter(status=("waiting",), topic=topics()[0].id)
    first = queue.page(chosen, sort, size=100)
    seen = [
        row.id for n in range(1, first.pages + 1) for row in queue.page(chosen, sort, n, 100).rows
    ]
    assert first.pages > 1 and sorted(seen) == sorted(queue.ids(chosen))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "lost"}, "status"),
        ({"since": "i går"}, "since"),
        ({"vote": "sideways"}, "vote"),
        ({"outcome": "x"}, "outcome"),
    ],
)
def test_a_value_that_is_no_filter_is_told(query: dict[str, str], field: str) -> None:
    with pytest.raises(Failure, match=f"{field} cannot be"):
        Filter.from_query(query)


def test_what_else_stands_in_an_address_is_left_alone() -> None:
    query = {"page": "2", "sort": "id", "status": "new,waiting", "centre": "", "deleted": "1"}
    assert Filter.from_query(query) == Filter(status=("new", "waiting"), deleted=True)


def test_an_unknown_sorting_is_refused(store: Store) -> None:
    with pytest.raises(Failure, match="sorted by"):
        Queue(store).page(Filter(), "question; DROP TABLE inquiries")


@pytest.mark.parametrize("size", [1, 50, 500])
def test_a_page_costs_four_statements_however_many_rows(store: Store, size: int) -> None:
    run: list[str] = []
    connection = store.database.conn
    connection.set_trace_callback(run.append)
    try:
        assert len(Queue(store).page(Filter(), size=size).rows) == size
    finally:
        connection.set_trace_callback(None)
    assert len([sql for sql in run if sql.startswith("SELECT")]) == 4


@pytest.mark.parametrize(
    ("chosen", "sort", "index"),
    [
        (Filter(), "-received_at", "inquiries_received_at"),
        (Filter(status=("new",)), "-received_at", "inquiries_status"),
        (Filter(centre="modum"), "-received_at", "inquiries_centre"),
        (Filter(municipality="1103"), "-received_at", "inquiries_municipality"),
        (Filter(), "-status", "inquiries_status"),
    ],
)
def test_the_order_is_read_from_an_index(
    store: Store, chosen: Filter, sort: str, index: str, explain: Callable[..., str]
) -> None:
    plan = explain(store, chosen, sort)
    assert index in plan


@pytest.fixture
def explain() -> Callable[..., str]:
    def explained(store: Store, chosen: Filter, sort: str) -> str:
        _, listing, parameters = statements(chosen, sort)
        rows = store.database.conn.execute(
            f"EXPLAIN QUERY PLAN {listing}", {**parameters, "limit": 50, "offset": 0}
        )
        return "\n".join(str(row[3]) for row in rows)

    return explained
