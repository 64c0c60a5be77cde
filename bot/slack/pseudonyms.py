"""A keyed hash in place of Slack's user id: the register knows an asker again, not who it is."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

from knowledge.keys import KeyDamaged, kept_key, put_aside, read_key, write_key
from knowledge.messages import Failure, Message
from knowledge.personal_data.person import hashed
from knowledge.personal_data.pseudonym_key import (
    check_value,
    give_up,
    judged,
    needed,
    record,
    recorded,
    was_given_up,
)
from knowledge.store import Store

PSEUDONYM_DIGITS = 32
"""128 bits: no two askers of Norway share one."""

KEY: Final = "pseudonym.key"
"""In the home folder, beside the register."""

SETTING: Final = "FRISKSVAR_SECRET"


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

    def forgotten(self, pseudonym: str) -> str:
        """What is kept of somebody who was forgotten."""
        return hashed(self._secret, pseudonym)


@dataclass(frozen=True)
class Key:
    """The key of a register, as it is found.

    Attributes:
        state: `new` where none is needed yet; `damaged` where its file is too short; `unsure` where
            nothing shows that it is the register's (knowledge/personal_data/pseudonym_key.py).
        place: the setting or the file that it stands in.
        secret: where there is one that can be read.
    """

    state: Literal["right", "new", "missing", "damaged", "other", "unsure"]
    place: Path | str
    secret: bytes | None = None

    def told(self, *, in_backups: bool) -> Message:
        """How it stands, in one or two sentences.

        Args:
            in_backups: whether backups are encrypted, and so have it.
        """
        if self.trouble is not None:
            return self.trouble
        values = {"place": self.place}
        if self.state == "new":
            return Message("operation_privacy_key_new", values)
        if in_backups:
            return Message("operation_privacy_key_right", values)
        return Message("operation_privacy_key_alone", values)

    @property
    def trouble(self) -> Message | None:
        """What is wrong and what to do, in one sentence."""
        keys = {
            "missing": "operation_privacy_key_missing",
            "damaged": "operation_privacy_key_damaged",
            "other": "operation_privacy_key_other",
            "unsure": "operation_privacy_key_unsure",
        }
        if self.state not in keys:
            return None
        return Message(keys[self.state], {"place": self.place})


def look(store: Store, given: str | None = None) -> Key:
    """Look at the key of a register; nothing is made or written.

    Args:
        given: the one that was set, which goes before the one in the file.

    Raises:
        OSError: the file cannot be read.
    """
    place: Path | str = SETTING
    made_at = None
    if given:
        secret: bytes | None = given.encode()
    else:
        place = store.path.parent / KEY
        try:
            secret = read_key(place)
        except KeyDamaged:
            return Key("damaged", place)
        if secret is not None:
            made_at = datetime.fromtimestamp(place.stat().st_mtime, UTC)
    if secret is None:
        return Key("missing" if needed(store) else "new", place)
    return Key(judged(store, secret, Pseudonyms(secret).of, made_at), place, secret)


def pseudonyms(store: Store, given: str | None = None) -> Pseudonyms:
    """As `secret_of`."""
    return Pseudonyms(secret_of(store, given))


def secret_of(store: Store, given: str | None = None) -> bytes:
    """The register's key: the one that was given, or the one in the file beside it.

    Made on first use, and never where the register holds pseudonyms already. By what it is known
    again is kept in the register, from the first time on that it is certain to be the right one.

    Raises:
        Failure: it is missing, damaged, or not the one that the register was made with.
    """
    found = look(store, given)
    if found.trouble is not None:
        raise Failure(found.trouble.key, **found.trouble.values)
    secret = found.secret or kept_key(store.path.parent / KEY)
    if recorded(store) != check_value(secret):
        record(store, secret)
    return secret


def put_back(store: Store, secret: bytes) -> Path:
    """Put a key in its place that was kept elsewhere; the one that is there is kept aside.

    It may be one that was given up: then it is the register's again.

    Raises:
        Failure: it is not the register's either; or no check value tells, and the one that is in
            its place is right by all else.
        OSError: it cannot be written.
    """
    place = store.path.parent / KEY
    there = look(store)
    unchecked = recorded(store) is None and needed(store)
    if unchecked and there.state == "right" and there.secret != secret:
        raise Failure("operation_privacy_key_in_place", place=place)
    again = was_given_up(store, secret)
    if not again and judged(store, secret, Pseudonyms(secret).of, None) != "right":
        raise Failure("operation_privacy_key_not_it", place=place)
    write_key(place, secret)
    if again:
        give_up(store, secret)
    else:
        record(store, secret)
    return place


def start_anew(store: Store, given: str | None = None) -> Key:
    """Take the key that is there for the register's, or a new one where none can be read.

    Whoever asked before, and is not known by it, is a stranger from now on. A damaged file is kept
    under another name.
    """
    found = look(store, given)
    if found.state == "damaged":
        put_aside(Path(found.place))
    secret = found.secret or kept_key(store.path.parent / KEY)
    if found.state == "unsure":  # somebody is sure
        record(store, secret)
    else:
        give_up(store, secret)
    return Key("right", found.place, secret)
