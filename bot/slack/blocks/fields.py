"""What a modal asks: one input block for each field, named as in ids.py, and the modal around them.

The block and the action of a field have the same name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.slack import ids
from bot.slack.blocks.limits import fit
from bot.slack.blocks.pieces import Block, one_line, plain
from knowledge.geography import Municipalities
from knowledge.geography.records import Match, Municipality
from knowledge.messages import Language, say
from knowledge.reference import Centre, Reference

# Origin of the limits: docs.slack.dev/reference/block-kit (composition objects, views).
OPTION_CHARACTERS: Final = 75
TITLE_CHARACTERS: Final = 24
TYPED_CHARACTERS: Final = 3000
METADATA_CHARACTERS: Final = 3000

MOST_SUGGESTED: Final = 20
"""Municipalities in one type-ahead: more are not read, and the answer stays small."""

NOT_TOLD: Final = "-"
"""The value of the option that takes a choice away: no client lets a choice be undone by itself."""

Options = Sequence[tuple[str, str]]
"""(value, text) of each option."""


def option(value: str, text: str) -> Block:
    return {"text": plain(one_line(text), OPTION_CHARACTERS), "value": value}


def asked(
    name: str, label: str, element: Block, *, optional: bool = False, hint: str = ""
) -> Block:
    """An input block; `name` is its block_id and the action_id of its element."""
    return {
        "type": "input",
        "block_id": name,
        "label": plain(label),
        "element": {**element, "action_id": name},
        "optional": optional,
        **({"hint": plain(hint)} if hint else {}),
    }


def menu(options: Options, chosen: str | None = None) -> Block:
    """A menu with one choice; `chosen` is among the values or nothing is chosen."""
    return _choice("static_select", options, chosen)


def radios(options: Options, chosen: str | None = None) -> Block:
    """Up to ten choices that are all seen."""
    return _choice("radio_buttons", options, chosen)


def _choice(kind: str, options: Options, chosen: str | None) -> Block:
    made = {value: option(value, text) for value, text in options}
    initial = {"initial_option": made[chosen]} if chosen in made else {}
    return {"type": kind, "options": list(made.values()), **initial}


def several(options: Options, chosen: Sequence[str] = ()) -> Block:
    """A menu with any number of choices."""
    made = {value: option(value, text) for value, text in options}
    first = [made[value] for value in chosen if value in made]
    initial = {"initial_options": first} if first else {}
    return {"type": "multi_static_select", "options": list(made.values()), **initial}


def typed(text: str = "", *, multiline: bool = True) -> Block:
    """Running text; `text` is there from the start."""
    initial = {"initial_value": text[:TYPED_CHARACTERS]} if text else {}
    return {
        "type": "plain_text_input",
        "multiline": multiline,
        "max_length": TYPED_CHARACTERS,
        **initial,
    }


def channel_menu(chosen: str | None = None) -> Block:
    """The public and private channels that who opens it can see."""
    return {
        "type": "conversations_select",
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
        **({"initial_conversation": chosen} if chosen else {}),
    }


def municipality_field(language: Language, code: str | None = None, *, label: str = "") -> Block:
    """Type-ahead over the municipalities; `code` is chosen from the start."""
    known = Municipalities.load().by_code(code) if code else None
    initial = {"initial_option": _municipality_option(known)} if known is not None else {}
    return asked(
        ids.MUNICIPALITY,
        label or say("slack_field_municipality", language),
        {
            "type": "external_select",
            "min_query_length": 1,
            "placeholder": plain(say("slack_field_municipality_type", language), 150),
            **initial,
        },
        optional=True,
    )


def municipality_options(
    typed_text: str, language: Language, *, none_too: bool = False
) -> list[Block]:
    """Today's municipalities that somebody typing this may mean, former names included.

    Args:
        none_too: the last option is `NOT_TOLD`, which takes a choice away.
    """
    municipalities = Municipalities.load()
    text = typed_text.strip()
    found = [
        _matched_option(match, language)
        for match in municipalities.find(text, limit=MOST_SUGGESTED - 1)
    ]
    if not found and len(text) == 1:  # too little to look names up by
        found = [
            _municipality_option(municipality)
            for municipality in sorted(municipalities.all, key=lambda m: m.norwegian_name)
            if municipality.valid_to is None
            and municipality.norwegian_name.casefold().startswith(text.casefold())
        ][: MOST_SUGGESTED - 1]
    none = [option(NOT_TOLD, say("slack_field_not_told", language))] if none_too else []
    return [*found, *none]


def municipality_name(municipality: Municipality) -> str:
    """«Senja, Troms»"""
    return f"{municipality.norwegian_name}, {municipality.county.name}"


def _municipality_option(municipality: Municipality) -> Block:
    return option(municipality.code, municipality_name(municipality))


def _matched_option(match: Match, language: Language) -> Block:
    present, former = match.municipality, match.former
    if former is None or former.norwegian_name == present.norwegian_name:
        return _municipality_option(present)
    text = say(
        "slack_field_formerly",
        language,
        name=present.norwegian_name,
        former=former.norwegian_name,
        county=present.county.name,
    )
    return option(present.code, text)


def municipality_of_today(code: str | None) -> str | None:
    """`code` where it is the number of a municipality of today; a submission may hold anything."""
    known = Municipalities.load().by_code(code) if code else None
    return known.code if known is not None and known.valid_to is None else None


def actor_field(language: Language, chosen: str | None = None) -> Block:
    options = [(actor.id, actor.label.text(language)) for actor in Reference.load().actors]
    told = (NOT_TOLD, say("slack_field_not_told", language))
    return asked(
        ids.ACTOR, say("slack_field_actor", language), menu([*options, told], chosen), optional=True
    )


def serving_centres(first: str | None = None) -> list[Centre]:
    """The development centres of today by name, `first` before the others."""
    serving = [centre for centre in Reference.load().centres if centre.serving]
    return sorted(serving, key=lambda centre: (centre.id != first, centre.name.casefold()))


def modal(
    callback_id: str | None,
    title: str,
    blocks: Sequence[Block],
    language: Language,
    *,
    submit: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Block:
    """A modal; without `submit` it only tells something. `metadata` holds ids of ours and Slack's.

    Raises:
        ValueError: `metadata` is too long, which no ids are.
    """
    carried = json.dumps(metadata or {}, separators=(",", ":"))
    if len(carried) > METADATA_CHARACTERS:
        raise ValueError(f"{len(carried)} characters of metadata")
    close = "slack_modal_cancel" if submit else "slack_modal_close"
    return {
        "type": "modal",
        **({"callback_id": callback_id} if callback_id else {}),
        "title": plain(title, TITLE_CHARACTERS),
        "close": plain(say(close, language), TITLE_CHARACTERS),
        **({"submit": plain(submit, TITLE_CHARACTERS)} if submit else {}),
        "private_metadata": carried,
        "blocks": fit(blocks, "modal", language=language),
    }
