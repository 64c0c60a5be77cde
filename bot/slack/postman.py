"""Posting what is in the outbox, once, whatever Slack and the network do."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPException
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookClient

from bot.slack import counted, ids
from bot.slack.blocks import Rendered
from bot.slack.clients import TIMEOUT_SECONDS, Clients, NotInstalled, once
from bot.slack.posts import Post, Posts

log = logging.getLogger(__name__)

TOO_MUCH = {"invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long"}
"""Slack refuses the blocks: the plain text is posted in their place."""

NOT_THERE = {
    "not_in_channel",
    "channel_not_found",
    "is_archived",
    "user_not_in_channel",
    "restricted_action",
    "restricted_action_thread_locked",
    "restricted_action_read_only_channel",
    "no_permission",
    "expired_url",
    "used_url",
}
"""The bot may not write there: the asker gets a direct message."""

GONE = {"thread_not_found", "message_not_found", "cannot_reply_to_message", "user_not_found"}
"""What it belongs to was deleted."""

MISCONFIGURED = {
    "invalid_auth",
    "not_authed",
    "token_revoked",
    "token_expired",
    "account_inactive",
    "missing_scope",
    "not_installed",
}
"""Somebody has to mend the installation; what waits is posted then."""

UNREACHABLE = (URLError, OSError, HTTPException)
LONGEST_WAIT = timedelta(minutes=1)
MOST_TRIES = 40
"""Of an error that is not known to pass, some half an hour."""

TRIES_FOR_AN_INVITATION = 20
"""A minute apart: then whoever wrote it is told that it did not arrive."""

KEPT_FOR_AN_INVITATION = {"handover", "welcome"}
"""These wait until somebody invites the bot to the centre's channel."""

LONGEST_MISCONFIGURED = timedelta(days=7)
"""What a workspace without the app has waiting is given up, and its content forgotten."""

CLOCKS_DIFFER_SECONDS = 300.0
"""Slack's clock and ours."""


