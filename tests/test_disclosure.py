"""What leaves the centres: no small number of a place, and nothing that gives one away."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.demonstration import DemoSize, demo_data
from knowledge.statistics.definitions import specs
from knowledge.statistics.disclosure import hide, withheld
from knowledge.statistics.finest import Place, YearCounts, finest
from knowledge.statistics.report import counted
from knowledge.statistics.scope import Scope
from knowledge.statistics.snapshot import Snapshot
from knowledge.statistics.table import HIDDEN, Row, Table, Value
from knowledge.store import Store

YEAR = 2025
THEN, TODAY, COUNTY = (
    "inquiries_by_municipality",
    "inquiries_by_municipality_today",
    "inquiries_by_county",
)
VISITS = ("visits_by_municipality", "visits_by_municipality_today")
PARTS = {THEN: 1, TODAY: 2, COUNTY: 3, VISITS[0]: 1, VISITS[1]: 2}
Counts = Mapping[int, YearCounts]


def filled(table: str, year: int, key: Sequence[str], values: Iterable[int]) -> Row:
    """A row of a table of the report with these keys and measures; the rest is empty."""
    keys: Iterator[Value] = iter([year, *key])
    numbers: Iterator[Value] = iter(values)
    return tuple(
        next(keys) if column.role == "key" else next(numbers) if column.role == "measure" else None
        for column in specs()[table].columns
    )


def tables_of(counts: Counts, centre: str | None = None) -> dict[str, Table]:
    """The tables with places, as the register would count them."""
    made = {}
    for name, part in PARTS.items():
        rows = []
        for year, found in counts.items():
            sums: Counter[str] = Counter()
            for place, number in (found.visits if name in VISITS else found.inquiries).items():
                if centre in (None, place.centre):
                    sums[place[part]] += number
            rows += [filled(name, year, [key], [sums[key]]) for key in sorted(sums)]
        made[name] = Table(specs()[name], tuple(rows))
    return made


def inquiries(*places: tuple[str, str, str, str, int]) -> Counts:
    return {YEAR: YearCounts({Place(*place[:4]): place[4] for place in places})}


def shown(tables: Mapping[str, Table], table: str) -> dict[str, object]:
    return {str(row[1]): row[-1] for row in tables[table].rows}


ORDINARY = inquiries(
    ("s", "1103", "1103", "11", 20),
    ("s", "1108", "1108", "11", 9),
    ("s", "1120", "1120", "11", 2),
    ("s", "1121", "1121", "11", 7),
    ("m", "0301", "0301", "03", 30),
    ("m", "-", "-", "-", 1),
)


def test_small_numbers_go_with_the_smallest_of_the_same_county() -> None:
    made = hide(tables_of(ORDINARY), Scope(YEAR, YEAR), ORDINARY)
    wanted = {"1103": 20, "1108": 9, "1120": HIDDEN, "1121": HIDDEN, "0301": 30, "-": 1}
    assert shown(made, THEN) == shown(made, TODAY) == wanted
    assert shown(made, COUNTY) == {"11": 38, "03": 30, "-": 1}


def test_the_centres_see_every_number() -> None:
    tables = tables_of(ORDINARY)
    assert hide(tables, Scope(YEAR, YEAR, shown_from=0), ORDINARY) == tables


def test_what_is_hidden_does_not_depend_on_the_period() -> None:
    other = {**ORDINARY, YEAR - 1: YearCounts({Place("s", "1120", "1120", "11"): 40})}
    long = hide(tables_of(other), Scope(YEAR - 1, YEAR), other)
    short = hide(tables_of(ORDINARY), Scope(YEAR, YEAR), other)
    for name in PARTS:
        assert [row for row in long[name].rows if row[0] == YEAR] == list(short[name].rows)


def test_a_year_that_cannot_be_protected_has_no_names() -> None:
    few = inquiries(("s", "1103", "1103", "11", 2), ("s", "1108", "1108", "11", 1))
    made = hide(tables_of(few), Scope(YEAR, YEAR), few)
    assert not any(made[name].rows for name in (THEN, TODAY, COUNTY))
    assert withheld(tables_of(few), made) == dict.fromkeys((THEN, TODAY, COUNTY), (YEAR,))


def test_numbers_that_do_not_agree_with_the_counts_are_not_shown() -> None:
    other = inquiries(*((*place, number + 1) for place, number in ORDINARY[YEAR].inquiries.items()))
    made = hide(tables_of(ORDINARY), Scope(YEAR, YEAR), other)
    assert not made[THEN].rows


def test_a_centre_hides_what_the_country_hides_and_what_it_shares() -> None:
    """1103 asked both: 25 of the country less 5 of one centre would tell the other centre's."""
    shared = inquiries(
        ("s", "1103", "1103", "11", 20),
        ("m", "1103", "1103", "11", 2),
        ("s", "1108", "1108", "11", 9),
        ("s", "1120", "1120", "11", 12),
        ("m", "0301", "0301", "03", 30),
        ("m", "3301", "3301", "33", 30),
    )
    country = hide(tables_of(shared), Scope(YEAR, YEAR), shared)
    assert shown(country, THEN) == {
        "1103": 22, "1108": 9, "1120": 12, "0301": 30, "3301": 30,
    }  # fmt: skip
    for centre in ("s", "m"):
        made = hide(tables_of(shared, centre), Scope(YEAR, YEAR, centre), shared)
        assert shown(made, THEN)["1103"] is HIDDEN


