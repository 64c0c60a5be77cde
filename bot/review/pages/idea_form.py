"""What somebody fills in about an idea: read, checked field by field, and shown again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from starlette.requests import Request

from bot.review.naming import centre_options
from bot.review.places import Unclear, read_places, written
from bot.review.web import Form, language_of, me
from knowledge.messages import Language, say
from knowledge.register.editing import Refused
from knowledge.register.ideas import MOST_LINKS, Idea

LONGEST_TITLE: Final = 200


@dataclass(frozen=True)
class Filled:
    """The form as it was filled in; `values` can be saved, and is None where `errors` says why."""

    title: str = ""
    text: str = ""
    municipality: str = ""
    target_group: str = ""
    links: str = ""
    consent: bool = False
    centre: str = ""
    revision: int = 0
    key: str = field(default_factory=lambda: uuid4().hex)
    values: Mapping[str, Any] | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    unclear: tuple[Unclear, ...] = ()

    def after(self, revision: int) -> Filled:
        """The same, for saving over what somebody else changed."""
        return replace(self, revision=revision)

    def refused(self, error: Refused, language: Language) -> Filled:
        return replace(self, errors={error.field: error.sentence(language)})


def filled_of(idea: Idea) -> Filled:
    """An idea as its form shows it."""
    number = idea.municipality
    return Filled(
        title=idea.title,
        text=idea.text,
        municipality=written((number,), date.today()) if number else "",
        target_group=idea.target_group,
        links="\n".join(idea.links),
        consent=idea.consent,
        centre=idea.centre or "",
        revision=idea.revision,
    )


def fill_in(request: Request, form: Form, idea: Idea | None = None) -> Filled:
    """Read and check the form; `values` is None unless everything in it is right."""
    language = language_of(request)
    errors: dict[str, str] = {}
    filled = Filled(
        title=form.text("title"),
        text=form.text("text"),
        municipality=form.text("municipality"),
        target_group=form.text("target_group"),
        links=form.text("links"),
        consent=form.text("consent") == "yes",
        centre=form.text("centre"),
        revision=form.number("revision") or 0,
        key=form.key(),
    )
    if not filled.title or len(filled.title) > LONGEST_TITLE:
        errors["title"] = say("review_ideas_title_wrong", language, most=LONGEST_TITLE)
    if not filled.text:
        errors["text"] = say("review_ideas_text_missing", language)
    places = read_places(filled.municipality, date.today())
    if places.unclear:
        errors["municipality"] = say("review_visits_places_unclear", language)
    elif len(places.numbers) > 1:
        errors["municipality"] = say("review_ideas_one_municipality", language)
    links = [line.strip() for line in filled.links.splitlines() if line.strip()]
    wrong = next((link for link in links if not secure_link(link)), None)
    if wrong is not None:
        errors["links"] = say("review_ideas_link_wrong", language, link=wrong)
    elif len(links) > MOST_LINKS:
        errors["links"] = say("review_ideas_links_many", language, most=MOST_LINKS)
    offered = dict(centre_options(request, None if idea is None else idea.centre))
    own = me(request).centre
    if filled.centre not in offered and (filled.centre or own is not None):
        errors["centre"] = say("review_visits_centre_missing", language)
    values: dict[str, Any] | None = None
    if not errors:
        values = {
            "title": filled.title,
            "text": filled.text,
            "municipality": places.numbers[0] if places.numbers else None,
            "target_group": filled.target_group,
            "links": tuple(links),
            "consent": filled.consent,
            "centre": filled.centre or None,
        }
    return replace(filled, values=values, errors=errors, unclear=places.unclear)


def secure_link(link: str) -> bool:
    """Whether an address is https and names a host: nothing else is made a link of."""
    try:
        parts = urlsplit(link)
        return (
            parts.scheme == "https"
            and bool(parts.hostname)
            and not parts.username
            and link.isprintable()
            and " " not in link
        )
    except ValueError:
        return False
