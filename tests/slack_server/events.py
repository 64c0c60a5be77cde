"""Events: what happens in a workspace, told to the app as far as its scopes and membership go."""

from __future__ import annotations

import copy
from typing import Final

from .delivery import Deliveries, Delivery
from .rendering import message_json, view_json
from .state import JSON, Channel, Message, User, Workspace, World

# channel_type: (the subscription, the scope it needs), reference/events/message.channels etc.
MESSAGE_EVENTS: Final = {
    "channel": ("message.channels", "channels:history"),
    "group": ("message.groups", "groups:history"),
    "im": ("message.im", "im:history"),
    "mpim": ("message.mpim", "mpim:history"),
}


class Events:
    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self._world = world
        self._deliveries = deliveries

    def posted(self, message: Message, redeliver: int = 0) -> list[Delivery]:
        """A message in a channel: as message event, and as app_mention where the app is named."""
        channel = message.channel
        event = message_json(self._world, message, metadata=True) | {
            "channel": channel.id,
            "event_ts": message.ts,
        }
        team = channel.team
        sent: list[Delivery] = []
        named = team.bot_user.mention in message.text and message.bot_id is None
        if named and channel.kind != "im" and self._hears(channel, "app_mention"):
            mention = {name: value for name, value in event.items() if name != "subtype"}
            sent += self.send(team, mention | {"type": "app_mention"}, redeliver)
        return sent + self._message(channel, event, redeliver)

    def changed(self, message: Message, before: JSON, redeliver: int = 0) -> list[Delivery]:
        """`before` is the message as it was (message_json)."""
        now = message_json(self._world, message, metadata=True)
        return self._hidden(message.channel, "message_changed", redeliver, message=now, old=before)

    def deleted(self, message: Message, before: JSON, redeliver: int = 0) -> list[Delivery]:
        """A deleted message; one with a thread below it stays as a tombstone."""
        if message.replies:
            tomb = before | {
                "subtype": "tombstone",
                "text": "This message was deleted.",
                "user": "USLACKBOT",
                "hidden": True,
            }
            tomb.pop("blocks", None)
            return self._hidden(
                message.channel, "message_changed", redeliver, message=tomb, old=before
            )
        return self._hidden(
            message.channel, "message_deleted", redeliver, deleted=message.ts, old=before
        )

    def home_opened(self, user: User, channel: Channel, tab: str) -> list[Delivery]:
        event: JSON = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": channel.id,
            "tab": tab,
            "event_ts": self._world.next_ts(),
        }
        if tab == "home" and user.home:
            event["view"] = view_json(self._world, user.home)
        if "app_home_opened" not in self._world.app.events:
            return []
        return self.send(user.team, event)

    def joined(self, channel: Channel, user: User) -> list[Delivery]:
        if not self._hears(channel, "member_joined_channel"):
            return []
        event: JSON = {
            "type": "member_joined_channel",
            "user": user.id,
            "channel": channel.id,
            "channel_type": "C" if channel.kind == "channel" else "G",
            "team": channel.team.id,
            "event_ts": self._world.next_ts(),
        }
        return self.send(channel.team, event)

    def send(self, team: Workspace, event: JSON, redeliver: int = 0) -> list[Delivery]:
        """Any event, in the outer form that Slack gives all of them."""
        if team.revoked and event["type"] not in {"app_uninstalled", "tokens_revoked"}:
            return []
        payload = {
            "token": self._world.app.verification_token,
            "team_id": team.id,
            "context_team_id": team.id,
            "context_enterprise_id": None,
            "api_app_id": self._world.app.app_id,
            "event": copy.deepcopy(event),
            "type": "event_callback",
            "event_id": self._world.new_id("Ev"),
            "event_time": int(self._world.now()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": team.id,
                    "user_id": team.bot_user.id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": f"4-{self._world.new_hash()}",
        }
        return [self._deliveries.event(payload, redeliver)]

    def _hears(self, channel: Channel, event: str) -> bool:
        inside = channel.team.bot_user.id in channel.members
        needed = {"app_mention": "app_mentions:read", "member_joined_channel": "channels:read"}
        allowed = needed[event] in channel.team.scopes
        return inside and allowed and event in self._world.app.events

    def _message(self, channel: Channel, event: JSON, redeliver: int) -> list[Delivery]:
        subscription, scope = MESSAGE_EVENTS[channel.kind]
        inside = channel.team.bot_user.id in channel.members
        if not inside or scope not in channel.team.scopes:
            return []
        if subscription not in self._world.app.events:
            return []
        told = event | {"type": "message", "channel_type": channel.kind}
        return self.send(channel.team, told, redeliver)

    def _hidden(
        self,
        channel: Channel,
        subtype: str,
        redeliver: int,
        *,
        old: JSON,
        message: JSON | None = None,
        deleted: str | None = None,
    ) -> list[Delivery]:
        ts = self._world.next_ts()
        event: JSON = {
            "subtype": subtype,
            "hidden": True,
            "previous_message": old,
            "channel": channel.id,
            "ts": ts,
            "event_ts": ts,
        }
        if message:
            event["message"] = message
        if deleted:
            event["deleted_ts"] = deleted
        return self._message(channel, event, redeliver)
