"""An inquiry (henvendelse) as it is written and as it is read back."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["new", "waiting", "answered", "resolved", "not_an_inquiry"]
Outcome = Literal["answered", "not_covered", "unclear", "failed"]
Language = Literal["nb", "nn", "en"]


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
    quotes: tuple[ShownQuote, ...] = ()
