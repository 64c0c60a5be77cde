"""`frisksvar ask --batch`: JSON Lines in, JSON Lines out, for other programs (docs/batch.md)."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any, BinaryIO

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.answering.answer import Answerer
from bot.answering.question import Question
from bot.answering.reply import Quote, Reply
from bot.cli.app import App, sentence
from knowledge.messages import Message
from knowledge.validation import first_fault

MAX_LINE_BYTES = 64 * 1024 * 1024
"""Far above any question; a longer line is answered with an error and never held whole."""


class BatchLine(BaseModel):
    """One question; members that are not named here are ignored."""

    model_config = ConfigDict(extra="ignore", strict=True)

    id: str | int
    question: str
    thread: tuple[str, ...] = ()
    municipality: str | None = None


def answer_lines(
    app: App, answerer: Answerer, lines: BinaryIO, top: int, municipality: str | None = None
) -> None:
    """Answer each line in order; a bad line gives an error line and the rest goes on.

    Args:
        municipality: for lines that name none.
    """
    out = sys.stdout.buffer  # UTF-8 whatever the locale says
    for number, line in enumerate(_lines(lines), start=1):
        if not line.strip():
            continue
        answered = _answer_line(app, answerer, number, line, top, municipality)
        out.write(_encoded(answered) + b"\n")
        out.flush()


def _lines(source: BinaryIO) -> Iterator[bytes]:
    """The lines; of one beyond `MAX_LINE_BYTES` only the beginning is kept, and no JSON is that."""
    while line := source.readline(MAX_LINE_BYTES):
        rest = line
        while len(rest) == MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = source.readline(MAX_LINE_BYTES)
        yield line


def _encoded(answered: dict[str, Any]) -> bytes:
    try:
        return json.dumps(answered, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # an id with an unpaired surrogate comes back as it was: escaped
        return json.dumps(answered).encode()


def _answer_line(
    app: App, answerer: Answerer, number: int, line: bytes, top: int, municipality: str | None
) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        asked = _parse(line)
    except (ValueError, RecursionError) as error:
        return {"id": _id(line), "error": app.say("bad_line", line=number, reason=_why(error))}
    try:
        reply = answerer.answer(
            Question(
                asked.question,
                channel="batch",
                thread=asked.thread,
                municipality=asked.municipality or municipality,
            ),
            top=top,
        )
    except Exception as error:
        return {"id": asked.id, "error": sentence(error, app)}
    return {"id": asked.id, **reply_data(reply), "seconds": time.perf_counter() - started}


def reply_data(reply: Reply) -> dict[str, Any]:
    """The reply as the contract of docs/batch.md has it."""
    return {
        "answered": reply.outcome == "answered",
        "outcome": reply.outcome,
        "language": reply.language,
        "confidence": round(reply.confidence, 4),
        "passages": [passage_data(candidate) for candidate in reply.candidates],
        "inquiry": reply.inquiry,
    }


def passage_data(quote: Quote) -> dict[str, Any]:
    data: dict[str, Any] = {
        "text": quote.text,
        "highlight": quote.highlight,
        "document": quote.title,
        "section": quote.section,
        "url": quote.url,
        "updated": quote.updated,
        "edition": quote.edition,
        "publisher": quote.publisher,
        "digest_of": quote.digest_of,
        "score": round(quote.score, 4),
        "page": quote.page,
        "start": quote.start,
        "end": quote.end,
    }
    if quote.also:
        data["also"] = [
            {"document": same.title, "edition": same.edition, "url": same.url}
            for same in quote.also
        ]
    if quote.figure is not None:
        data["figure"] = {
            "caption": quote.figure.caption,
            "row": quote.figure.row,
            "column": quote.figure.column,
            "value": quote.figure.value,
        }
    return data


def _parse(line: bytes) -> BatchLine:
    # JSON first: pydantic would refuse an unpaired surrogate that the search can do without.
    data = json.loads(line.decode("utf-8-sig"))
    if not isinstance(data, dict):
        raise ValueError("not an object")
    thread = data.get("thread")
    data["thread"] = tuple(thread) if isinstance(thread, list) else thread or ()
    return BatchLine.model_validate(data)


def _id(line: bytes) -> str | int | None:
    try:
        found = json.loads(line.decode("utf-8-sig"))["id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if isinstance(found, str | int) else None


def _why(error: Exception) -> Message:
    if isinstance(error, ValidationError):
        return first_fault(error).message
    if isinstance(error, UnicodeDecodeError):
        return Message("operation_value_utf8")
    if isinstance(error, RecursionError):
        return Message("operation_value_deep")
    if isinstance(error, json.JSONDecodeError):
        return Message("operation_value_json")
    return Message("operation_value_object")
