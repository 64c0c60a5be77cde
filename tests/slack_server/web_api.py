"""The Web API's door: reads a call, lets it in or not, plays the mishaps, answers as Slack does."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

# imported for the methods they register
from . import accounts, chat, conversations, registry, views  # noqa: F401
from .delivery import Timing
from .events import Events
from .faults import Fault, Faults
from .registry import METHODS
from .socket_mode import Sockets
from .state import JSON, Call, SlackError, Workspace, World

NO_TOKEN_NEEDED = {"api.test", "oauth.v2.access"}
APP_TOKEN_METHODS = {"apps.connections.open"}


class WebApi:
    """`cut` breaks the connection of a request off."""

    def __init__(
        self,
        world: World,
        events: Events,
        sockets: Sockets,
        faults: Faults,
        timing: Timing,
        cut: Callable[[Request], None],
    ) -> None:
        self.address = ""
        self._world = world
        self._events = events
        self._sockets = sockets
        self._faults = faults
        self._timing = timing
        self._cut = cut

    async def endpoint(self, request: Request) -> Response:
        at = time.perf_counter()
        if self._faults.away:
            self._cut(request)
            return Response()
        name = request.path_params["method"]
        try:
            args, token = await _read(request)
        except SlackError as refusal:
            return JSONResponse({"ok": False, "error": refusal.code})
        fault = self._faults.take(name, args)
        team = self._world.tokens.get(token)
        answer: JSON | None = None
        if fault is None or fault.done:
            answer = self._answer(name, args, token)
        status = 200
        headers = _scopes(name, team)
        if fault:
            answer, status, more = await self._mishap(fault, request)
            headers |= more
        with self._world.lock:
            team_id = team.id if team else None
            self._world.calls.append(Call(at, name, args, team_id, status, answer))
            self._world.touch()
        return JSONResponse(answer or {}, status, headers)

    async def _mishap(
        self, fault: Fault, request: Request
    ) -> tuple[JSON | None, int, dict[str, str]]:
        if fault.hang_s is not None:
            await asyncio.sleep(fault.hang_s)
        if fault.hang_s is not None or fault.drop:
            self._cut(request)
            return None, 0, {}
        if fault.status is not None:
            if fault.retry_after_s is None:
                return {"ok": False, "error": "internal_error"}, fault.status, {}
            headers = {"Retry-After": str(fault.retry_after_s)}
            return {"ok": False, "error": "ratelimited"}, fault.status, headers
        return {"ok": False, "error": fault.error or "internal_error"}, 200, {}

    def _answer(self, name: str, args: JSON, token: str) -> JSON:
        with self._world.lock:
            try:
                return {"ok": True} | self._done(name, args, token)
            except SlackError as refusal:
                return {"ok": False, "error": refusal.code} | refusal.more

    def _done(self, name: str, args: JSON, token: str) -> JSON:
        if name == "oauth.v2.access":
            return self._installed(args)
        if name not in METHODS:
            raise SlackError("unknown_method", req_method=name)
        function, scopes = METHODS[name]
        call = registry.Call(
            name,
            args,
            self._team(name, token),
            self._world,
            self._events,
            self._sockets,
            self._timing,
            self.address,
        )
        if scopes:
            call.need(*scopes)
        return function(call)

    def _team(self, name: str, token: str) -> Workspace:
        """The workspace of a token, or Slack's refusal of it."""
        some_team = next(iter(self._world.teams.values()))
        if name in NO_TOKEN_NEEDED:
            return some_team
        if not token:
            raise SlackError("not_authed")
        is_app_token = token == self._world.app.app_token
        if is_app_token != (name in APP_TOKEN_METHODS) and (
            is_app_token or token in self._world.tokens
        ):
            raise SlackError("not_allowed_token_type")
        if is_app_token:
            return some_team
        team = self._world.tokens.get(token)
        if team is None:
            raise SlackError("invalid_auth")
        if team.revoked:
            raise SlackError("token_revoked")
        return team

    def _installed(self, args: JSON) -> JSON:
        """oauth.v2.access: a code, once, for a bot token."""
        app = self._world.app
        if args.get("client_id") != app.client_id:
            raise SlackError("invalid_client_id")
        if args.get("client_secret") != app.client_secret:
            raise SlackError("bad_client_secret")
        team = self._world.codes.pop(str(args.get("code")), None)
        if team is None:
            raise SlackError("invalid_code")
        installer = next((u for u in team.users.values() if u.admin), team.bot_user)
        return {
            "access_token": team.bot_token,
            "token_type": "bot",
            "scope": ",".join(sorted(team.scopes)),
            "bot_user_id": team.bot_user.id,
            "app_id": app.app_id,
            "team": {"name": team.name, "id": team.id},
            "enterprise": None,
            "is_enterprise_install": False,
            "authed_user": {"id": installer.id},
        }


def _scopes(name: str, team: Workspace | None) -> dict[str, str]:
    if team is None:
        return {}
    needed = METHODS[name][1] if name in METHODS else ()
    return {
        "X-OAuth-Scopes": ",".join(sorted(team.scopes)),
        "X-Accepted-OAuth-Scopes": ",".join(needed),
    }


def _members(body: bytes) -> JSON:
    """slack-sdk names a call JSON also where it has no arguments and so no body."""
    try:
        members = json.loads(body or b"{}")
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(members, dict):
        raise SlackError("json_not_object")
    return members


async def _read(request: Request) -> tuple[JSON, str]:
    """The arguments, from the query, a form or JSON, and the token."""
    args: dict[str, Any] = dict(request.query_params)
    content_type = request.headers.get("Content-Type", "")
    if content_type.startswith("application/json"):
        args |= _members(await request.body())
    elif content_type:
        async with request.form() as form:
            args |= dict(form)
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        client_id, _, secret = base64.b64decode(rest).decode().partition(":")
        args |= {"client_id": client_id, "client_secret": secret}
    token = str(args.pop("token", ""))
    return args, rest if scheme.lower() == "bearer" else token