class Postman:
    """Thread-safe.

    Args:
        first_wait: before the second try; doubled for each try after it.
    """

    def __init__(
        self, clients: Clients, posts: Posts, first_wait: timedelta = timedelta(seconds=1)
    ) -> None:
        self._clients = clients
        self._posts = posts
        self._first_wait = first_wait

    def send(self, post: Post, *, fresh: bool) -> None:
        """Post a message that is ready, and mark it as posted, or for another try.

        Args:
            fresh: it was never tried, so that it cannot be there already.
        """
        try:
            self._try(post, fresh)
        except SlackApiError as error:  # while opening a direct message
            self._later(post, str(error.response.get("error")), "server_error")

    def _try(self, post: Post, fresh: bool) -> None:
        try:
            self._send(post, fresh)
        except SlackApiError as error:
            self._refused(post, str(error.response.get("error")), error)
        except NotInstalled:
            self._refused(post, "not_installed", None)
        except UNREACHABLE as error:
            self._later(post, type(error).__name__, "unreachable")

    def _send(self, post: Post, fresh: bool) -> None:
        assert post.payload is not None
        if post.way in ("response", "share"):
            self._respond(post, post.payload)
            self._posted(post, None)
            return
        client = self._clients.posting(post.team)
        if post.way == "ephemeral":
            whisper = partial(
                client.chat_postEphemeral,
                channel=post.channel,
                user=post.recipient or "",
                thread_ts=post.thread_ts,
                text=post.payload.text,
            )
            self._blocks_or_text(post, whisper)
            self._posted(post, None)
            return
        there = None if fresh else self._found(post)
        ts = there or self._post(client, post, post.payload)
        self._posted(post, ts)

    def _post(self, client: WebClient, post: Post, payload: Rendered) -> str:
        send = partial(
            client.chat_postMessage,
            channel=post.channel,
            thread_ts=post.thread_ts,
            text=payload.text,
            # A reply in a thread notifies nobody who has not written there.
            reply_broadcast=post.kind == "reminder" or None,
            unfurl_links=False,
            unfurl_media=False,
            metadata={"event_type": ids.METADATA, "event_payload": {"key": post.key}},
        )
        return str(self._blocks_or_text(post, send)["ts"])

    @staticmethod
    def _blocks_or_text(post: Post, send: Callable[..., SlackResponse]) -> SlackResponse:
        """With its blocks, or as plain text where Slack refuses them."""
        assert post.payload is not None
        try:
            return send(blocks=post.payload.blocks)
        except SlackApiError as error:
            if error.response.get("error") not in TOO_MUCH:
                raise
            code = error.response.get("error")
            log.error("blocks refused: post=%s error=%s", post.label, code)
            return send()

    def _found(self, post: Post) -> str | None:
        """The timestamp of the message if an earlier try did post it."""
        client = self._clients.reading(post.team)
        oldest = f"{post.created_at.timestamp() - CLOCKS_DIFFER_SECONDS:.6f}"
        try:
            if post.thread_ts:
                pages = client.conversations_replies(
                    channel=post.channel,
                    ts=post.thread_ts,
                    oldest=oldest,
                    include_all_metadata=True,
                    limit=200,
                )
            else:
                pages = client.conversations_history(
                    channel=post.channel, oldest=oldest, include_all_metadata=True, limit=200
                )
            for page in pages:
                for message in page.get("messages") or ():
                    metadata = message.get("metadata") or {}
                    payload = metadata.get("event_payload") or {}
                    if metadata.get("event_type") == ids.METADATA and (
                        payload.get("key") == post.key
                    ):
                        return str(message["ts"])
        except SlackApiError as error:
            if error.response.get("error") not in NOT_THERE | GONE | {"missing_scope"}:
                raise
        return None

    def _respond(self, post: Post, payload: Rendered) -> None:
        webhook = WebhookClient(
            post.response_url or "", timeout=TIMEOUT_SECONDS, retry_handlers=once()
        )
        response = webhook.send(
            text=payload.text,
            blocks=payload.blocks,
            response_type="in_channel" if post.way == "share" else "ephemeral",
            replace_original=False,
        )
        if response.status_code >= 500:
            raise URLError(f"status {response.status_code}")
        if response.status_code != 200:
            code = _code(response.body)
            if code not in TOO_MUCH:
                self._direct(post, code)
                return
            webhook.send(text=payload.text, replace_original=False)

    def _refused(self, post: Post, code: str, error: SlackApiError | None) -> None:
        status = error.response.status_code if error is not None else None
        if code in GONE:
            self._failed(post, code)
        elif code in NOT_THERE and post.recipient is not None:
            self._direct(post, code)
        elif code in MISCONFIGURED or code in NOT_THERE:
            lasting = code in NOT_THERE and post.kind not in KEPT_FOR_AN_INVITATION
            too_old = datetime.now(UTC) - post.created_at > LONGEST_MISCONFIGURED
            if too_old or (lasting and post.tries >= TRIES_FOR_AN_INVITATION):
                self._failed(post, code)
            else:
                reason = "not_there" if code in NOT_THERE else "misconfigured"
                counted.refused(post, code, reason)
                self._posts.later(post.key, code, LONGEST_WAIT)
        elif post.tries >= MOST_TRIES and (status is None or status < 500):
            self._failed(post, code)
        else:
            self._later(post, code, "server_error")

    def _direct(self, post: Post, code: str) -> None:
        """Post it to the asker alone, in a direct message."""
        if post.recipient is None or post.way == "share":
            self._failed(post, code)
            return
        try:
            opened = self._clients.reading(post.team).conversations_open(users=post.recipient)
        except SlackApiError as error:
            if error.response.status_code >= 500:
                raise
            self._failed(post, str(error.response.get("error")))
            return
        channel = str(opened["channel"]["id"])
        if post.way == "message" and channel == post.channel:
            self._failed(post, code)
            return
        self._posts.redirect(post.key, "message", channel)
        again = self._posts.get(post.key)
        assert again is not None
        self._send(again, fresh=False)

    def _posted(self, post: Post, ts: str | None) -> None:
        self._posts.posted(post.key, ts)
        counted.posted(post)

    def _failed(self, post: Post, code: str) -> None:
        self._posts.failed(post.key, code)
        counted.failed(post, code)

    def _later(self, post: Post, error: str, reason: str) -> None:
        counted.waits(post, error, reason)
        wait = min(self._first_wait * 2 ** min(post.tries, 16), LONGEST_WAIT)
        self._posts.later(post.key, error, wait)


def _code(body: str) -> str:
    """The error in an answer of a response_url: a word, or JSON with one."""
    try:
        told = json.loads(body)
    except ValueError:
        return body.strip()[:100]
    return str(told.get("error")) if isinstance(told, dict) else body.strip()[:100]
