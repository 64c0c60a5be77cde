"""Ideas that municipalities and centres share: the successor of the closed Idébanken."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.review.history import VALUES, history_of, undoable
from bot.review.naming import Option, centre_name, centre_options
from bot.review.pages.forgetting import redacted, tombstone
from bot.review.pages.idea_form import Filled, fill_in, filled_of, secure_link
from bot.review.pages.registered import Rows
from bot.review.places import place_name
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
from knowledge.register.ideas import Idea, IdeaStatus, NewIdea

IDEAS: Final = Rows[Idea]("/ideas", lambda request: site(request).ideas)
STATUSES: tuple[IdeaStatus, ...] = ("new", "reviewed", "published", "declined")


def statuses(request: Request) -> list[Option]:
    return [(status, say(VALUES[status], language_of(request))) for status in STATUSES]


def ideas(request: Request) -> Response:
    """The ideas, newest first; all of them or those of one status."""
    asked = request.query_params.get("status", "")
    status = next((each for each in STATUSES if each == asked), None)
    found = site(request).ideas.list(status=status)
    return page(
        request,
        "ideas/list.html",
        rows=found,
        chosen=status or "",
        statuses=statuses(request),
        status_names=dict(statuses(request)),
        place_name=place_name,
        centre_name=centre_name,
        may_write=may_change(request, me(request).centre),
        removed=IDEAS.removed(request),
    )


def new_idea(request: Request) -> Response:
    return _form(request, None, Filled(centre=me(request).centre or ""))


def idea(request: Request) -> Response:
    """One idea, as everybody with access reads it, and what can be done with it."""
    found = site(request).ideas.get(request.path_params["id"])
    if found is None:
        return refused(request, "review_missing", 404)
    if found.deleted_at is not None:
        return tombstone(request, "idea", found.id, found.centre)
    return page(
        request,
        "ideas/shown.html",
        idea=found,
        state=dict(statuses(request))[found.status],
        place=place_name(found.municipality),
        secure=secure_link,
        centre=centre_name(found.centre),
        history=history_of(request, "idea", found.id),
        undoable=undoable(request, "idea", found.id),
        may_write=may_change(request, found.centre),
    )


def edit_idea(request: Request) -> Response:
    found = IDEAS.changeable(request)
    if isinstance(found, Response):
        return found
    return _form(request, found, filled_of(found))


def add_idea(request: Request, form: Form) -> Response:
    filled = fill_in(request, form)
    if not may_change(request, filled.centre or None):
        return refused(request, "review_not_allowed", 403)
    if filled.values is None:
        return _form(request, None, filled, status=422)
    try:
        number, _ = site(request).ideas.add(
            NewIdea(**filled.values, came_from=f"web:{filled.key}"), who=who(request)
        )
    except Refused as error:
        return _form(request, None, filled.refused(error, language_of(request)), status=422)
    flash(request, say("review_ideas_saved", language_of(request)))
    return redirect(f"/ideas/{number}")


def change_idea(request: Request, form: Form) -> Response:
    found = IDEAS.changeable(request)
    if isinstance(found, Response):
        return found
    filled = fill_in(request, form, found)
    if not may_change(request, filled.centre or None):
        return refused(request, "review_not_allowed", 403)
    if filled.values is None:
        return _form(request, found, filled, status=422)
    try:
        site(request).ideas.change(
            found.id, filled.values, revision=filled.revision, who=who(request)
        )
    except Stale as stale:
        if redacted(stale):
            now = filled_of(site(request).ideas.get(found.id) or found)
            filled = replace(filled, title=now.title, text=now.text, links=now.links)
            filled = replace(filled, target_group=now.target_group)
        return _form(request, found, filled.after(stale.revision), status=409, stale=stale)
    except Refused as error:
        return _form(request, found, filled.refused(error, language_of(request)), status=422)
    flash(request, say("review_ideas_saved", language_of(request)))
    return redirect(IDEAS.page_of(found))


def _review(request: Request, found: Idea) -> str:
    site(request).ideas.review(found.id, who=who(request))
    return say("review_ideas_now_reviewed", language_of(request))


def _publish(request: Request, found: Idea) -> str:
    site(request).ideas.publish(found.id, who=who(request))
    return say("review_ideas_now_published", language_of(request))


def _decline(request: Request, found: Idea) -> str:
    site(request).ideas.decline(found.id, who=who(request))
    return say("review_ideas_now_declined", language_of(request))


def _form(
    request: Request,
    found: Idea | None,
    filled: Filled,
    *,
    status: int = 200,
    stale: Stale | None = None,
) -> Response:
    return page(
        request,
        "ideas/form.html",
        status=status,
        idea=found,
        filled=filled,
        errors=filled.errors,
        centres=centre_options(request, None if found is None else found.centre),
        stale=[] if stale is None else history_of(request, "idea", 0, stale.changes),
        redacted=stale is not None and redacted(stale),
    )


routes: list[Route] = [
    get("/ideas", ideas),
    get("/ideas/new", new_idea, role="reviewer"),
    post("/ideas", add_idea),
    get("/ideas/{id:int}", idea),
    get("/ideas/{id:int}/edit", edit_idea, role="reviewer"),
    post("/ideas/{id:int}", change_idea),
    post("/ideas/{id:int}/review", IDEAS.acting(_review), name="review_idea"),
    post("/ideas/{id:int}/publish", IDEAS.acting(_publish), name="publish_idea"),
    post("/ideas/{id:int}/decline", IDEAS.acting(_decline), name="decline_idea"),
    post("/ideas/{id:int}/delete", IDEAS.delete, name="delete_idea"),
    post("/ideas/{id:int}/undo", IDEAS.undo, name="undo_idea"),
]
