"""The modals of handing over: to a centre, the centre's answer, and passing it on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.slack import ids
from bot.slack.blocks.fields import (
    NOT_TOLD,
    TYPED_CHARACTERS,
    asked,
    menu,
    modal,
    municipality_field,
    serving_centres,
    typed,
)
from bot.slack.blocks.handover import centre_name
from bot.slack.blocks.pieces import Block, literal, quote_block, rich, shorten
from knowledge.messages import Language, say
from knowledge.reference import Centre, Reference, choose_centre
from knowledge.reference.choice import centre_for

AUTOMATIC: Final = "automatic"
"""The option that leaves the choice of centre to the rules; no centre has this id."""

SHOWN_QUESTION: Final = 600
"""Characters of the question that a centre sees again above its answer."""


@dataclass(frozen=True)
class Filled:
    """What stands in the modal that hands over.

    Attributes:
        municipality: number of a municipality of today.
        centre: one that was chosen; None for the one the rules give.
        masked: the kinds of personal data that were taken out of the question.
    """

    question: str
    municipality: str | None = None
    topic: str | None = None
    centre: str | None = None
    note: str = ""
    masked: tuple[str, ...] = ()


def destination(filled: Filled, topics: Collection[str] = ()) -> tuple[str | None, str]:
    """The centre a question goes to, and the reason as the register has it.

    Args:
        topics: what the question seems to be about, where none was chosen.
    """
    serving = serving_centres()
    if filled.centre is not None and any(one.id == filled.centre for one in serving):
        return filled.centre, "chosen"
    about = [filled.topic] if filled.topic else list(topics)
    if filled.municipality is None:
        choice = choose_centre(serving, municipalities=(), counties=(), topics=about)
    else:
        choice = centre_for(filled.municipality, topics=about)
    return (choice.centre.id if choice.centre else None), choice.reason


def to_centre_modal(
    filled: Filled,
    language: Language,
    *,
    metadata: Mapping[str, Any],
    topics: Collection[str] = (),
) -> Block:
    """Asks what goes to which centre; says which, and why."""
    reference = Reference.load()
    about = [(topic.id, topic.label.text(language)) for topic in reference.topics]
    none = (NOT_TOLD, say("slack_handover_no_topic", language))
    automatic = (AUTOMATIC, say("slack_handover_automatic", language))
    to = [automatic, *((centre.id, centre.name) for centre in serving_centres())]
    return modal(
        ids.TO_CENTRE_MODAL,
        say("slack_handover_title", language),
        [
            asked(
                ids.QUESTION,
                say("slack_handover_question", language),
                typed(prefilled(filled.question)),
                hint=say("slack_handover_question_hint", language),
            ),
            _at_once(municipality_field(language, filled.municipality)),
            _at_once(
                asked(
                    ids.TOPIC,
                    say("slack_handover_topic", language),
                    menu([none, *about], filled.topic or NOT_TOLD),
                    optional=True,
                )
            ),
            _at_once(
                asked(
                    ids.CENTRE,
                    say("slack_handover_centre", language),
                    menu(to, filled.centre or AUTOMATIC),
                )
            ),
            rich(goes_to(filled, language, topics)),
            asked(
                ids.COMMENT,
                say("slack_handover_note", language),
                typed(filled.note),
                optional=True,
                hint=say("slack_handover_note_hint", language),
            ),
        ],
        language,
        submit=say("slack_handover_send", language),
        metadata=metadata,
    )


def prefilled(question: str) -> str:
    """The question as it fits into its field."""
    return shorten(literal(question), TYPED_CHARACTERS)


def goes_to(filled: Filled, language: Language, topics: Collection[str] = ()) -> str:
    """Which centre, and why; or what to choose where the rules give none."""
    centre, reason = destination(filled, topics)
    if centre is None:
        return say("slack_handover_goes_nowhere", language)
    if reason == "chosen":
        why = say("slack_handover_chosen_by_you", language)
    else:
        why = say(f"centre_{reason}", language)
    return say("centre_is", language, centre=centre_name(centre), reason=why)


def _at_once(field: Block) -> Block:
    """A field that tells of each choice when it is made, so that the centre shown can follow."""
    return {**field, "dispatch_action": True}


def reply_modal(handover: int, question: str, language: Language) -> Block:
    """A centre's answer."""
    return modal(
        ids.REPLY_MODAL,
        say("slack_handover_reply_title", language),
        [
            quote_block(shorten(literal(question), SHOWN_QUESTION)),
            asked(ids.ANSWER, say("slack_handover_answer", language), typed()),
        ],
        language,
        submit=say("slack_handover_send", language),
        metadata={"handover": handover},
    )


def pass_on_modal(handover: int, others: list[Centre], language: Language) -> Block:
    """To which other centre, and what to tell it."""
    return modal(
        ids.PASS_ON_MODAL,
        say("slack_handover_pass_on_title", language),
        [
            asked(
                ids.CENTRE,
                say("slack_handover_pass_on_to", language),
                menu([(centre.id, centre.name) for centre in others]),
            ),
            asked(
                ids.COMMENT,
                say("slack_handover_pass_on_note", language),
                typed(),
                optional=True,
            ),
        ],
        language,
        submit=say("slack_handover_pass_on", language),
        metadata={"handover": handover},
    )


def sentence_modal(callback_id: str, text: str, language: Language) -> Block:
    """A modal that only tells something."""
    return modal(callback_id, say("slack_handover_title", language), [rich(text)], language)
