"""Tokens of the workspaces that installed the app, sealed where they are kept.

slack-sdk's store writes them in clear into the database, which is copied to backups and standby
machines. Here they are encrypted with a key that is not in the database: a copy of it alone lets
nobody write in a municipality's Slack.
"""

from __future__ import annotations

import copy
import logging
import sqlite3
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any, Final, TypeVar

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.sqlite3 import SQLite3InstallationStore

from knowledge.personal_data.pseudonym_key import SEALED

log = logging.getLogger(__name__)

KEY_BYTES: Final = 32
"""As Fernet wants: half for AES-128, half for HMAC-SHA256."""

PURPOSE: Final = b"frisksvar slack tokens"
TOKENS: Final = ("bot_token", "bot_refresh_token", "user_token", "user_refresh_token")
"""Of an installation; of a bot the first two."""

WEBHOOK: Final = "incoming_webhook_url"
"""An address that lets whoever has it write in a channel."""

TABLES: Final = {
    "slack_bots": TOKENS[:2],
    "slack_installations": (*TOKENS, WEBHOOK),
}

Held = TypeVar("Held", Bot, Installation)


class SealedInstallations(SQLite3InstallationStore):
    """slack-sdk's store with the tokens encrypted (Fernet). What was kept in clear is sealed now.

    Args:
        secret: that of the pseudonyms; the key is made from it (HKDF), so that neither tells the
            other.
    """

    def __init__(self, database: Path, client_id: str, secret: bytes) -> None:
        super().__init__(database=str(database), client_id=client_id, logger=log)
        derived = HKDF(SHA256(), KEY_BYTES, salt=None, info=PURPOSE).derive(secret)
        self._fernet = Fernet(urlsafe_b64encode(derived))
        self._seal_old()

    def save(self, installation: Installation) -> None:
        super().save(self._changed(installation, self._seal))

    def save_bot(self, bot: Bot) -> None:
        super().save_bot(self._changed(bot, self._seal))

    def find_bot(self, **where: Any) -> Bot | None:
        return self._opened(super().find_bot(**where))

    def find_installation(self, **where: Any) -> Installation | None:
        return self._opened(super().find_installation(**where))

    def _opened(self, found: Held | None) -> Held | None:
        """None where the key is another one: then the app has to be installed again."""
        try:
            return None if found is None else self._changed(found, self._open)
        except InvalidToken:
            log.error("token sealed with another key")
            return None

    def _changed(self, held: Held, change: Any) -> Held:
        changed = copy.copy(held)
        for name in (*TOKENS, WEBHOOK):
            value = getattr(held, name, None)
            if value:
                setattr(changed, name, change(value))
        return changed

    def _seal(self, token: str) -> str:
        if token.startswith(SEALED):  # `save` hands on to `save_bot`
            return token
        return SEALED + self._fernet.encrypt(token.encode()).decode()

    def _open(self, token: str) -> str:
        if not token.startswith(SEALED):
            return token
        return self._fernet.decrypt(token.removeprefix(SEALED).encode()).decode()

    def _seal_old(self) -> None:
        """Seal what an earlier version kept in clear."""
        connection: sqlite3.Connection = self.connect()
        try:
            with connection:
                connection.execute("PRAGMA secure_delete=ON")
                for table, columns in TABLES.items():
                    for column in columns:
                        self._seal_column(connection, table, column)
        finally:
            connection.close()

    def _seal_column(self, connection: sqlite3.Connection, table: str, column: str) -> None:
        rows = connection.execute(
            f"SELECT id, {column} FROM {table} "  # noqa: S608 (our own names)
            f"WHERE {column} > '' AND {column} NOT LIKE ?",
            [f"{SEALED}%"],
        ).fetchall()
        connection.executemany(
            f"UPDATE {table} SET {column} = ? WHERE id = ?",  # noqa: S608 (our own names)
            [(self._seal(token), number) for number, token in rows],
        )


__all__ = ["SEALED", "SealedInstallations"]
