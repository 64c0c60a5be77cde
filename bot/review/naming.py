"""Names that people read for ids, and options to choose from, in Norwegian alphabetical order."""

from __future__ import annotations

from starlette.requests import Request

from bot.review.places import alphabetical as alphabetical
from bot.review.places import place_name as place_name
from bot.review.web import language_of, me, site
from knowledge.messages import say
from knowledge.reference import Reference

Option = tuple[str, str]
"""A value of a field and what is shown for it."""


def centre_name(centre: str | None) -> str:
    """«Stavanger»; an id that the reference does not know stands as it is."""
    found = (row.name for row in Reference.load().centres if row.id == centre)
    return next(found, centre or "")


def centre_options(request: Request, chosen: str | None = None) -> list[Option]:
    """The centres this person may write for: their own, or all; and the one that is set."""
    own = me(request).centre
    return sorted(
        (
            (row.id, row.name)
            for row in Reference.load().centres
            if row.id == chosen or own in (None, row.id)
        ),
        key=lambda option: alphabetical(option[1]),
    )


def all_centres() -> list[Option]:
    """Every centre, also those that no longer serve: for filters."""
    options = ((row.id, row.name) for row in Reference.load().centres)
    return sorted(options, key=lambda option: alphabetical(option[1]))


def actor_options(request: Request) -> list[Option]:
    """The actor categories in the order of the report, which is how centres know them."""
    language = language_of(request)
    return [(row.id, row.label.text(language)) for row in Reference.load().actors]


def actor_name(request: Request, actor: str) -> str:
    return dict(actor_options(request)).get(actor, actor)


def person_name(request: Request, who: str) -> str:
    """Who stands in the audit trail: «user:3» is the name of user 3, also through an import."""
    head, _, tail = who.rpartition(":")
    if head.endswith("user") and tail.isdecimal() and len(tail) < 19:
        user = site(request).users.get(int(tail))
        if user is not None:
            return user.name
    return say("review_work_who_program", language_of(request)) if who in ("cli", "import") else who
