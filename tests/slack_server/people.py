"""What people do: write, change, delete, command, press, fill in."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from .forms import CannotDo, find, state_of
from .interactions import Ack, Interactions, Where
from .posting import put, remove
from .rendering import message_json
from .server import Server
from .state import JSON, Channel, Message, User, View, im_with
from .views import close_all, close_top

# How long an ack may take until it is clear that none comes: more than any Timing.ack_s in use
ANSWER_S = 30.0
_ADDRESS = re.compile(r"https?://[^\s<>|]+")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NAMED = re.compile(r"<(?:@|#)[UCW][A-Z0-9]+>")


class People:
    def __init__(self, server: Server) -> None:
        self.world = server.world
        self._events = server.events
        self._interactions = Interactions(server)

    def say(
        self,
        user: User,
        channel: Channel,
        text: str,
        *,
        thread: Message | str | None = None,
        redeliver: int = 0,
        raw: bool = False,
        **more: Any,
    ) -> Message:
        """Write a message. Slack's client escapes & < > and marks addresses as links; mentions
        (`user.mention`, `slack.mention`) stay; `raw` leaves the text as it is. `redeliver` more
        copies of each event follow at once. `more` goes into the message, as `files=[…]`.
        """
        with self.world.lock:
            if user.id not in channel.members:
                raise CannotDo(f"{user.name} is not in {channel.name}")
            thread_ts = thread.root_ts if isinstance(thread, Message) else thread
            subtype = "file_share" if "files" in more else None
            message = Message(
                ts=self.world.next_ts(),
                channel=channel,
                user=user.id,
                text=text if raw else typed(text),
                thread_ts=thread_ts,
                subtype=subtype,
                more={"client_msg_id": self.world.new_id("M"), **more},
            )
            message.blocks = [_composed(text, message.ts)] if text else []
            put(self._events, message, redeliver)
            self.world.touch()
            return message

    def edit(
        self, user: User, message: Message, text: str, *, redeliver: int = 0, raw: bool = False
    ) -> None:
        with self.world.lock:
            _own(user, message)
            before = copy.deepcopy(message_json(self.world, message))
            message.text = text if raw else typed(text)
            message.blocks = [_composed(text, message.ts)]
            message.edited = {"user": user.id, "ts": self.world.next_ts()}
            self._events.changed(message, before, redeliver)
            self.world.touch()

    def delete(self, user: User, message: Message) -> None:
        with self.world.lock:
            _own(user, message)
            remove(self.world, self._events, message)
            self.world.touch()

    def open_home(self, user: User, tab: str = "home") -> None:
        """Open the app: its "home" tab or its "messages" tab."""
        with self.world.lock:
            channel = im_with(self.world, user)
            self._events.home_opened(user, channel, tab)

    def command(
        self, user: User, channel: Channel, text: str = "", command: str = "/frisksvar"
    ) -> Ack:
        """Type a slash command; waits for the app's ack, as everything below does."""
        with self.world.lock:
            asked = self._interactions.command(user, channel, command, text)
        return _result(asked)

    def shortcut(self, user: User, callback_id: str, message: Message | None = None) -> Ack:
        """A shortcut on a message, or a global one."""
        with self.world.lock:
            if message:
                asked = self._interactions.message_shortcut(user, callback_id, message)
            else:
                asked = self._interactions.global_shortcut(user, callback_id)
        return _result(asked)

    def press(self, user: User, where: Where, name: str, value: Any = None) -> Ack:
        """Press a button or choose in a menu of a message or a view. `name` is the action_id or
        the block_id; `value` is what to choose (an option's value or text), or says which of
        several buttons."""
        return _result(self.press_soon(user, where, name, value))

    def press_soon(self, user: User, where: Where, name: str, value: Any = None) -> Future[Ack]:
        """The same without waiting: the future gives the Ack."""
        offered = self._offered(user, where, name, value)
        with self.world.lock:
            return self._interactions.use(user, where, name, value, offered)

    def vote(self, user: User, message: Message, up: bool, name: str = "feedback") -> Ack:
        """Press one of the feedback buttons."""
        return self.press(user, message, name, up)

    def options(self, user: User, where: Where, name: str, typed: str) -> list[JSON]:
        """What a type-ahead offers; the groups' options in one list. A person who has typed less
        than min_query_length is offered nothing."""
        with self.world.lock:
            _, element = find(where.blocks, name)
            if len(typed) < element.get("min_query_length", 3):
                return []
            asked = self._interactions.suggest(user, where, name, typed)
        ack = _result(asked)
        if not ack.ok:
            raise CannotDo(f"no options: {ack.reason}")
        groups = ack.body.get("option_groups") or [ack.body]
        return [option for group in groups for option in group["options"]]

    def fill(self, user: User, view: View, values: Mapping[str, Any]) -> None:
        """Fill in fields of a view, by action_id or block_id: text, a date, an option's value or
        text (lists of them where several can be chosen), an id. In a type-ahead the text is typed
        and then chosen. None empties a field."""
        for name, wanted in values.items():
            offered = self._offered(user, view, name, wanted)
            with self.world.lock:
                block, element = find(view.blocks, name)
                key = f"{block['block_id']} {element['action_id']}"
                view.values[key] = state_of(element, wanted, offered)

    def submit(self, user: User, view: View, values: Mapping[str, Any] | None = None) -> Ack:
        """Fill in, and submit. CannotDo where Slack's client would not send the form. The ack's
        `errors` are the app's; without any the modal is closed, updated, or covered."""
        self.fill(user, view, values or {})
        with self.world.lock:
            if not user.modals or user.modals[-1] is not view:
                raise CannotDo("that modal is not the one on top")
            asked = self._interactions.submit(user, view)
        return _result(asked)

    def close_view(self, user: User, *, all_of_them: bool = False) -> None:
        """Cancel the modal on top, or all of them; the app hears it where it asked to."""
        with self.world.lock:
            if not user.modals:
                raise CannotDo("no modal is open")
            top = user.modals[-1]
            told = top.content.get("notify_on_close", False)
            asked = self._interactions.closed(user, top, all_of_them) if told else None
            if all_of_them or top.content.get("clear_on_close"):
                close_all(user)
            else:
                close_top(user)
            self.world.touch()
        if asked:
            _result(asked)

    def _offered(self, user: User, where: Where, name: str, wanted: Any) -> list[JSON] | None:
        """For a type-ahead: what the app offers for what is wanted."""
        with self.world.lock:
            _, element = find(where.blocks, name, wanted if isinstance(wanted, str) else None)
        if element["type"] not in {"external_select", "multi_external_select"} or not wanted:
            return None
        several = wanted if isinstance(wanted, list) else [wanted]
        return [
            option
            for one in several
            if isinstance(one, str)
            for option in self.options(user, where, name, one)
        ]


