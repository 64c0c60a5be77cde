"""Writes docs/commands.md from the help texts of the command line.

Run it with `make docs`; tests/test_docs.py compares the file with what this would write.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from bot.cli import main

TARGET = Path(__file__).with_name("commands.md")
WIDTH = 80
"""Columns of the help pages, whatever terminal this runs in."""

INTRODUCTION = """\
# Commands

<!-- Written by docs/make_commands.py: change the help text in bot/cli, then run `make docs`. -->

The help pages below are what `frisksvar COMMAND --help` prints; they are in bokmål, because the
people who type the commands read them. Without a global installation the command is
`.venv/bin/frisksvar` (made on first use by `make`).

## Exit statuses

| status | when |
|---|---|
| 0 | done; for `ask` also when the sources do not cover the question |
| 1 | it could not be done: one sentence on standard error says what to do |
| 2 | the command line itself is wrong: unknown option, missing argument, value out of range |
| 130 | ended with Ctrl-C |

## Settings

[configuration.md](configuration.md) has every setting: in the environment, a file or a secret
file. `make` sets `FRISKSVAR_HOME` to `./var` when it is not set; the command itself then uses the
data folder of the user (`frisksvar doctor` shows it).
"""


def commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    """Every command below (and with) this one: its full name, and the command."""
    yield " ".join(path), command
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from commands(command.commands[name], (*path, name))


def help_page(name: str, command: click.Command) -> str:
    context = click.Context(
        command,
        info_name=name,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        help_option_names=["-h", "--help"],
    )
    return "\n".join(line.rstrip() for line in command.get_help(context).splitlines())


def render() -> str:
    """The whole of docs/commands.md."""
    parts = [INTRODUCTION]
    for name, command in commands(main, ("frisksvar",)):
        parts += [f"## {name}", "", "```text", help_page(name, command), "```", ""]
    return "\n".join(parts)


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
