"""Which documents belong to the library: those somebody added, and the digests that come along."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from indexer.library.shelf import READING_VERSION, Shelf, content_id
from indexer.library.stored import Metadata
from knowledge.register.approvals import Approvals
from knowledge.store import Store

Origin = Literal["bundled", "file", "url", "source", "inquiry"]


@dataclass(frozen=True)
class LibraryDocument:
    """One document of the library. `id` names its folder on the shelf."""

    id: str
    origin: Origin
    location: str
    metadata: Metadata

    @property
    def key(self) -> str:
        """Changes when anything that the index holds of the document may have changed."""
        state = f"{READING_VERSION}|{self.id}|{self.metadata.model_dump_json()}"
        return hashlib.sha256(state.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Filed:
    """What became of one document that was to be added."""

    outcome: Literal["added", "changed", "unchanged", "duplicate"]
    document: str
    passages: int
    same_as: str | None = None
    """Where the other copy of a duplicate was added from."""


def bundled_folder() -> Path:
    """The digests that come with Frisksvar (knowledge/bundled)."""
    return Path(str(files("knowledge").joinpath("bundled")))


SHORTEST_ID = 6
"""Characters of an id that name a document: with fewer, a slip could remove another."""


class Catalogue:
    """The table of added documents, over a `Store` and a `Shelf`. Thread-safe."""

    def __init__(self, store: Store, shelf: Shelf) -> None:
        self._store = store
        self._approvals = Approvals(store)
        self.shelf = shelf

    def file(
        self,
        original: Path,
        *,
        origin: Origin,
        location: str,
        metadata: Metadata | None = None,
    ) -> Filed:
        """Read a document and add it, or replace what was added from the same location.

        Args:
            metadata: overrides what the document says of itself, field by field.

        Raises:
            UnreadableDocument: the document cannot be read; the library is as before.
            DiskTrouble, StoreError: it cannot be written; the library is as before.
        """
        document = content_id(original)
        previous = self._row("location = ?", location)
        twin = self._row("id = ?", document)
        if twin is not None and twin["location"] != location:
            if previous is not None:  # what stood here before is there no more
                with self._store.write() as db:
                    db.conn.execute("DELETE FROM documents WHERE location = ?", [location])
            return Filed("duplicate", document, twin["passages"], same_as=twin["location"])
        if not self.shelf.intact(document):
            self.shelf.put(original, document)
        merged = self.shelf.metadata(document)
        if metadata is not None:
            given = {name: value for name, value in metadata.model_dump().items() if value}
            merged = merged.model_copy(update=given)
        row = {
            "id": document,
            "origin": origin,
            "location": location,
            **merged.model_dump(),
            "added_at": datetime.now(UTC).isoformat(),
            "bytes": self.shelf.original(document).stat().st_size,
            "passages": self.shelf.passage_count(document),
        }
        if previous is not None and previous["id"] == document:
            same = all(previous[k] == row[k] for k in Metadata.model_fields)
            if same:
                return Filed("unchanged", document, previous["passages"])
        with self._store.write() as db:
            db.conn.execute("DELETE FROM documents WHERE location = ?", [location])
            db.table("documents").insert(row)
        return Filed("changed" if previous else "added", document, row["passages"])

    def remove(self, which: str) -> list[LibraryDocument]:
        """Take out the documents whose id starts with `which`, or whose location is it."""
        chosen = [
            document
            for document in self.added()
            if document.location in (which, str(Path(which).resolve()))
            or (len(which) >= SHORTEST_ID and document.id.startswith(which))
        ]
        with self._store.write() as db:
            for document in chosen:
                db.conn.execute("DELETE FROM documents WHERE id = ?", [document.id])
        return chosen

    def take_out(self, location: str) -> bool:
        """Take out what was added from exactly this location. Whether there was anything."""
        with self._store.write() as db:
            removed = db.conn.execute("DELETE FROM documents WHERE location = ?", [location])
            return bool(removed.rowcount)

    def added(self) -> list[LibraryDocument]:
        """The documents somebody added or fetched, oldest first; approved answers that stand."""
        rows = list(self._store.database.query("SELECT * FROM documents ORDER BY added_at, id"))
        approved = {row["id"] for row in rows if row["origin"] == "inquiry"}
        over = approved - self._approvals.stands(approved)
        return [
            LibraryDocument(
                row["id"],
                row["origin"],
                row["location"],
                Metadata.model_validate({name: row[name] for name in Metadata.model_fields}),
            )
            for row in rows
            if row["id"] not in over
        ]

    def bundled(self) -> Iterator[LibraryDocument]:
        """The digests that come with Frisksvar, put on the shelf where they are not yet there."""
        for original in sorted(bundled_folder().glob("*.md")):
            document = content_id(original)
            try:
                metadata = self.shelf.metadata(document)
            except (FileNotFoundError, NotADirectoryError, ValueError):
                self.shelf.put(original, document)
                metadata = self.shelf.metadata(document)
            yield LibraryDocument(document, "bundled", original.name, metadata)

    def damaged(self, *, bundled: bool) -> list[LibraryDocument]:
        """The documents whose stored text is not what their passages say; reads every document."""
        documents = [*(self.bundled() if bundled else ()), *self.added()]
        return [document for document in documents if not self.shelf.intact(document.id)]

    def restore(self, document: LibraryDocument) -> bool:
        """Read a damaged document again; False where no original is left."""
        if document.origin == "bundled":
            self.shelf.put(bundled_folder() / document.location, document.id)
            return True
        return self.shelf.restore(document.id)

    def _row(self, condition: str, value: str) -> dict[str, Any] | None:
        rows = self._store.database.query(
            f"SELECT * FROM documents WHERE {condition}",  # noqa: S608 (our conditions)
            [value],
        )
        return next(iter(rows), None)
