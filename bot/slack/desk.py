"""What every listener works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.answering.answer import Answerer
from bot.slack.channels import Channels
from bot.slack.clients import Clients
from bot.slack.posts import Posts
from bot.slack.pseudonyms import Pseudonyms
from bot.slack.threads import Threads
from indexer.index import Index
from knowledge.messages import Language
from knowledge.register import FeedbackBook, Handovers, Inquiries, Links, People, Person
from knowledge.settings import Settings
from knowledge.store import Store


@dataclass(frozen=True)
class Desk:
    """The register and Slack, for one bot process. Thread-safe.

    Attributes:
        home_team: the workspace whose administrators set the centres' channels; None where there
            is only one workspace.
        poke: tells the worker that a row of the outbox waits: call it with the key, after the
            transaction that wrote the row.
    """

    settings: Settings
    store: Store
    index: Index
    answerer: Answerer
    inquiries: Inquiries
    links: Links
    people: People
    handovers: Handovers
    feedback: FeedbackBook
    posts: Posts
    threads: Threads
    channels: Channels
    clients: Clients
    pseudonyms: Pseudonyms
    poke: Callable[[str], None]
    home_team: str | None = None

    def person(self, team: str, user: str) -> Person:
        return self.people.get(self.pseudonyms.of(team, user))

    def language(self, team: str, user: str) -> Language:
        """The language of buttons and pages for a person: that of their last question."""
        return self.person(team, user).language or "nb"

    def ask_for_municipality(self, person: Person, *, known: bool) -> bool:
        """Whether to ask a person for their municipality now; they are asked once."""
        if known or person.municipality or person.asked_at is not None:
            return False
        self.people.change(person.who, asked_at=datetime.now(UTC))
        return True
