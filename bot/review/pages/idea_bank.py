"""The published ideas, for everybody who may read them: what took the place of Idébanken."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.review.naming import Option
from bot.review.numbers import leaf
from bot.review.pages.idea_form import secure_link
from bot.review.places import alphabetical, place_name
from bot.review.web import get, page, refused, site
from knowledge.register.idea_bank import IdeaBank, SharedIdea, Wanted, matching
from knowledge.register.users import Role

ON_A_PAGE = 20
FIELDS = ("text", "municipality", "target_group")
MOST_CHARACTERS = 200
"""Of what is looked for; nobody types more into a search field."""


def readers(request: Request) -> Role:
    """Who may read: somebody with a role, or everybody where the operator has said so."""
    return "none" if site(request).own.public_ideas else "reader"


def shared_ideas(request: Request) -> Response:
    """The ideas that match what is looked for, newest first."""
    query = request.query_params
    asked = {name: query.get(name, "").strip()[:MOST_CHARACTERS] for name in FIELDS}
    everything = IdeaBank(site(request).ideas).all()
    found = matching(everything, Wanted(**asked))
    return page(
        request,
        "idea_bank/list.html",
        leaf=leaf(found, query.get("page", ""), ON_A_PAGE),
        total=len(found),
        turn=lambda to: f"/ideer?{urlencode({**asked, 'page': to})}",
        asked=asked,
        searched=any(asked.values()),
        municipalities=_municipalities(everything),
        target_groups=_target_groups(everything),
        place_name=place_name,
    )


def shared_idea(request: Request) -> Response:
    found = IdeaBank(site(request).ideas).get(request.path_params["id"])
    if found is None:
        return refused(request, "review_missing", 404)
    return page(
        request,
        "idea_bank/one.html",
        idea=found,
        place=place_name(found.municipality),
        secure=secure_link,
    )


def _municipalities(ideas: Iterable[SharedIdea]) -> list[Option]:
    """Those that shared something, by name."""
    numbers = {idea.municipality for idea in ideas if idea.municipality}
    named = ((number, place_name(number)) for number in numbers)
    return sorted(named, key=lambda option: alphabetical(option[1]))


def _target_groups(ideas: Iterable[SharedIdea]) -> list[Option]:
    """As somebody wrote them, each once whatever the case, by name."""
    groups = {idea.target_group.casefold(): idea.target_group for idea in ideas}
    return sorted(
        ((group, group) for group in groups.values() if group),
        key=lambda option: alphabetical(option[1]),
    )


routes: list[Route] = [
    get("/ideer", shared_ideas, role=readers),
    get("/ideer/{id:int}", shared_idea, role=readers),
]
