"""The tables of the report, against an independent recount of the register's rows."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bench.report import measure_report
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from knowledge.demonstration import DemoSize, demo_data
from knowledge.geography import Municipalities
from knowledge.messages import Failure
from knowledge.reference import actors, centres, topics
from knowledge.register.prefill import prefill
from knowledge.register.values import CHANNELS, today_of
from knowledge.statistics.counting.base import Counted
from knowledge.statistics.definitions import specs
from knowledge.statistics.explaining import explain
from knowledge.statistics.report import COUNTS, RULES, close_year, report
from knowledge.statistics.scope import Scope
from knowledge.statistics.table import Table
from knowledge.store import Store, StoreError
from knowledge.store.migrations import migrations

OSLO = ZoneInfo("Europe/Oslo")
FIRST, LAST = 2022, 2024
NUMBERS = [*(one.code for one in Municipalities.load().all if one.code.isdigit())][::40]
SPLIT = "1507"
"""Ålesund of 2020-2023, which is two municipalities today: no single successor."""

Row = tuple[Any, ...]
Rows = Mapping[str, list[dict[str, Any]]]


# An independent count, row by row in plain Python.


def read(path: Path) -> Rows:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    names = (
        "inquiries inquiry_topics inquiry_feedback handovers visits visit_municipalities "
        "visit_actors"
    ).split()
    found = {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")]
             for name in names}  # fmt: skip
    connection.close()
    return found


def in_oslo(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(OSLO)


def none(value: str | None) -> str:
    return "-" if value is None else value


def half_up(hours: Decimal) -> float:
    return float(hours.quantize(Decimal("0.01"), ROUND_HALF_UP))


def whole_seconds(begins: str | None, ends: str | None) -> int | None:
    if begins is None or ends is None or ends < begins:
        return None
    one, other = (datetime.fromisoformat(t).replace(microsecond=0) for t in (begins, ends))
    return int((other - one).total_seconds())


def percentile(values: list[int], percent: int) -> float:
    rank = -(-len(values) * percent // 100)
    return half_up(Decimal(sorted(values)[rank - 1]) / 3600)


def county(number: str) -> str | None:
    known = {one.code: one.county.number for one in Municipalities.load().all}
    return known.get(number)


def recount(rows: Rows, years: range, centre: str | None = None) -> dict[str, set[Row]]:
    """Table -> its rows without labels and counties' names."""
    tables = recount_inquiries(rows, years, centre)
    return tables | recount_visits(rows, years, centre)


def recount_inquiries(rows: Rows, years: range, centre: str | None) -> dict[str, set[Row]]:
    here = [
        dict(row, year=in_oslo(row["received_at"]).year, month=in_oslo(row["received_at"]).month)
        for row in rows["inquiries"]
        if row["deleted_at"] is None and centre in (None, row["centre"])
    ]
    of = defaultdict(list)
    for each in rows["inquiry_topics"]:
        of[each["inquiry"]].append(each["topic"])
    counting = {
        row["id"]: row
        for row in here
        if row["status"] != "not_an_inquiry" and row["duplicate_of"] is None
    }
    inside = {number: row for number, row in counting.items() if row["year"] in years}
    tables: dict[str, set[Row]] = defaultdict(set)
    for year in years:
        received = [row for row in here if row["year"] == year]
        if not received:
            continue
        set_aside = sum(row["status"] == "not_an_inquiry" for row in received)
        these = [row for row in inside.values() if row["year"] == year]
        then = {row["municipality"] for row in these} - {None}
        today = {row["municipality_today"] or row["municipality"] for row in these} - {None}
        repeated = len(received) - set_aside - len(these)
        numbers = len(received), set_aside, repeated, len(these), len(then), len(today)
        tables["inquiries"].add((year, *numbers))
        if these:
            months = Counter(row["month"] for row in these)
            tables["inquiries_by_month"] |= {(year, str(m), months[m]) for m in range(1, 13)}
            ends = Counter(map(ended, these))
            tables["outcomes"] |= {(year, way, ends[way]) for way in WAYS}
    for name in (
        "centre", "municipality", "municipality_today", "actor", "channel", "language"
    ):  # fmt: skip
        counts = Counter((row["year"], none(row[name])) for row in inside.values())
        tables[f"inquiries_by_{name}"] = {(*key, many) for key, many in counts.items()}
    counties = Counter(
        (row["year"], none(county(none(row["municipality"])))) for row in inside.values()
    )
    tables["inquiries_by_county"] = {(*key, many) for key, many in counties.items()}
    tables["inquiries_by_topic"] = by_topic(inside, of)
    first = {topic.id: topic.first_reported for topic in topics()}
    tables["inquiries_by_topic"] = {
        (year, topic, first.get(topic), *numbers)
        for year, topic, *numbers in tables["inquiries_by_topic"]
    }
    uncovered = {n: row for n, row in inside.items() if row["outcome"] == "not_covered"}
    tables["gaps"] = by_topic(uncovered, of)
    tables["topics_changed"] = changed(counting, of, years, first)
    votes = Counter(
        (inside[vote["inquiry"]]["year"], vote["vote"], none(vote["reason"]))
        for vote in rows["inquiry_feedback"]
        if vote["inquiry"] in inside
    )
    tables["feedback"] = {(*key, many) for key, many in votes.items()}
    tables["response_times"] = times(rows, inside)
    return tables


