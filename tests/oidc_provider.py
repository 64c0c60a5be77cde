"""A small OpenID Connect provider on a port of its own, which can be told to do things wrongly."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, CLIENT_SECRET = "frisksvar", "a secret of the client, long enough for HS256"


@dataclass
class OidcProvider:
    """One person is signed in there: Kari, who always agrees.

    Attributes:
        claims: put over those of the id token; None takes a claim out.
        header: put over that of the id token; "alg": "none" leaves the signature out.
        discovery: put over the discovery document.
        signed_by: a key that is not the one published, where given.
        asked: what came to /authorize, newest last.
    """

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    signed_by: RSAKey | None = None
    without_id_token: bool = False
    check_verifier: bool = True
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))

    def authorize(self, address: str) -> str:
        """What the browser is sent back to when it comes with an address of ours."""
        query = dict(part for part in _pairs(address))
        self.asked.append(query)
        code = f"code{len(self.asked)}"
        self.codes[code] = query
        return query["redirect_uri"] + "?" + urlencode({"code": code, "state": query["state"]})

    async def _discovery(self, request: Request) -> Response:
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
            **self.discovery,
        }
        return JSONResponse(document)

    async def _keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        return RedirectResponse(self.authorize(str(request.url)))

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        asked = self.codes.pop(str(form.get("code")), None)
        given = b64decode(request.headers["authorization"].split()[1]).decode()
        challenge = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        right = (
            asked is not None
            and given.startswith(f"{CLIENT}:")
            and form.get("redirect_uri") == asked["redirect_uri"]
            and asked["code_challenge_method"] == "S256"
            and urlsafe_b64encode(challenge).decode().rstrip("=") == asked["code_challenge"]
        )
        if asked is None or not right:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        answer = {"access_token": "unused", "token_type": "Bearer", "expires_in": 60}
        if not self.without_id_token:
            answer["id_token"] = self._id_token(asked["nonce"])
        return JSONResponse(answer)

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "kari",
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": nonce,
            "name": "Kari Nordmann",
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "RS256", "kid": "one", **self.header}
        if header["alg"] == "none":
            return f"{_part(header)}.{_part(claims)}."
        if header["alg"] == "HS256":
            return jwt.encode(header, claims, OctKey.import_key(CLIENT_SECRET))
        return jwt.encode(header, claims, self.signed_by or self.key)


def _part(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _pairs(address: str) -> list[tuple[str, str]]:
    from urllib.parse import parse_qsl, urlsplit

    return parse_qsl(urlsplit(address).query)


@contextmanager
def running_provider() -> Iterator[OidcProvider]:
    """A provider that answers on 127.0.0.1."""
    provider = OidcProvider()
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", provider._discovery),
            Route("/keys", provider._keys),
            Route("/authorize", provider._authorize),
            Route("/token", provider._token, methods=["POST"]),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    provider.issuer = f"http://127.0.0.1:{port}"
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join(10)
