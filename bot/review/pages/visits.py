"""Hospitering: the visits a centre received, as a list and as a form."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.review.history import history_of, undoable
from bot.review.naming import actor_name, all_centres, centre_name, centre_options
from bot.review.numbers import leaf, whole
from bot.review.pages.forgetting import redacted, tombstone
from bot.review.pages.registered import Rows
from bot.review.pages.visit_form import Filled, fill_in, filled_of, forms
from bot.review.places import place_names
from bot.review.web import (
    Form,
    flash,
    get,
    language_of,
    may_change,
    me,
    page,
    post,
    redirect,
    refused,
    site,
    who,
)
from knowledge.messages import say
from knowledge.register.editing import Refused, Stale
from knowledge.register.visits import NewVisit, Visit

VISITS: Final = Rows[Visit]("/visits", lambda request: site(request).visits)
ON_A_PAGE = 100
FIRST_YEAR = 2014
"""The scheme with development centres began."""


def visits(request: Request) -> Response:
    """The visits of a year and a centre, with what they sum to."""
    query = request.query_params
    centre = query["centre"] if "centre" in query else (me(request).centre or "")
    asked = query.get("year", "")
    this_year = date.today().year
    year = whole(asked) if len(asked) == 4 else None
    found = site(request).visits.list(centre=centre or None, year=year)
    shown = leaf(found, query.get("page", ""), ON_A_PAGE)
    return page(
        request,
        "visits/list.html",
        leaf=shown,
        total=len(found),
        turn=lambda to: "/visits?" + urlencode({"centre": centre, "year": year or "", "page": to}),
        centre=centre,
        year="" if year is None else str(year),
        years=[(str(each), str(each)) for each in range(this_year, FIRST_YEAR - 1, -1)],
        centres=all_centres(),
        people=sum(visit.people for visit in found),
        municipalities=len({place for visit in found for place in _today(visit)}),
        form_names=dict(forms(request)),
        centre_name=centre_name,
        place_names=place_names,
        actor_name=lambda actor: actor_name(request, actor),
        may_write=bool(centre_options(request)) and may_change(request, me(request).centre),
        removed=VISITS.removed(request),
    )


def _today(visit: Visit) -> list[str]:
    """Municipalities as they are today, so that one that changed its number counts once."""
    return [today or number for number, today in visit.municipalities_today.items()]


def new_visit(request: Request) -> Response:
    return _form(request, None, Filled(on_date=date.today().isoformat()))


def visit(request: Request) -> Response:
    """One visit: a form for those who may change it, else its values."""
    found = site(request).visits.get(request.path_params["id"])
    if found is None:
        return refused(request, "review_missing", 404)
    if found.deleted_at is not None:
        return tombstone(request, "visit", found.id, found.centre)
    if may_change(request, found.centre):
        return _form(request, found, filled_of(found))
    return page(
        request,
        "visits/shown.html",
        visit=found,
        centre=centre_name(found.centre),
        form_name=dict(forms(request))[found.form],
        places=place_names(found.municipalities, found.on_date),
        actors=[(actor_name(request, actor), people) for actor, people in found.actors.items()],
        history=history_of(request, "visit", found.id),
    )


def add_visit(request: Request, form: Form) -> Response:
    filled = fill_in(request, form)
    if not may_change(request, filled.centre or None):
        return refused(request, "review_not_allowed", 403)
    if filled.values is None:
        return _form(request, None, filled, status=422)
    try:
        number, new = site(request).visits.add(
            NewVisit(**filled.values, came_from=f"web:{filled.key}"), who=who(request)
        )
    except Refused as error:
        return _form(request, None, filled.refused(error, language_of(request)), status=422)
    key = "review_visits_saved" if new else "review_visits_saved_before"
    flash(request, say(key, language_of(request)))
    return redirect(f"/visits/{number}")


def change_visit(request: Request, form: Form) -> Response:
    found = VISITS.changeable(request)
    if isinstance(found, Response):
        return found
    filled = fill_in(request, form, found)
    if not may_change(request, filled.centre or None):
        return refused(request, "review_not_allowed", 403)
    if filled.values is None:
        return _form(request, found, filled, status=422)
    try:
        site(request).visits.change(
            found.id, filled.values, revision=filled.revision, who=who(request)
        )
    except Stale as stale:
        if redacted(stale):
            now = filled_of(site(request).visits.get(found.id) or found)
            filled = replace(filled, theme=now.theme, note=now.note)
        return _form(request, found, filled.after(stale.revision), status=409, stale=stale)
    except Refused as error:
        return _form(request, found, filled.refused(error, language_of(request)), status=422)
    flash(request, say("review_visits_saved", language_of(request)))
    return redirect(VISITS.page_of(found))


def _form(
    request: Request,
    found: Visit | None,
    filled: Filled,
    *,
    status: int = 200,
    stale: Stale | None = None,
) -> Response:
    centres = centre_options(request, None if found is None else found.centre)
    return page(
        request,
        "visits/form.html",
        status=status,
        visit=found,
        filled=filled,
        errors=filled.errors,
        centres=centres,
        preset=filled.centre or me(request).centre or "",
        forms=forms(request),
        actors=[(actor, actor_name(request, actor)) for actor in filled.actor_ids],
        history=[] if found is None else history_of(request, "visit", found.id),
        undoable=found is not None and undoable(request, "visit", found.id),
        stale=[] if stale is None else history_of(request, "visit", 0, stale.changes),
        redacted=stale is not None and redacted(stale),
    )


routes: list[Route] = [
    get("/visits", visits),
    get("/visits/new", new_visit, role="reviewer"),
    post("/visits", add_visit),
    get("/visits/{id:int}", visit),
    post("/visits/{id:int}", change_visit),
    post("/visits/{id:int}/delete", VISITS.delete, name="delete_visit"),
    post("/visits/{id:int}/undo", VISITS.undo, name="undo_visit"),
]
