"""What click finds wrong with a command line, as one sentence in the language of the messages."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, Final, get_args

import click
from click.exceptions import NoArgsIsHelpError, NoSuchCommand

from bot.cli.app import App
from bot.cli.terminal import console
from knowledge.configuration import ConfigurationError
from knowledge.messages import Language, Message
from knowledge.settings import Settings

NO_LIMIT: Final = 2**63 - 1
"""The greatest number SQLite has: as a limit it tells nobody anything."""

PATHS: Final = {
    "does not exist": "operation_cli_path_missing",
    "No such file or directory": "operation_cli_path_missing",
    "is a file": "operation_cli_path_file",
    "is a directory": "operation_cli_path_folder",
    "Is a directory": "operation_cli_path_folder",
    "is not readable": "operation_cli_path_closed",
    "Permission denied": "operation_cli_path_closed",
}
"""click has one kind of error for all that can be wrong with a path; its words tell which."""

EXTRA: Final = re.compile(r"Got unexpected extra arguments? \((.*)\)", re.DOTALL)
NO_COMMAND: Final = "Missing command."


class Program(click.Group):
    """The commands; what is wrong with a command line is told by `told`, with click's status."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        run = partial(super().main, args, prog_name, complete_var, standalone_mode=False, **extra)
        if not standalone_mode:
            return run()
        try:
            status: object = run()
        except NoArgsIsHelpError as error:
            error.show()
            sys.exit(error.exit_code)
        except click.ClickException as error:
            given = sys.argv[1:] if args is None else args
            sentence = told(error, self._path(given)).sentence(_language(error, given))
            console(stderr=True).print(sentence, style="red", markup=False, soft_wrap=True)
            sys.exit(error.exit_code)
        except click.Abort:
            sys.exit(1)
        sys.exit(status if isinstance(status, int) else 0)

    def _path(self, given: Sequence[str]) -> str:
        """The command that a line is of, for an error that does not know."""
        command: click.Command = self
        path = ["frisksvar"]
        for word in given:
            if isinstance(command, click.Group) and word in command.commands:
                command = command.commands[word]
                path.append(word)
        return " ".join(path)


def told(error: click.ClickException, path: str) -> Message:
    """What happened, where, and what to do.

    Args:
        path: the command, where the error does not say.
    """
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context is not None else path
    where = {"command": command, "help": f"{command} --help"}
    match error:
        case click.NoSuchOption():
            name = {"name": error.option_name}
            if error.possibilities:
                near = {"near": error.possibilities[0]}
                return Message("operation_cli_no_option_near", where | name | near)
            return Message("operation_cli_no_option", where | name)
        case NoSuchCommand():
            name = {"name": error.command_name}
            if error.possibilities:
                near = {"near": error.possibilities[0]}
                return Message("operation_cli_no_command_near", where | name | near)
            return Message("operation_cli_no_command", where | name)
        case click.MissingParameter():
            return Message("operation_cli_missing", where | {"name": _name(error.param)})
        case click.BadParameter():
            wrong = {"name": _name(error.param), "reason": _reason(error)}
            return Message("operation_cli_wrong_value", where | wrong)
        case click.BadOptionUsage():
            name = {"name": error.option_name}
            if "does not take" in error.message:
                return Message("operation_cli_takes_no_value", where | name)
            return Message("operation_cli_needs_value", where | name)
        case click.BadArgumentUsage() | click.FileError():
            return Message("operation_cli_wrong", where | {"reason": error.format_message()})
    if found := EXTRA.fullmatch(error.message):
        return Message("operation_cli_extra", where | {"extra": found[1]})
    if error.message == NO_COMMAND:
        return Message("operation_cli_which_command", where)
    return Message("operation_cli_sentence", {"told": error.message})  # ours


def _name(parameter: click.Parameter | None) -> str:
    if parameter is None:
        return "–"
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return parameter.human_readable_name


def _reason(error: click.BadParameter) -> Message:
    """What the value should have been; the value itself is not repeated, but a path is."""
    kind = error.param.type if error.param is not None else None
    match kind:
        case click.Choice():
            allowed = ", ".join(str(choice) for choice in kind.choices)
            return Message("operation_value_choice", {"allowed": allowed})
        case click.IntRange():
            if kind.max is None or kind.max >= NO_LIMIT:
                return Message("operation_value_least", {"least": kind.min})
            return Message("operation_cli_between", {"least": kind.min, "most": kind.max})
        case click.DateTime():
            clock = "%H" in kind.formats[0]
            return Message("operation_cli_clock" if clock else "operation_cli_date")
        case click.Path() | click.File():
            quoted = re.search(r"'(.*)'", error.message)
            path = quoted[1] if quoted else "–"
            for words, key in PATHS.items():
                if words in error.message:
                    return Message(key, {"path": path})
    if kind is click.INT:
        return Message("operation_value_whole")
    return Message("operation_value_because", {"reason": error.message})


def _language(error: click.ClickException, given: Sequence[str]) -> Language:
    """As a command would have chosen it, had the line been right."""
    context = getattr(error, "ctx", None) or click.get_current_context(silent=True)
    app = context.find_object(App) if context is not None else None
    if app is not None:
        return app.language
    asked = re.search(r"(?:^|\0)--lang[=\0](\w+)", "\0".join(given))
    for language in (asked[1] if asked else None, os.environ.get("FRISKSVAR_LANG")):
        if language in get_args(Language):
            return language  # type: ignore[return-value]
    try:
        return Settings.read().lang or "nb"
    except ConfigurationError:
        return "nb"