@st.composite
def registers(draw: st.DrawFn) -> Counts:
    then = draw(st.lists(st.sampled_from("ABCD"), min_size=1, max_size=4, unique=True))
    places = {}
    for number in then:
        today = draw(st.sampled_from([number, "X"]))
        for centre in draw(st.sets(st.sampled_from("sm"), min_size=1)):
            places[Place(centre, number, today, "K" if number in "AB" else "L")] = draw(
                st.integers(1, 8)
            )
    return {YEAR: YearCounts(places)}


@settings(max_examples=60, deadline=None)
@given(registers())
def test_no_difference_of_two_reports_is_a_small_number(counts: Counts) -> None:
    """Of a place: the country less one centre, for every table and key that both show."""
    country = hide(tables_of(counts), Scope(YEAR, YEAR), counts)
    for centre, name in itertools.product("sm", (THEN, TODAY)):
        every = shown(country, name)
        mine = shown(hide(tables_of(counts, centre), Scope(YEAR, YEAR, centre), counts), name)
        for key, number in mine.items():
            if isinstance(number, int):
                assert number >= 5 and every[key] == number


def visits(total: int, *places: tuple[str, str, int]) -> Counts:
    found = {Place("s", then, today, "11"): number for then, today, number in places}
    return {YEAR: YearCounts({}, found, {"s": total})}


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        (visits(20, ("A", "A", 8), ("B", "B", 12)), set()),
        # One alone would follow from the number of visits.
        (visits(17, ("A", "A", 3), ("B", "B", 14)), {"A", "B"}),
        (visits(23, ("A", "A", 3), ("B", "B", 6), ("C", "C", 14)), {"A", "B"}),
        # X, of A and B, less B would be A.
        (visits(28, ("A", "X", 4), ("B", "X", 9), ("C", "C", 15)), {"A", "B", "X"}),
    ],
)
def test_visits_of_then_and_today_do_not_give_each_other_away(
    counts: Counts, hidden: set[str]
) -> None:
    made = hide(tables_of(counts), Scope(YEAR, YEAR), counts)
    found = {
        key for name in VISITS for key, number in shown(made, name).items() if number is HIDDEN
    }
    assert found == hidden


def test_few_visits_are_not_told_by_place() -> None:
    counts = visits(4, ("A", "A", 4), ("B", "B", 4), ("C", "C", 4))
    made = hide(tables_of(counts), Scope(YEAR, YEAR), counts)
    assert not any(made[name].rows for name in VISITS)


