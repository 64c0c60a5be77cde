"""The socket to Slack, with what an operator wants to know of it."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Final

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.socket_mode.internals import run_bolt_app, send_response
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.metrics.collecting import count
from bot.metrics.names import REQUESTS
from bot.slack.progress import Progress

RECEIVE_BYTES: Final = 65_536
"""slack-sdk's client calls itself for each piece it reads: with its own 1,024 bytes a flood of
events ends in a RecursionError (3,000 at once lost 548; none with this)."""

GRACE_SECONDS: Final = 10

QUIET_SECONDS: Final = 180.0
"""Without a pong, a message or a try to connect: the client pings each 10 seconds, gives a
connection up after four of them, and a try takes a minute at most (15 seconds, four times)."""

STUCK_SECONDS: Final = 300.0
"""One request at work for so long is stuck: Slack wants its answer within three seconds."""

PING_SECONDS: Final = 10.0
"""Between two pings, as Bolt has it."""

MISSED_PONGS: Final = 2.5
"""Pings without an answer after which the connection counts as gone. The client itself finds that
out after four, and until then takes a cut connection for an open one."""

HTTP_OK: Final = 200


class Socket(SocketModeHandler):
    """Socket Mode that notes when it last heard from Slack. Its thread-safety is the client's."""

    def __init__(self, app: App, app_token: str, ping_seconds: float = PING_SECONDS) -> None:
        super().__init__(
            app, app_token, ping_interval=ping_seconds, receive_buffer_size=RECEIVE_BYTES
        )
        self._gone_seconds = ping_seconds * MISSED_PONGS
        self.requests = Progress()
        self.last_event_at: datetime | None = None
        self._started = self._heard = self._tried = time.monotonic()
        self.client.on_message_listeners.append(self._message)
        opening = self.client.issue_new_wss_url

        def issue_new_wss_url() -> str:
            self._tried = time.monotonic()
            return opening()

        # Each connection begins by asking for an address: that is how a try is seen.
        self.client.issue_new_wss_url = issue_new_wss_url  # type: ignore[method-assign]

    def _message(self, message: str) -> None:
        self._heard = time.monotonic()
        self.last_event_at = datetime.now(UTC)

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        """As Bolt's own, and counted."""
        with self.requests.at_work():
            start = time.time()
            response = run_bolt_app(self.app, req)
            well = response.status == HTTP_OK
            count(REQUESTS, result="acknowledged" if well else "refused")
            send_response(client, req, response, start)

    @property
    def connected(self) -> bool:
        """Whether the connection is open and Slack answers on it."""
        session = self.client.current_session
        if (
            session is None
            or not session.is_active()
            or session.consecutive_check_state_error_count
        ):
            return False
        pong = self.pong_age_seconds
        return pong is None or pong < self._gone_seconds

    @property
    def event_age_seconds(self) -> float:
        """Since Slack last sent a message of any kind; since the start where it has not."""
        return time.monotonic() - self._heard

    @property
    def pong_age_seconds(self) -> float | None:
        """Since Slack answered a ping on this connection; None before the first."""
        session = self.client.current_session
        at = session.last_ping_pong_time if session is not None else None
        return max(0.0, time.time() - at) if at is not None else None

    @property
    def stalled(self) -> bool:
        """Whether it neither hears from Slack nor tries to, or a request is stuck.

        Slack being away is no stall: then the client tries again and again.
        """
        client = self.client
        alive = client.message_processor.is_alive() and client.current_app_monitor.is_alive()
        pong = self.pong_age_seconds
        silent = min(
            self.event_age_seconds,
            time.monotonic() - self._tried,
            pong if pong is not None else QUIET_SECONDS,
        )
        stuck = self.requests.longest_seconds > STUCK_SECONDS
        return not alive or silent >= QUIET_SECONDS or stuck

    def end(self) -> None:
        """Begin nothing more, write down and acknowledge what was received, and disconnect.

        The client's own close() shuts the connection first: what is at work then fails to
        acknowledge, each with a traceback in the log. What is not done after GRACE_SECONDS is left
        unacknowledged, so that Slack sends it to the next process.
        """
        client = self.client
        client.auto_reconnect_enabled = False
        client.closed = True  # its loop over the received messages ends
        client.message_processor.shutdown()  # type: ignore[no-untyped-call]
        pool = client.message_workers
        finishing = threading.Thread(target=pool.shutdown, name="finishing", daemon=True)
        finishing.start()
        finishing.join(GRACE_SECONDS)
        pool.shutdown(wait=True, cancel_futures=True)
        client.current_app_monitor.event.set()  # it finds nothing stale any more
        try:
            client.close()
        except AttributeError:
            # Another thread of the client closed the connection in the same moment, which
            # Connection.disconnect (slack-sdk 3.43) does not bear; now it is closed.
            client.close()
