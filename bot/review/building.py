"""Renewing the index from the pages: in the background, one build at a time, with progress."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from indexer import reuse
from indexer.generations.build import BuildRefused, Built
from indexer.index import bundled_wanted, prune, rebuild, wanted_documents
from indexer.library.catalogue import Catalogue
from indexer.library.shelf import Shelf
from knowledge.messages import Failure, Message
from knowledge.register.approvals import Approvals
from knowledge.settings import Settings
from knowledge.store import Store

log = logging.getLogger(__name__)

OTHERS_BUILD_SECONDS: Final = 600.0
"""How long to wait for a build of another process, such as `frisksvar index`."""

LOOK_AGAIN_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Progress:
    """How far a build has come: passages embedded, of how many. `trouble` says what went wrong."""

    running: bool = False
    done: int = 0
    total: int = 0
    ended_at: datetime | None = None
    built: Built | None = None
    trouble: Message | None = None


class Building:
    """Builds the index of one home. Thread-safe.

    What is asked for while a build is running is built right after it: a build takes in whatever is
    in the library when it begins.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._progress = Progress()
        self._wanted = False
        self._thread: threading.Thread | None = None

    @property
    def progress(self) -> Progress:
        return self._progress

    def start(self, settings: Settings, store: Store) -> bool:
        """Renew the index in the background; False where that was going on (and is done again)."""
        with self._guard:
            self._wanted = True
            if self._progress.running:
                return False
            self._progress = Progress(running=True)
            self._thread = threading.Thread(
                target=self._run, args=(settings, store), name="building", daemon=True
            )
            self._thread.start()
        return True

    def wait(self, seconds: float = 60.0) -> Progress:
        """Wait until nothing is being built, for at most so long."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return self._progress

    def _run(self, settings: Settings, store: Store) -> None:
        while True:
            with self._guard:
                self._wanted = False
            built, trouble = self._build(settings, store)
            with self._guard:
                if self._wanted and trouble is None:
                    continue
                self._progress = replace(
                    self._progress,
                    running=False,
                    ended_at=datetime.now(UTC),
                    built=built,
                    trouble=trouble,
                )
                return

    def _build(self, settings: Settings, store: Store) -> tuple[Built | None, Message | None]:
        try:
            return self._built(settings, store), None
        except Failure as failure:
            log.error("build failed: error=%s", failure.key)
            return None, failure.message
        except Exception as error:
            log.error("build failed: error=%s", type(error).__name__)
            return None, Message("unexpected", {"reason": type(error).__name__})

    def _built(self, settings: Settings, store: Store) -> Built:
        catalogue = Catalogue(store, Shelf(settings.library))
        approvals = Approvals(store)
        reuse.clear(catalogue, approvals)
        reuse.file_waiting(catalogue, approvals)
        until = time.monotonic() + OTHERS_BUILD_SECONDS
        bundled = bundled_wanted(settings)
        while True:
            documents = wanted_documents(catalogue, bundled=bundled)
            try:
                built = rebuild(settings, documents, bundled=bundled, progress=self._at)
            except BuildRefused as refused:
                if refused.key != "build_running" or time.monotonic() > until:
                    raise
                time.sleep(LOOK_AGAIN_SECONDS)
                continue
            prune(settings, catalogue)
            return built

    def _at(self, done: int, total: int) -> None:
        with self._guard:
            self._progress = replace(self._progress, done=done, total=total)
