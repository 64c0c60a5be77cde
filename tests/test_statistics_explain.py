"""What is behind a number: the rows recounted give it, or the source that printed it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from test_statistics import SPLIT, inquiry, make_odd, percentile, read, whole_seconds

from knowledge.demonstration import DemoSize, demo_data
from knowledge.messages import LANGUAGES, Failure
from knowledge.register.visits import NewVisit, Visits
from knowledge.statistics.counting.base import Behind
from knowledge.statistics.definitions import specs
from knowledge.statistics.derived import DERIVED
from knowledge.statistics.explaining import explain
from knowledge.statistics.report import COUNTS, Made, made
from knowledge.statistics.scope import Scope
from knowledge.statistics.snapshot import Snapshot
from knowledge.statistics.table import HIDDEN
from knowledge.store import Store

FIRST, LAST = 2022, 2024
WHOLE = Scope(FIRST, LAST, shown_from=0)
Rows = Mapping[str, dict[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(tmp_path_factory.mktemp("explained") / "frisksvar.db") as opened:
        demo_data(opened, DemoSize(FIRST, LAST, inquiries=90, visits=20, seed=6))
        make_odd(opened)
        yield opened


@pytest.fixture(scope="module")
def rows(store: Store) -> Rows:
    """Inquiries and visits by number, with what hangs on them."""
    found = read(store.path)
    inquiries = {row["id"]: dict(row, handovers=[]) for row in found["inquiries"]}
    for handover in found["handovers"]:
        inquiries[handover["inquiry"]]["handovers"].append(handover)
    visits = {row["id"]: dict(row, then=set(), today=set(), of={}) for row in found["visits"]}
    for place in found["visit_municipalities"]:
        then, today = place["municipality"], place["municipality_today"]
        visits[place["visit"]]["then"].add(then)
        visits[place["visit"]]["today"].add(today or then)
    for actor in found["visit_actors"]:
        visits[actor["visit"]]["of"][actor["actor"]] = actor["people"]
    return {"inquiry": inquiries, "visit": visits}


def recounted(rows: Rows, address: str, behind: Behind) -> float:
    """The number that its rows give."""
    table, *key, column = address.split("/")
    these = [rows[kind][number] for kind, number in behind.rows]
    if column == "persons":
        actor = key[1] if table == "visits_by_actor" else None
        return sum(people_of(visit, actor) for visit in these)
    if column in ("municipalities", "municipalities_today"):
        return len(places_of(these, today=column == "municipalities_today"))
    if column.endswith("_hours"):
        percent = 50 if column == "median_hours" else 90
        return percentile([seconds_of(row, key[1]) for row in these], percent)
    return len(these)


def people_of(visit: Mapping[str, Any], actor: str | None) -> int:
    if actor is None:
        return int(visit["people"])
    told = {name: people or 0 for name, people in visit["of"].items()}
    return int(visit["people"] - sum(told.values()) if actor == "-" else told[actor])


def places_of(these: list[dict[str, Any]], *, today: bool) -> set[str]:
    if these and "people" in these[0]:
        return set().union(*(visit["today" if today else "then"] for visit in these))
    return {(today and row["municipality_today"]) or row["municipality"] for row in these}


def seconds_of(row: Mapping[str, Any], step: str) -> int:
    if step == "first_reply_centre":
        replies = [h["first_reply_at"] for h in row["handovers"] if h["first_reply_at"]]
        seconds = whole_seconds(min(h["at"] for h in row["handovers"]), min(replies))
    else:
        ends = "resolved_at" if step == "resolved" else "first_reply_at"
        seconds = whole_seconds(row["received_at"], row[ends])
    assert seconds is not None
    return seconds


OF_THE_REGISTER = [
    name for name in COUNTS if specs()[name].part in ("visits", "inquiries")
    and name not in ("visits_editions", "visit_actors_named")
]  # fmt: skip


@pytest.mark.parametrize("table", OF_THE_REGISTER)
@pytest.mark.parametrize("centre", [None, "modum"])
def test_the_rows_behind_every_number_give_it(
    store: Store, rows: Rows, table: str, centre: str | None
) -> None:
    with Snapshot(store, Scope(FIRST, LAST, centre, shown_from=0)) as snapshot:
        cells = list(made(store, snapshot).shown[table].cells())
        assert cells
        for address, value in cells:
            _, *key, column = address.split("/")
            behind = COUNTS[table].behind(snapshot, tuple(key), column)
            if behind.figures:
                assert [float(figure.value) for figure in behind.figures] == [value], address
                assert not behind.rows
            else:
                assert recounted(rows, address, behind) == value, address


def test_rows_behind_the_parts_are_never_the_same_ones(store: Store) -> None:
    """An inquiry stands behind one number of a column that adds up."""
    with Snapshot(store, WHOLE) as snapshot:
        tables = made(store, snapshot).shown
        for name, column in [("outcomes", "inquiries"), ("inquiries_by_topic", "only")]:
            numbers = [
                number
                for row in tables[name].rows
                for number in COUNTS[name].behind(snapshot, tables[name].key(row), column).rows
            ]
            everything = [
                number
                for row in tables["inquiries"].rows
                for number in COUNTS["inquiries"].behind(snapshot, (str(row[0]),), "inquiries").rows
            ]
            assert sorted(numbers) == sorted(everything)


@pytest.mark.parametrize("table", [name for name in specs() if name not in OF_THE_REGISTER])
def test_other_tables_tell_what_their_numbers_are_made_of(store: Store, table: str) -> None:
    """Figures that were printed, rows of the register, or numbers of other tables."""
    with Snapshot(store, WHOLE) as snapshot:
        found = made(store, snapshot)
        for address, value in found.shown[table].cells():
            _, *key, column = address.split("/")
            behind = (
                COUNTS[table].behind(snapshot, tuple(key), column)
                if table in COUNTS
                else DERIVED[table].behind(found.wide, WHOLE, tuple(key), column)
            )
            if column in ("value", "persons") and behind.figures:
                assert [float(figure.value) for figure in behind.figures] == [value], address
            assert all(cell_exists(cell, found) for cell in behind.cells), address


def cell_exists(address: str, found: Made) -> bool:
    name, *key, column = address.split("/")
    found.wide[name].spec.index(column)
    return tuple(key) in set(map(found.wide[name].key, found.wide[name].rows))


def number(found: Made, address: str) -> Any:
    return dict(found.wide[address.split("/")[0]].cells())[address]


def test_totals_are_the_sum_of_what_is_behind_them(store: Store) -> None:
    with Snapshot(store, Scope(2014, LAST, shown_from=0)) as snapshot:
        found = made(store, snapshot)
        total = found.shown["visits_total"]
        for row in total.rows:
            for column in ("persons", "municipality_years"):
                behind = DERIVED["visits_total"].behind(
                    found.wide, snapshot.scope, total.key(row), column
                )
                assert row[total.spec.index(column)] == sum(
                    number(found, cell) for cell in behind.cells
                )
        changed = found.shown["topics_changed"]
        assert changed.rows
        for row in changed.rows:
            behind = DERIVED["topics_changed"].behind(
                found.wide, snapshot.scope, changed.key(row), "inquiries"
            )
            assert row[3] == sum(number(found, cell) for cell in behind.cells)


def test_a_published_number_names_document_edition_and_address(store: Store) -> None:
    told = explain(store, WHOLE, "visits/2022/persons")
    assert (told.value, told.rows, told.cells) == (104, (), ())
    (figure,) = told.figures
    assert figure.edition == "2014-2022"
    assert figure.source.startswith("https://www.helsedirektoratet.no/")
    assert "tabell 1" in told.column.definition.nb


def test_the_newest_edition_that_has_the_year_is_named(store: Store) -> None:
    (figure,) = explain(store, WHOLE, "visits/2014/municipalities").figures
    assert (figure.edition, int(figure.value)) == ("2014-2022", 45)


def test_a_visit_without_a_number_for_the_actor_is_not_behind_its_people(tmp_path: Path) -> None:
    with Store(tmp_path / "frisksvar.db") as small:
        for people in (None, 2):
            Visits(small).add(
                NewVisit(
                    on_date=date(2024, 1, 1), centre="modum", people=3, actors={"nav": people},
                    came_from=f"test:{people}",
                ),
                "test",
            )  # fmt: skip
        told = explain(small, WHOLE, "visits_by_actor/2024/nav/persons")
        assert (told.value, [row.id for row in told.rows]) == (2, [2])
        told = explain(small, WHOLE, "visits_by_actor/2024/nav/visits")
        assert (told.value, [row.id for row in told.rows]) == (2, [1, 2])
        told = explain(small, WHOLE, "visits_by_actor/2024/-/persons")
        assert (told.value, [row.id for row in told.rows]) == (4, [1, 2])


def test_a_recorded_number_lists_its_rows(store: Store) -> None:
    told = explain(store, WHOLE, f"visits/{LAST}/persons")
    connection = sqlite3.connect(store.path)
    expected = connection.execute(
        "SELECT id, on_date, centre, people FROM visits WHERE deleted_at IS NULL "
        "AND on_date LIKE ? ORDER BY id",
        [f"{LAST}-%"],
    ).fetchall()
    connection.close()
    assert [(row.id, row.date, row.centre) for row in told.rows] == [row[:3] for row in expected]
    assert told.value == told.now == sum(row[3] for row in expected)


def test_days_of_the_rows_are_norwegian_days(store: Store) -> None:
    told = explain(store, WHOLE, "inquiries_by_municipality/2024/9999/inquiries")
    assert [(row.kind, row.date, row.centre) for row in told.rows] == [
        ("inquiry", "2024-01-01", None)
    ]
    assert told.value == 1


def test_no_text_of_a_question_is_in_an_explanation(store: Store) -> None:
    told = explain(store, WHOLE, f"inquiries/{LAST}/inquiries")
    questions = {row["question"] for row in read(store.path)["inquiries"]} - {""}
    assert len(told.rows) > 50
    assert not any(question in repr(told.rows) for question in questions)


def test_a_computed_number_names_the_numbers_it_is_made_of(store: Store) -> None:
    told = explain(store, WHOLE, "visits_total/2014-2022/municipality_years")
    assert told.value == 334
    assert told.cells == tuple(f"visits/{year}/municipalities" for year in range(2014, 2023))
    assert told.rows == ()


def test_a_split_municipality_counts_by_the_number_it_had(store: Store) -> None:
    told = explain(store, WHOLE, f"visits_total/2023-{LAST}/municipalities_distinct")
    of_split = [cell for cell in told.cells if f"/{SPLIT}/" in cell]
    assert all(cell.startswith("visits_by_municipality/") for cell in of_split)
    distinct = {cell.split("/")[2] for cell in told.cells}
    assert told.value == len(distinct)


def test_the_years_are_those_of_the_address(store: Store) -> None:
    """A number is the same whatever period the report has."""
    address = f"inquiries/{FIRST}/inquiries"
    values = {explain(store, Scope(y, y, shown_from=0), address).value for y in (FIRST, LAST)}
    assert len(values) == 1


def test_the_centre_is_that_of_the_report(store: Store) -> None:
    of_one = explain(store, Scope(LAST, LAST, "modum", shown_from=0), f"inquiries/{LAST}/inquiries")
    assert {row.centre for row in of_one.rows} == {"modum"}
    assert len(of_one.rows) == of_one.value


def test_nothing_is_told_of_what_is_hidden(tmp_path: Path) -> None:
    address = "inquiries_by_municipality/2024/3303/inquiries"
    outside, inside = Scope(2024, 2024), Scope(2024, 2024, shown_from=0)
    with Store(tmp_path / "frisksvar.db") as small:
        for number, many in {"0301": 30, "3301": 20, "3303": 1, "3305": 8, "3310": 9}.items():
            for _ in range(many):
                inquiry(
                    small, received_at="2024-04-04T10:00:00+00:00", municipality=number,
                    municipality_today=number,
                )  # fmt: skip
        told = explain(small, outside, address)
        assert told.value is told.now is HIDDEN
        assert (told.rows, told.figures, told.cells) == ((), (), ())
        assert told.column.definition.nb
        assert len(explain(small, inside, address).rows) == 1
        assert len(explain(small, outside, address.replace("3303", "0301")).rows) == 30


def test_rows_that_are_left_out_are_not_named_by_a_total(store: Store) -> None:
    """Where the places of a year are withheld, a total does not list them."""
    address = f"visits_total/2023-{LAST}/municipalities_distinct"
    assert explain(store, WHOLE, address).cells
    outside = explain(store, Scope(FIRST, LAST), address)
    with Snapshot(store, Scope(2023, LAST)) as snapshot:
        shown = made(store, snapshot).shown
    rows = {table.address(row, "visits") for table in shown.values() if table.spec.id.startswith(
        "visits_by_municipality") for row in table.rows}  # fmt: skip
    assert set(outside.cells) <= rows


def test_what_is_said_beside_a_number_has_its_definition(store: Store) -> None:
    told = explain(store, WHOLE, "visits/2022/source")
    assert (told.value, told.rows, told.figures) == ("published", (), ())


@pytest.mark.parametrize(
    ("address", "key", "names"),
    [
        ("visit/2022/persons", "report_address_table", "visits"),
        ("", "report_address_table", "visits"),
        ("visits/2022/person", "report_address_column", "persons"),
        ("visits/2022/year", "report_address_column", "persons"),
        ("visits/persons", "report_address_keys", "visits/<year>/"),
        ("visits/2022/x/persons", "report_address_keys", "visits/<year>/"),
        ("inquiries_by_topic/2023/etableringer/only", "report_address_row", "2023/etablering"),
        ("inquiries/2030/inquiries", "report_address_rows", "inquiries"),
        ("inquiries/year/inquiries", "report_address_row", "2022"),
        ("inquiries/0000/inquiries", "report_address_row", "2022"),
        ("inquiries/9999/inquiries", "report_address_row", "2022"),
        ("visits_total/2019-2014/persons", "report_address_row", "2022"),
    ],
)
def test_a_wrong_address_is_one_sentence_with_the_nearest(
    store: Store, address: str, key: str, names: str
) -> None:
    with pytest.raises(Failure) as told:
        explain(store, WHOLE, address)
    assert told.value.key == key
    for language in LANGUAGES:
        sentence = told.value.sentence(language)
        assert names in sentence
        assert "\n" not in sentence
