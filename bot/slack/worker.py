"""Works off the outbox: makes the content of what is due, and has it posted."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from bot.metrics.collecting import count
from bot.metrics.names import RETRIES
from bot.slack.postman import Postman
from bot.slack.posts import Post, Posts, label
from bot.slack.progress import Progress

log = logging.getLogger(__name__)

THREADS = 6
"""Most of the time of a post is spent waiting for Slack."""

SWEEP_SECONDS = 1.0
BROKEN_WAIT = timedelta(seconds=10)

SWEEP_STALL_SECONDS = 60.0
"""A sweep reads a few rows; a lock on the register is waited for ten seconds at most."""

WORK_STALL_SECONDS = 300.0
"""One message at work for so long is stuck: four calls of 15 seconds, each waiting for Slack's
Retry-After in between, are done before."""


class Worker:
    """Takes each row of the outbox once at a time; one process works on one outbox.

    `compose` is given each row whose content is due, and must make it ready or failed.
    """

    def __init__(self, posts: Posts, postman: Postman) -> None:
        self._posts = posts
        self._postman = postman
        self.compose: Callable[[Post], None] = lambda post: None
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="outbox")
        self._guard = threading.Lock()
        self._at_work: set[str] = set()
        self._untried: set[str] = set()
        self._stopping = threading.Event()
        self._sweeps = Progress()
        self._work_done = Progress()
        self._sweeper = threading.Thread(target=self._sweep, name="outbox-sweeper", daemon=True)

    def start(self) -> None:
        """Take up what an earlier process left, and whatever comes."""
        self._sweeper.start()

    def stop(self) -> None:
        """Finish what is at work; the rest stays in the outbox."""
        with self._guard:  # nothing is handed to a pool that is shut down
            self._stopping.set()
        if self._sweeper.is_alive():
            self._sweeper.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    @property
    def stalled(self) -> bool:
        """Whether nothing is taken from the outbox any more, or a message is stuck at work."""
        return (
            self._sweeps.idle_seconds > SWEEP_STALL_SECONDS
            or self._work_done.longest_seconds > WORK_STALL_SECONDS
        )

    def poke(self, key: str) -> None:
        """A row was just written."""
        self._submit(key, untried=True)

    def _submit(self, key: str, *, untried: bool = False) -> None:
        with self._guard:
            if self._stopping.is_set() or key in self._at_work:
                return
            self._at_work.add(key)
            if untried:
                self._untried.add(key)
            self._pool.submit(self._work, key)

    def _work(self, key: str) -> None:
        with self._work_done.at_work():
            self._try(key)

    def _try(self, key: str) -> None:
        try:
            post = self._posts.get(key)
            if post is not None and post.state == "due":
                self.compose(post)
                post = self._posts.get(key)
            if post is not None and post.state == "ready":
                with self._guard:
                    fresh = key in self._untried and post.tries == 0
                    self._untried.discard(key)
                self._postman.send(post, fresh=fresh)
        except Exception as error:  # the next sweep tries again; the type only is logged
            log.error("outbox: post=%s error=%s", label(key), type(error).__name__)
            count(RETRIES, reason="broken")
            self._wait(key, type(error).__name__)
        finally:
            with self._guard:
                self._at_work.discard(key)
                self._untried.discard(key)

    def _wait(self, key: str, error: str) -> None:
        try:
            self._posts.later(key, error, BROKEN_WAIT)
        except Exception as failure:  # a full disk, say: the row stays as it is
            log.error("outbox: post=%s error=%s", label(key), type(failure).__name__)

    def _sweep(self) -> None:
        while not self._stopping.is_set():
            try:
                for key in self._posts.waiting():
                    self._submit(key)
            except Exception as error:
                log.error("outbox: error=%s", type(error).__name__)
            self._sweeps.step()  # one that fails was made: the next may go well
            self._stopping.wait(SWEEP_SECONDS)
