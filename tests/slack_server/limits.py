"""An independent judge of what Slack takes: blocks, views, messages, options.

Written from Slack's documentation, knowing nothing of the bot's own builders. Every function
returns the problems in Slack's words (empty: Slack would take it), e.g.
"[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from .block_kit import HOME, MENU_OPTIONS, MESSAGE, MODAL, ONLY_ON, PLAIN_OPTION
from .layout import MOST_BLOCKS, ON, characters, view_rule
from .rules import items, problem, record

__all__ = [
    "HOME",
    "MESSAGE",
    "MESSAGE_CHARACTERS",
    "MODAL",
    "check_blocks",
    "check_options",
    "check_view",
    "too_long",
    "total_characters",
]

# slackapi/bolt-js issue 2509: refused somewhere above this, all blocks together; undocumented
MESSAGE_CHARACTERS: Final = 13_200
# reference/methods/chat.postMessage: cut after 40,000; chat.update: refused above 4,000
POSTED_TEXT: Final = 40_000
UPDATED_TEXT: Final = 4_000
# reference/views: a view of more than 250 kB is refused with view_too_large
VIEW_BYTES: Final = 250_000
# reference/methods/chat.postMessage, metadata_too_large: see messaging/message-metadata
METADATA_BYTES: Final = 16_000


def check_blocks(blocks: Any, surface: str = MESSAGE, where: str = "/blocks") -> list[str]:
    """What Slack would say of these blocks on a surface, "message", "modal" or "home".

    The total length of a message is part of it: more than MESSAGE_CHARACTERS is a problem that
    begins with "msg_blocks_too_long".
    """
    if surface not in MOST_BLOCKS:
        raise ValueError(f"no surface {surface!r}: message, modal or home")
    found = list(items(ON[surface], MOST_BLOCKS[surface], 0)(blocks, where))
    if found:
        return found
    found += _same_ids(blocks, where)
    found += _out_of_place(blocks, surface, where)
    if surface == MESSAGE and total_characters(blocks) > MESSAGE_CHARACTERS:
        found.append(f"msg_blocks_too_long: {total_characters(blocks)} > {MESSAGE_CHARACTERS}")
    return found


def total_characters(blocks: Sequence[dict[str, Any]]) -> int:
    return characters(list(blocks))


def too_long(problems: Sequence[str]) -> bool:
    """Whether length in total is all that is wrong: Slack has an error of its own for that."""
    return bool(problems) and all(said.startswith("msg_blocks_too_long") for said in problems)


def check_view(view: Any) -> list[str]:
    """What Slack would say of a modal or of an App Home; too large begins "view_too_large"."""
    kind = view.get("type") if isinstance(view, dict) else None
    if kind not in (MODAL, HOME):
        return [problem("failed to match all allowed schemas", "/view")]
    found = list(view_rule(kind)(view, "/view"))
    if "blocks" in view:
        found += check_blocks(view["blocks"], kind, "/view/blocks")
    if not found and kind == MODAL and "submit" not in view:
        asks = any(block["type"] == "input" for block in view["blocks"])
        if asks:
            found.append(problem("missing required field: submit", "/view"))
    if not found and len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES:
        return ["view_too_large"]
    return found


def check_options(answer: Any) -> list[str]:
    """What Slack would say of the answer to a block_suggestion: options or option_groups."""
    if not isinstance(answer, dict) or len(answer.keys() & {"options", "option_groups"}) != 1:
        return [problem("must define either `options` or `option_groups`", "")]
    group = record({"label": PLAIN_OPTION, "options": _none_or(MENU_OPTIONS)})
    rule = record({}, {"options": _none_or(MENU_OPTIONS), "option_groups": items(group, 100, 0)})
    return list(rule(answer, ""))


def _none_or(rule: Any) -> Any:
    """No option at all is an answer too: nothing was found."""

    def check(value: Any, where: str) -> Iterator[str]:
        if value != []:
            yield from rule(value, where)

    return check


def _elements(block: dict[str, Any]) -> list[dict[str, Any]]:
    """The interactive elements of a block."""
    if block["type"] in {"actions", "context_actions"}:
        return list(block["elements"])
    return [block[name] for name in ("accessory", "element") if name in block]


def _same_ids(blocks: list[dict[str, Any]], where: str) -> Iterator[str]:
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        name = block.get("block_id")
        if name and name in seen:
            yield problem(f"duplicate block_id: {name}", f"{where}/{number}/block_id")
        seen.add(name or "")
        actions: set[str] = set()
        for place, element in enumerate(_elements(block)):
            action = element.get("action_id")
            if action and action in actions:
                at = f"{where}/{number}/elements/{place}/action_id"
                yield problem(f"duplicate action_id: {action}", at)
            actions.add(action or "")


def _out_of_place(blocks: list[dict[str, Any]], surface: str, where: str) -> Iterator[str]:
    focused = tables = 0
    for number, block in enumerate(blocks):
        tables += block["type"] == "table"
        for element in _elements(block):
            focused += element.get("focus_on_load") is True
            kind = element["type"]
            if surface not in ONLY_ON.get(kind, {surface}):
                said = f"unsupported element type: {kind}"
                yield problem(said, f"{where}/{number}/element/type")
            if element.get("response_url_enabled") and surface != MODAL:
                said = "invalid additional property: response_url_enabled"
                yield problem(said, f"{where}/{number}/element")
    if focused > 1:
        yield problem("only one element may have focus_on_load", where)
    if tables > 1:
        yield problem("only_one_table_allowed", where)
