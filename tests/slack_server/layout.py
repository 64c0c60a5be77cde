"""The blocks that hold the elements of block_kit: what a message or a view is a list of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from .block_kit import (
    ANY_TYPE,
    HOME,
    IDENTIFIER,
    IN_ACTIONS,
    IN_CONTEXT,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    MESSAGE,
    MODAL,
    URL,
    WEB_ADDRESS,
    any_text,
    plain_text,
)
from .rules import (
    Rule,
    boolean,
    by_type,
    integer,
    items,
    one_of,
    problem,
    record,
    string,
    together,
)

TABLE_CHARACTERS: Final = 10_000  # reference/block-kit/blocks/table-block: all cells together
_LONGEST: Final = 100_000  # no limit of its own; the whole message has one

STYLE = record({}, {"bold": boolean, "italic": boolean, "strike": boolean, "code": boolean})
MENTION_STYLE = record(
    {},
    dict.fromkeys(("bold", "italic", "strike", "highlight", "client_highlight", "unlink"), boolean),
)
TEXT_ELEMENT = record({"type": ANY_TYPE, "text": string(_LONGEST)}, {"style": STYLE})
LINK_ELEMENT = record(
    {"type": ANY_TYPE, "url": URL}, {"text": string(_LONGEST), "style": STYLE, "unsafe": boolean}
)
INLINE = by_type(
    {
        "text": TEXT_ELEMENT,
        "link": LINK_ELEMENT,
        "user": record({"type": ANY_TYPE, "user_id": string(30)}, {"style": MENTION_STYLE}),
        "channel": record({"type": ANY_TYPE, "channel_id": string(30)}, {"style": MENTION_STYLE}),
        "emoji": record(
            {"type": ANY_TYPE, "name": string(255)},
            {"unicode": string(100), "skin_tone": integer(1, 6), "style": STYLE},
        ),
        "broadcast": record(
            {"type": ANY_TYPE, "range": one_of("here", "channel", "everyone")},
            {"style": MENTION_STYLE},
        ),
    },
    "unsupported rich text element type",
)
PRE_INLINE = by_type(
    {"text": TEXT_ELEMENT, "link": LINK_ELEMENT}, "unsupported rich text element type"
)
BORDER = one_of(0, 1)


def _inlines(rule: Rule) -> Rule:
    return items(rule, 10_000)


RICH_SECTION = record({"type": one_of("rich_text_section"), "elements": _inlines(INLINE)})
RICH_PARTS = by_type(
    {
        "rich_text_section": RICH_SECTION,
        "rich_text_quote": record(
            {"type": ANY_TYPE, "elements": _inlines(INLINE)}, {"border": BORDER}
        ),
        "rich_text_preformatted": record(
            {"type": ANY_TYPE, "elements": _inlines(PRE_INLINE)},
            {"border": BORDER, "language": string(50)},
        ),
        "rich_text_list": record(
            {
                "type": ANY_TYPE,
                "style": one_of("bullet", "ordered"),
                "elements": items(RICH_SECTION, 10_000),
            },
            {"indent": integer(0, 8), "offset": integer(0, 10_000), "border": BORDER},
        ),
    },
    "unsupported rich text element type",
)


def _block(required: dict[str, Rule], optional: dict[str, Rule] | None = None) -> Rule:
    return record({"type": ANY_TYPE} | required, {"block_id": string(255, 0)} | (optional or {}))


def _says_something(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, dict) and not ("text" in value or "fields" in value):
        yield problem("must define either `text` or `fields`", where)


def _table_fits(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, dict) and characters(value.get("rows")) > TABLE_CHARACTERS:
        yield problem(f"must be less than {TABLE_CHARACTERS + 1} characters", f"{where}/rows")


RICH_TEXT = _block({"elements": items(RICH_PARTS, 1000)})
CELL = by_type(
    {
        "raw_text": record({"type": ANY_TYPE, "text": string(_LONGEST)}),
        "rich_text": RICH_TEXT,
    },
    "unsupported cell type",
)
ROW = items(CELL, 20)
COLUMN = record({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})

BLOCKS: dict[str, Rule] = {
    "section": together(
        _block(
            {},
            {
                "text": any_text(3000),
                "fields": items(any_text(2000), 10),
                "accessory": IN_SECTION,
                "expand": boolean,
            },
        ),
        _says_something,
    ),
    "header": _block({"text": plain_text(150)}),
    "divider": _block({}),
    "context": _block({"elements": items(IN_CONTEXT, 10)}),
    "actions": _block({"elements": items(IN_ACTIONS, 25)}),
    "context_actions": _block({"elements": items(IN_CONTEXT_ACTIONS, 5)}),
    "input": _block(
        {"label": plain_text(2000), "element": IN_INPUT},
        {"hint": plain_text(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": RICH_TEXT,
    "markdown": _block({"text": string(12_000)}),
    "table": together(
        _block({"rows": items(ROW, 100)}, {"column_settings": items(COLUMN, 20, 0)}), _table_fits
    ),
    "image": _block(
        {"image_url": WEB_ADDRESS, "alt_text": string(2000)}, {"title": plain_text(2000)}
    ),
}
ONLY_IN_MESSAGES = {"context_actions", "markdown", "table"}
MOST_BLOCKS = {MESSAGE: 50, MODAL: 100, HOME: 100}
ON = {
    surface: by_type(
        {
            name: rule
            for name, rule in BLOCKS.items()
            if surface == MESSAGE or name not in ONLY_IN_MESSAGES
        },
        "unsupported block type",
    )
    for surface in (MESSAGE, MODAL, HOME)
}

TITLE = plain_text(24)
VIEW_COMMON: dict[str, Rule] = {
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": IDENTIFIER,
}


def view_rule(surface: str) -> Rule:
    """A modal or App Home view, its blocks apart."""
    required: dict[str, Rule] = {"type": one_of(surface), "blocks": _anything}
    if surface == HOME:
        return record(required, VIEW_COMMON)
    return record(
        required | {"title": TITLE},
        VIEW_COMMON
        | {
            "submit": TITLE,
            "close": TITLE,
            "clear_on_close": boolean,
            "notify_on_close": boolean,
        },
    )


def _anything(value: Any, where: str) -> Iterator[str]:
    yield from ()


_COUNTED: Final = frozenset({"text", "url", "alt_text"})


def characters(value: Any, name: str = "") -> int:
    """The characters that are shown, and the addresses that are linked to, in any JSON value."""
    match value:
        case str():
            return len(value) if name in _COUNTED else 0
        case list():
            return sum(characters(item, name) for item in value)
        case dict():
            return sum(characters(member, key) for key, member in value.items())
        case _:
            return 0
