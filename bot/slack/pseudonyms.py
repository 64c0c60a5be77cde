"""A keyed hash in place of Slack's user id: the register knows an asker again, not who it is."""

from __future__ import annotations

import hmac
import os
import secrets
from hashlib import sha256
from pathlib import Path

from knowledge.messages import Failure

SECRET_BYTES = 32
PSEUDONYM_DIGITS = 32
"""128 bits: no two askers of Norway share one."""


class Pseudonyms:
    """HMAC-SHA256 over workspace and user. The same key gives the same pseudonyms.

    Args:
        secret: the key; whoever has it and a list of user ids can tell who asked.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of(self, team: str, user: str) -> str:
        digest = hmac.new(self._secret, f"{team}:{user}".encode(), sha256).hexdigest()
        return f"u{digest[:PSEUDONYM_DIGITS]}"


def pseudonyms(folder: Path, given: str | None = None) -> Pseudonyms:
    """With the key that was given, or with the one in `folder`, made on first use.

    Raises:
        Failure: the key in the folder is too short to be one of ours.
    """
    if given:
        return Pseudonyms(given.encode())
    path = folder / "pseudonym.key"
    try:
        # Created by one process only, whole, and readable by its owner alone.
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_hex(SECRET_BYTES).encode())
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        pass
    secret = path.read_bytes().strip()
    if len(secret) < SECRET_BYTES:
        raise Failure("slack_key_damaged", path=path)
    return Pseudonyms(secret)
