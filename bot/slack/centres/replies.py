"""What a centre answers: kept, brought to the asker, corrected and taken back.

The functions that Slack's events lead to only write to the database: Slack is told that an event
arrived when they return.
"""

from __future__ import annotations

import re
from typing import Final

from bot.slack.blocks import notice
from bot.slack.blocks.handover import Confirmed, centre_name, confirmation
from bot.slack.blocks.pieces import literal, visible
from bot.slack.centres import record
from bot.slack.centres.calls import poke
from bot.slack.centres.papers import Papers
from bot.slack.centres.sending import asker_place, centre_notice, tell_asker, tell_centre
from bot.slack.centres.showing import answer_changed, changed, relayed
from bot.slack.desk import Desk
from bot.slack.posts import Place
from knowledge.privacy import Masked, mask
from knowledge.register import Answer, Handover

INTERNAL: Final = re.compile(r"\s*(?:internt?\s*:|internal\s*:|//)", re.IGNORECASE)
"""How a message begins that stays among those who work at the centre."""

NOT_A_MEMBER: Final = frozenset({"not_in_channel", "channel_not_found", "user_not_in_channel"})
"""Slack's errors that an invitation mends; the second one of a private channel."""


def take_centre_reply(
    desk: Desk,
    *,
    team: str,
    channel: str,
    ts: str,
    thread_ts: str,
    user: str,
    text: str,
    files: int = 0,
    internal: bool = False,
) -> bool:
    """What a person wrote in a thread: if that is a handover's, it goes to the asker.

    Quick, and on disk when this returns; delivered twice it is one answer. Not for messages that
    mention the bot.

    Args:
        text: without Slack's markup (`bot.slack.text.plain`), not masked.
        files: how many files are attached; they stay.
        internal: it is for a colleague, whom it mentions; it stays.

    Returns:
        Whether it was written in the thread of a handover, so that nobody else need look at it.
    """
    handover = record.handover_at(desk, team, channel, thread_ts)
    if handover is None:
        return False
    if internal or INTERNAL.match(text):
        return True
    if _stays_here(desk, handover):
        return True
    if files or not visible(text):
        centre_notice(desk, handover, f"files:{handover.id}", "slack_handover_no_files")
    if visible(text):
        place = Place(team, channel, thread_ts)
        _answer(desk, handover, masked(text), f"slack:{team}:{channel}:{ts}", place)
    return True


def answer_by_form(desk: Desk, *, handover: Handover, view: str, text: Masked) -> bool:
    """A centre's answer from the modal; the same view answers once.

    Returns:
        False if the handover was passed on or withdrawn.
    """
    place = record.centre_thread(desk, handover.id)
    if place is None or not _answerable(desk, handover):
        return False
    told = Masked(literal(text.text), text.found)
    _answer(desk, handover, told, f"slack:{place.team}:view:{view}", place, by="form")
    return True


def _answer(
    desk: Desk,
    handover: Handover,
    text: Masked,
    came_from: str,
    thread: Place,
    *,
    by: Confirmed = "thread",
) -> None:
    with desk.store.write():
        answer, new = desk.handovers.answer(
            handover.inquiry, text.text, came_from=came_from, centre=handover.centre
        )
        if not new:
            return
        keys = deliver(desk, answer, thread, by=by, masked=bool(text.found))
        if handover.first_reply_at is None:
            changed(desk, handover)  # «Ferdig» asks no more
    poke(desk, *keys)


def deliver(
    desk: Papers, answer: Answer, thread: Place | None, *, by: Confirmed, masked: bool
) -> list[str]:
    """Write what brings a centre's answer to the asker, and tells the centre of it.

    Args:
        thread: the handover's in the centre's channel, if it is there.
        masked: personal data was taken out of the answer.

    Returns:
        The keys of the messages; none is the asker's (`relay:<answer>`) who cannot be reached.
    """
    inquiry, keys = desk.inquiries.get(answer.inquiry), []
    assert inquiry is not None
    language = record.channel_language(desk, thread) if thread else "nb"
    to = asker_place(desk, inquiry.id)
    if to is None:
        key, told = f"unreachable:{answer.id}", notice("slack_handover_not_delivered", language)
    else:
        keys.append(f"relay:{answer.id}")
        desk.posts.put(keys[0], to, relayed(answer, inquiry), inquiry=inquiry.id)
        key = f"relayed:{answer.id}"
        told = confirmation(answer, language, by=by, masked=masked)
    if thread is not None:
        desk.posts.put(key, thread, told, inquiry=inquiry.id)
        keys.append(key)
    return keys


def tell_undelivered(desk: Desk) -> None:
    """Tell a centre of each answer that Slack refused for good, and what it can do about it.

    The asker's thread was deleted, say, or somebody removed the bot from the channel (the outbox
    tries for a quarter of an hour, `bot.slack.postman`).
    """
    rows = desk.store.database.conn.execute(
        "SELECT a.id, p.error FROM slack_posts AS p "
        "JOIN inquiry_answers AS a ON p.key = 'relay:' || a.id "
        "JOIN inquiries AS i ON i.id = a.inquiry WHERE p.state = 'failed' "
        "AND a.taken_back_at IS NULL AND i.withdrawn_at IS NULL AND i.deleted_at IS NULL "
        "AND NOT EXISTS "
        "(SELECT 1 FROM slack_posts AS s WHERE s.key = 'unreachable:' || a.id)"
    ).fetchall()
    for number, error in rows:
        answer = desk.handovers.answer_number(int(number))
        handover = record.answered_in(desk, answer) if answer is not None else None
        if handover is not None:
            removed = error in NOT_A_MEMBER
            told = "slack_handover_not_a_member" if removed else "slack_handover_not_delivered"
            centre_notice(desk, handover, f"unreachable:{number}", told)


