"""What a face shows: the outcome, the quotes, or what to ask back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.documents import Table
from knowledge.messages import Language
from knowledge.register import Outcome, ShownQuote


@dataclass(frozen=True)
class Figure:
    """A figure found in a table: what it is of, and where the cell stands in the stored source."""

    caption: str
    row: str
    column: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class AlsoIn:
    """Another document, or edition, that says the same as a quote."""

    title: str
    edition: str | None
    url: str | None


@dataclass(frozen=True)
class Quote:
    """A verbatim passage that was re-read from the stored source when this was made.

    `text` is the stored source's `[start:end]` in characters, `highlight` the part of it that
    answers, at `highlight_start` characters into `text`. `digest_of` names the official document
    when the words quoted are those of our own digest of it. `approved`: the words are a centre's
    answer to an earlier inquiry; the centre is `publisher`, the day of its approval `updated`.
    """

    document: str
    title: str
    section: str
    publisher: str | None
    url: str | None
    page: int | None
    edition: str | None
    updated: str | None
    digest_of: str | None
    text: str
    start: int
    end: int
    highlight: str
    highlight_start: int
    score: float
    table: Table | None = None
    figure: Figure | None = None
    also: tuple[AlsoIn, ...] = ()
    approved: bool = False

    def shown(self) -> ShownQuote:
        return ShownQuote.model_validate(self)


@dataclass(frozen=True)
class Serving:
    """The name of a municipality or county, and of the development centre that serves it."""

    place: str
    centre: str


@dataclass(frozen=True)
class Reply:
    """The reply to one question.

    Attributes:
        quotes: what is shown when `outcome` is "answered", best first.
        candidates: the ranked passages, whatever the outcome.
        headings: the nearest headings (document, section): for "not_covered" as a hint, for
            "unclear" as the choices that are offered.
        parts: for "unclear", the questions of a message that asks several, to choose among.
        ask_back: for "unclear", what to ask the user: a message key of the catalogue.
        elsewhere: for "not_covered", why the question is not for the centres: a message key; None
            where it may be.
        centre: the development centre to ask, where the municipality is known.
        serving: which centre serves the place, where the question asks for just that.
        notes: message keys with what else to tell (masked personal data, shortened question).
    """

    outcome: Outcome
    language: Language
    candidates: Sequence[Quote] = ()
    quotes: Sequence[Quote] = ()
    headings: Sequence[tuple[str, str]] = ()
    parts: Sequence[str] = ()
    ask_back: str | None = None
    elsewhere: str | None = None
    notes: Sequence[str] = ()
    centre: str | None = None
    serving: Serving | None = None
    inquiry: int | None = None
    generation: str | None = None
    confidence: float = 0.0
    duplicate: bool = False
