"""The configuration file: a new one with every setting explained, or changes to one that is there.

What a person wrote stays: settings are put in, or changed on their own line, and nothing else is
touched.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from itertools import groupby
from textwrap import wrap
from typing import Any, Final

from bot.configuration import Described, as_toml, described
from knowledge.configuration import SECRETS, flattened
from knowledge.messages import Language, say

WIDTH: Final = 96
"""Columns of the comments, with the two of "# "."""

HEADER = re.compile(r"\s*\[\s*([A-Za-z0-9_-]+)\s*\]\s*(#.*)?")


def new_file(chosen: Mapping[str, Any], language: Language) -> str:
    """A file with these settings, by name, and all the others as comments with their default."""
    lines = [f"# {line}" for line in say("operation_install_file_head", language).splitlines()]
    for section, settings in groupby(described(), key=lambda each: each.section):
        lines += ["", f"[{section}]"] if section else []
        for each in settings:
            lines += ["", *_explained(each), _line(each, chosen)]
    return "\n".join(lines) + "\n"


def _explained(setting: Described) -> Iterator[str]:
    text = f"{setting.description} ({setting.variable})"
    if setting.secret:
        text += f" Better not here: as the file {SECRETS}/{setting.variable.lower()}."
    yield from (f"# {line}" for line in wrap(text, WIDTH))


def _line(setting: Described, chosen: Mapping[str, Any]) -> str:
    if setting.name in chosen:
        return f"{setting.key} = {as_toml(chosen[setting.name])}"
    return f"# {setting.key} = {setting.default if setting.default is not None else '…'}"


def with_setting(text: str, name: str, value: Any) -> str | None:
    """The text of a file with one setting given, or given anew; None where it takes a person.

    Args:
        name: as in the file, with the table before a dot.
    """
    section, _, key = name.rpartition(".")
    lines = text.rstrip("\n").split("\n")  # TOML's own line ends; a string may hold others
    first, last = _section(lines, section)
    line = f"{key} = {as_toml(value)}"
    if first is None:
        lines += ["", f"[{section}]", line]
    elif (at := _found(lines, first, last, rf"\s*{re.escape(key)}\s*=")) is not None:
        lines[at] = line
    elif (at := _found(lines, first, last, rf"#\s*{re.escape(key)}\s*=")) is not None:
        lines.insert(at + 1, line)
    else:
        lines.insert(first, line)
    made = "\n".join(lines) + "\n"
    return made if _only_that_changed(text, made, name, value) else None


def _section(lines: list[str], section: str) -> tuple[int | None, int]:
    """Where the lines of a table begin and end; the part before the first table is ""."""
    heads = [(at, found[1]) for at, line in enumerate(lines) if (found := HEADER.fullmatch(line))]
    ends = [*(at for at, _ in heads[1:]), len(lines)]
    if not section:
        return 0, heads[0][0] if heads else len(lines)
    for (at, name), end in zip(heads, ends, strict=False):
        if name == section:
            return at + 1, end
    return None, len(lines)


def _found(lines: list[str], first: int, last: int, pattern: str) -> int | None:
    return next((at for at in range(first, last) if re.match(pattern, lines[at])), None)


def _only_that_changed(before: str, after: str, name: str, value: Any) -> bool:
    """A value may go over several lines, or a table stand inline: then nothing is guessed."""
    try:
        wanted = _flat(before) | {name: tomllib.loads(f"v = {as_toml(value)}")["v"]}
        return _flat(after) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _flat(text: str) -> dict[str, Any]:
    return flattened(tomllib.loads(text))
