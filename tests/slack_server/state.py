"""What a Slack holds: workspaces with people, channels, messages and views, as plain objects.

Everything is read and changed under `World.lock`; who changes something calls `World.touch()`, and
whoever waits for a condition (`World.wait`) looks again.
"""

from __future__ import annotations

import hashlib
import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

T = TypeVar("T")

JSON = dict[str, Any]

# Everything that Frisksvar's manifest can ask for, and a little more
ALL_SCOPES: Final = frozenset(
    "app_mentions:read assistant:write channels:history channels:join channels:read chat:write "
    "chat:write.public commands groups:history groups:read im:history im:read im:write "
    "mpim:history mpim:read reactions:write team:read users:read".split()
)
ALL_EVENTS: Final = frozenset(
    "app_home_opened app_mention app_uninstalled member_joined_channel member_left_channel "
    "message.channels message.groups message.im message.mpim tokens_revoked".split()
)


class SlackError(Exception):
    """A refusal by the Web API: `code` is Slack's own, `more` goes beside it in the answer."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


@dataclass(frozen=True)
class SlackApp:
    """One app, as its page at api.slack.com has it."""

    app_id: str = "A0FRISK0001"
    name: str = "Frisksvar"
    client_id: str = "111.222"
    client_secret: str = "client-secret-of-the-local-slack"
    signing_secret: str = "signing-secret-of-the-local-slack"
    app_token: str = "xapp-1-A0FRISK0001-1-local"
    verification_token: str = "verification-token-of-the-local-slack"
    events: frozenset[str] = ALL_EVENTS


@dataclass(eq=False)
class User:
    id: str
    name: str
    team: Workspace = field(repr=False)
    admin: bool = False
    guest: bool = False
    is_bot: bool = False
    deleted: bool = False
    locale: str = "nb-NO"
    modals: list[View] = field(default_factory=list, repr=False)
    home: View | None = field(default=None, repr=False)

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(eq=False)
class Message:
    """`seen_by` is the one who sees an ephemeral message; `at` is time.perf_counter() when it was
    stored, for measuring."""

    ts: str
    channel: Channel = field(repr=False)
    user: str
    text: str
    blocks: list[JSON] = field(default_factory=list, repr=False)
    thread_ts: str | None = None
    bot_id: str | None = None
    metadata: JSON | None = None
    edited: JSON | None = None
    subtype: str | None = None
    seen_by: str | None = None
    deleted: bool = False
    replies: list[Message] = field(default_factory=list, repr=False)
    more: JSON = field(default_factory=dict, repr=False)
    values: dict[str, JSON] = field(default_factory=dict, repr=False)
    reactions: list[tuple[str, str]] = field(default_factory=list, repr=False)
    at: float = field(default_factory=time.perf_counter, repr=False)

    @property
    def root_ts(self) -> str:
        return self.thread_ts or self.ts

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass
class Status:
    """What setStatus shows in a thread."""

    text: str
    loading_messages: list[str]


@dataclass
class Prompts:
    title: str | None
    prompts: list[JSON]
    thread_ts: str | None


@dataclass(eq=False)
class Channel:
    """`kind` is Slack's channel_type: "channel" (public), "group" (private), "im", "mpim"."""

    id: str
    name: str
    kind: str
    team: Workspace = field(repr=False)
    members: set[str] = field(default_factory=set)
    archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict, repr=False)
    ephemerals: list[Message] = field(default_factory=list, repr=False)
    statuses: dict[str, Status] = field(default_factory=dict, repr=False)
    status_log: list[tuple[str, str]] = field(default_factory=list, repr=False)
    prompts: Prompts | None = field(default=None, repr=False)


@dataclass(eq=False)
class View:
    """A modal or a home as Slack keeps it; `content` is what the app sent, with ids filled in."""

    id: str
    user: User = field(repr=False)
    content: JSON
    hash: str
    root_id: str
    previous_id: str | None = None
    values: dict[str, JSON] = field(default_factory=dict)

    @property
    def blocks(self) -> list[JSON]:
        return list(self.content["blocks"])

    @property
    def callback_id(self) -> str:
        return str(self.content.get("callback_id", ""))

    @property
    def title(self) -> str:
        return str(self.content.get("title", {}).get("text", ""))