WAYS = ("bot", "centre", "not_covered", "unclear", "failed", "open")


def ended(row: Mapping[str, Any]) -> str:
    if row["answered_by"] not in (None, "bot"):
        return "centre"
    if row["outcome"] == "not_covered":
        return "not_covered"
    if row["status"] == "waiting" or row["outcome"] is None:
        return "open"
    return "bot" if row["outcome"] == "answered" else str(row["outcome"])


def by_topic(inquiries: Mapping[int, Any], of: Mapping[int, list[str]]) -> set[Row]:
    every: Counter[tuple[int, str]] = Counter()
    alone: Counter[tuple[int, str]] = Counter()
    for number, row in inquiries.items():
        its = of.get(number, [])
        for topic in its:
            every[row["year"], topic] += 1
        if len(its) == 1:
            alone[row["year"], its[0]] += 1
        else:
            key = row["year"], "several" if its else "-"
            every[key] += 1
            alone[key] += 1
    return {(*key, many, alone[key]) for key, many in every.items()}


def changed(
    counting: Mapping[int, Any],
    of: Mapping[int, list[str]],
    years: range,
    first: Mapping[str, int | None],
) -> set[Row]:
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for number, row in counting.items():
        if 2014 <= row["year"] <= years[-1]:
            counts[row["year"]].update(of.get(number, []))
            counts[row["year"]][""] += 1
    found = set()
    for year in years:
        before = counts[year - 1] if counts[year - 1][""] else None
        for topic in ({*counts[year], *(before or ())} - {""}) if counts[year][""] else ():
            now, was = counts[year][topic], (before or {}).get(topic, 0)
            known = any(counts[other][topic] for other in list(counts) if other < year)
            told = (first[topic] or 9999) < year
            new = now > 0 and not known and not told
            known_before = None if before is None else was
            found.add((year, topic, now, known_before, None if before is None else now - was, new))
    return {row for row in found if row[2] or row[3]}


def times(rows: Rows, inside: Mapping[int, Any]) -> set[Row]:
    taken: dict[tuple[int, str], list[int | None]] = defaultdict(list)
    asked: dict[int, list[Any]] = defaultdict(list)
    for handover in rows["handovers"]:
        asked[handover["inquiry"]].append(handover)
    for number, row in inside.items():
        if row["outcome"] is not None:
            seconds = whole_seconds(row["received_at"], row["first_reply_at"])
            taken[row["year"], "first_reply_bot"].append(seconds)
        if row["status"] == "resolved":
            seconds = whole_seconds(row["received_at"], row["resolved_at"])
            taken[row["year"], "resolved"].append(seconds)
        replies = [h["first_reply_at"] for h in asked[number] if h["first_reply_at"]]
        if replies:
            seconds = whole_seconds(min(h["at"] for h in asked[number]), min(replies))
            taken[row["year"], "first_reply_centre"].append(seconds)
    found = set()
    for key, several in taken.items():
        known = [seconds for seconds in several if seconds is not None]
        if known:
            found.add((*key, len(known), percentile(known, 50), percentile(known, 90)))
    return found


PUBLISHED = {
    2014: (178, 45), 2015: (186, 53), 2016: (198, 38), 2017: (181, 44), 2018: (150, 46),
    2019: (260, 45), 2020: (61, 25), 2021: (67, 13), 2022: (104, 25),
}  # fmt: skip
"""Table 1 of the report for 2014-2022."""


def recount_visits(rows: Rows, years: range, centre: str | None) -> dict[str, set[Row]]:
    visits = {
        row["id"]: dict(row, year=int(row["on_date"][:4]), then=set(), today=set(), of={})
        for row in rows["visits"]
        if row["deleted_at"] is None
        and int(row["on_date"][:4]) in years
        and centre in (None, row["centre"])
    }
    for place in rows["visit_municipalities"]:
        if visit := visits.get(place["visit"]):
            visit["then"].add(place["municipality"])
            visit["today"].add(place["municipality_today"])
            visit.setdefault("whole", set()).add(
                place["municipality_today"] or place["municipality"]
            )
    for actor in rows["visit_actors"]:
        if visit := visits.get(actor["visit"]):
            visit["of"][actor["actor"]] = actor["people"]
    tables: dict[str, set[Row]] = defaultdict(set)
    recorded: dict[int, tuple[int, int]] = {}
    for year in years:
        these = [visit for visit in visits.values() if visit["year"] == year]
        if these:
            people = sum(visit["people"] for visit in these)
            then = set().union(*(visit["then"] for visit in these))
            whole = set().union(*(visit.get("whole", set()) for visit in these))
            digital = sum(visit["form"] == "digital" for visit in these)
            recorded[year] = people, len(then)
            tables["visits_recorded"].add(
                (year, len(these), people, len(then), len(whole), len(these) - digital, digital)
            )
        by_centre: dict[str, list[Any]] = defaultdict(list)
        for visit in these:
            by_centre[visit["centre"]].append(visit)
        for name, some in by_centre.items():
            places = set().union(*(visit["then"] for visit in some))
            people = sum(visit["people"] for visit in some)
            tables["visits_by_centre"].add((year, name, len(some), people, len(places)))
        tables["visits_by_actor"] |= by_actor(year, these)
        for name, kind in (("", "then"), ("_today", "today")):
            places_of = [none(place) for v in these for place in v[kind] or {None}]
            counts = Counter(places_of)
            tables[f"visits_by_municipality{name}"] |= {(year, *each) for each in counts.items()}
    series = {} if centre else {y: ("published", *PUBLISHED[y]) for y in years if y in PUBLISHED}
    series |= {y: ("register", *recorded[y]) for y in recorded if y not in series}
    tables["visits"] = {(year, *told) for year, told in series.items()}
    tables["visits_total"] = totals(series, visits.values())
    return tables


