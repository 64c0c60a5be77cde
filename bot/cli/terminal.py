"""Text on a terminal: what a document or a person wrote never commands it.

Rich passes the escape character on; with it a title or a question could clear the screen, rename
the window or, in some terminals, type a command.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook
from rich.measure import Measurement
from rich.segment import Segment

CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""ECMA-48's C0 and C1 but tabulator and line feed, and what turns the direction of text."""

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
