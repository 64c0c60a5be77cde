"""Handing an inquiry over: on disk at once, then into the centre's channel, and the asker told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.slack.blocks import Rendered, notice
from bot.slack.blocks.handover import addition, centre_name
from bot.slack.blocks.handover_modals import Filled, destination, prefilled
from bot.slack.centres import record
from bot.slack.centres.calls import attempt, poke
from bot.slack.centres.own import own_inquiry
from bot.slack.centres.papers import Papers
from bot.slack.centres.showing import permalink_of, private, show
from bot.slack.desk import Desk
from bot.slack.posts import Place
from knowledge.calendar import working_time_later
from knowledge.register import Handover, Inquiry

NOT_OURS: Final = frozenset(
    {"channel_not_found", "not_in_channel", "is_archived", "not_installed", "method_not_supported"}
)
"""What Slack says of a channel that the bot cannot write in."""


@dataclass(frozen=True)
class HandedOver:
    """What became of a submission: the handover, and whether it is new."""

    handover: Handover
    new: bool


def hand_over(
    desk: Desk,
    *,
    team: str,
    user: str,
    inquiry: Inquiry,
    filled: Filled,
    channel: str | None = None,
) -> HandedOver:
    """Write down that a centre is asked; on disk when this returns. `filled` is masked.

    Who did not ask themselves gets an inquiry of their own, and the other one stays as it is. One
    that a centre has already stays with it, and nothing is changed.

    Args:
        channel: Slack's id of where the button stands.

    Raises:
        ValueError: there is no centre to go to.
    """
    centre, reason = destination(filled, list(inquiry.topics))
    if centre is None:
        raise ValueError("no centre")
    who = desk.pseudonyms.of(team, user)
    with desk.store.write():
        if inquiry.asker != who:
            inquiry = own_inquiry(
                desk, team=team, user=user, original=inquiry, filled=filled, channel=channel
            )
        standing = desk.handovers.open_of(inquiry.id)
        if standing is not None:
            return HandedOver(standing, False)
        if filled.question != prefilled(inquiry.question):
            kinds = sorted({*inquiry.masked, *filled.masked})
            desk.inquiries.revise(inquiry.id, filled.question, kinds)
        if filled.municipality is not None:
            record.correct_municipality(desk, inquiry, filled.municipality, centre)
            if desk.people.get(who).municipality is None:
                desk.people.change(who, municipality=filled.municipality)
        desk.inquiries.resolve(inquiry.id, resolved=False)
        handover, new = desk.handovers.open(
            inquiry.id, centre=centre, reason=reason, topic=filled.topic, note=filled.note
        )
    return HandedOver(handover, new)


def reach(desk: Desk, team: str, user: str, inquiry: int) -> Place | None:
    """Where the asker reads from now on: where they asked, or a direct message if that was private.

    Calls Slack. None if no direct message could be opened.
    """
    place = desk.threads.place(inquiry)
    if place is not None and not private(desk, inquiry):
        return place
    opened, _ = attempt(
        "direct message", lambda: desk.clients.reading(team).conversations_open(users=[user])
    )
    if not opened:
        return asker_place(desk, inquiry)
    channel = str(opened["channel"]["id"])
    if place is None or place.channel != channel:
        desk.threads.move(inquiry, Place(team, channel))
    return desk.threads.place(inquiry)


def asker_place(desk: Papers, inquiry: int) -> Place | None:
    """Where the asker is told; None where that would show others what was private."""
    place = desk.threads.place(inquiry)
    if place is None or place.channel.startswith("D") or not private(desk, inquiry):
        return place
    return None


def send(desk: Desk, handover: Handover, *, user: str | None = None) -> bool:
    """Post a handover into its centre's channel and tell the asker; each is done once.

    Calls Slack. Where the centre has no channel, or the bot is not in it, the asker is told that
    it waits, and `send_unsent` sends it later.

    Args:
        user: Slack's id of who handed it over, for a direct message if the thread cannot be
            written in.
    """
    inquiry = desk.inquiries.get(handover.inquiry)
    if inquiry is None or record.is_gone(inquiry):
        return False
    to = desk.channels.centre_place(handover.centre)
    key = record.handover_key(handover.id)
    if to is None or not _may_post(desk, to):
        _tell_asker(desk, inquiry, f"queued:{handover.id}", _queued(desk, handover, inquiry), user)
        return False
    permalink = permalink_of(desk, inquiry.id)
    with desk.store.write():
        now = desk.handovers.get(handover.id)
        if now is None or now.closed_at is not None:
            return False
        record.forget_failed(desk, key)
        new = desk.posts.put(key, to, show(desk, now, permalink=permalink), inquiry=inquiry.id)
        told = _tell_asker(
            desk, inquiry, f"sent:{handover.id}", _sent(desk, now, inquiry), user, at_once=False
        )
    if new:
        poke(desk, key)
    if told:
        poke(desk, f"sent:{handover.id}")
    return True


def send_unsent(desk: Desk) -> None:
    """Send what waits for a centre's channel, and what the asker added meanwhile. Calls Slack.

    On the clock, and when a centre's channel is set.
    """
    for handover in record.unsent(desk):
        send(desk, handover)
    _send_additions(desk)


def _may_post(desk: Desk, to: Place) -> bool:
    """Whether the bot is in the channel; if Slack does not tell, the outbox finds out.

    By reading it, which takes no other scope than the bot has (conversations.info would).
    """
    client = desk.clients.reading
    _, error = attempt(
        "centre's channel",
        lambda: client(to.team).conversations_history(channel=to.channel, limit=1),
    )
    return error not in NOT_OURS


def _sent(desk: Papers, handover: Handover, inquiry: Inquiry) -> Rendered:
    language = record.asker_language(inquiry)
    centre = centre_name(handover.centre)
    before = record.passed_from(desk, handover)
    if before is not None:
        return notice("slack_handover_passed", language, before=centre_name(before), centre=centre)
    return notice("slack_handover_sent", language, centre=centre)


def _queued(desk: Papers, handover: Handover, inquiry: Inquiry) -> Rendered:
    language, centre = record.asker_language(inquiry), centre_name(handover.centre)
    before = record.passed_from(desk, handover)
    if before is not None:
        former = centre_name(before)
        return notice("slack_handover_passed_queued", language, before=former, centre=centre)
    return notice("slack_handover_queued", language, centre=centre)


def _tell_asker(
    desk: Papers,
    inquiry: Inquiry,
    key: str,
    told: Rendered,
    user: str | None = None,
    *,
    at_once: bool = True,
) -> bool:
    place = asker_place(desk, inquiry.id)
    if place is None:
        return False
    new = desk.posts.put(key, place, told, inquiry=inquiry.id, recipient=user)
    if new and at_once:
        poke(desk, key)
    return new


def tell_asker(desk: Papers, inquiry: int, key: str, told: Rendered) -> None:
    """One message where the asker reads, once for each key."""
    found = desk.inquiries.get(inquiry)
    if found is not None and not record.is_gone(found):
        _tell_asker(desk, found, key, told)


def tell_centre(desk: Papers, handover: Handover, key: str, told: Rendered) -> bool:
    """One message in a handover's thread, once for each key; False if it has no thread yet."""
    place = record.centre_thread(desk, handover.id)
    if place is None:
        return False
    if desk.posts.put(key, place, told, inquiry=handover.inquiry):
        poke(desk, key)
    return True


