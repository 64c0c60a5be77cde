"""Approving an answer for reuse, withdrawing it, and saying which passage answers an inquiry."""

from __future__ import annotations

from datetime import date

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.review import approving
from bot.review.pages.inquiry_rows import changing
from bot.review.web import (
    Form,
    flash,
    language_of,
    page,
    post,
    redirect,
    refused,
    site,
)
from knowledge.messages import Failure, say
from knowledge.register import Inquiry
from knowledge.register.approvals import Approvals

FIELDS = ("question", "text", "centre", "until")
FIELD_OF = {
    "review_approval_empty": "text",
    "review_approval_long": "text",
    "review_approval_day": "until",
}
"""At which field a reason stands."""


def approve(request: Request, form: Form, inquiry: Inquiry) -> Response:
    if _gone(inquiry):
        return refused(request, "review_missing", 404)
    language = language_of(request)
    values = {name: form.text(f"approve_{name}") for name in FIELDS}
    until = _day(values["until"])
    errors: dict[str, str] = {}
    if until is None:
        errors["until"] = say("review_not_a_day", language)
    if values["centre"] not in dict(approving.own_centres(request)):
        errors["centre"] = say("review_choose_centre", language)
    if not errors and until is not None:
        try:
            approval, masked = approving.approve(
                request,
                inquiry,
                question=values["question"],
                text=values["text"],
                centre=values["centre"],
                until=until,
            )
        except Failure as failure:
            errors[FIELD_OF.get(failure.key, "text")] = failure.sentence(language)
        else:
            told = say("review_approved", language)
            if masked:
                told += " " + say("review_approve_masked", language)
            flash(request, told)
            return _back(request, approval.inquiry)
    view = approving.approving(request, inquiry, values, errors)
    return page(request, "reuse/approve.html", status=422, approving=view)


def withdraw(request: Request, form: Form, inquiry: Inquiry) -> Response:
    if _gone(inquiry):
        return refused(request, "review_missing", 404)
    approval = Approvals(site(request).store).of(inquiry.id)
    changed = approval is not None and approving.withdraw(request, approval)
    key = "review_approval_withdrawn" if changed else "review_approval_gone"
    flash(request, say(key, language_of(request)), wrong=not changed)
    return _back(request, inquiry.id)


def link(request: Request, form: Form, inquiry: Inquiry) -> Response:
    """«Dette utdraget svarer»: the search learns from it."""
    if _gone(inquiry):
        return refused(request, "review_missing", 404)
    undo = form.text("undo") == "1"
    if not approving.link(request, inquiry, form.number("quote") or 0, undo=undo):
        return refused(request, "review_missing", 404)
    key = "review_unlinked" if undo else "review_linked"
    flash(request, say(key, language_of(request)))
    return _back(request, inquiry.id)


def _gone(inquiry: Inquiry) -> bool:
    return inquiry.deleted_at is not None or inquiry.withdrawn_at is not None


def _back(request: Request, inquiry: int) -> Response:
    """To the inquiry, at the same place of the queue."""
    query = f"?{request.url.query}" if request.url.query else ""
    return redirect(f"/inquiry/{inquiry}{query}")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


routes: list[Route] = [
    post("/inquiry/{number:int}/approve", changing(approve)),
    post("/inquiry/{number:int}/withdraw", changing(withdraw)),
    post("/inquiry/{number:int}/link", changing(link)),
]