def by_actor(year: int, visits: list[Any]) -> set[Row]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for visit in visits:
        for actor, people in visit["of"].items():
            counts[actor][0] += 1
            counts[actor][1] += people or 0
        rest = visit["people"] - sum(people or 0 for people in visit["of"].values())
        if rest:
            counts["-"][0] += 1
            counts["-"][1] += rest
    return {(year, actor, *numbers) for actor, numbers in counts.items()}


def totals(series: Mapping[int, Row], visits: Any) -> set[Row]:
    found = set()
    sources = {row[0] for row in series.values()}
    for source in (*sources, "both") if len(sources) == 2 else sources:
        years = sorted(year for year, row in series.items() if source in ("both", row[0]))
        places: set[str] = set()
        for visit in visits:
            if visit["year"] in years:
                places |= visit.get("whole", set())
        period = f"{years[0]}-{years[-1]}" if len(years) > 1 else str(years[0])
        persons, municipalities = (sum(series[year][at] for year in years) for at in (1, 2))
        distinct = len(places) if source == "register" else None
        found.add((period, source, persons, municipalities, distinct))
    return found


LEFT_OUT = {"name", "county", "edition", "figure_note"}


def bare(table: Table) -> list[Row]:
    """The rows without labels and what is said beside the numbers."""
    places = [
        place
        for place, column in enumerate(table.spec.columns)
        if column.role == "key" or column.id not in LEFT_OUT
    ]
    return [tuple(row[place] for place in places) for row in table.rows]


RECOUNTED = (
    "visits visits_total visits_recorded visits_by_centre visits_by_actor visits_by_municipality "
    "visits_by_municipality_today inquiries inquiries_by_centre inquiries_by_county "
    "inquiries_by_municipality inquiries_by_municipality_today inquiries_by_actor "
    "inquiries_by_channel inquiries_by_language inquiries_by_month inquiries_by_topic outcomes "
    "response_times feedback gaps topics_changed"
).split()


def assert_recounted(store: Store, scope: Scope) -> None:
    made = report(store, scope, made_by="test").tables
    expected = recount(read(store.path), scope.years, scope.centre)
    for name in RECOUNTED:
        found = bare(made[name])
        assert len(set(found)) == len(found), name
        assert set(found) == expected.get(name, set()), name


# Registers to count.


