"""Correcting an inquiry in place, also when somebody else does it at the same time."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bot.review.naming import person_name
from bot.review.pages.inquiry_labels import STATUSES, told, value_told
from bot.review.pages.inquiry_rows import again
from bot.review.pages.inquiry_showing import Filled, show, shown
from bot.review.pages.inquiry_slack import followed
from bot.review.pages.queue_place import address, onward
from bot.review.places import place_name
from bot.review.rendering import OSLO
from bot.review.web import Form, flash, language_of, redirect, site, who
from knowledge.messages import Failure, say
from knowledge.register import Inquiry
from knowledge.register.corrections import OPEN_AGAIN, tidied
from knowledge.register.editing import Refused, Stale
from knowledge.register.values import municipality_on, read_date

FIELDS: Final = (
    "question municipality actor centre language channel status note received_on topics"
).split()


def correct(request: Request, form: Form, inquiry: Inquiry) -> Response:
    """Keep what was changed on the form; what was not is left as others have it by now."""
    here, language = site(request), language_of(request)
    typed, base = _typed(form), _base(form)
    revision = form.number("revision")
    goes_to = onward(request, form, inquiry)
    values = dict(typed)
    try:
        values["municipality"] = _number(typed, base, inquiry)
        with followed(here, inquiry.id):
            moved = here.review.correct(
                inquiry.id,
                values,
                revision=inquiry.revision if revision is None else revision,
                who=who(request),
                base=base,
            )
    except Stale as stale:
        return _beside(request, again(request, inquiry.id), typed, base, stale)
    except Refused as refused:
        field = refused.field if refused.field in FIELDS else "question"
        return show(
            request,
            inquiry,
            Filled(
                values=typed,
                errors={field: refused.sentence(language)},
                base=base,
                revision=revision,
                sentence=say("review_inquiry_not_kept", language),
            ),
        )
    key = "review_inquiry_kept" if moved != inquiry.revision else "review_inquiry_as_it_was"
    batch = here.review.last_batch(inquiry.id) if moved != inquiry.revision else None
    flash(
        request,
        say(key, language, number=inquiry.id),
        undo=f"/undo/{batch}" if batch else None,
    )
    return redirect(goes_to)


def set_status(request: Request, form: Form, inquiry: Inquiry) -> Response:
    """One press: resolved, not an inquiry, or open again, where one stays at the inquiry."""
    here, language = site(request), language_of(request)
    goes_to, status = onward(request, form, inquiry), form.text("status")
    if status == OPEN_AGAIN:
        goes_to = address(request, inquiry.id)
    revision = form.number("revision")
    try:
        with followed(here, inquiry.id):
            moved = here.review.correct(
                inquiry.id,
                {"status": status},
                revision=inquiry.revision if revision is None else revision,
                who=who(request),
                base={"status": form.text("was_status") or inquiry.status},
            )
    except Stale as stale:
        told_of = _collisions(request, stale).get("status", stale.sentence(language))
        return show(request, again(request, inquiry.id), Filled(sentence=told_of), status=409)
    except Failure as error:
        return show(request, inquiry, Filled(sentence=error.sentence(language)))
    batch = here.review.last_batch(inquiry.id) if moved != inquiry.revision else None
    flash(
        request,
        say(
            "review_inquiry_is_now",
            language,
            number=inquiry.id,
            status=told(STATUSES, again(request, inquiry.id).status, language).lower(),
        ),
        undo=f"/undo/{batch}" if batch else None,
    )
    return redirect(goes_to)


def _typed(form: Form) -> dict[str, Any]:
    values: dict[str, Any] = {field: form.text(field) for field in FIELDS if field != "topics"}
    values["topics"] = sorted(set(form.several("topics")))
    return values


def _base(form: Form) -> dict[str, Any]:
    """What the form showed; a browser sends a line's end as two characters."""
    base: dict[str, Any] = {
        field: form.text(f"was_{field}").replace("\r\n", "\n")
        for field in FIELDS
        if field != "topics"
    }
    base["topics"] = sorted(set(form.several("was_topics")))
    return base


def _number(typed: dict[str, Any], base: dict[str, Any], inquiry: Inquiry) -> str:
    """The number of the municipality that was typed, on the day of the inquiry."""
    name = typed["municipality"]
    if not name:
        return ""
    if base["municipality"] and name in (place_name(base["municipality"]), base["municipality"]):
        return str(base["municipality"])
    on = (
        read_date(typed["received_on"], "received_on")
        if typed["received_on"]
        else inquiry.received_at.astimezone(OSLO).date()
    )
    return municipality_on(name, on).number


def _beside(
    request: Request, now: Inquiry, typed: dict[str, Any], base: dict[str, Any], stale: Stale
) -> Response:
    """The form again: one's own value where one changed it, and the other's beside it."""
    language, current = language_of(request), shown(now)
    mine = {field: value for field, value in typed.items() if _changed(field, value, base)}
    return show(
        request,
        now,
        Filled(
            values=mine,
            errors=_collisions(request, stale),
            base=current,
            revision=stale.revision,
            sentence=say("review_inquiry_both", language),
        ),
        status=409,
    )


def _collisions(request: Request, stale: Stale) -> dict[str, str]:
    """At each field that others changed: who did, from what to what."""
    return {
        change.field: say(
            "review_inquiry_changed_by" if change.who else "review_inquiry_changed_elsewhere",
            language_of(request),
            who=person_name(request, change.who),
            before=value_told(request, change.field, change.before),
            after=value_told(request, change.field, change.after),
        )
        for change in stale.changes
    }


def _changed(field: str, value: Any, base: dict[str, Any]) -> bool:
    if field == "municipality":
        return value not in (base[field], place_name(base[field]))
    return bool(tidied({field: value}) != tidied({field: base[field]}))
