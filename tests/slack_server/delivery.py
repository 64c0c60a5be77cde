"""How Slack hands things to the app: events until they are acked, interactions once.

The retries are Slack's: at once, after a minute, after five minutes, with the same event_id
(docs.slack.dev/apis/events-api, "Retries"); `Timing` makes them as quick as a test likes.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import random
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from .faults import Faults
from .state import JSON, World

T = TypeVar("T")

EVENT = "events_api"
INTERACTIVE = "interactive"
COMMAND = "slash_commands"


@dataclass(frozen=True)
class Timing:
    """Seconds, as Slack has them."""

    ack_s: float = 3.0
    retry_after_s: tuple[float, ...] = (0.0, 60.0, 300.0)
    trigger_s: float = 3.0
    response_url_s: float = 1800.0
    response_url_uses: int = 5

    @classmethod
    def quick(cls) -> Timing:
        """Retries within a second in all; an ack may take half a second."""
        return cls(ack_s=0.5, retry_after_s=(0.02, 0.1, 0.4))


@dataclass(frozen=True)
class Answer:
    """What the app said: `body` is the payload of the ack, None where there was none."""

    ok: bool
    body: Any = None
    reason: str = ""
    no_retry: bool = False


class Outlet(Protocol):
    async def send(self, kind: str, payload: JSON, attempt: int, reason: str) -> Answer: ...


@dataclass(eq=False)
class Delivery:
    """An event on its way. `sent` are the times (time.perf_counter()) of each attempt."""

    payload: JSON
    acked: bool = False
    given_up: bool = False
    sent: list[float] = field(default_factory=list)
    acked_at: float | None = None

    @property
    def event_id(self) -> str:
        return str(self.payload["event_id"])

    @property
    def event(self) -> JSON:
        event: JSON = self.payload["event"]
        return event


class Deliveries:
    """Sends on the server's event loop; its methods may be called from any thread."""

    def __init__(self, world: World, timing: Timing, faults: Faults) -> None:
        self.timing = timing
        self.outlet: Outlet | None = None
        self.events: list[Delivery] = []
        self._world = world
        self._faults = faults
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._held: list[tuple[Delivery, int]] | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()

    def event(self, payload: JSON, redeliver: int = 0) -> Delivery:
        """Send an event; `redeliver` more copies follow, whatever the app answers."""
        delivery = Delivery(payload)
        with self._world.lock:
            self.events.append(delivery)
            attempts = [(delivery, number) for number in range(redeliver + 1)]
            if self._held is not None:
                self._held += attempts
                return delivery
        self._send_all(attempts)
        return delivery

    def again(self, delivery: Delivery) -> None:
        self._send_all([(delivery, max(1, len(delivery.sent)))])

    def hold(self) -> None:
        """Keep events back until `release`."""
        with self._world.lock:
            self._held = self._held or []

    def release(self, chance: random.Random | None = None) -> None:
        """Send what was kept back, in random order where `chance` is given."""
        with self._world.lock:
            held, self._held = self._held or [], None
        if chance:
            chance.shuffle(held)
        self._send_all(held)

    def ask(
        self, kind: str, payload: JSON, then: Callable[[Answer], T]
    ) -> concurrent.futures.Future[T]:
        """Send an interaction, once; what `then` makes of the answer."""

        async def asked() -> T:
            return then(await self._send(kind, payload, 0, ""))

        result: concurrent.futures.Future[T] = concurrent.futures.Future()

        async def run() -> None:
            try:
                made = await asked()
            except Exception as error:
                result.set_exception(error)
            else:
                result.set_result(made)
            finally:
                self._world.touch()

        self._spawn([run()])
        return result

    def _send_all(self, attempts: list[tuple[Delivery, int]]) -> None:
        self._spawn(
            [
                self._deliver(delivery) if number == 0 else self._attempt(delivery, number)
                for delivery, number in attempts
            ]
        )

    def _spawn(self, work: list[Coroutine[Any, Any, Any]]) -> None:
        def start() -> None:
            for item in work:
                task = asyncio.ensure_future(item)
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

        if self._loop is None:
            raise RuntimeError("the server is not running")
        self._loop.call_soon_threadsafe(start)

    async def _deliver(self, delivery: Delivery) -> None:
        reason = ""
        for attempt, pause_s in enumerate((None, *self.timing.retry_after_s)):
            if pause_s is not None:
                await asyncio.sleep(pause_s)
            answer = await self._attempt(delivery, attempt, reason)
            if answer.ok or answer.no_retry:
                return
            reason = answer.reason
        delivery.given_up = True
        self._world.touch()

    async def _attempt(self, delivery: Delivery, attempt: int, reason: str = "timeout") -> Answer:
        delivery.sent.append(time.perf_counter())
        if self._faults.event_is_lost():
            return Answer(False, reason="timeout")
        answer = await self._send(EVENT, delivery.payload, attempt, reason if attempt else "")
        if answer.ok and self._faults.ack_is_lost():
            return Answer(False, reason="timeout")
        if answer.ok:
            delivery.acked = True
            delivery.acked_at = time.perf_counter()
            self._world.touch()
        return answer

    async def _send(self, kind: str, payload: JSON, attempt: int, reason: str) -> Answer:
        if self.outlet is None or self._faults.away:
            return Answer(False, reason="connection_failed")
        return await self.outlet.send(kind, payload, attempt, reason)