def inquiry(store: Store, **values: Any) -> int:
    """One row as it stands, and its number."""
    row = {
        "received_at": "2023-05-05T10:00:00+00:00", "channel": "slack", "question": "?",
        "masked": "[]", "thread": "[]", "status": "new", **values,
    }  # fmt: skip
    with store.write() as db:
        (number,) = db.conn.execute("SELECT coalesce(max(id), 0) + 1 FROM inquiries").fetchone()
        row |= {"id": number, "came_from": f"test:{number}"}
        marks = ", ".join(f":{name}" for name in row)
        db.conn.execute(f"INSERT INTO inquiries ({', '.join(row)}) VALUES ({marks})", row)
    return int(number)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Three made-up years, with what is odd besides."""
    with Store(tmp_path_factory.mktemp("mixed") / "frisksvar.db") as store:
        demo_data(store, DemoSize(FIRST, LAST, inquiries=370, visits=40, seed=5))
        make_odd(store)
        yield store


def make_odd(store: Store) -> None:
    inquiry(store, received_at="2023-12-31T22:59:59.999999+00:00", municipality=SPLIT)
    inquiry(store, received_at="2023-12-31T23:00:00+00:00", municipality="9999", actor="unheard")
    inquiry(store, received_at="2024-06-30T22:00:00.000001+00:00", centre="closed-down")
    inquiry(
        store, status="resolved", outcome="answered", answered_by="bot",
        first_reply_at="2023-05-05T09:59:59+00:00", resolved_at="2023-05-05T10:00:17.9+00:00",
    )  # fmt: skip
    passed_on = inquiry(store, status="waiting", outcome="answered", answered_by="bot")
    with store.write() as db:
        db.conn.executemany(
            "INSERT INTO handovers (inquiry, centre, reason, note, at, first_reply_at, closed_at) "
            "VALUES (?, 'modum', 'county', '', ?, ?, '')",
            [
                (passed_on, "2023-05-06T10:00:00.5+00:00", None),
                (passed_on, "2023-05-08T10:00:00+00:00", "2023-05-09T10:00:00.25+00:00"),
            ],
        )
        db.conn.executemany(
            "INSERT INTO inquiry_feedback (inquiry, who, vote, reason, at) VALUES (?, ?, ?, ?, '')",
            [(passed_on, "a", "up", None), (passed_on, "b", "up", None)],
        )
        db.conn.execute(
            "UPDATE visits SET deleted_at = on_date WHERE id IN (SELECT id FROM visits LIMIT 3)"
        )
        db.conn.execute(
            "UPDATE visit_municipalities SET municipality = ?, municipality_today = NULL "
            "WHERE rowid IN "
            "(SELECT max(rowid) FROM visit_municipalities GROUP BY visit LIMIT 5 OFFSET 9)",
            [SPLIT],
        )
        db.conn.execute("DELETE FROM visit_municipalities WHERE visit = 20")


def test_every_table_equals_a_recount(mixed: Store) -> None:
    assert_recounted(mixed, Scope(FIRST, LAST, shown_from=0))


@pytest.mark.parametrize("centre", ["stavanger", "sor-varanger"])
def test_of_one_centre_too(mixed: Store, centre: str) -> None:
    assert_recounted(mixed, Scope(FIRST, LAST, centre, shown_from=0))


@pytest.mark.parametrize("years", [(FIRST, FIRST), (LAST, LAST), (2014, 2023)])
def test_of_any_period(mixed: Store, years: tuple[int, int]) -> None:
    assert_recounted(mixed, Scope(*years, shown_from=0))


def test_a_year_of_twenty_thousand_inquiries(tmp_path: Path) -> None:
    """As the issue of the report asks: 20,000 inquiries and 400 visits, every municipality."""
    with Store(tmp_path / "frisksvar.db") as store:
        demo_data(store, DemoSize(2025, 2025, inquiries=20_000, visits=400, seed=3))
        assert_recounted(store, Scope(2025, 2025, shown_from=0))
        made = report(store, Scope(2025, 2025, shown_from=0), made_by="x").tables
        assert len(made["inquiries_by_municipality"].rows) == 357 + 1
        assert_parts_are_totals(made)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(tmp_path_factory.mktemp("empty") / "frisksvar.db") as store:
        yield store


def maybe(values: Any) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(values)


MOMENTS = st.datetimes(datetime(2023, 12, 25), datetime(2025, 1, 6), timezones=st.just(UTC)).map(
    lambda moment: moment.isoformat()
)
INQUIRY = st.fixed_dictionaries(
    {
        "received_at": MOMENTS,
        "channel": st.sampled_from(CHANNELS),
        "language": maybe(["nb", "nn", "en"]),
        "municipality": maybe([*NUMBERS, SPLIT]),
        "actor": maybe([one.id for one in actors()]),
        "centre": maybe([one.id for one in centres()][:3]),
        "status": st.sampled_from(["new", "waiting", "answered", "resolved", "not_an_inquiry"]),
        "outcome": maybe(["answered", "not_covered", "unclear", "failed"]),
        "answered_by": maybe(["bot", "modum"]),
        "first_reply_at": st.none() | MOMENTS,
        "resolved_at": st.none() | MOMENTS,
        "deleted_at": st.sampled_from([None, None, None, "2025-01-01"]),
        "duplicate_of": st.sampled_from([None, None, None, 1]),
        "topics": st.sets(st.sampled_from([one.id for one in topics()][:5]), max_size=3),
    }
)
VISIT = st.fixed_dictionaries(
    {
        "on_date": st.dates(date(2023, 12, 30), date(2025, 1, 2)).map(date.isoformat),
        "centre": st.sampled_from([one.id for one in centres()][:3]),
        "people": st.integers(3, 9),
        "form": st.sampled_from(["physical", "digital"]),
        "places": st.sets(st.sampled_from([*NUMBERS, SPLIT]), max_size=3),
        "actors": st.dictionaries(
            st.sampled_from([one.id for one in actors()][:4]), maybe([1, 2]), max_size=1
        ),
    }
)


def put(store: Store, inquiries: list[dict[str, Any]], visits: list[dict[str, Any]]) -> None:
    """Only these rows."""
    with store.write() as db:
        for name in ("inquiry_topics", "inquiries", "visits"):
            db.conn.execute(f"DELETE FROM {name}")
        for row in inquiries:
            values = {name: value for name, value in row.items() if name != "topics"}
            place = row["municipality"]
            first = db.conn.execute("SELECT 1 FROM inquiries WHERE id = 1").fetchone()
            if not first:
                values["duplicate_of"] = None
            number = inquiry(store, **values, municipality_today=place and today_of(place))
            db.conn.executemany(
                "INSERT INTO inquiry_topics VALUES (?, ?, '')",
                [(number, topic) for topic in row["topics"]],
            )
        for at, row in enumerate(visits, start=1):
            db.conn.execute(
                "INSERT INTO visits (id, came_from, on_date, centre, people, form, created_at) "
                "VALUES (?, ?, ?, ?, ?, ?, '')",
                [at, str(at), row["on_date"], row["centre"], row["people"], row["form"]],
            )
            db.conn.executemany(
                "INSERT INTO visit_municipalities VALUES (?, ?, ?)",
                [(at, place, today_of(place)) for place in row["places"]],
            )
            db.conn.executemany(
                "INSERT INTO visit_actors VALUES (?, ?, ?)",
                [(at, actor, people) for actor, people in row["actors"].items()],
            )


@settings(max_examples=25, deadline=None)
@given(
    inquiries=st.lists(INQUIRY, max_size=12),
    visits=st.lists(VISIT, max_size=5),
    centre=st.sampled_from([None, centres()[0].id]),
)
def test_random_registers(
    empty: Store,
    inquiries: list[dict[str, Any]],
    visits: list[dict[str, Any]],
    centre: str | None,
) -> None:
    put(empty, inquiries, visits)
    if centre is not None:  # of all of them 2022 is published; one has only what is its own
        inquiry(empty, received_at="2022-02-02T10:00:00+00:00", centre=centre)
    scope = Scope(2022, 2025, centre, shown_from=0)
    assert_recounted(empty, scope)
    assert_parts_are_totals(report(empty, scope, made_by="test").tables)


ONE_ROW_EACH = [
    ("inquiries", f"inquiries_by_{name}", "inquiries")
    for name in (
        "centre", "county", "municipality", "municipality_today", "actor", "channel", "language",
        "month",
    )
] + [
    ("inquiries", "outcomes", "inquiries"),
    ("inquiries", "inquiries_by_topic", "only"),
    ("visits_recorded", "visits_by_centre", "visits"),
    ("visits_recorded", "visits_by_centre", "persons"),
    ("visits_recorded", "visits_by_actor", "persons"),
]  # fmt: skip
"""(the totals, a table whose rows add up to them, the column)."""


def summed(table: Table, column: str) -> Counter[Any]:
    sums: Counter[Any] = Counter()
    for row in table.rows:
        value = row[table.spec.index(column)]
        assert isinstance(value, int)
        sums[row[0]] += value
    return +sums


def assert_parts_are_totals(tables: Mapping[str, Table]) -> None:
    for whole, parts, column in ONE_ROW_EACH:
        of_whole = column if column != "only" else "inquiries"
        assert summed(tables[parts], column) == summed(tables[whole], of_whole), parts
    years = tables["inquiries"]
    for _, received, set_aside, repeated, counting, *_ in bare(years):
        assert received == set_aside + repeated + counting


def test_the_parts_are_the_totals(mixed: Store) -> None:
    assert_parts_are_totals(report(mixed, Scope(FIRST, LAST, shown_from=0), made_by="x").tables)


def test_additive_columns_are_those_that_add_up() -> None:
    """A column is marked as additive where an inquiry, a visit or a person stands in one row."""
    additive = {
        (spec.id, column.id)
        for spec in specs().values()
        if spec.part in ("visits", "inquiries")
        for column in spec.columns
        if column.additive
    }
    assert {(parts, column) for _, parts, column in ONE_ROW_EACH} <= additive
    assert ("inquiries_by_topic", "inquiries") not in additive
    assert ("visits_by_municipality", "visits") not in additive
    assert ("visits_total", "persons") not in additive


# Particular rules.


def value(store: Store, scope: Scope, address: str) -> Any:
    table = report(store, scope, made_by="test").tables[address.split("/")[0]]
    return dict(table.cells())[address]


def test_a_year_is_the_norwegian_year(empty: Store) -> None:
    put(empty, [], [])
    inquiry(empty, received_at="2023-12-31T22:59:59+00:00")
    inquiry(empty, received_at="2023-12-31T23:00:00+00:00")
    inquiry(empty, received_at="2024-06-30T22:00:00+00:00")  # 1 July, in summer time
    scope = Scope(2023, 2024, shown_from=0)
    assert value(empty, scope, "inquiries/2023/inquiries") == 1
    assert value(empty, scope, "inquiries/2024/inquiries") == 2
    assert value(empty, scope, "inquiries_by_month/2024/7/inquiries") == 1
    assert value(empty, scope, "inquiries_by_month/2024/6/inquiries") == 0


def test_published_and_recorded_years_are_told_apart(empty: Store) -> None:
    visit = {"centre": "modum", "people": 7, "form": "physical", "places": {"0301"}, "actors": {}}
    put(empty, [], [{**visit, "on_date": f"{year}-03-01"} for year in (2022, 2023, 2024)])
    tables = report(empty, Scope(2014, 2024, shown_from=0), made_by="x").tables
    assert bare(tables["visits"])[-3:] == [
        (2022, "published", 104, 25), (2023, "register", 7, 1), (2024, "register", 7, 1)
    ]  # fmt: skip
    assert bare(tables["visits_total"]) == [
        ("2014-2022", "published", 1385, 334, None),
        ("2023-2024", "register", 14, 2, 1),
        ("2014-2024", "both", 1399, 336, None),
    ]
    assert bare(tables["visits_recorded"])[0][:3] == (2022, 1, 7)


@pytest.mark.parametrize(
    ("first", "last", "persons", "municipalities"),
    [(2014, 2022, 1385, 334), (2014, 2018, 893, 226), (2014, 2019, 1153, 271)],
)
def test_totals_that_were_published(
    empty: Store, first: int, last: int, persons: int, municipalities: int
) -> None:
    put(empty, [], [])
    made = report(empty, Scope(first, last), made_by="x")
    period = f"{first}-{last}"
    assert bare(made.tables["visits_total"]) == [
        (period, "published", persons, municipalities, None)
    ]


def test_the_same_municipality_under_two_numbers_is_one(empty: Store) -> None:
    """Modum was 0623, 3047 and is 3316."""
    visit = {"centre": "modum", "people": 3, "form": "physical", "actors": {}}
    places = {2023: {"3047", SPLIT}, 2024: {"3316"}}
    put(empty, [], [{**visit, "on_date": f"{y}-03-01", "places": p} for y, p in places.items()])
    table = report(empty, Scope(2023, 2024, shown_from=0), made_by="x").tables["visits_total"]
    assert bare(table) == [("2023-2024", "register", 6, 3, 2)]


SAME = {
    "inquiries": f"inquiries/{LAST}/inquiries",
    "inquiry-municipalities": f"inquiries/{LAST}/municipalities_today",
    "visitors": f"visits_recorded/{LAST}/persons",
    "visit-municipalities": f"visits_recorded/{LAST}/municipalities_today",
}
"""Field of the annual form -> the number of the centre's report that it must be."""


