"""Keys that are made on first use and kept in a file that only their owner reads."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

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
    try:
        # Created by one process only, and readable by its owner alone.
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_hex(SECRET_BYTES).encode())
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        pass
    secret = path.read_bytes().strip()
    if len(secret) < SECRET_BYTES:
        raise KeyDamaged(path)
    return secret
