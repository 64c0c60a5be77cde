"""One block within Slack's limits: texts shortened, lists cut, what Slack refuses taken out.

Origin of every limit: docs.slack.dev/reference/block-kit (blocks, elements, composition objects),
the same as in slack_sdk's models. Our builders stay below them by themselves; this is the net.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any, Final

from bot.slack.blocks.pieces import CUT, NOTHING, Block, beginning, shorten, size, visible

log = logging.getLogger(__name__)

_TEXTS: Final[Mapping[tuple[str, str], int]] = {
    ("header", "text"): 150,
    ("section", "fields"): 2000,
    ("button", "text"): 75,
    ("icon_button", "text"): 75,
    ("option", "text"): 75,
    ("option", "description"): 75,
    ("group", "label"): 75,
    ("confirm", "title"): 100,
    ("confirm", "text"): 300,
    ("confirm", "confirm"): 30,
    ("confirm", "deny"): 30,
}
"""(owner, member) -> characters of a text object; the rest are in _MEMBERS or have 3,000."""
_MEMBERS: Final = {"label": 2000, "hint": 2000, "placeholder": 150, "title": 2000}
_TEXT: Final = 3000

_STRINGS: Final = {"accessibility_label": 75, "alt_text": 2000, "initial_value": 3000}
_NAMES: Final = {"block_id": 255, "action_id": 255}
_VALUES: Final = {"option": 150}
_VALUE: Final = 2000
_ITEMS: Final[Mapping[tuple[str, str], int]] = {
    ("context", "elements"): 10,
    ("actions", "elements"): 25,
    ("context_actions", "elements"): 5,
    ("section", "fields"): 10,
    ("overflow", "options"): 5,
    ("radio_buttons", "options"): 10,
    ("checkboxes", "options"): 10,
}
_OPTIONS: Final = 100
_OWNERS: Final = {
    "options": "option",
    "initial_option": "option",
    "initial_options": "option",
    "option_groups": "group",
    "confirm": "confirm",
    "positive_button": "button",
    "negative_button": "button",
}
"""The composition objects have no type of their own: the member that holds them tells."""

_LINK = re.compile(r"(?:https?|mailto):[^\s<>|]{1,2990}")
_ALLOWED_URL: Final = 3000
_HALF = re.compile(r"(?:&\w*|<[^<>]*)\Z")


def within(block: Block) -> Block | None:
    """The block as Slack takes it; None where nothing is left of it."""
    if block.get("type") == "rich_text":
        return _rich_text(block)
    made = _object(block, str(block.get("type", "")))
    return None if made.get("elements") == [] else made


def _object(node: Mapping[str, Any], owner: str) -> Block:
    made: Block = {}
    for member, value in node.items():
        kept = _member(owner, member, value)
        if kept is not None:
            made[member] = kept
    return made


def _member(owner: str, member: str, value: Any) -> Any:
    if isinstance(value, str):
        return _string(owner, member, value)
    if isinstance(value, dict):
        if value.get("type") in ("plain_text", "mrkdwn"):
            return _text(value, _TEXTS.get((owner, member), _MEMBERS.get(member, _TEXT)))
        return _object(value, _owner(member, value))
    if isinstance(value, list):
        most = _ITEMS.get((owner, member), _OPTIONS)
        if len(value) > most:
            log.warning("cut: owner=%s member=%s entries=%d", owner, member, len(value))
        entries = [_member(owner, member, entry) for entry in value[:most]]
        return _different([entry for entry in entries if entry is not None])
    return value


def _owner(member: str, value: Mapping[str, Any]) -> str:
    return _OWNERS.get(member) or str(value.get("type", ""))


def _string(owner: str, member: str, value: str) -> str | None:
    if member in _STRINGS:
        return shorten(value, _STRINGS[member]) or None
    most = _VALUES.get(owner, _VALUE) if member == "value" else _NAMES.get(member)
    if most is not None and size(value) > most:
        log.error("left out: owner=%s member=%s", owner, member)
        return None
    if member == "url" and not sendable(value):
        return None
    if member == "text":  # a markdown block's
        return clipped(value, 12_000)
    return value


def _text(node: Mapping[str, Any], most: int) -> Block:
    text = str(node.get("text", ""))
    if node["type"] == "mrkdwn":
        return {**node, "text": clipped(text, most) if text else NOTHING}
    return {**node, "text": shorten(text, most) if visible(text) else NOTHING}


def clipped(text: str, most: int) -> str:
    """mrkdwn shortened with the mark of what is left out, no entity or link in half."""
    if size(text) <= most:
        return text
    cut = beginning(text, most - size(CUT) - 1)
    return f"{_HALF.sub('', cut).rstrip()} {CUT}"


def sendable(url: str) -> bool:
    return size(url) <= _ALLOWED_URL and _LINK.fullmatch(url) is not None


def _different(entries: list[Any]) -> list[Any]:
    """Without elements whose action_id an earlier one has."""
    seen: set[str] = set()
    kept: list[Any] = []
    for entry in entries:
        name = entry.get("action_id") if isinstance(entry, dict) else None
        if name is not None and name in seen:
            log.error("left out: member=action_id")
            continue
        seen |= {name} if name is not None else set()
        kept.append(entry)
    return kept


def _rich_text(block: Block) -> Block | None:
    elements = [made for node in block.get("elements", ()) if (made := _stretch(node)) is not None]
    return {**block, "elements": elements} if elements else None


def _stretch(node: Mapping[str, Any]) -> Block | None:
    """A section, quote, list or preformatted text without what is empty in it."""
    kept: list[Block] = []
    for element in node.get("elements", ()):
        if element.get("type") in ("rich_text_section", "rich_text_list"):
            inner = _stretch(element)
            kept += [inner] if inner is not None else []
        elif element.get("type") == "link" and not sendable(str(element.get("url", ""))):
            told = element.get("text") or shorten(str(element.get("url", "")), 200)
            kept += [_as_text({**element, "text": told})] if told else []
        elif element.get("type") != "text" or element.get("text"):
            kept.append(dict(element))
    return {**node, "elements": kept} if kept else None


def _as_text(element: Mapping[str, Any]) -> Block:
    members = ("text", "style")
    return {"type": "text"} | {name: element[name] for name in members if name in element}
