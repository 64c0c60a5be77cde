"""A workspace with the bot in it: local Slack, the real bot as its own process, the register."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot_process import BotProcess
from slack_server import Ack, Channel, Message, Slack, SlackApp, Timing, User
from tests_support import Home

from bot.slack.channels import Channels
from bot.slack.manifest import manifest, scopes
from bot.slack.posts import Place, Posts
from bot.slack.pseudonyms import pseudonyms
from knowledge.register import FeedbackBook, Handovers, Inquiries, Inquiry, People

STARTING = "Hvordan kommer vi i gang med en frisklivssentral?"
REFERRING = "Hvem kan henvise til frisklivssentralen?"
FAR_OFF = "Hvilken film vant Oscar for beste musikk, og hvem regisserte den?"


class Town:
    """People, channels and the bot. The register is read through a store of its own."""

    def __init__(self, slack: Slack, home: Home, log: Path) -> None:
        self.slack = slack
        self.home = home
        self.inquiries = Inquiries(home.store)
        self.handovers = Handovers(home.store)
        self.feedback = FeedbackBook(home.store)
        self.people = People(home.store)
        self.posts = Posts(home.store)
        self.channels = Channels(home.store)
        self.pseudonyms = pseudonyms(home.store)
        self.bot = BotProcess(home.settings.home, environment(slack), log)
        self.kari = slack.user("kari")
        self.ola = slack.user("ola")
        self.ingrid = slack.user("ingrid")
        self.tor = slack.user("tor", admin=True)
        everybody = [self.kari, self.ola, self.ingrid, self.tor]
        self.asking = slack.channel("friskliv-sporsmal", everybody)
        self.elsewhere = slack.channel("lunsj", everybody, bot=False)
        self.stavanger = slack.channel("utviklingssentral-stavanger", [self.ingrid, self.tor])
        self.alstahaug = slack.channel("utviklingssentral-alstahaug", [self.ingrid, self.tor])
        for centre, channel in (("stavanger", self.stavanger), ("alstahaug", self.alstahaug)):
            self.channels.set_centre(centre, Place(slack.team.id, channel.id))

    def start(self) -> None:
        # One that was killed may still be counted: a connection that was not there before.
        before = list(self.slack.server.sockets.connections)
        self.bot.start()

        def connected() -> bool:
            now = list(self.slack.server.sockets.connections)
            new = [one for one in now if not any(one is known for known in before)]
            return bool(new) or not self.bot.running

        self.slack.wait_for(connected, 60)
        assert self.bot.running, self.bot.said

    def ask(self, user: User, channel: Channel, text: str, **more: object) -> Message:
        """Ask with a mention, and wait for the answer."""
        asked = self.slack.say(user, channel, f"{self.slack.mention} {text}", **more)  # type: ignore[arg-type]
        return self.answer_to(asked)

    def answer_to(self, asked: Message, number: int = 0) -> Message:
        def found() -> Message | None:
            answers = self.slack.answers(asked.channel, thread=asked)
            later = [answer for answer in answers if answer.ts > asked.ts]
            return later[number] if len(later) > number else None

        answer = self.slack.wait_for(found, 20)
        assert answer is not None
        return answer

    def said_to(
        self,
        user: User,
        words: str,
        channel: Channel | None = None,
        *,
        after: Message | None = None,
    ) -> Message:
        """Wait for what only this person sees."""
        found = self.slack.wait_for(
            lambda: [
                message
                for message in self.slack.ephemerals(user, channel)
                if words in self.slack.shown(message) and (after is None or message.ts > after.ts)
            ],
            20,
        )
        return found[-1]

    def row(self, asked: Message) -> Inquiry:
        found = self.inquiries.found(f"slack:{asked.channel.team.id}:{asked.channel.id}:{asked.ts}")
        assert found is not None
        return found

    def who(self, user: User) -> str:
        return self.pseudonyms.of(user.team.id, user.id)

    def button(self, message: Message, action_id: str) -> str:
        """The label of a button."""
        for block in message.blocks or []:
            for element in block.get("elements", []):
                if element.get("action_id") == action_id:
                    return str(element["text"]["text"])
        raise AssertionError(f"no button {action_id} in {self.slack.shown(message)}")

    def wait(self, condition: Callable[[], object], seconds: float = 20) -> None:
        self.slack.wait_for(condition, seconds)


def manifest_app() -> SlackApp:
    """The app as deploy/slack-manifest.yaml makes it: only the events it subscribes to."""
    events = manifest()["settings"]["event_subscriptions"]["bot_events"]
    return SlackApp(events=frozenset(events))


def environment(slack: Slack) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "FRISKSVAR_SLACK_API_URL": slack.api_url,
    }


@contextmanager
def town(bundled: Home, folder: Path, timing: Timing | None = None) -> Iterator[Town]:
    """A town over a copy of the indexed digests; the bot is not started yet."""
    place = folder / "home"
    shutil.copytree(bundled.settings.home, place, ignore=shutil.ignore_patterns("*.db*"))
    home = Home(place)
    with Slack(app=manifest_app(), timing=timing or Timing.quick()) as slack:
        slack.team.scopes = set(scopes())
        made = Town(slack, home, folder / "bot.log")
        try:
            yield made
        finally:
            made.bot.close()
            home.store.close()


__all__ = ["FAR_OFF", "REFERRING", "STARTING", "Ack", "Town", "environment", "town"]
