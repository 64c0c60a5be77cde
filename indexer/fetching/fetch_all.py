"""Every original on the list compared with what is stored.

A document has changed when the SHA-256 of its bytes has. For HTML this is stricter than it needs to
be: a page that carries a fresh token in each answer counts as changed each time. That costs reading
one page anew, and the passages come out the same; a hash of the extracted text would instead miss
a change whenever the extraction is at fault, and would change when the extraction is improved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from indexer.fetching.download import (
    HTML_TYPES,
    PDF_TYPES,
    Downloader,
    Fetched,
    Gone,
    Unchanged,
)
from indexer.fetching.errors import FetchError, Reason
from indexer.fetching.sources import Source
from knowledge.messages import Message

KIND_TYPES = {"html": HTML_TYPES, "pdf": PDF_TYPES}
PDF_MARK = b"%PDF-"
PDF_MARK_WITHIN = 1024
"""Readers accept the mark within the first 1024 bytes (PDF Reference 1.7, appendix H, note 13)."""


class OutcomeKind(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    VANISHED = "vanished"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PreviousFetch:
    """What is stored of a source. `url` is the address that was asked for then: validators are
    sent only to the address they came from."""

    url: str
    sha256: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class FetchOutcome:
    """What became of one source.

    `url` was asked for, `final_url` answered. `old_sha256` is of the stored content, `new_sha256`
    of what is valid now (equal when unchanged; None when vanished or failed). `etag` and
    `last_modified` are to be stored for the next time. `reason` and `message` (one
    sentence) are set when failed or vanished, `transient` when trying again later may help.
    """

    source_id: str
    kind: OutcomeKind
    url: str
    at: datetime
    final_url: str | None = None
    old_sha256: str | None = None
    new_sha256: str | None = None
    content_type: str | None = None
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    reason: Reason | None = None
    message: Message | None = None
    transient: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """`number` of `total` (from 1); `outcome` is None when the source is about to be fetched."""

    number: int
    total: int
    source: Source
    outcome: FetchOutcome | None = None


class FetchState(Protocol):
    """The store of originals, as far as fetching needs it."""

    def get(self, source_id: str) -> PreviousFetch | None:
        """What is stored; None when no content is held (never fetched, or dropped as vanished):
        a validator sent without content in hand would bring a 304 and nothing to index."""

    def record(self, source_id: str, outcome: FetchOutcome, content: bytes | None) -> None:
        """Store the outcome, durably, before returning. `content` is set when new or changed.

        Failed: what was stored stays. Vanished: reported at the first 404 or 410; the passages are
        left out of the next generation.
        """


def fetch_all(
    sources: Sequence[Source],
    state: FetchState,
    downloader: Downloader,
    on_progress: Callable[[Progress], None] | None = None,
) -> list[FetchOutcome]:
    """Fetch each source in order and record it at once; never raises for a single source.

    Interrupted at any point, every source already reported is recorded and no other is touched.
    """
    total = len(sources)
    outcomes: list[FetchOutcome] = []
    for number, source in enumerate(sources, start=1):
        if on_progress:
            on_progress(Progress(number, total, source))
        outcome = fetch_one(source, state, downloader)
        outcomes.append(outcome)
        if on_progress:
            on_progress(Progress(number, total, source, outcome))
    return outcomes


def fetch_each(
    sources: Sequence[Source], state: FetchState, downloader: Downloader
) -> Iterator[FetchOutcome]:
    """As `fetch_all`, one recorded outcome at a time; a caller may stop whenever it likes."""
    for source in sources:
        yield fetch_one(source, state, downloader)


def fetch_one(source: Source, state: FetchState, downloader: Downloader) -> FetchOutcome:
    """Fetch one source, record its outcome, and return it."""
    outcome, content = _compare(source, state.get(source.id), downloader)
    state.record(source.id, outcome, content)
    return outcome


def _compare(
    source: Source, previous: PreviousFetch | None, downloader: Downloader
) -> tuple[FetchOutcome, bytes | None]:
    old = previous.sha256 if previous else None
    same_address = previous is not None and previous.url == source.url
    try:
        download = downloader.get(
            source.url,
            etag=previous.etag if previous and same_address else None,
            last_modified=previous.last_modified if previous and same_address else None,
        )
        if isinstance(download, Fetched):
            _check_kind(source, download)
    except FetchError as error:
        return _failed(source, error, old, downloader.now()), None
    match download:
        case Gone():
            return _vanished(source, download, old), None
        case Unchanged():
            return _unchanged(source, download, old), None
        case Fetched():
            return _fetched(source, download, old)


def _check_kind(source: Source, fetched: Fetched) -> None:
    """An error or login page in place of a PDF must not push out the stored document."""
    why = None
    if fetched.content_type not in KIND_TYPES[source.kind]:
        sent = {"kind": source.kind, "type": fetched.content_type}
        why = Message("download_other_kind", sent)
    elif source.kind == "pdf" and PDF_MARK not in fetched.content[:PDF_MARK_WITHIN]:
        why = Message("download_no_pdf")
    if why:
        raise FetchError(fetched.url, Reason.WRONG_TYPE, why)


def _fetched(
    source: Source, fetched: Fetched, old: str | None
) -> tuple[FetchOutcome, bytes | None]:
    if old is None:
        kind = OutcomeKind.NEW
    else:
        kind = OutcomeKind.UNCHANGED if old == fetched.sha256 else OutcomeKind.CHANGED
    outcome = FetchOutcome(
        source_id=source.id,
        kind=kind,
        url=source.url,
        at=fetched.fetched_at,
        final_url=fetched.url,
        old_sha256=old,
        new_sha256=fetched.sha256,
        content_type=fetched.content_type,
        charset=fetched.charset,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
    )
    return outcome, None if kind is OutcomeKind.UNCHANGED else fetched.content


def _unchanged(source: Source, unchanged: Unchanged, old: str | None) -> FetchOutcome:
    return FetchOutcome(
        source_id=source.id,
        kind=OutcomeKind.UNCHANGED,
        url=source.url,
        at=unchanged.fetched_at,
        final_url=unchanged.url,
        old_sha256=old,
        new_sha256=old,
        etag=unchanged.etag,
        last_modified=unchanged.last_modified,
    )


def _vanished(source: Source, gone: Gone, old: str | None) -> FetchOutcome:
    return FetchOutcome(
        source_id=source.id,
        kind=OutcomeKind.VANISHED,
        url=source.url,
        at=gone.fetched_at,
        final_url=gone.url,
        old_sha256=old,
        reason=Reason.CLIENT_ERROR,
        message=gone.message,
    )


def _failed(source: Source, error: FetchError, old: str | None, at: datetime) -> FetchOutcome:
    return FetchOutcome(
        source_id=source.id,
        kind=OutcomeKind.FAILED,
        url=source.url,
        at=at,
        old_sha256=old,
        reason=error.reason,
        message=error.message,
        transient=error.transient,
    )
