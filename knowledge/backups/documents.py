"""The library's own documents and the home folder's keys, in one tar file.

The index is not among them, nor the digests that come with Frisksvar: both are made again.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import tarfile
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from uuid import uuid4

from knowledge.backups.errors import BackupError
from knowledge.backups.manifest import sha256_of
from knowledge.keys import BEFORE_RESTORE, write_key
from knowledge.store.copying import connect, sync

LIBRARY, KEYS = "library", "keys"
KEY_FILES = "*.key"
"""The key of the pseudonyms and the one of the sessions (bot/slack/pseudonyms.py, bot/cli)."""


@dataclass(frozen=True)
class Contents:
    """What goes into the tar file: names in it, and where each lies now.

    Attributes:
        missing: ids of documents of the register that are not on the shelf.
    """

    documents: dict[str, Path]
    keys: dict[str, Path]
    missing: tuple[str, ...]

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.files().values())

    def files(self) -> dict[str, Path]:
        """Every file by its name in the tar, in a fixed order."""
        found = {
            f"{LIBRARY}/{name}/{path.relative_to(folder).as_posix()}": path
            for name, folder in self.documents.items()
            for path in folder.rglob("*")
            if path.is_file()
        }
        found |= {f"{KEYS}/{name}": path for name, path in self.keys.items()}
        return dict(sorted(found.items()))

    def digest(self) -> str:
        """The same for the same contents: a document never changes under its name; a key may."""
        names = [*sorted(self.documents), *(f"{k} {sha256_of(p)}" for k, p in self.keys.items())]
        return hashlib.sha256("\n".join(names).encode()).hexdigest()


def contents_of(home: Path, library: Path, database: Path, *, with_keys: bool) -> Contents:
    """What belongs to a copy of the database.

    Args:
        with_keys: also the keys in the home folder. Without encryption they stay out: the key of
            the pseudonyms beside the pseudonyms would make them names again.
    """
    documents: dict[str, Path] = {}
    missing: list[str] = []
    for document in wanted(database):
        folders = sorted(library.glob(f"v*/{document[:2]}/{document}"))
        documents |= {folder.relative_to(library).as_posix(): folder for folder in folders}
        if not folders:
            missing.append(document)
    keys = {path.name: path for path in sorted(home.glob(KEY_FILES))} if with_keys else {}
    return Contents(documents, keys, tuple(missing))


def wanted(database: Path) -> list[str]:
    with closing(connect(database)) as connection:
        try:
            found = connection.execute("SELECT id FROM documents ORDER BY id").fetchall()
        except sqlite3.OperationalError:
            return []  # not migrated that far
    return [row[0] for row in found]


def pack(contents: Contents, target: Path) -> None:
    """Write the tar file, read it again, and compare every file with what was read first.

    Raises:
        BackupError: it is not the same.
        OSError: something cannot be read or written.
    """
    written: dict[str, str] = {}
    with tarfile.open(target, "x") as tar:
        for name, path in contents.files().items():
            written[name] = sha256_of(path)
            tar.add(path, name, recursive=False)
    sync(target)
    if digests(target) != written:
        raise BackupError("operation_backup_changed", path=target)


def digests(tar_file: Path) -> dict[str, str]:
    """SHA-256 of each file in a tar file, by name."""
    found: dict[str, str] = {}
    with tarfile.open(tar_file, "r:") as tar:
        for member in tar:
            content = tar.extractfile(member)
            assert content is not None  # only plain files are written
            with content:
                found[member.name] = hashlib.sha256(content.read()).hexdigest()
    return found


def unpack(tar_file: Path, work: Path, library: Path) -> int:
    """Put back the documents that are not on the shelf; the keys lie in `work` then (`put_keys`).

    Returns:
        How many documents came back.

    Raises:
        BackupError: the tar file holds something that does not belong there.
        OSError: it cannot be written.
    """
    try:
        with tarfile.open(tar_file, "r:") as tar:
            tar.extractall(work, members=_ours(tar, tar_file), filter="data")
    except tarfile.TarError as error:
        raise BackupError("operation_backup_changed", path=tar_file) from error
    back = 0
    for folder in sorted((work / LIBRARY).glob("v*/??/*")):
        place = library / folder.relative_to(work / LIBRARY)
        if place.exists():
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.rglob("*"), reverse=True):
            sync(path)
        # Aside first: the shelf may be on another disk, and a document is there whole or not.
        aside = place.with_name(f".{place.name}.{uuid4().hex[:8]}")
        shutil.move(folder, aside)
        aside.rename(place)
        sync(place.parent)
        back += 1
    return back


def put_keys(unpacked: Path, home: Path) -> None:
    """Put the keys of a backup in the home folder.

    A key that differs from the one in the backup is kept aside under another name, as the
    pseudonyms in the register that is restored were made with the one of the backup.

    Raises:
        OSError: one cannot be written.
    """
    for key in sorted(unpacked.glob(KEY_FILES)):
        _put_key(key, home / key.name)


def _ours(tar: tarfile.TarFile, path: Path) -> Iterable[tarfile.TarInfo]:
    for member in tar.getmembers():
        top = PurePosixPath(member.name).parts[:1]
        if not member.isreg() or top not in ((LIBRARY,), (KEYS,)):
            raise BackupError("operation_backup_changed", path=path)
        yield member


def _put_key(key: Path, place: Path) -> None:
    write_key(place, key.read_bytes(), BEFORE_RESTORE)
