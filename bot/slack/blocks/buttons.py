"""The buttons below a reply: whether it helped, a person to ask, done, more, and who asks."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Final

from slack_sdk.models.blocks import (
    ActionsBlock,
    ContextActionsBlock,
    FeedbackButtonObject,
    FeedbackButtonsElement,
    PlainTextObject,
)

from bot.slack import ids
from bot.slack.blocks.pieces import BUTTON_CHARACTERS, Block, button, one_line, shorten, visible
from knowledge.messages import Language, say

MOST_CHOICES: Final = 3
"""A question is asked back with no more than these: more would be a menu (issue text, point 3)."""


def feedback(inquiry: int, language: Language) -> Block:
    """Slack's own two thumbs; their values are «up:12» and «down:12»."""
    return dict(
        ContextActionsBlock(
            block_id=f"vote:{inquiry}",
            elements=[
                FeedbackButtonsElement(
                    action_id=ids.FEEDBACK,
                    positive_button=_thumb(
                        f"up:{inquiry}",
                        say("slack_button_helpful", language),
                        say("slack_button_helpful_spoken", language),
                    ),
                    negative_button=_thumb(
                        f"down:{inquiry}",
                        say("slack_button_not_helpful", language),
                        say("slack_button_not_helpful_spoken", language),
                    ),
                )
            ],
        ).to_dict()
    )


def _thumb(value: str, text: str, spoken: str) -> FeedbackButtonObject:
    words = PlainTextObject(text=text, emoji=False)
    return FeedbackButtonObject(text=words, value=value, accessibility_label=spoken)


def actions(
    inquiry: int,
    language: Language,
    *,
    to_centre: bool = True,
    primary: bool = False,
    resolved: bool = False,
    more: bool = False,
    share: bool = False,
    who: bool = False,
) -> Block:
    """The row of buttons; «Løst» is always among them.

    Args:
        primary: «Spør en utviklingssentral» stands out, as the way on.
    """
    number = str(inquiry)
    ask = button(
        say("slack_button_centre", language), ids.TO_CENTRE, number, "primary" if primary else None
    )
    further = button(
        say("slack_button_more", language),
        ids.MORE,
        number,
        spoken=say("slack_button_more_spoken", language),
    )
    elements = [
        *([ask] if to_centre else []),
        resolved_button(inquiry, resolved, language),
        *([further] if more else []),
        *([button(say("slack_button_share", language), ids.SHARE, number)] if share else []),
        *([button(say("slack_button_who", language), ids.WHO_ASKS, number)] if who else []),
    ]
    return dict(ActionsBlock(block_id=f"do:{inquiry}", elements=elements).to_dict())


def resolved_button(inquiry: int, resolved: bool, language: Language) -> Block:
    """«Løst», or «Merket som løst · Angre» once it is."""
    if resolved:
        return button(
            say("slack_undo_resolved", language),
            ids.UNRESOLVED,
            str(inquiry),
            spoken=say("slack_undo_resolved_spoken", language),
        )
    return button(
        say("slack_button_resolved", language),
        ids.RESOLVED,
        str(inquiry),
        spoken=say("slack_button_resolved_spoken", language),
    )


def choices(inquiry: int, labels: Sequence[str]) -> Block:
    """One button for each thing the question may be about; the value is «12:0», «12:1», …"""
    shown = list(labels[:MOST_CHOICES])
    return dict(
        ActionsBlock(
            block_id=f"choose:{inquiry}",
            elements=[
                button(label, f"{ids.CHOICE}_{index}", f"{inquiry}:{index}")
                for index, label in enumerate(_told_apart(shown))
            ],
        ).to_dict()
    )


def _told_apart(labels: Sequence[str]) -> list[str]:
    """Labels as they fit on buttons; numbered where two would read the same, or one nothing."""
    short = [shorten(one_line(label), BUTTON_CHARACTERS) for label in labels]
    if len(set(short)) == len(short) and all(visible(label) for label in short):
        return short
    return [f"{number}. {label}" for number, label in enumerate(labels, start=1)]


def with_resolved(
    blocks: Sequence[Block], inquiry: int, resolved: bool, language: Language
) -> list[Block]:
    """The same message with «Løst» turned into «Merket som løst · Angre», or back.

    Args:
        blocks: those that were posted, from our own record: Slack hands texts back escaped.
    """
    changed = deepcopy(list(blocks))
    for block in changed:
        for place, element in enumerate(block.get("elements", ())):
            named = element.get("action_id") in (ids.RESOLVED, ids.UNRESOLVED)
            if named and element.get("value") == str(inquiry):
                block["elements"][place] = resolved_button(inquiry, resolved, language)
    return changed
