"""What the fields of a visit may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Literal, get_args

from knowledge.messages import Message
from knowledge.register.editing import Refused
from knowledge.register.values import (
    cleaned,
    known_actor,
    known_centre,
    municipality_on,
    one_of,
    read_date,
)

VisitForm = Literal["physical", "digital"]
FORMS: tuple[VisitForm, ...] = get_args(VisitForm)

MOST_PEOPLE = 1000
"""Of one visit. The most that any centre had in a whole year is 150 (Helsedirektoratet, 2023)."""


def normal(values: Mapping[str, Any], day: date | str) -> dict[str, Any]:
    """The values given, as they are kept, so that they compare with what is there.

    Args:
        day: of the visit.

    Raises:
        Refused: one of them cannot be used.
    """
    checks: dict[str, Callable[[Any], Any]] = {
        "on_date": lambda value: read_date(value, "on_date").isoformat(),
        "centre": known_centre,
        "people": _people,
        "form": lambda value: one_of("form", value, FORMS),
        "theme": cleaned,
        "note": cleaned,
        "municipalities": lambda value: _municipalities(value, read_date(day, "on_date")),
        "actors": _actors,
    }
    return {field: checks[field](value) for field, value in values.items()}


def check_together(values: Mapping[str, Any]) -> None:
    """Raise Refused where there are more people in the categories than people."""
    counted = sum(people for people in values["actors"].values() if people)
    if counted > values["people"]:
        fields = {"counted": counted, "people": values["people"]}
        raise Refused("actors", Message("review_visit_too_many", fields))


def _people(value: int | str) -> int:
    try:
        people = int(value)
    except ValueError:
        people = 0
    if not 1 <= people <= MOST_PEOPLE:
        raise Refused(
            "people", Message("review_visit_people", {"value": value, "most": MOST_PEOPLE})
        )
    return people


def _municipalities(texts: Iterable[str], day: date) -> list[str]:
    """The numbers, sorted, each once."""
    return sorted({municipality_on(text, day, "municipalities").number for text in texts})


def _actors(counts: Mapping[str, int | None]) -> dict[str, int | None]:
    for actor, people in counts.items():
        known_actor(actor, "actors")
        if people is not None and people < 1:
            fields = {"value": people, "most": MOST_PEOPLE}
            raise Refused("actors", Message("review_visit_people", fields))
    return dict(sorted(counts.items()))
