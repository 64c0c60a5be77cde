"""Help pages in one language: click's own words in them are bokmål, as the rest of each page is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import click

HEADINGS: Final = {"Options": "Valg", "Commands": "Kommandoer"}
USAGE: Final = "Bruk: "
OPTIONS: Final = "[VALG]"
COMMAND: Final = "KOMMANDO [ARGUMENTER]..."
HELP: Final = "Vis denne teksten."

VALUES: Final = {
    "INTEGER RANGE": "TALL",
    "INTEGER": "TALL",
    "TEXT": "TEKST",
    "DIRECTORY": "MAPPE",
    "FILENAME": "FIL",
    "FILE": "FIL",
    "PATH": "STI",
    "[%Y-%m-%d]": "DATO",
}
"""What stands for a value, where a command does not name it itself."""

ARGUMENTS: Final = {"question": "SPØRSMÅL", "number": "NR", "year": "ÅR", "file": "FIL"}

WORDS: Final = {"default:": "vanlig:", "required": "må være med"}


class Formatter(click.HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or USAGE)

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        with super().section(HEADINGS.get(name, name)):
            yield

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        told = [(_replaced(name, VALUES), _told(text)) for name, text in rows]
        super().write_dl(told, col_max, col_spacing)


def _told(text: str) -> str:
    """A help text; what click adds stands in brackets after it."""
    return re.sub(r"\[[^\]]*\]$", lambda found: _replaced(found[0], WORDS), text)


def _replaced(text: str, words: dict[str, str]) -> str:
    for word, ours in words.items():
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", ours, text)
    return text


class Context(click.Context):
    formatter_class = Formatter


def in_bokmal(command: click.Command) -> None:
    """Give a command, and those below it, help pages in bokmål."""
    command.context_class = Context
    command.options_metavar = OPTIONS
    command.add_help_option = False
    for parameter in command.params:
        if isinstance(parameter, click.Argument) and parameter.metavar is None:
            parameter.metavar = ARGUMENTS.get(parameter.name or "")
    click.help_option("-h", "--help", help=HELP)(command)
    if isinstance(command, click.Group):
        command.subcommand_metavar = COMMAND
        for below in command.commands.values():
            in_bokmal(below)
