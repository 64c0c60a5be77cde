"""The methods of the Web API by name, and what each is given: one call with its arguments."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .delivery import Timing
from .events import MESSAGE_EVENTS, Events
from .rules import problem
from .socket_mode import Sockets
from .state import JSON, Channel, SlackError, User, Workspace, World


@dataclass(frozen=True)
class Call:
    """A call that was let in: `team` is the token's workspace. Arguments come as strings from
    forms and as JSON values from JSON bodies; the getters take both."""

    method: str
    args: JSON
    team: Workspace
    world: World
    events: Events
    sockets: Sockets
    timing: Timing
    address: str

    def text(self, name: str) -> str:
        value = self.args.get(name)
        if value is None or value == "":
            raise missing(name)
        return str(value)

    def optional(self, name: str) -> str | None:
        value = self.args.get(name)
        return None if value is None or value == "" else str(value)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.args.get(name, default)
        return value in (True, 1, "1", "true", "True")

    def number(self, name: str, default: int, least: int, most: int) -> int:
        value = self.args.get(name, default)
        try:
            number = int(value)
        except (TypeError, ValueError):
            raise bad_arguments(problem("must provide an integer", f"/{name}")) from None
        if not least <= number <= most:
            raise SlackError("invalid_limit" if name == "limit" else "invalid_arguments")
        return number

    def json(self, name: str, unreadable: str = "invalid_arguments") -> Any:
        """A value that a form carries as JSON text; None where it is absent."""
        value = self.args.get(name)
        if isinstance(value, str):
            if not value:
                return None
            try:
                return json.loads(value)
            except ValueError:
                raise SlackError(unreadable) from None
        return value

    def need(self, *scopes: str) -> None:
        """At least one of these scopes."""
        if not self.team.scopes & set(scopes):
            provided = ",".join(sorted(self.team.scopes))
            raise SlackError("missing_scope", needed=scopes[0], provided=provided)

    def channel(self, name: str = "channel") -> Channel:
        """The channel that the app can see; a private one it is not in is as if it were not."""
        channel = self.team.channels.get(self.text(name))
        if channel is None or (channel.kind != "channel" and not self.inside(channel)):
            raise SlackError("channel_not_found")
        return channel

    def inside(self, channel: Channel) -> bool:
        return self.team.bot_user.id in channel.members

    def user(self, name: str = "user") -> User:
        user = self.team.users.get(self.text(name))
        if user is None:
            raise SlackError("user_not_found")
        return user

    def history_scope(self, channel: Channel) -> None:
        self.need(MESSAGE_EVENTS[channel.kind][1])


Method = Callable[[Call], JSON]
# name: (the method, the scopes of which one is needed)
METHODS: dict[str, tuple[Method, tuple[str, ...]]] = {}


def method(name: str, *scopes: str) -> Callable[[Method], Method]:
    def registered(function: Method) -> Method:
        METHODS[name] = function, scopes
        return function

    return registered


def bad_arguments(*problems: str, code: str = "invalid_arguments") -> SlackError:
    """Slack's refusal with the list of what is wrong."""
    plain = [text.removeprefix("[ERROR] ") for text in problems]
    return SlackError(code, errors=plain, response_metadata={"messages": list(problems)})


def missing(name: str) -> SlackError:
    return bad_arguments(problem(f"missing required field: {name}", ""))
