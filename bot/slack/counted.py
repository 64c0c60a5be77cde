"""What became of a message, counted and logged."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Final

from bot.metrics.collecting import count, observe
from bot.metrics.names import (
    ANSWER_TIME,
    ANSWERS,
    COMPOSE_TIME,
    POSTED,
    QUESTIONS,
    REMINDERS,
    RETRIES,
)
from bot.slack.posts import Post

log = logging.getLogger(__name__)

RATE_LIMITED: Final = frozenset({"ratelimited", "rate_limited"})
REMINDING: Final = {"reminder": "handover", "annual": "annual"}
"""Kinds of messages that remind a centre, and of what."""


def received(inquiry: int, way: str) -> None:
    """A new question is on disk.

    Args:
        way: "channel", "direct", "command" or "registered".
    """
    count(QUESTIONS, way=way)
    log.info("question received: inquiry=%s way=%s", inquiry, way)


def posted(post: Post) -> None:
    """Slack has it."""
    seconds = (datetime.now(UTC) - post.created_at).total_seconds()
    count(POSTED, kind=post.kind, result="posted")
    if post.kind == "answer":
        observe(ANSWER_TIME, seconds)
    if post.kind in REMINDING:
        count(REMINDERS, kind=REMINDING[post.kind])
    log.info("posted: post=%s tries=%d seconds=%s", post.label, post.tries, round(seconds, 3))


def failed(post: Post, code: str) -> None:
    """It is given up."""
    count(POSTED, kind=post.kind, result="failed")
    log.warning("given up: post=%s tries=%d error=%s", post.label, post.tries, code)


def waits(post: Post, code: str, reason: str) -> None:
    """It is tried again.

    Args:
        code: Slack's error, or the type of an exception.
        reason: of the metric; "server_error" for an error of Slack's that is not told apart.
    """
    count(RETRIES, reason="ratelimited" if code in RATE_LIMITED else reason)
    log.warning("post waits: post=%s error=%s", post.label, code)


def refused(post: Post, code: str, reason: str) -> None:
    """Slack refuses it until somebody mends the installation or invites the bot."""
    count(RETRIES, reason=reason)
    log.error("slack refuses: post=%s error=%s", post.label, code)


def composed(inquiry: int, outcome: str, seconds: float) -> None:
    """The content of an answer is on disk."""
    count(ANSWERS, outcome=outcome)
    observe(COMPOSE_TIME, seconds)
    log.info("answer made: inquiry=%s outcome=%s seconds=%s", inquiry, outcome, round(seconds, 3))
