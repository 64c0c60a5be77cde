"""What was forgotten, in a file beside the database and in the folders of the backups.

A backup is older than what was forgotten since. Where the database that knew of it is lost, this
file tells a restore what to forget again (knowledge/personal_data/erased_again.py).

The order: an act is written here, on the disk itself, when all of it is done in the transaction and
only the commit is left (`Store.write`). A crash between the two leaves a line of something that was
asked for and not acknowledged: it is forgotten should a backup ever be restored, and stands
otherwise. The other way round, a crash would leave somebody forgotten whom a restore brings back.
The copies beside the backups come after the file itself, and may fail: a disk that is away must
keep nobody from being forgotten. The next act, or the next backup, brings them up to date.

No line tells who or what: keyed hashes of pseudonyms, numbers of rows, hashes of when those rows
were made, and moments.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING, Final, Literal
from zlib import crc32

from knowledge.store.copying import OURS_ALONE, sync

if TYPE_CHECKING:
    from knowledge.store.connection import Store

FILE: Final = "forgotten.log"

Act = Literal[
    "person", "withdrawn", "deleted", "words", "erased", "user", "retention", "hold", "release"
]
"""A person was forgotten; an inquiry was taken back or deleted; words were taken out of a row; a
deleted visit or idea was emptied; a user was; everything older than some limits went; and what was
put on hold or released, which none of it may take."""

CREATED: Final[Mapping[str, str]] = {
    "inquiry": "SELECT received_at FROM inquiries WHERE id = ?",
    "visit": "SELECT created_at FROM visits WHERE id = ?",
    "idea": "SELECT created_at FROM ideas WHERE id = ?",
    "annual_form": "SELECT centre || ':' || year FROM annual_forms WHERE id = ?",
    "user": "SELECT created_at FROM users WHERE id = ?",
}
"""When a row was made. After a restore its number may be given to another one."""

MARK_DIGITS: Final = 32


@dataclass(frozen=True, slots=True)
class Erasure:
    """One act.

    Attributes:
        at: UTC, ISO 8601.
        hash: of a person (knowledge/personal_data/person.py: `hashed`).
        kind, number, mark: of a row; the mark is the same only for the very same row.
        limits: of a retention: name -> moment; what was older went.
    """

    at: str
    act: Act
    hash: str = ""
    kind: str = ""
    number: int = 0
    mark: str = ""
    limits: Mapping[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> tuple[object, ...]:
        """The same for the same act on the same subject, whenever it was done."""
        return (self.act, self.hash, self.kind, self.number, self.mark, *self.limits.values())


def now() -> str:
    return datetime.now(UTC).isoformat()


def mark_of(kind: str, number: int, created: str) -> str:
    """Args: created: as `CREATED` gives it. A reviewer may correct the day of an inquiry, and with
    it the hour, but nothing below; a whole second, from an import, says too little alone."""
    told = created[13:] if "." in created else created
    return sha256(f"{kind}:{number}:{told}".encode()).hexdigest()[:MARK_DIGITS]


def rows_of(
    connection: Connection, act: Act, kind: str, numbers: Collection[int]
) -> Iterator[Erasure]:
    """The act for each of some rows; those that are not there are left out."""
    at = now()
    for number in numbers:
        found = connection.execute(CREATED[kind], [number]).fetchone()
        if found is not None:
            yield Erasure(
                at, act, kind=kind, number=number, mark=mark_of(kind, number, str(found[0]))
            )


def note(store: Store, act: Act, kind: str, *numbers: int) -> None:
    """Have an act written down before the transaction at hand is committed.

    Call it before the history says that words went: it tells then that it knows of this act.
    """
    store.note(*rows_of(store.database.conn, act, kind, numbers))


@dataclass(frozen=True, slots=True)
class Noted:
    """What a file says.

    Attributes:
        there: whether there is such a file; an empty one says that nothing was forgotten.
        damaged: lines that cannot be read. A last line that ends in the middle is not one of them:
            what it was to tell was never acknowledged.
    """

    erasures: tuple[Erasure, ...] = ()
    there: bool = False
    damaged: int = 0


def read(path: Path) -> Noted:
    """Raises OSError where the file is there and cannot be read."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Noted()
    *lines, _torn = content.split(b"\n")
    erasures = [_erasure(line) for line in lines if line]
    good = tuple(each for each in erasures if each is not None)
    return Noted(good, there=True, damaged=len(erasures) - len(good))


