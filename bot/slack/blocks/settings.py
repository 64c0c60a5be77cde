"""The modals of an administrator: how the bot behaves in a channel, and where a centre is asked."""

from __future__ import annotations

from typing import Final

from bot.slack import ids
from bot.slack.blocks.fields import (
    asked,
    channel_menu,
    menu,
    modal,
    municipality_field,
    radios,
    serving_centres,
)
from bot.slack.blocks.modals import AS_ASKED, LANGUAGE_NAMES
from bot.slack.blocks.pieces import Block, Rendered, button, fallback, rich
from bot.slack.channels import EVERYWHERE, ChannelSettings, Mode
from knowledge.messages import LANGUAGES, Language, say
from knowledge.reference import Centre

MODES: Final[dict[Mode, str]] = {
    "mention": "slack_mode_mention",
    "every": "slack_mode_every",
    "off": "slack_mode_off",
}


def channel_modal(channel: str | None, settings: ChannelSettings, language: Language) -> Block:
    """How the bot behaves in `channel`, or in `EVERYWHERE` else; None lets one be chosen."""
    if channel is None:
        which = asked(
            ids.CHANNEL,
            say("slack_channel_which", language),
            channel_menu(),
            hint=say("slack_channel_which_hint", language),
        )
    elif channel == EVERYWHERE:
        which = rich(say("slack_channel_everywhere", language))
    else:
        which = _channel_line(channel)
    modes = [(mode, say(key, language)) for mode, key in MODES.items()]
    languages = [
        (AS_ASKED, say("slack_who_language_as_asked", language)),
        *((known, LANGUAGE_NAMES[known]) for known in LANGUAGES),
    ]
    return modal(
        ids.CHANNEL_MODAL,
        say("slack_channel_title", language),
        [
            which,
            asked(ids.MODE, say("slack_channel_mode", language), radios(modes, settings.mode)),
            municipality_field(
                language,
                settings.municipality,
                label=say("slack_channel_municipality", language),
            ),
            asked(
                ids.LANGUAGE,
                say("slack_channel_language", language),
                radios(languages, settings.language or AS_ASKED),
            ),
        ],
        language,
        submit=say("slack_modal_save", language),
        metadata={"channel": channel} if channel else {},
    )


def centre_channel_modal(centre: str | None, channel: str | None, language: Language) -> Block:
    """Where a centre is asked; an empty channel takes it away."""
    centres = [(known.id, known.name) for known in serving_centres()]
    return modal(
        ids.CENTRE_CHANNEL_MODAL,
        say("slack_centre_channel_title", language),
        [
            asked(ids.CENTRE, say("slack_centre_channel_centre", language), menu(centres, centre)),
            asked(
                ids.CHANNEL,
                say("slack_centre_channel_channel", language),
                channel_menu(channel),
                optional=True,
                hint=say("slack_centre_channel_hint", language),
            ),
        ],
        language,
        submit=say("slack_modal_save", language),
    )


def centre_welcome(centre: Centre, language: Language) -> Rendered:
    """What a centre's channel is told when it becomes one."""
    lines = [
        say("slack_centre_welcome", language, centre=centre.name),
        say("slack_centre_welcome_how", language),
        say("slack_centre_welcome_here", language),
    ]
    here = button(say("slack_centre_work_here", language), ids.WORK_HERE, centre.id, "primary")
    blocks = [rich(line) for line in lines]
    actions = {"type": "actions", "block_id": f"work_here:{centre.id}", "elements": [here]}
    return Rendered(fallback(lines), [*blocks, actions])


def _channel_line(channel: str) -> Block:
    """The channel by its id: Slack writes its name."""
    element = {"type": "channel", "channel_id": channel}
    section = {"type": "rich_text_section", "elements": [element]}
    return {"type": "rich_text", "elements": [section]}
