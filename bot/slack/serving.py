"""Running the bot: checked, warmed up, then connected over a socket or listening for HTTP."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import uvicorn
from filelock import FileLock, Timeout
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.answering.question import Question
from bot.slack.app import Bot
from bot.slack.blocks import answer
from bot.slack.postman import UNREACHABLE
from bot.slack.settings import SlackSettings
from knowledge.messages import Failure, Message
from knowledge.reference import suggest_topics

log = logging.getLogger(__name__)

WARM_UP = (
    "Hvordan kommer vi i gang med en frisklivssentral?",
    "Korleis kjem vi i gang i Senja kommune?",
    "How do we recruit participants?",
    "friskliv oslo",  # no word tells the language: the identifier is needed
)
"""One question for each thing that is loaded on first use."""

MOST_BYTES = 1_000_000
"""Of a request over HTTP; Slack's own are far smaller."""

GRACE_SECONDS = 10

RECEIVE_BYTES = 65_536
"""slack-sdk's client calls itself for each piece it reads: with its own 1,024 bytes a flood of
events ends in a RecursionError (3,000 at once lost 548; none with this)."""


def check_token(slack: SlackSettings) -> SlackResponse | None:
    """What Slack says of the bot token; None with OAuth, where each workspace has its own.

    Raises:
        Failure: Slack refuses the token or does not answer; says what to do.
    """
    if slack.bot_token is None:
        return None
    client = WebClient(token=slack.bot_token.get_secret_value(), base_url=slack.base_url)
    try:
        return client.auth_test()
    except SlackApiError as error:
        raise _refused("SLACK_BOT_TOKEN", "slack_where_bot_token", error) from error
    except UNREACHABLE as error:
        raise Failure(
            "slack_unreachable", url=slack.base_url, reason=type(error).__name__
        ) from error


def check_app_token(slack: SlackSettings) -> None:
    """Raises Failure where Slack refuses the token for Socket Mode."""
    assert slack.app_token is not None
    client = WebClient(token=slack.app_token.get_secret_value(), base_url=slack.base_url)
    try:
        client.apps_connections_open(app_token=slack.app_token.get_secret_value())
    except SlackApiError as error:
        raise _refused("SLACK_APP_TOKEN", "slack_where_app_token", error) from error
    except UNREACHABLE as error:
        raise Failure(
            "slack_unreachable", url=slack.base_url, reason=type(error).__name__
        ) from error


def _refused(variable: str, where: str, error: SlackApiError) -> Failure:
    code = str(error.response.get("error"))
    return Failure("slack_refused", variable=variable, error=code, where=Message(where))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One bot for each outbox.

    Raises:
        Failure: another one is running with this folder.
    """
    lock = FileLock(folder / "bot.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise Failure("slack_running", folder=folder) from error
    try:
        yield
    finally:
        lock.release()


def warm_up(bot: Bot) -> None:
    """Load index, model and word lists; the first question should not wait for them."""
    answerer = bot.desk.answerer
    for text in WARM_UP:
        suggest_topics(text)
        reply = answerer.reply(answerer.unrecorded(Question(text)))
        answer(replace(reply, inquiry=0), reply.language)


def serve_socket(bot: Bot, slack: SlackSettings) -> None:
    """Answer over Socket Mode until the process is told to stop."""
    assert slack.app_token is not None
    handler = SocketModeHandler(
        bot.app, slack.app_token.get_secret_value(), receive_buffer_size=RECEIVE_BYTES
    )
    stopped = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stopped.set())
    bot.start()
    try:
        handler.client.connect()
        stopped.wait()
    finally:
        _disconnect(handler)
        bot.stop()


def _disconnect(handler: SocketModeHandler) -> None:
    """Begin nothing more, write down and acknowledge what was received, and then disconnect.

    The client's own close() shuts the connection first: what is at work then fails to acknowledge,
    each with a traceback in the log. What is not done after GRACE_SECONDS is left unacknowledged,
    so that Slack sends it to the next process.
    """
    client = handler.client
    client.auto_reconnect_enabled = False
    client.closed = True  # its loop over the received messages ends
    client.message_processor.shutdown()  # type: ignore[no-untyped-call]
    pool = client.message_workers
    finishing = threading.Thread(target=pool.shutdown, name="finishing", daemon=True)
    finishing.start()
    finishing.join(GRACE_SECONDS)
    pool.shutdown(wait=True, cancel_futures=True)
    client.close()


def http_app(bot: Bot) -> Starlette:
    """Slack's requests, verified by Bolt; installation pages where OAuth is set up."""

    async def slack_request(request: Request) -> Response:
        body = await request.body()
        if len(body) > MOST_BYTES:
            return PlainTextResponse("too large", status_code=413)
        try:
            bolt_request = to_bolt_request(request, body)
        except UnicodeDecodeError:
            return PlainTextResponse("not UTF-8", status_code=400)
        # In a thread: a middleware of ours waits for the disk.
        return to_starlette_response(await run_in_threadpool(bot.app.dispatch, bolt_request))

    async def install(request: Request) -> Response:
        flow = bot.app.oauth_flow
        assert flow is not None
        bolt_request = to_bolt_request(request, b"")
        begins = request.url.path == flow.install_path
        handle = flow.handle_installation if begins else flow.handle_callback
        return to_starlette_response(await run_in_threadpool(handle, bolt_request))

    routes = [Route("/slack/events", slack_request, methods=["POST"])]
    if (flow := bot.app.oauth_flow) is not None:
        routes += [Route(flow.install_path, install), Route(flow.redirect_uri_path, install)]
    return Starlette(routes=routes)


def serve_http(bot: Bot, host: str, port: int) -> None:
    """Answer over HTTP until the process is told to stop."""
    config = uvicorn.Config(
        http_app(bot),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    for ending in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again when it has stopped: the outbox still has to be closed.
        signal.signal(ending, lambda *_: None)
    bot.start()
    try:
        uvicorn.Server(config).run()
    finally:
        bot.stop()
