"""What a person does on the page, as it is sent, and carried out through the local Slack."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..driver import Slack
from ..forms import CannotDo
from ..interactions import Ack
from ..rendering import interactive
from ..state import JSON, Channel, Message, User, View

LONGEST = 12_000
"""Characters that Slack's own client lets a person write in one message."""

Text = Annotated[str, Field(max_length=LONGEST)]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Say(_Sent):
    do: Literal["say"]
    channel: str
    text: Text
    thread: str | None = None


class Edit(_Sent):
    do: Literal["edit"]
    channel: str
    ts: str
    text: Text


class Delete(_Sent):
    do: Literal["delete"]
    channel: str
    ts: str


class Command(_Sent):
    """`text` is what follows the name of the command."""

    do: Literal["command"]
    channel: str
    text: Text = ""


class Shortcut(_Sent):
    do: Literal["shortcut"]
    channel: str
    ts: str
    shortcut: str


class Open(_Sent):
    """The app is opened at its «home» or its «messages» tab."""

    do: Literal["open"]
    tab: Literal["home", "messages"]


class _InBlocks(_Sent):
    """A place in a message (`channel` and `ts`) or in a view, and an element there."""

    channel: str | None = None
    ts: str | None = None
    view: str | None = None
    block: str
    action: str


class Press(_InBlocks):
    """`values` are the fields of the view as they stand, by block_id; see People.fill."""

    do: Literal["press"]
    value: Any = None
    values: dict[str, Any] = Field(default_factory=dict)


class Suggest(_InBlocks):
    """What a type-ahead offers for what is typed."""

    do: Literal["suggest"]
    typed: Text


class Submit(_Sent):
    do: Literal["submit"]
    view: str
    values: dict[str, Any] = Field(default_factory=dict)


class Close(_Sent):
    do: Literal["close"]


class Deed(_Sent):
    """One thing that the person `who` does."""

    who: str
    what: Annotated[
        Say | Edit | Delete | Command | Shortcut | Open | Press | Suggest | Submit | Close,
        Field(discriminator="do"),
    ]


def carry_out(slack: Slack, user: User, what: Any) -> JSON:
    """Do it; the answer has `ok` and, as it may be, `reason`, `errors` by block_id, `options`.

    Raises:
        CannotDo: Slack's client would not let this person do it.
    """
    match what:
        case Say():
            slack.say(user, _channel(user, what.channel), what.text, thread=what.thread)
        case Edit():
            slack.edit(user, _message(slack, user, what.channel, what.ts), what.text)
        case Delete():
            slack.delete(user, _message(slack, user, what.channel, what.ts))
        case Command():
            return _acked(slack.command(user, _channel(user, what.channel), what.text))
        case Shortcut():
            message = _message(slack, user, what.channel, what.ts)
            return _acked(slack.shortcut(user, what.shortcut, message))
        case Open():
            slack.open_home(user, what.tab)
        case Press():
            where = _where(slack, user, what)
            if isinstance(where, View):
                slack.fill(user, where, what.values)
            return _acked(slack.press(user, where, _name(where, what), what.value))
        case Suggest():
            where = _where(slack, user, what)
            offered = slack.options(user, where, _name(where, what), what.typed)
            return {"ok": True, "options": offered}
        case Submit():
            return _acked(slack.submit(user, _view(user, what.view), what.values))
        case Close():
            slack.close_view(user)
    return {"ok": True}


def _acked(ack: Ack) -> JSON:
    return {"ok": ack.ok, "reason": ack.reason, "errors": ack.errors}


def _channel(user: User, name: str) -> Channel:
    channel = user.team.channels.get(name)
    if channel is None or user.id not in channel.members:
        raise CannotDo(f"{user.name} is not in a channel {name}")
    return channel


def _message(slack: Slack, user: User, channel: str, ts: str) -> Message:
    """A message that this person sees, the ephemeral ones too."""
    place = _channel(user, channel)
    for message in [*slack.messages(place), *slack.ephemerals(user, place)]:
        if message.ts == ts:
            return message
    raise CannotDo(f"{user.name} sees no message {ts}")


def _view(user: User, name: str) -> View:
    views = [*user.modals, *([user.home] if user.home else [])]
    for view in views:
        if view.id == name:
            return view
    raise CannotDo(f"{user.name} has no view {name} open")


def _where(slack: Slack, user: User, what: _InBlocks) -> Message | View:
    if what.view is not None:
        return _view(user, what.view)
    return _message(slack, user, what.channel or "", what.ts or "")


def _name(where: Message | View, what: _InBlocks) -> str:
    """How the driver finds the element: by its block where the action stands in several blocks."""
    elements = {block["block_id"]: interactive(block) for block in where.blocks}
    named = [e for several in elements.values() for e in several if e["action_id"] == what.action]
    alone = len(elements.get(what.block, ())) == 1
    return what.block if len(named) > 1 and alone else what.action
