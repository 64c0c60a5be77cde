"""What cannot be done in a field: duplicates, words that have to go, deletion."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from bot.review.approving import tidy
from bot.review.pages.inquiry_rows import again, inquiry_of
from bot.review.pages.inquiry_showing import Filled, show
from bot.review.pages.inquiry_slack import followed
from bot.review.pages.queue_place import address, onward, queue_of
from bot.review.web import (
    Form,
    flash,
    language_of,
    may_change,
    page,
    redirect,
    refused,
    site,
    who,
)
from knowledge.messages import Failure, say
from knowledge.register import Inquiry

EDGES = re.compile(r"^\W+|\W+$")
"""Marks round a word that was ticked: «Hansen,» is «Hansen»."""


def duplicate(request: Request, form: Form, inquiry: Inquiry) -> Response:
    """Mark as the same as another inquiry, or (`of` empty) take that back."""
    here, language = site(request), language_of(request)
    of, goes_to = form.number("of"), onward(request, form, inquiry)
    if of is None and not form.text("not_duplicate"):
        return _wrong(request, inquiry, "of", say("review_duplicate_of_which", language))
    if form.text("not_duplicate"):
        of = None
    try:
        with followed(here, inquiry.id):
            moved = here.review.mark_duplicate(inquiry.id, of, who(request))
            batch = here.review.last_batch(inquiry.id) if moved != inquiry.revision else None
    except Failure as error:
        return _wrong(request, inquiry, "of", error.sentence(language))
    key = "review_duplicate_not_any_more" if of is None else "review_duplicate_marked"
    flash(
        request,
        say(key, language, number=inquiry.id, of=of or ""),
        undo=f"/undo/{batch}" if batch else None,
    )
    return redirect(goes_to)


def redact(request: Request, form: Form, inquiry: Inquiry) -> Response:
    """Take words out for good; first shown, as it cannot be undone."""
    here, language = site(request), language_of(request)
    typed = [line.strip() for line in form.text("redact_words").splitlines()]
    ticked = [EDGES.sub("", word) for word in form.several("redact_word")]
    words = list(dict.fromkeys(word for word in (*form.several("word"), *typed, *ticked) if word))
    if not words:
        return _wrong(request, inquiry, "redact_words", say("review_redact_which", language))
    if form.text("sure") != "yes":
        return page(
            request,
            "inquiry/redact.html",
            inquiry=inquiry,
            heading=say("review_redact_title", language, number=inquiry.id),
            words=words,
            queue=queue_of(request),
        )
    with followed(here, inquiry.id):
        count = here.review.redact(inquiry.id, words, who=who(request))
    tidy(here)
    key = "review_redact_done" if count else "review_redact_none"
    flash(request, say(key, language, count=count), wrong=not count)
    return redirect(address(request, again(request, inquiry.id).id))


def ask_delete(request: Request) -> Response:
    """What deleting means, and the button."""
    inquiry = inquiry_of(request)
    if not may_change(request, inquiry.centre):
        return refused(request, "review_not_allowed", 403)
    return page(
        request,
        "inquiry/delete.html",
        inquiry=inquiry,
        heading=say("review_delete_title", language_of(request), number=inquiry.id),
        queue=queue_of(request),
    )


def delete(request: Request, form: Form, inquiry: Inquiry) -> Response:
    """Remove what was written and who asked; the row stays as a tombstone."""
    here, language = site(request), language_of(request)
    with followed(here, inquiry.id):
        here.review.delete(inquiry.id, who(request))
    tidy(here)
    flash(request, say("review_delete_done", language, number=inquiry.id))
    return redirect(f"/queue?{queue_of(request)}")


def _wrong(request: Request, inquiry: Inquiry, field: str, sentence: str) -> Response:
    return show(request, inquiry, Filled(errors={field: sentence}, sentence=sentence))
