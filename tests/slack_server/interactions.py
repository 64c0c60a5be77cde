"""What a person does to the app beside writing: commands, shortcuts, buttons, modals.

Each method sends one payload and carries out what the app's ack says, as Slack's client would.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from .block_kit import MODAL
from .delivery import COMMAND, INTERACTIVE, Answer
from .forms import CannotDo, action_of, check_filled, find
from .limits import check_options
from .rendering import STATE_NAMES, message_json, state_values, view_json
from .server import Server
from .state import JSON, Channel, Message, ResponseUrl, SlackError, User, View
from .views import close_all, close_top, judged, push, replace


@dataclass(frozen=True)
class Ack:
    """How the app answered an interaction. `ok` False is what a person sees as «failed».

    `reason` says why: a timeout, no connection, or what Slack does not take of the answer.
    `errors` are those of a form, by block_id; `action` is the response_action.
    """

    ok: bool
    reason: str = ""
    body: Any = None
    errors: dict[str, str] = field(default_factory=dict)
    action: str = ""


Where = Message | View


class Interactions:
    def __init__(self, server: Server) -> None:
        self._server = server
        self._world = server.world

    def command(self, user: User, channel: Channel, command: str, text: str) -> Future[Ack]:
        url = self._server.response_urls.new(user, channel)
        payload: JSON = {
            "token": self._world.app.verification_token,
            "team_id": user.team.id,
            "team_domain": user.team.name,
            "channel_id": channel.id,
            "channel_name": _channel_name(channel),
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": text,
            "api_app_id": self._world.app.app_id,
            "is_enterprise_install": "false",
            "response_url": url,
            "trigger_id": self._trigger(user),
        }

        def answered(answer: Answer) -> Ack:
            if answer.ok and answer.body:
                return self._responded(url, answer)
            return _plain(answer)

        return self._ask(COMMAND, payload, answered)

    def message_shortcut(self, user: User, callback_id: str, message: Message) -> Future[Ack]:
        channel = message.channel
        payload = self._common("message_action", user) | {
            "callback_id": callback_id,
            "channel": {"id": channel.id, "name": _channel_name(channel)},
            "message_ts": message.ts,
            "message": message_json(self._world, message),
            "response_url": self._server.response_urls.new(user, channel),
            "action_ts": self._world.next_ts(),
            "trigger_id": self._trigger(user),
        }
        return self._ask(INTERACTIVE, payload, _plain)

    def global_shortcut(self, user: User, callback_id: str) -> Future[Ack]:
        payload = self._common("shortcut", user) | {
            "callback_id": callback_id,
            "action_ts": self._world.next_ts(),
            "trigger_id": self._trigger(user),
        }
        return self._ask(INTERACTIVE, payload, _plain)

    def use(
        self, user: User, where: Where, name: str, value: Any, offered: list[JSON] | None
    ) -> Future[Ack]:
        """A button is pressed, an option is chosen."""
        wanted = value if isinstance(value, str) else None
        block, element = find(where.blocks, name, wanted)
        action = action_of(block, element, value, offered)
        if element["type"] in STATE_NAMES:
            state = {k: v for k, v in action.items() if k not in {"block_id", "action_id"}}
            where.values[f"{block['block_id']} {element['action_id']}"] = state
        payload = self._common("block_actions", user) | self._place(user, where)
        payload |= {
            "trigger_id": self._trigger(user, from_modal=isinstance(where, View)),
            "actions": [action | {"action_ts": self._world.next_ts()}],
        }
        return self._ask(INTERACTIVE, payload, _plain)

    def suggest(self, user: User, where: Where, name: str, typed: str) -> Future[Ack]:
        """The options that the app gives for what is typed so far."""
        block, element = find(where.blocks, name)
        payload = self._common("block_suggestion", user) | self._place(user, where)
        payload.pop("response_url", None)
        payload |= {
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "value": typed,
        }

        def answered(answer: Answer) -> Ack:
            problems = check_options(answer.body) if answer.ok else []
            if problems:
                return Ack(False, "; ".join(problems), answer.body)
            return _plain(answer)

        return self._ask(INTERACTIVE, payload, answered)

    def submit(self, user: User, view: View) -> Future[Ack]:
        values = state_values(view)
        check_filled(view, values)
        payload = self._common("view_submission", user) | {
            "view": view_json(self._world, view),
            "trigger_id": self._trigger(user, from_modal=True),
            "response_urls": [],
        }

        def answered(answer: Answer) -> Ack:
            if not answer.ok:
                return _plain(answer)
            try:
                return self._submitted(user, view, answer.body or {})
            except SlackError as refusal:
                return Ack(False, f"{refusal.code} {refusal.more}", answer.body)

        return self._ask(INTERACTIVE, payload, answered)

    def closed(self, user: User, view: View, cleared: bool) -> Future[Ack]:
        payload = self._common("view_closed", user) | {
            "view": view_json(self._world, view),
            "is_cleared": cleared,
        }
        return self._ask(INTERACTIVE, payload, _plain)

    def _ask(self, kind: str, payload: JSON, then: Any) -> Future[Ack]:
        def answered(answer: Answer) -> Ack:
            with self._world.lock:
                made: Ack = then(answer)
                return made

        return self._server.deliveries.ask(kind, payload, answered)

    def _submitted(self, user: User, view: View, body: JSON) -> Ack:
        """Close, or do what response_action says."""
        action = str(body.get("response_action", ""))
        if action == "errors":
            errors = body.get("errors")
            inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
            if not isinstance(errors, dict) or not errors or not errors.keys() <= inputs:
                return Ack(False, f"errors for no input block: {errors}", body)
            return Ack(True, body=body, errors=errors, action=action)
        if action == "clear":
            close_all(user)
        elif action == "update":
            replace(self._world, view, judged(body.get("view"), MODAL))
        elif action == "push":
            push(self._world, user, judged(body.get("view"), MODAL))
        elif not action and view in user.modals:
            close_top(user)
        elif action:
            return Ack(False, f"no response_action {action}", body)
        return Ack(True, body=body, action=action)

    def _responded(self, url: str, answer: Answer) -> Ack:
        """An ack with a message in it."""
        kept: ResponseUrl = self._world.response_urls[url.split("/response/")[1]]
        body = {"text": answer.body} if isinstance(answer.body, str) else answer.body
        try:
            self._server.response_urls.respond(kept, body)
        except SlackError as refusal:
            return Ack(False, refusal.code, body)
        return Ack(True, body=body)

    def _common(self, kind: str, user: User) -> JSON:
        return {
            "type": kind,
            "user": {
                "id": user.id,
                "username": user.name,
                "name": user.name,
                "team_id": user.team.id,
            },
            "api_app_id": self._world.app.app_id,
            "token": self._world.app.verification_token,
            "team": {"id": user.team.id, "domain": user.team.name},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _place(self, user: User, where: Where) -> JSON:
        """Where it was pressed: a message, an ephemeral message, or a view."""
        if isinstance(where, View):
            return {
                "container": {"type": "view", "view_id": where.id},
                "view": view_json(self._world, where),
            }
        if where.deleted:
            raise CannotDo("the message is gone")
        if where.seen_by not in (None, user.id) or user.id not in where.channel.members:
            raise CannotDo(f"{user.name} does not see that message")
        ephemeral = where.seen_by is not None
        container = {
            "type": "message",
            "message_ts": where.ts,
            "channel_id": where.channel.id,
            "is_ephemeral": ephemeral,
        }
        if where.thread_ts:
            container["thread_ts"] = where.thread_ts
        place: JSON = {
            "container": container,
            "channel": {"id": where.channel.id, "name": _channel_name(where.channel)},
            "state": {"values": state_values(where)},
            "response_url": self._server.response_urls.new(user, where.channel, where),
        }
        if not ephemeral:  # Slack does not send what an ephemeral message says
            place["message"] = message_json(self._world, where)
        return place

    def _trigger(self, user: User, *, from_modal: bool = False) -> str:
        return self._world.trigger(user, self._server.timing.trigger_s, from_modal=from_modal)


def _plain(answer: Answer) -> Ack:
    return Ack(answer.ok, answer.reason, answer.body)


def _channel_name(channel: Channel) -> str:
    """As Slack's payloads name it: private ones are not named."""
    return {"im": "directmessage", "group": "privategroup"}.get(channel.kind, channel.name)