def _result(asked: Future[Ack]) -> Ack:
    return asked.result(ANSWER_S)


def _own(user: User, message: Message) -> None:
    if message.user != user.id or message.deleted:
        raise CannotDo(f"that is not a message by {user.name}")


def typed(text: str) -> str:
    """What a person types as Slack stores it: escaped, with addresses marked as links."""
    parts: list[str] = []
    at = 0
    for named in _NAMED.finditer(text):
        parts += [_escaped(text[at : named.start()]), named.group()]
        at = named.end()
    return "".join([*parts, _escaped(text[at:])])


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _ADDRESS.sub(lambda found: f"<{found.group()}>", text)
    return _MAIL.sub(lambda found: f"<mailto:{found.group()}|{found.group()}>", text)


def _composed(text: str, ts: str) -> JSON:
    """The rich_text block that Slack's composer makes of what a person writes."""
    elements: list[JSON] = []
    at = 0
    for named in _NAMED.finditer(text):
        if text[at : named.start()]:
            elements.append({"type": "text", "text": text[at : named.start()]})
        name = named.group()[2:-1]
        kind = "user" if named.group()[1] == "@" else "channel"
        elements.append({"type": kind, f"{kind}_id": name})
        at = named.end()
    if text[at:]:
        elements.append({"type": "text", "text": text[at:]})
    section = {"type": "rich_text_section", "elements": elements}
    return {"type": "rich_text", "block_id": f"c{ts[-5:]}", "elements": [section]}
