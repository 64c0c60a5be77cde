"""What pydantic found wrong, told in one line."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from knowledge.messages import Failure, Message

WHOLE: Final = "operation_value_whole"
NUMBER: Final = "operation_value_number"
YES_OR_NO: Final = "operation_value_yes_or_no"
TEXT: Final = "operation_value_text"
URL: Final = "operation_value_url"

REASONS: Final = {
    "bool_parsing": YES_OR_NO,
    "bool_type": YES_OR_NO,
    "int_parsing": WHOLE,
    "int_parsing_size": WHOLE,
    "int_from_float": WHOLE,
    "int_type": WHOLE,
    "float_parsing": NUMBER,
    "float_type": NUMBER,
    "finite_number": NUMBER,
    "string_type": TEXT,
    "path_type": TEXT,
    "missing": "operation_value_missing",
    "extra_forbidden": "operation_value_unknown",
    "string_too_short": "operation_value_empty",
    "too_short": "operation_value_empty",
    "string_too_long": "operation_value_long",
    "too_long": "operation_value_long",
    "list_type": "operation_value_list",
    "tuple_type": "operation_value_list",
    "dict_type": "operation_value_object",
    "model_type": "operation_value_object",
    "model_attributes_type": "operation_value_object",
    "url_type": URL,
    "url_parsing": URL,
    "url_scheme": URL,
    "json_invalid": "operation_value_json",
}
"""Kinds of error (docs.pydantic.dev, «Validation Errors») and the message that tells them."""


class Fault(NamedTuple):
    """The first fault of a `ValidationError`: the field ("" for the whole), and what is wrong."""

    field: str
    reason: Message

    @property
    def message(self) -> Message:
        if not self.field:
            return self.reason
        return Message("operation_value_of", {"field": self.field, "reason": self.reason})

    def __str__(self) -> str:
        return str(self.message)


def first_fault(error: ValidationError) -> Fault:
    first = error.errors(include_url=False)[0]
    return Fault(".".join(str(part) for part in first["loc"]), _reason(first))


def _reason(found: ErrorDetails) -> Message:
    """What is wrong, without the value, which may be a secret."""
    kind, context = found["type"], found.get("ctx", {})
    if kind in REASONS:
        return Message(REASONS[kind])
    match kind:
        case "greater_than_equal":
            return Message("operation_value_least", {"least": context["ge"]})
        case "greater_than":
            return Message("operation_value_more", {"than": context["gt"]})
        case "less_than_equal":
            return Message("operation_value_most", {"most": context["le"]})
        case "less_than":
            return Message("operation_value_less", {"than": context["lt"]})
        case "literal_error" | "enum":
            allowed = ", ".join(re.findall(r"'([^']*)'", str(context["expected"])))
            return Message("operation_value_choice", {"allowed": allowed})
        case "value_error":
            wrong = context["error"]
            if isinstance(wrong, Failure):
                return wrong.message
            return Message("operation_value_because", {"reason": wrong})
    return Message("operation_value_other", {"kind": kind})
