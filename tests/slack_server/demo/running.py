"""The local Slack and the bot together, until Ctrl-C."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from filelock import FileLock, Timeout

from bot.slack.manifest import manifest, scopes
from indexer.generations.manifest import IndexUnusable
from indexer.index import Index, is_behind
from indexer.library.catalogue import Catalogue
from indexer.library.shelf import Shelf
from knowledge.messages import Failure
from knowledge.settings import Settings
from knowledge.store import Store

from ..driver import Slack
from ..state import SlackApp
from .page import Page
from .seed import Cast, register_centres, seed

TEAM: Final = "frisksvar-demo"
LOOK_S: Final = 0.2
STOP_S: Final = 20.0
"""The bot finishes what it is at work with."""

COLOUR: Final = "\033[1m{}\033[0m"


class CannotRun(Exception):
    """One sentence for who started it."""


def demo_home(home: Path) -> Path:
    """Its own home within `home`, so that a demonstration's questions land in no real register."""
    return home / "demo"


@contextmanager
def prepared(home: Path) -> Iterator[Settings]:
    """A home for one demonstration: an empty register, and the index of the last one.

    Raises:
        CannotRun: another demonstration uses it, or it cannot be written.
    """
    lock = FileLock(home / "demo.lock")
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise CannotRun(
            f"En annen demo kjører alt med {home}: stopp den først, eller velg --home."
        ) from error
    except OSError as error:
        raise CannotRun(
            f"Mappen {home} kan ikke brukes ({error.strerror}): velg en annen med --home."
        ) from error
    try:
        settings = Settings(home=home)
        for suffix in ("", "-wal", "-shm"):
            settings.database.with_name(settings.database.name + suffix).unlink(missing_ok=True)
        _forget_unusable_index(settings)
        yield settings
    finally:
        lock.release()


def _forget_unusable_index(settings: Settings) -> None:
    """An index by an older version, or of older digests, is built anew by the bot, which says how
    far it is. Other troubles are the bot's to tell."""
    store = Store(settings.database)
    try:
        Index(settings).open()
        usable = not is_behind(settings, Catalogue(store, Shelf(settings.library)))
    except IndexUnusable:
        usable = False
    except Failure:
        return
    finally:
        store.close()
    if not usable:
        shutil.rmtree(settings.index, ignore_errors=True)


@contextmanager
def workspace(port: int) -> Iterator[tuple[Slack, Cast, Page]]:
    """The local Slack with people, channels and the page.

    Raises:
        CannotRun: the port is taken.
    """
    page = Page()
    try:
        slack = Slack(app=_app(), routes=page.routes, port=port, team=TEAM)
    except OSError as error:
        raise CannotRun(
            f"Port {port} kan ikke brukes ({error.strerror}): velg en annen med --port."
        ) from error
    with slack:
        slack.team.scopes = set(scopes())
        cast = seed(slack)
        page.show(slack, cast)
        yield slack, cast, page


def _app() -> SlackApp:
    """The app as its manifest makes it, with the events that it subscribes to and no others."""
    subscribed = manifest()["settings"]["event_subscriptions"]["bot_events"]
    return SlackApp(events=frozenset(subscribed))


def environment(slack: Slack, home: Path) -> dict[str, str]:
    """What `frisksvar bot` is started with: nothing of a real app's tokens goes along."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SLACK_", "FRISKSVAR_SLACK_")) and name != "FRISKSVAR_SECRET"
    }
    return inherited | {
        "FRISKSVAR_HOME": str(home),
        "FRISKSVAR_SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
    }


def run(home: Path, port: int, *, with_bot: bool = True) -> int:
    """Run until Ctrl-C; the exit status."""
    _stop_as_at_ctrl_c()
    os.umask(0o077)  # what is typed is for who started it
    with prepared(demo_home(home)) as settings, workspace(port) as (slack, cast, _):
        register_centres(cast, settings)
        bot = _bot(slack, settings.home) if with_bot else None
        try:
            if bot:
                _until_connected(slack, bot)
            address = COLOUR.format(f"{slack.url}/") if sys.stdout.isatty() else f"{slack.url}/"
            print(f"Åpne {address} i nettleseren. Ctrl-C stopper.", flush=True)
            while bot is None or bot.poll() is None:
                time.sleep(LOOK_S)
            return _ended(bot)
        except KeyboardInterrupt:
            return 0
        finally:
            if bot:
                _stop(bot)


def _bot(slack: Slack, home: Path) -> subprocess.Popen[bytes]:
    frisksvar = Path(sys.executable).with_name("frisksvar")
    return subprocess.Popen([str(frisksvar), "bot"], env=environment(slack, home))


def _until_connected(slack: Slack, bot: subprocess.Popen[bytes]) -> None:
    """The first time, an index is built; an end of the bot is left to who waits for it."""
    while not slack.connections and bot.poll() is None:
        time.sleep(LOOK_S)


def _ended(bot: subprocess.Popen[bytes]) -> int:
    print(f"Boten stoppet av seg selv (status {bot.returncode}).", file=sys.stderr)
    return bot.returncode or 1


def _stop(bot: subprocess.Popen[bytes]) -> None:
    if bot.poll() is None:
        bot.terminate()
    try:
        bot.wait(STOP_S)
    except subprocess.TimeoutExpired:
        bot.kill()
        bot.wait()


def _stop_as_at_ctrl_c() -> None:
    """Also when the terminal is closed or a supervisor stops us: the bot must not stay behind."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, interrupt)
