"""What somebody fills in about a visit: read, checked field by field, and shown again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final
from uuid import uuid4

from starlette.requests import Request

from bot.review.naming import Option, centre_options
from bot.review.numbers import whole
from bot.review.places import Unclear, read_places, written
from bot.review.web import Form, language_of
from knowledge.messages import Language, say
from knowledge.reference import Reference
from knowledge.register.editing import Refused
from knowledge.register.visit_values import MOST_PEOPLE
from knowledge.register.visits import Visit

FORMS: Final[Mapping[str, str]] = {
    "physical": "review_visits_physical",
    "digital": "review_visits_digital",
}
EARLIEST: Final = date(2014, 1, 1)
"""The scheme with development centres began."""


def forms(request: Request) -> list[Option]:
    return [(form, say(key, language_of(request))) for form, key in FORMS.items()]


@dataclass(frozen=True)
class Filled:
    """The form as it was filled in.

    Attributes:
        actors: category -> the number as written, "" where only the category is known.
        values: what can be saved; None where `errors` says why not.
        unclear: municipalities that were not understood.
        key: of the form that was opened, so that sending it twice gives one visit.
    """

    on_date: str = ""
    centre: str = ""
    people: str = ""
    form: str = "physical"
    theme: str = ""
    municipalities: str = ""
    note: str = ""
    actors: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0
    key: str = field(default_factory=lambda: uuid4().hex)
    values: Mapping[str, Any] | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    unclear: tuple[Unclear, ...] = ()

    @property
    def actor_ids(self) -> list[str]:
        return [row.id for row in Reference.load().actors]

    def after(self, revision: int) -> Filled:
        """The same, for saving over what somebody else changed."""
        return replace(self, revision=revision)

    def refused(self, error: Refused, language: Language) -> Filled:
        return replace(self, errors={error.field: error.sentence(language)})


def filled_of(visit: Visit) -> Filled:
    """A visit as its form shows it."""
    return Filled(
        on_date=visit.on_date.isoformat(),
        centre=visit.centre,
        people=str(visit.people),
        form=visit.form,
        theme=visit.theme,
        municipalities=written(tuple(visit.municipalities), visit.on_date),
        note=visit.note,
        actors={
            actor: "" if people is None else str(people) for actor, people in visit.actors.items()
        },
        revision=visit.revision,
    )


def fill_in(request: Request, form: Form, visit: Visit | None = None) -> Filled:
    """Read and check the form; `values` is None unless everything in it is right."""
    language = language_of(request)
    errors: dict[str, str] = {}
    known = [row.id for row in Reference.load().actors]
    actors = {
        actor: form.text(f"people_{actor}")
        for actor in known
        if actor in form.several("actor") or form.text(f"people_{actor}")
    }
    filled = Filled(
        on_date=form.text("on_date"),
        centre=form.text("centre"),
        people=form.text("people"),
        form=form.text("form"),
        theme=form.text("theme"),
        municipalities=form.text("municipalities"),
        note=form.text("note"),
        actors=actors,
        revision=form.number("revision") or 0,
        key=form.key(),
    )
    day = _day(filled.on_date)
    if day is None:
        errors["on_date"] = say("review_visits_date_wrong", language)
    elif not EARLIEST <= day <= date.today():
        errors["on_date"] = say("review_visits_date_outside", language)
        day = None
    offered = dict(centre_options(request, None if visit is None else visit.centre))
    if filled.centre not in offered:
        errors["centre"] = say("review_visits_centre_missing", language)
    people = form.number("people")
    if people is None or not 0 < people <= MOST_PEOPLE:
        people = None
        errors["people"] = say("review_visits_people_wrong", language, most=MOST_PEOPLE)
    if filled.form not in FORMS:
        errors["form"] = say("review_visits_form_missing", language)
    unclear: tuple[Unclear, ...] = ()
    numbers: tuple[str, ...] = ()
    if day is not None:
        places = read_places(filled.municipalities, day)
        numbers, unclear = places.numbers, places.unclear
        if unclear:
            errors["municipalities"] = say("review_visits_places_unclear", language)
    counted = {actor: _count(text) for actor, text in actors.items()}
    if any(number is None and actors[actor] for actor, number in counted.items()):
        errors["actors"] = say("review_visits_actors_wrong", language)
    elif people is not None and (total := sum(n or 0 for n in counted.values())) > people:
        fields = {"counted": total, "people": people}
        errors["actors"] = say("review_visits_actors_too_many", language, **fields)
    values: dict[str, Any] | None = None
    if not errors:
        values = {
            "on_date": day,
            "centre": filled.centre,
            "people": people,
            "form": filled.form,
            "theme": filled.theme,
            "note": filled.note,
            "municipalities": numbers,
            "actors": counted,
        }
    return replace(filled, values=values, errors=errors, unclear=unclear)


def _day(text: str) -> date | None:
    """A date as the browser sends it, or as people write it: 3.3.2026."""
    parts = text.split(".")
    if len(parts) == 3 and all(part.isascii() and part.isdigit() for part in parts):
        text = f"{parts[2]}-{parts[1]:>02}-{parts[0]:>02}"
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _count(text: str) -> int | None:
    number = whole(text)
    return number if number and number <= MOST_PEOPLE else None
