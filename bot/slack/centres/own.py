"""An inquiry of somebody's own, made when they bring what another asked to a centre.

The other's inquiry stays as it is: its text, its asker, its thread.
"""

from __future__ import annotations

from datetime import UTC, datetime

from bot.slack.blocks.handover_modals import Filled, prefilled
from bot.slack.centres.showing import private
from bot.slack.desk import Desk
from bot.slack.posts import Place
from knowledge.reference import suggest_topics
from knowledge.register import Handover, Inquiry, NewInquiry


def standing(desk: Desk, team: str, inquiry: Inquiry, who: str) -> Handover | None:
    """The open handover of an inquiry, or of somebody's own one about the same question."""
    own: Inquiry | None = inquiry
    if inquiry.asker != who:
        own = desk.inquiries.found(_origin(desk, team, inquiry.id, who))
    return desk.handovers.open_of(own.id) if own is not None else None


def own_inquiry(
    desk: Desk, *, team: str, user: str, original: Inquiry, filled: Filled, channel: str | None
) -> Inquiry:
    """The presser's own inquiry, new or from an earlier press. Within a transaction.

    Args:
        filled: masked.
        channel: Slack's id of where the button stands. In the channel where it was answered for
            all, the own one is told of in the same thread; else `sending.reach` finds its place.
    """
    who = desk.pseudonyms.of(team, user)
    person, same = desk.people.get(who), _same_thread(desk, original, channel)
    untouched = filled.question == prefilled(original.question)
    question = original.question if untouched else filled.question
    kinds = {*filled.masked, *(original.masked if untouched else ())}
    municipality = filled.municipality or person.municipality
    number, new = desk.inquiries.receive(
        NewInquiry(
            came_from=_origin(desk, team, original.id, who),
            received_at=datetime.now(UTC),
            channel="slack",
            question=question,
            masked=tuple(sorted(kinds)),
            thread=original.thread if same is not None else (),
            language=person.language or original.language,
            municipality=municipality,
            municipality_today=municipality,
            actor=person.actor,
            asker=who,
            topics={found.topic: ", ".join(found.words) for found in suggest_topics(question)},
        )
    )
    if new:
        desk.inquiries.complete(
            number,
            outcome="not_covered",
            generation=original.generation,
            quotes=original.quotes,
            at=datetime.now(UTC),
        )
        if same is not None:
            desk.threads.add(number, same, desk.threads.question_at(original.id))
    own = desk.inquiries.get(number)
    assert own is not None
    return own


def _same_thread(desk: Desk, original: Inquiry, channel: str | None) -> Place | None:
    """The thread of an inquiry, where all in the channel can read it."""
    place = desk.threads.place(original.id)
    if place is None or place.channel != channel or place.channel.startswith("D"):
        return None
    return None if private(desk, original.id) else place


def _origin(desk: Desk, team: str, original: int, who: str) -> str:
    """One for each question and presser; another one after they withdrew it."""
    first = origin = f"slack:{team}:press:{original}:{who}"
    number = 1
    while (found := desk.inquiries.found(origin)) is not None and found.withdrawn_at is not None:
        number += 1
        origin = f"{first}:{number}"
    return origin
