"""auth.*, oauth.*, apps.*, users.*, team.*, assistant.*: who calls, who is there, and the pane."""

from __future__ import annotations

from typing import Any, Final

from .registry import Call, bad_arguments, method
from .rendering import user_json
from .rules import problem
from .state import JSON, Channel, Prompts, SlackError, Status

MOST_PROMPTS: Final = 4  # reference/methods/assistant.threads.setSuggestedPrompts
MOST_LOADING_MESSAGES: Final = 10  # reference/methods/assistant.threads.setStatus


@method("api.test")
def api_test(call: Call) -> JSON:
    return {"args": call.args}


@method("auth.test")
def auth_test(call: Call) -> JSON:
    team = call.team
    return {
        "url": f"https://{team.name}.slack.com/",
        "team": team.name,
        "user": team.bot_user.name,
        "team_id": team.id,
        "user_id": team.bot_user.id,
        "bot_id": team.bot_id,
        "is_enterprise_install": False,
    }


@method("auth.revoke")
def auth_revoke(call: Call) -> JSON:
    if not call.flag("test"):
        call.team.revoked = True
    return {"revoked": not call.flag("test")}


@method("apps.connections.open")
def open_connection(call: Call) -> JSON:
    """The caller has an app-level token (web_api sees to that)."""
    address = call.address.replace("http", "ws", 1)
    ticket = call.sockets.ticket()
    return {"url": f"{address}/link/?ticket={ticket}&app_id={call.world.app.app_id}"}


@method("users.info", "users:read")
def users_info(call: Call) -> JSON:
    return {"user": user_json(call.user(), locale=call.flag("include_locale"))}


@method("users.list", "users:read")
def users_list(call: Call) -> JSON:
    return {
        "members": [user_json(user) for user in call.team.users.values()],
        "cache_ts": int(call.world.now()),
        "response_metadata": {"next_cursor": ""},
    }


@method("team.info", "team:read")
def team_info(call: Call) -> JSON:
    team = call.team
    return {"team": {"id": team.id, "name": team.name, "domain": team.name, "email_domain": ""}}


def _pane(call: Call) -> Channel:
    if not call.team.agent_features:
        raise SlackError("feature_not_enabled")
    channel = call.channel("channel_id")
    if not call.inside(channel):
        raise SlackError("not_in_channel")
    return channel


@method("assistant.threads.setStatus", "chat:write", "assistant:write")
def set_status(call: Call) -> JSON:
    channel = _pane(call)
    thread_ts = call.text("thread_ts")
    if thread_ts not in channel.messages:
        raise SlackError("thread_not_found")
    messages = call.json("loading_messages") or []
    if not isinstance(messages, list) or len(messages) > MOST_LOADING_MESSAGES:
        said = f"no more than {MOST_LOADING_MESSAGES} items allowed"
        raise bad_arguments(problem(said, "/loading_messages"))
    status = call.args.get("status")
    if not isinstance(status, str):
        raise bad_arguments(problem("missing required field: status", ""))
    channel.status_log.append((thread_ts, status))
    if status:
        channel.statuses[thread_ts] = Status(status, [str(text) for text in messages])
    else:
        channel.statuses.pop(thread_ts, None)
    return {}


@method("assistant.threads.setSuggestedPrompts", "assistant:write")
def set_suggested_prompts(call: Call) -> JSON:
    channel = _pane(call)
    prompts: Any = call.json("prompts")
    if not isinstance(prompts, list) or not prompts:
        raise bad_arguments(problem("missing required field: prompts", ""))
    if len(prompts) > MOST_PROMPTS:
        raise bad_arguments(problem(f"no more than {MOST_PROMPTS} items allowed", "/prompts"))
    for number, prompt in enumerate(prompts):
        if not isinstance(prompt, dict) or prompt.keys() != {"title", "message"}:
            raise bad_arguments(problem("missing required field", f"/prompts/{number}"))
    channel.prompts = Prompts(call.optional("title"), prompts, call.optional("thread_ts"))
    return {}


@method("assistant.threads.setTitle", "assistant:write")
def set_title(call: Call) -> JSON:
    _pane(call)
    call.text("title")
    return {}
