"""Calls to Slack that may fail without harm: the error's code is logged, and life goes on."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from http.client import HTTPException
from typing import Any, Final

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

log = logging.getLogger(__name__)

HASTY_SECONDS: Final = 2
"""For a call that is made before Slack is answered, which it wants within three seconds."""

NOT_IN_CHANNEL: Final = frozenset({"not_in_channel", "channel_not_found"})
"""The second one for a private channel that nobody invited the bot to."""

_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,30}")


def quietly(call: Callable[..., SlackResponse], **arguments: Any) -> SlackResponse | None:
    """The answer to a call; None where it failed."""
    name = getattr(call, "__name__", "call")
    try:
        return call(**arguments)
    except SlackApiError as error:
        log.warning("call failed: call=%s error=%s", name, error.response.get("error"))
    except (SlackClientError, OSError, HTTPException) as error:
        log.warning("call failed: call=%s error=%s", name, type(error).__name__)
    return None


def hasty(client: WebClient) -> WebClient:
    """The same client, for one short try."""
    return WebClient(
        token=client.token,
        base_url=client.base_url,
        timeout=HASTY_SECONDS,
        ssl=client.ssl,
        proxy=client.proxy,
        retry_handlers=[],
    )


def is_admin(client: WebClient, user: str) -> bool:
    """Whether somebody administers the workspace; no where Slack does not tell."""
    response = quietly(hasty(client).users_info, user=user)
    found = (response.get("user") if response is not None else None) or {}
    return bool(found.get("is_admin") or found.get("is_owner"))


def is_in_channel(client: WebClient, channel: str) -> bool:
    """Whether the bot is in a channel; yes where Slack does not tell (no scope, it is away).

    Asked by reading the history, of which nothing is kept: conversations.info would want scopes
    (channels:read, groups:read) that nothing else needs.
    """
    try:
        hasty(client).conversations_history(channel=channel, limit=1)
    except SlackApiError as error:
        code = error.response.get("error")
        log.warning("call failed: call=conversations_history error=%s", code)
        return code not in NOT_IN_CHANNEL
    except (SlackClientError, OSError, HTTPException) as error:
        log.warning("call failed: call=conversations_history error=%s", type(error).__name__)
    return True


def channel_id(value: str | None) -> str | None:
    """`value` where it is an id of a channel."""
    return value if value and _CHANNEL.fullmatch(value) else None
