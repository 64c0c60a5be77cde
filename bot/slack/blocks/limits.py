"""The hard check before sending: what is too long is shortened with a note, and nothing Slack would
refuse goes out."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from bot.slack.blocks.pieces import CUT, Block, beginning, context, shorten, size, words
from bot.slack.blocks.within import clipped, within
from knowledge.messages import Language, say

log = logging.getLogger(__name__)

Surface = Literal["message", "modal", "home"]

MOST_BLOCKS: Final[dict[Surface, int]] = {"message": 50, "modal": 100, "home": 100}
"""docs.slack.dev/reference/block-kit/blocks"""

MESSAGE_CHARACTERS: Final = 12_000
"""All blocks of a message together. Undocumented: refused above about 13,200 (slackapi/bolt-js
#2509), and a message of rich text with 11,341 characters of text was refused too (#2867), so the
blocks' own wrapping counts in some way. `weight` counts all of it, and this has room below both."""

VIEW_CHARACTERS: Final = 80_000
"""A view may have 250,000 bytes (view_too_large), and a UTF-16 unit is three bytes at most."""

MOST_CHARACTERS: Final[dict[Surface, int]] = {
    "message": MESSAGE_CHARACTERS,
    "modal": VIEW_CHARACTERS,
    "home": VIEW_CHARACTERS,
}

SHORTEST: Final = 60
"""Characters that a text keeps however long the rest is; below that whole blocks go."""

ROOM_FOR_NOTE: Final = 300
"""For the note that says that a message is shortened."""

_MARK: Final = words(f" {CUT}", italic=True).to_dict()
BOTTOM: Final = frozenset({"actions", "context_actions"})


def weight(blocks: Sequence[Block]) -> int:
    """The length of the blocks as JSON: the most that Slack can be counting."""
    return size(json.dumps(list(blocks), ensure_ascii=False, separators=(",", ":")))


def fit(
    blocks: Sequence[Block], surface: Surface = "message", *, language: Language = "nb"
) -> list[Block]:
    """The blocks as Slack takes them on a surface.

    The buttons at the bottom are kept whatever is above them. Where anything else is left out or
    shortened there is a note above them that says so. Never raises on content.

    Args:
        language: of that note.
    """
    kept = _own_names([made for block in blocks if (made := within(block)) is not None])
    body, bottom = _apart(kept)
    most, room = MOST_BLOCKS[surface], MOST_CHARACTERS[surface]
    if len(kept) <= most and weight(kept) <= room:
        return kept
    log.warning("shortened: blocks=%d characters=%d", len(kept), weight(kept))
    body = body[: most - len(bottom) - 1]
    room -= weight(bottom) + ROOM_FOR_NOTE
    while body and weight(body) > room and _shortened(body, weight(body) - room):
        pass
    while body and weight(body) > room:
        body.pop()
    return [*body, context(say("slack_message_shortened", language)), *bottom]


def _own_names(blocks: list[Block]) -> list[Block]:
    """Without the block_ids that an earlier block has; without one, Slack makes it."""
    seen: set[Any] = set()
    made: list[Block] = []
    for block in blocks:
        name = block.get("block_id")
        if name is not None and name in seen:
            log.error("left out: member=block_id")
            block = {member: value for member, value in block.items() if member != "block_id"}
        seen.add(name)
        made.append(block)
    return made


def _apart(blocks: list[Block]) -> tuple[list[Block], list[Block]]:
    """The body, and the blocks of buttons that end it."""
    end = len(blocks)
    while end and blocks[end - 1].get("type") in BOTTOM:
        end -= 1
    return blocks[:end], blocks[end:]


@dataclass(frozen=True)
class _Place:
    """A text that may be shortened: entry `key` of `holder`, and how long it is."""

    holder: Any
    key: Any
    kind: str
    length: int


def _shortened(body: list[Block], excess: int) -> bool:
    """Shorten the longest text by what is too much; False where none is long enough any more."""
    longest = max(_places(body), key=lambda place: place.length, default=None)
    if longest is None or longest.length <= SHORTEST + size(CUT) + 1:
        return False
    wanted = max(SHORTEST, longest.length - excess - size(CUT) - 1)
    node = longest.holder[longest.key]
    if longest.kind == "link":
        told = shorten(node.get("text") or node["url"], wanted)
        longest.holder[longest.key] = {"type": "text", "text": told}
    elif longest.kind == "text":
        longest.holder[longest.key] = {**node, "text": beginning(node["text"], wanted)}
        if _MARK not in longest.holder[longest.key + 1 : longest.key + 2]:
            longest.holder.insert(longest.key + 1, dict(_MARK))
    elif longest.kind == "mrkdwn":
        node["text"] = clipped(node["text"], wanted)
    else:
        node["text"] = shorten(node["text"], wanted)
    return True


def _places(node: Any, holder: Any = None, key: Any = None) -> Iterator[_Place]:
    """The texts in blocks, other than those on something to press or fill in."""
    if isinstance(node, list):
        for place, entry in enumerate(node):
            yield from _places(entry, node, place)
        return
    if not isinstance(node, dict):
        return
    kind = node.get("type")
    if kind in ("text", "mrkdwn", "plain_text", "markdown"):
        yield _Place(holder, key, kind, size(node.get("text", "")))
    elif kind == "link":
        length = size(node["url"]) + size(node.get("text", ""))
        yield _Place(holder, key, kind, length)
    elif kind not in BOTTOM and kind not in ("input", "button"):
        for member in ("text", "fields", "elements"):
            yield from _places(node.get(member), node, member)
