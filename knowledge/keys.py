"""Keys that are made on first use and kept in a file that only their owner reads."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

SECRET_BYTES = 32
"""256 bits, written as 64 hexadecimal digits."""


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
    path.rename(path.with_name(f"{path.name}.aside-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"))


def write_key(path: Path, secret: bytes) -> None:
    """Put a key in a file; another one that is there is put aside. Raises OSError."""
    if path.exists():
        if path.read_bytes().strip() == secret:
            return
        put_aside(path)
    _make(path, secret)


def _make(path: Path, secret: bytes) -> None:
    """A key in its file, whole or not at all; where another process was first, its key stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    work = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        with os.fdopen(os.open(work, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(work, path)  # fails where there is one
        except FileExistsError:
            return
        except OSError:  # a disk without hard links
            if not path.exists():
                work.rename(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        work.unlink(missing_ok=True)