@pytest.mark.parametrize(
    ("places", "told"),
    [
        ([("s", "1103", "1103", "11", 4)], False),
        ([("s", "1103", "1103", "11", 6), ("s", "1108", "1108", "11", 6)], False),
        ([("s", f"11{n}", f"11{n}", "11", 4) for n in (20, 21, 22)], True),
        ([("s", "1103", "1103", "11", 90)], False),
        ([("s", "1103", "1103", "11", 9), ("s", "-", "-", "-", 14)], False),
        ([("s", "1103", "1103", "11", 1), ("s", "-", "-", "-", 15)], True),
        ([("s", "-", "-", "-", 4)], True),
    ],
    ids=["one", "two", "three", "one that asked much", "and few", "and many", "not known"],
)
def test_what_one_or_two_municipalities_asked_about_is_not_told(
    places: list[tuple[str, str, str, str, int]], told: bool
) -> None:
    counts = inquiries(*places)
    tables = {
        name: Table(specs()[name], (filled(name, YEAR, key, values),))
        for name, key, values in (
            ("inquiries_by_topic", ["etablering"], [3, 3]),
            ("feedback", ["up", "-"], [2]),
            ("inquiries_by_channel", ["phone"], [4]),
        )
    }
    made = hide({**tables_of(counts), **tables}, Scope(YEAR, YEAR), counts)
    assert [bool(made[name].rows) for name in tables] == [told, told, True]


def test_the_year_after_does_not_tell_of_such_a_year() -> None:
    many = [Place("s", f"11{n}", f"11{n}", "11") for n in range(20, 30)]
    counts = {
        YEAR - 1: YearCounts({Place("s", "1103", "1103", "11"): 3}),
        YEAR: YearCounts(dict.fromkeys(many, 9)),
    }
    table = Table(
        specs()["topics_changed"],
        (
            filled("topics_changed", YEAR, ["etablering"], [9, 2, 7]),
            filled("topics_changed", YEAR, ["kosthold"], [0, 1, -1]),
        ),
    )
    made = hide({"topics_changed": table}, Scope(YEAR, YEAR), counts)["topics_changed"]
    assert [row[1] for row in made.rows] == ["etablering"]
    spec = made.spec
    values = [made.rows[0][spec.index(name)] for name in ("inquiries", "before", "change", "new")]
    assert values == [9, HIDDEN, HIDDEN, None]


@pytest.mark.parametrize(
    ("places", "told"),
    [
        ([("1124", "1124", 6)], False),
        ([("1124", "1124", 60), ("1103", "1103", 60)], False),
        ([("1124", "1124", 6), ("1103", "1103", 6), ("1108", "1108", 6)], True),
    ],
    ids=["one", "two", "three"],
)
def test_who_came_from_one_or_two_municipalities_is_not_told(
    places: list[tuple[str, str, int]], told: bool
) -> None:
    counts = visits(sum(number for *_, number in places), *places)
    tables = {
        name: Table(specs()[name], (filled(name, YEAR, key, values),))
        for name, key, values in (
            ("visits_by_actor", ["municipality_administration"], [1, 1]),
            ("visits_recorded", [], [6, 20, 1, 1, 6, 0]),
        )
    }
    made = hide({**tables_of(counts), **tables}, Scope(YEAR, YEAR), counts)
    assert [bool(made[name].rows) for name in tables] == [told, True]


def test_names_that_are_left_out_are_not_counted() -> None:
    """Six of one each in a county: it is shown, they are not, nor how many asked."""
    small = [("s", f"11{n}", f"11{n}", "11", 1) for n in range(20, 26)]
    counts = inquiries(*small, ("m", "0301", "0301", "03", 30), ("m", "3301", "3301", "33", 9))
    yearly = Table(specs()["inquiries"], (filled("inquiries", YEAR, [], [45, 0, 0, 45, 8, 8]),))
    tables = {**tables_of(counts), "inquiries": yearly}
    made = hide(tables, Scope(YEAR, YEAR), counts)
    assert shown(made, THEN) == shown(made, TODAY) == {"0301": 30, "3301": 9}
    assert shown(made, COUNTY) == {"11": 6, "03": 30, "33": 9}
    assert made["inquiries"].rows == ((YEAR, 45, 0, 0, 45, HIDDEN, HIDDEN),)
    assert withheld(tables, made) == {}
    centre = hide(tables_of(counts, "s"), Scope(YEAR, YEAR, "s"), counts)
    assert shown(centre, THEN) == shown(centre, TODAY) == {}