def keep(home: Path, copies: Sequence[Path], erasures: Sequence[Erasure]) -> list[Path]:
    """Write acts down in the folder `home`, and then beside the backups.

    Returns:
        The folders whose copy could not be brought up to date.

    Raises:
        OSError: they cannot be written in `home`; then nothing of them stands there.
    """
    own = home / FILE
    before = own.stat().st_size if own.exists() else 0
    lines = b"".join(map(_line, erasures))
    _append(own, lines)
    behind = []
    for folder in copies:
        try:
            copy = folder / FILE
            if copy.exists() and copy.stat().st_size == before:
                _append(copy, lines)
            elif folder.is_dir():  # never a folder where a disk should be mounted
                merge(own, copy)
        except OSError:
            behind.append(folder)
    return behind


def merge(source: Path, target: Path) -> None:
    """Add what one file has to another that lacks it; the other is there afterwards.

    Raises:
        OSError: one cannot be read, or the other not be written.
    """
    known = {_line(each) for each in read(target).erasures}
    lines = (_line(each) for each in read(source).erasures)
    _append(target, b"".join(line for line in lines if line not in known))


def complete(path: Path, connection: Connection) -> None:
    """Add what a database knows of and the file does not: it is new, or was lost.

    Raises:
        OSError: it cannot be written.
        sqlite3.Error: the database cannot be read, or is of another schema.
    """
    known = {each.subject for each in read(path).erasures}
    missing = [each for each in known_to(connection) if each.subject not in known]
    _append(path, b"".join(map(_line, missing)))


def known_to(connection: Connection) -> Iterator[Erasure]:
    """What a database of today's schema says was forgotten."""
    for person, at in connection.execute("SELECT hash, at FROM forgotten_people ORDER BY at"):
        yield Erasure(at, "person", hash=person)
    for number, created, withdrawn, deleted in connection.execute(
        "SELECT id, received_at, withdrawn_at, deleted_at FROM inquiries "
        "WHERE withdrawn_at IS NOT NULL OR deleted_at IS NOT NULL ORDER BY id"
    ):
        row = {"kind": "inquiry", "number": number, "mark": mark_of("inquiry", number, created)}
        yield Erasure(deleted or withdrawn, "deleted" if deleted else "withdrawn", **row)
    for number, created in connection.execute(
        "SELECT id, created_at FROM users WHERE issuer = 'forgotten' ORDER BY id"
    ):
        yield Erasure(
            now(), "user", kind="user", number=number, mark=mark_of("user", number, created)
        )
    for number, at, created in connection.execute(
        "SELECT i.id, h.at, i.received_at FROM holds AS h JOIN inquiries AS i ON i.id = h.inquiry "
        "WHERE h.released_at IS NULL ORDER BY i.id"
    ):
        mark = mark_of("inquiry", number, created)
        yield Erasure(at, "hold", kind="inquiry", number=number, mark=mark)
    for kind, number, gone, at in connection.execute(
        "SELECT kind, subject, field, max(at) FROM changes WHERE field IN ('redacted', 'erased') "
        "GROUP BY kind, subject, field ORDER BY 4"
    ).fetchall():
        if kind not in CREATED:
            continue
        for each in rows_of(
            connection, "words" if gone == "redacted" else "erased", kind, [number]
        ):
            yield replace(each, at=at)


def _line(erasure: Erasure) -> bytes:
    held = {name: value for name, value in asdict(erasure).items() if value}
    told = json.dumps(held, sort_keys=True).encode()
    return b"%08x %s\n" % (crc32(told), told)


def _erasure(line: bytes) -> Erasure | None:
    try:
        written, _, told = line.partition(b" ")
        if written != b"%08x" % crc32(told):
            return None
        return Erasure(**json.loads(told))
    except (ValueError, TypeError):  # of a later version it may have other fields
        return None


def _append(path: Path, lines: bytes) -> None:
    new = not path.exists()
    with _locked(path) as target:
        size = _whole(target)
        os.ftruncate(target, size)  # the end of a line that was never acknowledged
        try:
            left = memoryview(lines)
            while left:
                left = left[os.write(target, left) :]
            os.fsync(target)
        except OSError:
            os.ftruncate(target, size)
            raise
    if new:
        sync(path.parent)


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    target = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, OURS_ALONE)
    try:
        fcntl.flock(target, fcntl.LOCK_EX)
        yield target
    finally:
        os.close(target)


LONGEST_LINE: Final = 4096
"""Bytes; a line has some two hundred."""


def _whole(target: int) -> int:
    """The size of a file up to the end of its last whole line."""
    size = os.fstat(target).st_size
    tail = os.pread(target, LONGEST_LINE, max(0, size - LONGEST_LINE))
    return size - len(tail) + tail.rfind(b"\n") + 1 if tail else 0
