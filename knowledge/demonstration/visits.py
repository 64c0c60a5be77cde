"""Made-up visits and annual forms."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from typing import Any

from knowledge.demonstration.inquiries import CAME_FROM
from knowledge.demonstration.world import Days, Places
from knowledge.reference import actors, centres_on
from knowledge.reference.annual_form import AnnualField, annual_fields
from knowledge.register.visits import NewVisit

THEMES = ("Bra mat", "Frisklivssamtalen", "Oppstart", "Henvisning", "Aktivitet på resept", "")
MOST_MUNICIPALITIES, MOST_ACTORS, MOST_PEOPLE = 4, 3, 14
DIGITAL, UNTOLD = 0.25, 0.15
SUBMITTED = 0.9
YES = 0.8
MOST_NUMBER = 12
"""In a field of the form that asks for a number: talks, stories in the media."""


def visits(year: int, count: int, seed: int) -> Iterator[NewVisit]:
    """`count` visits of a year. The same arguments give the same ones."""
    chance = random.Random(f"{seed}/{year}/visits")
    places, days = Places(year, seed), Days(year)
    serving = [centre.id for centre in centres_on(date(year, 6, 30))]
    actor_ids = [actor.id for actor in actors()]
    for number in range(count):
        home = places.any(chance)
        near = places.near(home, chance.randint(1, MOST_MUNICIPALITIES), chance)
        people = chance.randint(len(near), MOST_PEOPLE)
        yield NewVisit(
            on_date=days.day(chance),
            centre=home.centre or chance.choice(serving),
            people=people,
            form="digital" if chance.random() < DIGITAL else "physical",
            theme=chance.choice(THEMES),
            municipalities=tuple(one.number for one in near),
            actors=_actors(actor_ids, people, chance),
            came_from=f"{CAME_FROM}{seed}:{year}:visit:{number}",
        )


def _actors(known: list[str], people: int, chance: random.Random) -> dict[str, int | None]:
    """Some categories, with the people shared among them; sometimes nobody counted."""
    chosen = chance.sample(known, k=min(people, chance.randint(1, MOST_ACTORS)))
    if chance.random() < UNTOLD:
        return dict.fromkeys(chosen)
    counts: dict[str, int | None] = {}
    left = people
    for remaining, actor in zip(range(len(chosen) - 1, -1, -1), chosen, strict=True):
        counts[actor] = left if not remaining else chance.randint(1, left - remaining)
        left -= counts[actor] or 0
    return counts


def forms(year: int, seed: int) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Of each centre that serves: its answers, and whether it has submitted them."""
    chance = random.Random(f"{seed}/{year}/forms")
    for centre in centres_on(date(year, 12, 31)):
        answers = {field.id: _answer(field, chance) for field in annual_fields()}
        yield centre.id, answers, chance.random() < SUBMITTED


def _answer(field: AnnualField, chance: random.Random) -> Any:
    match field.kind:
        case "number":
            return chance.randint(0, MOST_NUMBER)
        case "yes_no":
            return chance.random() < YES
        case "choices":
            options = [option.id for option in field.options]
            return chance.sample(options, k=chance.randint(1, len(options)))
        case _:
            return "Oppdiktet svar, til utprøving."