CORRECTED = (
    "inquiries/2025/received inquiries/2025/inquiries inquiries/2025/municipalities "
    "inquiries/2025/municipalities_today inquiries_by_centre/2025/modum/inquiries "
    "inquiries_by_county/2025/32/inquiries inquiries_by_municipality/2025/3232/inquiries "
    "inquiries_by_municipality_today/2025/3232/inquiries inquiries_by_actor/2025/nav/inquiries "
    "inquiries_by_channel/2025/slack/inquiries inquiries_by_language/2025/nn/inquiries "
    "inquiries_by_month/2025/1/inquiries inquiries_by_topic/2025/forskning/inquiries "
    "outcomes/2025/answered/inquiries feedback/2025/up/-/votes gaps/2025/forskning/inquiries"
).split()


def shown_corrections(addresses: Iterable[str], state: str = "open") -> Sequence[Row]:
    rows = tuple(
        (YEAR, address, "1", 265, 266, state, "Kari Nordmann klaget.", "2026-02-01", "user:7")
        for address in addresses
    )
    tables = {**tables_of(ORDINARY), "corrections": Table(specs()["corrections"], rows)}
    assert hide(tables, Scope(YEAR, YEAR, shown_from=0), ORDINARY) == tables
    return hide(tables, Scope(YEAR, YEAR), ORDINARY)["corrections"].rows


def test_a_late_inquiry_is_told_in_the_totals_only() -> None:
    made = shown_corrections(CORRECTED)
    assert [row[1] for row in made] == ["inquiries/2025/received", "inquiries/2025/inquiries"]
    assert {row[3:5] for row in made} == {(265, 266)}


def test_a_change_between_breakdowns_is_one_row_without_a_key() -> None:
    made = shown_corrections([*CORRECTED[2:], "visits_by_actor/2025/nav/persons"])
    assert [row[1] for row in made] == ["inquiries/2025", "visits_recorded/2025"]
    assert {row[3:5] for row in made} == {(HIDDEN, HIDDEN)}


def test_what_the_centres_reported_is_corrected_in_full() -> None:
    (row,) = shown_corrections(["centres_per_year/2025/forms_submitted"])
    assert row[1:5] == ("centres_per_year/2025/forms_submitted", "1", 265, 266)


@pytest.mark.parametrize(
    ("state", "reason"), [("open", "Kari Nordmann klaget."), ("accepted", None)]
)
def test_nobodys_name_or_words_stand_in_a_correction(state: str, reason: str | None) -> None:
    """The reason of an open one is put together from the trail by the program (`trail`)."""
    for row in shown_corrections([*CORRECTED, "centres_per_year/2025/forms_submitted"], state):
        assert row[5:] == (state, reason, "2026-02-01", None)


def test_a_made_up_register_agrees_with_its_tables(tmp_path: Path) -> None:
    """Then and today, of the country and of a centre: nothing is withheld by a disagreement."""
    with Store(tmp_path / "register.db") as store:
        demo_data(store, DemoSize(2019, 2020, inquiries=3000, visits=150))
        for centre in (None, "modum"):
            scope = Scope(2019, 2020, centre)
            with Snapshot(store, scope) as snapshot:
                tables, counts = counted(snapshot), finest(snapshot)
            made = hide(tables, scope, counts)
            assert withheld(tables, made) == {}
            for name in PARTS:
                assert len(made[name].rows) == len(tables[name].rows)
                for before, after in zip(tables[name].rows, made[name].rows, strict=True):
                    assert after[-1] in (before[-1], HIDDEN)
                    if after[1] != "-" and isinstance(after[-1], int):
                        assert after[-1] >= 5
            assert any(row[-1] is HIDDEN for row in made[THEN].rows)
            for name, table in tables.items():
                if name not in PARTS:
                    assert made[name] == table, name
            assert YearCounts.read(counts[2020].plain()) == counts[2020]
