"""The content of an answer that is due: searched, recorded, rendered."""

from __future__ import annotations

import logging
import time

from bot.answering.answer import Received
from bot.answering.reply import Reply
from bot.slack import counted
from bot.slack.blocks import answer
from bot.slack.clients import NotInstalled
from bot.slack.desk import Desk
from bot.slack.posts import Post
from bot.slack.quietly import hasty, quietly
from knowledge.messages import Language, say

log = logging.getLogger(__name__)


def compose(desk: Desk, post: Post) -> None:
    """Make an answer ready: what it shows is recorded in the same transaction."""
    inquiry = desk.inquiries.get(post.number)
    if inquiry is None or inquiry.withdrawn_at is not None:
        desk.posts.failed(post.key, "withdrawn")
        return
    _show_at_work(desk, post, inquiry.language or "nb")
    began = time.monotonic()
    received = desk.answerer.received_again(inquiry)
    reply = _reply(desk, post, received)
    asker = desk.people.get(inquiry.asker) if inquiry.asker else None
    known = inquiry.municipality is not None
    rendered = answer(
        reply,
        reply.language,
        private=post.way != "message",
        ask_who=asker is not None and desk.ask_for_municipality(asker, known=known),
        choices=reply.parts or None,
    )
    with desk.store.write():
        desk.answerer.record(reply)
        desk.inquiries.show(post.number, [quote.shown() for quote in reply.quotes])
        desk.posts.ready(post.key, rendered)
    if post.kind == "answer":
        counted.composed(post.number, reply.outcome, time.monotonic() - began)


def _show_at_work(desk: Desk, post: Post, language: Language) -> None:
    """«Leser kildene …» in a direct message until the answer comes; Slack takes it away itself."""
    if post.way != "message" or post.thread_ts is None or not post.channel.startswith("D"):
        return
    try:
        client = hasty(desk.clients.posting(post.team))
    except NotInstalled:
        return
    quietly(
        client.assistant_threads_setStatus,
        channel_id=post.channel,
        thread_ts=post.thread_ts,
        status=say("slack_at_work", language),
    )


def _reply(desk: Desk, post: Post, received: Received) -> Reply:
    try:
        if post.kind == "choice":
            return desk.answerer.chosen(received, int(post.key.split(":")[2]))
        return desk.answerer.reply(received)
    except Exception as error:  # every question gets a reply; the type only is logged
        log.error("answer failed: inquiry=%s error=%s", post.number, type(error).__name__)
        return desk.answerer.failure(received)


def again(desk: Desk, inquiry: int) -> Reply | None:
    """The reply to an inquiry once more, for more of it or to show it to others."""
    found = desk.inquiries.get(inquiry)
    if found is None or found.withdrawn_at is not None:
        return None
    return desk.answerer.reply(desk.answerer.received_again(found))
