"""Messages about an inquiry that a development centre was asked to answer.

What the centre sees in its channel, and what the asker sees in their own thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from slack_sdk.models.blocks import ConfirmObject, PlainTextObject

from bot.answering.addresses import address
from bot.slack import ids
from bot.slack.blocks.buttons import actions
from bot.slack.blocks.fields import municipality_name
from bot.slack.blocks.limits import fit
from bot.slack.blocks.pieces import (
    Block,
    Inline,
    Rendered,
    button,
    context,
    fallback,
    heading,
    link,
    literal,
    one_line,
    quote_block,
    rich,
    shorten,
    visible,
    words,
)
from bot.slack.blocks.within import sendable
from knowledge.geography import Municipalities
from knowledge.messages import Language, say
from knowledge.reference import Reference
from knowledge.register import Answer, Handover, Inquiry

"""Button on the post of a handover that the centre closed; the value is the number of it."""

QUESTION_CHARACTERS: Final = 3000
NOTE_CHARACTERS: Final = 1500
EARLIER_CHARACTERS: Final = 300
"""Ours: a centre reads on in the asker's thread, and Slack takes 12,000 in all."""

MOST_EARLIER: Final = 3
MOST_HISTORY: Final = 6
MOST_TITLES: Final = 5


@dataclass(frozen=True)
class Case:
    """What a centre is shown of a handover.

    Attributes:
        history: what was answered and added before it came to this centre, oldest first.
        passed_from: id of the centre that passed it on to this one.
        passed_to: id of the centre that this one passed it on to.
        permalink: of the asker's thread, where a centre can open it.
        answered: an answer of a centre stands.
    """

    handover: Handover
    inquiry: Inquiry
    history: Sequence[Answer] = ()
    passed_from: str | None = None
    passed_to: str | None = None
    permalink: str | None = None
    answered: bool = False

    @property
    def closed(self) -> bool:
        return self.handover.closed_at is not None


def centre_name(centre: str) -> str:
    """The name of a centre by its id."""
    known = (one.name for one in Reference.load().centres if one.id == centre)
    return next(known, centre)


def reason_told(reason: str, language: Language, passed_from: str | None = None) -> str:
    """Why it goes to a centre, as told to that centre."""
    if reason == "passed_on":
        before = centre_name(passed_from) if passed_from else "–"
        return say("slack_handover_passed_from", language, centre=before)
    if reason == "chosen":
        return say("slack_handover_chosen", language)
    return say(f"centre_{reason}", language)


def handover_post(case: Case, language: Language) -> Rendered:
    """What stands in the centre's channel: all that is needed to answer, and the buttons."""
    inquiry, handover = case.inquiry, case.handover
    if inquiry.withdrawn_at is not None or inquiry.deleted_at is not None:
        withdrawn = inquiry.withdrawn_at is not None
        key = "slack_handover_withdrawn" if withdrawn else "slack_handover_deleted"
        told = say(key, language, inquiry=inquiry.id)
        return Rendered(fallback([told]), [rich(told)])
    title = say(
        "slack_handover_new", language, inquiry=inquiry.id, centre=centre_name(handover.centre)
    )
    state = _state(case, language)
    blocks = [
        heading(title),
        *([rich(words(state, bold=True))] if state else []),
        quote_block(shorten(literal(inquiry.question), QUESTION_CHARACTERS)),
        *_earlier(inquiry, language),
        rich(*_facts(case, language)),
        *_note(handover, language),
        *_history(case, language),
        *_way_to_answer(case, language),
        *_buttons(case, language),
    ]
    lines = [title, *([state] if state else []), inquiry.question]
    return Rendered(fallback(lines), fit(blocks, "message", language=language))


def _state(case: Case, language: Language) -> str | None:
    if case.passed_to is not None:
        centre = centre_name(case.passed_to)
        return say("slack_handover_passed_to", language, centre=centre)
    return say("slack_handover_done_state", language) if case.closed else None


def _earlier(inquiry: Inquiry, language: Language) -> list[Block]:
    """The questions before it in the same thread: «og hva koster det?» needs them."""
    before = [text for text in inquiry.thread if visible(text)][-MOST_EARLIER:]
    if not before:
        return []
    told = "\n".join(f"– {shorten(one_line(text), EARLIER_CHARACTERS)}" for text in before)
    return [rich(words(say("slack_handover_earlier", language), italic=True), f"\n{told}")]


def _facts(case: Case, language: Language) -> Iterator[str | Inline]:
    inquiry, handover = case.inquiry, case.handover
    reference = Reference.load()
    topic = next((one for one in reference.topics if one.id == handover.topic), None)
    actor = next((one for one in reference.actors if one.id == inquiry.actor), None)
    code = inquiry.municipality_today or inquiry.municipality
    known = Municipalities.load().by_code(code) if code else None
    nothing = say("slack_handover_not_told", language)
    titles = list(dict.fromkeys(one_line(quote.title) for quote in inquiry.quotes))
    shown = "; ".join(shorten(title, EARLIER_CHARACTERS) for title in titles[:MOST_TITLES])
    facts = (
        ("slack_handover_municipality", municipality_name(known) if known else nothing),
        ("slack_handover_actor", actor.label.text(language) if actor else nothing),
        ("slack_handover_topic", topic.label.text(language) if topic else nothing),
        ("slack_handover_shown", shown or say("slack_handover_shown_nothing", language)),
        ("slack_handover_why", reason_told(handover.reason, language, case.passed_from)),
    )
    for place, (key, told) in enumerate(facts):
        yield words(f"{say(key, language)}: ", bold=True)
        yield told + ("\n" if place < len(facts) - 1 or case.permalink else "")
    url = address(case.permalink)
    if url and sendable(url):
        yield link(url, say("slack_handover_open_thread", language))


