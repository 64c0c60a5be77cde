"""Keeping the messages in Slack in step with the register.

A change notes in its own transaction which messages no longer hold; `redraw` then updates or
deletes them, at once and, where Slack could not be reached, on the clock.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, Final

from slack_sdk import WebClient

from bot.slack.blocks import Rendered
from bot.slack.blocks import handover as blocks
from bot.slack.centres import record
from bot.slack.centres.calls import after_commit, attempt
from bot.slack.centres.papers import Papers
from bot.slack.desk import Desk
from bot.slack.posts import Place, Post
from knowledge.register import Answer, Handover, Inquiry

NOTHING_TO_CHANGE: Final = frozenset(
    {
        "message_not_found",
        "channel_not_found",
        "is_archived",
        "cant_update_message",
        "cant_delete_message",
        "edit_window_closed",
    }
)
"""Slack's errors after which another try is of no use."""

_drawing = threading.Lock()
"""One at a time, so that what an earlier look found never lands on top of a later one."""


def show(desk: Papers, handover: Handover, *, permalink: str | None = None) -> Rendered:
    """A handover as it should stand in the centre's channel now."""
    inquiry = desk.inquiries.get(handover.inquiry)
    assert inquiry is not None
    post = record.handover_post(desk, handover.id)
    known_by = post.created_at if post is not None else None
    history = [
        answer
        for answer in desk.handovers.answers(inquiry.id)
        if answer.taken_back_at is None and (known_by is None or answer.at < known_by)
    ]
    case = blocks.Case(
        handover,
        inquiry,
        history,
        record.passed_from(desk, handover),
        record.passed_to(desk, handover),
        permalink,
        record.is_answered(desk, inquiry.id),
    )
    place = desk.channels.centre_place(handover.centre)
    if post is not None:
        place = Place(post.team, post.channel)
    return blocks.handover_post(case, record.channel_language(desk, place) if place else "nb")


def permalink_of(desk: Desk, inquiry: int) -> str | None:
    """The address of the asker's message; None where a centre could not open it."""
    place, ts = desk.threads.place(inquiry), desk.threads.question_at(inquiry)
    if place is None or ts is None or place.channel.startswith("D") or private(desk, inquiry):
        return None
    found, _ = attempt(
        "permalink",
        lambda: desk.clients.reading(place.team).chat_getPermalink(
            channel=place.channel, message_ts=ts
        ),
    )
    return str(found["permalink"]) if found and found.get("permalink") else None


def private(desk: Papers, inquiry: int) -> bool:
    """Whether it was asked or answered for the asker's eyes alone."""
    if desk.threads.question_at(inquiry) is None:  # a command
        return True
    answer, place = desk.posts.get(f"answer:{inquiry}"), desk.threads.place(inquiry)
    if answer is None or place is None:
        return place is None
    return answer.way != "message" or answer.channel != place.channel


def changed(desk: Papers, handover: Handover) -> None:
    """A handover's message in the centre's channel no longer holds. Within a transaction or not."""
    key = record.handover_key(handover.id)
    if not record.outdated(desk, key):
        inquiry = desk.inquiries.get(handover.inquiry)
        if record.is_gone(inquiry):
            record.not_wanted(desk, key, record.WITHDRAWN)
        elif handover.closed_at is not None:
            record.not_wanted(desk, key, record.CLOSED)
        else:
            post = desk.posts.get(key)
            if post is not None and post.payload is not None:
                link = next(_links(post.payload.blocks), None)
                record.replaced(desk, key, show(desk, handover, permalink=link))
    after_commit(desk, redraw)


