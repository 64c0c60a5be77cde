"""The page of one inquiry: all that is known of it, and the forms to work on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bot.review.approving import approving
from bot.review.naming import (
    Option,
    actor_options,
    all_centres,
    centre_name,
    person_name,
)
from bot.review.pages.inquiry_labels import (
    LANGUAGE_NAMES,
    OUTCOMES,
    STATUSES,
    VOTES,
    actor_name,
    change_told,
    options,
    told,
    topic_names,
    topic_options,
)
from bot.review.pages.inquiry_slack import came_from_slack, reachable
from bot.review.pages.queue_place import Standing, queue_of, standing
from bot.review.places import alphabetical, place_name
from bot.review.similar import similar
from bot.review.web import language_of, may_change, me, page, site
from knowledge.calendar import OSLO
from knowledge.geography import Municipalities
from knowledge.messages import Language, say
from knowledge.reference import Reference
from knowledge.register import Answer, Inquiry, ShownQuote
from knowledge.register.labels import CHANNELS, REASONS
from knowledge.register.redaction import earlier_wording

MOST_SIMILAR: Final = 5
GENERATION_CHARACTERS: Final = 12
"""Enough of a generation's name to tell two apart."""


@dataclass
class Filled:
    """What was filled in on the page and could not be kept as it is.

    Attributes:
        values: by the name of the field; others show what the register has.
        errors: one sentence at a field.
        base: what the form showed, by field, where that is no longer what the register has.
        revision: that the form has now seen.
    """

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    base: dict[str, Any] | None = None
    revision: int | None = None
    sentence: str = ""


def shown(inquiry: Inquiry) -> dict[str, Any]:
    """The fields of the correction form as the register has them."""
    return {
        "question": inquiry.question,
        "municipality": inquiry.municipality or "",
        "actor": inquiry.actor or "",
        "centre": inquiry.centre or "",
        "language": inquiry.language or "",
        "channel": inquiry.channel,
        "status": inquiry.status,
        "note": inquiry.note,
        "received_on": inquiry.received_at.astimezone(OSLO).date().isoformat(),
        "topics": sorted(inquiry.topics),
    }


def show(
    request: Request, inquiry: Inquiry, filled: Filled | None = None, *, status: int = 200
) -> Response:
    """The page, with what was filled in before where something was wrong."""
    filled = filled or Filled()
    if filled.sentence and status == 200:
        status = 422
    here, language, queue = site(request), language_of(request), queue_of(request)
    gone = inquiry.gone
    mine = may_change(request, inquiry.centre)
    current = shown(inquiry)
    answers = here.handovers.answers(inquiry.id)
    place: Standing = standing(request, inquiry.id)
    return page(
        request,
        "inquiry/show.html",
        status=status,
        inquiry=inquiry,
        heading=say("review_inquiry_title", language, number=inquiry.id),
        gone=gone,
        can=mine and not gone,
        may_remove=mine and inquiry.deleted_at is None,
        queue=queue,
        place=place,
        facts=_facts(request, inquiry),
        quotes=[_quote(quote) for quote in inquiry.quotes],
        generation=(inquiry.generation or "")[:GENERATION_CHARACTERS],
        feedback=_feedback(request, inquiry.id),
        said=_said(request, inquiry.id, answers),
        open_handover=here.handovers.open_of(inquiry.id),
        last_answer=answers[-1].id if answers else 0,
        topics=_topics(request, inquiry),
        values={**current, "municipality": place_name(inquiry.municipality), **filled.values},
        base=filled.base or current,
        errors=filled.errors,
        wrong=filled.sentence,
        revision=inquiry.revision if filled.revision is None else filled.revision,
        choices=_choices(request, inquiry),
        similar=_similar(request, inquiry) if not gone else [],
        duplicates=_duplicates(request, inquiry.id),
        words=_words(inquiry, answers),
        earlier_wording=mine and earlier_wording(here.store, inquiry.id),
        from_slack=came_from_slack(here, inquiry.id),
        reachable=reachable(here, inquiry.id),
        history=[change_told(request, change) for change in here.review.history(inquiry.id)],
        last_batch=here.review.last_batch(inquiry.id) if mine and not gone else None,
        approving=None if gone else approving(request, inquiry),
        own_centre=me(request).centre,
        own_centre_name=centre_name(me(request).centre),
    )


