"""«Fjern ord» in visits, ideas and annual forms, and emptying what is deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.review.approving import tidy
from bot.review.history import Told, history_of, undoable
from bot.review.naming import person_name
from bot.review.web import (
    Form,
    flash,
    language_of,
    may_change,
    page,
    post,
    redirect,
    refused,
    site,
    who,
)
from knowledge.messages import Failure, say
from knowledge.register.changes import Changes
from knowledge.register.editing import Stale
from knowledge.register.forgetting_rows import (
    KEPT,
    RowKind,
    deletion,
    erase_row,
    found_in_row,
    redact_row,
    without_words,
)


@dataclass(frozen=True, slots=True)
class Row:
    """A visit, an idea or an annual form that somebody may change, and where its page is."""

    kind: RowKind
    number: int
    centre: str | None
    address: str


Find = Callable[[Request], Row | None]


def visit_row(request: Request) -> Row | None:
    visit = site(request).visits.get(request.path_params["id"])
    return None if visit is None else Row("visit", visit.id, visit.centre, f"/visits/{visit.id}")


def idea_row(request: Request) -> Row | None:
    idea = site(request).ideas.get(request.path_params["id"])
    return None if idea is None else Row("idea", idea.id, idea.centre, f"/ideas/{idea.id}")


def annual_row(request: Request) -> Row | None:
    centre, year = request.path_params["centre"], request.path_params["year"]
    try:
        form = site(request).annual.get(centre, year)
    except Failure:
        return None  # no such centre, or no such year
    return Row("annual_form", form.id, centre, f"/annual/{year}/{centre}") if form.id else None


def _changing(find: Find, act: Callable[[Request, Form, Row], Response]) -> Any:
    """A handler for those who may change the row."""

    def handler(request: Request, form: Form) -> Response:
        row = find(request)
        if row is None:
            return refused(request, "review_missing", 404)
        if not may_change(request, row.centre):
            return refused(request, "review_not_allowed", 403)
        return act(request, form, row)

    return handler


def redacted(stale: Stale) -> bool:
    """Whether a form was opened before words were removed: its texts are shown as they are now."""
    return any(change.field == "redacted" for change in stale.changes)


def redact(request: Request, form: Form, row: Row) -> Response:
    """Take words out for good; first shown, as it cannot be undone."""
    here, language = site(request), language_of(request)
    typed = [line.strip() for line in form.text("redact_words").splitlines()]
    words = list(dict.fromkeys(word for word in (*form.several("word"), *typed) if word))
    if not words:
        flash(request, say("review_work_redact_which", language), wrong=True)
        return redirect(row.address)
    found = found_in_row(here.store, row.kind, row.number, words)
    if not found:
        flash(request, say("review_work_redact_nowhere", language), wrong=True)
        return redirect(row.address)
    if form.text("sure") != "yes":
        return page(
            request,
            "forgetting/redact.html",
            address=row.address,
            words=words,
            found=found,
        )
    count = redact_row(here.store, row.kind, row.number, words, who(request))
    tidy(here)
    flash(request, say("review_work_redact_done", language, count=count))
    return redirect(row.address)


def erase(request: Request, form: Form, row: Row) -> Response:
    """Empty what is deleted, for good."""
    here, language = site(request), language_of(request)
    assert row.kind != "annual_form"
    try:
        erase_row(here.store, row.kind, row.number, who(request))
    except Failure as failure:  # the deletion was undone meanwhile
        flash(request, failure.sentence(language), wrong=True)
        return redirect(row.address)
    tidy(here)
    flash(request, say("review_work_erased", language))
    return redirect(row.address)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is shown of a deleted visit or idea (forgetting/tombstone.html)."""

    heading: str
    address: str
    back: str
    at: datetime | None
    who: str
    erased: bool
    undoable: bool
    may: bool
    days: int
    history: list[Told]


def tombstone(
    request: Request, kind: Literal["visit", "idea"], number: int, centre: str | None
) -> Response:
    """The page of a deleted visit or idea: who deleted it and when, and nothing of what it said."""
    here, language = site(request), language_of(request)
    changes = Changes(here.store).of(kind, number)
    deleted = deletion(here.store, kind, number)
    may = may_change(request, centre)
    keys = {"visit": "review_visits_tombstone", "idea": "review_ideas_tombstone"}
    where = {"visit": "/visits", "idea": "/ideas"}[kind]
    stone = Tombstone(
        heading=say(keys[kind], language, number=number),
        address=f"{where}/{number}",
        back=where,
        at=deleted.at if deleted else None,
        who=person_name(request, deleted.who) if deleted else "",
        erased=any(change.field == "erased" for change in changes),
        undoable=may and undoable(request, kind, number),
        may=may,
        days=KEPT.days,
        history=history_of(request, kind, number, without_words(kind, changes)),
    )
    return page(request, "forgetting/tombstone.html", stone=stone)


routes: list[Route] = [
    post("/visits/{id:int}/redact", _changing(visit_row, redact), name="redact_visit"),
    post("/ideas/{id:int}/redact", _changing(idea_row, redact), name="redact_idea"),
    post(
        "/annual/{year:int}/{centre:str}/redact",
        _changing(annual_row, redact),
        name="redact_annual",
    ),
    post("/visits/{id:int}/erase", _changing(visit_row, erase), name="erase_visit"),
    post("/ideas/{id:int}/erase", _changing(idea_row, erase), name="erase_idea"),
]
