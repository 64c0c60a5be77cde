"""What the parts of App Home are made of: dates in words, lists, rows with a button."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from bot.slack.blocks.pieces import Block, Inline, one_line, plain, section, shorten
from knowledge.calendar import OSLO
from knowledge.messages import Language, say

FIRST_WORDS: Final = 120
"""Characters of a question in a list."""


def day(moment: datetime, language: Language) -> str:
    """«3. mars 2026», by the clock in Norway."""
    local = moment.astimezone(OSLO)
    return say(
        "slack_date", language, day=local.day, month=_month(local, language), year=local.year
    )


def month(moment: datetime, language: Language) -> str:
    """«mars 2026»"""
    local = moment.astimezone(OSLO)
    return f"{_month(local, language)} {local.year}"


def _month(local: datetime, language: Language) -> str:
    return say("slack_months", language).split(",")[local.month - 1]


def first_words(question: str) -> str:
    return shorten(one_line(question), FIRST_WORDS) or "–"


def channel_reference(channel: str | None) -> Block | None:
    """A channel by its id, which Slack shows as its name; it notifies nobody."""
    return {"type": "channel", "channel_id": channel} if channel else None


def bullet_list(entries: Iterable[tuple[Sequence[Inline], Block | None]]) -> Block:
    """A list; each entry is text, with or without a reference at its end. One at least."""
    made = []
    for parts, reference in entries:
        line = dict(section(*parts).to_dict())
        if reference is not None:
            line["elements"] = [*line["elements"], {"type": "text", "text": " "}, reference]
        made.append(line)
    styled = {"type": "rich_text_list", "style": "bullet", "elements": made}
    return {"type": "rich_text", "elements": [styled]}


def row(text: str, pressed: Block) -> Block:
    """Literal text with a button beside it."""
    return {"type": "section", "text": plain(text), "accessory": pressed}
