"""What has to happen without anybody doing anything: reminders, and what waited for Slack."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from bot.slack.centres.annual_reminders import remind_of_forms
from bot.slack.centres.replies import tell_undelivered
from bot.slack.centres.sending import remind, send_unsent
from bot.slack.centres.showing import redraw
from bot.slack.desk import Desk

log = logging.getLogger(__name__)

SECONDS: Final = 30.0
"""Between two looks: short beside a working day, long beside the calls to Slack that one takes."""


class Clock:
    """A thread that looks at the open handovers and annual forms now and then.

    Args:
        annual_reminders: whether the centres are reminded of their annual form.
        review_url: the address of the review pages, for a link to it.
        seconds: between two looks.
        now: the time, aware.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        annual_reminders: bool = False,
        review_url: str | None = None,
        seconds: float = SECONDS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._desk = desk
        self._annual_reminders = annual_reminders
        self._review_url = review_url
        self._seconds = seconds
        self._now = now
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)

    def start(self) -> None:
        """Look at once, for what an earlier process left, and then now and then."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is at work."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def tick(self) -> None:
        """One look. What fails is tried again at the next, and keeps nothing else waiting."""
        for work in (redraw, send_unsent, tell_undelivered, self._remind, self._forms):
            try:
                work(self._desk)
            except Exception as error:  # the type only is logged
                log.error("clock: error=%s", type(error).__name__)

    def _remind(self, desk: Desk) -> None:
        remind(desk, self._now())

    def _forms(self, desk: Desk) -> None:
        if self._annual_reminders:
            remind_of_forms(desk, self._now(), self._review_url)

    def _run(self) -> None:
        while True:
            self.tick()
            if self._stopping.wait(self._seconds):
                return
