"""Asking publishers for newer editions of what was fetched: in the background, with progress."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from bot.review.background import Background
from indexer.documents import UnreadableDocument
from indexer.fetching.download import Downloader
from indexer.fetching.fetch_all import (
    FetchOutcome,
    OutcomeKind,
    PreviousFetch,
    fetch_each,
)
from indexer.fetching.settings import FetchSettings
from indexer.fetching.sources import Source
from indexer.library.catalogue import Catalogue, LibraryDocument
from indexer.library.fetched import file_content
from indexer.library.stored import Metadata
from knowledge.messages import Message
from knowledge.settings import Settings
from knowledge.store import Store

KINDS: Final[dict[str, Literal["html", "pdf"]]] = {
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
}
"""By the name of the stored original: what publishers have, and `fetch_one` can compare."""


@dataclass(frozen=True)
class Progress:
    """How far a check has come.

    Attributes:
        found: how many documents had each outcome.
        why: location -> why it could not be fetched or read.
        trouble: what ended the check before its time.
    """

    running: bool = False
    done: int = 0
    total: int = 0
    ended_at: datetime | None = None
    found: Counter[OutcomeKind] | None = None
    why: dict[str, Message] | None = None
    trouble: Message | None = None


class Checking(Background[Progress]):
    """Checks documents of one home, one check at a time. Thread-safe."""

    def __init__(self) -> None:
        super().__init__("checking", Progress())

    def start(
        self,
        settings: Settings,
        store: Store,
        catalogue: Catalogue,
        documents: Iterable[LibraryDocument],
        changed: Callable[[], object],
    ) -> bool:
        """Check in the background; False where that is going on already.

        Args:
            changed: called at the end where the library is not as it was.
        """
        asked = _Asked(store, catalogue, documents)
        begun = Progress(running=True, total=len(asked.sources))
        return self._begin(begun, partial(self._run, settings, asked, changed))

    def _run(self, settings: Settings, asked: _Asked, changed: Callable[[], object]) -> None:
        trouble: Message | None = None
        try:
            with downloader(settings) as fetcher:
                for _ in fetch_each(asked.sources, asked, fetcher):
                    with self._guard:
                        self._progress = replace(self._progress, done=self._progress.done + 1)
        except Exception as error:
            trouble = self._trouble(error)
        if asked.found[OutcomeKind.CHANGED]:
            changed()
        with self._guard:
            self._progress = replace(
                self._progress,
                running=False,
                ended_at=datetime.now(UTC),
                found=asked.found,
                why=asked.why,
                trouble=trouble,
            )


def downloader(settings: Settings) -> Downloader:
    """What fetches within the rules that the operator has set."""
    return Downloader(
        FetchSettings(
            allow_http=settings.allow_http,
            allow_private=settings.allow_private,
            extra_ports=frozenset(settings.allow_ports),
        )
    )


def checkable(catalogue: Catalogue, document: LibraryDocument) -> bool:
    """Whether a publisher can be asked for a newer edition of it."""
    return document.origin in ("source", "url") and _kind(catalogue, document) is not None


def _kind(catalogue: Catalogue, document: LibraryDocument) -> Literal["html", "pdf"] | None:
    try:
        original: Path = catalogue.shelf.original(document.id)
    except (FileNotFoundError, NotADirectoryError):
        return None  # `frisksvar doctor` tells what to do
    return KINDS.get(original.suffix.lower())


class _Asked:
    """The documents that are asked for, as the `FetchState` of a check.

    Unlike `frisksvar fetch` it keeps what the publisher no longer has: an address that moved must
    not take a document out of the answers because somebody pressed a button. The page tells.
    """

    def __init__(
        self, store: Store, catalogue: Catalogue, documents: Iterable[LibraryDocument]
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._documents: dict[str, LibraryDocument] = {}
        self.sources: list[Source] = []
        self.found: Counter[OutcomeKind] = Counter()
        self.why: dict[str, Message] = {}
        for document in documents:
            kind = _kind(catalogue, document)
            row = self._row(document.location)
            address = row["url"] if row else document.metadata.url
            if kind is None or not address:
                continue
            self._documents[document.id] = document
            self.sources.append(
                Source(
                    id=document.id,
                    title=document.metadata.title or document.location,
                    publisher=document.metadata.publisher or "–",
                    url=address,
                    kind=kind,
                    edition=document.metadata.edition or "–",
                )
            )

    def get(self, source_id: str) -> PreviousFetch | None:
        """What is stored; validators only where they are of that content."""
        document = self._documents[source_id]
        sha256 = self._sha256(document)
        row = self._row(document.location)
        if row is None or row["sha256"] != sha256:
            return PreviousFetch(document.metadata.url or "", sha256)
        return PreviousFetch(row["url"], sha256, row["etag"], row["last_modified"])

    def record(self, source_id: str, outcome: FetchOutcome, content: bytes | None) -> None:
        document = self._documents[source_id]
        kind, why = outcome.kind, outcome.message
        if content is not None:
            try:
                self._file(document, content, outcome.content_type)
            except UnreadableDocument as error:
                kind, why = OutcomeKind.FAILED, error.message
        self.found[kind] += 1
        if kind is OutcomeKind.FAILED and why is not None:
            self.why[document.location] = why
        self._keep(document, outcome, kind)

    def _file(self, document: LibraryDocument, content: bytes, content_type: str | None) -> None:
        about = document.metadata
        if document.origin == "source":  # the list of sources says what it is called
            given = about.model_copy(update={"updated": None, "digest_of": None})
        else:
            given = Metadata(title="", url=about.url)
        file_content(
            self._catalogue,
            content,
            content_type,
            origin=document.origin,
            location=document.location,
            metadata=given,
        )

    def _keep(self, document: LibraryDocument, outcome: FetchOutcome, kind: OutcomeKind) -> None:
        at = outcome.at.isoformat()
        with self._store.write() as db:
            known = self._row(document.location) is not None
            if known and kind in (OutcomeKind.FAILED, OutcomeKind.VANISHED):
                db.conn.execute(
                    "UPDATE fetches SET checked_at = ?, outcome = ? WHERE source = ?",
                    [at, kind.value, document.location],
                )
                return
            answered = kind in (OutcomeKind.UNCHANGED, OutcomeKind.CHANGED)
            db.table("fetches").upsert(
                {
                    "source": document.location,
                    "url": outcome.url,
                    "etag": outcome.etag if answered else None,
                    "last_modified": outcome.last_modified if answered else None,
                    "sha256": outcome.new_sha256 if answered else None,
                    "checked_at": at,
                    "outcome": kind.value,
                },
                pk="source",
            )

    def _sha256(self, document: LibraryDocument) -> str:
        with self._catalogue.shelf.original(document.id).open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()

    def _row(self, location: str) -> dict[str, Any] | None:
        rows = self._store.database.query(
            "SELECT url, etag, last_modified, sha256 FROM fetches WHERE source = ?", [location]
        )
        return next(iter(rows), None)
