"""Socket Mode: WebSockets that the app opens, envelopes down, acks up.

docs.slack.dev/apis/events-api/using-socket-mode: several connections share the events at random,
at most ten of them; an address from apps.connections.open opens one connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from dataclasses import dataclass, field
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from .delivery import EVENT, Answer
from .state import JSON, World

MOST_CONNECTIONS: Final = 10
TICKET_S: Final = 30.0


@dataclass(eq=False)
class Connection:
    socket: WebSocket
    number: int
    leaving: bool = False
    pending: dict[str, asyncio.Future[Answer]] = field(default_factory=dict)

    async def send(self, message: JSON) -> None:
        await self.socket.send_text(json.dumps(message, ensure_ascii=False))


class Sockets:
    """The open connections; everything but `tickets` is for the server's event loop alone."""

    def __init__(self, world: World, ack_s: float) -> None:
        self.connections: list[Connection] = []
        self.opened = 0
        self.late_acks = 0
        self._world = world
        self._ack_s = ack_s
        self._tickets: dict[str, float] = {}

    def ticket(self) -> str:
        name = uuid.uuid4().hex
        self._tickets[name] = self._world.now() + TICKET_S
        return name

    async def endpoint(self, socket: WebSocket) -> None:
        until = self._tickets.pop(socket.query_params.get("ticket", ""), 0.0)
        if until < self._world.now():
            await socket.close(4001)
            return
        await socket.accept()
        connection = Connection(socket, self.opened)
        if len(self.connections) >= MOST_CONNECTIONS:
            await connection.send(_goodbye("too_many_websockets"))
            await socket.close()
            return
        self.opened += 1
        await connection.send(self._hello())
        self.connections.append(connection)
        self._world.touch()
        try:
            while True:
                self._acked(connection, await socket.receive_text())
        except WebSocketDisconnect:
            pass
        finally:
            self._gone(connection)

    async def send(self, kind: str, payload: JSON, attempt: int, reason: str) -> Answer:
        usable = [connection for connection in self.connections if not connection.leaving]
        if not usable:
            return Answer(False, reason="no_connection")
        connection = self._world.random.choice(usable)
        envelope = str(uuid.uuid4())
        acked: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        connection.pending[envelope] = acked
        message = {
            "envelope_id": envelope,
            "payload": payload,
            "type": kind,
            "accepts_response_payload": kind != EVENT,
        }
        if kind == EVENT:
            message |= {"retry_attempt": attempt, "retry_reason": reason}
        try:
            await connection.send(message)
            return await asyncio.wait_for(acked, self._ack_s)
        except TimeoutError:
            return Answer(False, reason="timeout")
        except (RuntimeError, WebSocketDisconnect):  # it closed while we were sending
            return Answer(False, reason="connection_failed")
        finally:
            connection.pending.pop(envelope, None)

    async def disconnect(self, reason: str) -> None:
        """Say goodbye on every connection and, but for a warning, close it."""
        for connection in list(self.connections):
            connection.leaving = reason != "warning"
            await connection.send(_goodbye(reason))
            if connection.leaving:
                await connection.socket.close()

    async def nudge(self) -> None:
        """Something to read on every connection that means nothing."""
        for connection in list(self.connections):
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await connection.send(self._hello())

    def _hello(self) -> JSON:
        return {
            "type": "hello",
            "num_connections": len(self.connections) + 1,
            "debug_info": {
                "host": "applink-local",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": self._world.app.app_id},
        }

    def _acked(self, connection: Connection, text: str) -> None:
        try:
            said = json.loads(text)
        except ValueError:  # a textual ping
            return
        acked = connection.pending.pop(str(said.get("envelope_id")), None)
        if acked is None:
            self.late_acks += 1
        elif not acked.done():
            acked.set_result(Answer(True, said.get("payload")))

    def _gone(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        for acked in connection.pending.values():
            if not acked.done():
                acked.set_result(Answer(False, reason="timeout"))
        self._world.touch()


def _goodbye(reason: str) -> JSON:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-local"}}
