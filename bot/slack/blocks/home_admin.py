"""App Home for who administers the workspace: channels, centres' channels, and how the bot is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from slack_sdk.models.blocks import ConfirmObject, PlainTextObject

from bot.slack import ids
from bot.slack.blocks.fields import municipality_name, serving_centres
from bot.slack.blocks.modals import LANGUAGE_NAMES
from bot.slack.blocks.pieces import (
    Block,
    bullets,
    button,
    context,
    escape,
    heading,
    one_line,
    rich,
)
from bot.slack.blocks.settings import MODES
from bot.slack.channels import EVERYWHERE, ChannelSettings
from bot.slack.posts import Place
from knowledge.geography import Municipalities
from knowledge.messages import Language, Message, say
from knowledge.reference import Centre

MOST_CHANNELS: Final = 20
NEW: Final = "new"
"""The value of a button that sets something not set before."""

MEGABYTE: Final = 1_000_000


@dataclass(frozen=True)
class Health:
    """How the bot is.

    Attributes:
        generation: of the index in use; None with `trouble` where there is none to use.
        unposted: messages that wait for Slack, and `error`, the code the last one failed with.
        database_bytes: of the register; None where it is not for who looks.
    """

    generation: str | None
    documents: int
    trouble: Message | None
    unposted: int
    error: str | None
    inquiries: int
    database_bytes: int | None


@dataclass(frozen=True)
class AdminPart:
    """The settings of a workspace.

    Attributes:
        channels: by Slack's id; `EVERYWHERE` among them.
        centres: centre id -> where it is asked, None where nobody has said.
        staff: centre id -> how many said that they work there; a centre that is not among them is
            set up in another workspace.
    """

    channels: Mapping[str, ChannelSettings]
    centres: Mapping[str, Place | None]
    health: Health
    staff: Mapping[str, int]


def admin_blocks(part: AdminPart, language: Language) -> list[Block]:
    return [
        {"type": "divider"},
        *_channels(part, language),
        *_centres(part, language),
        heading(say("slack_admin_health", language)),
        rich(bullets([[line] for line in _health(part.health, language)])),
    ]


def _channels(part: AdminPart, language: Language) -> list[Block]:
    known = {EVERYWHERE: ChannelSettings(), **part.channels}
    shown = list(known.items())[:MOST_CHANNELS]
    rest = len(known) - len(shown)
    add = button(say("slack_admin_channel_add", language), ids.HOME_CHANNELS, NEW)
    return [
        heading(say("slack_admin_channels", language)),
        *(_channel(channel, settings, language) for channel, settings in shown),
        *([context(say("slack_admin_channels_more", language, count=rest))] if rest else ()),
        {"type": "actions", "block_id": "home_channels", "elements": [add]},
    ]


def _channel(channel: str, settings: ChannelSettings, language: Language) -> Block:
    code = settings.municipality
    municipality = Municipalities.load().by_code(code) if code else None
    told = [
        say(MODES[settings.mode], language),
        *([municipality_name(municipality)] if municipality else ()),
        say(
            "slack_home_language",
            language,
            name=LANGUAGE_NAMES[settings.language]
            if settings.language
            else say("slack_home_language_as_asked", language),
        ),
    ]
    everywhere = channel == EVERYWHERE
    name = escape(say("slack_admin_everywhere", language)) if everywhere else _named(channel)
    change = button(say("slack_home_change", language), ids.HOME_CHANNELS, channel)
    return _row(name, escape(" · ".join(told)), change)


def _centres(part: AdminPart, language: Language) -> list[Block]:
    blocks = [heading(say("slack_admin_centres", language))]
    for centre in serving_centres():
        place = part.centres.get(centre.id)
        people = part.staff.get(centre.id)
        if people is None:
            elsewhere = escape(say("slack_admin_elsewhere", language))
            blocks.append(_row(escape(centre.name), elsewhere, None))
            continue
        told = _named(place.channel) if place else escape(say("slack_admin_no_channel", language))
        if people:
            told += "\n" + escape(say("slack_admin_staff", language, count=people))
        change = button(say("slack_home_change", language), ids.HOME_CENTRES, centre.id)
        blocks.append(_row(escape(centre.name), told, change))
        if people:
            blocks.append(_staff(centre, language))
    return blocks


def _staff(centre: Centre, language: Language) -> Block:
    """The button that takes the queue from all who said that they work at a centre."""
    confirm = ConfirmObject(
        title=PlainTextObject(text=say("slack_admin_clear_staff_title", language)),
        text=PlainTextObject(
            text=say("slack_admin_clear_staff_text", language, centre=centre.name)
        ),
        confirm=PlainTextObject(text=say("slack_admin_clear_staff_yes", language)),
        deny=PlainTextObject(text=say("slack_modal_cancel", language)),
        style="danger",
    )
    clear = button(
        say("slack_admin_clear_staff", language), ids.CLEAR_STAFF, centre.id, "danger", confirm
    )
    return {"type": "actions", "block_id": f"home_staff:{centre.id}", "elements": [clear]}


def _row(name: str, told: str, change: Block | None) -> Block:
    """A name and what is told of it as mrkdwn, with a button beside them."""
    text = {"type": "mrkdwn", "text": f"*{name}*\n{told}"}
    return {"type": "section", "text": text, **({"accessory": change} if change else {})}


def _named(channel: str) -> str:
    """A channel as mrkdwn names it. The id is one of Slack's, checked when it was set."""
    return f"<#{channel}>"


def _health(health: Health, language: Language) -> list[str]:
    index = (
        say(
            "slack_admin_index",
            language,
            generation=health.generation,
            documents=health.documents,
        )
        if health.trouble is None
        else one_line(health.trouble.sentence(language))
    )
    posts = (
        say("slack_admin_posts_none", language)
        if not health.unposted
        else say(
            "slack_admin_posts",
            language,
            count=health.unposted,
            error=health.error or "–",
        )
    )
    if health.database_bytes is None:
        told = say("slack_admin_asked_here", language, inquiries=health.inquiries)
        return [index, posts, told]
    size = f"{health.database_bytes / MEGABYTE:.1f}"
    database = say(
        "slack_admin_database",
        language,
        inquiries=health.inquiries,
        size=size if language == "en" else size.replace(".", ","),
    )
    return [index, posts, database]
