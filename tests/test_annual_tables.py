"""What the report makes of the annual forms, counted again here from the answers themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.reference import InvalidReference
from knowledge.reference.annual_form import AnnualField, annual_fields
from knowledge.reference.annual_measures import annual_measures, read_measures
from knowledge.register import Inquiries, NewInquiry
from knowledge.register.annual import AnnualForms
from knowledge.register.review import Review
from knowledge.register.visits import NewVisit, Visits
from knowledge.statistics.counting import about, annual, forms
from knowledge.statistics.explaining import explain
from knowledge.statistics.report import report
from knowledge.statistics.scope import Scope
from knowledge.statistics.snapshot import Snapshot
from knowledge.statistics.table import Value
from knowledge.store import Store

YEAR = 2025
ONE_YEAR = Scope(YEAR, YEAR)
REQUIRED: dict[str, Any] = {
    "inquiries": 1,
    "visitors": 1,
    "information-spread": True,
    "website": True,
}
MEASURES = {  # row of the table communication -> field of the form
    "systematic": "communication-systematic",
    "plan": "communication-plan",
    "website": "website",
    "social-media": "social-media",
    "social-media-regular": "social-media-regular",
    "media": "media-stories",
    "talks": "talks",
    "information-spread": "information-spread",
    "ideas-spread": "ideas-spread",
}
CHOICES = {  # table -> field
    "communication_groups": "communication-groups",
    "information_ways": "information-ways",
    "social_media": "social-media",
    "research": "research",
    "institutions": "institutions",
    "grant_use": "grant-use",
}
COOPERATION = {
    **{name: name for name in ("governor-own", "governor-others", "county-own", "county-others")},
    "centres": "cooperation",
}
CENTRES = ("alstahaug", "modum", "stavanger", "verdal", "bergen", "drammen")
Status = str
Register = dict[str, tuple[Status, dict[str, Any]]]
"""Centre -> how its form stands, and its answers."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "a.db") as opened:
        yield opened


def fill(store: Store, register: Register, year: int = YEAR) -> None:
    book = AnnualForms(store)
    for centre, (status, answers) in register.items():
        revision = book.save(centre, year, answers, revision=0, who="cli")
        if status != "draft":
            book.submit(centre, year, revision=revision, who="cli")
        if status == "reopened":
            book.reopen(centre, year, reason="Feil", who="cli")


def rows(store: Store, table: str, scope: Scope = ONE_YEAR) -> list[tuple[Value, ...]]:
    with Snapshot(store, scope) as snapshot:
        return list({**annual.COUNTS, **about.COUNTS}[table].rows(snapshot))


# Against the answers


def answer(field: AnnualField) -> st.SearchStrategy[Any]:
    match field.kind:
        case "number":
            given_: st.SearchStrategy[Any] = st.integers(0, 40)
        case "yes_no":
            given_ = st.booleans()
        case "choices":
            options = [option.id for option in field.options]
            given_ = st.lists(st.sampled_from(options), max_size=4, unique=True)
        case _:
            given_ = st.just("Noe")
    if field.required:
        return given_
    return st.one_of(st.none(), st.just("") if field.prefill else st.none(), given_)


ANSWERS = st.fixed_dictionaries({field.id: answer(field) for field in annual_fields()})
REGISTERS = st.dictionaries(
    st.sampled_from(CENTRES),
    st.tuples(st.sampled_from(["draft", "submitted", "reopened"]), ANSWERS),
    max_size=4,
)


