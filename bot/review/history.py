"""The history of a visit, an idea or an annual form, as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from babel.dates import format_date
from starlette.requests import Request

from bot.review.naming import actor_name, centre_name, person_name
from bot.review.places import place_name
from bot.review.rendering import LOCALES
from bot.review.web import language_of, site
from knowledge.messages import Language, say
from knowledge.reference.annual_form import annual_fields
from knowledge.register.changes import Change, Changes, Kind

LABELS: Final[Mapping[str, str]] = {
    "on_date": "review_work_field_date",
    "centre": "review_work_field_centre",
    "people": "review_work_field_people",
    "form": "review_work_field_form",
    "theme": "review_work_field_theme",
    "note": "review_work_field_note",
    "municipalities": "review_work_field_municipalities",
    "actors": "review_work_field_actors",
    "title": "review_work_field_title",
    "text": "review_work_field_text",
    "municipality": "review_work_field_municipality",
    "target_group": "review_work_field_target_group",
    "links": "review_work_field_links",
    "consent": "review_work_field_consent",
    "status": "review_work_field_status",
    "deleted_at": "review_work_field_deleted",
    "created": "review_work_field_registered",
    "reason": "review_work_field_reason",
    "redacted": "review_work_field_redacted",
    "erased": "review_work_field_erased",
}
VALUES: Final[Mapping[str, str]] = {
    "physical": "review_visits_physical",
    "digital": "review_visits_digital",
    "new": "review_ideas_new",
    "reviewed": "review_ideas_reviewed",
    "published": "review_ideas_published",
    "declined": "review_ideas_declined",
    "draft": "review_yearly_draft",
    "submitted": "review_yearly_submitted",
    "reopened": "review_yearly_reopened",
}

UNTOLD: Final = frozenset({"submitted_at", "submitted_by"})
"""When and by whom is what the row of the change says itself."""


@dataclass(frozen=True, slots=True)
class Told:
    """One change: when, who, which field, from what to what."""

    at: datetime
    who: str
    field: str
    before: str
    after: str
    undoes: bool


def history_of(
    request: Request, kind: Kind, subject: int, changes: Iterable[Change] | None = None
) -> list[Told]:
    """The changes of a row, newest first; or the changes given, in their order."""
    found = Changes(site(request).store).of(kind, subject) if changes is None else changes
    return [
        Told(
            change.at,
            person_name(request, change.who),
            _label(request, change.field),
            shown(request, change.field, change.before),
            shown(request, change.field, change.after),
            change.undoes is not None,
        )
        for change in found
        if change.field not in UNTOLD
    ]


def undoable(request: Request, kind: Kind, subject: int) -> bool:
    """Whether a change can be taken back. That the row was registered is not one: it is deleted."""
    changes = Changes(site(request).store)
    batch = changes.last_batch(kind, subject)
    return batch is not None and not any(
        change.field == "created" and change.after for change in changes.in_batch(batch)
    )


def _label(request: Request, field: str) -> str:
    if field in LABELS:
        return say(LABELS[field], language_of(request))
    language = language_of(request)
    return next((row.label.text(language) for row in annual_fields() if row.id == field), field)


def shown(request: Request, field: str, value: Any) -> str:
    """A value of the trail in words; "" for none."""
    language = language_of(request)
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, bool):
        return say("review_work_yes" if value else "review_work_no", language)
    if isinstance(value, Mapping):
        return ", ".join(
            actor_name(request, str(key)) + ("" if each is None else f" ({each})")
            for key, each in value.items()
        )
    if isinstance(value, list):
        return ", ".join(shown(request, field, each) for each in value)
    text = str(value)
    match field:
        case "municipality" | "municipalities":
            return place_name(text)
        case "centre":
            return centre_name(text)
        case "on_date" | "deleted_at":
            return format_date(date.fromisoformat(text[:10]), "long", locale=LOCALES[language])
        case "status" | "form" if text in VALUES:
            return say(VALUES[text], language)
    return _option(field, text, language)


def _option(field: str, value: str, language: Language) -> str:
    """The label of a choice of the annual form; any other text as it is."""
    options = (option for each in annual_fields() if each.id == field for option in each.options)
    return next((each.label.text(language) for each in options if each.id == value), value)
