"""A question as a face received it, and as it may be stored: masked, cut, its language known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.language import detect
from knowledge.messages import Language
from knowledge.privacy import mask
from knowledge.register import Inquiry

MAX_QUESTION_CHARACTERS = 20_000
"""A longer message is cut here, with a note: no question is that long, and Slack allows 40,000."""

_NOT = r"ikk?j?e?"
URGENT = re.compile(
    r"\b(?:ta(?:r|tt)?|tok|take|takes|took) (?:livet (?:mitt|sitt|av (?:meg|seg))"
    r"|(?:sitt|mitt) eige?t? liv|(?:sitt|mitt) eget liv|(?:my|his|her|their) own li(?:fe|ves))\b"
    r"|\b(?:selvmord|sjølvmord|sjølmord|suicid|selvskad|sjølvskad|selfharm|self-harm)\w*"
    rf"|\b{_NOT} (?:orke\w* |orka\w* |vil |lenger )?(?:å )?leve\b|\bork[ae]r {_NOT} (?:å )?leve\b"
    rf"|\bvil {_NOT} leve\b|\b(?:vil|ønsker å|ynskjer å) dø\b|\bwants? to die\b"
    r"|\bend(?:s|ing)? (?:my|his|her|their) li(?:fe|ves)\b"
    r"|\bkill(?:s|ing)? (?:my|him|her|them)sel\w+"
    r"|\b(?:vondt|vont|smerte\w*|press) i brystet\b|\bbrystsmerte\w*|\bchest pains?\b"
    rf"|\b(?:får|kan|klarer|klarar) {_NOT} (?:å )?puste?a?\b|\bcan(?:no|')?t breathe\b",
    re.IGNORECASE,
)
"""A life may be in danger: the telephone numbers for that come first, and no quote is given."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]|[\ud800-\udfff]")
_LAST_NUMBER = re.compile(r"(?:[\w.%+-]{0,64}@[\w.-]{0,64}|[\d\s.,:/+()-]{0,64})\Z")
"""A number or an e-mail address, whole or in part, at the end of a text."""

LABEL = re.compile(r"\[(?:fødselsnummer|e-post|telefon|kontonummer)\]")
"""What masking leaves in place of a number."""


@dataclass(frozen=True)
class Question:
    """A question as a face received it.

    Attributes:
        came_from: unique origin, so that one question is one inquiry however often it arrives;
            None makes a new one.
        thread: earlier questions of the same thread, oldest first.
        municipality: number or name, today's or a former one.
        asker: pseudonym of who asks (a keyed hash), or None.
    """

    text: str
    channel: str = "cli"
    came_from: str | None = None
    thread: Sequence[str] = ()
    municipality: str | None = None
    language: Language | None = None
    actor: str | None = None
    asker: str | None = None


@dataclass(frozen=True)
class Prepared:
    """A question that may be stored and searched: masked, cut, its language known."""

    text: str
    thread: tuple[str, ...]
    language: Language
    masked: tuple[str, ...]
    notes: tuple[str, ...]


def prepare(question: Question) -> Prepared:
    """Mask personal data and make the text safe to store; nothing before this is kept."""
    text, cut = _clean(question.text)
    found = mask(text)
    thread = tuple(mask(_clean(earlier)[0]).text for earlier in question.thread)
    kinds = tuple(sorted({finding.kind for finding in found.found}))
    urgent = URGENT.search(found.text) is not None
    told = (("note_urgent", urgent), ("note_masked", kinds), ("note_cut", cut))
    notes = [key for key, holds in told if holds]
    asked = LABEL.sub(" ", found.text)
    language = question.language or detect(asked if asked.strip() else " ".join(thread))
    return Prepared(found.text, thread, language, kinds, tuple(notes))


def prepared_again(inquiry: Inquiry) -> Prepared:
    """A question as it was received, from its row in the register."""
    urgent = URGENT.search(inquiry.question) is not None
    told = (("note_urgent", urgent), ("note_masked", bool(inquiry.masked)))
    return Prepared(
        inquiry.question,
        inquiry.thread,
        inquiry.language or detect(inquiry.question),
        inquiry.masked,
        tuple(key for key, holds in told if holds),
    )


def _clean(text: str) -> tuple[str, bool]:
    """Text without control characters, cut where it is too long, and whether it was.

    The cut is never within a number: half of an identity number would not be known for one.
    """
    text, rest = text[:MAX_QUESTION_CHARACTERS], text[MAX_QUESTION_CHARACTERS:]
    if rest:
        text = _LAST_NUMBER.sub("", text)
    return _CONTROL.sub(" ", text).strip(), bool(rest)
