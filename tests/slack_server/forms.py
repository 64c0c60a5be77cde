"""What a person fills in, as the state that Slack sends: by the type of the field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .rendering import STATE_NAMES, interactive
from .state import JSON, View


class CannotDo(Exception):
    """Slack's client would not let a person do this: no such button, a field left empty, …"""


def find(blocks: list[JSON], name: str, value: str | None = None) -> tuple[JSON, JSON]:
    """The block and the element by action_id or, where a block holds one element, by block_id.

    Several elements may have the same action_id in different blocks: `value` decides then.
    """
    found = [
        (block, element)
        for block in blocks
        for element in interactive(block)
        if element["action_id"] == name or block["block_id"] == name
    ]
    if value is not None and len(found) > 1:
        found = [(b, e) for b, e in found if e.get("value") == value] or found
    if not found:
        there = [element["action_id"] for block in blocks for element in interactive(block)]
        raise CannotDo(f"nothing named {name!r} to use; there are {there}")
    return found[0]


def options_of(element: JSON) -> Iterator[JSON]:
    yield from element.get("options") or []
    for group in element.get("option_groups") or []:
        yield from group["options"]


def choose(options: list[JSON], wanted: Any) -> JSON:
    """An option by its value or by the text a person sees."""
    if isinstance(wanted, Mapping):
        return dict(wanted)
    for option in options:
        if wanted in (option["value"], option["text"]["text"]):
            return option
    raise CannotDo(f"no option {wanted!r}; there are {[o['text']['text'] for o in options]}")


def state_of(element: JSON, wanted: Any, offered: list[JSON] | None = None) -> JSON:
    """The state of a field in which a person put `wanted` (None empties it). `offered` are the
    options of an external select, as the app gave them."""
    kind = element["type"]
    name = STATE_NAMES[kind][0]
    if name == "selected_option":
        options = offered if offered is not None else list(options_of(element))
        return {"type": kind, name: None if wanted is None else choose(options, wanted)}
    if name == "selected_options":
        options = offered if offered is not None else list(options_of(element))
        return {"type": kind, name: [choose(options, one) for one in wanted or []]}
    return {"type": kind, name: wanted}


def check_filled(view: View, values: Mapping[str, Mapping[str, JSON]]) -> None:
    """What Slack's client refuses to submit: a required field that is empty, a text too long."""
    for block in view.blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        state = values.get(block["block_id"], {}).get(element["action_id"], {})
        held = state.get(STATE_NAMES[element["type"]][0])
        if not held and not block.get("optional", False):
            raise CannotDo(f"{block['label']['text']!r} must be filled in")
        if isinstance(held, str) and element["type"] == "plain_text_input":
            least, most = element.get("min_length", 0), element.get("max_length", 3000)
            if held and not least <= len(held) <= most:
                raise CannotDo(f"{block['label']['text']!r} takes {least} to {most} characters")


def action_of(block: JSON, element: JSON, value: Any, offered: list[JSON] | None) -> JSON:
    """The part of a block_actions payload that says what was done."""
    kind = element["type"]
    action: JSON = {
        "type": kind,
        "action_id": element["action_id"],
        "block_id": block["block_id"],
    }
    if kind in {"button", "icon_button"}:
        return action | {
            name: element[name] for name in ("text", "value", "style") if name in element
        }
    if kind == "feedback_buttons":
        return action | _feedback(element, value)
    if kind == "overflow":
        return action | {"selected_option": choose(list(options_of(element)), value)}
    return action | state_of(element, value, offered)


def _feedback(element: JSON, value: Any) -> JSON:
    """`value`: True for the positive button, False for the negative one, or the button's value."""
    for name, meant in (("positive_button", True), ("negative_button", False)):
        button = element[name]
        if value is meant or value == button["value"]:
            return {"text": button["text"], "value": button["value"]}
    raise CannotDo(f"no feedback button {value!r}")