def test_the_annual_form_counts_the_same(mixed: Store) -> None:
    for centre in ("stavanger", "modum", "sor-varanger"):
        made = report(mixed, Scope(LAST, LAST, centre, shown_from=0), made_by="x").tables
        filled = prefill(mixed, centre, LAST)
        by_id = {name: found.value for name, found in filled.items()}
        year = dict(made["inquiries"].cells()) | dict(made["visits_recorded"].cells())
        for field, address in SAME.items():
            assert by_id.get(field) == year.get(address), field
        assert by_id["inquiries"]


def test_rows_stand_in_the_order_of_the_reference_and_none_last(mixed: Store) -> None:
    made = report(mixed, Scope(FIRST, LAST, shown_from=0), made_by="x").tables
    orders: dict[str, list[str]] = {
        "inquiries_by_topic": [*(one.id for one in topics()), "several", "-"],
        "inquiries_by_actor": [*(one.id for one in actors()), "unheard", "-"],
        "inquiries_by_centre": [*(one.id for one in centres()), "closed-down", "-"],
        "inquiries_by_channel": [*CHANNELS],
        "inquiries_by_month": [str(month) for month in range(1, 13)],
    }
    for name, order in orders.items():
        places = [(row[0], order.index(str(row[1]))) for row in made[name].rows]
        assert places == sorted(places), name
    numbers = [(row[0], row[1] == "-", row[1]) for row in made["inquiries_by_municipality"].rows]
    assert all(one < other for one, other in pairwise(numbers))
    assert made["inquiries_by_actor"].rows[-1][1:3] == ("-", "Ikke oppgitt")


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("nb", ["Besvart av Frisksvar", "Besvart av en utviklingssentral"]),
        ("nn", ["Svar frå Frisksvar", "Svar frå ein utviklingssentral"]),
        ("en", ["Answered by Frisksvar", "Answered by a development centre"]),
    ],
)
def test_labels_are_in_the_language(mixed: Store, language: Any, names: list[str]) -> None:
    made = report(mixed, Scope(LAST, LAST, shown_from=0), made_by="x", language=language).tables
    assert [row[2] for row in made["outcomes"].rows[:2]] == names
    for table in made.values():
        for row in table.rows:
            assert len(row) == len(table.spec.columns)
            for column, cell in zip(table.spec.columns, row, strict=True):
                assert column.role != "label" or (isinstance(cell, str) and cell), table.spec.id


