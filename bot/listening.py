"""An address that a service of ours takes requests on."""

from __future__ import annotations

import socket
from typing import Final

from knowledge.messages import Failure
from knowledge.system_errors import reason_of

BACKLOG: Final = 2048
"""Connections that wait to be taken, as uvicorn has it; the kernel's own bound is lower."""


def listening(host: str, port: int, refused: str) -> socket.socket:
    """A socket that takes connections; close it.

    Args:
        port: 0 takes a free one.
        refused: key of the message where the address cannot be used, with host, port and reason.

    Raises:
        Failure: the address cannot be used.
    """
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(BACKLOG)
    except OSError as error:
        made.close()
        raise Failure(refused, host=host, port=port, reason=reason_of(error)) from error
    return made