def share(part: int, whole: int) -> float | None:
    """One decimal, half up, by whole numbers only."""
    if not whole:
        return None
    tenths = Fraction(1000 * part, whole) + Fraction(1, 2)
    return (tenths.numerator // tenths.denominator) / 10


def told(answers: list[dict[str, Any]], field: str, option: str | None = None) -> tuple[Value, ...]:
    given_ = [each[field] for each in answers if each.get(field) not in (None, "")]
    chosen = [each for each in given_ if (option in each if option else bool(each))]
    return len(chosen), len(given_), share(len(chosen), len(given_))


@settings(max_examples=15, deadline=None)
@given(REGISTERS)
def test_every_table_is_what_the_answers_say(register: Register) -> None:
    counts = [answers for status, answers in register.values() if status != "draft"]
    options = {field.id: [option.id for option in field.options] for field in annual_fields()}
    with TemporaryDirectory() as folder, Store(Path(folder) / "a.db") as store:
        fill(store, register)
        expected: dict[str, dict[tuple[Value, ...], tuple[Value, ...]]] = {
            "communication": {(YEAR, m): told(counts, f) for m, f in MEASURES.items()},
            **{
                table: {(YEAR, option): told(counts, field, option) for option in options[field]}
                for table, field in CHOICES.items()
            },
            "cooperation": {
                (YEAR, partner, kind or "any"): told(counts, field, kind)
                for partner, field in COOPERATION.items()
                for kind in (*options[field], None)
            },
        }
        for table, numbers in expected.items():
            keys = 3 if table == "cooperation" else 2
            many = 2 if table == "institutions" else 3
            found = {row[:keys]: row[-many:] for row in rows(store, table)}
            assert found == ({k: n[:many] for k, n in numbers.items()} if counts else {})
        totals = {row[1]: row[-2:] for row in rows(store, "form_numbers")}
        for field in annual_fields():
            given_ = [a[field.id] for a in counts if a[field.id] not in (None, "")]
            if field.kind == "number" and counts:
                assert totals[field.id] == (len(given_), sum(given_) if given_ else None)


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [
        (1, 8, 12.5),
        (1, 16, 6.3),
        (3, 16, 18.8),
        (2, 3, 66.7),
        (5, 9, 55.6),
        (0, 4, 0.0),
        (9, 9, 100),
    ],
)
def test_shares_have_one_decimal_and_half_goes_up(part: int, whole: int, percent: float) -> None:
    assert forms.share(part, whole) == share(part, whole) == percent


def test_drafts_do_not_count_and_opened_again_counts_as_it_stands(store: Store) -> None:
    fill(
        store,
        {
            "modum": ("submitted", REQUIRED | {"talks": 2, "research": ["data"]}),
            "bergen": ("draft", REQUIRED | {"talks": 5, "research": ["data"]}),
            "verdal": ("reopened", REQUIRED | {"talks": 0, "research": []}),
        },
    )
    book = AnnualForms(store)
    revision = book.get("verdal", YEAR).revision
    book.save("verdal", YEAR, {"talks": 7}, revision=revision, who="cli")
    talks = next(row for row in rows(store, "communication") if row[1] == "talks")
    assert talks[-3:] == (2, 2, 100.0)
    assert next(row for row in rows(store, "form_numbers") if row[1] == "talks")[-2:] == (2, 9)
    assert rows(store, "centres_per_year")[0][1:5] == (10, 10, 2, 1)


def test_no_answer_is_no_no(store: Store) -> None:
    fill(
        store,
        {
            "modum": ("submitted", REQUIRED | {"social-media": ["facebook"], "inquiry-topics": ""}),
            "bergen": ("submitted", REQUIRED | {"social-media": []}),
            "verdal": ("submitted", REQUIRED),
        },
    )
    facebook = next(row for row in rows(store, "social_media") if row[1] == "facebook")
    assert facebook[-3:] == (1, 2, 50.0)
    plan = next(row for row in rows(store, "communication") if row[1] == "plan")
    assert plan[-3:] == (0, 0, None)


def test_published_goes_before_recorded_and_the_rest_is_recorded(store: Store) -> None:
    fill(store, {"modum": ("submitted", REQUIRED | {"website": False, "talks": 1})}, year=2022)
    scope = Scope(2022, 2022)
    found = {row[1]: row[3:] for row in rows(store, "communication", scope)}
    assert found["website"] == ("published", "stated", None, None, 100.0)
    assert found["talks"] == ("register", None, 1, 1, 100.0)
    own = Scope(2022, 2022, "modum")
    found = {row[1]: row[3:] for row in rows(store, "communication", own)}
    assert found["website"] == ("register", None, 0, 1, 0.0)
    assert rows(store, "communication", Scope(2022, 2022, "bergen")) == []


