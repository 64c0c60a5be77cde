"""What the answers are quoted from: each document, how old it is, and changing what is there."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final

from bot.review.checking import checkable, downloader
from bot.review.site import Site
from bot.review.web import Upload
from indexer.fetching.download import Fetched, Gone
from indexer.fetching.errors import FetchError
from indexer.index import indexed_keys
from indexer.library.catalogue import Catalogue, Filed, LibraryDocument, Origin
from indexer.library.fetched import file_page
from indexer.library.stored import Metadata
from knowledge.messages import Failure
from knowledge.register.approvals import Approvals

STALE: Final = timedelta(days=180)
"""Rules and grants change from year to year: what nobody has looked at for half a year is told."""

LONGEST_NAME: Final = 120
"""Characters of a file's name; file systems take 255 bytes."""


@dataclass(frozen=True)
class Source:
    """A document of the library as the page lists it.

    Attributes:
        looked_at: when it was last fetched, checked or added; None for those that come along.
        outcome: of the last check with the publisher, where there was one.
        indexed: whether the index in use has it as it is now.
        checkable: whether its publisher can be asked for a newer edition.
        inquiry: where it is a centre's approved answer, the inquiry that it answers.
    """

    document: LibraryDocument
    passages: int | None
    looked_at: datetime | None
    outcome: str | None
    indexed: bool
    checkable: bool = False
    inquiry: int | None = None

    @property
    def stale(self) -> bool:
        return self.looked_at is not None and datetime.now(UTC) - self.looked_at > STALE

    @property
    def removable(self) -> bool:
        """Digests come along with the program, and an approved answer is withdrawn instead."""
        return self.document.origin not in ("bundled", "inquiry")


def sources(site: Site) -> list[Source]:
    """Those that somebody added, newest first, then those that come along, by title."""
    connection = site.store.database.conn
    added_at = {
        str(number): datetime.fromisoformat(at)
        for number, at in connection.execute("SELECT id, added_at FROM documents")
    }
    checked = {
        str(source): (datetime.fromisoformat(at), str(outcome))
        for source, at, outcome in connection.execute(
            "SELECT source, checked_at, outcome FROM fetches"
        )
    }
    answered = {a.location: a.inquiry for a in Approvals(site.store).standing()}
    indexed = indexed_keys(site.settings)

    def of(documents: Iterable[LibraryDocument]) -> list[Source]:
        found: list[Source] = []
        for document in documents:
            at, outcome = checked.get(document.location, (added_at.get(document.id), None))
            found.append(
                Source(
                    document,
                    _passages(site.catalogue, document),
                    at,
                    outcome,
                    document.key in indexed,
                    checkable(site.catalogue, document),
                    answered.get(document.location),
                )
            )
        return found

    bundled = sorted(site.catalogue.bundled(), key=lambda document: document.metadata.title)
    return [*reversed(of(site.catalogue.added())), *of(bundled)]


def _passages(catalogue: Catalogue, document: LibraryDocument) -> int | None:
    try:
        return catalogue.shelf.passage_count(document.id)
    except FileNotFoundError:
        return None  # `frisksvar doctor` tells what to do


def add_upload(site: Site, upload: Upload, metadata: Metadata) -> Filed:
    """Put a file that somebody sent into the library, or in the place of one of the same name.

    Raises:
        Failure: the file cannot be read, or not be written down.
    """
    name = safe_name(upload.name)
    if Path(name).suffix.lower() not in _readable():
        raise Failure("review_source_kind", name=name, kinds=", ".join(_readable()))
    with tempfile.TemporaryDirectory(prefix="frisksvar-") as folder:
        original = Path(folder) / name
        original.write_bytes(upload.content)
        return site.catalogue.file(
            original, origin="file", location=f"upload:{name}", metadata=metadata
        )


def _readable() -> list[str]:
    # Imported late: the readers of PDF and HTML are not needed for any other page.
    from indexer.loaders import EXTENSIONS

    return sorted(EXTENSIONS)


def safe_name(given: str) -> str:
    """The last part of a name as a browser sent it, with what file systems refuse left out."""
    last = PureWindowsPath(PurePosixPath(given).name).name
    kept = "".join(c for c in last if c.isprintable() and c not in '<>:"/\\|?*').strip(". ")
    stem, suffix = Path(kept).stem, Path(kept).suffix
    return f"{stem[: LONGEST_NAME - len(suffix)]}{suffix}" if stem else "dokument"


def add_address(site: Site, address: str) -> Filed:
    """Fetch a page by its address, within the rules for fetching, and put it into the library.

    Raises:
        Failure: it may not be fetched, does not answer, or cannot be read.
    """
    with downloader(site.settings) as fetcher:
        try:
            page = fetcher.get(address)
        except FetchError as error:
            raise Failure(error.message.key, **error.message.values) from error
    if isinstance(page, Gone):
        raise Failure(page.message.key, **page.message.values)
    assert isinstance(page, Fetched)  # Unchanged answers validators, and none were sent
    filed = file_page(site.catalogue, page)
    with site.store.write() as db:  # what a check found before is of what was there before
        db.conn.execute("DELETE FROM fetches WHERE source = ?", [page.url])
    return filed


def check(site: Site, chosen: Collection[str]) -> int | None:
    """Ask publishers for newer editions, in the background; the index is renewed where there are.

    Args:
        chosen: ids of documents; empty for every document that can be asked for.

    Returns:
        How many are asked for; None where a check is going on already.
    """
    documents = [
        document
        for document in site.catalogue.added()
        if checkable(site.catalogue, document) and (not chosen or document.id in chosen)
    ]
    if not documents:
        return 0
    begun = site.checking.start(
        site.settings,
        site.store,
        site.catalogue,
        documents,
        lambda: site.building.start(site.settings, site.store),
    )
    return len(documents) if begun else None


def remove(site: Site, document: str) -> dict[str, Any] | None:
    """Take a document out of the library.

    Returns:
        What `put_back` needs, as JSON may hold it; None where there is no such document.
    """
    for source in sources(site):
        found = source.document
        if found.id == document and source.removable:
            site.catalogue.take_out(found.location)
            return {
                "id": found.id,
                "origin": found.origin,
                "location": found.location,
                "metadata": found.metadata.model_dump(),
            }
    return None


def put_back(site: Site, removed: dict[str, Any]) -> Filed | None:
    """File again what was removed; None where its original is no longer kept."""
    origin: Origin = removed["origin"]
    try:
        original = site.catalogue.shelf.original(str(removed["id"]))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return site.catalogue.file(
        original,
        origin=origin,
        location=str(removed["location"]),
        metadata=Metadata.model_validate(removed["metadata"]),
    )
