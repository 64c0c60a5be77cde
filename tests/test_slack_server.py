"""The local Slack judged with the real slack-sdk and slack-bolt: does it behave as Slack does?"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import uvicorn
from slack_bolt import Ack, App, BoltRequest, Respond, Say
from slack_bolt.adapter.starlette import SlackRequestHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import (
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_server import CannotDo, Channel, Message, Slack, Timing, User
from slack_server.bolt_app import end, socket_mode
from slack_server.limits import MESSAGE_CHARACTERS, check_blocks, check_options, check_view
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

JSON = dict[str, Any]


HASTY = Timing(ack_s=0.1, retry_after_s=(0.01, 0.02, 0.03))  # for tests in which no ack comes


@pytest.fixture
def slack(request: pytest.FixtureRequest) -> Iterator[Slack]:
    with Slack(timing=getattr(request, "param", Timing.quick())) as made:
        yield made


@pytest.fixture
def client(slack: Slack) -> WebClient:
    return WebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])


@pytest.fixture
def kari(slack: Slack) -> User:
    return slack.user("kari")


@pytest.fixture
def channel(slack: Slack, kari: User) -> Channel:
    return slack.channel("sporsmal", [kari])


def bolt(slack: Slack, client: WebClient | None = None) -> App:
    return App(client=client or WebClient(slack.bot_token, base_url=slack.api_url))


def plain(text: str) -> JSON:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> JSON:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "hei", **more: Any) -> JSON:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(action_id: str = "go", **more: Any) -> JSON:
    return {"type": "button", "text": plain("Trykk"), "action_id": action_id, **more}


def actions(*elements: JSON, **more: Any) -> JSON:
    return {"type": "actions", "elements": list(elements), **more}


def asks(element: JSON, name: str = "svar", **more: Any) -> JSON:
    return {"type": "input", "block_id": name, "label": plain("Svar"), "element": element, **more}


def text_field(action_id: str = "svar", **more: Any) -> JSON:
    return {"type": "plain_text_input", "action_id": action_id, **more}


def option(text: str, value: str | None = None) -> JSON:
    return {"text": plain(text), "value": value or text.lower()}


def rich(*elements: JSON) -> JSON:
    return {"type": "rich_text", "elements": list(elements)}


def rich_part(kind: str, *elements: JSON, **more: Any) -> JSON:
    return {"type": f"rich_text_{kind}", "elements": list(elements), **more}


def letters(text: str = "hei", **style: bool) -> JSON:
    return {"type": "text", "text": text} | ({"style": style} if style else {})


def vote(value: str = "up") -> JSON:
    return {
        "type": "feedback_buttons",
        "action_id": "feedback",
        "positive_button": {"text": plain("Ja"), "value": value, "accessibility_label": "God"},
        "negative_button": {"text": plain("Nei"), "value": "down"},
    }


def modal(*blocks: JSON, **more: Any) -> JSON:
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain("Skjema"),
        "submit": plain("Send"),
        "blocks": list(blocks) or [asks(text_field())],
        **more,
    }


MENU = {"type": "static_select", "action_id": "valg", "options": [option("A"), option("B")]}
CELL = {"type": "raw_text", "text": "12"}

GOOD: dict[str, tuple[str, list[JSON]]] = {
    "no blocks": ("message", []),
    "section": ("message", [section("x" * 3000)]),
    "fields": ("message", [{"type": "section", "fields": [mrkdwn("x")] * 10}]),
    "accessory": ("message", [section(accessory=button(url="https://fhi.no/", value="1"))]),
    "header and divider": (
        "message",
        [{"type": "header", "text": plain("H")}, {"type": "divider"}],
    ),
    "context": ("message", [{"type": "context", "elements": [mrkdwn("x"), plain("y")]}]),
    "25 buttons": ("message", [actions(*[button(f"b{n}") for n in range(25)])]),
    "the same action in two blocks": ("message", [actions(button()), actions(button())]),
    "feedback": ("message", [{"type": "context_actions", "elements": [vote()]}]),
    "rich text": (
        "message",
        [
            rich(
                rich_part("section", letters(bold=True), {"type": "emoji", "name": "wave"}),
                rich_part("quote", letters("sitat"), border=1),
                rich_part("preformatted", letters("a | b")),
                rich_part("list", rich_part("section", letters()), style="bullet", indent=1),
                rich_part("section", {"type": "link", "url": "https://fhi.no", "text": "FHI"}),
                rich_part("section", {"type": "user", "user_id": "U1"}),
            )
        ],
    ),
    "markdown": ("message", [{"type": "markdown", "text": "x" * 12_000}]),
    "table": ("message", [{"type": "table", "rows": [[CELL] * 20] * 100}]),
    "image": ("home", [{"type": "image", "image_url": "https://x.no/a.png", "alt_text": "a"}]),
    "input in a modal": ("modal", [asks(text_field(multiline=True, max_length=3000))]),
    "number": ("modal", [asks({"type": "number_input", "is_decimal_allowed": False})]),
    "external select": ("modal", [asks({"type": "external_select", "min_query_length": 2})]),
    "date": ("modal", [asks({"type": "datepicker", "initial_date": "2026-11-22"})]),
    "radio": ("modal", [asks({"type": "radio_buttons", "options": [option("A")]})]),
    "conversations": ("modal", [asks({"type": "conversations_select"})]),
    "channels": ("modal", [asks({"type": "channels_select"})]),
    "100 blocks at home": ("home", [section()] * 100),
    "menu": ("home", [actions(MENU | {"initial_option": option("B")})]),
    "as long as a message may be": ("message", [section("x" * 2640)] * 5),
}

BAD: dict[str, tuple[str, list[JSON], str]] = {
    "51 blocks": ("message", [section()] * 51, "no more than 50 items allowed"),
    "101 blocks": ("modal", [section()] * 101, "no more than 100 items allowed"),
    "unknown block": ("message", [{"type": "sectoin"}], "unsupported block type"),
    "unknown field": ("message", [section(colour="red")], "invalid additional property: colour"),
    "long section": ("message", [section("x" * 3001)], "less than 3001 characters"),
    "empty section": ("message", [section("")], "more than 0 characters"),
    "section of nothing": ("message", [{"type": "section"}], "`text` or `fields`"),
    "11 fields": ("message", [{"type": "section", "fields": [mrkdwn("x")] * 11}], "more than 10"),
    "long header": ("message", [{"type": "header", "text": plain("x" * 151)}], "less than 151"),
    "mrkdwn header": ("message", [{"type": "header", "text": mrkdwn("x")}], "plain_text"),
    "blank header": ("message", [{"type": "header", "text": plain("  ")}], "more than 0"),
    "11 in context": ("message", [{"type": "context", "elements": [mrkdwn("x")] * 11}], "10 items"),
    "26 buttons": ("message", [actions(*[button(f"b{n}") for n in range(26)])], "25 items"),
    "no buttons": ("message", [actions()], "no less than 1 items"),
    "long button": ("message", [actions(button() | {"text": plain("x" * 76)})], "less than 76"),
    "long value": ("message", [actions(button(value="x" * 2001))], "less than 2001"),
    "long action_id": ("message", [actions(button("x" * 256))], "less than 256"),
    "long block_id": ("message", [section(block_id="x" * 256)], "less than 256"),
    "same block_id": ("message", [section(block_id="a")] * 2, "duplicate block_id"),
    "same action_id": ("message", [actions(button(), button())], "duplicate action_id"),
    "odd style": ("message", [actions(button(style="warning"))], "must be one of primary, danger"),
    "script link": ("message", [actions(button(url="javascript:x"))], "valid url"),
    "feedback in actions": ("message", [actions(vote())], "unsupported element type"),
    "button in context_actions": (
        "message",
        [{"type": "context_actions", "elements": [button()]}],
        "unsupported element type",
    ),
    "feedback at home": ("home", [{"type": "context_actions", "elements": [vote()]}], "block type"),
    "long feedback value": (
        "message",
        [{"type": "context_actions", "elements": [vote("x" * 2001)]}],
        "less than 2001",
    ),
    "empty rich text": ("message", [rich(rich_part("section", letters("")))], "more than 0"),
    "rich text of nothing": ("message", [rich()], "no less than 1 items"),
    "list in a list": (
        "message",
        [rich(rich_part("list", rich_part("quote", letters()), style="bullet"))],
        "rich_text_section",
    ),
    "mention in preformatted": (
        "message",
        [rich(rich_part("preformatted", {"type": "user", "user_id": "U1"}))],
        "unsupported rich text element",
    ),
    "odd rich style": ("message", [rich(rich_part("section", letters(big=True)))], "property: big"),
    "link without scheme": (
        "message",
        [rich(rich_part("section", {"type": "link", "url": "fhi.no"}))],
        "valid url",
    ),
    "long markdown": ("message", [{"type": "markdown", "text": "x" * 12_001}], "less than 12001"),
    "101 rows": ("message", [{"type": "table", "rows": [[CELL]] * 101}], "100 items"),
    "21 columns": ("message", [{"type": "table", "rows": [[CELL] * 21]}], "20 items"),
    "two tables": ("message", [{"type": "table", "rows": [[CELL]]}] * 2, "only_one_table"),
    "101 options": (
        "modal",
        [asks(MENU | {"options": [option(f"v{n}") for n in range(101)]})],
        "100 items",
    ),
    "no options": ("modal", [asks(MENU | {"options": []})], "no less than 1"),
    "long option": ("modal", [asks(MENU | {"options": [option("x" * 76, "x")]})], "less than 76"),
    "same option twice": ("modal", [asks(MENU | {"options": [option("A")] * 2})], "unique"),
    "initial is no option": ("modal", [asks(MENU | {"initial_option": option("C")})], "match one"),
    "text field among buttons": ("modal", [actions(text_field())], "unsupported element type"),
    "number at home": (
        "home",
        [asks({"type": "number_input", "is_decimal_allowed": True})],
        "type",
    ),
    "odd date": ("modal", [asks({"type": "datepicker", "initial_date": "22.11.2026"})], "date"),
    "long label": ("modal", [asks(text_field()) | {"label": plain("x" * 2001)}], "less than 2001"),
    "long placeholder": ("modal", [asks(text_field(placeholder=plain("x" * 151)))], "than 151"),
    "field for 4,000": ("modal", [asks(text_field(max_length=4000))], "between 1 and 3000"),
    "too long altogether": ("message", [section("x" * 2641)] * 5, "msg_blocks_too_long"),
    "not a list of objects": ("message", ["hei"], "must provide an object"),  # type: ignore[list-item]
}


@pytest.mark.parametrize("name", GOOD)
def test_slack_takes(name: str) -> None:
    surface, blocks = GOOD[name]
    assert check_blocks(blocks, surface) == []


@pytest.mark.parametrize("name", BAD)
def test_slack_refuses(name: str) -> None:
    surface, blocks, said = BAD[name]
    problems = check_blocks(blocks, surface)
    assert any(said in problem for problem in problems), problems


def test_a_problem_says_where_it_is() -> None:
    [problem] = check_blocks([section(), section("x" * 3001)])
    assert problem.endswith("[json-pointer:/blocks/1/text/text]")


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (modal(), ""),
        (modal(private_metadata="x" * 3000), ""),
        ({"type": "home", "blocks": [section()]}, ""),
        (modal(title=plain("x" * 25)), "less than 25"),
        (modal(private_metadata="x" * 3001), "less than 3001"),
        (modal(submit_disabled=True), "invalid additional property: submit_disabled"),
        ({"type": "home", "blocks": [], "title": plain("x")}, "invalid additional property"),
        ({"type": "modal", "title": plain("x"), "blocks": [asks(text_field())]}, "field: submit"),
        ({"type": "modal", "blocks": []}, "missing required field: title"),
        ({"type": "dialog"}, "failed to match all allowed schemas"),
        ("modal", "failed to match all allowed schemas"),
        (modal(*[section("ø" * 2990, block_id=str(n)) for n in range(60)]), "view_too_large"),
    ],
)
def test_views(view: Any, said: str) -> None:
    problems = check_view(view)
    assert any(said in problem for problem in problems) if said else problems == []


@pytest.mark.parametrize(
    ("answer", "good"),
    [
        ({"options": [option("Senja")]}, True),
        ({"options": []}, True),
        ({"option_groups": [{"label": plain("Troms"), "options": [option("Senja")]}]}, True),
        ({"options": [option(f"k{n}") for n in range(101)]}, False),
        ({"options": [option("x" * 76)]}, False),
        ({}, False),
        (None, False),
    ],
)
def test_options(answer: Any, good: bool) -> None:
    assert (check_options(answer) == []) is good


# The Web API


def refused(call: Callable[[], Any]) -> JSON:
    with pytest.raises(SlackApiError) as refusal:
        call()
    answer: JSON = refusal.value.response.data
    return answer


def test_a_call_says_who_the_app_is_and_which_scopes_it_has(
    slack: Slack, client: WebClient
) -> None:
    answer = client.auth_test()
    assert answer["user_id"] == slack.bot.id
    assert answer["team_id"] == slack.team.id
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


@pytest.mark.parametrize(
    ("token", "code"),
    [("", "not_authed"), ("xoxb-wrong", "invalid_auth"), ("xapp", "not_allowed_token_type")],
)
def test_tokens(slack: Slack, channel: Channel, token: str, code: str) -> None:
    used = slack.app_token if token == "xapp" else token
    answer = httpx.post(
        f"{slack.api_url}chat.postMessage",
        headers={"Authorization": f"Bearer {used}"} if used else {},
        json={"channel": channel.id, "text": "hei"},
    ).json()
    assert answer == {"ok": False, "error": code}


def test_a_revoked_token_is_refused(slack: Slack, client: WebClient) -> None:
    slack.uninstall()
    assert refused(client.auth_test)["error"] == "token_revoked"


def test_a_bot_token_opens_no_socket(slack: Slack, client: WebClient) -> None:
    answer = refused(lambda: client.apps_connections_open(app_token=slack.bot_token))
    assert answer["error"] == "not_allowed_token_type"


def test_a_method_without_its_scope(slack: Slack, client: WebClient, kari: User) -> None:
    slack.team.scopes.discard("users:read")
    answer = refused(lambda: client.users_info(user=kari.id))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "users:read")
    assert "chat:write" in answer["provided"].split(",")


@pytest.mark.parametrize("kind", ["im", "channels", "groups"])
def test_reading_needs_the_scope_of_the_channel(
    slack: Slack, client: WebClient, kari: User, kind: str
) -> None:
    read = {
        "im": lambda: slack.dm(kari),
        "channels": lambda: slack.channel("a"),
        "groups": lambda: slack.channel("b", private=True),
    }[kind]()
    assert client.conversations_history(channel=read.id)["messages"] == []
    slack.team.scopes.discard(f"{kind}:history")
    answer = refused(lambda: client.conversations_history(channel=read.id))
    assert (answer["error"], answer["needed"]) == ("missing_scope", f"{kind}:history")


def test_where_the_app_may_post(slack: Slack, client: WebClient, kari: User) -> None:
    slack.team.scopes.discard("chat:write.public")
    outside = slack.channel("utenfor", bot=False)
    secret = slack.channel("hemmelig", bot=False, private=True)
    old = slack.channel("gammel")
    old.archived = True

    def code(where: str) -> str:
        return str(refused(lambda: client.chat_postMessage(channel=where, text="hei"))["error"])

    codes = [code(where) for where in (outside.id, secret.id, "C1", old.id)]
    assert codes == ["not_in_channel", "channel_not_found", "channel_not_found", "is_archived"]
    slack.team.scopes.add("chat:write.public")
    client.chat_postMessage(channel=outside.id, text="hei")
    client.chat_postMessage(channel=kari.id, text="direkte")
    assert [message.text for message in slack.messages(slack.dm(kari))] == ["direkte"]


def test_what_a_message_may_be(client: WebClient, channel: Channel) -> None:
    def post(**what: Any) -> JSON:
        return refused(
            lambda: client.api_call("chat.postMessage", json={"channel": channel.id} | what)
        )

    broken = post(blocks=[section("x" * 3001)], text="x")
    said = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert broken["error"] == "invalid_blocks"
    assert broken["errors"] == [said]
    assert broken["response_metadata"]["messages"] == [f"[ERROR] {said}"]
    assert post(blocks="[{", text="x")["error"] == "invalid_blocks_format"
    assert post()["error"] == "no_text"
    assert post(text="x" * 40_001)["error"] == "msg_too_long"
    long = [section("x" * 3000)] * (MESSAGE_CHARACTERS // 3000 + 1)
    assert post(blocks=long, text="x")["error"] == "msg_blocks_too_long"
    assert post(text="x", thread_ts="1.2")["error"] == "thread_not_found"
    assert post(text="x", metadata={"event_type": "x"})["error"] == "invalid_metadata_format"


def test_text_is_kept_as_it_was_sent(slack: Slack, client: WebClient, channel: Channel) -> None:
    client.chat_postMessage(channel=channel.id, text="<!channel> <@U1> &amp;")
    assert slack.messages(channel)[0].text == "<!channel> <@U1> &amp;"


def test_a_message_is_changed_and_deleted(
    slack: Slack, client: WebClient, channel: Channel
) -> None:
    ts = client.chat_postMessage(channel=channel.id, text="en", blocks=[section("en")])["ts"]
    client.chat_update(channel=channel.id, ts=ts, text="to")
    [message] = slack.messages(channel)
    assert message.text == "to"
    assert message.edited
    assert slack.shown(message) == "en"  # blocks that are not given stay
    client.chat_update(channel=channel.id, ts=ts, text="tre", blocks=[section("tre")])
    assert slack.shown(message) == "tre"
    assert (
        refused(lambda: client.chat_update(channel=channel.id, ts=ts, text="x" * 4001))["error"]
        == "msg_too_long"
    )
    client.chat_delete(channel=channel.id, ts=ts)
    assert slack.messages(channel) == []
    assert refused(lambda: client.chat_delete(channel=channel.id, ts=ts))["error"] == (
        "message_not_found"
    )


def test_others_messages_are_not_the_apps(
    slack: Slack, client: WebClient, kari: User, channel: Channel
) -> None:
    said = slack.say(kari, channel, "hei")
    update = refused(lambda: client.chat_update(channel=channel.id, ts=said.ts, text="x"))
    delete = refused(lambda: client.chat_delete(channel=channel.id, ts=said.ts))
    assert (update["error"], delete["error"]) == ("cant_update_message", "cant_delete_message")


def test_a_post_is_found_again_by_its_metadata(
    slack: Slack, client: WebClient, kari: User, channel: Channel
) -> None:
    asked = slack.say(kari, channel, "spørsmål")
    key = {"event_type": "frisksvar", "event_payload": {"key": "12"}}
    client.chat_postMessage(channel=channel.id, thread_ts=asked.ts, text="svar", metadata=key)
    found = client.conversations_replies(
        channel=channel.id, ts=asked.ts, include_all_metadata=True
    )["messages"]
    assert [message.get("metadata") for message in found] == [None, key]
    hidden = client.conversations_replies(channel=channel.id, ts=asked.ts)["messages"]
    assert "metadata" not in hidden[1]
    assert found[0]["reply_count"] == 1
    assert found[1]["parent_user_id"] == kari.id
    assert client.conversations_history(channel=channel.id)["messages"][0]["ts"] == asked.ts


def test_replies_have_no_threads_of_their_own(
    slack: Slack, client: WebClient, kari: User, channel: Channel
) -> None:
    asked = slack.say(kari, channel, "spørsmål")
    reply = slack.say(kari, channel, "og?", thread=asked)
    answer = refused(
        lambda: client.chat_postMessage(channel=channel.id, thread_ts=reply.ts, text="x")
    )
    assert answer["error"] == "cannot_reply_to_message"


def test_history_comes_in_pages(slack: Slack, client: WebClient, channel: Channel) -> None:
    sent = [client.chat_postMessage(channel=channel.id, text=str(n))["ts"] for n in range(5)]
    pages = [
        [message["ts"] for message in page["messages"]]
        for page in client.conversations_history(channel=channel.id, limit=2)
    ]
    assert pages == [[sent[4], sent[3]], [sent[2], sent[1]], [sent[0]]]
    between = client.conversations_history(channel=channel.id, oldest=sent[1], latest=sent[3])
    assert [message["ts"] for message in between["messages"]] == [sent[2]]
    both = client.conversations_history(
        channel=channel.id, oldest=sent[1], latest=sent[3], inclusive=True
    )
    assert [message["ts"] for message in both["messages"]] == [sent[3], sent[2], sent[1]]
    root = sent[0]
    for n in range(3):
        client.chat_postMessage(channel=channel.id, thread_ts=root, text=f"svar {n}")
    threaded = [
        [message["text"] for message in page["messages"]]
        for page in client.conversations_replies(channel=channel.id, ts=root, limit=2)
    ]
    assert threaded == [["0", "svar 0"], ["svar 1", "svar 2"]]


def test_only_one_person_sees_an_ephemeral_message(
    slack: Slack, client: WebClient, kari: User, channel: Channel
) -> None:
    ola = slack.user("ola")
    client.chat_postEphemeral(channel=channel.id, user=kari.id, text="bare deg")
    assert [message.text for message in slack.ephemerals(kari)] == ["bare deg"]
    assert slack.messages(channel) == []
    answer = refused(lambda: client.chat_postEphemeral(channel=channel.id, user=ola.id, text="x"))
    assert answer["error"] == "user_not_in_channel"


def test_people_and_channels_are_looked_up(slack: Slack, client: WebClient) -> None:
    guest = slack.user("gjest", guest=True, locale="nn-NO")
    shown = client.users_info(user=guest.id, include_locale=True)["user"]
    assert (shown["is_restricted"], shown["locale"]) == (True, "nn-NO")
    assert "email" not in shown["profile"]
    assert refused(lambda: client.users_info(user="U1"))["error"] == "user_not_found"
    opened = client.conversations_open(users=[guest.id])["channel"]["id"]
    assert client.conversations_info(channel=opened)["channel"]["user"] == guest.id
    said = client.chat_postMessage(channel=opened, text="hei")
    link = client.chat_getPermalink(channel=opened, message_ts=said["ts"])["permalink"]
    assert link.endswith(f"/archives/{opened}/p{said['ts'].replace('.', '')}")


def test_the_agent_pane(slack: Slack, client: WebClient, kari: User) -> None:
    pane = slack.dm(kari)
    client.assistant_threads_setSuggestedPrompts(
        channel_id=pane.id, title="Spør", prompts=[{"title": "a", "message": "b"}]
    )
    shown = slack.prompts(pane)
    assert shown
    assert (shown.title, shown.thread_ts) == ("Spør", None)
    asked = slack.say(kari, pane, "hei")
    client.assistant_threads_setStatus(channel_id=pane.id, thread_ts=asked.ts, status="leser")
    assert slack.status(pane) == "leser"
    client.chat_postMessage(channel=pane.id, thread_ts=asked.ts, text="svar")
    assert slack.status(pane) is None
    five = [{"title": "a", "message": "b"}] * 5
    answer = refused(
        lambda: client.assistant_threads_setSuggestedPrompts(channel_id=pane.id, prompts=five)
    )
    assert answer["error"] == "invalid_arguments"
    slack.team.agent_features = False
    answer = refused(
        lambda: client.assistant_threads_setStatus(
            channel_id=pane.id, thread_ts=asked.ts, status="leser"
        )
    )
    assert answer["error"] == "feature_not_enabled"


def test_a_code_is_exchanged_once_for_a_token(slack: Slack) -> None:
    other = slack.workspace("annen")
    code = slack.install_code(other)
    bare = WebClient(base_url=slack.api_url)

    def exchange() -> Any:
        return bare.oauth_v2_access(
            client_id=slack.app.client_id, client_secret=slack.app.client_secret, code=code
        )

    answer = exchange()
    assert answer["access_token"] == other.bot_token
    assert answer["team"]["id"] == other.id
    assert refused(exchange)["error"] == "invalid_code"
    there = WebClient(answer["access_token"], base_url=slack.api_url)
    assert there.auth_test()["team_id"] == other.id
    here = slack.channel("her")
    answer = refused(lambda: there.chat_postMessage(channel=here.id, text="x"))
    assert answer["error"] == "channel_not_found"


# Faults


def test_errors_happen_as_often_as_they_are_ordered(
    slack: Slack, client: WebClient, channel: Channel
) -> None:
    slack.faults.error("chat.*", "fatal_error", times=2)
    codes = []
    for _ in range(3):
        try:
            client.chat_postMessage(channel=channel.id, text="hei")
        except SlackApiError as refusal:
            codes.append(refusal.response["error"])
    assert codes == ["fatal_error"] * 2
    assert len(slack.messages(channel)) == 1
    assert [call.ok for call in slack.calls_of("chat.postMessage")] == [False, False, True]


def test_the_sdk_retries_what_slack_says_to_retry(slack: Slack, channel: Channel) -> None:
    patient = WebClient(
        slack.bot_token,
        base_url=slack.api_url,
        retry_handlers=[RateLimitErrorRetryHandler(2), ServerErrorRetryHandler(2)],
    )
    slack.faults.server_error("chat.postMessage", times=1)
    slack.faults.rate_limit("chat.postMessage", retry_after_s=0, times=1)
    patient.chat_postMessage(channel=channel.id, text="hei")
    assert [call.status for call in slack.calls_of("chat.postMessage")] == [500, 429, 200]
    assert len(slack.messages(channel)) == 1


def test_rate_limits_say_how_long(slack: Slack, client: WebClient, channel: Channel) -> None:
    slack.faults.rate_limit(retry_after_s=7)
    with pytest.raises(SlackApiError) as limited:
        client.chat_postMessage(channel=channel.id, text="hei")
    assert limited.value.response.status_code == 429
    assert limited.value.response["error"] == "ratelimited"
    assert limited.value.response.headers["Retry-After"] == "7"


@pytest.mark.parametrize("done", [True, False])
def test_a_connection_breaks_before_or_after_the_work(
    slack: Slack, client: WebClient, channel: Channel, done: bool
) -> None:
    (slack.faults.drop_after if done else slack.faults.drop_before)("chat.postMessage")
    with pytest.raises(OSError):
        client.chat_postMessage(channel=channel.id, text="hei")
    assert len(slack.messages(channel)) == done
    client.chat_postMessage(channel=channel.id, text="hei")


def test_an_answer_that_never_comes(slack: Slack, channel: Channel) -> None:
    hasty = WebClient(slack.bot_token, base_url=slack.api_url, timeout=1, retry_handlers=[])
    slack.faults.hang("chat.postMessage", 1.2, done=True)
    with pytest.raises(OSError):
        hasty.chat_postMessage(channel=channel.id, text="hei")
    assert len(slack.messages(channel)) == 1


def test_slack_is_away_and_comes_back(slack: Slack, client: WebClient, channel: Channel) -> None:
    with socket_mode(slack, bolt(slack)):
        slack.faults.go_away()
        slack.wait_for(lambda: slack.connections == 0)
        with pytest.raises(OSError):
            client.chat_postMessage(channel=channel.id, text="hei")
        slack.faults.come_back()
        client.chat_postMessage(channel=channel.id, text="hei")
        slack.wait_connected()
    assert len(slack.messages(channel)) == 1


# Socket Mode


class Listener:
    """A bare Socket Mode client that keeps envelopes, and acks those that `acks` says."""

    def __init__(self, slack: Slack, acks: Callable[[SocketModeRequest], bool]) -> None:
        self.envelopes: list[SocketModeRequest] = []
        self._slack = slack
        self._client = SocketModeClient(
            slack.app_token, web_client=WebClient(base_url=slack.api_url)
        )

        def listen(client: Any, envelope: SocketModeRequest) -> None:
            self.envelopes.append(envelope)
            if acks(envelope):
                client.send_socket_mode_response(SocketModeResponse(envelope.envelope_id))
            slack.world.touch()

        self._client.socket_mode_request_listeners.append(listen)

    def __enter__(self) -> Listener:
        self._client.connect()
        return self

    def __exit__(self, *error: object) -> None:
        end(self._slack, self._client)

    @property
    def events(self) -> list[JSON]:
        return [envelope.payload["event"] for envelope in self.envelopes]


def test_a_mention_comes_twice_with_two_ids(slack: Slack, kari: User, channel: Channel) -> None:
    with Listener(slack, lambda envelope: True) as listener:
        slack.wait_connected()
        said = slack.say(kari, channel, f"{slack.mention} hvem <kan> henvise?")
        slack.wait_for(lambda: len(listener.envelopes) == 2 and not slack.undelivered())
    assert {event["type"] for event in listener.events} == {"app_mention", "message"}
    assert len({envelope.payload["event_id"] for envelope in listener.envelopes}) == 2
    for envelope in listener.envelopes:
        assert envelope.payload["team_id"] == slack.team.id
        assert envelope.payload["authorizations"][0]["user_id"] == slack.bot.id
        assert envelope.retry_attempt == 0
        assert envelope.payload["event"]["ts"] == said.ts
        assert envelope.payload["event"]["text"] == f"{slack.mention} hvem &lt;kan&gt; henvise?"


@pytest.mark.parametrize(
    ("kind", "mentioned", "without", "expected"),
    [
        ("channel", False, "", ["message"]),
        ("channel", True, "channels:history", ["app_mention"]),
        ("channel", True, "app_mentions:read", ["message"]),
        ("group", False, "groups:history", []),
        ("im", True, "", ["message"]),
        ("outside", True, "", []),
    ],
)
def test_which_events_a_message_makes(
    slack: Slack, kari: User, kind: str, mentioned: bool, without: str, expected: list[str]
) -> None:
    slack.team.scopes.discard(without)
    channel = {
        "channel": lambda: slack.channel("a", [kari]),
        "group": lambda: slack.channel("b", [kari], private=True),
        "im": lambda: slack.dm(kari),
        "outside": lambda: slack.channel("c", [kari], bot=False),
    }[kind]()
    slack.say(kari, channel, f"{slack.mention} hei" if mentioned else "hei")
    events = [delivery.event for delivery in slack.deliveries]
    assert [event["type"] for event in events] == expected
    if expected == ["message"]:
        assert events[0]["channel_type"] == kind


def test_editing_and_deleting_are_told(slack: Slack, kari: User, channel: Channel) -> None:
    said = slack.say(kari, channel, "en")
    slack.edit(kari, said, "to")
    reply = slack.say(kari, channel, "svar", thread=said)
    slack.delete(kari, reply)
    slack.say(kari, channel, "nytt svar", thread=said)
    slack.delete(kari, said)
    _, edited, _, deleted, _, tomb = [delivery.event for delivery in slack.deliveries]
    assert edited["subtype"] == "message_changed"
    assert (edited["previous_message"]["text"], edited["message"]["text"]) == ("en", "to")
    assert edited["message"]["edited"]["user"] == kari.id
    assert deleted["subtype"] == "message_deleted"
    assert deleted["deleted_ts"] == deleted["previous_message"]["ts"] == reply.ts
    assert tomb["subtype"] == "message_changed"
    assert tomb["message"]["subtype"] == "tombstone"
    with pytest.raises(CannotDo):
        slack.edit(slack.user("ola"), reply, "nei")


@pytest.mark.parametrize("slack", [HASTY], indirect=True)
def test_an_event_without_ack_comes_again(slack: Slack, kari: User, channel: Channel) -> None:
    with Listener(slack, lambda envelope: envelope.retry_attempt == 2) as listener:
        slack.wait_connected()
        slack.say(kari, channel, "hei")
        [delivery] = slack.undelivered()
        slack.wait_for(lambda: delivery.acked)
    told = [(envelope.retry_attempt, envelope.retry_reason) for envelope in listener.envelopes]
    assert told == [(0, ""), (1, "timeout"), (2, "timeout")]
    assert len({envelope.payload["event_id"] for envelope in listener.envelopes}) == 1
    assert len({envelope.envelope_id for envelope in listener.envelopes}) == 3


@pytest.mark.parametrize("slack", [HASTY], indirect=True)
def test_slack_gives_up_after_three_retries(slack: Slack, kari: User, channel: Channel) -> None:
    slack.say(kari, channel, "hei")
    [delivery] = slack.undelivered()
    slack.wait_for(lambda: delivery.given_up)
    assert len(delivery.sent) == 4
    with Listener(slack, lambda envelope: True):
        slack.wait_connected()
        slack.deliver_again(delivery)
        slack.wait_for(lambda: delivery.acked)


def test_lost_acks_and_lost_events(slack: Slack, kari: User, channel: Channel) -> None:
    app = bolt(slack)
    seen: list[tuple[str, str]] = []

    @app.event("message")
    def message(event: JSON, request: BoltRequest) -> None:
        seen.append((event["text"], request.headers.get("x-slack-retry-num", [""])[0]))

    with socket_mode(slack, app):
        slack.faults.lose_acks(1)
        slack.say(kari, channel, "kvittert")
        slack.wait_for(lambda: not slack.undelivered())
        slack.faults.lose_events(1)
        slack.say(kari, channel, "tapt")
        slack.wait_for(lambda: not slack.undelivered())
        slack.wait_for(lambda: len(seen) == 3)
    assert seen == [("kvittert", "0"), ("kvittert", "1"), ("tapt", "1")]


def test_copies_come_in_any_order(slack: Slack, kari: User, channel: Channel) -> None:
    with Listener(slack, lambda envelope: True) as listener:
        slack.wait_connected()
        with slack.shuffled(seed=3):
            for number in range(20):
                slack.say(kari, channel, str(number), redeliver=2)
            assert listener.envelopes == []
        slack.wait_for(lambda: len(listener.envelopes) == 60)
    texts = [event["text"] for event in listener.events]
    assert sorted(texts, key=int) == [str(number) for number in range(20) for _ in range(3)]
    assert texts != sorted(texts, key=int)


def test_connections_share_the_events(slack: Slack, kari: User, channel: Channel) -> None:
    with (
        Listener(slack, lambda envelope: True) as one,
        Listener(slack, lambda envelope: True) as two,
    ):
        slack.wait_connected(2)
        for number in range(40):
            slack.say(kari, channel, str(number))
        slack.wait_for(lambda: len(one.envelopes) + len(two.envelopes) == 40)
    assert len(one.envelopes) > 5
    assert len(two.envelopes) > 5


@pytest.mark.parametrize("how", ["refresh_requested", "warning", "cut"])
def test_the_app_comes_back_after_a_disconnect(
    slack: Slack, kari: User, channel: Channel, how: str
) -> None:
    app = bolt(slack)

    @app.event("message")
    def message(event: JSON, say: Say) -> None:
        if "bot_id" not in event:
            say("svar", thread_ts=event["ts"])

    with socket_mode(slack, app):
        if how == "cut":
            slack.cut_sockets()
        else:
            slack.disconnect(how)
        slack.wait_for(lambda: slack.server.sockets.opened == 2 and slack.connections)
        said = slack.say(kari, channel, "er du der?")
        slack.wait_for(lambda: slack.answers(channel, said))


def test_a_ticket_opens_one_socket_and_grows_old(slack: Slack) -> None:
    client = WebClient(base_url=slack.api_url)

    def address() -> str:
        return str(client.apps_connections_open(app_token=slack.app_token)["url"])

    ticket = address()
    with connect(ticket) as link:
        hello = json.loads(link.recv())
    assert (hello["type"], hello["connection_info"]["app_id"]) == ("hello", slack.app.app_id)
    with pytest.raises(InvalidStatus):
        connect(ticket)
    late = address()
    slack.pass_time(31)
    with pytest.raises(InvalidStatus):
        connect(late)


# What people do


def test_a_command_is_answered_in_its_ack_and_later(slack: Slack, kari: User) -> None:
    outside = slack.channel("utenfor", [kari], bot=False)
    app = bolt(slack)
    bodies: list[JSON] = []

    @app.command("/frisksvar")
    def command(ack: Ack, respond: Respond, body: JSON) -> None:
        bodies.append(body)
        ack("et øyeblikk")
        respond("svaret")
        respond("til alle", response_type="in_channel")

    with socket_mode(slack, app):
        answer = slack.command(kari, outside, "hva er dette?")
        slack.wait_for(lambda: slack.answers(outside))
        slack.wait_for(lambda: len(slack.ephemerals(kari)) == 2)
    assert answer.ok
    assert {message.text for message in slack.ephemerals(kari)} == {"et øyeblikk", "svaret"}
    assert [message.text for message in slack.answers(outside)] == ["til alle"]
    assert bodies[0]["text"] == "hva er dette?"
    assert bodies[0]["user_id"] == kari.id
    assert bodies[0]["channel_id"] == outside.id


@pytest.mark.parametrize("slack", [HASTY], indirect=True)
def test_a_command_without_ack_fails_and_is_not_sent_again(
    slack: Slack, kari: User, channel: Channel
) -> None:
    with Listener(slack, lambda envelope: False) as listener:
        slack.wait_connected()
        answer = slack.command(kari, channel, "hei")
    assert (answer.ok, answer.reason) == (False, "timeout")
    assert len(listener.envelopes) == 1


def test_a_response_url_wears_out(slack: Slack, kari: User, channel: Channel) -> None:
    with Listener(slack, lambda envelope: True) as listener:
        slack.wait_connected()
        slack.command(kari, channel, "en")
        slack.command(kari, channel, "to")
    one, two = [envelope.payload["response_url"] for envelope in listener.envelopes]
    codes = [httpx.post(one, json={"text": str(n)}).status_code for n in range(6)]
    assert codes == [200] * 5 + [404]
    broken = httpx.post(two, json={"text": "x", "blocks": [section("")]})
    assert (broken.status_code, broken.json()["error"]) == (400, "invalid_blocks")
    slack.pass_time(1801)
    late = httpx.post(two, json={"text": "for sent"})
    assert (late.status_code, late.json()["error"]) == (404, "expired_url")
    assert len(slack.ephemerals(kari)) == 5


def form_app(slack: Slack, **listeners: Any) -> App:
    """A shortcut opens a form; the listeners for "submitted" and "options" can be given."""
    app = bolt(slack)

    @app.shortcut("ask_about")
    def shortcut(ack: Ack, body: JSON, client: WebClient) -> None:
        ack()
        field = {"type": "external_select", "action_id": "kommune", "min_query_length": 2}
        blocks = [asks(text_field()), asks(field, "kommune", optional=True)]
        client.views_open(trigger_id=body["trigger_id"], view=modal(*blocks, private_metadata="12"))

    @app.options("kommune")
    def options(ack: Ack, payload: JSON) -> None:
        known = ["Senja", "Senden"]
        typed = payload["value"].lower()
        ack(options=[option(name) for name in known if name.lower().startswith(typed)])

    app.view("form")(listeners["submitted"])
    return app


def opened(slack: Slack, user: User, message: Message) -> Any:
    assert slack.shortcut(user, "ask_about", message).ok
    return slack.wait_for(lambda: slack.views(user))[-1]


def test_a_form_from_a_shortcut(slack: Slack, kari: User, channel: Channel) -> None:
    views: list[JSON] = []

    def submitted(ack: Ack, view: JSON) -> None:
        views.append(view)
        if view["state"]["values"]["svar"]["svar"]["value"] == "tull":
            ack(response_action="errors", errors={"svar": "Skriv noe mer."})
        else:
            ack()

    with socket_mode(slack, form_app(slack, submitted=submitted)):
        said = slack.say(kari, channel, "spørsmål")
        view = opened(slack, kari, said)
        with pytest.raises(CannotDo, match="must be filled in"):
            slack.submit(kari, view)
        assert slack.submit(kari, view, {"svar": "tull"}).errors == {"svar": "Skriv noe mer."}
        assert slack.views(kari) == [view]
        assert slack.options(kari, view, "kommune", "s") == []
        assert len(slack.options(kari, view, "kommune", "se")) == 2
        with pytest.raises(CannotDo, match="no option 'Lenvik'"):
            slack.fill(kari, view, {"kommune": "Lenvik"})
        assert slack.submit(kari, view, {"svar": "godt", "kommune": "Senja"}).ok
    assert slack.views(kari) == []
    values = views[-1]["state"]["values"]
    assert values["svar"]["svar"] == {"type": "plain_text_input", "value": "godt"}
    assert values["kommune"]["kommune"]["selected_option"]["value"] == "senja"
    assert views[-1]["private_metadata"] == "12"


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ({"response_action": "clear"}, []),
        ({"response_action": "update", "view": modal(title=plain("Ny"))}, ["Ny"]),
        ({"response_action": "push", "view": modal(title=plain("Over"))}, ["Skjema", "Over"]),
    ],
)
def test_what_becomes_of_a_form(
    slack: Slack, kari: User, channel: Channel, answer: JSON, left: list[str]
) -> None:
    def submitted(ack: Ack) -> None:
        ack(**answer)

    with socket_mode(slack, form_app(slack, submitted=submitted)):
        view = opened(slack, kari, slack.say(kari, channel, "spørsmål"))
        assert slack.submit(kari, view, {"svar": "x"}).ok
    assert [view.title for view in slack.views(kari)] == left


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"finnes ikke": "x"}},
        {"response_action": "update", "view": modal(title=plain("x" * 25))},
    ],
)
def test_an_ack_that_slack_does_not_take(
    slack: Slack, kari: User, channel: Channel, answer: JSON
) -> None:
    def submitted(ack: Ack) -> None:
        ack(**answer)

    with socket_mode(slack, form_app(slack, submitted=submitted)):
        view = opened(slack, kari, slack.say(kari, channel, "spørsmål"))
        assert not slack.submit(kari, view, {"svar": "x"}).ok
    assert [view.title for view in slack.views(kari)] == ["Skjema"]


def test_a_trigger_lasts_three_seconds_and_one_use(
    slack: Slack, client: WebClient, kari: User, channel: Channel
) -> None:
    with Listener(slack, lambda envelope: True) as listener:
        slack.wait_connected()
        slack.command(kari, channel)
        slack.command(kari, channel)
    one, two = [envelope.payload["trigger_id"] for envelope in listener.envelopes]
    client.views_open(trigger_id=one, view=modal())
    again = refused(lambda: client.views_open(trigger_id=one, view=modal()))
    assert again["error"] == "exchanged_trigger_id"
    broken = refused(lambda: client.views_open(trigger_id=two, view=modal(title=plain(""))))
    assert broken["error"] == "invalid_arguments"
    slack.pass_time(3.1)
    late = refused(lambda: client.views_open(trigger_id=two, view=modal()))
    assert late["error"] == "expired_trigger_id"


def test_buttons_of_a_message(
    slack: Slack, client: WebClient, kari: User, channel: Channel
) -> None:
    app = bolt(slack)
    bodies: list[JSON] = []

    @app.action("go")
    def pressed(ack: Ack, body: JSON, respond: Respond) -> None:
        ack()
        bodies.append(body)
        respond("borte", replace_original=True)

    @app.action("feedback")
    def voted(ack: Ack, body: JSON) -> None:
        ack()
        bodies.append(body)

    with socket_mode(slack, app):
        feedback = {"type": "context_actions", "elements": [vote("up:12")]}
        client.chat_postMessage(
            channel=channel.id, text="x", blocks=[actions(button(value="12")), feedback]
        )
        [message] = slack.messages(channel)
        assert slack.vote(kari, message, up=True).ok
        assert slack.press(kari, message, "go").ok
        slack.wait_for(lambda: message.text == "borte")
        with pytest.raises(CannotDo):
            slack.press(kari, message, "nei")
        with pytest.raises(CannotDo):
            slack.press(slack.user("ola"), message, "go")
        client.chat_postEphemeral(
            channel=channel.id, user=kari.id, text="x", blocks=[actions(button())]
        )
        [private] = slack.ephemerals(kari)
        slack.press(kari, private, "go")
        slack.wait_for(lambda: private.text == "borte")
    voted_body, pressed_body, private_body = bodies
    assert voted_body["actions"][0]["value"] == "up:12"
    assert voted_body["actions"][0]["type"] == "feedback_buttons"
    assert pressed_body["actions"][0]["value"] == "12"
    assert pressed_body["message"]["ts"] == message.ts
    assert pressed_body["container"]["is_ephemeral"] is False
    assert private_body["container"]["is_ephemeral"] is True
    assert "message" not in private_body


def test_app_home(slack: Slack, client: WebClient, kari: User) -> None:
    with Listener(slack, lambda envelope: True) as listener:
        slack.wait_connected()
        slack.open_home(kari)
        slack.wait_for(lambda: listener.envelopes)
    [event] = listener.events
    assert (event["type"], event["tab"], event["user"]) == ("app_home_opened", "home", kari.id)
    home = {"type": "home", "blocks": [section("min kommune")]}
    first = client.views_publish(user_id=kari.id, view=home)["view"]
    client.views_publish(user_id=kari.id, view=home, hash=first["hash"])
    shown = slack.home(kari)
    assert shown
    assert slack.shown(shown) == "min kommune"
    stale = refused(lambda: client.views_publish(user_id=kari.id, view=home, hash=first["hash"]))
    assert stale["error"] == "hash_conflict"
    slack.team.home_tab = False
    assert refused(lambda: client.views_publish(user_id=kari.id, view=home))["error"] == (
        "not_enabled"
    )


def test_a_workspace_hears_of_itself_only(slack: Slack) -> None:
    other = slack.workspace("annen")
    per = slack.user("per", team=other)
    there = slack.channel("der", [per], team=other)
    slack.say(per, there, f"{other.bot_user.mention} hei")
    assert {delivery.payload["team_id"] for delivery in slack.deliveries} == {other.id}


def test_addresses_are_marked_as_slack_marks_them(
    slack: Slack, kari: User, channel: Channel
) -> None:
    said = slack.say(
        kari, channel, f"{slack.mention} skriv <!channel> til ola@fhi.no, https://a.no"
    )
    assert said.text == (
        f"{slack.mention} skriv &lt;!channel&gt; til <mailto:ola@fhi.no|ola@fhi.no>, <https://a.no>"
    )
    assert slack.say(kari, channel, "<!channel>", raw=True).text == "<!channel>"


# HTTP


@contextlib.contextmanager
def http_app(app: App) -> Iterator[str]:
    """The app under bolt's Starlette adapter; its request URL."""
    handler = SlackRequestHandler(app)

    async def endpoint(request: Request) -> Response:
        return await handler.handle(request)

    listening = socket.create_server(("127.0.0.1", 0))
    web = Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(web, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/slack/events"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def test_everything_over_http(slack: Slack, kari: User, channel: Channel) -> None:
    app = App(
        client=WebClient(slack.bot_token, base_url=slack.api_url),
        signing_secret=slack.signing_secret,
    )
    attempts: list[str] = []

    @app.event("app_mention")
    def mention(event: JSON, say: Say, request: BoltRequest) -> None:
        attempts.append(request.headers.get("x-slack-retry-num", ["0"])[0])
        say("svar", thread_ts=event["ts"])

    @app.event("message")
    def message() -> None: ...

    @app.command("/frisksvar")
    def command(ack: Ack, body: JSON, client: WebClient) -> None:
        ack(f"du skrev {body['text']}")
        client.views_open(trigger_id=body["trigger_id"], view=modal())

    @app.view("form")
    def submitted(ack: Ack) -> None:
        ack(response_action="errors", errors={"svar": "nei"})

    with http_app(app) as url:
        assert slack.use_http(url)
        said = slack.say(kari, channel, f"{slack.mention} hei")
        slack.wait_for(lambda: slack.answers(channel, said))
        slack.faults.lose_acks(1)
        slack.say(kari, channel, f"{slack.mention} igjen")
        slack.wait_for(lambda: not slack.undelivered())
        slack.wait_for(lambda: sorted(attempts) in (["0", "0"], ["0", "0", "1"]))
        assert slack.command(kari, channel, "æøå & co").ok
        assert slack.ephemerals(kari)[0].text == "du skrev æøå & co"
        view = slack.wait_for(lambda: slack.views(kari))[-1]
        assert slack.submit(kari, view, {"svar": "x"}).errors == {"svar": "nei"}


def test_a_wrong_signature_is_refused_and_tried_again(
    slack: Slack, kari: User, channel: Channel
) -> None:
    app = App(
        client=WebClient(slack.bot_token, base_url=slack.api_url), signing_secret="another one"
    )
    with http_app(app) as url:
        assert not slack.use_http(url)
        slack.say(kari, channel, "hei")
        [delivery] = slack.deliveries
        slack.wait_for(lambda: delivery.given_up)
    assert len(delivery.sent) == 4


def test_signatures_are_slacks(slack: Slack) -> None:
    received: list[tuple[bytes, dict[str, str]]] = []

    async def endpoint(request: Request) -> Response:
        received.append((await request.body(), dict(request.headers)))
        return Response("")

    with Slack(timing=Timing.quick(), routes=[Route("/hook", endpoint, methods=["POST"])]) as hook:
        assert not slack.use_http(f"{hook.url}/hook")  # the challenge did not come back
    [(body, headers)] = received
    assert SignatureVerifier(slack.signing_secret).is_valid_request(body, headers)
    assert not SignatureVerifier("another one").is_valid_request(body, headers)


# All at once


def test_five_hundred_questions_from_fifty_people() -> None:
    with Slack(timing=Timing(ack_s=30)) as slack:
        answer_five_hundred(slack)


def answer_five_hundred(slack: Slack) -> None:
    people = [slack.user(f"person{n}") for n in range(50)]
    channel = slack.channel("alle", people)
    app = bolt(slack)

    @app.event("app_mention")
    def mention(event: JSON, say: Say) -> None:
        say("svar", thread_ts=event["ts"])

    @app.event("message")
    def message() -> None: ...

    def ask(user: User) -> None:
        for number in range(10):
            slack.say(user, channel, f"{slack.mention} spørsmål {number}")

    # A busy machine answers pings late; that must not cut the connection here.
    with socket_mode(slack, app, ping_s=60):
        with ThreadPoolExecutor(50) as pool:
            list(pool.map(ask, people))
        slack.wait_for(lambda: len(slack.calls_of("chat.postMessage")) >= 500, 60)
        slack.wait_for(lambda: not slack.undelivered(), 60)
    threads = [message.thread_ts for message in slack.answers(channel)]
    assert len(set(threads)) == len(threads) == 500