def test_behind_each_number_stand_the_forms_that_make_it(store: Store) -> None:
    fill(
        store,
        {
            "modum": ("submitted", REQUIRED | {"talks": 2, "grant-use": ["travel", "other"]}),
            "verdal": ("reopened", REQUIRED | {"talks": 0, "grant-use": ["travel"]}),
            "bergen": ("draft", REQUIRED | {"talks": 3, "grant-use": ["travel"]}),
        },
    )
    scope = Scope(YEAR, YEAR, shown_from=0)
    centre_of = {form.id: form.centre for form in AnnualForms(store).all(YEAR)}
    tables = report(store, scope, made_by="test").tables
    for name in (*annual.COUNTS, "centres_per_year"):
        for address, value in tables[name].cells():
            behind = explain(store, scope, address)
            assert behind.value == value
            column = address.rpartition("/")[2]
            if column in ("centres", "answered", "forms_submitted", "forms_reopened"):
                assert len(behind.rows) == value
            elif column == "share":
                assert len(behind.cells) == 2
    travel = explain(store, scope, f"grant_use/{YEAR}/travel/centres")
    assert [centre_of[row.id] for row in travel.rows] == ["modum", "verdal"]
    assert {row.kind for row in travel.rows} == {"annual_form"}
    total = explain(store, scope, f"form_numbers/{YEAR}/talks/total")
    assert [centre_of[row.id] for row in total.rows] == ["modum", "verdal"]


# What the form is filled in with, and what the report counts


def test_the_form_and_the_report_mean_the_same_by_what_counts(store: Store) -> None:
    inquiries, review, visits = Inquiries(store), Review(store), Visits(store)

    def ask(number: int, at: str, **more: Any) -> int:
        new = {
            "came_from": f"test:{number}",
            "received_at": datetime.fromisoformat(at).replace(tzinfo=UTC),
            "channel": "phone",
            "question": "Hva?",
            "centre": "modum",
            **more,
        }
        return inquiries.receive(NewInquiry.model_validate(new))[0]

    days = ["2024-12-31T22:59", "2024-12-31T23:00", "2025-06-01T10:00", "2025-12-31T22:59"]
    days += ["2025-12-31T23:00"]
    ids = [ask(number, day) for number, day in enumerate(days)]
    more = [ask(10 + n, "2025-03-03T12:00", municipality="1103") for n in range(5)]
    review.set_aside(more[0], "user:1")
    review.mark_duplicate(more[1], more[2], "user:1")
    review.delete(more[3], "user:1")
    inquiries.withdraw(more[2])
    ask(20, "2025-03-03T12:00", centre="bergen")
    for number, day in enumerate(["2024-12-31", "2025-01-01", "2025-12-31", "2026-01-01"]):
        new = {
            "on_date": date.fromisoformat(day),
            "centre": "modum",
            "people": 3 + number,
            "municipalities": ("1103", "0301"),
            "came_from": f"v{number}",
        }
        visits.add(NewVisit.model_validate(new), "user:1")
    given_ = AnnualForms(store).prefilled("modum", YEAR)
    with Snapshot(store, Scope(YEAR, YEAR, "modum", 0)) as snapshot:
        counted = snapshot.numbers("SELECT id FROM counted ORDER BY id")
        visited = snapshot.numbers("SELECT id FROM counted_visits ORDER BY id")
    assert counted == [*ids[1:4], more[2], more[4]]
    assert [number for _, number in given_["inquiries"].source_rows] == counted
    assert [number for _, number in given_["visitors"].source_rows] == visited
    tables = report(store, Scope(YEAR, YEAR, "modum", 0), made_by="test").tables

    def cell(table: str, column: str) -> Value:
        (row,) = tables[table].rows
        return row[tables[table].spec.index(column)]

    assert given_["inquiries"].value == cell("inquiries", "inquiries")
    assert given_["inquiry-municipalities"].value == cell("inquiries", "municipalities_today")
    assert given_["visitors"].value == cell("visits_recorded", "persons") == 4 + 5
    assert given_["visit-municipalities"].value == cell("visits_recorded", "municipalities_today")


# The file of measures


def test_every_measure_reads_a_field_or_is_only_published() -> None:
    assert {each.id: each.field for each in annual_measures() if each.table == "communication"} == {
        **MEASURES,
        "idea-bank-link": None,
        "idea-bank-shared": None,
    }


MEASURE = """[[annual_measures]]
table = "communication"
id = "plan"
field = "website"
label = { nb = "a", nn = "a", en = "a" }
"""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (MEASURE + MEASURE, "used twice"),
        (MEASURE.replace("website", "nettside"), "the form has no field nettside"),
        (MEASURE.replace("communication", "tall"), "table"),
        ("[[annual_measures]", "not TOML"),
    ],
)
def test_a_wrong_file_of_measures_is_told(text: str, problem: str) -> None:
    with pytest.raises(InvalidReference, match=problem):
        read_measures(text)