def test_every_table_of_the_report_is_there_in_order(mixed: Store) -> None:
    made = report(mixed, Scope(FIRST, LAST), made_by="kari")
    assert list(made.tables) == list(specs())
    assert (made.rules, made.made_by) == (RULES, "kari")
    for table in made.tables.values():
        keys = [table.key(row) for row in table.rows]
        assert len(set(keys)) == len(keys), table.spec.id


def test_the_state_tells_registers_apart(empty: Store) -> None:
    put(empty, [], [])
    before = report(empty, Scope(2022, 2022), made_by="x").state
    assert (before.inquiries, before.visits, before.last_change) == (0, 0, 0)
    inquiry(empty)
    assert report(empty, Scope(2022, 2022), made_by="x").state.inquiries == 1


def test_nothing_of_the_period_is_told(empty: Store) -> None:
    put(empty, [], [])
    with pytest.raises(Failure) as told:
        report(empty, Scope(2025, 2025), made_by="x")
    assert told.value.key == "report_empty"
    assert "2025" in told.value.sentence("nb")
    inquiry(empty, received_at="2025-02-02T10:00:00+00:00")
    assert report(empty, Scope(2025, 2025), made_by="x").tables["inquiries"].rows


@pytest.mark.parametrize(
    ("centre", "year", "told"),
    [
        ("aktiv-eiker", 2025, "2025 fra Aktiv Eiker, som var utviklingssentral 2014-2016:"),
        ("aktiv-eiker", 2016, "2016 fra Aktiv Eiker, som var utviklingssentral 2014-2016:"),
        ("modum", 2016, "2016 fra Modum, som er utviklingssentral fra 2014:"),
    ],
)
def test_a_centre_without_anything_of_its_own_is_told_with_its_period(
    empty: Store, centre: str, year: int, told: str
) -> None:
    put(empty, [], [])
    inquiry(empty, received_at=f"{year}-02-02T10:00:00+00:00", centre="stavanger")
    for shown_from in (0, 5):
        with pytest.raises(Failure) as failure:
            report(empty, Scope(year, year, centre, shown_from), made_by="x")
        assert told in failure.value.sentence("nb")
    assert report(empty, Scope(year, year, "stavanger"), made_by="x").tables["inquiries"].rows


