"""Block Kit as rules: every block and element that may be sent, with its limits.

Origin: docs.slack.dev/reference/block-kit (blocks, block-elements, composition-objects), read
November 2026. Blocks that Frisksvar has no use for (video, file, card, …) are not known here and
so are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from .rules import (
    Rule,
    boolean,
    by_type,
    exactly_one,
    integer,
    items,
    one_of,
    problem,
    record,
    string,
    together,
)

MESSAGE: Final = "message"
MODAL: Final = "modal"
HOME: Final = "home"

ANY_TYPE = string(255)
IDENTIFIER = string(255)
URL = string(3000, 1, r"(https?|mailto|tel|slack):\S+", "must be a valid url")
WEB_ADDRESS = string(3000, 1, r"https?://\S+", "must be a valid url")
DATE = string(10, 10, r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "must be a valid date")
TIME = string(5, 5, r"([01]\d|2[0-3]):[0-5]\d", "must be a valid time")
NUMBER = string(255, 1, r"-?\d+(\.\d+)?", "must be a valid number")
ID_LIST = items(string(30), 1000, 0)


def plain_text(most: int) -> Rule:
    return record(
        {"type": one_of("plain_text"), "text": string(most, blank=False)}, {"emoji": boolean}
    )


def any_text(most: int) -> Rule:
    mrkdwn = record({"type": ANY_TYPE, "text": string(most)}, {"verbatim": boolean})
    return by_type({"plain_text": plain_text(most), "mrkdwn": mrkdwn}, "unsupported text type")


def options_of(most: int, text: Rule, *, links: bool = False) -> Rule:
    more: dict[str, Rule] = {"description": text}
    if links:
        more["url"] = WEB_ADDRESS
    return items(record({"text": text, "value": string(150)}, more), most)


CONFIRM = record(
    {"title": plain_text(100), "text": any_text(300)},
    {"confirm": plain_text(30), "deny": plain_text(30), "style": one_of("primary", "danger")},
)
PLAIN_OPTION = plain_text(75)
MENU_OPTIONS = options_of(100, PLAIN_OPTION)
MENU_OPTION = record({"text": PLAIN_OPTION, "value": string(150)}, {"description": plain_text(75)})
GROUPS = items(record({"label": plain_text(75), "options": MENU_OPTIONS}), 100)
FEW_OPTIONS = options_of(10, any_text(75))
FEW_OPTION = record({"text": any_text(75), "value": string(150)}, {"description": any_text(75)})
COMMON: dict[str, Rule] = {"type": ANY_TYPE, "action_id": IDENTIFIER}
ASKING: dict[str, Rule] = COMMON | {"placeholder": plain_text(150), "focus_on_load": boolean}
MENU: dict[str, Rule] = ASKING | {"confirm": CONFIRM}
DISPATCH = record(
    {"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), 2)}
)
CONVERSATION_FILTER = record(
    {},
    {
        "include": items(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)


def initial_among_options(value: Any, where: str) -> Iterator[str]:
    """What is chosen from the start must be one of the options, letter by letter."""
    if not isinstance(value, dict):
        return
    offered = value.get("options") or [
        option
        for group in value.get("option_groups") or []
        if isinstance(group, dict)
        for option in group.get("options") or []
    ]
    chosen = value.get("initial_options") or (
        [value["initial_option"]] if "initial_option" in value else []
    )
    if isinstance(offered, list) and isinstance(chosen, list):
        for option in chosen:
            if option not in offered:
                yield problem("initial option must match one of the options", where)


def distinct_values(value: Any, where: str) -> Iterator[str]:
    options = value.get("options") if isinstance(value, dict) else None
    values = [str(option.get("value")) for option in options or [] if isinstance(option, dict)]
    if len(set(values)) != len(values):
        yield problem("option values must be unique", f"{where}/options")


def menu(required: dict[str, Rule], optional: dict[str, Rule]) -> Rule:
    return together(record(required, MENU | optional), initial_among_options, distinct_values)


def static_menu(optional: dict[str, Rule]) -> Rule:
    return together(
        menu({}, {"options": MENU_OPTIONS, "option_groups": GROUPS} | optional),
        exactly_one("options", "option_groups"),
    )


MANY = {"max_selected_items": integer(1, 1000)}
BUTTON = record(
    {"type": ANY_TYPE, "text": plain_text(75)},
    COMMON
    | {
        "url": URL,
        "value": string(2000, 0),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
IMAGE_ELEMENT = record({"type": ANY_TYPE, "image_url": WEB_ADDRESS, "alt_text": string(2000)})
FEEDBACK_BUTTON = record(
    {"text": plain_text(75), "value": string(2000)}, {"accessibility_label": string(75)}
)
FEEDBACK_BUTTONS = record(
    {"type": ANY_TYPE, "positive_button": FEEDBACK_BUTTON, "negative_button": FEEDBACK_BUTTON},
    {"action_id": IDENTIFIER},
)
ICON_BUTTON = record(
    {"type": ANY_TYPE, "icon": one_of("trash"), "text": plain_text(75)},
    COMMON
    | {
        "value": string(2000, 0),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
        "visible_to_user_ids": ID_LIST,
    },
)
SELECTS: dict[str, Rule] = {
    "static_select": static_menu({"initial_option": MENU_OPTION}),
    "multi_static_select": static_menu({"initial_options": items(MENU_OPTION, 100)} | MANY),
    "external_select": record(
        {}, MENU | {"min_query_length": integer(0, 100), "initial_option": MENU_OPTION}
    ),
    "multi_external_select": record(
        {},
        MENU
        | MANY
        | {"min_query_length": integer(0, 100), "initial_options": items(MENU_OPTION, 100)},
    ),
    "users_select": record({}, MENU | {"initial_user": string(30)}),
    "multi_users_select": record({}, MENU | MANY | {"initial_users": ID_LIST}),
    "conversations_select": record(
        {},
        MENU
        | {
            "initial_conversation": string(30),
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": CONVERSATION_FILTER,
        },
    ),
    "multi_conversations_select": record(
        {},
        MENU
        | MANY
        | {
            "initial_conversations": ID_LIST,
            "default_to_current_conversation": boolean,
            "filter": CONVERSATION_FILTER,
        },
    ),
    "channels_select": record(
        {}, MENU | {"initial_channel": string(30), "response_url_enabled": boolean}
    ),
    "multi_channels_select": record({}, MENU | MANY | {"initial_channels": ID_LIST}),
}
NO_PLACEHOLDER: dict[str, Rule] = {n: r for n, r in MENU.items() if n != "placeholder"}
CHOICES: dict[str, Rule] = {
    "radio_buttons": together(
        record({"options": FEW_OPTIONS}, NO_PLACEHOLDER | {"initial_option": FEW_OPTION}),
        initial_among_options,
        distinct_values,
    ),
    "checkboxes": together(
        record(
            {"options": FEW_OPTIONS}, NO_PLACEHOLDER | {"initial_options": items(FEW_OPTION, 10)}
        ),
        initial_among_options,
        distinct_values,
    ),
    "datepicker": record({}, MENU | {"initial_date": DATE}),
    "timepicker": record({}, MENU | {"initial_time": TIME, "timezone": string(100)}),
}
PRESSED: dict[str, Rule] = {
    "button": BUTTON,
    "overflow": record(
        {"options": options_of(5, PLAIN_OPTION, links=True)}, COMMON | {"confirm": CONFIRM}
    ),
}
TYPED: dict[str, Rule] = {
    "plain_text_input": record(
        {},
        ASKING
        | {
            "initial_value": string(3000, 0),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
            "dispatch_action_config": DISPATCH,
        },
    ),
    "number_input": record(
        {"is_decimal_allowed": boolean},
        ASKING
        | {
            "initial_value": NUMBER,
            "min_value": NUMBER,
            "max_value": NUMBER,
            "dispatch_action_config": DISPATCH,
        },
    ),
}
# Elements that not every surface takes (the table in reference/block-kit/block-elements)
ONLY_ON: dict[str, frozenset[str]] = {"number_input": frozenset({MODAL})}
IN_SECTION = by_type(
    SELECTS | CHOICES | PRESSED | {"image": IMAGE_ELEMENT}, "unsupported element type"
)
IN_ACTIONS = by_type(SELECTS | CHOICES | PRESSED, "unsupported element type")
IN_INPUT = by_type(SELECTS | CHOICES | TYPED, "unsupported element type")
IN_CONTEXT = by_type(
    {"image": IMAGE_ELEMENT, "plain_text": any_text(3000), "mrkdwn": any_text(3000)},
    "unsupported element type",
)
IN_CONTEXT_ACTIONS = by_type(
    {"feedback_buttons": FEEDBACK_BUTTONS, "icon_button": ICON_BUTTON}, "unsupported element type"
)
