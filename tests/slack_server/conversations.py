"""conversations.*: channels, who is in them, and what was said there."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from .registry import Call, method
from .rendering import channel_json, message_json
from .state import JSON, Channel, Message, SlackError, im_with

READ_SCOPES = {
    "channel": "channels:read",
    "group": "groups:read",
    "im": "im:read",
    "mpim": "mpim:read",
}


def _readable(call: Call) -> Channel:
    """A channel whose messages the app may read."""
    channel = call.channel()
    call.history_scope(channel)
    if not call.inside(channel):
        raise SlackError("not_in_channel")
    return channel


def _cursor(call: Call) -> str | None:
    """The ts after which a page goes on."""
    cursor = call.optional("cursor")
    if cursor is None:
        return None
    try:
        kind, _, ts = base64.b64decode(cursor, validate=True).decode().partition(":")
    except ValueError:
        kind, ts = "", ""
    if kind != "next_ts" or not ts:
        raise SlackError("invalid_cursor")
    return ts


def _page(call: Call, found: Iterator[Message], limit: int) -> JSON:
    """The first `limit` of what was found, with the cursor to the rest."""
    shown: list[Message] = []
    more = False
    for message in found:
        if len(shown) == limit:
            more = True
            break
        shown.append(message)
    metadata = call.flag("include_all_metadata")
    answer: JSON = {
        "messages": [message_json(call.world, message, metadata=metadata) for message in shown],
        "has_more": more,
    }
    if more:
        cursor = base64.b64encode(f"next_ts:{shown[-1].ts}".encode()).decode()
        answer["response_metadata"] = {"next_cursor": cursor}
    return answer


def _between(call: Call, message: Message) -> bool:
    oldest = call.optional("oldest") or "0"
    latest = call.optional("latest")
    at = float(message.ts)
    if call.flag("inclusive"):
        return float(oldest) <= at and (latest is None or at <= float(latest))
    return float(oldest) < at and (latest is None or at < float(latest))


@method("conversations.history")
def history(call: Call) -> JSON:
    """Newest first; replies are in conversations.replies, unless they were broadcast."""
    channel = _readable(call)
    before = _cursor(call)

    def found() -> Iterator[Message]:
        for message in reversed(channel.messages.values()):
            if before is not None and message.ts >= before:
                continue
            if not message.deleted and _between(call, message) and _in_channel(message):
                yield message

    return _page(call, found(), call.number("limit", 100, 1, 999)) | {"pin_count": 0}


def _in_channel(message: Message) -> bool:
    return not message.is_reply or message.subtype == "thread_broadcast"


@method("conversations.replies")
def replies(call: Call) -> JSON:
    """The root first, then the replies, oldest first."""
    channel = _readable(call)
    named = channel.messages.get(call.text("ts"))
    if named is None or (named.deleted and not named.replies):
        raise SlackError("thread_not_found")
    root = channel.messages[named.root_ts]
    after = _cursor(call)

    def found() -> Iterator[Message]:
        for message in [root, *root.replies]:
            if after is not None and message.ts <= after:
                continue
            if message is root or (not message.deleted and _between(call, message)):
                yield message

    return _page(call, found(), call.number("limit", 1000, 1, 1000))


@method("conversations.info")
def info(call: Call) -> JSON:
    channel = call.channel()
    call.need(READ_SCOPES[channel.kind])
    return {"channel": channel_json(channel, member=call.inside(channel))}


@method("conversations.members")
def members(call: Call) -> JSON:
    channel = call.channel()
    call.need(READ_SCOPES[channel.kind])
    return {"members": sorted(channel.members), "response_metadata": {"next_cursor": ""}}


@method("conversations.list", *READ_SCOPES.values())
def list_channels(call: Call) -> JSON:
    kinds = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
    wanted = (call.optional("types") or "public_channel").split(",")
    if not kinds.keys() >= set(wanted):
        raise SlackError("invalid_types")
    for kind in wanted:
        call.need(READ_SCOPES[kinds[kind]])
    shown = [
        channel_json(channel, member=call.inside(channel))
        for channel in call.team.channels.values()
        if channel.kind in {kinds[kind] for kind in wanted}
        and (channel.kind == "channel" or call.inside(channel))
    ]
    return {"channels": shown, "response_metadata": {"next_cursor": ""}}


@method("conversations.open", "im:write")
def open_conversation(call: Call) -> JSON:
    if call.optional("channel"):
        return {"channel": {"id": call.channel().id}}
    names = call.text("users").split(",")
    if len(names) != 1:
        raise SlackError("not_enough_users" if not names else "too_many_users")
    user = call.team.users.get(names[0])
    if user is None:
        raise SlackError("user_not_found")
    if user.deleted:
        raise SlackError("user_disabled")
    channel = im_with(call.world, user)
    if call.flag("return_im"):
        return {"channel": channel_json(channel, member=True)}
    return {"channel": {"id": channel.id}}


@method("conversations.join", "channels:join")
def join(call: Call) -> JSON:
    channel = call.channel()
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    channel.members.add(call.team.bot_user.id)
    return {"channel": channel_json(channel, member=True)}
