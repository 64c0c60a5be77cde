"""Payloads like Slack's with something odd in them, through the real Bolt app."""

from __future__ import annotations

import copy
import json
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fuzz import bounded, changed, examples
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.socket_mode import SocketModeClient
from slack_server import Slack, Timing
from slack_server.bolt_app import end
from tests_support import Home

import bot as bot_package
from bot.slack import ids
from bot.slack.app import Bot, build
from bot.slack.blocks import Rendered
from bot.slack.blocks.buttons import actions, feedback
from bot.slack.blocks.pieces import rich
from bot.slack.posts import Place
from bot.slack.settings import SlackSettings
from indexer.index import Index

QUESTION = "Hvem kan henvise til frisklivssentralen?"
OURS = str(Path(str(bot_package.__file__)).parent)
WAIT_SECONDS = 0.05
"""For a listener that failed before it acknowledged; Bolt's own three seconds are for the net."""

KINDS = {
    *("message", "app_mention", "app_home_opened", "message_changed", "message_deleted"),
    *("command", "block_actions", "block_suggestion", "view_submission", "message_action"),
}


class Office:
    """No dataclass: hypothesis would show all of it."""

    def __init__(self, slack: Slack, bot: Bot) -> None:
        self.slack, self.bot = slack, bot
        self.payloads: list[dict[str, Any]] = []

    def dispatch(self, payload: dict[str, Any]) -> BoltResponse | None:
        """The app's answer; None where Bolt itself cannot read the payload, and nothing is run."""
        try:
            request = BoltRequest(body=copy.deepcopy(payload), mode="socket_mode")
            response: BoltResponse = self.bot.app.dispatch(request)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            frames = traceback.extract_tb(error.__traceback__)
            assert not any(OURS in frame.filename for frame in frames[1:])
            return None
        return response


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A bot that has worked for a while, and the payloads that Slack sent it."""
    home = Home(tmp_path_factory.mktemp("fuzz") / "home")
    with Slack(timing=Timing.quick()) as slack:
        given = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "FRISKSVAR_SLACK_API_URL": slack.api_url,
            "FRISKSVAR_SLACK_FIRST_WAIT": 0.1,
        }
        bot = build(
            home.settings, SlackSettings.model_validate(given), home.store, Index(home.settings)
        )
        made = Office(slack, bot)
        real = bot.app.dispatch

        def heard(request: BoltRequest) -> BoltResponse:
            made.payloads.append(copy.deepcopy(dict(request.body)))
            answer: BoltResponse = real(request)
            return answer

        bot.app.dispatch = heard  # type: ignore[method-assign, assignment]
        for listener in bot.app._listeners:
            listener.ack_timeout = WAIT_SECONDS  # type: ignore[assignment]
        bot.worker.start()
        socket = SocketModeHandler(bot.app, slack.app_token)
        socket.connect()  # type: ignore[no-untyped-call]
        slack.wait_connected()
        work(made)
        bot.app.dispatch = real  # type: ignore[method-assign]
        assert isinstance(socket.client, SocketModeClient)
        end(slack, socket.client)
        try:
            yield made
        finally:
            bot.worker.stop()
            home.store.close()


def work(office: Office) -> None:
    """One of each thing that people do."""
    slack, desk = office.slack, office.bot.desk
    kari, boss = slack.user("kari"), slack.user("sjefen", admin=True)
    asking = slack.channel("sporsmal", [kari, boss])
    centre = slack.channel("sentralen", [kari, boss])
    desk.channels.set_centre("stavanger", Place(slack.team.id, centre.id))
    asked = slack.say(kari, asking, f"{slack.mention} {QUESTION}")
    slack.wait_for(lambda: slack.answers(asking, thread=asked), 20)
    slack.edit(kari, asked, f"{slack.mention} {QUESTION} Og hvor lenge?")
    slack.delete(kari, slack.say(kari, asking, f"{slack.mention} Hva koster det?"))
    slack.say(kari, slack.dm(kari), QUESTION)
    slack.command(kari, asking, QUESTION)
    slack.open_home(boss)
    slack.shortcut(boss, ids.REGISTER, asked)
    inquiry = desk.inquiries.found(f"slack:{slack.team.id}:{asking.id}:{asked.ts}")
    assert inquiry is not None
    shown = [rich("Svar"), feedback(inquiry.id, "nb"), actions(inquiry.id, "nb", who=True)]
    place = Place(slack.team.id, asking.id, asked.ts)
    desk.posts.put("buttons:1", place, Rendered("Svar", shown), inquiry=inquiry.id)
    desk.poke("buttons:1")
    slack.wait_for(lambda: slack.answers(asking, thread=asked)[1:], 20)
    answer = slack.answers(asking, thread=asked)[-1]
    slack.vote(kari, answer, up=False)
    slack.press(kari, answer, ids.TO_CENTRE)
    slack.wait_for(lambda: slack.views(kari), 20)
    view = slack.views(kari)[-1]
    place_name = slack.options(kari, view, ids.MUNICIPALITY, "Stavanger")[0]
    slack.submit(kari, view, {ids.MUNICIPALITY: place_name})
    slack.wait_for(lambda: not slack.undelivered() and not desk.posts.unposted()[0], 20)


def test_the_payloads_are_of_every_kind(office: Office) -> None:
    kinds = set()
    for payload in office.payloads:
        event = payload.get("event") or {}
        kinds |= {payload.get("type"), event.get("type"), event.get("subtype")}
        kinds |= {"command"} if "command" in payload else set()
    assert kinds >= KINDS


@examples(60)
@given(seed=st.integers(0, 2**32))
def test_odd_payloads_end_in_an_answer_and_leave_the_register_whole(
    office: Office, seed: int
) -> None:
    payload = changed(office.payloads, seed)
    with bounded():
        response = office.dispatch(payload)
    assert response is None or 200 <= response.status < 600
    database = office.bot.desk.store.database.conn
    assert not database.in_transaction
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []


def test_after_all_that_the_bot_still_answers_and_has_called_nobody(office: Office) -> None:
    slack, desk = office.slack, office.bot.desk
    asked = next(p for p in office.payloads if (p.get("event") or {}).get("type") == "app_mention")
    again = copy.deepcopy(asked)
    again["event"] |= {"ts": "1999999999.000100", "text": f"{slack.mention} <!channel> {QUESTION}"}
    response = office.dispatch(again)
    assert response is not None and response.status == 200
    channel = asked["event"]["channel"]
    inquiry = desk.inquiries.found(f"slack:{slack.team.id}:{channel}:1999999999.000100")
    assert inquiry is not None and QUESTION in inquiry.question
    key = f"answer:{inquiry.id}"
    slack.wait_for(lambda: (post := desk.posts.get(key)) and post.state in ("posted", "failed"), 20)
    told = [call for call in slack.calls if call.method.startswith(("chat.", "views."))]
    assert told
    for call in told:  # what is shown; an id may be anything that Slack itself says
        shown = [call.args.get(name) for name in ("text", "blocks")]
        assert "<!channel>" not in json.dumps(shown, ensure_ascii=False), call.method
