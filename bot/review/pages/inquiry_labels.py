"""What the pages call the values of an inquiry's fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request

from bot.review.naming import (
    Option,
    actor_options,
    centre_name,
    person_name,
)
from bot.review.places import alphabetical, place_name
from bot.review.web import language_of
from knowledge.messages import Language, say
from knowledge.reference import Reference
from knowledge.register.changes import Change
from knowledge.register.labels import CHANNELS

STATUSES: Final[Mapping[str, str]] = {
    "new": "review_status_new",
    "waiting": "review_status_waiting",
    "answered": "review_status_answered",
    "resolved": "review_status_resolved",
    "not_an_inquiry": "review_status_not_an_inquiry",
}
OUTCOMES: Final[Mapping[str, str]] = {
    "answered": "review_outcome_answered",
    "not_covered": "review_outcome_not_covered",
    "unclear": "review_outcome_unclear",
    "failed": "review_outcome_failed",
}
VOTES: Final[Mapping[str, str]] = {"up": "review_vote_up", "down": "review_vote_down"}
FIELDS: Final[Mapping[str, str]] = {
    "question": "review_inquiry_field_question",
    "municipality": "review_inquiry_field_municipality",
    "actor": "review_inquiry_field_actor",
    "centre": "review_inquiry_field_centre",
    "topics": "review_inquiry_field_topics",
    "language": "review_inquiry_field_language",
    "channel": "review_inquiry_field_channel",
    "status": "review_inquiry_field_status",
    "note": "review_inquiry_field_note",
    "received_on": "review_inquiry_field_received_on",
    "duplicate_of": "review_inquiry_field_duplicate_of",
    "answer": "review_inquiry_field_answer",
    "answered_by": "review_inquiry_field_answered_by",
    "redacted": "review_inquiry_field_redacted",
    "deleted": "review_inquiry_field_deleted",
}
LANGUAGE_NAMES: Final[Mapping[str, str]] = {"nb": "Bokmål", "nn": "Nynorsk", "en": "English"}
"""In the language itself, as on the foot of every page."""


def told(keys: Mapping[str, str], value: str | None, language: Language) -> str:
    """The label of a value; one that is not known stands as it is."""
    if not value:
        return ""
    return say(keys[value], language) if value in keys else value


def options(keys: Mapping[str, str], language: Language, chosen: str | None = None) -> list[Option]:
    """The values with their labels; one that is set and not known stands last."""
    known = [(value, say(key, language)) for value, key in keys.items()]
    return known if not chosen or chosen in keys else [*known, (chosen, chosen)]


def topic_options(request: Request) -> list[Option]:
    """Every topic, in the order of the alphabet."""
    language = language_of(request)
    rows = ((row.id, row.label.text(language)) for row in Reference.load().topics)
    return sorted(rows, key=lambda option: alphabetical(option[1]))


def topic_names(request: Request, topics: Sequence[str]) -> list[str]:
    names = dict(topic_options(request))
    return sorted((names.get(topic, topic) for topic in topics), key=alphabetical)


def actor_name(request: Request, actor: str | None) -> str:
    return dict(actor_options(request)).get(actor or "", actor or "")


def field_name(request: Request, field: str) -> str:
    key = FIELDS.get(field.partition(":")[0])  # "answer:7" is one answer
    return say(key, language_of(request)) if key else field


def value_told(request: Request, field: str, value: Any) -> str:
    """A value of a field as people read it; «–» for none."""
    language = language_of(request)
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, bool):
        return say("review_inquiry_stands" if value else "review_inquiry_taken_back", language)
    if field == "municipality":
        return place_name(str(value))
    if field in ("centre", "answered_by"):
        return "Frisksvar" if value == "bot" else centre_name(str(value))
    if field == "topics":
        return ", ".join(topic_names(request, value))
    if field == "actor":
        return actor_name(request, str(value))
    if field == "language":
        return LANGUAGE_NAMES.get(str(value), str(value))
    keys = {"status": STATUSES, "channel": CHANNELS}.get(field)
    return told(keys, str(value), language) if keys else str(value)


def change_told(request: Request, change: Change) -> dict[str, Any]:
    """A line of the history: when, who, which field, from what, to what."""
    return {
        "at": change.at,
        "who": person_name(request, change.who),
        "field": field_name(request, change.field),
        "before": "" if change.scrubbed else value_told(request, change.field, change.before),
        "after": "" if change.scrubbed else value_told(request, change.field, change.after),
        "scrubbed": change.scrubbed,
        "undoes": change.undoes is not None,
    }
