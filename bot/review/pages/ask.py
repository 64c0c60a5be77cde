"""Asking as the municipalities do, to see what they are answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.answering.addresses import address
from bot.answering.answer import Answerer
from bot.answering.cited import approved_as
from bot.answering.edition import edition_label
from bot.answering.question import Question
from bot.answering.reply import Quote, Reply
from bot.metrics.collecting import count
from bot.metrics.names import ANSWERS, QUESTIONS
from bot.review.web import Form, get, language_of, may_write, page, post, site
from knowledge.geography import Municipalities
from knowledge.messages import Language, say

TOKEN = re.compile(r"[0-9a-f]{32}")
"""Of one form that was shown: sent twice, it is one inquiry."""


@dataclass(frozen=True)
class ShownAnswer:
    """A quote as the page shows it: the answer in bold within the words of the source."""

    number: int
    quote: Quote
    before: str
    after: str
    url: str | None
    cited: str
    details: tuple[str, ...]
    also: tuple[tuple[str, str | None], ...]


def form_page(request: Request) -> Response:
    return _page(request, {"question": "", "municipality": "", "keep": ""})


def answer(request: Request, form: Form) -> Response:
    """The reply of the bot itself; recorded only where that was asked for."""
    values = {name: form.text(name) for name in ("question", "municipality", "keep")}
    if not may_write(request):
        values["keep"] = ""  # readers try; they record nothing
    errors: dict[str, str] = {}
    language = language_of(request)
    if not values["question"]:
        errors["question"] = say("review_ask_empty", language)
    known = Municipalities.load()
    if values["municipality"] and not known.find(values["municipality"], limit=1):
        errors["municipality"] = say("municipality_none", language, text=values["municipality"])
    if errors:
        return _page(request, values, errors=errors, status=422)
    token = form.text("token")
    question = Question(
        values["question"],
        channel="web",
        municipality=values["municipality"] or None,
        came_from=f"web:{token}" if TOKEN.fullmatch(token) else None,
    )
    answerer = site(request).answerer
    reply = answerer.answer(question) if values["keep"] else _tried(answerer, question)
    if values["keep"] and not reply.duplicate:
        count(QUESTIONS, way="web")
        count(ANSWERS, outcome=reply.outcome)
    return _page(request, values, reply=reply)


def _tried(answerer: Answerer, question: Question) -> Reply:
    return answerer.reply(answerer.unrecorded(question))


def _page(
    request: Request,
    values: dict[str, str],
    *,
    reply: Reply | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    return page(
        request,
        "ask/ask.html",
        status=status,
        values=values,
        errors=errors or {},
        reply=reply,
        answers=_shown(reply) if reply is not None and reply.outcome == "answered" else [],
        tell=lambda key, **fields: say(key, reply.language if reply else "nb", **fields),
        new_token=uuid4().hex,
    )


def _shown(reply: Reply) -> list[ShownAnswer]:
    numbers: dict[str, int] = {}
    return [
        _one(quote, numbers.setdefault(quote.document, len(numbers) + 1), reply.language)
        for quote in reply.quotes
    ]


def _one(quote: Quote, number: int, language: Language) -> ShownAnswer:
    end = quote.highlight_start + len(quote.highlight)
    if quote.approved:
        cited, details = approved_as(quote, language), [f"«{quote.section}»"]
    else:
        cited = " › ".join(dict.fromkeys(name for name in (quote.title, quote.section) if name))
        told = (
            say("digest_of", language, document=quote.digest_of) if quote.digest_of else None,
            quote.publisher,
            edition_label(quote.edition, language),
            say("updated", language, date=quote.updated) if quote.updated else None,
            say("page", language, page=quote.page) if quote.page else None,
        )
        details = [detail for detail in told if detail]
    return ShownAnswer(
        number,
        quote,
        quote.text[: quote.highlight_start],
        quote.text[end:],
        None if quote.approved else address(quote.url),
        cited,
        tuple(details),
        tuple((same.title, address(same.url)) for same in quote.also),
    )


routes: list[Route] = [
    get("/ask", form_page, name="ask"),
    post("/ask", answer, role="reader", name="ask_answer"),
]
