"""What a change on the review pages means for those who follow the inquiry in Slack.

The same is written as when it is done in Slack, with the same functions; the running bot posts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bot.slack.blocks import notice
from bot.slack.blocks.handover import centre_name, confirmation
from bot.slack.centres import record
from bot.slack.centres.outcomes import tell_closed, tell_open_again
from bot.slack.centres.papers import Papers
from bot.slack.centres.sending import centre_notice, tell_asker
from bot.slack.centres.showing import answer_changed, changed
from bot.slack.posts import Place
from knowledge.register import Answer, Handover, Inquiry
from knowledge.register.corrections import DONE


@contextmanager
def following(desk: Papers, inquiries: Iterable[int]) -> Iterator[None]:
    """Around a change of inquiries: one transaction with what follows from it."""
    numbers = list(dict.fromkeys(inquiries))
    with desk.store.write():
        before = {number: _seen(desk, number) for number in numbers}
        yield
        for number in numbers:
            now = _seen(desk, number)
            if now != before[number]:
                _follow(desk, now, before[number].handovers)


@dataclass(frozen=True)
class _Seen:
    """What messages in Slack show of an inquiry."""

    inquiry: Inquiry
    handovers: list[Handover]
    answers: list[Answer]


def _seen(desk: Papers, number: int) -> _Seen:
    inquiry = desk.inquiries.get(number)
    assert inquiry is not None
    unseen = {"note": "", "revision": 0, "reviewed_at": None, "centre": None, "topics": {}}
    return _Seen(
        inquiry.model_copy(update=unseen),
        desk.handovers.of(number),
        desk.handovers.answers(number),
    )


def _follow(desk: Papers, seen: _Seen, before: Sequence[Handover]) -> None:
    inquiry = seen.inquiry
    for handover in seen.handovers:
        changed(desk, handover)
    for answer in seen.answers:
        _said(desk, answer, inquiry)
    if record.is_gone(inquiry):
        return
    was = next((one for one in before if one.closed_at is None), None)
    now = desk.handovers.open_of(inquiry.id)
    if now is None and was is not None:
        _nobody_has_it(desk, inquiry, was)
    elif now is not None and (was is None or was.id != now.id):
        earlier = next((one for one in before if one.id == now.id), None)
        if earlier is not None:  # a new one is sent by the bot's clock
            _again(desk, inquiry, earlier, was)


def _said(desk: Papers, answer: Answer, inquiry: Inquiry) -> None:
    """An answer or an addition may read differently now.

    What the asker was answered stays with the asker, also when the inquiry is deleted here.
    """
    key = f"relayed:{answer.id}"
    if inquiry.deleted_at is not None:
        for shown in (key, f"addition:{answer.id}"):
            if not record.outdated(desk, shown):
                record.not_wanted(desk, shown, record.WITHDRAWN)
        record.not_wanted(desk, f"relay:{answer.id}", record.WITHDRAWN)
        return
    answer_changed(desk, answer)
    post = desk.posts.get(key)
    if answer.taken_back_at is None and post is not None and not record.outdated(desk, key):
        language = record.channel_language(desk, Place(post.team, post.channel))
        record.replaced(desk, key, confirmation(answer, language, by="form"))


def _nobody_has_it(desk: Papers, inquiry: Inquiry, was: Handover) -> None:
    """The centre is done with it, or was not to have it."""
    closed = desk.handovers.get(was.id)
    assert closed is not None
    if inquiry.status in DONE:
        tell_closed(desk, closed)
    elif _knows(desk, closed):
        key = f"not_there:{closed.id}:{record.moment(closed.closed_at)}"
        language, centre = record.asker_language(inquiry), centre_name(closed.centre)
        tell_asker(desk, inquiry.id, key, notice("review_slack_not_there", language, centre=centre))


def _again(desk: Papers, inquiry: Inquiry, earlier: Handover, was: Handover | None) -> None:
    """A centre has it again: it is not done with it, or what it passed on came back.

    Args:
        earlier: its handover, while it was closed.
        was: the one to the centre that had it meanwhile.
    """
    at = record.moment(earlier.closed_at)
    if was is not None:
        if _knows(desk, was):
            language, centre = record.asker_language(inquiry), centre_name(earlier.centre)
            told = notice("review_slack_back", language, centre=centre)
            tell_asker(desk, inquiry.id, f"back:{earlier.id}:{at}", told)
    elif not _knows(desk, earlier) or not tell_open_again(desk, earlier):
        return
    centre_notice(desk, earlier, f"open_here:{earlier.id}:{at}", "review_slack_open_here")


def _knows(desk: Papers, handover: Handover) -> bool:
    """Whether the asker was told of a handover."""
    return any(desk.posts.get(f"{kind}:{handover.id}") is not None for kind in ("sent", "queued"))
