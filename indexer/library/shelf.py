"""Documents on disk, one folder each, named by the SHA-256 of the original.

A folder holds `original/<file name>`, `text.txt` (the stored source that quotes are re-read from),
`passages.jsonl` and `metadata.json`. A folder is complete or absent, and never changed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from indexer.documents import UnreadableDocument
from indexer.files import disk_trouble, new_folder
from indexer.library.stored import Metadata, StoredPassage, metadata_of, passages_of

READING_VERSION = 1
"""Raise it when a loader or the splitting changes: every document is then read again."""

GRACE_SECONDS = 3_600
"""A document put here less than this ago is never pruned."""


def content_id(original: Path) -> str:
    """SHA-256 of the file, together with its sidecar of front matter where there is one."""
    digest = hashlib.sha256()
    for path in (original, sidecar(original)):
        if path.is_file():
            with path.open("rb") as content:
                digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()


def sidecar(original: Path) -> Path:
    return original.with_name(f"{original.name}.yaml")


def _original(folder: Path) -> Path:
    for path in (folder / "original").iterdir():
        if not sidecar_of(path):
            return path
    raise FileNotFoundError(folder / "original")


def sidecar_of(path: Path) -> bool:
    return path.suffix == ".yaml" and path.with_suffix("").is_file()


class Shelf:
    """The folder of documents. Safe to use from several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._root = folder
        self.folder = folder / f"v{READING_VERSION}"

    def path(self, document: str) -> Path:
        return self.folder / document[:2] / document

    def has(self, document: str) -> bool:
        return self.path(document).is_dir()

    def intact(self, document: str) -> bool:
        """Whether everything is there and every passage stands in the stored text as indexed.

        Reads the whole document; `has` is the quick question.
        """
        folder = self.path(document)
        try:
            self.metadata(document)
            self.original(document)
            text = (folder / "text.txt").read_bytes()
            with (folder / "passages.jsonl").open("rb") as lines:
                for line in lines:
                    passage = json.loads(line)
                    start, end = passage["byte_start"], passage["byte_end"]
                    if text[start:end] != passage["text"].encode():
                        return False
            return (folder / "passages.jsonl").stat().st_size > 0
        except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
            return False

    def put(self, original: Path, document: str) -> None:
        """Read a file and keep it, in the place of a damaged copy where there is one.

        Raises:
            UnreadableDocument: it is not a document that can be read, nothing is in it, or it
                was written to meanwhile.
            DiskTrouble: it cannot be written.
        """
        # Imported late: the readers of PDF and HTML are not needed to answer a question.
        from indexer.loaders import load

        loaded = load(original)
        passages = passages_of(loaded)
        if not passages:
            raise UnreadableDocument("reader_no_passages", name=original.name)
        final = self.path(document)
        with new_folder(final, replace=final.exists() and not self.intact(document)) as work:
            kept = work / "original"
            kept.mkdir()
            for file in (original, sidecar(original)):
                if file.is_file():
                    shutil.copyfile(file, kept / file.name)
            # newline="": the stored text keeps its offsets on every platform
            with (work / "text.txt").open("w", encoding="utf-8", newline="") as text:
                text.write(loaded.text)
            with (work / "passages.jsonl").open("w", encoding="utf-8") as lines:
                lines.writelines(passage.model_dump_json() + "\n" for passage in passages)
            (work / "metadata.json").write_text(
                metadata_of(loaded).model_dump_json(), encoding="utf-8"
            )
            if content_id(kept / original.name) != document:
                raise UnreadableDocument("reader_changed", name=original.name)

    def reread(self, document: str) -> bool:
        """Read a document again from the original kept by an earlier READING_VERSION.

        Returns:
            False where no earlier version has it either.
        """
        return self.has(document) or self.restore(document)

    def restore(self, document: str) -> bool:
        """Read a missing or damaged document again from an original that was kept.

        Returns:
            False where no original is left that is what was added.
        """
        for folder in sorted(self._root.glob(f"v*/{document[:2]}/{document}"), reverse=True):
            try:
                self.put(_original(folder), document)
            except (FileNotFoundError, NotADirectoryError, UnreadableDocument):
                continue
            return True
        return False

    def metadata(self, document: str) -> Metadata:
        return Metadata.model_validate_json(
            (self.path(document) / "metadata.json").read_text(encoding="utf-8")
        )

    def original(self, document: str) -> Path:
        return _original(self.path(document))

    def passages(self, document: str) -> Iterator[StoredPassage]:
        with (self.path(document) / "passages.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                yield StoredPassage.model_validate_json(line)

    def passage_count(self, document: str) -> int:
        with (self.path(document) / "passages.jsonl").open("rb") as lines:
            return sum(1 for _ in lines)

    def read(self, document: str, byte_start: int, byte_end: int) -> str:
        """The stored text between two byte offsets, read anew from the disk.

        Raises:
            OSError: the stored source is gone.
            UnicodeDecodeError: it is not what was indexed.
        """
        with (self.path(document) / "text.txt").open("rb") as source:
            source.seek(byte_start)
            return source.read(byte_end - byte_start).decode("utf-8")

    def remove(self, document: str) -> None:
        """Remove a document, however it was read and whatever is half written of it.

        Raises:
            DiskTrouble: it cannot be removed.
        """
        place = f"v*/{document[:2]}"
        for folder in (
            *self._root.glob(f"{place}/{document}"),
            *self._root.glob(f"{place}/.{document}.*"),
        ):
            try:
                shutil.rmtree(folder)
            except FileNotFoundError:
                continue  # somebody else was quicker
            except OSError as error:
                raise disk_trouble(error, folder) from error

    def prune(self, keep: set[str]) -> int:
        """Remove the documents not in `keep`; returns how many.

        One that was put here a moment ago may be waiting for its row in the catalogue: it stays.
        """
        removed = 0
        for folder in self.folder.glob("??/*"):  # also «.…», left by a process that was killed
            if folder.name in keep:
                continue
            if time.time() - folder.stat().st_mtime > GRACE_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
        return removed
