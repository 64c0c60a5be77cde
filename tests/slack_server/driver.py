"""`Slack`: the local Slack as a test or a demonstration uses it, as people and as an observer."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self, TypeVar

from starlette.routing import BaseRoute

from .chat import permalink
from .delivery import Delivery, Timing
from .faults import Faults
from .people import People
from .rendering import texts
from .server import Server
from .state import (
    Call,
    Channel,
    Message,
    Prompts,
    SlackApp,
    User,
    View,
    Workspace,
    all_messages,
    im_with,
    new_workspace,
)

T = TypeVar("T")
WAIT_S = 10.0


class Slack(People):
    """A context manager; see the package's docstring for what it can do."""

    def __init__(
        self,
        *,
        app: SlackApp | None = None,
        timing: Timing | None = None,
        routes: Sequence[BaseRoute] = (),
        port: int = 0,
        seed: int = 0,
        team: str = "frisk",
    ) -> None:
        self.server = Server(app or SlackApp(), timing or Timing(), routes, port=port, seed=seed)
        self.server.use_socket_mode()
        super().__init__(self.server)
        self.team = self.workspace(team)

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.server.stop()

    # What the app needs to be started

    @property
    def app(self) -> SlackApp:
        return self.world.app

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def api_url(self) -> str:
        """The Web API's base address: for WebClient(base_url=…) and FRISKSVAR_SLACK_API_URL."""
        return f"{self.server.url}/api/"

    @property
    def bot_token(self) -> str:
        return self.team.bot_token

    @property
    def app_token(self) -> str:
        return self.app.app_token

    @property
    def signing_secret(self) -> str:
        return self.app.signing_secret

    @property
    def bot(self) -> User:
        return self.team.bot_user

    @property
    def mention(self) -> str:
        """What a person's message holds when they name the app."""
        return self.team.bot_user.mention

    @property
    def faults(self) -> Faults:
        return self.server.faults

    # The workspaces and who is in them

    def workspace(self, name: str) -> Workspace:
        """One more workspace with the app installed; the first is `team`."""
        return new_workspace(self.world, name)

    def install_code(self, team: Workspace) -> str:
        """A code for oauth.v2.access, as the redirect after an installation has it; works once."""
        with self.world.lock:
            code = self.world.new_hash()
            self.world.codes[code] = team
            return code

    def user(
        self,
        name: str,
        *,
        admin: bool = False,
        guest: bool = False,
        locale: str = "nb-NO",
        team: Workspace | None = None,
    ) -> User:
        """A new person."""
        with self.world.lock:
            team = team or self.team
            user = User(self.world.new_id("U"), name, team, admin, guest, locale=locale)
            team.users[user.id] = user
            return user

    def channel(
        self,
        name: str,
        members: Iterable[User] = (),
        *,
        private: bool = False,
        bot: bool = True,
        team: Workspace | None = None,
    ) -> Channel:
        """A new channel; `bot` says whether the app is in it."""
        with self.world.lock:
            team = team or self.team
            kind = "group" if private else "channel"
            inside = {user.id for user in members} | ({team.bot_user.id} if bot else set())
            channel = Channel(self.world.new_id("C"), name, kind, team, inside)
            team.channels[channel.id] = channel
            return channel

    def dm(self, user: User) -> Channel:
        """The direct message between a person and the app."""
        with self.world.lock:
            return im_with(self.world, user)

    def invite(self, channel: Channel, user: User) -> None:
        with self.world.lock:
            channel.members.add(user.id)
            self.server.events.joined(channel, user)

    def uninstall(self, team: Workspace | None = None) -> None:
        """The token stops working and the app is told."""
        with self.world.lock:
            team = team or self.team
            team.revoked = True
            self.server.events.send(
                team, {"type": "tokens_revoked", "tokens": {"bot": [team.bot_user.id]}}
            )
            self.server.events.send(team, {"type": "app_uninstalled"})

    # The connection

    def use_http(self, url: str) -> bool:
        """Events and interactions to this request URL instead of Socket Mode; whether the
        challenge (url_verification) came back."""
        return self.server.use_http(url)

    @property
    def connections(self) -> int:
        return len(self.server.sockets.connections)

    def wait_connected(self, number: int = 1, timeout_s: float = WAIT_S) -> None:
        self.wait_for(lambda: self.connections >= number, timeout_s)

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Say "disconnect" on every socket; but for reason "warning" they are closed."""
        self.server.in_loop(self.server.sockets.disconnect(reason))

    def cut_sockets(self) -> None:
        """The sockets break without a word."""
        self.server.cut_sockets()

    @contextlib.contextmanager
    def shuffled(self, seed: int | None = None) -> Iterator[None]:
        """What happens inside is told to the app afterwards, in random order, copies too."""
        self.server.deliveries.hold()
        try:
            yield
        finally:
            chance = random.Random(seed) if seed is not None else self.world.random
            self.server.deliveries.release(chance)

    def deliver_again(self, delivery: Delivery) -> None:
        self.server.deliveries.again(delivery)

    def pass_time(self, seconds: float) -> None:
        """Let Slack's clock jump: triggers, response URLs and tickets grow old."""
        with self.world.lock:
            self.world.clock_offset += seconds

    # What is there to see

    def wait_for(self, condition: Callable[[], T], timeout_s: float = WAIT_S) -> T:
        """The first true value of `condition`, looked at after each change in here (and twenty
        times a second); TimeoutError when there is none in time."""
        return self.world.wait(condition, timeout_s)

    def messages(self, channel: Channel, thread: Message | str | None = None) -> list[Message]:
        """All that is to be seen in a channel, oldest first, replies among it; or one thread,
        its root first."""
        with self.world.lock:
            if thread is None:
                return list(all_messages(channel))
            ts = thread if isinstance(thread, str) else thread.root_ts
            return [message for message in all_messages(channel) if message.root_ts == ts]

    def answers(self, channel: Channel, thread: Message | str | None = None) -> list[Message]:
        """Of `messages` those by the app."""
        return [message for message in self.messages(channel, thread) if message.bot_id]

    def ephemerals(self, user: User, channel: Channel | None = None) -> list[Message]:
        """What only this person sees, oldest first."""
        with self.world.lock:
            channels = [channel] if channel else list(user.team.channels.values())
            found = [
                message
                for one in channels
                for message in one.ephemerals
                if message.seen_by == user.id
            ]
            return sorted(found, key=lambda message: message.ts)

    def views(self, user: User) -> list[View]:
        """The open modals, the one on top last."""
        with self.world.lock:
            return list(user.modals)

    def home(self, user: User) -> View | None:
        with self.world.lock:
            return user.home

    def status(self, channel: Channel, thread: Message | str | None = None) -> str | None:
        """What the app says it is doing, in a thread or anywhere in the channel."""
        with self.world.lock:
            if thread is not None:
                shown = channel.statuses.get(thread if isinstance(thread, str) else thread.root_ts)
                return shown.text if shown else None
            return next((shown.text for shown in channel.statuses.values()), None)

    def prompts(self, channel: Channel) -> Prompts | None:
        with self.world.lock:
            return channel.prompts

    def permalink(self, message: Message) -> str:
        return permalink(message)

    @property
    def calls(self) -> list[Call]:
        """Every call of the Web API so far, in order of their answers."""
        with self.world.lock:
            return list(self.world.calls)

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    @property
    def deliveries(self) -> list[Delivery]:
        with self.world.lock:
            return list(self.server.deliveries.events)

    def undelivered(self) -> list[Delivery]:
        """Events that the app has not acked (yet)."""
        return [delivery for delivery in self.deliveries if not delivery.acked]

    def shown(self, message: Message | View) -> str:
        """The text that a person sees in the blocks (or, without blocks, the message's text)."""
        with self.world.lock:
            if isinstance(message, Message) and not message.blocks:
                return message.text
            return "\n".join(texts(message.blocks))
