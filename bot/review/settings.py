"""Settings of the review pages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from knowledge.configuration import PREFIX
from knowledge.settings import LISTEN, Configured


def _capitals(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


class ReviewSettings(Configured):
    """Secrets are never printed."""

    model_config = SettingsConfigDict(env_prefix=f"{PREFIX}REVIEW_")

    url: str | None = Field(
        default=None,
        description="The address people use, e.g. https://friskliv.example.no; needed behind a "
        "proxy and for signing in with a provider.",
    )
    oidc_issuer: str | None = Field(
        default=None, description="An OpenID Connect provider: Entra ID, Ansattporten, …"
    )
    oidc_client_id: str | None = Field(default=None, description="Given by the provider.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="Given by the provider.")
    oidc_name: str = Field(default="OpenID Connect", description="What the button is called.")
    slack_client_id: str | None = Field(
        default=None,
        validation_alias=AliasChoices("SLACK_CLIENT_ID"),
        description="«Basic Information» of the Slack app, for Sign in with Slack.",
    )
    slack_client_secret: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("SLACK_CLIENT_SECRET"),
        description="See SLACK_CLIENT_ID.",
    )
    slack_issuer: str = Field(default="https://slack.com", description="For trials.")

    metrics_listen: Annotated[str, Field(pattern=LISTEN)] | None = Field(
        default=None,
        description="As FRISKSVAR_METRICS_LISTEN, for the pages where the bot runs on the same "
        "machine with the same settings, e.g. 127.0.0.1:9465; that one counts when not set.",
    )
    log: Annotated[Literal["INFO", "WARNING", "ERROR"], BeforeValidator(_capitals)] = Field(
        default="WARNING",
        validation_alias=AliasChoices("FRISKSVAR_LOG"),
        description="How much is logged.",
    )

    public_ideas: bool = Field(
        default=False, description="Let anybody read the published ideas without signing in."
    )

    @property
    def secure(self) -> bool:
        """Whether cookies are for https only."""
        return self.url is not None and self.url.startswith("https://")