def test_a_late_inquiry_leaves_no_trace_of_what_it_was(tmp_path: Path) -> None:
    """Every table of a report that is passed on, before and after: totals of the year differ."""
    with Store(tmp_path / "frisksvar.db") as store:
        demo_data(store, DemoSize(2024, 2024, inquiries=265, visits=3, seed=8))
        close_year(store, 2024, who="cli", today=date(2025, 3, 1))
        before = report(store, Scope(2024, 2024), made_by="x").tables
        inquiry(
            store, received_at="2024-01-07T10:00:00+00:00", centre="modum", municipality="3232",
            municipality_today="3232", actor="nav", language="nn", channel="slack",
        )  # fmt: skip
        made = report(store, Scope(2024, 2024), made_by="x").tables
        assert {name for name in made if made[name] != before[name]} == {"corrections"}
        told = [row[1] for row in made["corrections"].rows]
        assert told == ["inquiries/2024/received", "inquiries/2024/inquiries"]
        close_year(store, 2024, who="cli", reason="Kari Nordmann klaget.", today=date(2025, 3, 1))
        again = report(store, Scope(2024, 2024), made_by="x").tables["corrections"].rows
        assert [row[1] for row in again] == told
        assert "Kari" not in repr(again) and "cli" not in repr(again)
        internal = report(store, Scope(2024, 2024, shown_from=0), made_by="x").tables
        assert {row[6] for row in internal["corrections"].rows} == {"Kari Nordmann klaget."}


