"""Settings of the review pages, by environment variable."""

from __future__ import annotations

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ReviewSettings(BaseSettings):
    """Read from the environment (prefix ``FRISKSVAR_REVIEW_``). Secrets are never printed."""

    model_config = SettingsConfigDict(
        env_prefix="FRISKSVAR_REVIEW_", extra="ignore", env_ignore_empty=True, frozen=True
    )

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

    public_ideas: bool = Field(
        default=False, description="Let anybody read the published ideas without signing in."
    )

    @property
    def secure(self) -> bool:
        """Whether cookies are for https only."""
        return self.url is not None and self.url.startswith("https://")