@dataclass(eq=False)
class Workspace:
    id: str
    name: str
    bot_token: str
    bot_user: User = field(init=False)
    bot_id: str = ""
    scopes: set[str] = field(default_factory=lambda: set(ALL_SCOPES))
    revoked: bool = False
    agent_features: bool = True
    home_tab: bool = True
    users: dict[str, User] = field(default_factory=dict, repr=False)
    channels: dict[str, Channel] = field(default_factory=dict, repr=False)
    views: dict[str, View] = field(default_factory=dict, repr=False)


@dataclass
class Trigger:
    user: User
    until: float
    used: bool = False
    from_modal: bool = False


@dataclass
class ResponseUrl:
    """`original` is the message that replace_original and delete_original are about."""

    channel: Channel
    user: User
    until: float
    uses: int = 0
    original: Message | None = None


@dataclass(frozen=True)
class Call:
    """One call of the Web API. `answer` is None where the connection was cut before the answer."""

    at: float
    method: str
    args: JSON
    team: str | None
    status: int
    answer: JSON | None

    @property
    def ok(self) -> bool:
        return bool(self.answer and self.answer.get("ok"))


class World:
    """All of it. `clock_offset` (seconds) lets a test make time pass."""

    def __init__(self, app: SlackApp, seed: int = 0) -> None:
        self.app = app
        self.lock = threading.Condition(threading.RLock())
        self.random = random.Random(seed)
        self.teams: dict[str, Workspace] = {}
        self.tokens: dict[str, Workspace] = {}
        self.codes: dict[str, Workspace] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.calls: list[Call] = []
        self.clock_offset = 0.0
        self._numbers = itertools.count(1)
        self._last_micro = 0

    def touch(self) -> None:
        with self.lock:
            self.lock.notify_all()

    def wait(self, condition: Callable[[], T], timeout_s: float) -> T:
        """The first true value of `condition`, looked at after each change; TimeoutError else."""
        until = time.monotonic() + timeout_s
        with self.lock:
            while not (value := condition()):
                left = until - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"not within {timeout_s} s")
                # now and then all the same: a condition may look at what is not in here
                self.lock.wait(min(left, 0.05))
            return value

    def now(self) -> float:
        return time.time() + self.clock_offset

    def new_id(self, prefix: str) -> str:
        return f"{prefix}0LOCAL{next(self._numbers):05d}"

    def next_ts(self) -> str:
        """Slack's time stamp, unique in the whole server and always growing."""
        with self.lock:
            self._last_micro = max(self._last_micro + 1, int(self.now() * 1e6))
            return f"{self._last_micro // 1_000_000}.{self._last_micro % 1_000_000:06d}"

    def new_hash(self) -> str:
        number = next(self._numbers)
        return f"{int(self.now())}.{hashlib.sha256(str(number).encode()).hexdigest()[:8]}"

    def trigger(self, user: User, lifetime_s: float, *, from_modal: bool = False) -> str:
        name = f"{next(self._numbers)}.{int(self.now() * 1000)}.{self.new_hash()[-8:]}"
        self.triggers[name] = Trigger(user, self.now() + lifetime_s, from_modal=from_modal)
        return name


def all_messages(channel: Channel) -> Iterator[Message]:
    return (message for message in channel.messages.values() if not message.deleted)


def new_workspace(world: World, name: str) -> Workspace:
    """A workspace with the app installed."""
    with world.lock:
        team = Workspace(world.new_id("T"), name, "")
        team.bot_token = f"xoxb-{team.id}-local"
        team.bot_id = world.new_id("B")
        team.bot_user = User(world.new_id("U"), world.app.name.lower(), team, is_bot=True)
        team.users[team.bot_user.id] = team.bot_user
        world.teams[team.id] = team
        world.tokens[team.bot_token] = team
        return team


def im_with(world: World, user: User) -> Channel:
    """The direct message between a person and the app, made when it is not there."""
    team = user.team
    for channel in team.channels.values():
        if channel.kind == "im" and user.id in channel.members:
            return channel
    members = {user.id, team.bot_user.id}
    channel = Channel(world.new_id("D"), "directmessage", "im", team, members)
    team.channels[channel.id] = channel
    return channel
