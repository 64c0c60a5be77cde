"""Keys that are made on first use and kept in a file that only their owner reads."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from uuid import uuid4

SECRET_BYTES = 32
"""256 bits, written as 64 hexadecimal digits."""

OURS_ALONE = 0o600

ASIDE, BEFORE_RESTORE = "aside", "before-restore"
"""What a key that gave way is called."""


class KeyDamaged(Exception):
    """The file holds less than a key of ours."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


def kept_key(path: Path) -> bytes:
    """The key in a file, made on first use.

    Raises:
        KeyDamaged: the file is too short to be one of ours.
        OSError: it cannot be read or made.
    """
    found = read_key(path)
    if found is None:
        _make(path, secrets.token_hex(SECRET_BYTES).encode())
        found = read_key(path)
        assert found is not None
    return found


def read_key(path: Path) -> bytes | None:
    """The key in a file; None where there is no such file.

    Raises:
        KeyDamaged: the file is too short to be one of ours.
        OSError: it cannot be read.
    """
    try:
        secret = path.read_bytes().strip()
    except FileNotFoundError:
        return None
    # Zeros are what a disk gives back of a file that it never got the content of.
    if len(secret.strip(b"\0")) < SECRET_BYTES:
        raise KeyDamaged(path)
    return secret


def put_aside(path: Path) -> None:
    """Give a key's file another name, under which nothing looks for it."""
    aside = _claimed(path, ASIDE)
    try:
        path.replace(aside)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def write_key(path: Path, secret: bytes, ending: str = ASIDE) -> None:
    """Put a key in a file; another one that is there is kept under another name.

    There is a key under the name at every moment: the one before, or this one.

    Args:
        ending: of the other name, before its moment.

    Raises:
        OSError: it cannot be written, or the other one not be kept; that one is in its place then.
    """
    if not path.exists():
        _make(path, secret)
    present = path.read_bytes()
    if present.strip() == secret.strip():
        return
    work = _written(path, secret)
    try:
        _keep(_claimed(path, ending), present)
        work.replace(path)
        _sync(path.parent)
    finally:
        work.unlink(missing_ok=True)


def _claimed(path: Path, ending: str) -> Path:
    """A free name for a key that gives way, held by an empty file: none is ever written over."""
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    for more in chain([""], (f"-{number}" for number in count(2))):
        aside = path.with_name(f"{path.name}.{ending}-{stamp}{more}")
        try:
            os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OURS_ALONE))
        except FileExistsError:
            continue
        return aside
    raise AssertionError("there is always a next number")


def _keep(aside: Path, present: bytes) -> None:
    try:
        with aside.open("wb") as file:
            file.write(present)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def _make(path: Path, secret: bytes) -> None:
    """A key in its file, whole or not at all; where another process was first, its key stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    work = _written(path, secret)
    try:
        try:
            os.link(work, path)  # fails where there is one
        except FileExistsError:
            return
        except OSError:  # a disk without hard links
            if not path.exists():
                work.rename(path)
        _sync(path.parent)
    finally:
        work.unlink(missing_ok=True)


def _written(path: Path, secret: bytes) -> Path:
    """A file beside the one that is meant, on the disk itself."""
    work = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    with os.fdopen(os.open(work, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OURS_ALONE), "wb") as file:
        try:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            work.unlink(missing_ok=True)
            raise
    return work


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
