"""Fetched originals in the library: what is stored of each source, and its validators."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from indexer.documents import UnreadableDocument
from indexer.fetching.download import Fetched
from indexer.fetching.fetch_all import FetchOutcome, OutcomeKind, PreviousFetch
from indexer.fetching.sources import Source
from indexer.library.catalogue import Catalogue, Filed, Origin
from indexer.library.stored import Metadata
from knowledge.messages import Message
from knowledge.store import Store

SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "text/markdown": ".md",
    "text/plain": ".txt",
}


class FetchedSources:
    """The `FetchState` of the library: records each outcome before the next source is asked for."""

    def __init__(self, store: Store, catalogue: Catalogue, sources: Iterable[Source]) -> None:
        self._store = store
        self._catalogue = catalogue
        self._sources = {source.id: source for source in sources}
        self.unreadable: dict[str, Message] = {}
        """Sources whose content came but could not be read, with the reason."""

    def get(self, source_id: str) -> PreviousFetch | None:
        rows = self._store.database.query(
            "SELECT url, etag, last_modified, sha256 FROM fetches "
            "WHERE source = ? AND sha256 IS NOT NULL "
            "AND source IN (SELECT location FROM documents)",
            [source_id],
        )
        row = next(iter(rows), None)
        return None if row is None else PreviousFetch(**row)

    def record(self, source_id: str, outcome: FetchOutcome, content: bytes | None) -> None:
        sha256 = outcome.new_sha256 or outcome.old_sha256
        if outcome.kind is OutcomeKind.VANISHED:
            self._catalogue.remove(source_id)
            sha256 = None
        if content is not None:
            source = self._sources[source_id]
            metadata = Metadata(
                title=source.title,
                url=source.url,
                publisher=source.publisher,
                edition=source.edition,
            )
            try:
                file_content(
                    self._catalogue,
                    content,
                    outcome.content_type,
                    origin="source",
                    location=source_id,
                    metadata=metadata,
                )
            except UnreadableDocument as error:
                self.unreadable[source_id] = error.message
                sha256 = None  # what is stored stays; the next fetch asks for everything again
        keep_validators = sha256 is not None and outcome.kind is not OutcomeKind.FAILED
        with self._store.write() as db:
            if outcome.kind is OutcomeKind.FAILED and self.get(source_id) is not None:
                db.conn.execute(
                    "UPDATE fetches SET checked_at = ?, outcome = ? WHERE source = ?",
                    [outcome.at.isoformat(), outcome.kind.value, source_id],
                )
                return
            db.table("fetches").upsert(
                {
                    "source": source_id,
                    "url": outcome.url,
                    "etag": outcome.etag if keep_validators else None,
                    "last_modified": outcome.last_modified if keep_validators else None,
                    "sha256": sha256,
                    "checked_at": outcome.at.isoformat(),
                    "outcome": outcome.kind.value,
                },
                pk="source",
            )


def file_page(catalogue: Catalogue, page: Fetched) -> Filed:
    """Add a page that somebody named by its address.

    Raises:
        UnreadableDocument: the page has no text that can be read.
    """
    return file_content(
        catalogue,
        page.content,
        page.content_type,
        origin="url",
        location=page.url,
        metadata=Metadata(title="", url=page.url),
    )


def file_content(
    catalogue: Catalogue,
    content: bytes,
    content_type: str | None,
    *,
    origin: Origin,
    location: str,
    metadata: Metadata,
) -> Filed:
    """Add downloaded bytes; the media type tells how to read them.

    Raises:
        UnreadableDocument: they cannot be read; it names `location`, not the file made here.
    """
    suffix = SUFFIXES.get(content_type or "", ".html")
    with tempfile.TemporaryDirectory(prefix="frisksvar-") as folder:
        original = Path(folder) / f"download{suffix}"
        original.write_bytes(content)
        try:
            return catalogue.file(original, origin=origin, location=location, metadata=metadata)
        except UnreadableDocument as error:
            raise UnreadableDocument(error.key, **{**error.values, "name": location}) from error
