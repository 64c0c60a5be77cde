"""How to ask, and the asker's own inquiries."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import ConfirmObject

from bot.slack import ids
from bot.slack.blocks.limits import fit
from bot.slack.blocks.pieces import Rendered, button, rich, shorten
from knowledge.calendar import OSLO
from knowledge.messages import Language, say
from knowledge.register import Inquiry, Status

MOST_LISTED = 20
FIRST_WORDS = 120

STATUS: dict[Status, str] = {
    "new": "slack_status_new",
    "waiting": "slack_status_waiting",
    "answered": "slack_status_answered",
    "resolved": "slack_status_resolved",
    "not_an_inquiry": "slack_status_set_aside",
}


def help_text(language: Language) -> Rendered:
    """The ways to ask, the subcommands, and what not to write."""
    lines = [
        say("slack_help_ways", language, command=ids.COMMAND),
        say("slack_help_commands", language, command=ids.COMMAND),
        say("slack_help_not", language),
    ]
    return Rendered("\n\n".join(lines)[:3000], fit([rich(line) for line in lines], "message"))


def status_label(status: Status, language: Language) -> str:
    return say(STATUS[status], language)


def ask_again(inquiry: int, language: Language) -> Rendered:
    """The question was edited: a button to have the new one answered."""
    text = say("slack_edited", language)
    again = button(say("slack_ask_again", language), ids.ASK_AGAIN, str(inquiry))
    row = {"type": "actions", "block_id": f"again:{inquiry}", "elements": [again]}
    return Rendered(text, fit([rich(text), row], "message"))


def my_inquiries(
    inquiries: Sequence[Inquiry], language: Language, *, delete: bool = False
) -> Rendered:
    """The asker's inquiries, newest first; with `delete`, the button that removes them."""
    if not inquiries:
        text = say("slack_mine_none", language)
        return Rendered(text, [rich(text)])
    heading = say("slack_mine", language, count=len(inquiries))
    blocks = [rich(heading)]
    for inquiry in inquiries[:MOST_LISTED]:
        line = say(
            "slack_mine_line",
            language,
            inquiry=inquiry.id,
            date=f"{inquiry.received_at.astimezone(OSLO):%d.%m.%Y}",
            status=status_label(inquiry.status, language),
            question=shorten(inquiry.question, FIRST_WORDS) or "–",
        )
        blocks.append(rich(line))
    if delete:
        blocks.append(
            {
                "type": "actions",
                "block_id": "forget",
                "elements": [
                    button(
                        say("slack_forget", language),
                        ids.FORGET_ME,
                        "all",
                        style="danger",
                        confirm=ConfirmObject(
                            title=say("slack_forget_title", language),
                            text=say("slack_forget_confirm", language),
                            confirm=say("slack_forget", language),
                            deny=say("slack_forget_not", language),
                        ),
                    )
                ],
            }
        )
    return Rendered(heading, fit(blocks, "message"))
