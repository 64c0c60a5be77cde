"""Gaps in the sources: what was asked and not answered, and writing what is missing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.review import gaps as finding
from bot.review.approving import own_centres
from bot.review.numbers import ID_DIGITS, whole
from bot.review.web import Form, flash, get, language_of, page, post, redirect, refused, site
from bot.review.writing import Written, file_written
from knowledge.messages import Failure, say
from knowledge.register.approvals import today

USUAL_DAYS: Final = 90
FIELDS: Final = ("title", "edition", "text", "questions", "centre")


def listed(request: Request) -> Response:
    """The gaps of a period, the largest groups first."""
    given = request.query_params
    since, until = _day(given.get("since")), _day(given.get("until"))
    until = until or today()
    since = since or until - timedelta(days=USUAL_DAYS)
    wrong = since > until
    found = [] if wrong else finding.gaps(site(request), since, until)
    groups = finding.groups(site(request), found)
    return page(
        request,
        "gaps/gaps.html",
        status=422 if wrong else 200,
        since=since,
        until=until,
        wrong=wrong,
        count=len(found),
        cut=len(found) == finding.MOST,
        several=[group for group in groups if len(group.gaps) > 1],
        single=[group for group in groups if len(group.gaps) == 1],
    )


def write_page(request: Request) -> Response:
    """A form for a paragraph that answers what was asked in an inquiry."""
    number = request.query_params.get("inquiry", "")
    wanted = whole(number, ID_DIGITS)
    inquiry = None if wanted is None else site(request).inquiries.get(wanted)
    if number and (inquiry is None or inquiry.deleted_at is not None):
        return refused(request, "review_missing", 404)
    centres = own_centres(request)
    values = {
        "questions": inquiry.question if inquiry is not None else "",
        "centre": centres[0][0] if len(centres) == 1 else "",
    }
    return _form(request, values, {})


def write(request: Request, form: Form) -> Response:
    """File the paragraph as a document of the library, and begin to renew the index."""
    language = language_of(request)
    values = {name: form.text(name) for name in FIELDS}
    errors = {
        name: say("review_must_be_filled", language)
        for name in ("title", "text")
        if not values[name]
    }
    names = dict(own_centres(request))
    if values["centre"] not in names:
        errors["centre"] = say("review_choose_centre", language)
    if errors:
        return _form(request, values, errors, 422)
    here = site(request)
    written = Written(
        title=values["title"],
        edition=values["edition"],
        text=values["text"],
        questions=tuple(values["questions"].splitlines()),
        publisher=names[values["centre"]],
    )
    try:
        filed, masked = file_written(here.catalogue, written)
    except Failure as failure:
        return _form(request, values, {"text": failure.sentence(language)}, 422)
    here.building.start(here.settings, here.store)
    key = "review_written" if filed.outcome != "duplicate" else "review_written_before"
    told = say(key, language, title=written.title)
    flash(request, f"{told} {say('review_approve_masked', language)}" if masked else told)
    return redirect("/gaps")


def _form(
    request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    values = {name: values.get(name, "") for name in FIELDS}
    return page(
        request,
        "gaps/write.html",
        status=status,
        values=values,
        errors=errors,
        centres=own_centres(request),
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


routes: list[Route] = [
    get("/gaps", listed, name="gaps"),
    get("/gaps/write", write_page, role="reviewer", name="gaps_write_page"),
    post("/gaps/write", write, name="gaps_write"),
]