def _facts(request: Request, inquiry: Inquiry) -> list[tuple[str, str]]:
    """What is told under the question: a label and a text."""
    language = language_of(request)
    then, today = inquiry.municipality, inquiry.municipality_today
    on = inquiry.received_at.astimezone(OSLO).date()
    municipality = place_name(then, on)
    if then and today and place_name(today) != municipality:
        municipality = say("review_inquiry_now", language, then=municipality, now=place_name(today))
    known = (
        ("review_inquiry_field_channel", told(CHANNELS, inquiry.channel, language)),
        ("review_inquiry_field_municipality", municipality),
        ("review_inquiry_field_actor", actor_name(request, inquiry.actor)),
        ("review_inquiry_field_language", LANGUAGE_NAMES.get(inquiry.language or "", "")),
        ("review_inquiry_field_centre", centre_name(inquiry.centre)),
        ("review_inquiry_field_status", told(STATUSES, inquiry.status, language)),
        ("review_queue_outcome", told(OUTCOMES, inquiry.outcome, language)),
    )
    return [(say(key, language), text or "–") for key, text in known]


def _quote(quote: ShownQuote) -> dict[str, Any]:
    """A quote with the sentence that was marked in it."""
    before, found, after = quote.text, "", ""
    if quote.highlight and quote.highlight in quote.text:
        before, found, after = quote.text.partition(quote.highlight)
    safe = quote.url if quote.url and quote.url.startswith(("https://", "http://")) else None
    return {"quote": quote, "before": before, "marked": found, "after": after, "url": safe}


def _feedback(request: Request, inquiry: int) -> list[dict[str, Any]]:
    language = language_of(request)
    return [
        {
            "vote": told(VOTES, vote.vote, language),
            "reason": told(REASONS, vote.reason, language),
            "comment": vote.comment or "",
            "at": vote.at,
        }
        for vote in site(request).feedback.of(inquiry)
    ]


def _said(request: Request, inquiry: int, answers: list[Answer]) -> list[dict[str, Any]]:
    """Handovers, answers and what the asker added, in the order in which they came."""
    language = language_of(request)
    entries: list[dict[str, Any]] = []
    for answer in answers:
        key = "review_inquiry_answered_by" if answer.centre else "review_inquiry_added"
        entries.append(
            {
                "at": answer.at,
                "title": say(key, language, centre=centre_name(answer.centre)),
                "text": answer.text,
                "taken_back": answer.taken_back_at is not None,
                "closed_at": None,
            }
        )
    for handover in site(request).handovers.of(inquiry):
        entries.append(
            {
                "at": handover.at,
                "title": say(
                    "review_inquiry_handed_to", language, centre=centre_name(handover.centre)
                ),
                "text": handover.note,
                "taken_back": False,
                "closed_at": handover.closed_at,
            }
        )
    return sorted(entries, key=lambda entry: entry["at"])


def _words(inquiry: Inquiry, answers: list[Answer]) -> list[str]:
    """To tick what has to go: of the question, or what is left where it was withdrawn."""
    left = [inquiry.question] if inquiry.question else [answer.text for answer in answers]
    return list(dict.fromkeys(word for text in left for word in text.split()))


def _topics(request: Request, inquiry: Inquiry) -> list[tuple[str, str]]:
    """Each topic, and the word that suggested it or who set it."""
    language = language_of(request)
    return [
        (
            topic_names(request, [topic])[0],
            say("review_inquiry_topic_by", language, who=person_name(request, reason))
            if ":" in reason or reason in ("cli", "import")
            else reason,
        )
        for topic, reason in inquiry.topics.items()
    ]


def _choices(request: Request, inquiry: Inquiry) -> Mapping[str, list[Option]]:
    language: Language = language_of(request)
    present = (row for row in Municipalities.load().all if row.valid_to is None)
    serving = {row.id for row in Reference.load().centres if row.serving}
    return {
        "municipality": [
            (name, name)
            for name in sorted({place_name(row.code) for row in present}, key=alphabetical)
        ],
        "actor": actor_options(request),
        "centre": all_centres(),
        "other_centre": [
            option
            for option in all_centres()
            if option[0] in serving and option[0] != inquiry.centre
        ],
        "language": list(LANGUAGE_NAMES.items()),
        "channel": options(CHANNELS, language, inquiry.channel),
        "status": options(STATUSES, language, inquiry.status),
        "topics": topic_options(request),
    }


def _similar(request: Request, inquiry: Inquiry) -> list[dict[str, Any]]:
    language = language_of(request)
    return [
        {
            "inquiry": other,
            "score": round(100 * score),
            "municipality": place_name(other.municipality_today or other.municipality),
            "status": told(STATUSES, other.status, language),
        }
        for other, score in similar(site(request), inquiry, MOST_SIMILAR)
    ]


def _duplicates(request: Request, inquiry: int) -> list[int]:
    """Those that are marked as the same as this one."""
    rows = site(request).store.database.conn.execute(
        "SELECT id FROM inquiries WHERE duplicate_of = ? ORDER BY id", [inquiry]
    )
    return [int(number) for (number,) in rows]
