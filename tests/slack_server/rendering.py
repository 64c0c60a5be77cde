"""State as Slack's JSON: users, channels, messages, views. And the ids that Slack fills in."""

from __future__ import annotations

import copy
import random
import string
from collections.abc import Iterator
from typing import Any

from .state import JSON, Channel, Message, User, View, World

_LETTERS = string.ascii_letters + string.digits


def with_ids(blocks: list[JSON], chance: random.Random) -> list[JSON]:
    """The blocks as Slack keeps them: block_id and action_id where there were none, and the
    defaults of text objects written out."""
    kept: list[JSON] = copy.deepcopy(blocks)
    for block in kept:
        if not block.get("block_id"):
            block["block_id"] = _id(chance)
        for element in interactive(block):
            element.setdefault("action_id", _id(chance))
        _defaults(block)
    return kept


def interactive(block: JSON) -> list[JSON]:
    """The elements of a block that a person can use."""
    if block["type"] in {"actions", "context_actions"}:
        return list(block["elements"])
    found = [block[name] for name in ("accessory", "element") if name in block]
    return [element for element in found if element["type"] != "image"]


def _id(chance: random.Random) -> str:
    return "".join(chance.choices(_LETTERS, k=5))


def _defaults(value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _defaults(item)
    elif isinstance(value, dict):
        if value.get("type") == "plain_text" and "text" in value:
            value.setdefault("emoji", True)
        elif value.get("type") == "mrkdwn" and "text" in value:
            value.setdefault("verbatim", False)
        for member in value.values():
            _defaults(member)


def user_json(user: User, *, locale: bool = False) -> JSON:
    shown: JSON = {
        "id": user.id,
        "team_id": user.team.id,
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.name.title(),
        "tz": "Europe/Oslo",
        "tz_label": "Central European Time",
        "tz_offset": 3600,
        "profile": {
            "real_name": user.name.title(),
            "display_name": user.name,
            "team": user.team.id,
        },
        "is_admin": user.admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.guest,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 1,
    }
    if locale:
        shown["locale"] = user.locale
    return shown


def channel_json(channel: Channel, *, member: bool) -> JSON:
    shown: JSON = {
        "id": channel.id,
        "created": 1,
        "is_archived": channel.archived,
        "is_im": channel.kind == "im",
        "is_mpim": channel.kind == "mpim",
        "is_org_shared": False,
        "context_team_id": channel.team.id,
    }
    if channel.kind == "im":
        others = channel.members - {channel.team.bot_user.id}
        return shown | {"user": next(iter(others), ""), "is_open": True}
    return shown | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_private": channel.kind != "channel",
        "is_member": member,
        "is_general": False,
        "is_shared": False,
        "is_ext_shared": False,
        "num_members": len(channel.members),
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def message_json(world: World, message: Message, *, metadata: bool = False) -> JSON:
    """The message as conversations.history and the events have it."""
    team = message.channel.team
    shown: JSON = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": team.id,
        **message.more,
    }
    if message.blocks:
        shown["blocks"] = message.blocks
    if message.subtype:
        shown["subtype"] = message.subtype
    if message.bot_id:
        shown |= {
            "bot_id": message.bot_id,
            "app_id": world.app.app_id,
            "bot_profile": {
                "id": message.bot_id,
                "app_id": world.app.app_id,
                "name": world.app.name,
                "team_id": team.id,
                "deleted": False,
                "updated": 1,
            },
        }
    if message.edited:
        shown["edited"] = message.edited
    if metadata and message.metadata:
        shown["metadata"] = message.metadata
    if message.reactions:
        shown["reactions"] = [
            {"name": name, "users": [user], "count": 1} for name, user in message.reactions
        ]
    return shown | _thread_fields(message)


def _thread_fields(message: Message) -> JSON:
    if message.is_reply:
        root = message.channel.messages.get(message.thread_ts or "")
        parent = {"parent_user_id": root.user} if root else {}
        return {"thread_ts": message.thread_ts, **parent}
    if not message.replies:
        return {}
    return {
        "thread_ts": message.ts,
        "reply_count": len(message.replies),
        "reply_users_count": len({reply.user for reply in message.replies}),
        "reply_users": sorted({reply.user for reply in message.replies}),
        "latest_reply": message.replies[-1].ts,
        "is_locked": False,
        "subscribed": False,
    }


def view_json(world: World, view: View) -> JSON:
    content = view.content
    team = view.user.team
    modal = content["type"] == "modal"
    shown: JSON = {
        "id": view.id,
        "team_id": team.id,
        "type": content["type"],
        "blocks": content["blocks"],
        "private_metadata": content.get("private_metadata", ""),
        "callback_id": content.get("callback_id", ""),
        "state": {"values": state_values(view)},
        "hash": view.hash,
        "title": content.get("title")
        or {"type": "plain_text", "text": "View Title", "emoji": True},
        "clear_on_close": content.get("clear_on_close", False),
        "notify_on_close": content.get("notify_on_close", False),
        "close": content.get("close"),
        "submit": content.get("submit"),
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": world.app.app_id,
        "external_id": content.get("external_id", ""),
        "app_installed_team_id": team.id,
        "bot_id": team.bot_id,
    }
    return shown if modal else shown | {"close": None, "submit": None}


def state_values(view: View | Message) -> dict[str, dict[str, JSON]]:
    """What is filled in, by block_id and action_id; fields that are gone are left out."""
    shown: dict[str, dict[str, JSON]] = {}
    for block, element in _fields(view.blocks):
        kept = view.values.get(f"{block['block_id']} {element['action_id']}")
        value = kept if kept is not None else initial_state(element)
        if value is not None:
            shown.setdefault(block["block_id"], {})[element["action_id"]] = value
    return shown


def _fields(blocks: list[JSON]) -> Iterator[tuple[JSON, JSON]]:
    for block in blocks:
        for element in interactive(block):
            yield block, element


# Under which name an element tells what it holds, and what it held from the start
STATE_NAMES: dict[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
}


def initial_state(element: JSON) -> JSON | None:
    """The state of a field nobody has touched; None for what holds no state, as a button."""
    names = STATE_NAMES.get(element["type"])
    if names is None:
        return None
    empty: Any = [] if names[0].endswith("s") else None
    return {"type": element["type"], names[0]: element.get(names[1], empty)}


def texts(value: Any) -> Iterator[str]:
    """The texts that a person sees in blocks; the pieces of a rich text section are joined."""
    if isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        elif value.get("type") == "rich_text_section" or "elements" in value:
            parts = list(texts(value["elements"]))
            yield (
                "".join(parts)
                if value.get("type", "").startswith("rich_text_")
                else "\n".join(parts)
            )
            return
        for name, member in value.items():
            if name not in {"style", "elements"}:
                yield from texts(member)
