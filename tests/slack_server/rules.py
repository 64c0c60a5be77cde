"""The little language in which Block Kit is written down here: what a JSON value must be.

A rule takes a value and where it is (a JSON pointer), and yields what is wrong in the words that
Slack's Web API has in `response_metadata.messages`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Rule = Callable[[Any, str], Iterator[str]]


def problem(what: str, where: str) -> str:
    return f"[ERROR] {what} [json-pointer:{where or '/'}]"


def string(
    most: int, least: int = 1, pattern: str = "", expected: str = "", *, blank: bool = True
) -> Rule:
    """Text of `least` to `most` characters that the whole of `pattern` fits; `blank` allows nothing
    but white space."""
    shape = re.compile(pattern, re.DOTALL) if pattern else None

    def check(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield problem("must provide a string", where)
        elif len(value) > most:
            yield problem(f"must be less than {most + 1} characters", where)
        elif len(value) < least or (not blank and not value.strip()):
            yield problem(f"must be more than {max(least, 1) - 1} characters", where)
        elif shape and not shape.fullmatch(value):
            yield problem(expected or f"does not match {pattern}", where)

    return check


def boolean(value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield problem("must provide a boolean", where)


def integer(least: int, most: int) -> Rule:
    def check(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield problem("must provide an integer", where)
        elif not least <= value <= most:
            yield problem(f"must be between {least} and {most}", where)

    return check


def one_of(*values: object) -> Rule:
    def check(value: Any, where: str) -> Iterator[str]:
        if not any(value == known and type(value) is type(known) for known in values):
            yield problem("value must be one of " + ", ".join(map(str, values)), where)

    return check


def items(rule: Rule, most: int, least: int = 1) -> Rule:
    """A list of `least` to `most` values."""

    def check(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield problem("must provide an array", where)
            return
        if len(value) > most:
            yield problem(f"no more than {most} items allowed", where)
        if len(value) < least:
            yield problem(f"no less than {least} items allowed", where)
        for number, item in enumerate(value):
            yield from rule(item, f"{where}/{number}")

    return check


def record(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None) -> Rule:
    """An object with these members and no other."""
    known = {**required, **(optional or {})}

    def check(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must provide an object", where)
            return
        for name in required:
            if name not in value:
                yield problem(f"missing required field: {name}", where)
        for name, member in value.items():
            if name not in known:
                yield problem(f"invalid additional property: {name}", where)
            else:
                yield from known[name](member, f"{where}/{name}")

    return check


def by_type(kinds: Mapping[str, Rule], unknown: str = "unsupported type") -> Rule:
    """An object whose member "type" says which rule holds for it."""

    def check(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must provide an object", where)
        elif "type" not in value:
            yield problem("missing required field: type", where)
        elif not isinstance(value["type"], str) or value["type"] not in kinds:
            yield problem(f"{unknown}: {value['type']}", f"{where}/type")
        else:
            yield from kinds[value["type"]](value, where)

    return check


def together(*rules: Rule) -> Rule:
    def check(value: Any, where: str) -> Iterator[str]:
        for rule in rules:
            yield from rule(value, where)

    return check


def exactly_one(*names: str) -> Rule:
    """Of these members of an object, one and only one."""

    def check(value: Any, where: str) -> Iterator[str]:
        if isinstance(value, dict) and sum(name in value for name in names) != 1:
            yield problem("must define either " + " or ".join(f"`{n}`" for n in names), where)

    return check
