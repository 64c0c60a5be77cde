"""A keyed hash in place of Slack's user id: the register knows an asker again, not who it is."""

from __future__ import annotations

import hmac
from hashlib import sha256
from pathlib import Path

from knowledge.keys import KeyDamaged, kept_key
from knowledge.messages import Failure

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
    return Pseudonyms(secret_of(folder, given))


def secret_of(folder: Path, given: str | None = None) -> bytes:
    """The secret that was given, or the one in `folder`, made on first use.

    Raises:
        Failure: the key in the folder is too short to be one of ours.
    """
    if given:
        return given.encode()
    try:
        return kept_key(folder / "pseudonym.key")
    except KeyDamaged as error:
        raise Failure("slack_key_damaged", path=error.path) from error
