"""What a field of the register may hold; what is refused is told in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import get_args

from knowledge.geography import Municipalities, Municipality
from knowledge.messages import Message
from knowledge.privacy import mask
from knowledge.reference import actors, centres, topics
from knowledge.register.editing import Refused
from knowledge.register.models import Language, Status

CHANNELS = (
    "slack",
    "cli",
    "batch",
    "web",
    "phone",
    "email",
    "meeting",
    "facebook",
    "form",
    "other",
)
"""How an inquiry came in: those of the program itself, and those a person registers."""

STATUSES: tuple[Status, ...] = get_args(Status)
LANGUAGES: tuple[Language, ...] = get_args(Language)

_EXACT = {"code", "name", "parallel_name"}
"""The reasons of a match that is meant, not guessed (knowledge/geography)."""


@dataclass(frozen=True, slots=True)
class Place:
    """A municipality's number on a day, and of today; `today` is None where it was split."""

    number: str
    today: str | None


def municipality_on(text: str, day: date, field: str = "municipality") -> Place:
    """The municipality of that day with this number or name.

    Raises:
        Refused: none of that day, or several.
    """
    known = Municipalities.load()
    found: dict[str, Municipality] = {
        match.municipality.code: match.municipality
        for match in known.find(text, on=day)
        if match.reason in _EXACT
    }
    if not found:
        raise Refused(field, _not_then(known, text, day))
    if len(found) > 1:
        several = ", ".join(f"{code} {one.name}" for code, one in found.items())
        raise Refused(field, Message("review_municipality_several", {"municipalities": several}))
    number = next(iter(found))
    return Place(number, today_of(number))


def today_of(number: str) -> str | None:
    """Its present successor; None where it was split among several."""
    present = Municipalities.load().current_of(number)
    return present[0].code if len(present) == 1 else None


def _not_then(known: Municipalities, text: str, day: date) -> Message:
    """Why nothing was found, with what the place was called on the day where that is known."""
    of_today = [match.municipality for match in known.find(text) if match.score == 100.0]
    codes = {one.code for one in of_today}
    codes |= {former.code for one in of_today for former in known.former_of(one.code)}
    then = sorted(codes & known.valid_on(day))
    if not then:
        return Message("review_municipality_unknown", {"text": text})
    named = ", ".join(f"{code} {one.name}" for code in then if (one := known.by_code(code, day)))
    fields = {"text": text, "date": day.isoformat(), "municipalities": named}
    return Message("review_municipality_not_then", fields)


def known_centre(centre: str, field: str = "centre") -> str:
    if centre not in {known.id for known in centres()}:
        raise Refused(field, Message("review_centre_unknown", {"centre": centre}))
    return centre


def known_actor(actor: str, field: str = "actor") -> str:
    if actor not in {known.id for known in actors()}:
        raise Refused(field, Message("review_actor_unknown", {"actor": actor}))
    return actor


def known_topics(chosen: Sequence[str], field: str = "topics") -> list[str]:
    """Sorted, each once."""
    if unknown := sorted(set(chosen) - {known.id for known in topics()}):
        raise Refused(field, Message("review_topic_unknown", {"topic": unknown[0]}))
    return sorted(set(chosen))


def one_of(field: str, value: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        fields = {"value": value, "allowed": ", ".join(allowed)}
        raise Refused(field, Message("review_value_unknown", fields))
    return value


def cleaned(text: str) -> str:
    """As it may be kept: masked, without blanks round it, and lines ended one way."""
    return mask(text.replace("\r\n", "\n").replace("\r", "\n").strip()).text


def read_date(value: date | str, field: str) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(value.strip())
    except ValueError:
        raise Refused(field, Message("review_date_unreadable", {"value": value})) from None