def _links(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for entry in node:
            yield from _links(entry)
    elif isinstance(node, dict):
        if node.get("type") == "link":
            yield str(node["url"])
        yield from _links(node.get("elements"))


def redraw(desk: Desk) -> None:
    """Update or delete each message that no longer holds. Calls Slack: not within a transaction."""
    with _drawing:
        for key in record.take_outdated(desk):
            post = desk.posts.get(key)
            inquiry = desk.inquiries.get(post.inquiry) if post and post.inquiry else None
            if post is None or inquiry is None:
                continue
            error = _redrawn(desk, post, inquiry)
            if error is None or error in NOTHING_TO_CHANGE:
                record.drawn(desk, key, mark=_mark(desk, post, inquiry))
            else:
                record.outdated(desk, key)


def _mark(desk: Desk, post: Post, inquiry: Inquiry) -> str | None:
    """What a message that is up to date shows for good, so that it is not looked at again."""
    if post.kind == "relayed":
        answer = desk.handovers.answer_number(post.number)
        taken_back = answer is not None and answer.taken_back_at is not None
        return record.TAKEN_BACK if taken_back else None
    return record.WITHDRAWN if inquiry.withdrawn_at is not None else None


def _redrawn(desk: Desk, post: Post, inquiry: Inquiry) -> str | None:
    """Slack's error, if there was one."""
    if post.kind == "handover":
        handover = desk.handovers.get(post.number)
        if handover is None:
            return None
        return _update(desk, post, show(desk, handover, permalink=permalink_of(desk, inquiry.id)))
    if post.kind == "closed":  # taken back while it was on its way (`outcomes.tell_open_again`)
        return _delete(desk, post)
    if post.kind not in ("relay", "relayed", "addition"):
        return None  # a notice, which nothing changes: its number counts something else
    answer = desk.handovers.answer_number(post.number)
    if answer is None:
        return None
    if post.kind == "relayed":
        language = record.channel_language(desk, Place(post.team, post.channel))
        return _update(desk, post, blocks.confirmation(answer, language))
    of_asker = post.kind == "addition"
    gone = inquiry.withdrawn_at is not None or inquiry.deleted_at is not None
    if answer.taken_back_at is not None or (of_asker and gone):
        return _delete(desk, post)
    if of_asker:
        language = record.channel_language(desk, Place(post.team, post.channel))
        return _update(desk, post, blocks.addition(answer, language))
    return _update(desk, post, relayed(answer, inquiry))


def relayed(answer: Answer, inquiry: Inquiry) -> Rendered:
    resolved = inquiry.status == "resolved"
    return blocks.relayed(answer, record.asker_language(inquiry), resolved=resolved)


def _client(desk: Desk, post: Post) -> WebClient:
    return desk.clients.reading(post.team)


def _update(desk: Desk, post: Post, now: Rendered) -> str | None:
    _, error = attempt(
        "update",
        lambda: _client(desk, post).chat_update(
            channel=post.channel, ts=str(post.ts), text=now.text, blocks=now.blocks
        ),
    )
    return error


def _delete(desk: Desk, post: Post) -> str | None:
    _, error = attempt(
        "delete",
        lambda: _client(desk, post).chat_delete(channel=post.channel, ts=str(post.ts)),
    )
    if error is None or error in NOTHING_TO_CHANGE:
        record.gone(desk, post.key)
    return error


def answer_changed(desk: Papers, answer: Answer) -> None:
    """An answer or an addition was corrected or taken back: wherever it is shown, that follows."""
    inquiry = desk.inquiries.get(answer.inquiry)
    assert inquiry is not None
    key = f"{'addition' if answer.centre is None else 'relay'}:{answer.id}"
    if answer.taken_back_at is not None:
        for shown in (key, f"relayed:{answer.id}"):
            if not record.outdated(desk, shown):
                record.not_wanted(desk, shown, record.TAKEN_BACK)
    elif not record.outdated(desk, key) and (post := desk.posts.get(key)) is not None:
        if answer.centre is None:
            language = record.channel_language(desk, Place(post.team, post.channel))
            record.replaced(desk, key, blocks.addition(answer, language))
        else:
            record.replaced(desk, key, relayed(answer, inquiry))
    after_commit(desk, redraw)


__all__ = [
    "answer_changed",
    "changed",
    "permalink_of",
    "private",
    "redraw",
    "relayed",
    "show",
]
