"""Signing in with Slack or another OpenID Connect provider, through Authlib.

The code flow with state, nonce and PKCE. What the provider tells of itself is read once from its
discovery document; the id token is believed when signature, issuer, audience, time and nonce are
right (OpenID Connect Core 1.0, 3.1.3.7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import Response

from bot.review.settings import ReviewSettings

DISCOVERY: Final = "/.well-known/openid-configuration"
SCOPE: Final = "openid profile"
"""Who it is and what they are called; no address, no picture."""

SECONDS: Final = 10.0
"""For each answer of a provider."""

LEEWAY_SECONDS: Final = 60
"""Between its clock and ours."""

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384")
"""Signatures with a key that the provider alone has. Never "none", and no shared secret."""

KEPT: Final = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
"""Of the discovery document. Authlib hands the rest to its HTTP client as options."""

LONGEST_NAME: Final = 80
SLACK_TEAM: Final = "https://slack.com/team_id"
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class NotSignedIn(Exception):
    """The provider did not sign anybody in, or what it said is not to be believed."""


@dataclass(frozen=True)
class Identity:
    """Whom a provider says it is. `subject` is theirs at that issuer for ever."""

    issuer: str
    subject: str
    name: str


class Provider:
    """One way in.

    Args:
        name: in addresses of ours: "slack", "oidc".
        label: on the button.
        issuer: exactly as the provider writes it.
    """

    def __init__(
        self, name: str, label: str, issuer: str, client_id: str, client_secret: str, url: str
    ) -> None:
        self.name, self.label, self.issuer = name, label, issuer
        self._client_id = client_id
        self._callback = f"{url.rstrip('/')}/sign-in/{name}/callback"
        self._client: Any = OAuth().register(
            name,
            client_id=client_id,
            client_secret=client_secret,
            server_metadata_url=issuer.rstrip("/") + DISCOVERY,
            client_kwargs={
                "scope": SCOPE,
                "code_challenge_method": "S256",
                "timeout": SECONDS,
            },
        )

    async def begin(self, request: Request) -> Response:
        """To the provider. Keeps state, nonce and verifier in the session.

        Raises:
            NotSignedIn: it cannot be reached, or is not who it should be.
        """
        try:
            await self._discover()
            answer: Response = await self._client.authorize_redirect(request, self._callback)
        except TROUBLE as error:
            raise NotSignedIn(type(error).__name__) from error
        return answer

    async def finish(self, request: Request) -> Identity:
        """Who came back from the provider.

        Raises:
            NotSignedIn: state, code or id token are not right.
        """
        try:
            await self._discover()
            token = await self._client.authorize_access_token(
                request, claims_options=self._claims(), leeway=LEEWAY_SECONDS
            )
            claims = token["userinfo"]  # Authlib puts it there when it has checked the id token
            return Identity(self.issuer, _subject(claims), _name(claims, self.label))
        except TROUBLE as error:
            raise NotSignedIn(type(error).__name__) from error

    def _claims(self) -> dict[str, dict[str, Any]]:
        """What the id token must hold. Authlib itself does not ask for whom it was made."""
        return {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self._client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
            "nonce": {"essential": True},
        }

    async def _discover(self) -> None:
        client = self._client
        if client.server_metadata.get("issuer") == self.issuer:
            return
        try:
            found = await client.load_server_metadata()
            if found.get("issuer") != self.issuer:
                raise ValueError("issuer")
            kept = {key: str(found[key]) for key in KEPT}
            if not all(_guarded(address) for address in kept.values()):
                raise ValueError("https")
            offered = found.get("id_token_signing_alg_values_supported") or ["RS256"]
            ways = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        except BaseException:
            client.server_metadata = {}  # asked again next time
            raise
        if "client_secret_basic" not in ways and "client_secret_post" in ways:
            client.client_kwargs["token_endpoint_auth_method"] = "client_secret_post"
        client.server_metadata = {
            **kept,
            "_loaded_at": found["_loaded_at"],  # by which Authlib knows that it has them
            "id_token_signing_alg_values_supported": [
                name for name in offered if name in ALGORITHMS
            ]
            or ["RS256"],
        }


TROUBLE: Final = (
    AuthlibBaseError,
    JoseError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What Authlib raises for an answer that is not right, or not there."""


def providers(own: ReviewSettings) -> dict[str, Provider]:
    """The ways in that are set up, by name. They need the address that people use."""
    if own.url is None:
        return {}
    found = []
    if own.slack_client_id and own.slack_client_secret:
        secret = own.slack_client_secret.get_secret_value()
        found.append(
            Provider("slack", "Slack", own.slack_issuer, own.slack_client_id, secret, own.url)
        )
    if own.oidc_issuer and own.oidc_client_id and own.oidc_client_secret:
        secret = own.oidc_client_secret.get_secret_value()
        found.append(
            Provider("oidc", own.oidc_name, own.oidc_issuer, own.oidc_client_id, secret, own.url)
        )
    return {provider.name: provider for provider in found}


def _guarded(address: str) -> bool:
    """Whether nobody in between can read or answer."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _subject(claims: Any) -> str:
    """Slack's own ids are of a workspace: the two together name a person."""
    subject, team = str(claims["sub"]), claims.get(SLACK_TEAM)
    return f"{team}/{subject}" if team else subject


def _name(claims: Any, label: str) -> str:
    """What to call them; some providers tell no name."""
    for claim in ("name", "preferred_username", "given_name"):
        told = " ".join(str(claims.get(claim) or "").split())
        if told.isprintable() and told:
            return told[:LONGEST_NAME]
    return f"{label} {str(claims['sub'])[:8]}"
