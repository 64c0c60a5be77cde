"""What happens when a listener fails: the kind of error is logged, and who waits is told."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_bolt import BoltResponse
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient

from bot.slack.blocks.pieces import notice
from bot.slack.blocks.told import told_modal
from bot.slack.desk import Desk
from bot.slack.listeners.answers import person_of
from bot.slack.quietly import HASTY_SECONDS, hasty, quietly
from knowledge.messages import Language

log = logging.getLogger(__name__)

Body = dict[str, Any]

OF_THE_NET = (URLError, ConnectionError, TimeoutError)
"""Kinds of OSError that come from talking to Slack, after everything was written."""


ACK_SEEN_SECONDS = 0.2
"""Bolt looks for an ack every 10 ms, and forgets one when its listener has failed and this is done
(slack_bolt 1.x, ThreadListenerRunner): on a full disk that takes less, and Slack hears nothing."""


def error_handler(desk: Desk) -> Callable[..., BoltResponse | None]:
    """For `App.error`.

    Where the register could not be written (a full disk, say), a command, a button or a form is
    acknowledged with one sentence, also on App Home: without that Slack tells of a timeout, or
    nothing. An event is not acknowledged, so that Slack sends it again.
    """

    def failed(
        error: Exception, body: Body, client: WebClient, response: BoltResponse | None
    ) -> BoltResponse | None:
        # A message may hold what somebody wrote: the type alone is logged.
        log.error("listener failed: type=%s error=%s", body.get("type"), type(error).__name__)
        if response is None:  # it was acknowledged before
            time.sleep(ACK_SEEN_SECONDS)
        unwritten = isinstance(error, sqlite3.Error | OSError) and not isinstance(error, OF_THE_NET)
        if not unwritten:
            return None
        if body.get("type") == "view_submission":
            title, language = "slack_try_again_title", _language(desk, body)
            view = told_modal(notice("slack_try_again", language), title, language)
            # On top of the form, which keeps what was filled in.
            made = BoltResponse(status=200, body={"response_action": "push", "view": view})
        elif body.get("response_url"):
            _tell(str(body["response_url"]), _language(desk, body))
            made = BoltResponse(status=200, body="")
        elif body.get("trigger_id"):
            _show(client, body, _language(desk, body))
            made = BoltResponse(status=200, body="")
        else:
            return None
        return made if response is not None else None  # None: it was acknowledged before

    return failed


def _show(client: WebClient, body: Body, language: Language) -> None:
    """Tell who pressed a button on App Home, which has no address to answer to.

    In a modal; where that comes too late (a trigger lives three seconds, a lock is waited for ten),
    in a direct message. Not through the outbox, which could not be written either.
    """
    said, quick = notice("slack_try_again", language), hasty(client)
    view = told_modal(said, "slack_try_again_title", language)
    if quietly(quick.views_open, trigger_id=body["trigger_id"], view=view) is None:
        user = body["user"]["id"]
        quietly(quick.chat_postMessage, channel=user, text=said.text, blocks=said.blocks)


def _language(desk: Desk, body: Body) -> Language:
    try:
        if body.get("command"):
            return desk.language(str(body["team_id"]), str(body["user_id"]))
        return desk.language(*person_of(body))
    except (sqlite3.Error, OSError):
        return "nb"


def _tell(url: str, language: Language) -> None:
    said = notice("slack_try_again", language)
    try:
        WebhookClient(url, timeout=HASTY_SECONDS).send(
            text=said.text,
            blocks=said.blocks,
            response_type="ephemeral",
            replace_original=False,
        )
    except (SlackClientError, OSError, HTTPException) as error:
        log.warning("not told: error=%s", type(error).__name__)