def _stays_here(desk: Desk, handover: Handover) -> bool:
    """Whether what is written in a handover's thread goes nowhere; that is said there, once."""
    place = record.centre_thread(desk, handover.id)
    language = record.channel_language(desk, place) if place else "nb"
    inquiry = desk.inquiries.get(handover.inquiry)
    if record.is_gone(inquiry):
        deleted = inquiry is not None and inquiry.deleted_at is not None
        key = "review_slack_deleted_here" if deleted else "slack_handover_withdrawn_here"
        tell_centre(desk, handover, f"withdrawn:{handover.id}", notice(key, language))
        return True
    after = record.passed_to(desk, handover)
    if after is not None:
        told = notice("slack_handover_elsewhere", language, centre=centre_name(after))
        tell_centre(desk, handover, f"elsewhere:{handover.id}", told)
        return True
    return False


def _answerable(desk: Desk, handover: Handover) -> bool:
    inquiry = desk.inquiries.get(handover.inquiry)
    return not record.is_gone(inquiry) and handover.passed_to is None


def edit_centre_reply(
    desk: Desk,
    *,
    team: str,
    channel: str,
    ts: str,
    text: str,
    before: str = "",
    thread_ts: str | None = None,
    user: str | None = None,
    internal: bool = False,
) -> bool:
    """A message was edited: what was brought to the other side of it follows.

    One that was made internal is taken back. In a handover's thread one that was internal and no
    longer is becomes an answer; what was not brought to the asker for another reason stays.

    Args:
        before: its text until now, plain like `text`.
        internal: it mentions somebody, or the bot: what went out stays as it is.

    Returns:
        Whether it was an answer or an addition, or was written in a handover's thread.
    """
    came_from = f"slack:{team}:{channel}:{ts}"
    if desk.inquiries.found(came_from) is not None:
        return False  # a question to the bot
    answer = desk.handovers.answer_from(came_from)
    if answer is None:
        handover = record.handover_at(desk, team, channel, thread_ts) if thread_ts else None
        if handover is None or thread_ts is None or user is None:
            return False
        if internal or not INTERNAL.match(before):
            return True
        return take_centre_reply(
            desk, team=team, channel=channel, ts=ts, thread_ts=thread_ts, user=user, text=text
        )
    inquiry = desk.inquiries.get(answer.inquiry)
    if inquiry is None or inquiry.deleted_at is not None:
        return True  # what was deleted is not written down again
    told, inside = masked(text).text, answer.centre is not None and INTERNAL.match(text)
    if answer.taken_back_at is not None or told == answer.text:
        return True
    if not visible(text) or inside:
        take_back(desk, answer.id)
        return True
    if internal and not alone(channel):
        return True
    with desk.store.write():
        desk.handovers.revise(answer.id, told)
        now = desk.handovers.answer_number(answer.id)
        assert now is not None
        answer_changed(desk, now)
    return True


def delete_centre_reply(desk: Desk, *, team: str, channel: str, ts: str) -> bool:
    """A message was deleted: what was brought to the other side of it goes too.

    Returns:
        Whether it was an answer or an addition.
    """
    came_from = f"slack:{team}:{channel}:{ts}"
    answer = desk.handovers.answer_from(came_from)
    if answer is None or desk.inquiries.found(came_from) is not None:
        return False
    take_back(desk, answer.id)
    return True


def take_back(desk: Desk, number: int) -> Answer | None:
    """Take an answer or an addition back; None if it was before.

    The text of it is deleted everywhere that Slack lets us. If it was the only answer, the asker
    waits again, also where the centre had closed it.
    """
    with desk.store.write():
        answer = desk.handovers.take_back(number)
        if answer is None:
            return None
        answer_changed(desk, answer)
        if answer.centre is not None:
            _unanswered_again(desk, answer)
    return answer


def _unanswered_again(desk: Desk, answer: Answer) -> None:
    waiting = record.unanswered_again(desk, answer)
    if waiting is None:
        return
    handover, reopened = waiting
    changed(desk, handover)
    inquiry = desk.inquiries.get(answer.inquiry)
    if not reopened or inquiry is None:
        return
    told = notice(
        "slack_handover_retracted",
        record.asker_language(inquiry),
        centre=centre_name(handover.centre),
    )
    tell_asker(desk, inquiry.id, f"retracted:{answer.id}", told)
    centre_notice(desk, handover, f"waits:{answer.id}", "slack_handover_waits_again")


def alone(channel: str) -> bool:
    """Whether nobody but the asker and the bot is there: a direct message."""
    return channel.startswith("D")


def masked(text: str) -> Masked:
    return mask(literal(text).strip())
