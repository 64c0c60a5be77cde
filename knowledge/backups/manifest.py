"""What a backup says of itself, and the backups in a folder.

A backup is a folder `frisksvar-2026-11-22T030000Z/` (UTC) that comes and goes in one rename. It
has `frisksvar.db`, `files.tar` and `manifest.json`; encrypted, the first two end in `.age`.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge.backups.errors import BackupError

FORMAT = 1
"""Raise it when an older program could not restore what is written."""

MANIFEST = "manifest.json"
NAME = re.compile(r"frisksvar-(\d{4}-\d{2}-\d{2}T\d{6}Z)")
STAMP = "%Y-%m-%dT%H%M%SZ"

Verified = Literal["opened", "decrypted", "before_encryption"]
"""How a backup was checked: the copy itself opened and read; the encrypted file decrypted again
and found to be that copy; or only the copy before it was encrypted, as no secret key was there."""


class Part(BaseModel):
    """A file of a backup.

    Attributes:
        sha256: of the file as it lies there.
        sha256_inside: of what is in it when it is encrypted.
    """

    model_config = ConfigDict(frozen=True)

    file: str
    bytes: int
    sha256: str
    sha256_inside: str


class Manifest(BaseModel):
    """Written last, when everything beside it is on disk and checked.

    Attributes:
        program: version of Frisksvar.
        migrations: of the database, oldest first.
        rows: of each table, in the snapshot that was copied.
        sequence: number of the last row of `jobs` there, which each backup adds to: it tells which
            of two of the same line is the later one, whatever the clock said. 0 where it is not
            known.
        line: of registers that go on from each other without a restore between; "" where it is not
            known (knowledge/store/copying.py: `Checked`).
        orphans: rows whose foreign key led nowhere.
        documents: how many are in `files`.
        contents: digest of what `files` holds, to see that it is the same as last time.
        missing: documents that the library should have and had not.
    """

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    program: str
    made_at: datetime
    database: Part
    files: Part
    migrations: tuple[str, ...]
    rows: dict[str, int]
    sequence: int = 0
    line: str = ""
    orphans: int
    documents: int
    contents: str
    missing: tuple[str, ...]
    recipients: tuple[str, ...]
    verified: Verified

    @property
    def bytes(self) -> int:
        """Of its files together."""
        return self.database.bytes + self.files.bytes


class Backup:
    """One backup in a folder. Its manifest is read when it is asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def made_at(self) -> datetime:
        """By its name, in UTC."""
        found = NAME.fullmatch(self.name)
        assert found is not None
        return datetime.strptime(found[1], STAMP).replace(tzinfo=UTC)

    def manifest(self) -> Manifest:
        """Raises BackupError where it is missing, damaged or of a newer program."""
        try:
            text = (self.path / MANIFEST).read_text(encoding="utf-8")
            read = Manifest.model_validate_json(text)
        except (OSError, ValidationError, UnicodeDecodeError) as error:
            raise BackupError("operation_backup_no_manifest", path=self.path) from error
        if read.format > FORMAT:
            raise BackupError("operation_backup_newer", path=self.path, program=read.program)
        return read

    def whole(self) -> Manifest:
        """The manifest, where every file is still what it says; reads all of them.

        Raises:
            BackupError: a file is missing or changed.
        """
        manifest = self.manifest()
        for part in (manifest.database, manifest.files):
            path = self.path / Path(part.file).name  # never outside the folder
            try:
                same = sha256_of(path) == part.sha256
            except OSError:
                same = False
            if not same:
                raise BackupError("operation_backup_changed", path=path)
        return manifest


def name_of(moment: datetime) -> str:
    return f"frisksvar-{moment.astimezone(UTC).strftime(STAMP)}"


def backups_in(folder: Path) -> list[Backup]:
    """The backups in a folder, newest first; nothing else in it is looked at."""
    if not folder.is_dir():
        return []
    return sorted(
        (Backup(path) for path in folder.iterdir() if NAME.fullmatch(path.name) and path.is_dir()),
        key=lambda backup: backup.name,
        reverse=True,
    )


def sha256_of(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
