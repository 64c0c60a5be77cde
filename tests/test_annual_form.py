"""The annual form: half filled and come back to, prefilled, submitted, reopened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from knowledge.messages import Failure
from knowledge.reference import InvalidReference, tasks
from knowledge.reference.annual_form import annual_fields, read_fields
from knowledge.register import Inquiries, NewInquiry
from knowledge.register.annual import AnnualForms
from knowledge.register.editing import Refused, Stale
from knowledge.register.ideas import Ideas, NewIdea
from knowledge.register.prefill import RULES
from knowledge.register.review import Review
from knowledge.register.visits import NewVisit, Visits
from knowledge.store import Store

ANNE, BERIT = "user:1", "user:2"
REQUIRED: dict[str, Any] = {
    "inquiries": 40,
    "visitors": 12,
    "information-spread": True,
    "website": False,
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "a.db") as opened:
        yield opened


@pytest.fixture
def forms(store: Store) -> AnnualForms:
    return AnnualForms(store)


# The fields


def test_every_task_has_fields_and_every_rule_a_field() -> None:
    numbers = {task.number for task in tasks()}
    assert {field.task for field in annual_fields()} - {None} == numbers
    assert next(f.id for f in annual_fields() if f.task is None) == "grant-use"
    assert {field.section for field in annual_fields() if field.task is None} == {"grant"}
    assert {field.prefill for field in annual_fields()} - {None} == RULES.keys()
    assert {field.id for field in annual_fields() if field.required} == REQUIRED.keys()


FIELD = """[[fields]]
id = "a"
task = 1
kind = "number"
label = { nb = "a", nn = "a", en = "a" }
"""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (FIELD + FIELD, "used twice"),
        (FIELD.replace("task = 1", "task = 10"), "task"),
        (FIELD.replace("task = 1\n", ""), "under a task or in a section"),
        (FIELD + 'section = "grant"\n', "under a task or in a section"),
        (
            FIELD.replace("task = 1", 'section = "grant"') + FIELD.replace('"a"\nt', '"b"\nt'),
            "order",
        ),
        (FIELD.replace("number", "choices"), "options"),
        (FIELD + 'options = "topics"\n', "options"),
        (FIELD.replace("number", "slider"), "kind"),
        (FIELD.replace("task = 1", "task = 2") + FIELD.replace('"a"\nt', '"b"\nt'), "in order"),
        ("[[fields]", "not TOML"),
    ],
)
def test_a_wrong_file_is_told(text: str, problem: str) -> None:
    with pytest.raises(InvalidReference, match=problem):
        read_fields(text)


# Filling in


def test_a_form_is_a_draft_until_saved_and_can_be_come_back_to(forms: AnnualForms) -> None:
    assert (forms.get("modum", 2025).id, forms.get("modum", 2025).status) == (None, "draft")
    revision = forms.save("modum", 2025, {"inquiries": "1 200", "talks": 3}, revision=0, who=ANNE)
    forms.save("modum", 2025, {"research": ["students", "data"]}, revision=revision, who=ANNE)
    form = forms.get("modum", 2025)
    assert form.answers == {"inquiries": 1200, "talks": 3, "research": ["data", "students"]}
    forms.save("modum", 2025, {"talks": None, "research": None}, revision=form.revision, who=ANNE)
    assert forms.get("modum", 2025).answers == {"inquiries": 1200}
    assert forms.get("modum", 2024).id is None and forms.get("stavanger", 2025).id is None
    assert [one.centre for one in forms.all(2025)] == ["modum"]
    assert {change.field for change in forms.history("modum", 2025)} == {
        "inquiries",
        "talks",
        "research",
    }


def test_none_of_them_and_left_empty_are_answers_of_their_own(forms: AnnualForms) -> None:
    answers: dict[str, object] = {
        "research": [],
        "inquiry-topics": [],
        "visitors": "",
        "talks": "",
        "website": None,
    }
    forms.save("modum", 2025, answers, revision=0, who=ANNE)
    kept = {"research": [], "inquiry-topics": [], "visitors": ""}  # talks is nothing to come back
    assert forms.get("modum", 2025).answers == kept
    forms.save("modum", 2025, REQUIRED | {"visitors": ""}, revision=0, who=ANNE, base=kept)
    revision = forms.get("modum", 2025).revision
    with pytest.raises(Refused) as refused:
        forms.submit("modum", 2025, revision=revision, who=ANNE)
    assert refused.value.field == "visitors"
    forms.save("modum", 2025, {"visitors": None, "research": None}, revision=revision, who=ANNE)
    assert forms.get("modum", 2025).answers.keys() == REQUIRED.keys() - {"visitors"} | {
        "inquiry-topics"
    }


def test_how_a_form_stands_is_told_with_who_when_and_why(forms: AnnualForms) -> None:
    assert forms.standing(forms.get("modum", 2025)) is None
    forms.save("modum", 2025, REQUIRED, revision=0, who=ANNE)
    forms.save("modum", 2025, {"talks": 1}, revision=0, who=BERIT)
    standing = forms.standing(forms.get("modum", 2025))
    assert standing is not None and (standing.who, standing.reason) == (BERIT, "")
    forms.submit("modum", 2025, revision=forms.get("modum", 2025).revision, who=ANNE)
    submitted = forms.standing(forms.get("modum", 2025))
    assert submitted is not None and submitted.who == ANNE and submitted.at > standing.at
    forms.reopen("modum", 2025, reason="Feil antall", who=BERIT)
    forms.save("modum", 2025, {"talks": 2}, revision=0, who=ANNE, base={"talks": 1})
    reopened = forms.standing(forms.get("modum", 2025))
    assert reopened is not None and (reopened.who, reopened.reason) == (BERIT, "Feil antall")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("inquiries", -1),
        ("inquiries", "mange"),
        ("inquiries", 1.5),
        ("inquiries", True),
        ("inquiries", "9" * 5000),
        ("website", "ja"),
        ("research", ["annet"]),
        ("research", "data"),
        ("finnes-ikke", 1),
    ],
)
def test_an_answer_that_cannot_be_is_refused(forms: AnnualForms, field: str, value: Any) -> None:
    with pytest.raises(Refused) as refused:
        forms.save("modum", 2025, {"talks": 1, field: value}, revision=0, who=ANNE)
    assert refused.value.field == field and forms.get("modum", 2025).id is None


@pytest.mark.parametrize(("centre", "year"), [("ingen", 2025), ("modum", 2013), ("modum", 99999)])
def test_no_form_for_no_centre_or_year(forms: AnnualForms, centre: str, year: int) -> None:
    with pytest.raises(Refused):
        forms.save(centre, year, {"talks": 1}, revision=0, who=ANNE)


def test_what_is_written_is_masked(store: Store, forms: AnnualForms) -> None:
    forms.save("modum", 2025, {"research-comment": "Ring 912 34 567"}, revision=0, who=ANNE)
    forms.save("modum", 2025, REQUIRED, revision=0, who=ANNE)
    forms.submit("modum", 2025, revision=forms.get("modum", 2025).revision, who=ANNE)
    forms.reopen("modum", 2025, reason="Ola på 912 34 567 fant en feil", who=ANNE)
    assert "912 34 567" not in "\n".join(store.database.conn.iterdump())


def test_two_people_fill_in_one_form(forms: AnnualForms) -> None:
    forms.save("modum", 2025, {"talks": 1, "media-stories": None}, revision=0, who=ANNE)
    forms.save("modum", 2025, {"talks": None, "media-stories": 4}, revision=0, who=BERIT)
    assert forms.get("modum", 2025).answers == {"talks": 1, "media-stories": 4}
    with pytest.raises(Stale) as stale:
        forms.save("modum", 2025, {"talks": 2}, revision=0, who=BERIT)
    assert [(c.field, c.after) for c in stale.value.changes] == [("talks", 1)]
    forms.save("modum", 2025, {"talks": 2}, revision=stale.value.revision, who=BERIT)
    assert forms.get("modum", 2025).answers["talks"] == 2


def test_submitted_it_is_closed_until_reopened_with_a_reason(forms: AnnualForms) -> None:
    with pytest.raises(Refused):
        forms.submit("modum", 2025, revision=0, who=ANNE)
    first = forms.save("modum", 2025, {"talks": 1}, revision=0, who=ANNE)
    with pytest.raises(Refused) as refused:
        forms.submit("modum", 2025, revision=first, who=ANNE)
    assert refused.value.field == "inquiries"
    revision = forms.save("modum", 2025, REQUIRED, revision=first, who=BERIT)
    with pytest.raises(Stale):  # what they had not seen, they did not send in
        forms.submit("modum", 2025, revision=first, who=ANNE)
    forms.submit("modum", 2025, revision=revision, who=ANNE)
    form = forms.get("modum", 2025)
    assert (form.status, form.submitted_by) == ("submitted", ANNE) and form.submitted_at
    with pytest.raises(Failure):
        forms.save("modum", 2025, {"talks": 2}, revision=form.revision, who=ANNE)
    with pytest.raises(Failure):
        forms.submit("modum", 2025, revision=form.revision, who=ANNE)
    with pytest.raises(Refused):
        forms.reopen("modum", 2025, reason=" ", who=ANNE)
    with pytest.raises(Failure):
        forms.reopen("modum", 2024, reason="feil", who=ANNE)
    forms.reopen("modum", 2025, reason="Feil antall", who=BERIT)
    reopened = forms.get("modum", 2025)
    forms.save("modum", 2025, {"talks": 2}, revision=reopened.revision, who=BERIT)
    assert reopened.status == "reopened"
    reasons = [c.after for c in forms.history("modum", 2025) if c.field == "reason"]
    assert reasons == ["Feil antall"]


# From the register


def ask(store: Store, came_from: str, at: datetime, **more: Any) -> int:
    values = {"channel": "phone", "question": "Hva?", "centre": "modum", **more}
    new = NewInquiry.model_validate({"came_from": came_from, "received_at": at, **values})
    return Inquiries(store).receive(new)[0]


def test_the_register_gives_what_it_knows_and_from_which_rows(
    store: Store, forms: AnnualForms
) -> None:
    review, visits, ideas = Review(store), Visits(store), Ideas(store)
    # 23:30 in UTC on New Year's Eve is the new year in Norway.
    first = ask(store, "a", datetime(2024, 12, 31, 23, 30, tzinfo=UTC), municipality="1103")
    day = datetime(2025, 6, 1, tzinfo=UTC)
    second = ask(store, "b", day, channel="batch", municipality="1103", topics={"etablering": ""})
    aside, double, gone, withdrawn = (ask(store, name, day) for name in "cdef")
    ask(store, "g", datetime(2025, 12, 31, 23, 30, tzinfo=UTC))
    ask(store, "h", day, centre="stavanger")
    review.set_aside(aside, ANNE)
    review.mark_duplicate(double, first, ANNE)
    review.delete(gone, ANNE)
    Inquiries(store).withdraw(withdrawn)
    for number, (on, places, form) in enumerate(
        [("2025-02-01", ("1103", "0301"), "physical"), ("2025-03-01", ("1103",), "digital")]
    ):
        new = {"on_date": date.fromisoformat(on), "centre": "modum", "people": 6, "form": form}
        visits.add(
            NewVisit.model_validate(
                {**new, "municipalities": places, "actors": {"nav": 2}, "came_from": f"v{number}"}
            ),
            ANNE,
        )
    idea, _ = ideas.add(NewIdea(came_from="i", title="Tur", text="Vi går.", centre="modum"), ANNE)
    store.database.conn.execute("UPDATE ideas SET created_at = '2025-05-05T10:00:00+00:00'")
    store.database.conn.commit()

    given = forms.prefilled("modum", 2025)
    assert {field: prefill.value for field, prefill in given.items()} == {
        "inquiries": 3,
        "inquiry-municipalities": 1,
        "inquiry-topics": ["etablering"],
        "inquiry-channels": ["phone", "other"],
        "visitors": 12,
        "visit-municipalities": 2,
        "visit-actors": ["nav"],
        "visits-digital": 1,
        "ideas": 1,
    }
    rows = [("inquiry", number) for number in (first, second, withdrawn)]
    assert given["inquiries"].source_rows == rows
    assert given["inquiry-municipalities"].source_rows == rows[:2]
    assert given["visits-digital"].source_rows == [("visit", 2)]
    assert given["ideas"].source_rows == [("idea", idea)]
    assert forms.prefilled("modum", 2023) == {}
    for field, prefill in given.items():  # what the register gives can be saved as it is
        forms.save("modum", 2025, {field: prefill.value}, revision=0, who=ANNE)
    assert forms.get("modum", 2025).answers == {f: p.value for f, p in given.items()}
