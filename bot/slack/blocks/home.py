"""App Home: what the asker has asked and how to ask, and above it what a centre has to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from slack_sdk.models.blocks import ConfirmObject, PlainTextObject

from bot.slack import ids
from bot.slack.blocks.help import status_label
from bot.slack.blocks.home_admin import AdminPart, admin_blocks
from bot.slack.blocks.home_pieces import bullet_list, channel_reference, day, first_words, row
from bot.slack.blocks.home_staff import StaffPart, staff_blocks
from bot.slack.blocks.limits import fit
from bot.slack.blocks.modals import LANGUAGE_NAMES
from bot.slack.blocks.pieces import Block, bullets, button, context, heading, rich, words
from knowledge.geography import Municipalities
from knowledge.messages import Language, say
from knowledge.reference import Reference
from knowledge.register import Inquiry, Person

MOST_MINE: Final = 5
"""Inquiries on the page; `/frisksvar mine` lists more."""


@dataclass(frozen=True)
class HomePage:
    """What is shown to one person.

    Attributes:
        inquiries: theirs, newest first.
        channels: inquiry -> Slack's id of the channel it was asked in, for those not asked in a
            direct message.
        staff: None for who does not work at a centre.
        admin: None for who does not administer the workspace.
    """

    person: Person
    inquiries: Sequence[Inquiry] = ()
    channels: Mapping[int, str] = field(default_factory=dict)
    staff: StaffPart | None = None
    admin: AdminPart | None = None


def home_view(page: HomePage, language: Language) -> Block:
    """The view for views.publish."""
    blocks = [
        *(staff_blocks(page.staff, language) if page.staff else ()),
        *_about(page.person, language),
        *_mine(page, language),
        *_how(language),
        *(admin_blocks(page.admin, language) if page.admin else ()),
    ]
    return {"type": "home", "blocks": fit(blocks, "home", language=language)}


def _about(person: Person, language: Language) -> list[Block]:
    """Who asks, as far as they told, with the way to change it."""
    unknown = say("slack_home_not_told", language)
    found = Municipalities.load().by_code(person.municipality) if person.municipality else None
    actors = {actor.id: actor.label.text(language) for actor in Reference.load().actors}
    chosen = person.language if person.language_chosen else None
    lines = [
        say(
            "slack_home_municipality",
            language,
            municipality=f"{found.norwegian_name}, {found.county.name}" if found else unknown,
        ),
        say("slack_home_actor", language, actor=actors.get(person.actor or "", unknown)),
        say(
            "slack_home_language",
            language,
            name=LANGUAGE_NAMES[chosen]
            if chosen
            else say("slack_home_language_as_asked", language),
        ),
    ]
    change = button(
        say("slack_home_change", language),
        ids.HOME_WHO,
        "me",
        spoken=say("slack_home_change_spoken", language),
    )
    return [heading(say("slack_home_me", language)), row("\n".join(lines), change)]


def _mine(page: HomePage, language: Language) -> list[Block]:
    blocks = [heading(say("slack_home_mine", language))]
    if not page.inquiries:
        return [*blocks, rich(say("slack_home_mine_none", language))]
    entries = []
    for inquiry in page.inquiries[:MOST_MINE]:
        start = say(
            "slack_home_mine_line",
            language,
            inquiry=inquiry.id,
            date=day(inquiry.received_at, language),
            status=status_label(inquiry.status, language),
        )
        parts = [words(start, bold=True), words(f" {first_words(inquiry.question)}")]
        entries.append((parts, channel_reference(page.channels.get(inquiry.id))))
    blocks.append(bullet_list(entries))
    if len(page.inquiries) > MOST_MINE:
        blocks.append(context(say("slack_home_mine_more", language, command=ids.COMMAND)))
    forget = button(
        say("slack_home_forget", language),
        ids.FORGET_ME,
        "all",
        "danger",
        ConfirmObject(
            title=PlainTextObject(text=say("slack_home_forget_title", language)),
            text=PlainTextObject(text=say("slack_home_forget_text", language)),
            confirm=PlainTextObject(text=say("slack_home_forget_yes", language)),
            deny=PlainTextObject(text=say("slack_modal_cancel", language)),
            style="danger",
        ),
    )
    return [*blocks, {"type": "actions", "block_id": "home_forget", "elements": [forget]}]


def _how(language: Language) -> list[Block]:
    ways = [
        say("slack_home_way_here", language),
        say("slack_home_way_mention", language),
        say("slack_home_way_command", language, command=ids.COMMAND),
        say("slack_home_way_shortcut", language),
        say("slack_home_way_thread", language),
    ]
    return [
        heading(say("slack_home_how", language)),
        rich(bullets([[way] for way in ways])),
        heading(say("slack_home_not", language)),
        rich(say("slack_home_not_patients", language)),
        context(say("slack_home_kept", language)),
    ]
