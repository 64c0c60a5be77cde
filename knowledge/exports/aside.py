"""Where a report stands until it is whole: hidden, beside the name that it will have.

Who writes there holds a lock on it. The system lets go of that when the process ends, however it
ends: so what a killed one left is told from what another is writing now. Who clears away holds it
too, until it is gone: so who has just made a name and then got the lock knows by the name whether
what stands there is still theirs.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

LONGEST_START: Final = 50
"""Characters of a name that the one aside begins with: file systems allow 255 bytes."""

NEW: Final = "frisksvar"
BEFORE: Final = "frisksvar-before"
"""How a name aside ends: of what is being written, and of what had the name before."""

MOST_TRIES: Final = 100
"""A report that is cleared away so often has somebody who means it."""

HERE: Final = -100
RENAME_EXCHANGE: Final = 2
"""AT_FDCWD and the flag of renameat2(2) (linux/fcntl.h, linux/fs.h), which Python does not have."""

CANNOT: Final = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM)
"""What is answered where the file system, the kernel or a sandbox does not exchange names."""


def beside(final: Path, ending: str = NEW) -> Path:
    """A name of its own in the same folder, so that giving it the final name is one step."""
    return final.with_name(f".{final.name[:LONGEST_START]}.{uuid4().hex[:8]}.{ending}")


@contextmanager
def made(final: Path, make: Callable[[Path], None]) -> Iterator[Path]:
    """A new file or folder to write in, held for this process; what is left of it goes at the end.

    Between its making and the lock another report of the same name may clear it away: then it is
    made again.

    Args:
        make: makes it under the name it is given.
    """
    work, descriptor = _made(final, make)
    try:
        yield work
    finally:
        remove(work)
        os.close(descriptor)


def _made(final: Path, make: Callable[[Path], None]) -> tuple[Path, int]:
    for _ in range(MOST_TRIES):
        work = beside(final)
        make(work)
        try:
            descriptor = os.open(work, os.O_RDONLY)
        except FileNotFoundError:
            continue
        _lock(descriptor)
        if work.exists():
            return work, descriptor
        os.close(descriptor)
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(work))


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a file or folder for this process, also when its name changes; wait for who has it.

    Where the file system has no locks nothing is held, and nothing is cleared either.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def clear(final: Path) -> None:
    """Remove what reports of this name left when they were killed.

    One that was killed between two renames (see `put`) took the report before it from its name:
    that gets it back.
    """
    for path in _left(final, BEFORE):
        with _free(path) as free:
            if free and final.exists():
                remove(path)
            elif free:
                with suppress(OSError):  # the report that is being made meets it too, and tells it
                    path.rename(final)
    for path in _left(final, NEW):
        with _free(path) as free:
            if free:
                remove(path)


def _left(final: Path, ending: str) -> list[Path]:
    """What stands aside, newest first."""
    start = re.escape(final.name[:LONGEST_START])
    name = re.compile(rf"\.{start}\.[0-9a-f]{{8}}\.{ending}")
    found: list[tuple[float, Path]] = []
    with suppress(OSError):
        for path in final.parent.iterdir():
            if name.fullmatch(path.name):
                with suppress(OSError):  # gone meanwhile
                    found.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(found, reverse=True)]


@contextmanager
def _free(path: Path) -> Iterator[bool]:
    """Whether nobody holds it; then we do until this ends, and nobody begins to write in it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free = True
        except OSError:
            free = False
        yield free
    finally:
        os.close(descriptor)


def remove(path: Path) -> None:
    """Remove a file or folder that stands aside; one that is gone already is no trouble."""
    with suppress(OSError):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def put(work: Path, final: Path) -> None:
    """Give a folder its name; what had it before goes when this is in its place.

    One step on Linux. Where names cannot be exchanged it takes two, with nothing under the name
    between them; `clear` mends it if they are interrupted there.
    """
    if not final.exists() and _took(work, final):
        return
    if exchange(work, final):
        remove(work)
    else:
        before = beside(final, BEFORE)
        with held(final):
            final.rename(before)
            try:
                work.rename(final)
            except OSError:
                before.rename(final)
                raise
        remove(before)


def _took(work: Path, final: Path) -> bool:
    """Give a folder a name that is free; False where another report has just got it."""
    try:
        work.rename(final)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    return True


def exchange(one: Path, other: Path) -> bool:
    """Let two names change places in one step; False: this system cannot, and nothing was done.

    Raises:
        OSError: the disk refuses it.
    """
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):  # not Linux, or a C library without it
        return False
    if renameat2(HERE, os.fsencode(one), HERE, os.fsencode(other), RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))
