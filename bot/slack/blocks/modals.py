"""The modals: who asks, why an answer did not help, and registering what was asked elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from bot.slack import ids
from bot.slack.blocks.fields import (
    NOT_TOLD,
    actor_field,
    asked,
    menu,
    modal,
    municipality_field,
    radios,
    several,
    typed,
)
from bot.slack.blocks.pieces import Block, context, rich, shorten
from knowledge.messages import LANGUAGES, Language, say
from knowledge.reference import Centre, Reference
from knowledge.register import REASONS, Person, Reason

Metadata = Mapping[str, Any]

AS_ASKED: Final = "as_asked"
"""In place of a language: answers are in that of the question."""

LANGUAGE_NAMES: Final[dict[Language, str]] = {"nb": "bokmål", "nn": "nynorsk", "en": "English"}
"""Each language by its own name, so that who looks for it finds it."""

REASON_TEXTS: Final[dict[Reason, str]] = {
    "wrong": "slack_reason_wrong",
    "missing": "slack_reason_missing",
    "old": "slack_reason_old",
    "hard": "slack_reason_hard",
    "other": "slack_reason_other",
}

CameBy = Literal["slack", "phone", "email", "meeting", "facebook", "web"]
CAME_BY: Final[dict[CameBy, str]] = {
    "slack": "slack_came_by_slack",
    "phone": "slack_came_by_phone",
    "email": "slack_came_by_email",
    "meeting": "slack_came_by_meeting",
    "facebook": "slack_came_by_facebook",
    "web": "slack_came_by_web",
}
"""How an inquiry came: what is written as its channel."""


def who_modal(person: Person, language: Language, metadata: Metadata) -> Block:
    """Municipality, role and language; each may be left open, and what is emptied is forgotten."""
    chosen = person.language if person.language_chosen and person.language else AS_ASKED
    languages = [
        (AS_ASKED, say("slack_who_language_as_asked", language)),
        *((known, LANGUAGE_NAMES[known]) for known in LANGUAGES),
    ]
    return modal(
        ids.WHO_MODAL,
        say("slack_who_title", language),
        [
            rich(say("slack_who_why", language)),
            municipality_field(language, person.municipality),
            actor_field(language, person.actor),
            asked(
                ids.LANGUAGE,
                say("slack_who_language", language),
                radios(languages, chosen),
                optional=True,
            ),
            context(say("slack_who_kept", language)),
        ],
        language,
        submit=say("slack_modal_save", language),
        metadata=metadata,
    )


def reason_modal(language: Language, metadata: Metadata) -> Block:
    """Why an answer did not help. The vote itself is kept already."""
    reasons = [(reason, say(REASON_TEXTS[reason], language)) for reason in REASONS]
    return modal(
        ids.REASON_MODAL,
        say("slack_reason_title", language),
        [
            rich(say("slack_reason_kept", language)),
            asked(ids.REASON, say("slack_reason_label", language), radios(reasons)),
            asked(
                ids.COMMENT,
                say("slack_reason_comment", language),
                typed(),
                optional=True,
                hint=say("slack_field_no_personal_data", language),
            ),
        ],
        language,
        submit=say("slack_modal_send", language),
        metadata=metadata,
    )


@dataclass(frozen=True)
class ToRegister:
    """What is known of a message that is to be registered; `question` is masked.

    Attributes:
        asked_on: the day of the message, in Norway.
        municipality: the one that is set for the channel.
        topics: ids that the question suggests.
        centres: those whose answer who registers may write down, the most likely one first;
            without any, only the question is asked for.
    """

    question: str
    asked_on: date
    municipality: str | None = None
    topics: Sequence[str] = ()
    centres: Sequence[Centre] = ()


def register_modal(known: ToRegister, language: Language, metadata: Metadata) -> Block:
    """An inquiry: everything about it, filled in as far as it is known."""
    topics = [(topic.id, topic.label.text(language)) for topic in Reference.load().topics]
    ways = [(way, say(key, language)) for way, key in CAME_BY.items()]
    return modal(
        ids.REGISTER_MODAL,
        say("slack_register_title", language),
        [
            asked(
                ids.QUESTION,
                say("slack_register_question", language),
                typed(shorten(known.question, 3000) if known.question else ""),
                hint=say("slack_field_no_personal_data", language),
            ),
            municipality_field(
                language, known.municipality, label=say("slack_register_municipality", language)
            ),
            actor_field(language),
            asked(
                ids.TOPIC,
                say("slack_register_topics", language),
                several(topics, known.topics),
                optional=True,
            ),
            asked(ids.CAME_BY, say("slack_register_came_by", language), menu(ways, "slack")),
            asked(
                ids.DATE,
                say("slack_register_date", language),
                {"type": "datepicker", "initial_date": known.asked_on.isoformat()},
            ),
            *(_answered_by(known.centres, language) if known.centres else ()),
        ],
        language,
        submit=say("slack_register_submit", language),
        metadata=metadata,
    )


def _answered_by(centres: Sequence[Centre], language: Language) -> list[Block]:
    """Whose answer it was, and what it was."""
    named = [(centre.id, centre.name) for centre in centres]
    options = [*named, (NOT_TOLD, say("slack_register_nobody", language))]
    return [
        asked(ids.CENTRE, say("slack_register_centre", language), menu(options, named[0][0])),
        asked(
            ids.ANSWER,
            say("slack_register_answer", language),
            typed(),
            optional=True,
            hint=say("slack_field_no_personal_data", language),
        ),
    ]
