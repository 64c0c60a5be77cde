"""Renewing the index from the pages: in the background, one build at a time, with progress."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from bot.review.background import Background
from indexer import reuse
from indexer.generations.build import BuildRefused, Built
from indexer.index import bundled_wanted, prune, rebuild, wanted_documents
from indexer.library.catalogue import Catalogue
from indexer.library.shelf import Shelf
from knowledge.messages import Message
from knowledge.register.approvals import Approvals
from knowledge.settings import Settings
from knowledge.store import Store

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


class Building(Background[Progress]):
    """Builds the index of one home. Thread-safe.

    What is asked for while a build is running is built right after it: a build takes in whatever is
    in the library when it begins.
    """

    def __init__(self) -> None:
        super().__init__("building", Progress())
        self._wanted = False

    def start(self, settings: Settings, store: Store) -> bool:
        """Renew the index in the background; False where that was going on (and is done again)."""
        with self._guard:
            self._wanted = True
            return self._begin(Progress(running=True), partial(self._run, settings, store))

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
        except Exception as error:
            return None, self._trouble(error)

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
