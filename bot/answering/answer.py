"""The journey of a question: mask, receive, search, decide, quote, record."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

from bot.answering.decide import Thresholds, decide
from bot.answering.parts import lead_apart, parts_of
from bot.answering.past import PastInquiries
from bot.answering.question import LABEL, Prepared, Question, prepare, prepared_again
from bot.answering.quote import headings, quote
from bot.answering.reply import Quote, Reply
from bot.answering.scope import Kind, Scope, scope_of
from bot.answering.serving import serving
from indexer.expectation import expected
from indexer.index import Index, Opened
from indexer.words.asked import says_something
from knowledge.geography import Municipalities
from knowledge.reference import Centre, centre_for, suggest_topics
from knowledge.register import Inquiries, Inquiry, NewInquiry

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


@dataclass(frozen=True)
class Received:
    """A question whose inquiry is on disk. `new` is False when it had been received before."""

    inquiry: int | None
    new: bool
    prepared: Prepared
    municipality: str | None = None
    centre: Centre | None = None


class Answerer:
    """Answers questions. Thread-safe.

    `answer` does it all. A face that must keep what it will send does `receive`, `reply` and
    `record` itself, each in a transaction of its own with what belongs to it.

    Args:
        inquiries: the register; None answers without recording anything.
        past: what earlier askers were helped by and centres approved; None answers without it.
        thresholds: the operator's, for answering and for asking back; None takes the fitted ones.
        asks_which: a message that asks several things is asked back, where the face has buttons to
            choose among them.
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
        asks_which: bool = False,
    ) -> None:
        self._asks_which = asks_which
        self._before_search = before_search
        self._past = past
        self._stands = past.stands if past is not None else None
        self._thresholds = thresholds
        self._index = index
        self._inquiries = inquiries
        self._municipalities = Municipalities.load()

    def answer(self, question: Question, *, top: int = 10) -> Reply:
        """Reply to a question, and record it.

        Raises:
            IndexUnusable, ModelUnavailable: after the inquiry was received, so nothing is lost.
        """
        received = self.receive(question)
        try:
            reply = self.reply(received, top=top)
        except Exception:
            self.record(self.failure(received))
            raise
        self.record(reply)
        return reply

    def receive(self, question: Question) -> Received:
        """Mask a question and write its row; on disk when this returns."""
        received = self.unrecorded(question)
        if self._inquiries is None:
            return received
        prepared, municipality, centre = received.prepared, received.municipality, received.centre
        topics = {found.topic: ", ".join(found.words) for found in suggest_topics(prepared.text)}
        inquiry, new = self._inquiries.receive(
            NewInquiry(
                came_from=question.came_from or f"{question.channel}:{uuid4()}",
                received_at=datetime.now(UTC),
                channel=question.channel,
                question=prepared.text,
                masked=prepared.masked,
                thread=prepared.thread,
                language=prepared.language,
                municipality=municipality,
                municipality_today=municipality,
                actor=question.actor,
                asker=question.asker,
                centre=centre.id if centre else None,
                topics=topics,
            )
        )
        return replace(received, inquiry=inquiry, new=new)

    def unrecorded(self, question: Question) -> Received:
        """A question that is answered without being recorded."""
        prepared = prepare(question)
        municipality = self._municipality(question.municipality, prepared.text)
        centre = centre_for(municipality).centre if municipality else None
        return Received(None, True, prepared, municipality, centre)

    @staticmethod
    def received_again(inquiry: Inquiry) -> Received:
        """What `receive` gave for an inquiry that is already in the register."""
        municipality = inquiry.municipality_today
        centre = centre_for(municipality).centre if municipality else None
        return Received(inquiry.id, False, prepared_again(inquiry), municipality, centre)

    def reply(self, received: Received, *, top: int = 10) -> Reply:
        """The reply to a question that was received; nothing is written."""
        self._before_search()
        prepared, opened = received.prepared, self._index.open()
        reply = self._reply(prepared, opened, received.municipality, top)
        parts = self._two_things(prepared, opened, received.municipality, reply)
        if parts:
            reply = replace(
                reply, outcome="unclear", parts=parts, ask_back="ask_two", quotes=(), headings=()
            )
        return self._of(received, reply)

    def chosen(self, received: Received, number: int) -> Reply:
        """The reply to what was chosen, from 0, among what the reply asked back about."""
        asked_back = self.reply(received)
        if number < len(asked_back.parts):
            prepared = received.prepared
            thread = (*prepared.thread, prepared.text)
            part = replace(prepared, text=asked_back.parts[number], thread=thread)
            reply = self._reply(part, self._index.open(), received.municipality, SHOWN_QUOTES)
            # One question back is enough.
            unclear = reply.outcome == "unclear"
            return self._of(received, replace(reply, outcome="not_covered") if unclear else reply)
        if asked_back.outcome == "unclear" and number < len(asked_back.headings):
            heading = asked_back.headings[number]
            chosen = [
                quote for quote in asked_back.candidates if (quote.title, quote.section) == heading
            ]
            return replace(
                asked_back, outcome="answered", quotes=chosen[:SHOWN_QUOTES], headings=()
            )
        return asked_back  # the index is another one by now

    def failure(self, received: Received) -> Reply:
        """The reply where something broke."""
        return self._of(received, Reply("failed", received.prepared.language))

    def record(self, reply: Reply) -> None:
        """Write what is shown; the first time counts, unless that was a failure or a question."""
        if self._inquiries is None or reply.inquiry is None:
            return
        self._inquiries.complete(
            reply.inquiry,
            outcome=reply.outcome,
            generation=reply.generation,
            quotes=[shown.shown() for shown in reply.quotes],
            at=datetime.now(UTC),
        )

    @staticmethod
    def _of(received: Received, reply: Reply) -> Reply:
        return replace(
            reply,
            inquiry=received.inquiry,
            notes=received.prepared.notes,
            duplicate=not received.new,
            centre=received.centre.name if received.centre else None,
            serving=serving(received.prepared.text, received.municipality),
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

    def _two_things(
        self, prepared: Prepared, opened: Opened, municipality: str | None, reply: Reply
    ) -> list[str]:
        """The questions of a message that asks several which no passage answers at once."""
        told = reply.elsewhere is not None or "note_urgent" in prepared.notes
        if told or not self._asks_which:
            return []
        parts = parts_of(prepared.text, prepared.language)
        if len(parts) < 2:
            return []
        found = [
            opened.searcher.search(
                part,
                language=prepared.language,
                thread=(prepared.text,),
                municipality=municipality,
                stands=self._stands,
                top=SHOWN_QUOTES,
            ).hits
            for part in parts
        ]
        return parts if lead_apart(found) else []

    def _reply(
        self, prepared: Prepared, opened: Opened, municipality: str | None, top: int
    ) -> Reply:
        language = prepared.language
        asked = LABEL.sub(" ", prepared.text)
        if not says_something(asked, language) and not prepared.thread:
            return Reply("unclear", language, ask_back="ask_what", generation=opened.generation)
        results = opened.searcher.search(
            asked,
            language=language,
            thread=prepared.thread,
            municipality=municipality,
            bridges=self._past.bridges(opened.searcher.encoder) if self._past else None,
            stands=self._stands,
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
        nearest = headings(candidates)
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
