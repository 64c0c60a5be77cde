"""Answering an inquiry, and handing it to another centre."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.review.naming import centre_name
from bot.review.pages.inquiry_showing import Filled, show
from bot.review.pages.inquiry_slack import came_from_slack, follow, relay
from bot.review.pages.queue_place import onward
from bot.review.web import Form, flash, language_of, me, redirect, site, who
from knowledge.messages import say
from knowledge.privacy import mask
from knowledge.register import Handover, Inquiry
from knowledge.register.changes import Changes
from knowledge.register.editing import Refused
from knowledge.register.inquiry_state import InquiryFields
from knowledge.register.values import cleaned, known_centre


def answer(request: Request, form: Form, inquiry: Inquiry) -> Response:
    """Keep a centre's answer, and send it to the asker's thread where that is in Slack."""
    here, language = site(request), language_of(request)
    text, centre = form.text("answer"), me(request).centre or form.text("answer_centre")
    filled = Filled(values={"answer": text, "answer_centre": centre})
    goes_to = onward(request, form, inquiry)
    try:
        with here.store.write():
            answers = here.handovers.answers(inquiry.id)
            if form.number("seen") != (answers[-1].id if answers else 0):
                filled.sentence = say("review_answer_another_first", language)
                return show(request, inquiry, filled, status=409)
            kept = here.review.answer(inquiry.id, text, centre=centre, who=who(request))
            now = here.inquiries.get(inquiry.id)
            assert now is not None
            sent = relay(here, kept, now, masked=bool(mask(text).found))
            batch = here.review.last_batch(inquiry.id)
    except Refused as refused:
        name = "answer_centre" if refused.field == "centre" else "answer"
        filled.errors[name] = refused.sentence(language)
        filled.sentence = say("review_inquiry_not_kept", language)
        return show(request, inquiry, filled)
    key = "review_answer_kept"
    if came_from_slack(here, inquiry.id):
        key = "review_answer_sent" if sent else "review_answer_not_sent"
    flash(
        request,
        say(key, language, number=inquiry.id),
        undo=f"/undo/{batch}" if batch else None,
    )
    return redirect(goes_to)


def hand_over(request: Request, form: Form, inquiry: Inquiry) -> Response:
    """Ask a centre to answer; one that has it already passes it on."""
    here, language = site(request), language_of(request)
    centre, note = form.text("to_centre"), cleaned(form.text("to_note"))
    filled = Filled(values={"to_centre": centre, "to_note": note})
    goes_to = onward(request, form, inquiry)
    try:
        known_centre(centre)
    except Refused as refused:
        filled.errors["to_centre"] = (
            refused.sentence(language) if centre else say("review_handover_to_whom", language)
        )
        filled.sentence = say("review_inquiry_not_kept", language)
        return show(request, inquiry, filled)
    with here.store.write():
        standing = here.handovers.open_of(inquiry.id)
        if standing is not None and standing.centre == centre:
            filled.errors["to_centre"] = say("review_handover_already", language)
            filled.sentence = say("review_inquiry_not_kept", language)
            return show(request, inquiry, filled)
        batch = _hand(request, inquiry, standing, centre, note)
        follow(here, inquiry.id)
    flash(
        request,
        say("review_handover_done", language, number=inquiry.id, centre=centre_name(centre)),
        undo=f"/undo/{batch}",
    )
    return redirect(goes_to)


def _hand(
    request: Request, inquiry: Inquiry, standing: Handover | None, centre: str, note: str
) -> str:
    """Open the handover and record it, so that an undo closes it again."""
    here = site(request)
    fields = InquiryFields(here.store)
    before = fields.state(inquiry.id)
    fields.put(inquiry.id, "resolved_at", None)
    opened = (
        here.handovers.pass_on(standing.id, centre, note)
        if standing is not None
        else here.handovers.open(inquiry.id, centre=centre, reason="chosen", note=note)[0]
    )
    assert opened is not None
    after = fields.state(inquiry.id)
    changed: dict[str, tuple[Any, Any]] = {
        # First, and as if it had been closed before: only one may be open, also on the way back.
        f"handover:{opened.id}": (datetime.now(UTC).isoformat(), None)
    }
    changed |= {
        field: (before[field], after[field]) for field in before if before[field] != after[field]
    }
    trail = Changes(here.store)
    batch = trail.record(who(request), "inquiry", inquiry.id, changed)
    fields.moved(inquiry.id, trail.last("inquiry", inquiry.id))
    return batch
