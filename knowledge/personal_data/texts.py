"""Where people's words stand in the database."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from knowledge.register.changes import Kind
from knowledge.register.forgetting_rows import texts_of
from knowledge.register.inquiry_state import TEXTS as OF_INQUIRY

Form = Literal["plain", "list", "object"]
"""Text; a JSON list of texts; a JSON object with texts among its values."""


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column that people write in. `inquiry`: the column with the inquiry's number, if any."""

    table: str
    column: str
    form: Form = "plain"
    inquiry: str | None = None


TEXT_COLUMNS: Final = (
    TextColumn("inquiries", "question", inquiry="id"),
    TextColumn("inquiries", "thread", "list", inquiry="id"),
    TextColumn("inquiries", "note", inquiry="id"),
    TextColumn("inquiry_topics", "reason", inquiry="inquiry"),
    TextColumn("inquiry_feedback", "comment", inquiry="inquiry"),
    TextColumn("handovers", "note", inquiry="inquiry"),
    TextColumn("inquiry_answers", "text", inquiry="inquiry"),
    TextColumn("approvals", "question", inquiry="inquiry"),
    TextColumn("approvals", "text", inquiry="inquiry"),
    TextColumn("visits", "theme"),
    TextColumn("visits", "note"),
    TextColumn("ideas", "title"),
    TextColumn("ideas", "text"),
    TextColumn("ideas", "target_group"),
    TextColumn("annual_forms", "answers", "object"),
)
"""All of them, but the history (`changes`), what waits to be posted (`slack_posts.payload`), and
the addresses of ideas, which a mask would break."""

EMPTY: Final[Mapping[Form, str]] = {"plain": "", "list": "[]", "object": "{}"}

OF_KIND: Final[Mapping[Kind, str]] = {
    "inquiry": "inquiries",
    "visit": "visits",
    "idea": "ideas",
    "annual_form": "annual_forms",
}


def trail_texts(kind: Kind) -> tuple[str, ...]:
    """The fields of the history whose values are what somebody wrote."""
    return OF_INQUIRY if kind == "inquiry" else texts_of(kind)


def rewritten(form: Form, value: str, new: Callable[[str], str]) -> str:
    """What is stored, with each text in it as `new` gives it."""
    if form == "plain":
        return new(value)
    held = json.loads(value)
    done = mapped(held, new)
    if done == held:
        return value
    return json.dumps(done, ensure_ascii=False, sort_keys=isinstance(held, dict))


def mapped(value: Any, new: Callable[[str], str]) -> Any:
    """A JSON value, with each text in it, but the names of fields, as `new` gives it."""
    if isinstance(value, str):
        return new(value)
    if isinstance(value, list):
        return [mapped(each, new) for each in value]
    if isinstance(value, dict):
        return {name: mapped(each, new) for name, each in value.items()}
    return value
