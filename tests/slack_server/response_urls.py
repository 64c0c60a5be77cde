"""Response URLs: five messages in half an hour, also where the app is not in the channel.

docs.slack.dev/interactivity/handling-user-interaction, "Message responses".
"""

from __future__ import annotations

import uuid
from typing import Any

from .delivery import Timing
from .events import Events
from .posting import bot_message, change, content, put, put_ephemeral, remove
from .state import JSON, Channel, Message, ResponseUrl, SlackError, User, World


class ResponseUrls:
    def __init__(self, world: World, events: Events, timing: Timing) -> None:
        self.address = ""
        self._world = world
        self._events = events
        self._timing = timing

    def new(self, user: User, channel: Channel, original: Message | None = None) -> str:
        until = self._world.now() + self._timing.response_url_s
        name = uuid.uuid4().hex
        path = f"{user.team.id}/{name}"
        self._world.response_urls[path] = ResponseUrl(channel, user, until, 0, original)
        return f"{self.address}/response/{path}"

    def use(self, path: str, body: Any) -> None:
        """What was posted to a response URL, done; SlackError where Slack refuses."""
        with self._world.lock:
            url = self._world.response_urls.get(path)
            if url is None or url.until < self._world.now():
                raise SlackError("expired_url")
            if url.uses >= self._timing.response_url_uses:
                raise SlackError("used_url")
            if not isinstance(body, dict):
                raise SlackError("invalid_payload")
            self.respond(url, body)
            url.uses += 1
            self._world.touch()

    def respond(self, url: ResponseUrl, body: JSON) -> None:
        """Also what an ack of a command with a payload does."""
        original = url.original
        if body.get("delete_original"):
            if original is None or original.deleted:
                raise SlackError("message_not_found")
            remove(self._world, self._events, original)
            if not body.get("text") and not body.get("blocks"):
                return
        what = content(body.get("text"), body.get("blocks"), body.get("metadata"))
        if body.get("replace_original") and original and not original.deleted:
            change(self._world, self._events, original, what)
            return
        thread_ts = body.get("thread_ts")
        if body.get("response_type") == "in_channel":
            put(self._events, bot_message(self._world, url.channel, what, thread_ts))
            return
        shown = put_ephemeral(self._world, url.channel, url.user, what, thread_ts)
        if url.original is None:
            url.original = shown
