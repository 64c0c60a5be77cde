"""What a message may be, and how it comes into a channel: for chat.*, acks and response URLs."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import Any

from .events import Events
from .limits import METADATA_BYTES, POSTED_TEXT, check_blocks, too_long
from .registry import bad_arguments
from .rendering import message_json, with_ids
from .state import JSON, Channel, Message, SlackError, User, World


@dataclass(frozen=True)
class Content:
    text: str
    blocks: list[JSON] | None
    metadata: JSON | None


def content(text: Any, blocks: Any, metadata: Any = None, most: int = POSTED_TEXT) -> Content:
    """The parts of a message, judged: SlackError with Slack's code for what is wrong."""
    text = "" if text is None else str(text)
    if not text and not blocks:
        raise SlackError("no_text")
    if len(text) > most:
        raise SlackError("msg_too_long")
    if blocks is not None:
        if not isinstance(blocks, list):
            raise SlackError("invalid_blocks_format")
        problems = check_blocks(blocks)
        if too_long(problems):
            raise SlackError("msg_blocks_too_long")
        if problems:
            raise bad_arguments(*problems, code="invalid_blocks")
    return Content(text, blocks, _metadata(metadata))


def _metadata(value: Any) -> JSON | None:
    if not value:
        return None
    good = (
        isinstance(value, dict)
        and value.keys() == {"event_type", "event_payload"}
        and isinstance(value["event_type"], str)
        and isinstance(value["event_payload"], dict)
    )
    if not good:
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(value)) > METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return dict(value)


def root_of(channel: Channel, thread_ts: str | None) -> Message | None:
    """The message that a thread hangs on. Replies have no threads of their own."""
    if thread_ts is None:
        return None
    root = channel.messages.get(thread_ts)
    if root is None or (root.deleted and not root.replies):
        raise SlackError("thread_not_found")
    if root.is_reply:
        raise SlackError("cannot_reply_to_message")
    return root


def bot_message(
    world: World, channel: Channel, what: Content, thread_ts: str | None, broadcast: bool = False
) -> Message:
    """A message by the app, not yet in the channel."""
    return Message(
        ts=world.next_ts(),
        channel=channel,
        user=channel.team.bot_user.id,
        text=what.text,
        blocks=with_ids(what.blocks or [], world.random),
        thread_ts=thread_ts,
        bot_id=channel.team.bot_id,
        metadata=what.metadata,
        subtype="thread_broadcast" if broadcast else None,
    )


def put(events: Events, message: Message, redeliver: int = 0) -> None:
    """Into the channel, and told to the app. A message by the app ends its status there."""
    channel = message.channel
    root = root_of(channel, message.thread_ts if message.is_reply else None)
    channel.messages[message.ts] = message
    if root:
        root.replies.append(message)
    if message.bot_id:
        channel.statuses.pop(message.root_ts, None)
    events.posted(message, redeliver)


def put_ephemeral(
    world: World, channel: Channel, user: User, what: Content, thread_ts: str | None
) -> Message:
    message = bot_message(world, channel, what, thread_ts)
    message.seen_by = user.id
    channel.ephemerals.append(message)
    return message


def change(world: World, events: Events, message: Message, what: Content) -> None:
    """A new text, new blocks, or both; what is not given stays
    (reference/methods/chat.update: "previous blocks will be retained")."""
    before = copy.deepcopy(message_json(world, message, metadata=True))
    if what.text or what.blocks is not None:
        message.text = what.text
    if what.blocks is not None:
        message.blocks = with_ids(what.blocks, world.random)
    if what.metadata is not None:
        message.metadata = what.metadata
    message.edited = {"user": message.user, "ts": world.next_ts()}
    if not message.seen_by:
        events.changed(message, before)


def remove(world: World, events: Events, message: Message) -> None:
    before = copy.deepcopy(message_json(world, message, metadata=True))
    message.deleted = True
    if message.seen_by:
        message.channel.ephemerals.remove(message)
        return
    events.deleted(message, before)
    if message.is_reply:
        root = message.channel.messages[message.thread_ts or ""]
        root.replies.remove(message)
