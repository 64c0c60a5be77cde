"""The journey of a question: mask, receive, search, decide, quote, record."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

from bot.answering.decide import Thresholds, decide
from bot.answering.past import PastInquiries
from bot.answering.quote import quote
from bot.answering.reply import Quote, Reply
from bot.answering.scope import Kind, Scope, scope_of
from indexer.expectation import expected
from indexer.index import Index, Opened
from indexer.language import detect
from indexer.words.asked import says_something
from knowledge.geography import Municipalities
from knowledge.messages import Language
from knowledge.privacy import mask
from knowledge.reference import Centre, centre_for, suggest_topics
from knowledge.register import Inquiries, NewInquiry

log = logging.getLogger(__name__)

SHOWN_QUOTES = 3
"""Quotes in a reply; more are behind «Vis flere»."""

LEAST_SHARE_OF_BEST = 0.03
"""A quote less probable than this share of the best one is left for «Vis flere»."""

SURE_OF_KIND, MAY_BE_OURS = 0.4, 0.25
"""A question is told that it is not for the centres when its kind is at least so probable, and that
it is for them less than so."""

ELSEWHERE: dict[Kind, str] = {
    "medical": "not_medical",
    "municipal": "not_municipal",
    "other": "not_other",
    "absent": "not_told",
}
"""What to say, in place of «the sources do not cover this», to a question of each kind."""

NEAREST_HEADINGS = 3
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

_LABEL = re.compile(r"\[(?:fødselsnummer|e-post|telefon|kontonummer)\]")


@dataclass(frozen=True)
class Question:
    """A question as a face received it.

    Attributes:
        came_from: unique origin, so that one question is one inquiry however often it arrives;
            None makes a new one.
        thread: earlier questions of the same thread, oldest first.
        municipality: number or name, today's or a former one.
    """

    text: str
    channel: str = "cli"
    came_from: str | None = None
    thread: Sequence[str] = ()
    municipality: str | None = None
    language: Language | None = None
    actor: str | None = None


@dataclass(frozen=True)
class _Prepared:
    """A question that may be stored and searched: masked, cut, its language known."""

    text: str
    thread: tuple[str, ...]
    language: Language
    masked: tuple[str, ...]
    notes: tuple[str, ...]


def prepare(question: Question) -> _Prepared:
    """Mask personal data and make the text safe to store; nothing before this is kept."""
    text, cut = _clean(question.text)
    found = mask(text)
    thread = tuple(mask(_clean(earlier)[0]).text for earlier in question.thread)
    kinds = tuple(sorted({finding.kind for finding in found.found}))
    urgent = URGENT.search(found.text) is not None
    told = (("note_urgent", urgent), ("note_masked", kinds), ("note_cut", cut))
    notes = [key for key, holds in told if holds]
    asked = _LABEL.sub(" ", found.text)
    language = question.language or detect(asked if asked.strip() else " ".join(thread))
    return _Prepared(found.text, thread, language, kinds, tuple(notes))


def _clean(text: str) -> tuple[str, bool]:
    """Text without control characters, cut where it is too long, and whether it was.

    The cut is never within a number: half of an identity number would not be known for one.
    """
    text, rest = text[:MAX_QUESTION_CHARACTERS], text[MAX_QUESTION_CHARACTERS:]
    if rest:
        text = _LAST_NUMBER.sub("", text)
    return _CONTROL.sub(" ", text).strip(), bool(rest)


class Answerer:
    """Answers questions. Thread-safe.

    Args:
        inquiries: the register; None answers without recording anything.
        past: what earlier askers were helped by; None ranks without it.
        thresholds: the operator's, for answering and for asking back; None takes the fitted ones.
        before_search: called for each question once its inquiry is on disk, for instance to build
            the index on first use.
    """

    def __init__(
        self,
        index: Index,
        inquiries: Inquiries | None,
        before_search: Callable[[], None] = lambda: None,
        *,
        past: PastInquiries | None = None,
        thresholds: Thresholds | None = None,
    ) -> None:
        self._before_search = before_search
        self._past = past
        self._thresholds = thresholds
        self._index = index
        self._inquiries = inquiries
        self._municipalities = Municipalities.load()

    def answer(self, question: Question, *, top: int = 10) -> Reply:
        """Reply to a question, and record it.

        Raises:
            IndexUnusable, ModelUnavailable: after the inquiry was received, so nothing is lost.
        """
        prepared = prepare(question)
        municipality = self._municipality(question.municipality, prepared.text)
        centre = centre_for(municipality).centre if municipality else None
        inquiry, new = self._receive(question, prepared, municipality, centre)
        try:
            self._before_search()
            reply = self._reply(prepared, self._index.open(), municipality, top)
        except Exception:
            self._record(inquiry, Reply("failed", prepared.language))
            raise
        reply = replace(
            reply,
            inquiry=inquiry,
            notes=prepared.notes,
            duplicate=not new,
            centre=centre.name if centre else None,
        )
        self._record(inquiry, reply)
        return reply

    def _receive(
        self,
        question: Question,
        prepared: _Prepared,
        municipality: str | None,
        centre: Centre | None,
    ) -> tuple[int | None, bool]:
        if self._inquiries is None:
            return None, True
        now = datetime.now(UTC)
        topics = {found.topic: ", ".join(found.words) for found in suggest_topics(prepared.text)}
        return self._inquiries.receive(
            NewInquiry(
                came_from=question.came_from or f"{question.channel}:{uuid4()}",
                received_at=now,
                channel=question.channel,
                question=prepared.text,
                masked=prepared.masked,
                thread=prepared.thread,
                language=prepared.language,
                municipality=municipality,
                municipality_today=municipality,
                actor=question.actor,
                centre=centre.id if centre else None,
                topics=topics,
            )
        )

    def _municipality(self, given: str | None, text: str) -> str | None:
        """The number of today's municipality, where what was given or written means only one."""
        if given:
            matches = self._municipalities.find(given, limit=2)
            if len(matches) == 2 and matches[0].score > matches[1].score:
                matches = matches[:1]
        else:
            matches = self._municipalities.in_text(text)
        codes = {match.municipality.code for match in matches}
        return codes.pop() if len(codes) == 1 else None

    def _record(self, inquiry: int | None, reply: Reply) -> None:
        if self._inquiries is None or inquiry is None:
            return
        self._inquiries.complete(
            inquiry,
            outcome=reply.outcome,
            generation=reply.generation,
            quotes=[shown.shown() for shown in reply.quotes],
            at=datetime.now(UTC),
        )

    def _reply(
        self, prepared: _Prepared, opened: Opened, municipality: str | None, top: int
    ) -> Reply:
        language = prepared.language
        asked = _LABEL.sub(" ", prepared.text)
        if not says_something(asked, language) and not prepared.thread:
            return Reply("unclear", language, ask_back="ask_what", generation=opened.generation)
        results = opened.searcher.search(
            asked,
            language=language,
            thread=prepared.thread,
            municipality=municipality,
            bridges=self._past.bridges(opened.searcher.encoder) if self._past else None,
            top=max(top, SHOWN_QUOTES),
        )
        made = [
            (hit, quote(hit, opened.shelf, results.asked, expected(asked))) for hit in results.hits
        ]
        candidates = [quoted for _, quoted in made if quoted is not None]
        # A passage whose stored source no longer says it can neither be shown nor be relied on.
        standing = tuple(hit for hit, quoted in made if quoted is not None)
        scope = scope_of(asked, language, prepared.thread)
        decision = decide(replace(results, hits=standing), scope, self._thresholds)
        base = Reply(
            "answered",
            language,
            candidates=candidates[:top],
            generation=opened.generation,
            confidence=decision.confidence,
        )
        if "note_urgent" in prepared.notes:
            return replace(base, outcome="not_covered")
        if decision.verdict == "answer" and candidates:
            return replace(base, quotes=_worth_showing(candidates))
        nearest = _headings(candidates)
        if decision.verdict == "ask_back" and nearest:
            return replace(base, outcome="unclear", ask_back="ask_which", headings=nearest)
        elsewhere = _elsewhere(scope)
        return replace(
            base,
            outcome="not_covered",
            elsewhere=elsewhere,
            headings=[] if elsewhere else nearest,
        )


def _elsewhere(scope: Scope) -> str | None:
    """What to say to a question that is not for the centres; None where that is not certain."""
    sure = scope.shares[scope.likeliest] >= SURE_OF_KIND and scope.shares["in"] < MAY_BE_OURS
    return ELSEWHERE.get(scope.likeliest) if sure else None


def _worth_showing(candidates: Sequence[Quote]) -> list[Quote]:
    least = LEAST_SHARE_OF_BEST * candidates[0].score
    return [quote for quote in candidates[:SHOWN_QUOTES] if quote.score >= least]


def _headings(candidates: Sequence[Quote]) -> list[tuple[str, str]]:
    nearest = dict.fromkeys((candidate.title, candidate.section) for candidate in candidates)
    return list(nearest)[:NEAREST_HEADINGS]
