"""An inquiry (henvendelse) as it is written and as it is read back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["new", "waiting", "answered", "resolved", "not_an_inquiry"]
Outcome = Literal["answered", "not_covered", "unclear", "failed"]
Language = Literal["nb", "nn", "en"]
LinkKind = Literal["clicked", "helpful", "not_helpful", "linked"]


class NewInquiry(BaseModel):
    """What is known before any work is done. `question` and `thread` must already be masked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    came_from: str = Field(min_length=1, description="Unique origin, e.g. slack:C012:1700.1")
    received_at: datetime
    channel: str
    question: str
    masked: tuple[str, ...] = ()
    thread: tuple[str, ...] = ()
    language: Language | None = None
    municipality: str | None = None
    municipality_today: str | None = None
    actor: str | None = None
    asker: str | None = Field(default=None, description="Pseudonym, a keyed hash; never a name")
    centre: str | None = None
    topics: dict[str, str] = Field(default_factory=dict, description="topic id -> reason")


class ShownQuote(BaseModel):
    """One quote as it was shown; never changed afterwards. Offsets are characters."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)

    document: str
    title: str
    section: str
    url: str | None
    edition: str | None
    updated: str | None
    digest_of: str | None = None
    start: int
    end: int
    text: str
    highlight: str
    score: float


class Inquiry(NewInquiry):
    """A row of the register, with its topics and the quotes shown."""

    id: int
    status: Status
    outcome: Outcome | None = None
    answered_by: str | None = None
    generation: str | None = None
    first_reply_at: datetime | None = None
    resolved_at: datetime | None = None
    duplicate_of: int | None = None
    edited_at: datetime | None = None
    withdrawn_at: datetime | None = None
    note: str = ""
    reviewed_at: datetime | None = None
    deleted_at: datetime | None = None
    revision: int = 0
    quotes: tuple[ShownQuote, ...] = ()

    @property
    def gone(self) -> bool:
        """Whether there is nothing to answer: withdrawn by the asker, or deleted by a reviewer."""
        return self.withdrawn_at is not None or self.deleted_at is not None


class NewLink(BaseModel):
    """That an inquiry led somebody to a passage. Offsets are characters into the stored source.

    `who` is the id of a centre or a pseudonym; what looks like a name or an address is refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    inquiry: int
    document: str = Field(min_length=1)
    start: int = Field(ge=0)
    end: int = Field(gt=0)
    kind: LinkKind
    who: str = Field(pattern=r"^[a-z0-9][a-z0-9._:-]{0,63}$")


class Link(NewLink):
    """A link as it is kept."""

    id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Bridge:
    """A past question and a passage it led to, with how many times in each way.

    `follow_up` is a question that was asked in a thread, and may mean little without it.
    """

    question: str
    language: Language | None
    document: str
    start: int
    end: int
    linked: int = 0
    helpful: int = 0
    not_helpful: int = 0
    clicked: int = 0
    follow_up: bool = False