def test_a_report_is_of_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written while it is made is in none of its tables, and is not held up by it."""
    with Store(tmp_path / "frisksvar.db") as store:
        inquiry(store, centre="modum")
        count = COUNTS["inquiries"]
        assert isinstance(count, Counted)

        def write() -> None:
            inquiry(store, centre="stavanger")
            with store.write() as db:
                db.conn.execute("INSERT INTO inquiry_topics VALUES (1, 'etablering', '')")

        def rows(snapshot: Any) -> Any:
            writer = threading.Thread(target=write)
            writer.start()
            writer.join(20)
            assert not writer.is_alive()
            return count.rows(snapshot)

        slow = {**COUNTS, "inquiries": replace(count, counting=rows)}
        monkeypatch.setattr("knowledge.statistics.report.COUNTS", slow)
        tables = report(store, Scope(2023, 2023, shown_from=0), made_by="x").tables
        assert bare(tables["inquiries"])[0][1] == 1
        assert [row[1] for row in tables["inquiries_by_centre"].rows] == ["modum"]
        assert [row[1] for row in tables["inquiries_by_topic"].rows] == ["-"]
        assert len(read(store.path)["inquiries"]) == 2


def test_the_same_register_gives_the_same_report(mixed: Store, tmp_path: Path) -> None:
    """Also from a copy whose rows lie elsewhere in the file."""
    copy = tmp_path / "copy.db"
    with sqlite3.connect(mixed.path) as connection:
        connection.execute("VACUUM INTO ?", [str(copy)])
    connection.close()
    with Store(copy) as other:
        with other.write() as db:
            for name in ("inquiry_topics", "inquiry_feedback", "visit_actors"):
                db.conn.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {name}")
                db.conn.execute(f"DELETE FROM {name}")
                db.conn.execute(f"INSERT INTO {name} SELECT * FROM kept ORDER BY rowid DESC")
                db.conn.execute("DROP TABLE temp.kept")
        one, two = (report(each, Scope(2014, LAST), made_by="x") for each in (mixed, other))
    assert one == two
    assert [table.rows for table in one.tables.values()] == [
        table.rows for table in two.tables.values()
    ]


def test_the_register_is_only_read(mixed: Store) -> None:
    before = mixed.path.read_bytes(), read(mixed.path)
    report(mixed, Scope(FIRST, LAST), made_by="x")
    assert (mixed.path.read_bytes(), read(mixed.path)) == before


def test_a_register_of_an_older_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "frisksvar.db"
    old = Database(path)
    migrations.apply(old, stop_before="0006_review")  # before visits and the audit trail
    old.conn.execute(
        "INSERT INTO inquiries (id, came_from, received_at, channel, question, masked, thread, "
        "status) VALUES (1, 'old', '2023-05-05T10:00:00+00:00', 'cli', '?', '[]', '[]', 'new')"
    )
    old.conn.commit()
    old.close()
    with Store(path) as store:
        assert value(store, Scope(2023, 2023), "inquiries/2023/inquiries") == 1


def test_a_damaged_register_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "frisksvar.db"
    with Store(path) as store:
        for _ in range(400):
            inquiry(store, question="?" * 900)
        store.database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        spoiled = bytearray(path.read_bytes())
        spoiled[40_000:-4096] = b"\xff" * len(spoiled[40_000:-4096])
        path.write_bytes(spoiled)
        with pytest.raises(Failure) as told:
            report(store, Scope(2023, 2023), made_by="x")
        assert told.value.sentence("nb").count("\n") == 0


def test_a_closed_year_shows_what_was_closed_and_what_changed_since(tmp_path: Path) -> None:
    scope = Scope(2023, 2024, shown_from=0)
    with Store(tmp_path / "frisksvar.db") as store:
        demo_data(store, DemoSize(2023, 2024, inquiries=60, visits=3, seed=8))
        before = report(store, scope, made_by="x").tables
        assert close_year(store, 2023, who="cli", today=date(2024, 3, 1)) == 1
        closed = report(store, scope, made_by="x")
        assert {**closed.tables} == {**before}
        assert closed.state.closed_years == (2023,)
        inquiry(store, received_at="2023-07-07T10:00:00+00:00", channel="form")
        inquiry(store, received_at="2024-07-07T10:00:00+00:00", channel="form")
        made = report(store, scope, made_by="x").tables
        rows = {name: [row for row in made[name].rows if row[0] == 2023] for name in RECOUNTED}
        for name in RECOUNTED:
            assert rows[name] == [row for row in before[name].rows if row[0] == 2023], name
        was: dict[str, Any] = dict(before["inquiries"].cells())
        now: dict[str, Any] = dict(made["inquiries"].cells())
        assert now["inquiries/2024/inquiries"] == was["inquiries/2024/inquiries"] + 1
        corrected = {row[1]: row[3:6] for row in made["corrections"].rows}
        count = was["inquiries/2023/inquiries"]
        assert corrected["inquiries/2023/inquiries"] == (count, count + 1, "open")
        assert all(str(address).split("/")[1] == "2023" for address in corrected)
        told = explain(store, scope, "inquiries/2023/inquiries")
        assert (told.value, told.now, told.closed) == (count, count + 1, 1)
        assert len(told.rows) == told.now
        assert close_year(store, 2023, who="cli", reason="late", today=date(2024, 3, 1)) == 2
        again = report(store, scope, made_by="x").tables
        assert dict(again["inquiries"].cells())["inquiries/2023/inquiries"] == count + 1
        assert {row[5] for row in again["corrections"].rows} == {"accepted"}


def test_last_year_is_compared_as_it_was_closed(tmp_path: Path) -> None:
    """The year before is told alike in its own report and in the next one's."""
    with Store(tmp_path / "frisksvar.db") as store:
        for year in (2023, 2024):
            number = inquiry(store, received_at=f"{year}-07-07T10:00:00+00:00")
            with store.write() as db:
                db.conn.execute("INSERT INTO inquiry_topics VALUES (?, 'kosthold', '')", [number])
        close_year(store, 2023, who="cli", today=date(2024, 3, 1))
        with store.write() as db:
            db.conn.execute("UPDATE inquiries SET deleted_at = received_at WHERE id = 1")
        tables = report(store, Scope(2024, 2024, shown_from=0), made_by="x").tables
        assert bare(tables["topics_changed"]) == [(2024, "kosthold", 1, 1, 0, False)]


def test_no_room_for_temporary_tables_is_one_sentence(
    mixed: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Cramped(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            if sql == "BEGIN":
                super().execute("PRAGMA temp.max_page_count = 20")
            return super().execute(sql, *values)

    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    connect = partial(sqlite3.connect, factory=Cramped)
    monkeypatch.setattr("knowledge.statistics.snapshot.sqlite3.connect", connect)
    with pytest.raises(StoreError) as told:
        report(mixed, Scope(FIRST, LAST), made_by="x")
    assert told.value.key == "disk_full"
    assert str(tmp_path) in told.value.sentence("nb")
    monkeypatch.undo()
    assert report(mixed, Scope(FIRST, LAST), made_by="x").tables["inquiries"].rows


def test_the_bench_measures_it(tmp_path: Path) -> None:
    told = measure_report(tmp_path, many=300, few=100)
    assert "times it" in told
    assert "MB with 300" in told
