"""chat.*, reactions.*: messages that the app posts, changes and deletes."""

from __future__ import annotations

from .limits import UPDATED_TEXT
from .posting import bot_message, change, content, put, put_ephemeral, remove, root_of
from .registry import Call, method
from .rendering import message_json
from .state import JSON, Channel, Message, SlackError, im_with


def _where_to_post(call: Call) -> Channel:
    """A channel by id, or a direct message by the id of the person."""
    user = call.team.users.get(call.text("channel"))
    if user:
        if user.is_bot or user.deleted:
            raise SlackError("cannot_dm_bot" if user.is_bot else "user_disabled")
        return im_with(call.world, user)
    channel = call.channel()
    if channel.archived:
        raise SlackError("is_archived")
    if not call.inside(channel) and "chat:write.public" not in call.team.scopes:
        raise SlackError("not_in_channel")
    return channel


@method("chat.postMessage", "chat:write")
def post_message(call: Call) -> JSON:
    channel = _where_to_post(call)
    what = content(
        call.optional("text"),
        call.json("blocks", "invalid_blocks_format"),
        call.json("metadata", "invalid_metadata_format"),
    )
    thread_ts = call.optional("thread_ts")
    root_of(channel, thread_ts)
    broadcast = thread_ts is not None and call.flag("reply_broadcast")
    message = bot_message(call.world, channel, what, thread_ts, broadcast)
    put(call.events, message)
    return {
        "channel": channel.id,
        "ts": message.ts,
        "message": message_json(call.world, message, metadata=True),
    }


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(call: Call) -> JSON:
    channel = call.channel()
    if channel.archived:
        raise SlackError("is_archived")
    if not call.inside(channel):
        raise SlackError("not_in_channel")
    user = call.user()
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    what = content(call.optional("text"), call.json("blocks", "invalid_blocks_format"))
    thread_ts = call.optional("thread_ts")
    root_of(channel, thread_ts)
    return {"message_ts": put_ephemeral(call.world, channel, user, what, thread_ts).ts}


def _own(call: Call, refusal: str) -> Message:
    message = call.channel().messages.get(call.text("ts"))
    if message is None or message.deleted:
        raise SlackError("message_not_found")
    if message.bot_id != call.team.bot_id:
        raise SlackError(refusal)
    return message


@method("chat.update", "chat:write")
def update(call: Call) -> JSON:
    message = _own(call, "cant_update_message")
    what = content(
        call.optional("text"),
        call.json("blocks", "invalid_blocks_format"),
        call.json("metadata", "invalid_metadata_format"),
        most=UPDATED_TEXT,
    )
    change(call.world, call.events, message, what)
    return {
        "channel": message.channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": message_json(call.world, message, metadata=True),
    }


@method("chat.delete", "chat:write")
def delete(call: Call) -> JSON:
    message = _own(call, "cant_delete_message")
    remove(call.world, call.events, message)
    return {"channel": message.channel.id, "ts": message.ts}


@method("chat.getPermalink")
def get_permalink(call: Call) -> JSON:
    channel = call.channel()
    message = channel.messages.get(call.text("message_ts"))
    if message is None or message.deleted:
        raise SlackError("message_not_found")
    return {"channel": channel.id, "permalink": permalink(message)}


def permalink(message: Message) -> str:
    channel = message.channel
    address = f"https://{channel.team.name}.slack.com/archives/{channel.id}"
    address += "/p" + message.ts.replace(".", "")
    if message.is_reply:
        address += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return address


@method("reactions.add", "reactions:write")
def add_reaction(call: Call) -> JSON:
    message = call.channel().messages.get(call.text("timestamp"))
    if message is None or message.deleted:
        raise SlackError("message_not_found")
    reaction = call.text("name"), call.team.bot_user.id
    if reaction in message.reactions:
        raise SlackError("already_reacted")
    message.reactions.append(reaction)
    return {}


@method("reactions.remove", "reactions:write")
def remove_reaction(call: Call) -> JSON:
    message = call.channel().messages.get(call.text("timestamp"))
    reaction = call.text("name"), call.team.bot_user.id
    if message is None or reaction not in message.reactions:
        raise SlackError("no_reaction")
    message.reactions.remove(reaction)
    return {}
