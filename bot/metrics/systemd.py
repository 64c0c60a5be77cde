"""Telling systemd how the service is: sd_notify(3), for units with Type=notify.

One datagram to a Unix socket whose address systemd puts into the environment: it is systemd's
protocol and no setting of ours, so this module reads it there itself.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from typing import Final

ADDRESS: Final = "NOTIFY_SOCKET"
WATCHDOG: Final = "WATCHDOG_USEC"
WATCHDOG_PROCESS: Final = "WATCHDOG_PID"

READY: Final = "READY=1"
ALIVE: Final = "WATCHDOG=1"
STOPPING: Final = "STOPPING=1"


def notify(*states: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send states, such as `READY` or "STATUS=…".

    Returns:
        False where nobody asked for it, or it could not be sent: a service works on without.
    """
    address = environment.get(ADDRESS, "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):  # Linux's abstract namespace
        address = f"\0{address[1:]}"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.sendto("\n".join(states).encode(), address)
    except OSError:
        return False
    return True


def watchdog_seconds(environment: Mapping[str, str] = os.environ) -> float | None:
    """How often systemd wants a sign of life (WatchdogSec=); None where it does not."""
    given = environment.get(WATCHDOG, "")
    process = environment.get(WATCHDOG_PROCESS, "")
    if not given.isdecimal() or int(given) == 0 or process not in ("", str(os.getpid())):
        return None
    return int(given) / 1_000_000
