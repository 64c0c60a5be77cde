"""Events and interactions over HTTP to the app's request URL, signed as Slack signs.

docs.slack.dev/authentication/verifying-requests-from-slack: v0= and HMAC-SHA256 of
"v0:<timestamp>:<body>" with the signing secret.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import httpx

from .delivery import COMMAND, EVENT, Answer
from .state import JSON, World

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"


class HttpEvents:
    """Sends to one request URL, which serves events, commands, interactions and options alike."""

    def __init__(self, world: World, url: str, ack_s: float) -> None:
        self._world = world
        self._url = url
        self._client = httpx.AsyncClient(timeout=ack_s, trust_env=False)

    async def close(self) -> None:
        await self._client.aclose()

    async def send(self, kind: str, payload: JSON, attempt: int, reason: str) -> Answer:
        body, content_type = self._body(kind, payload)
        headers = self._signed(body) | {"Content-Type": content_type}
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
        try:
            response = await self._client.post(self._url, content=body, headers=headers)
        except httpx.TimeoutException:
            return Answer(False, reason="http_timeout")
        except httpx.HTTPError:
            return Answer(False, reason="connection_failed")
        no_retry = response.headers.get("X-Slack-No-Retry") == "1"
        if not response.is_success:
            return Answer(False, response.text, "http_error", no_retry)
        return Answer(True, _content(response))

    async def verify(self) -> bool:
        """What Slack does when a request URL is entered: the challenge must come back."""
        challenge = f"challenge-{self._world.new_hash()}"
        payload = {
            "token": self._world.app.verification_token,
            "challenge": challenge,
            "type": "url_verification",
        }
        answer = await self.send(EVENT, payload, 0, "")
        said = answer.body.get("challenge") if isinstance(answer.body, dict) else answer.body
        return answer.ok and said == challenge

    def _body(self, kind: str, payload: JSON) -> tuple[bytes, str]:
        if kind == EVENT:
            return json.dumps(payload, ensure_ascii=False).encode(), JSON_TYPE
        fields = payload if kind == COMMAND else {"payload": json.dumps(payload)}
        return urlencode(fields).encode(), FORM_TYPE

    def _signed(self, body: bytes) -> dict[str, str]:
        timestamp = str(int(self._world.now()))
        key = self._world.app.signing_secret.encode()
        digest = hmac.new(key, f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def _content(response: httpx.Response) -> Any:
    if not response.content:
        return None
    if JSON_TYPE in response.headers.get("Content-Type", ""):
        return response.json()
    return {"text": response.text}
