"""What an inquiry may be corrected to, and what follows from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from knowledge.messages import Message
from knowledge.privacy.masking import LABELS
from knowledge.reference import centre_for
from knowledge.register.editing import Refused
from knowledge.register.inquiry_state import same_clock
from knowledge.register.values import (
    CHANNELS,
    LANGUAGES,
    STATUSES,
    cleaned,
    known_actor,
    known_centre,
    known_topics,
    municipality_on,
    one_of,
    read_date,
)

FIELDS: Final = (
    "municipality actor centre language channel topics status note question received_on"
).split()
"""What may be corrected."""

NOT_IN_BULK: Final = frozenset({"note", "question", "received_on"})
"""Belong to one inquiry."""

AUTOMATIC: Final = "auto"
"""As `centre`: the one that follows from municipality and topics."""

OPEN_AGAIN: Final = "open"
"""As `status`: what it was before it was done with, with the centre that had it then."""

DONE: Final = frozenset({"resolved", "not_an_inquiry"})
NOBODYS: Final = DONE | {"new"}
"""With these statuses no centre has the inquiry."""

_OPTIONAL = frozenset({"municipality", "actor", "centre", "language"})

_ALLOWED: Final[dict[str, Callable[[str], str]]] = {
    "actor": known_actor,
    "language": lambda value: one_of("language", value, LANGUAGES),
    "channel": lambda value: one_of("channel", value, CHANNELS),
    "status": lambda value: one_of("status", value, STATUSES),
}


def tidied(values: Mapping[str, Any]) -> dict[str, Any]:
    """As the fields are kept, so that what a form sends compares with what is there."""
    kept: dict[str, Any] = {}
    for field, value in values.items():
        if field == "topics":
            kept[field] = sorted(set(value))
        elif field in ("note", "question"):
            kept[field] = cleaned(value)
        elif isinstance(value, date):
            kept[field] = value.isoformat()
        elif field in _OPTIONAL:
            kept[field] = (value or "").strip() or None
        else:
            kept[field] = value.strip()
    return kept


def complete(state: Mapping[str, Any], given: Mapping[str, Any], who: str) -> dict[str, Any]:
    """The values of `given` (tidied) checked, with everything that follows from them.

    Raises:
        Refused: one of them cannot be used.
    """
    wanted = dict(given)
    for field, check in _ALLOWED.items():
        if wanted.get(field) is not None and wanted[field] != state[field]:
            wanted[field] = check(wanted[field])
    if "question" in wanted:
        wanted["masked"] = _masked(state["masked"], wanted["question"])
    if "received_on" in wanted:
        day = read_date(wanted["received_on"], "received_on").isoformat()
        wanted |= {"received_on": day, "received_at": same_clock(state["received_at"], day)}
    if {"municipality", "received_on"} & wanted.keys():
        wanted |= _municipality({**state, **wanted})
    if "topics" in wanted:
        chosen = known_topics(wanted["topics"])
        reasons = {topic: state["topic_reasons"].get(topic, who) for topic in chosen}
        wanted |= {"topics": chosen, "topic_reasons": reasons}
    if wanted.get("centre") is not None:
        wanted["centre"] = centre_of(wanted["centre"], {**state, **wanted})
    if wanted.get("status") not in (None, state["status"]):
        wanted |= status_with({**state, **wanted}, wanted["status"])
    return wanted


def status_with(state: Mapping[str, Any], status: str) -> dict[str, Any]:
    """A status with the times and the handover that go with it.

    As in Slack: who resolves an inquiry closes its handover.
    """
    now = datetime.now(UTC).isoformat()
    wanted: dict[str, Any] = {"status": status}
    wanted["resolved_at"] = now if status == "resolved" else None
    stands = [f for f in state if _is_handover(f) and state[f] is None]
    if status in NOBODYS:
        wanted |= dict.fromkeys(stands, now)
    elif status == "answered":
        wanted["answered_by"] = state["answered_by"] or state["centre"]
        wanted["first_reply_at"] = state["first_reply_at"] or now
        for handover in stands:
            replied = f"{handover}:first_reply"
            wanted[replied] = state[replied] or now
    return wanted


def opened_again(state: Mapping[str, Any], handover: str | None) -> dict[str, Any]:
    """As it was before it was done with, as `Inquiries.resolve` takes that back.

    Args:
        handover: the field of the one that was closed with it.
    """
    if handover is None:
        return {"resolved_at": None, "status": "answered" if state["answered_by"] else "new"}
    status = "answered" if state[f"{handover}:first_reply"] else "waiting"
    return {"resolved_at": None, "status": status, handover: None}


def _is_handover(field: str) -> bool:
    return field.startswith("handover:") and field.count(":") == 1


def _masked(before: str, question: str) -> str:
    """The kinds that were masked in a question (JSON), with those whose label now stands in it."""
    if not question:
        raise Refused("question", Message("review_question_empty"))
    now = [kind for kind, label in LABELS.items() if label in question]
    return json.dumps(list(dict.fromkeys([*json.loads(before), *now])))


def _municipality(state: Mapping[str, Any]) -> dict[str, Any]:
    """The number valid on the day, and its successor; an unchanged one must suit a new day."""
    text = state["municipality"]
    if text is None:
        return {"municipality": None, "municipality_today": None}
    place = municipality_on(text, read_date(state["received_on"], "received_on"))
    return {"municipality": place.number, "municipality_today": place.today}


def centre_of(centre: str, state: Mapping[str, Any]) -> str | None:
    """The centre of an id, checked, or the one that follows (`AUTOMATIC`), if one does."""
    if centre != AUTOMATIC:
        return known_centre(centre)
    if state["municipality"] is None:
        return None
    day = read_date(state["received_on"], "received_on")
    chosen = centre_for(state["municipality"], day, topics=state["topics"]).centre
    return chosen.id if chosen else None
