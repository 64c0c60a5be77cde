"""A bolt app in this process on the local Slack, started and, above all, ended quickly."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.socket_mode import SocketModeClient

from .driver import Slack

# How soon a broken socket is noticed (five times this), and no pong within four times this is one
PING_S = 0.25
# slack-sdk's client recurses for each piece it reads: with its own 1,024 bytes a flood of events
# ends in a RecursionError and lost envelopes (seen with 3,000 events, slack-sdk 3.47)
BUFFER_BYTES = 65_536


@contextlib.contextmanager
def socket_mode(slack: Slack, app: App, ping_s: float = PING_S) -> Iterator[SocketModeHandler]:
    """The app on a socket of its own while the block runs."""
    handler = SocketModeHandler(
        app, slack.app_token, ping_interval=ping_s, receive_buffer_size=BUFFER_BYTES
    )
    before = slack.connections
    handler.connect()  # type: ignore[no-untyped-call]
    try:
        slack.wait_connected(before + 1)
        yield handler
    finally:
        assert isinstance(handler.client, SocketModeClient)
        end(slack, handler.client)


def end(slack: Slack, client: SocketModeClient) -> None:
    """Close a client. It waits up to three seconds for something to read; so Slack says
    something until it is done."""
    client.default_auto_reconnect_enabled = client.auto_reconnect_enabled = False
    with client.connect_operation_lock:
        pass  # a socket that is being opened now would be forgotten by close, and stay open
    closing = threading.Thread(target=client.close)
    closing.start()
    while closing.is_alive():
        slack.server.in_loop(slack.server.sockets.nudge())
        closing.join(0.01)
