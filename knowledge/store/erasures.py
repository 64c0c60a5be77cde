"""What was forgotten, in a file beside the database and in the folders of the backups.

A backup is older than what was forgotten since. Where the database that knew of it is lost, this
file tells a restore what to forget again (knowledge/personal_data/erased_again.py).

The order: an act is written here, on the disk itself, when all of it is done in the transaction and
only the commit is left (`Store.write`). A crash between the two leaves a line of something that was
asked for and not acknowledged: it is forgotten should a backup ever be restored, and stands
otherwise. The other way round, a crash would leave somebody forgotten whom a restore brings back.
The copies beside the backups come after the commit (knowledge/store/copies.py), and may fail: a
disk that is away or hangs must keep nobody from being forgotten, and nobody else from writing. The
next act, or the next backup, brings them up to date.

No line tells who or what: keyed hashes of pseudonyms, numbers of rows, hashes by which those rows
are known again (knowledge/store/row_marks.py), and moments.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING, Final, Literal
from zlib import crc32

from knowledge.store.copying import OURS_ALONE, sync
from knowledge.store.row_marks import ROWS, mark_of

if TYPE_CHECKING:
    from knowledge.store.connection import Store

FILE: Final = "forgotten.log"

Act = Literal[
    "person",
    "withdrawn",
    "deleted",
    "words",
    "erased",
    "user",
    "retention",
    "hold",
    "release",
    "began",
]
"""A person was forgotten; an inquiry was taken back or deleted; words were taken out of a row; a
deleted visit or idea was emptied; a user was; everything older than some limits went; and what was
put on hold or released, which none of it may take. And since when the file tells of all that."""


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


def rows_of(
    connection: Connection, act: Act, kind: str, numbers: Collection[int]
) -> Iterator[Erasure]:
    """The act for each of some rows; those that are not there are left out."""
    at = now()
    for number in numbers:
        found = connection.execute(ROWS[kind], [number]).fetchone()
        if found is not None:
            mark = mark_of(kind, number, *map(str, found))
            yield Erasure(at, act, kind=kind, number=number, mark=mark)


def note(store: Store, act: Act, kind: str, *numbers: int) -> None:
    """Have an act written down before the transaction at hand is committed.

    Call it before the history says that words went: it tells then that it knows of this act.
    """
    store.note(*rows_of(store.database.conn, act, kind, numbers))


@dataclass(frozen=True, slots=True)
class Noted:
    """What a file says.

    Attributes:
        there: whether there is such a file.
        began: since when it tells of all that was forgotten, ISO 8601. A file from before it said
            so tells since its first line, and an empty one nothing.
        damaged: lines that cannot be read. A last line that ends in the middle is not one of them:
            what it was to tell was never acknowledged.
    """

    erasures: tuple[Erasure, ...] = ()
    there: bool = False
    damaged: int = 0
    began: str | None = None


def read(path: Path) -> Noted:
    """Raises OSError where the file is there and cannot be read."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Noted()
    lines = [_erasure(line) for line in content.split(b"\n")[:-1] if line]
    good = [each for each in lines if each is not None]
    return Noted(
        tuple(each for each in good if each.act != "began"),
        there=True,
        damaged=len(lines) - len(good),
        began=min((each.at for each in good if each.act == "began"), default=None)
        or next((each.at for each in good), None),
    )


def begin(path: Path) -> None:
    """Have the file there, to tell of all from now on, where it is not; raises OSError."""
    _append(path, b"")


def keep(home: Path, erasures: Sequence[Erasure]) -> None:
    """Write acts down in the folder `home`.

    Raises:
        OSError: they cannot be written; then nothing of them stands there.
    """
    _append(home / FILE, b"".join(map(_line, erasures)))


def merge(source: Path, target: Path) -> None:
    """Add what one file has to another that lacks it; the other is there afterwards.

    Raises:
        OSError: one cannot be read, or the other not be written.
    """
    # Opened before the other is made: one that cannot be read should leave none behind.
    with ExitStack() as opened:
        given = opened.enter_context(source.open("rb")) if source.exists() else None
        # Read under the lock, as two at once would add the same.
        adding = opened.enter_context(_locked(target))
        has = target.read_bytes().split(b"\n")[:-1]
        known = set(has)
        lines = given.read().split(b"\n")[:-1] if given else []
        # Of one from before it said so; the other may have begun later.
        lines = [*dict.fromkeys((*_unsaid(has), *_unsaid(lines))), *lines]
        new = [line for line in lines if line not in known and _erasure(line) is not None]
        _write(adding, b"".join(line + b"\n" for line in new))


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
    for number, withdrawn, deleted, *told in connection.execute(
        "SELECT id, withdrawn_at, deleted_at, received_at, came_from FROM inquiries "
        "WHERE withdrawn_at IS NOT NULL OR deleted_at IS NOT NULL ORDER BY id"
    ):
        row = {"kind": "inquiry", "number": number, "mark": mark_of("inquiry", number, *told)}
        yield Erasure(deleted or withdrawn, "deleted" if deleted else "withdrawn", **row)
    for number, created in connection.execute(
        "SELECT id, created_at FROM users WHERE issuer = 'forgotten' ORDER BY id"
    ):
        yield Erasure(
            now(), "user", kind="user", number=number, mark=mark_of("user", number, created)
        )
    for number, held_at, released_at, *told in connection.execute(
        "SELECT i.id, h.at, h.released_at, i.received_at, i.came_from FROM holds AS h "
        "JOIN inquiries AS i ON i.id = h.inquiry "
        "WHERE h.id IN (SELECT max(id) FROM holds GROUP BY inquiry) ORDER BY i.id"
    ):
        row = {"kind": "inquiry", "number": number, "mark": mark_of("inquiry", number, *told)}
        yield Erasure(released_at or held_at, "release" if released_at else "hold", **row)
    for kind, number, gone, at in connection.execute(
        "SELECT kind, subject, field, max(at) FROM changes WHERE field IN ('redacted', 'erased') "
        "GROUP BY kind, subject, field ORDER BY 4"
    ).fetchall():
        if kind not in ROWS:
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


def _beginning(at: str) -> bytes:
    return _line(Erasure(at, "began"))


def _unsaid(lines: Sequence[bytes]) -> list[bytes]:
    """Since when a file tells whose first line does not say so, as a line without its end."""
    first = _erasure(lines[0]) if lines else None
    return [] if first is None or first.act == "began" else [_beginning(first.at)[:-1]]


def _append(path: Path, lines: bytes) -> None:
    with _locked(path) as target:
        _write(target, lines if _whole(target) else _beginning(now()) + lines)


def _write(target: int, lines: bytes) -> None:
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


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """A file that is there afterwards, and written by nobody else meanwhile."""
    new = not path.exists()
    target = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, OURS_ALONE)
    try:
        fcntl.flock(target, fcntl.LOCK_EX)
        yield target
    finally:
        os.close(target)
    if new:
        sync(path.parent)


LONGEST_LINE: Final = 4096
"""Bytes; a line has some two hundred."""


def _whole(target: int) -> int:
    """The size of a file up to the end of its last whole line."""
    size = os.fstat(target).st_size
    tail = os.pread(target, LONGEST_LINE, max(0, size - LONGEST_LINE))
    return size - len(tail) + tail.rfind(b"\n") + 1 if tail else 0
