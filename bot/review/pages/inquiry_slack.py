"""What a change on the pages means for Slack: rows of the outbox, which the running bot posts.

What that is, `bot.slack.centres` knows; here is only the way to it.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from bot.review.site import Site
from bot.slack.centres import record
from bot.slack.centres.following import following
from bot.slack.centres.papers import PapersOnly
from bot.slack.centres.replies import deliver
from bot.slack.centres.sending import asker_place
from bot.slack.threads import Threads
from knowledge.register import Answer


def came_from_slack(site: Site, inquiry: int) -> bool:
    return Threads(site.store).place(inquiry) is not None


def reachable(site: Site, inquiry: int) -> bool:
    """Whether the asker reads in Slack what a centre answers."""
    return asker_place(PapersOnly.over(site.store), inquiry) is not None


def followed(site: Site, *inquiries: int) -> AbstractContextManager[None]:
    """Around a change of inquiries: one transaction with what it means for Slack."""
    return following(PapersOnly.over(site.store), inquiries)


def relay(site: Site, answer: Answer, *, masked: bool) -> bool:
    """Send a centre's answer to the asker's thread, and tell the centre's own thread of it.

    Within the transaction that keeps the answer.

    Returns:
        False if the asker cannot be reached in Slack.
    """
    desk = PapersOnly.over(site.store)
    handover = desk.handovers.last_of(answer.inquiry)
    thread = record.centre_thread(desk, handover.id) if handover is not None else None
    return f"relay:{answer.id}" in deliver(desk, answer, thread, by="form", masked=masked)
