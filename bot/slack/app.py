"""The Bolt app: middleware first, then one `register` for each concern."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from slack_bolt import App, BoltRequest
from slack_bolt.authorization.authorize import InstallationStoreAuthorize
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_sdk import WebClient
from slack_sdk.oauth.state_store.sqlite3 import SQLite3OAuthStateStore

from bot.answering.answer import Answerer
from bot.answering.decide import thresholds_of
from bot.answering.past import PastInquiries
from bot.slack.channels import Channels
from bot.slack.clients import TIMEOUT_SECONDS, Clients, TokenOf, repeatable
from bot.slack.clock import Clock
from bot.slack.composing import compose
from bot.slack.desk import Desk
from bot.slack.failing import error_handler
from bot.slack.inbox import Inbox
from bot.slack.installations import SealedInstallations
from bot.slack.listeners import (
    answers,
    centre,
    channel_settings,
    commands,
    feedback,
    handover,
    home,
    staff,
    who,
)
from bot.slack.listeners import register as register_inquiry
from bot.slack.manifest import scopes
from bot.slack.postman import Postman
from bot.slack.posts import Posts
from bot.slack.pseudonyms import Pseudonyms, secret_of
from bot.slack.settings import SlackSettings
from bot.slack.threads import Threads
from bot.slack.worker import Worker
from indexer.index import Index
from knowledge.register import FeedbackBook, Handovers, Inquiries, Links, People
from knowledge.register.approvals import Approvals
from knowledge.settings import Settings
from knowledge.store import Store

STATE_MINUTES = 10
"""How long an installation that was begun may take."""


@dataclass(frozen=True)
class Bot:
    """One bot process: what Slack talks to, and what works in the background."""

    desk: Desk
    app: App
    inbox: Inbox
    worker: Worker
    clock: Clock

    def start(self) -> None:
        """Take up what an earlier process left; before the first event comes."""
        self.worker.start()
        self.clock.start()

    def stop(self) -> None:
        """Finish what is at work; the rest stays in the outbox for the next start."""
        self.clock.stop()
        self.worker.stop()


def build(settings: Settings, slack: SlackSettings, store: Store, index: Index) -> Bot:
    """A bot that is ready to be started.

    Args:
        slack: checked settings.
        index: opened once already, so that the first question does not wait for it.
    """
    secret = secret_of(store, slack.secret.get_secret_value() if slack.secret else None)
    installations = _installations(settings, slack, secret)
    posts, links = Posts(store), Links(store)
    clients = Clients(slack.base_url, _token_of(slack, installations))
    worker = Worker(posts, Postman(clients, posts, timedelta(seconds=slack.first_wait)))
    inquiries = Inquiries(store)
    desk = Desk(
        settings=settings,
        store=store,
        index=index,
        answerer=Answerer(
            index,
            inquiries,
            past=PastInquiries(links, Approvals(store)),
            thresholds=thresholds_of(settings),
            asks_which=True,
        ),
        inquiries=inquiries,
        links=links,
        people=People(store),
        handovers=Handovers(store),
        feedback=FeedbackBook(store),
        posts=posts,
        threads=Threads(store),
        channels=Channels(store),
        clients=clients,
        pseudonyms=Pseudonyms(secret),
        poke=worker.poke,
        home_team=slack.home_team if slack.oauth else None,
    )
    worker.compose = lambda post: compose(desk, post)
    inbox = Inbox(desk)
    app = _app(settings, slack, installations)
    app.use(inbox)
    app.error(error_handler(desk))
    for concern in (
        answers,
        commands,
        handover,
        centre,
        who,
        feedback,
        register_inquiry,
        channel_settings,
        home,
        staff,
    ):
        concern.register(app, desk)
    for event in ("message", "app_mention"):
        app.event(event)(_taken)
    clock = Clock(desk, annual_reminders=slack.annual_reminders, review_url=slack.review_url)
    return Bot(desk, app, inbox, worker, clock)


def _taken() -> None:
    """The inbox has written it down before any listener runs."""


def _app(
    settings: Settings, slack: SlackSettings, installations: SealedInstallations | None
) -> App:
    token = slack.bot_token.get_secret_value() if slack.bot_token else None
    secret = slack.signing_secret.get_secret_value() if slack.signing_secret else None
    client = WebClient(
        token=token,
        base_url=slack.base_url,
        timeout=TIMEOUT_SECONDS,
        retry_handlers=repeatable(),
    )
    quiet = logging.getLogger("bot.slack.bolt")
    quiet.setLevel(logging.ERROR)  # its debug log holds whole messages
    if installations is None or slack.client_id is None or slack.client_secret is None:
        return App(
            client=client,
            signing_secret=secret,
            token_verification_enabled=False,
            logger=quiet,
        )
    oauth = OAuthSettings(
        client_id=slack.client_id,
        client_secret=slack.client_secret.get_secret_value(),
        scopes=scopes(),
        installation_store=installations,
        state_store=SQLite3OAuthStateStore(
            expiration_seconds=60 * STATE_MINUTES, database=str(settings.database)
        ),
        logger=quiet,
    )
    oauth.authorize = InstallationStoreAuthorize(
        logger=quiet,
        installation_store=installations,
        client_id=slack.client_id,
        client_secret=slack.client_secret.get_secret_value(),
        client=client,
        cache_enabled=True,
    )
    app = App(client=client, signing_secret=secret, oauth_settings=oauth, logger=quiet)
    app.enable_token_revocation_listeners()  # a workspace that uninstalls leaves no token behind
    return app


def _installations(
    settings: Settings, slack: SlackSettings, secret: bytes
) -> SealedInstallations | None:
    if slack.client_id is None or slack.client_secret is None:
        return None
    return SealedInstallations(settings.database, slack.client_id, secret)


def _token_of(slack: SlackSettings, installations: SealedInstallations | None) -> TokenOf:
    if installations is None:
        token = slack.bot_token.get_secret_value() if slack.bot_token else None
        return lambda team: token

    def installed(team: str) -> str | None:
        found = installations.find_bot(enterprise_id=None, team_id=team)
        return found.bot_token if found is not None else None

    return installed


__all__ = ["BoltRequest", "Bot", "build"]
