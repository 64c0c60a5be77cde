"""Text and questions on a terminal: what a document or a person wrote never commands it.

Rich passes the escape character on; with it a title or a question could clear the screen, rename
the window or, in some terminals, type a command.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

import click
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook
from rich.measure import Measurement
from rich.segment import Segment

from knowledge.messages import Language, say

T = TypeVar("T", bound=str)

CONTROL: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)
"""ECMA-48's C0 and C1 but tabulator and line feed; what turns the direction of text (UAX #9, all of
Bidi_Control); and Unicode's own line and paragraph separators."""

INSTEAD: Final = "\N{REPLACEMENT CHARACTER}"


def console(*, stderr: bool = False) -> Console:
    """A console for results, or for notes and errors."""
    made = Console(stderr=stderr, highlight=False)
    made.push_render_hook(_Harmless())
    return made


class _Harmless(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Clean(each) for each in renderables]


class _Clean:
    """Something to show, with its text harmless. Rich's own commands are segments apart."""

    def __init__(self, inner: ConsoleRenderable) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterable[Segment]:
        for segment in console.render(self._inner, options):
            if segment.control:
                yield segment
            else:
                yield Segment(CONTROL.sub(INSTEAD, segment.text), segment.style)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement.get(console, options, self._inner)


def json_text(value: object) -> str:
    """JSON to be read on a terminal too: what could command it is written as JSON's escapes."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def confirm(question: str, language: Language, *, default: bool = False) -> bool:
    """Ask for a yes or a no, in any of our languages; nothing typed is the default.

    Raises:
        click.Abort: Ctrl-C, or nobody is there to answer.
    """
    shown = say("operation_cli_yes_default" if default else "operation_cli_yes_no", language)
    while True:
        typed = ask(f"{question} {shown}").casefold()
        if not typed:
            return default
        if typed in say("operation_cli_yes_words", language).split():
            return True
        if typed in say("operation_cli_no_words", language).split():
            return False
        click.echo(say("operation_cli_say_yes_or_no", language), err=True)


def choose(question: str, language: Language, among: Sequence[T], *, default: T) -> T:
    """Ask for one of several words; nothing typed is the default. Raises click.Abort."""
    while True:
        typed = ask(f"{question} ({', '.join(among)}) [{default}]").casefold() or default
        for each in among:
            if each == typed:
                return each
        click.echo(say("operation_cli_say_one_of", language, allowed=", ".join(among)), err=True)


def ask(question: str, *, hidden: bool = False) -> str:
    """What is typed, without space around it; "" for nothing. Raises click.Abort."""
    try:
        typed = click.prompt(question, default="", show_default=False, hide_input=hidden, err=True)
    except click.Abort:
        click.echo(err=True)  # what comes next is not on the line of the question
        raise
    return str(typed).strip()
