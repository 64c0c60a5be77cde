"""What a check finds, and what it is given to look at."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal

from bot.slack.settings import SlackSettings
from indexer.index import Index
from indexer.library.catalogue import Catalogue
from indexer.library.shelf import Shelf
from knowledge.messages import Message
from knowledge.settings import Settings
from knowledge.store import Store
from knowledge.store.copying import applied, connect, known_migrations

State = Literal["ok", "warn", "bad"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        text: a sentence, or plain figures that need no language.
        run: the command that mends it, where one does and the sentence does not name it.
    """

    state: State
    text: Message | str
    run: str | None = None


Findings = Iterator[Finding]


@dataclass
class Installation:
    """A home folder and its settings, as they are; looking changes nothing but a probe of the disk.

    Args:
        offline: do not ask Slack.
        now: the clock, UTC.
    """

    settings: Settings
    offline: bool = False
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @cached_property
    def register_ready(self) -> bool:
        """Whether the register is there and of this program: opening it then changes nothing."""
        if not self.settings.database.is_file():
            return False
        try:
            with closing(connect(self.settings.database)) as connection:
                return set(applied(connection)) == set(known_migrations())
        except sqlite3.Error:
            return False

    @cached_property
    def store(self) -> Store:
        """Raises StoreError. Ask `register_ready` first."""
        return Store(self.settings.database)

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.store, Shelf(self.settings.library))

    @cached_property
    def index(self) -> Index:
        return Index(self.settings)

    @cached_property
    def slack(self) -> SlackSettings:
        """Raises ConfigurationError."""
        return SlackSettings.read()

    def close(self) -> None:
        if "store" in self.__dict__:
            self.store.close()
