"""Which inquiries the queue shows: a filter as it stands in an address, and as SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge.calendar import OSLO
from knowledge.geography import Municipalities
from knowledge.messages import Failure
from knowledge.register.feedback import Vote
from knowledge.register.models import Language, Outcome, Status
from knowledge.validation import first_fault

NONE = "none"
"""As centre, municipality, topic or actor: those for which none is known."""


class Filter(BaseModel):
    """What must hold of an inquiry; None, "" and an empty list ask for nothing.

    `since` and `until` are days in Norway, both included. `county` is a number of today, and so
    is `municipality`, unless it is an earlier number: then those registered with that number.
    `text` must have every word, the last one perhaps not typed to its end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    status: tuple[Status, ...] = ()
    centre: str | None = None
    municipality: str | None = None
    county: str | None = None
    topic: str | None = None
    actor: str | None = None
    outcome: Outcome | None = None
    vote: Vote | None = None
    language: Language | None = None
    channel: str | None = None
    since: date | None = None
    until: date | None = None
    text: str | None = None
    deleted: bool = False

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> Self:
        """From the query of an address; what is not of the filter is left alone.

        `status` may stand several times (a mapping with `getlist`), as a list, or with commas.

        Raises:
            Failure: a value cannot be used.
        """
        given = {
            name: query[name] for name in cls.model_fields if query.get(name) not in ("", None)
        }
        several = getattr(query, "getlist", None)
        if "status" in given:
            statuses = several("status") if several else given["status"]
            listed = [statuses] if isinstance(statuses, str) else list(statuses)
            parts = [part.strip() for one in listed for part in one.split(",")]
            given["status"] = tuple(part for part in parts if part)
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            field = first_fault(error).field.split(".")[0]
            raise Failure(
                "review_filter_unusable", field=field, value=given.get(field, "")
            ) from None

    def to_query(self) -> str:
        """As the query of an address, without what asks for nothing."""
        pairs: list[tuple[str, str]] = []
        for name, value in self.model_dump(mode="json").items():
            if name == "status":
                pairs += [(name, status) for status in value]
            elif value not in (None, "", False):
                pairs.append((name, "1" if value is True else str(value)))
        return urlencode(pairs)


def conditions(chosen: Filter) -> tuple[str, dict[str, Any]]:
    """The filter as SQL on `inquiries AS i`, and its parameters."""
    parts: list[str] = []
    parameters: dict[str, Any] = {}
    for sql, values in _conditions(chosen):
        parts.append(sql)
        parameters |= values
    return " AND ".join(parts), parameters


def match_of(text: str) -> str | None:
    """A search for every word of the text, for FTS5's MATCH; None where there is none.

    Each word is quoted, so that nothing in it is read as FTS5's own language.
    """
    words = [
        word.replace('"', '""')
        for word in text.replace("\0", " ").split()
        if any(character.isalnum() for character in word)
    ]
    return " ".join(f'"{word}"' for word in words) + "*" if words else None


def _conditions(chosen: Filter) -> Iterator[tuple[str, dict[str, Any]]]:
    yield f"i.deleted_at IS {'NOT ' if chosen.deleted else ''}NULL", {}
    if chosen.status:
        names = {f"status{number}": status for number, status in enumerate(chosen.status)}
        yield f"i.status IN ({', '.join(f':{name}' for name in names)})", names
    for column in ("centre", "actor", "outcome", "language", "channel"):
        value = getattr(chosen, column)
        if value == NONE:
            yield f"i.{column} IS NULL", {}
        elif value:
            yield f"i.{column} = :{column}", {column: value}
    yield from _places(chosen)
    if chosen.topic == NONE:
        yield "NOT EXISTS (SELECT 1 FROM inquiry_topics AS t WHERE t.inquiry = i.id)", {}
    elif chosen.topic:
        topics = "SELECT t.inquiry FROM inquiry_topics AS t WHERE t.topic = :topic"
        yield f"i.id IN ({topics})", {"topic": chosen.topic}
    if chosen.vote:
        votes = "SELECT f.inquiry FROM inquiry_feedback AS f WHERE f.vote = :vote"
        yield f"i.id IN ({votes})", {"vote": chosen.vote}
    # The first and the last day that there is bound nothing, and have no moment in UTC.
    if chosen.since and chosen.since > date.min:
        yield "i.received_at >= :since", {"since": _begins(chosen.since)}
    if chosen.until and chosen.until < date.max:
        yield "i.received_at < :until", {"until": _begins(chosen.until + timedelta(days=1))}
    if match := match_of(chosen.text or ""):
        found = "SELECT rowid FROM inquiries_text WHERE inquiries_text MATCH :text"
        yield f"i.id IN ({found})", {"text": match}


def _places(chosen: Filter) -> Iterator[tuple[str, dict[str, Any]]]:
    if chosen.municipality == NONE:
        yield "i.municipality IS NULL", {}
    elif chosen.municipality:
        present = Municipalities.load().by_code(chosen.municipality)
        column = "municipality_today" if present and present.valid_to is None else "municipality"
        yield f"i.{column} = :municipality", {"municipality": chosen.municipality}
    if chosen.county:
        # The first two digits of a municipality's number are its county (Klass 131).
        bounds = {"county": chosen.county, "after": chosen.county + ":"}  # ":" follows "9"
        yield "i.municipality_today >= :county AND i.municipality_today < :after", bounds


def _begins(day: date) -> str:
    """When a day begins in Norway, as the register writes a moment."""
    return datetime.combine(day, time(), tzinfo=OSLO).astimezone(UTC).isoformat()
