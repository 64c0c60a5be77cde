"""What can be done about handovers without Slack: on the register and the outbox alone.

The bot has more (`bot.slack.desk.Desk`); the review pages have this. What they change in the same
way is told in the same words, and what only Slack can do is found by the bot's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.slack.channels import Channels
from bot.slack.posts import Posts
from bot.slack.threads import Threads
from knowledge.register import Handovers, Inquiries
from knowledge.store import Store


class Papers(Protocol):
    """The register, the outbox, and where things are in Slack. Thread-safe."""

    @property
    def store(self) -> Store: ...
    @property
    def inquiries(self) -> Inquiries: ...
    @property
    def handovers(self) -> Handovers: ...
    @property
    def posts(self) -> Posts: ...
    @property
    def threads(self) -> Threads: ...
    @property
    def channels(self) -> Channels: ...
    @property
    def poke(self) -> Callable[[str], None]: ...


@dataclass(frozen=True)
class PapersOnly:
    """Papers in a process without Slack."""

    store: Store
    inquiries: Inquiries
    handovers: Handovers
    posts: Posts
    threads: Threads
    channels: Channels

    @classmethod
    def over(cls, store: Store) -> PapersOnly:
        return cls(
            store,
            Inquiries(store),
            Handovers(store),
            Posts(store),
            Threads(store),
            Channels(store),
        )

    @property
    def poke(self) -> Callable[[str], None]:
        return _found_by_the_bot


def _found_by_the_bot(key: str) -> None:
    """The worker looks at the outbox each second."""
