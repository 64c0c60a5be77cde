"""A desk in the test's own process: the local Slack, the outbox at work, and chosen listeners."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import ModuleType

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_server import Channel, Message, Slack, Timing, User
from tests_support import Home

from bot.answering.answer import Answerer
from bot.slack.blocks import Rendered
from bot.slack.blocks.buttons import actions, feedback
from bot.slack.blocks.pieces import rich
from bot.slack.channels import Channels
from bot.slack.clients import Clients
from bot.slack.desk import Desk
from bot.slack.postman import Postman
from bot.slack.posts import Place, Posts
from bot.slack.pseudonyms import Pseudonyms
from bot.slack.threads import Threads
from bot.slack.worker import Worker
from indexer.index import Index
from knowledge.register import (
    FeedbackBook,
    Handovers,
    Inquiries,
    Inquiry,
    Links,
    NewInquiry,
    People,
    Person,
    ShownQuote,
)

QUOTE = ShownQuote(
    document="d" * 64,
    title="Veilederen",
    section="Henvisning",
    url=None,
    edition="2016",
    updated=None,
    start=10,
    end=32,
    text="Fastlegen kan henvise.",
    highlight="Fastlegen kan henvise.",
    score=1.0,
)


@dataclass
class Office:
    """People in a workspace, and the desk behind the bot."""

    slack: Slack
    desk: Desk
    client: WebClient
    kari: User
    ola: User
    boss: User
    asking: Channel
    inside: Channel

    @property
    def team(self) -> str:
        return self.slack.team.id

    def who(self, user: User) -> str:
        return self.desk.pseudonyms.of(self.team, user.id)

    def person(self, user: User) -> Person:
        return self.desk.person(self.team, user.id)

    def ask(self, user: User | None, **more: object) -> Inquiry:
        """An inquiry in the register, answered with one quote unless `outcome` says otherwise."""
        outcome = more.pop("outcome", "answered")
        values = {
            "came_from": f"test:{self.desk.inquiries.count()}",
            "received_at": datetime.now(UTC),
            "channel": "slack",
            "question": "Hvem kan henvise?",
            "asker": self.who(user) if user else None,
        }
        number, _ = self.desk.inquiries.receive(NewInquiry.model_validate(values | more))
        if outcome is not None:
            self.desk.inquiries.complete(
                number,
                outcome=outcome,  # type: ignore[arg-type]
                generation="g",
                quotes=[QUOTE] if outcome == "answered" else [],
                at=datetime.now(UTC),
            )
        return self.inquiry(number)

    def inquiry(self, number: int) -> Inquiry:
        found = self.desk.inquiries.get(number)
        assert found is not None
        return found

    def answer(self, inquiry: Inquiry, channel: Channel | None = None) -> Message:
        """The buttons under an answer, as the bot posts them."""
        where = channel or self.asking
        key = f"answer:{inquiry.id}"
        blocks = [
            rich("Et svar"),
            feedback(inquiry.id, "nb"),
            actions(inquiry.id, "nb", who=True),
        ]
        place = Place(self.team, where.id)
        self.desk.posts.put(key, place, Rendered("Et svar", blocks), inquiry=inquiry.id)
        self.desk.poke(key)
        return self.posted(key, where)

    def posted(self, key: str, channel: Channel) -> Message:
        """The message of a row of the outbox, once it is posted."""
        post = self.slack.wait_for(
            lambda: next(
                (p for p in [self.desk.posts.get(key)] if p and p.state in ("posted", "failed")),
                None,
            )
        )
        assert post is not None and post.state == "posted"
        return next(m for m in self.slack.messages(channel) if m.ts == post.ts)

    def told(self, user: User, words: str) -> Message:
        """What only this person sees."""
        found = self.slack.wait_for(
            lambda: [m for m in self.slack.ephemerals(user) if words in self.slack.shown(m)]
        )
        assert found
        return found[-1]

    def wait(self, condition: Callable[[], object]) -> None:
        self.slack.wait_for(condition)


@contextmanager
def office(home: Home, listeners: Sequence[ModuleType]) -> Iterator[Office]:
    """An office over a home, with the listeners of these modules connected."""
    with Slack(timing=Timing.quick()) as slack:
        clients = Clients(slack.api_url, lambda team: slack.bot_token)
        posts = Posts(home.store)
        worker = Worker(posts, Postman(clients, posts, timedelta(milliseconds=20)))
        desk = _desk(home, posts, clients, worker)
        client = WebClient(token=slack.bot_token, base_url=slack.api_url)
        app = App(client=client, token_verification_enabled=False)
        for listener in listeners:
            listener.register(app, desk)
        for event in ("message", "member_joined_channel"):
            app.event(event)(lambda: None)
        kari, ola = slack.user("kari"), slack.user("ola")
        boss = slack.user("sjefen", admin=True)
        everybody = [kari, ola, boss]
        handler = SocketModeHandler(app, slack.app_token)
        worker.start()
        try:
            handler.connect()  # type: ignore[no-untyped-call]
            slack.wait_connected()
            yield Office(
                slack,
                desk,
                client,
                kari,
                ola,
                boss,
                slack.channel("sporsmal", everybody),
                slack.channel("sentralen", everybody),
            )
        finally:
            handler.close()  # type: ignore[no-untyped-call]
            worker.stop()


def _desk(home: Home, posts: Posts, clients: Clients, worker: Worker) -> Desk:
    inquiries, index = Inquiries(home.store), Index(home.settings)
    return Desk(
        settings=home.settings,
        store=home.store,
        index=index,
        answerer=Answerer(index, inquiries),
        inquiries=inquiries,
        links=Links(home.store),
        people=People(home.store),
        handovers=Handovers(home.store),
        feedback=FeedbackBook(home.store),
        posts=posts,
        threads=Threads(home.store),
        channels=Channels(home.store),
        clients=clients,
        pseudonyms=Pseudonyms(b"k" * 32),
        poke=worker.poke,
    )
