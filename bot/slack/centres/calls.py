"""Calls to Slack that may fail without anybody being told, and work that waits for a commit."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.slack.centres.papers import Papers
from bot.slack.clients import NotInstalled
from bot.slack.desk import Desk

log = logging.getLogger(__name__)

NOT_REACHED = "not_reached"
"""In place of Slack's error code when Slack did not answer."""

_background = ThreadPoolExecutor(1, thread_name_prefix="centres")


def attempt(what: str, call: Callable[[], Any]) -> tuple[Any, str | None]:
    """What a call to Slack gave, or None and an error code; never raises for Slack's sake."""
    try:
        return call(), None
    except SlackApiError as error:
        code = str(error.response.get("error"))
    except NotInstalled:
        code = "not_installed"
    except (SlackClientError, OSError, HTTPException) as error:
        log.warning("call failed: call=%s error=%s", what, type(error).__name__)
        return None, NOT_REACHED
    log.warning("call failed: call=%s error=%s", what, code)
    return None, code


def after_commit(desk: Papers, work: Callable[[Desk], None]) -> None:
    """Do it now in the background; within a transaction, once that is committed or rolled back.

    For what is found in the register again if this process ends before it is done, or has no Slack.
    """
    if isinstance(desk, Desk):
        _background.submit(_guarded, desk, work)


def poke(desk: Papers, *keys: str) -> None:
    """Tell the worker of rows just written, when it can see them."""
    if not desk.store.database.conn.in_transaction:
        _poke(desk, keys)
    elif keys:
        after_commit(desk, lambda desk: _poke(desk, keys))


def _poke(desk: Papers, keys: tuple[str, ...]) -> None:
    for key in keys:
        desk.poke(key)


def _guarded(desk: Desk, work: Callable[[Desk], None]) -> None:
    try:
        with desk.store.write():
            pass  # the write lock is had when the transaction that asked for this has ended
        work(desk)
    except Exception as error:  # the clock finds it again; the type only is logged
        log.error("centres: error=%s", type(error).__name__)
