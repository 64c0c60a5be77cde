"""What every command needs: settings, language, the register, and how failures are told."""

from __future__ import annotations

import functools
import json
import logging
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import ParamSpec, TypeVar

import click
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot.cli.terminal import confirm, console
from indexer.files import disk_trouble, is_full
from indexer.index import Index
from indexer.library.catalogue import Catalogue
from indexer.library.shelf import Shelf
from knowledge.messages import Failure, Language, Message, say
from knowledge.register import Inquiries, Links
from knowledge.settings import Settings
from knowledge.store import Store, store_trouble
from knowledge.system_errors import reason_of
from knowledge.validation import first_fault

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

INTERRUPTED = 130
"""The exit status of a command ended by Ctrl-C (128 + SIGINT)."""


@dataclass
class App:
    """One run of the command line.

    Attributes:
        service: the bot or the pages: what they tell on standard error has the form of their log,
            and of an unforeseen error no more than its type.
    """

    language: Language = "nb"
    chosen_language: Language | None = None
    settings: Settings = field(default_factory=Settings)
    out: Console = field(default_factory=console)
    err: Console = field(default_factory=lambda: console(stderr=True))
    service: bool = False

    def say(self, key: str, **values: object) -> str:
        return say(key, self.language, **values)

    def note(self, key: str, **values: object) -> None:
        """A line for the user that is not the result: to standard error."""
        self.tell(Message(key, values))

    def tell(self, message: Message) -> None:
        """As `note`, for a message made elsewhere."""
        self._line(message.sentence(self.language), message.key, "info")

    def sure(self, key: str, **values: object) -> None:
        """Ask whether to go on; click.Abort is a no."""
        if not confirm(self.say(key, **values), self.language):
            raise click.Abort

    def failed(self, told: str) -> None:
        """The sentence that a command ends with."""
        self._line(told, "command_failed", "error")

    @property
    def json_lines(self) -> bool:
        return self.service and self.settings.log_format == "json"

    def _line(self, told: str, event: str, level: str) -> None:
        if self.json_lines:
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            line = {"at": at, "level": level, "logger": "bot.cli", "event": event, "told": told}
            told = json.dumps(line, ensure_ascii=False)
        style = "red" if level == "error" else None
        self.err.print(told, style=style, markup=False, soft_wrap=True)

    @cached_property
    def store(self) -> Store:
        return Store(self.settings.database)

    @property
    def links(self) -> Links:
        return Links(self.store)

    @cached_property
    def inquiries(self) -> Inquiries:
        return Inquiries(self.store)

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.store, Shelf(self.settings.library))

    @cached_property
    def index(self) -> Index:
        return Index(self.settings)

    def close(self) -> None:
        if "store" in self.__dict__:
            self.store.close()

    @contextmanager
    def progress(self, key: str) -> Iterator[Callable[[int, int], None]]:
        """A progress bar on standard error; calling it with (done, total) moves it.

        It is not seen where there is nothing to do.
        """
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        hidden = self.json_lines
        with Progress(*columns, TimeElapsedColumn(), console=self.err, disable=hidden) as bar:
            task = bar.add_task(self.say(key), total=None, visible=False)
            yield lambda done, total: bar.update(
                task, completed=done, total=total, visible=total > 0
            )


def command(function: Callable[P, R]) -> Callable[P, R]:
    """Tell a failure in one sentence and leave with status 1; only its type is logged."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        app = click.get_current_context().find_object(App)
        assert app is not None
        try:
            return function(*args, **kwargs)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except click.Abort:  # a no, Ctrl-C or the end of input at a question
            app.note("aborted")
            sys.exit(1)
        except KeyboardInterrupt:
            app.note("interrupted")
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            # The reader has gone (`| head`): nothing more can be said to it.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except Exception as error:
            # The type only: a message may hold what the user wrote.
            log.error("command failed: error=%s", type(error).__name__)
            app.failed(sentence(error, app))
            sys.exit(1)
        finally:
            app.close()

    return wrapped


def sentence(error: Exception, app: App) -> str:
    """One sentence for the user: what happened, where, what to do."""
    if isinstance(error, Failure):
        return error.sentence(app.language)
    if isinstance(error, OSError) and (error.errno is not None or is_full(error)):
        if not is_full(error) and error.filename is not None:
            return app.say("path_unusable", path=error.filename, reason=reason_of(error))
        return disk_trouble(error, app.settings.home).sentence(app.language)
    if isinstance(error, sqlite3.Error):
        return store_trouble(error, app.settings.database).sentence(app.language)
    if isinstance(error, ValidationError):
        return app.say("unexpected", reason=first_fault(error).message)
    kind = type(error).__name__
    return app.say("unexpected", reason=kind if app.service else f"{kind}: {error}")
