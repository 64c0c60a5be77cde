"""Visits and ideas: registered once, changed with history, deleted with a tombstone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from knowledge.messages import Failure
from knowledge.register.editing import Refused, Stale
from knowledge.register.ideas import Idea, Ideas, NewIdea
from knowledge.register.visits import NewVisit, Visit, Visits
from knowledge.store import Store

ANNE, BERIT = "user:1", "user:2"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "a.db") as opened:
        yield opened


@pytest.fixture
def visits(store: Store) -> Visits:
    return Visits(store)


@pytest.fixture
def ideas(store: Store) -> Ideas:
    return Ideas(store)


def visit(**more: Any) -> NewVisit:
    values = {
        "on_date": date(2026, 3, 3),
        "centre": "modum",
        "people": 12,
        "municipalities": ("3316", "1103", "0301"),
        "actors": {"frisklivssentral": 8, "nav": None},
        "came_from": "web:1",
        **more,
    }
    return NewVisit.model_validate(values)


def idea(**more: Any) -> NewIdea:
    values = {"title": "Turgruppe", "text": "Vi går hver onsdag.", "came_from": "web:1", **more}
    return NewIdea.model_validate(values)


def read(visits: Visits, number: int) -> Visit:
    found = visits.get(number)
    assert found is not None
    return found


def read_idea(ideas: Ideas, number: int) -> Idea:
    found = ideas.get(number)
    assert found is not None
    return found


def test_a_visit_is_read_back_as_it_was_registered(visits: Visits) -> None:
    number, new = visits.add(visit(theme="Oppstart"), ANNE)
    kept = read(visits, number)
    assert new and (kept.people, kept.theme, kept.form) == (12, "Oppstart", "physical")
    assert kept.municipalities == ("0301", "1103", "3316")
    assert kept.actors == {"frisklivssentral": 8, "nav": None}
    assert [(c.field, c.who) for c in visits.history(number)] == [("created", ANNE)]


def test_the_same_registration_twice_is_one_visit(visits: Visits) -> None:
    first = visits.add(visit(), ANNE)
    assert visits.add(visit(people=99), BERIT) == (first[0], False)
    assert read(visits, first[0]).people == 12 and len(visits.list()) == 1


@pytest.mark.parametrize(
    ("day", "given", "kept"),
    [
        (date(2015, 5, 5), "1141", {"1141": "1103"}),
        (date(2015, 5, 5), "Finnøy", {"1141": "1103"}),
        (date(2015, 5, 5), "1613", {"1613": None}),  # divided among three
        (date(2026, 5, 5), "Stavanger", {"1103": "1103"}),
    ],
)
def test_a_municipality_has_the_number_of_the_day_and_its_successor(
    visits: Visits, day: date, given: str, kept: dict[str, str | None]
) -> None:
    number, _ = visits.add(visit(on_date=day, municipalities=(given,)), ANNE)
    assert read(visits, number).municipalities_today == kept


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"municipalities": ("1141",)}, "municipalities"),
        ({"municipalities": ("Atlantis",)}, "municipalities"),
        ({"centre": "ingen"}, "centre"),
        ({"actors": {"ingen": 1}}, "actors"),
        ({"actors": {"nav": 0}}, "actors"),
        ({"actors": {"nav": 10, "privat": 3}}, "actors"),
        ({"people": 20_000}, "people"),
    ],
)
def test_what_cannot_be_is_refused_by_field(
    visits: Visits, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        visits.add(visit(**values), ANNE)
    assert refused.value.field == field and visits.list() == []
    number, _ = visits.add(visit(), ANNE)
    with pytest.raises(Refused) as again:
        visits.change(number, values, revision=read(visits, number).revision, who=ANNE)
    assert again.value.field == field


def test_nobody_is_no_visit() -> None:
    with pytest.raises(ValidationError):
        visit(people=0)


def test_the_note_and_theme_are_masked(store: Store, visits: Visits) -> None:
    number, _ = visits.add(visit(note="Ring 912 34 567", theme="ola@example.no"), ANNE)
    revision = read(visits, number).revision
    visits.change(number, {"note": "E-post: kari@example.no"}, revision=revision, who=ANNE)
    written = "\n".join(store.database.conn.iterdump())
    assert [secret for secret in ("912 34 567", "ola@", "kari@") if secret in written] == []


def test_a_visit_moved_in_time_needs_municipalities_of_that_time(visits: Visits) -> None:
    number, _ = visits.add(visit(municipalities=("3316",)), ANNE)
    revision = read(visits, number).revision
    with pytest.raises(Refused, match="0623"):
        visits.change(number, {"on_date": date(2015, 1, 5)}, revision=revision, who=ANNE)
    moved = {"on_date": date(2015, 1, 5), "municipalities": ("Modum",)}
    visits.change(number, moved, revision=revision, who=ANNE)
    assert read(visits, number).municipalities_today == {"0623": "3316"}
    visits.undo(number, ANNE)
    assert read(visits, number).municipalities_today == {"3316": "3316"}


def test_two_people_at_once(visits: Visits) -> None:
    number, _ = visits.add(visit(), ANNE)
    shown = read(visits, number)
    form = shown.model_dump(include={"people", "theme", "municipalities", "actors"})
    visits.change(number, {**form, "people": 13}, revision=shown.revision, who=ANNE)
    visits.change(number, {**form, "theme": "Kurs"}, revision=shown.revision, who=BERIT)
    assert (read(visits, number).people, read(visits, number).theme) == (13, "Kurs")
    with pytest.raises(Stale) as stale:
        visits.change(number, {**form, "people": 14}, revision=shown.revision, who=BERIT)
    assert [change.after for change in stale.value.changes] == [13]
    visits.change(number, {**form, "people": 14}, revision=stale.value.revision, who=BERIT)
    assert read(visits, number).people == 14


def test_a_deleted_visit_is_in_no_list_until_it_is_undone(visits: Visits) -> None:
    number, _ = visits.add(visit(), ANNE)
    visits.delete(number, ANNE)
    assert visits.list() == [] and [one.id for one in visits.list(deleted=True)] == [number]
    with pytest.raises(Failure):
        visits.change(number, {"people": 1}, revision=0, who=ANNE)
    with pytest.raises(Failure):
        visits.delete(number, ANNE)
    visits.undo(number, ANNE)
    assert [one.id for one in visits.list()] == [number]
    visits.undo(number, ANNE)  # that it was registered
    assert visits.list() == []
    with pytest.raises(Failure, match="nothing to undo"):
        visits.undo(number, ANNE)


def test_the_list_is_of_a_centre_and_a_year_newest_first(visits: Visits) -> None:
    for n, (day, centre) in enumerate(
        [("2025-12-31", "modum"), ("2026-01-01", "modum"), ("2026-06-01", "stavanger")]
    ):
        visits.add(
            visit(on_date=day, centre=centre, municipalities=("Stavanger",), came_from=f"web:{n}"),
            ANNE,
        )
    assert [one.id for one in visits.list()] == [3, 2, 1]
    assert [one.id for one in visits.list("modum", 2026)] == [2]
    assert [one.id for one in visits.list(year=2025)] == [1]
    assert all(one.municipalities == ("1103",) for one in visits.list())


CHANGES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "people": st.integers(8, 20),
            "form": st.sampled_from(["physical", "digital"]),
            "theme": st.sampled_from(["", "Kurs"]),
            "centre": st.sampled_from(["modum", "stavanger"]),
            "on_date": st.dates(date(2024, 1, 1), date(2026, 1, 1)),
            "municipalities": st.lists(st.sampled_from(["1103", "0301", "4601"])),
            "actors": st.dictionaries(st.sampled_from(["nav", "privat"]), st.integers(1, 4)),
        },
    ),
    max_size=4,
)


@given(edits=CHANGES)
@settings(max_examples=40, deadline=None)
def test_undoing_everything_gives_back_what_was(
    tmp_path_factory: pytest.TempPathFactory, edits: list[dict[str, Any]]
) -> None:
    with Store(tmp_path_factory.mktemp("undo") / "a.db") as store:
        visits = Visits(store)
        number, _ = visits.add(visit(municipalities=("1103",), actors={"nav": 2}), ANNE)
        states = [read(visits, number).model_dump(exclude={"revision"})]
        for values in edits:
            visits.change(number, values, revision=read(visits, number).revision, who=ANNE)
            state = read(visits, number).model_dump(exclude={"revision"})
            if state != states[-1]:
                states.append(state)
        while len(states) > 1:
            assert read(visits, number).model_dump(exclude={"revision"}) == states.pop()
            visits.undo(number, BERIT)
        assert read(visits, number).model_dump(exclude={"revision"}) == states[0]


# Ideas


def test_an_idea_is_published_only_with_consent(ideas: Ideas) -> None:
    number, _ = ideas.add(idea(), ANNE)
    with pytest.raises(Failure, match="agreed"):
        ideas.publish(number, ANNE)
    ideas.change(number, {"consent": True}, revision=read_idea(ideas, number).revision, who=ANNE)
    ideas.publish(number, ANNE)
    assert [one.id for one in ideas.list("published")] == [number]
    revision = read_idea(ideas, number).revision
    ideas.change(number, {"consent": False}, revision=revision, who=ANNE)
    assert read_idea(ideas, number).status == "reviewed"
    ideas.undo(number, ANNE)
    assert read_idea(ideas, number).status == "published"
    with pytest.raises(Failure):
        ideas.publish(99, ANNE)


def test_ideas_are_kept_once_reviewed_declined_deleted(ideas: Ideas) -> None:
    number, new = ideas.add(idea(municipality="Stavanger", links=("https://example.no/a",)), ANNE)
    assert new and ideas.add(idea(title="Annen"), BERIT) == (number, False)
    kept = read_idea(ideas, number)
    assert (kept.municipality, kept.links, kept.status) == (
        "1103",
        ("https://example.no/a",),
        "new",
    )
    ideas.review(number, ANNE)
    ideas.decline(number, ANNE)
    assert read_idea(ideas, number).status == "declined"
    ideas.undo(number, ANNE)
    assert read_idea(ideas, number).status == "reviewed"
    ideas.delete(number, ANNE)
    assert ideas.list() == []
    ideas.undo(number, ANNE)
    assert len(ideas.list(year=kept.created_at.year)) == 1 and ideas.list(year=2014) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": " "}, "title"),
        ({"text": ""}, "text"),
        ({"municipality": "Atlantis"}, "municipality"),
        ({"centre": "ingen"}, "centre"),
        ({"links": ("javascript:alert(1)",)}, "links"),
        ({"links": ("http://example.no",)}, "links"),
        ({"links": ('https://example.no/"onclick=',)}, "links"),
        ({"links": tuple(f"https://example.no/{n}" for n in range(11))}, "links"),
    ],
)
def test_an_idea_that_cannot_be_is_refused(
    ideas: Ideas, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        ideas.add(idea(**values), ANNE)
    assert refused.value.field == field and ideas.list() == []


def test_an_idea_is_masked(store: Store, ideas: Ideas) -> None:
    ideas.add(idea(text="Ring 912 34 567", title="ola@example.no"), ANNE)
    written = "\n".join(store.database.conn.iterdump())
    assert "912 34 567" not in written and "ola@" not in written
