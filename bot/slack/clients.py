"""Slack's Web API, by workspace, with slack-sdk's retry handlers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from slack_sdk import WebClient
from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryHandler, RetryState
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)

from bot.metrics.collecting import count
from bot.metrics.names import RETRIES

TRIES = 3
TIMEOUT_SECONDS = 15

TokenOf = Callable[[str], str | None]
"""The bot token of a workspace, by Slack's id of it; None where it is not installed (any more)."""


class RateLimited(RateLimitErrorRetryHandler):
    """slack-sdk's own, counted: it waits as long as Slack says, in the thread that called."""

    def prepare_for_next_attempt(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        count(RETRIES, reason="ratelimited")
        super().prepare_for_next_attempt(
            state=state, request=request, response=response, error=error
        )


class NotInstalled(Exception):
    """There is no token for the workspace."""


def repeatable() -> list[RetryHandler]:
    """For calls that do no harm when they are done twice."""
    return [
        ConnectionErrorRetryHandler(max_retry_count=TRIES),
        RateLimited(max_retry_count=TRIES),
        ServerErrorRetryHandler(max_retry_count=TRIES),
    ]


def once() -> list[RetryHandler]:
    """For posting: a 429 was not done, but after an error or a silence nobody knows.

    The outbox (postman.py) then looks whether the message is there before it posts again.
    """
    return [RateLimited(max_retry_count=TRIES)]


class Clients:
    """Web API clients for each workspace. Thread-safe."""

    def __init__(self, base_url: str, token_of: TokenOf) -> None:
        self._token_of = token_of
        make = partial(WebClient, base_url=base_url, timeout=TIMEOUT_SECONDS)
        self._make = make

    def reading(self, team: str) -> WebClient:
        """For calls that may be repeated.

        Raises:
            NotInstalled: there is no token for the workspace.
        """
        return self._make(token=self._token(team), retry_handlers=repeatable())

    def posting(self, team: str) -> WebClient:
        """For calls that must be done once.

        Raises:
            NotInstalled: there is no token for the workspace.
        """
        return self._make(token=self._token(team), retry_handlers=once())

    def _token(self, team: str) -> str:
        token = self._token_of(team)
        if token is None:
            raise NotInstalled(team)
        return token
