"""Answering an inquiry, and handing it to another centre."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from bot.review.naming import centre_name
from bot.review.pages.inquiry_showing import Filled, show
from bot.review.pages.inquiry_slack import came_from_slack, followed, relay
from bot.review.pages.queue_place import onward
from bot.review.web import Form, flash, language_of, me, redirect, site, who
from knowledge.messages import Failure, Message, say
from knowledge.privacy import mask
from knowledge.register import Inquiry
from knowledge.register.editing import Refused
from knowledge.register.values import cleaned


def answer(request: Request, form: Form, inquiry: Inquiry) -> Response:
    """Keep a centre's answer, and send it to the asker's thread where that is in Slack."""
    here, language = site(request), language_of(request)
    text, centre = form.text("answer"), me(request).centre or form.text("answer_centre")
    filled = Filled(values={"answer": text, "answer_centre": centre})
    goes_to = onward(request, form, inquiry)
    try:
        with followed(here, inquiry.id):
            answers = here.handovers.answers(inquiry.id)
            if form.number("seen") != (answers[-1].id if answers else 0):
                filled.sentence = say("review_answer_another_first", language)
                return show(request, inquiry, filled, status=409)
            kept = here.review.answer(inquiry.id, text, centre=centre, who=who(request))
            sent = relay(here, kept, masked=bool(mask(text).found))
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
        if not centre:
            raise Refused("centre", Message("review_handover_to_whom"))
        with followed(here, inquiry.id):
            here.review.hand_over(inquiry.id, centre, note=note, who=who(request))
            batch = here.review.last_batch(inquiry.id)
    except Refused as refused:
        filled.errors["to_centre"] = refused.sentence(language)
        filled.sentence = say("review_inquiry_not_kept", language)
        return show(request, inquiry, filled)
    except Failure as error:
        filled.sentence = error.sentence(language)
        return show(request, inquiry, filled)
    flash(
        request,
        say("review_handover_done", language, number=inquiry.id, centre=centre_name(centre)),
        undo=f"/undo/{batch}",
    )
    return redirect(goes_to)
