"""What a row of the table of inquiries becomes."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from knowledge.exchange.fields import choice, day, several
from knowledge.exchange.line import Line
from knowledge.exchange.places import municipality, successor
from knowledge.messages import Message
from knowledge.reference import centre_for, suggest_topics

GIVEN_TOPIC = "import"
"""The reason of a topic that the table named; of others it is the word that suggested them."""


def plan_inquiry(line: Line) -> dict[str, Any]:
    """The values of an inquiry; what is wrong with the row is in `line.refused`.

    A centre that is not given follows from the municipality, topics from the question, the status
    from whether it was answered.
    """
    received_on = line.read("received_on", partial(day, on=line.on))
    question = line.text("question")
    values: dict[str, Any] = {
        "received_on": received_on.isoformat() if received_on else None,
        "question": question,
        "masked": list(line.kinds.get("question", ())),
        "channel": line.read("channel", partial(choice, "channel")) or "other",
        **_place(line, received_on),
        "actor": line.read("actor", partial(choice, "actor")),
        "centre": line.read("centre", partial(choice, "centre")),
        "topics": _topics(line, question or ""),
        "language": line.read("language", partial(choice, "language")),
        **_outcome(line, received_on),
        "note": line.text("note") or "",
    }
    if values["centre"] is None and values["municipality"] is not None:
        found = centre_for(values["municipality"], received_on, tuple(values["topics"])).centre
        values["centre"] = found.id if found else None
    return values


def _place(line: Line, received_on: date | None) -> dict[str, str | None]:
    number = None
    if received_on is not None:
        number = line.read("municipality", partial(municipality, on=received_on))
    return {
        "municipality": number,
        "municipality_today": successor(number) if number else None,
    }


def _topics(line: Line, question: str) -> dict[str, str]:
    topic = partial(choice, "topics")
    given = line.read("topics", lambda text: list(dict.fromkeys(several(text, topic))))
    if given is not None:
        return dict.fromkeys(given, GIVEN_TOPIC)
    return {found.topic: ", ".join(found.words) for found in suggest_topics(question)}


def _outcome(line: Line, received_on: date | None) -> dict[str, str | None]:
    """Status, and who answered what and when; these must agree."""
    status = line.read("status", partial(choice, "status"))
    answer = line.text("answer")
    answered_by = line.read("answered_by", partial(choice, "answered_by"))
    answered_on = _after(line, "answered_on", received_on)
    resolved_on = _after(line, "resolved_on", received_on)
    if answered_by is None and (answer or answered_on or status == "answered"):
        answered_by = line.given.get("centre")
        if answered_by is None:
            line.refuse("answered_by", Message("review_allowed_answerer"))
    if status is None:
        status = "resolved" if resolved_on else "answered" if answered_by else "new"
    if status in ("new", "not_an_inquiry") and (answered_by or resolved_on):
        line.refuse("status", Message("review_allowed_status"))
    if status == "answered" and resolved_on:
        line.refuse("status", Message("review_allowed_status_resolved"))
    return {
        "status": status,
        "answer": answer,
        "answered_by": answered_by,
        "answered_on": answered_on.isoformat() if answered_on else None,
        "resolved_on": resolved_on.isoformat() if resolved_on else None,
    }


def _after(line: Line, column: str, received_on: date | None) -> date | None:
    found = line.read(column, partial(day, on=line.on))
    if found is not None and received_on is not None and found < received_on:
        line.refuse(column, Message("review_allowed_after", {"day": received_on.isoformat()}))
    return found
