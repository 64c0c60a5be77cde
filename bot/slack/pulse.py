"""The bot's sign of life: to systemd, to a file, and as figures.

Systemd's watchdog is fed only while the worker and the socket get on: a process that still breathes
but answers nobody is started again. Slack or the disk being away is no reason for that: then both
try again, and say so (/readyz).
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from bot.metrics import heartbeat, systemd
from bot.metrics.collecting import Reading
from bot.metrics.heartbeat import Heartbeat
from bot.metrics.names import (
    OUTBOX,
    OUTBOX_OLDEST,
    SOCKET,
    SOCKET_EVENT_AGE,
    SOCKET_PONG_AGE,
    STALLED,
)
from bot.metrics.readiness import Check, Readiness, database_writable, index_loaded
from bot.metrics.readings import age, looking
from bot.slack.app import Bot
from bot.slack.socket import Socket
from knowledge.messages import Failure

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 5.0
"""Between two looks, or a third of what systemd's watchdog allows where that is less."""

LONGEST_GAP_SECONDS: Final = 60.0
"""Without the socket for so long, the bot is not ready; a reconnection takes a few seconds."""


class Pulse:
    """A thread that looks whether each part gets on. Start it when the bot takes questions.

    Args:
        socket: None over HTTP.
        stalled: by part, whether it makes no progress.
        every: seconds between two looks; what systemd wants when not given.
    """

    def __init__(
        self,
        bot: Bot,
        socket: Socket | None,
        stalled: Mapping[str, Callable[[], bool]],
        every: float | None = None,
    ) -> None:
        self._bot = bot
        self._socket = socket
        self._parts = dict(stalled)
        self._watchdog = systemd.watchdog_seconds()
        self._every = every or min(LOOK_SECONDS, (self._watchdog or LOOK_SECONDS * 3) / 3)
        self._started_at = datetime.now(UTC)
        self._connected = time.monotonic()
        self._written = -heartbeat.SECONDS
        self._said: tuple[str, ...] = ()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def start(self) -> None:
        """Tell systemd that the service is ready, and go on telling that it is alive."""
        systemd.notify(systemd.READY)
        self._thread.start()

    def stop(self) -> None:
        """The service ends in good order."""
        systemd.notify(systemd.STOPPING)
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        heartbeat.remove(self._bot.desk.settings.home)

    def stalled(self) -> tuple[str, ...]:
        """The parts that make no progress."""
        return tuple(name for name, check in self._parts.items() if check())

    def look(self) -> None:
        """One look; feeds the watchdog where every part gets on."""
        stalled = self.stalled()
        if not stalled:
            systemd.notify(systemd.ALIVE)
        elif stalled != self._said:
            log.critical("stalled: parts=%s", "/".join(stalled))
        self._said = stalled
        self._connection()
        if time.monotonic() - self._written >= heartbeat.SECONDS:
            self._written = time.monotonic()
            self._write(stalled)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            except Exception as error:  # a look that breaks feeds no watchdog
                log.error("pulse failed: error=%s", type(error).__name__)
            self._stopping.wait(self._every)

    def _write(self, stalled: tuple[str, ...]) -> None:
        socket = self._socket
        beat = Heartbeat(
            process=os.getpid(),
            version=version("frisksvar"),
            mode="socket" if socket else "http",
            started_at=self._started_at,
            written_at=datetime.now(UTC),
            connected=socket.connected if socket else None,
            last_event_at=socket.last_event_at if socket else None,
            stalled=stalled,
            generation=self._generation(),
        )
        try:
            heartbeat.write(self._bot.desk.settings.home, beat)
        except OSError as error:  # a full disk, say: nothing depends on this file
            log.warning("heartbeat not written: error=%s", type(error).__name__)

    def _generation(self) -> str | None:
        try:
            return self._bot.desk.index.open().generation
        except (Failure, OSError):
            return None

    def _connection(self) -> str | None:
        """None where the socket is open, or was a moment ago."""
        if self._socket is None or self._socket.connected:
            self._connected = time.monotonic()
            return None
        gone = time.monotonic() - self._connected
        return "disconnected" if gone > LONGEST_GAP_SECONDS else None

    def readiness(self) -> Readiness:
        """What is needed to answer: the register, the index, the worker, and Slack's socket."""
        desk = self._bot.desk
        checks: dict[str, Check] = {
            "database": database_writable(desk.settings),
            "index": index_loaded(desk.index),
            "worker": lambda: "stalled" if "worker" in self.stalled() else None,
        }
        if self._socket is not None:
            checks["socket"] = self._connection
        return Readiness(checks)

    def readings(self) -> Iterator[Reading]:
        """The socket, and what makes no progress."""
        stalled = self.stalled()
        for part in self._parts:
            yield STALLED, part in stalled, {"part": part}
        socket = self._socket
        if socket is None:
            return
        yield SOCKET, socket.connected, {}
        yield SOCKET_EVENT_AGE, socket.event_age_seconds, {}
        if (pong := socket.pong_age_seconds) is not None:
            yield SOCKET_PONG_AGE, pong, {}

    def waiting(self) -> Iterator[Reading]:
        """The outbox."""
        with looking(self._bot.desk.settings.database) as connection:
            counts = dict(
                connection.execute(
                    "SELECT state, count(*) FROM slack_posts "
                    "WHERE state IN ('due', 'ready') GROUP BY state"
                ).fetchall()
            )
            # Handovers may wait for days until somebody invites the bot; an answer must not.
            (oldest,) = connection.execute(
                "SELECT min(created_at) FROM slack_posts "
                "WHERE state IN ('due', 'ready') AND key LIKE 'answer:%'"
            ).fetchone()
        for state in OUTBOX.labels["state"]:
            yield OUTBOX, counts.get(state, 0), {"state": state}
        yield OUTBOX_OLDEST, max(0.0, age(oldest)) if oldest else 0, {}
