"""Running the bot: checked, warmed up, then connected over a socket or listening for HTTP."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import uvicorn
from filelock import FileLock, Timeout
from slack_bolt import BoltRequest, BoltResponse
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
from bot.listening import listening
from bot.metrics.collecting import count, registry
from bot.metrics.names import REQUESTS
from bot.metrics.readings import house
from bot.metrics.serving import served
from bot.slack.app import Bot
from bot.slack.blocks import answer
from bot.slack.postman import UNREACHABLE
from bot.slack.progress import Progress
from bot.slack.pulse import Pulse
from bot.slack.settings import SlackSettings
from bot.slack.socket import GRACE_SECONDS, HTTP_OK, STUCK_SECONDS, Socket
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

Tell = Callable[[str], None]

DIGITS = 12
"""Of a length that are read: `int` refuses thousands of them."""


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


def serve_socket(bot: Bot, slack: SlackSettings, tell: Tell) -> None:
    """Answer over Socket Mode until the process is told to stop.

    Args:
        tell: given the address of figures and health, where they are served.
    """
    assert slack.app_token is not None
    socket = Socket(bot.app, slack.app_token.get_secret_value())
    stopped = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stopped.set())
    parts = {"worker": lambda: bot.worker.stalled, "socket": lambda: socket.stalled}
    pulse = Pulse(bot, socket, parts)
    bot.start()
    try:
        with _watched(bot, pulse, tell):
            try:
                socket.client.connect()
                pulse.start()
                stopped.wait()
            finally:
                pulse.stop()
                socket.end()
    finally:
        bot.stop()


@contextmanager
def _watched(bot: Bot, pulse: Pulse, tell: Tell) -> Iterator[None]:
    """With figures and health on their own address, where one is set."""
    settings, readiness = bot.desk.settings, pulse.readiness()
    sources = [*house("bot", settings, readiness), pulse.readings, pulse.waiting]
    with served(settings.metrics_listen, registry("bot", sources), readiness) as address:
        if address is not None:
            tell(address)
        yield


async def _body(request: Request) -> bytes | None:
    """The body of a request; None as soon as it is too large, whatever length it says it has."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdecimal() and int(length[:DIGITS]) > MOST_BYTES:
        return None
    read = bytearray()
    async for piece in request.stream():
        read += piece
        if len(read) > MOST_BYTES:
            return None
    return bytes(read)


def http_app(bot: Bot, requests: Progress | None = None) -> Starlette:
    """Slack's requests, verified by Bolt; installation pages where OAuth is set up.

    Args:
        requests: notes what is at work.
    """
    at_work = requests or Progress()

    def dispatch(bolt_request: BoltRequest) -> BoltResponse:
        with at_work.at_work():
            response = bot.app.dispatch(bolt_request)
        well = response.status == HTTP_OK
        count(REQUESTS, result="acknowledged" if well else "refused")
        return response

    async def slack_request(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            # Closed, or the rest would still be read, and thrown away, for as long as it comes.
            return PlainTextResponse("too large", 413, headers={"connection": "close"})
        try:
            bolt_request = to_bolt_request(request, body)
        except UnicodeDecodeError:
            return PlainTextResponse("not UTF-8", status_code=400)
        # In a thread: a middleware of ours waits for the disk.
        return to_starlette_response(await run_in_threadpool(dispatch, bolt_request))

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


def serve_http(bot: Bot, host: str, port: int, tell: Tell) -> None:
    """Answer over HTTP until the process is told to stop.

    Args:
        tell: as in `serve_socket`.

    Raises:
        Failure: the address cannot be used.
    """
    requests = Progress()
    server = uvicorn.Server(
        uvicorn.Config(
            http_app(bot, requests),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )

    def stop(*_: object) -> None:
        server.should_exit = True

    for ending in (signal.SIGTERM, signal.SIGINT):
        # uvicorn has its own while it runs, and raises the signal again when it has stopped: the
        # outbox still has to be closed. A signal before uvicorn runs must count all the same.
        signal.signal(ending, stop)
    parts = {
        "worker": lambda: bot.worker.stalled,
        "requests": lambda: requests.longest_seconds > STUCK_SECONDS,
    }
    pulse = Pulse(bot, None, parts)
    with listening(host, port, "review_port_taken") as taken:
        bot.start()
        try:
            with _watched(bot, pulse, tell):
                pulse.start()
                try:
                    server.run(sockets=[taken])
                finally:
                    pulse.stop()
        finally:
            bot.stop()