def centre_notice(desk: Papers, handover: Handover, key: str, sentence: str) -> bool:
    """One sentence of the catalogue in a handover's thread, in the language of the channel."""
    place = record.centre_thread(desk, handover.id)
    if place is None:
        return False
    return tell_centre(desk, handover, key, notice(sentence, record.channel_language(desk, place)))


def _send_additions(desk: Desk) -> None:
    """What was added before the centre's thread was there."""
    rows = desk.store.database.conn.execute(
        "SELECT h.id, a.id FROM handovers AS h "
        "JOIN slack_posts AS p ON p.key = 'handover:' || h.id AND p.state = 'posted' "
        "JOIN inquiry_answers AS a ON a.inquiry = h.inquiry AND a.centre IS NULL "
        "AND a.taken_back_at IS NULL AND a.text <> '' AND a.at >= p.created_at "
        "WHERE h.closed_at IS NULL AND NOT EXISTS "
        "(SELECT 1 FROM slack_posts AS s WHERE s.key = 'addition:' || a.id) ORDER BY a.id"
    ).fetchall()
    for handover, answer in rows:
        send_addition(desk, int(handover), int(answer))


def send_addition(desk: Papers, handover: int, answer: int) -> None:
    """Post what the asker added into the centre's thread, if there is one yet."""
    found, added = desk.handovers.get(handover), desk.handovers.answer_number(answer)
    place = record.centre_thread(desk, handover)
    if found is not None and added is not None and place is not None:
        told = addition(added, record.channel_language(desk, place))
        tell_centre(desk, found, f"addition:{answer}", told)


def remind(desk: Desk, now: datetime | None = None) -> None:
    """One reminder for each handover that nobody answered within a working day.

    Counted from when the centre could read it, which is later than it was asked where the centre
    had no channel yet.
    """
    now = now or datetime.now(UTC)
    for handover in desk.handovers.unanswered():
        post = record.handover_post(desk, handover.id)
        if post is None or post.state != "posted":
            continue
        if working_time_later(max(handover.at, post.created_at)) > now:
            continue
        with desk.store.write():
            if desk.handovers.reminded(handover.id):
                key = f"reminder:{handover.id}"
                centre_notice(desk, handover, key, "slack_handover_reminder")
