"""What a row of the table of visits (hospitering) becomes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from knowledge.exchange.fields import choice, counted_actor, day, people, several
from knowledge.exchange.line import Line
from knowledge.exchange.places import municipality
from knowledge.messages import Message


def plan_visit(line: Line) -> dict[str, Any]:
    """The values of a visit; what is wrong with the row is in `line.refused`."""
    on_date = line.read("on_date", partial(day, on=line.on))
    centre = line.read("centre", partial(choice, "centre"))
    number = line.read("people", people)
    form = line.read("form", partial(choice, "form"))
    municipalities: list[str] | None = None
    if on_date is not None:
        on_the_day = partial(municipality, on=on_date)
        municipalities = line.read(
            "municipalities", lambda text: list(dict.fromkeys(several(text, on_the_day)))
        )
    actors = line.read("actors", lambda text: _summed(several(text, counted_actor))) or {}
    counted = sum(count or 0 for count in actors.values())
    if number is not None and counted > number:
        line.refuse("actors", Message("review_allowed_actors", {"people": number}))
    return {
        "on_date": on_date.isoformat() if on_date else None,
        "centre": centre,
        "people": number,
        "form": form,
        "municipalities": municipalities or [],
        "actors": actors,
        "theme": line.text("theme") or "",
        "note": line.text("note") or "",
    }


def _summed(actors: Iterable[tuple[str, int | None]]) -> dict[str, int | None]:
    """One entry for each; an actor named twice with numbers has their sum."""
    found: dict[str, int | None] = {}
    for actor, count in actors:
        before = found.get(actor)
        found[actor] = before + count if before and count else before or count
    return found
