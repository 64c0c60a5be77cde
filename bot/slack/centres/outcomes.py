"""How a handover ends: passed on, closed by the centre or the asker, withdrawn; and opened again.

Each may be called within a transaction: Slack is called after it.
"""

from __future__ import annotations

from bot.slack.blocks import notice
from bot.slack.blocks.handover import centre_name, finished
from bot.slack.centres import record
from bot.slack.centres.papers import Papers
from bot.slack.centres.sending import centre_notice, tell_asker
from bot.slack.centres.showing import changed
from bot.slack.desk import Desk
from knowledge.register import Handover


def pass_on(desk: Desk, handover: Handover, centre: str, note: str) -> Handover | None:
    """Give it to another centre; None if it was closed before. `send` the new one afterwards.

    Args:
        note: what the one centre tells the other, masked.
    """
    with desk.store.write():
        new = desk.handovers.pass_on(handover.id, centre, note)
        old = desk.handovers.get(handover.id)
        if new is not None and old is not None:
            changed(desk, old)
    return new


def close(desk: Desk, handover: Handover) -> bool:
    """The centre is done; the asker is told, and can open it again. False if it was closed."""
    with desk.store.write():
        standing = desk.handovers.open_of(handover.inquiry)
        if standing is None or standing.id != handover.id:
            return False
        desk.inquiries.resolve(handover.inquiry)
        desk.handovers.close(handover.inquiry)
        now = desk.handovers.get(handover.id)
        assert now is not None
        changed(desk, now)
        tell_closed(desk, now)
    return True


def tell_closed(desk: Papers, handover: Handover) -> None:
    """Tell the asker that the centre is done with it: once for each time it is closed."""
    inquiry = desk.inquiries.get(handover.inquiry)
    assert inquiry is not None
    told = finished(
        handover.centre,
        inquiry.id,
        record.asker_language(inquiry),
        answered=record.is_answered(desk, inquiry.id),
    )
    tell_asker(desk, inquiry.id, record.closed_key(handover), told)


def reopen(desk: Desk, handover: Handover) -> bool:
    """The centre takes back that it was done; the asker is told. False if it was not closed."""
    with desk.store.write():
        before = desk.handovers.last_of(handover.inquiry)
        if before is None or before.id != handover.id:
            return False
        now = record.reopen(desk, handover.inquiry)
        if now is None:
            return False
        changed(desk, now)
        tell_open_again(desk, before)
    return True


def tell_open_again(desk: Papers, before: Handover) -> bool:
    """Tell the asker that the centre took back that it was done.

    Args:
        before: as it was while it was closed.

    Returns:
        False if the asker was not told yet that it was closed, and now is not at all.
    """
    if record.not_wanted(desk, record.closed_key(before), record.TAKEN_BACK):
        return False
    inquiry = desk.inquiries.get(before.inquiry)
    assert inquiry is not None
    told = notice(
        "slack_handover_reopened",
        record.asker_language(inquiry),
        centre=centre_name(before.centre),
    )
    tell_asker(desk, inquiry.id, f"reopened:{before.id}:{record.moment(before.closed_at)}", told)
    return True


def close_for_asker(desk: Desk, inquiry: int) -> None:
    """The asker pressed «Løst»: the handover is closed, and the centre's thread says so."""
    with desk.store.write():
        handover = desk.handovers.open_of(inquiry)
        if handover is None:
            return
        desk.handovers.close(inquiry)
        now = desk.handovers.get(handover.id)
        assert now is not None
        changed(desk, now)
        key = f"solved:{now.id}:{record.moment(now.closed_at)}"
        centre_notice(desk, now, key, "slack_handover_asker_resolved")


def reopen_for_asker(desk: Desk, inquiry: int) -> None:
    """The asker took «Løst» back, or opened again what the centre had closed."""
    with desk.store.write():
        before = desk.handovers.last_of(inquiry)
        now = record.reopen(desk, inquiry)
        if before is None or now is None:
            return
        changed(desk, now)
        tell_reopened(desk, before)


def tell_reopened(desk: Desk, before: Handover) -> None:
    """Tell the centre that the asker opened it again: once for each time it was closed."""
    key = f"unsolved:{before.id}:{record.moment(before.closed_at)}"
    centre_notice(desk, before, key, "slack_handover_asker_reopened")


def withdraw_from_centre(desk: Desk, inquiry: int) -> None:
    """The asker took the question back: wherever a centre was shown it, its text goes.

    Within the transaction that withdraws it.
    """
    with desk.store.write():
        desk.handovers.close(inquiry)
        for handover in desk.handovers.of(inquiry):
            changed(desk, handover)


def question_changed(desk: Desk, inquiry: int) -> None:
    """The asker edited the question: the centre that has it sees the new one."""
    with desk.store.write():
        handover = desk.handovers.open_of(inquiry)
        if handover is not None:
            changed(desk, handover)
