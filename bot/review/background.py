"""Work that a button starts and that goes on behind the pages."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from knowledge.messages import Failure, Message

log = logging.getLogger(__name__)


class Progress(Protocol):
    @property
    def running(self) -> bool: ...


Kind = TypeVar("Kind", bound=Progress)


class Background(Generic[Kind]):
    """One piece of work at a time, in a thread of its own, with its progress. Thread-safe."""

    def __init__(self, name: str, idle: Kind) -> None:
        self._name = name
        self._guard = threading.RLock()
        self._progress = idle
        self._thread: threading.Thread | None = None

    @property
    def progress(self) -> Kind:
        return self._progress

    def wait(self, seconds: float = 60.0) -> Kind:
        """Wait until nothing is being done, for at most so long."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return self._progress

    def _begin(self, progress: Kind, work: Callable[[], None]) -> bool:
        """Do the work in the background; False where some is being done already."""
        with self._guard:
            if self._progress.running:
                return False
            self._progress = progress
            self._thread = threading.Thread(target=work, name=self._name, daemon=True)
            self._thread.start()
        return True

    def _trouble(self, error: Exception) -> Message:
        """What is told of an error that ended the work, which is logged without its text."""
        if isinstance(error, Failure):
            log.error("background work failed: name=%s error=%s", self._name, error.key)
            return error.message
        log.error("background work failed: name=%s error=%s", self._name, type(error).__name__)
        return Message("unexpected", {"reason": type(error).__name__})