def _note(handover: Handover, language: Language) -> list[Block]:
    if not visible(handover.note):
        return []
    told = shorten(literal(handover.note), NOTE_CHARACTERS)
    return [rich(words(say("slack_handover_note_told", language), italic=True)), quote_block(told)]


def _history(case: Case, language: Language) -> list[Block]:
    blocks: list[Block] = []
    for answer in case.history[-MOST_HISTORY:]:
        blocks += [
            rich(words(_said_by(answer.centre, language), italic=True)),
            quote_block(shorten(literal(answer.text), NOTE_CHARACTERS)),
        ]
    return blocks


def _said_by(centre: str | None, language: Language) -> str:
    if centre is None:
        return say("slack_handover_adds", language)
    return say("slack_handover_answers", language, centre=centre_name(centre))


def _way_to_answer(case: Case, language: Language) -> list[Block]:
    return [] if case.closed else [context(say("slack_handover_how", language))]


def _buttons(case: Case, language: Language) -> list[Block]:
    number = str(case.handover.id)
    if case.passed_to is not None:
        return []
    if case.closed:
        return [
            _row(f"case:{number}", button(say("slack_handover_undo", language), ids.REOPEN, number))
        ]
    return [
        _row(
            f"case:{number}",
            button(say("slack_handover_reply", language), ids.REPLY, number, "primary"),
            button(say("slack_handover_pass_on", language), ids.PASS_ON, number),
            button(
                say("slack_handover_done", language),
                ids.CLOSE,
                number,
                confirm=None if case.answered else _without_answer(language),
            ),
        )
    ]


def _without_answer(language: Language) -> ConfirmObject:
    """Asks back before something is closed that nobody answered."""
    return ConfirmObject(
        title=say("slack_handover_done_title", language),
        text=PlainTextObject(text=say("slack_handover_done_confirm", language)),
        confirm=say("slack_handover_done_anyway", language),
        deny=say("slack_handover_done_not", language),
    )


def _row(block_id: str, *buttons: Block) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(buttons)}


def relayed(answer: Answer, language: Language, *, resolved: bool = False) -> Rendered:
    """A centre's answer as the asker reads it: letter by letter, line breaks kept."""
    assert answer.centre is not None
    lead = _said_by(answer.centre, language)
    blocks = [
        rich(words(lead, bold=True)),
        rich(literal(answer.text)),
        context(say("slack_handover_answer_back", language)),
        actions(answer.inquiry, language, to_centre=False, resolved=resolved),
    ]
    return Rendered(fallback([lead, answer.text]), fit(blocks, "message", language=language))


def addition(answer: Answer, language: Language) -> Rendered:
    """What the asker added, as the centre reads it."""
    lead = _said_by(None, language)
    blocks = [rich(words(lead, italic=True)), quote_block(literal(answer.text))]
    return Rendered(fallback([lead, answer.text]), fit(blocks, "message", language=language))


Confirmed = Literal["thread", "form"]


def confirmation(
    answer: Answer, language: Language, *, by: Confirmed = "thread", masked: bool = False
) -> Rendered:
    """In the centre's thread: that an answer goes to the asker, with a way to take it back.

    Args:
        by: "form" shows the text too, which nobody else there has seen.
        masked: personal data was taken out of it.
    """
    if answer.taken_back_at is not None:
        told = say("slack_handover_taken_back", language)
        return Rendered(fallback([told]), [context(told)])
    lines = [say("slack_handover_relayed", language)]
    if masked:
        lines.append(say("slack_handover_relayed_masked", language))
    undo = button(say("slack_handover_undo", language), ids.TAKE_BACK, str(answer.id))
    blocks = [context(*lines), _row(f"relayed:{answer.id}", undo)]
    if by == "form":
        lead = say("slack_handover_by_form", language)
        blocks = [rich(words(lead, italic=True)), quote_block(literal(answer.text)), *blocks]
        lines = [lead, answer.text, *lines]
    return Rendered(fallback(lines), fit(blocks, "message", language=language))


def taken_for_centre(answer: Answer, centre: str, language: Language) -> Rendered:
    """To the asker: what they wrote went to the centre, with a way to ask the bot instead."""
    told = say("slack_handover_taken", language, centre=centre_name(centre))
    other = button(say("slack_handover_new_question", language), ids.NOT_FOR_CENTRE, str(answer.id))
    return Rendered(fallback([told]), [rich(told), _row(f"taken:{answer.id}", other)])


def finished(centre: str, inquiry: int, language: Language, *, answered: bool = True) -> Rendered:
    """To the asker: the centre has closed it, with a way to open it again.

    Args:
        answered: an answer of a centre stands.
    """
    key = "slack_handover_finished" if answered else "slack_handover_finished_unanswered"
    told = say(key, language, centre=centre_name(centre))
    again = button(say("slack_handover_reopen", language), ids.UNRESOLVED, str(inquiry))
    return Rendered(fallback([told]), [rich(told), _row(f"do:{inquiry}", again)])
