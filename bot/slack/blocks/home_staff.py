"""App Home for who works at a centre: what waits, and how the month goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.slack import ids
from bot.slack.blocks.home_pieces import bullet_list, day, first_words, month
from bot.slack.blocks.pieces import Block, button, context, heading, plain, rich, words
from knowledge.messages import Language, say
from knowledge.register.month import MonthFigures, QueueCounts

MOST_WAITING: Final = 10


@dataclass(frozen=True)
class Waiting:
    """An inquiry that a centre has; `question` is masked, `centre` its name."""

    inquiry: int
    centre: str
    question: str
    at: datetime
    answered: bool


@dataclass(frozen=True)
class StaffPart:
    """The queue and the figures of a centre, or of all (`centre`, a name, is None).

    Attributes:
        waiting: the open handovers, oldest first.
        since: the first moment of the month.
        works_at: id and name of the centre that who looks at it works at.
    """

    centre: str | None
    counts: QueueCounts
    waiting: Sequence[Waiting]
    month: MonthFigures
    since: datetime
    works_at: tuple[str, str] | None = None


def staff_blocks(part: StaffPart, language: Language) -> list[Block]:
    title = (
        say("slack_home_queue_of", language, centre=part.centre)
        if part.centre
        else say("slack_home_queue_all", language)
    )
    counts = part.counts
    fields = [
        say("slack_home_new", language, count=counts.new),
        say("slack_home_waiting", language, count=counts.waiting),
        say("slack_home_answered", language, count=counts.answered)
        if part.centre
        else say("slack_home_answered_all", language, count=counts.answered),
        *([say("slack_home_unplaced", language, count=counts.unplaced)] if counts.unplaced else ()),
    ]
    buttons = [button(say("slack_home_renew", language), ids.HOME_QUEUE, "renew")]
    if part.works_at is not None:
        centre, name = part.works_at
        spoken = say("slack_home_not_here_spoken", language, centre=name)
        not_here = say("slack_home_not_here", language)
        buttons.append(button(not_here, ids.NOT_HERE, centre, spoken=spoken))
    return [
        heading(title),
        _fields(fields),
        *_waiting(part, language),
        heading(say("slack_home_month", language, month=month(part.since, language))),
        _fields(_figures(part.month, language)),
        {"type": "actions", "block_id": "home_queue", "elements": buttons},
        {"type": "divider"},
    ]


def _waiting(part: StaffPart, language: Language) -> list[Block]:
    if not part.waiting:
        return [rich(say("slack_home_waiting_none", language))]
    entries = []
    for entry in part.waiting[:MOST_WAITING]:
        since = day(entry.at, language)
        start = (
            say("slack_home_has_reply", language, inquiry=entry.inquiry, date=since)
            if entry.answered
            else say("slack_home_waits_since", language, inquiry=entry.inquiry, date=since)
        )
        whose = "" if part.centre else f" {entry.centre}:"
        parts = [words(start, bold=True), words(f"{whose} {first_words(entry.question)}")]
        entries.append((parts, None))
    rest = len(part.waiting) - MOST_WAITING
    more = [context(say("slack_home_more_waiting", language, count=rest))] if rest > 0 else []
    return [bullet_list(entries), *more]


def _figures(figures: MonthFigures, language: Language) -> list[str]:
    return [
        say("slack_home_asked", language, count=figures.asked),
        say("slack_home_by_bot", language, count=figures.answered_by_bot),
        say("slack_home_not_covered", language, count=figures.not_covered),
        say("slack_home_handed_over", language, count=figures.handed_over),
        say("slack_home_helpful", language, count=figures.helpful),
        say("slack_home_not_helpful", language, count=figures.not_helpful),
    ]


def _fields(texts: Sequence[str]) -> Block:
    return {"type": "section", "fields": [plain(text, 2000) for text in texts]}
