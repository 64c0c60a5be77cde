"""Slack's tokens, by Slack's usual names, and the bot's own settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal

from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    HttpUrl,
    SecretStr,
    TypeAdapter,
)
from slack_sdk.web.base_client import BaseClient

from knowledge.messages import Failure, Message
from knowledge.settings import Configured

BOT_TOKEN, APP_TOKEN = "xoxb-", "xapp-"

LONGEST_FIRST_WAIT: Final = 60.0
"""Seconds: the longest wait between two tries (bot/slack/postman.py)."""

_URL = TypeAdapter(HttpUrl)


def _web_address(value: object) -> object:
    """The value as it is, if it is an http(s) address of a host."""
    _URL.validate_python(value)
    return value


def _capitals(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


class SecretSettings(Configured):
    """What the register needs too: it is read without the rest, which only the bot stops at."""

    secret: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("FRISKSVAR_SECRET"),
        description="Key of the pseudonyms of askers; one is made in FRISKSVAR_HOME when not set.",
    )


class SlackSettings(SecretSettings):
    """Secrets are never printed."""

    what_is_wanted: ClassVar[Mapping[str, str]] = {
        "FRISKSVAR_SLACK_API_URL": "slack_setting_url",
        "FRISKSVAR_REVIEW_URL": "slack_setting_url",
        "FRISKSVAR_LOG": "slack_setting_log",
        "FRISKSVAR_SLACK_FIRST_WAIT": "slack_setting_seconds",
    }

    bot_token: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("SLACK_BOT_TOKEN"),
        description="xoxb-…: «OAuth & Permissions» of the app. Not needed with OAuth.",
    )
    app_token: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("SLACK_APP_TOKEN"),
        description="xapp-…, with connections:write: «Basic Information» of the app. "
        "For Socket Mode.",
    )
    signing_secret: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("SLACK_SIGNING_SECRET"),
        description="«Basic Information» of the app. For HTTP.",
    )
    client_id: str | None = Field(
        default=None,
        validation_alias=AliasChoices("SLACK_CLIENT_ID"),
        description="With SLACK_CLIENT_SECRET: OAuth, for several workspaces. For HTTP.",
    )
    client_secret: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("SLACK_CLIENT_SECRET"),
        description="See SLACK_CLIENT_ID.",
    )
    home_team: str | None = Field(
        default=None,
        validation_alias=AliasChoices("FRISKSVAR_SLACK_HOME_TEAM"),
        description="With OAuth: the workspace (T…) whose administrators say where the centres are "
        "asked. Those of other workspaces must not be able to get the inquiries for a centre.",
    )
    api_url: Annotated[str, BeforeValidator(_web_address)] = Field(
        default=BaseClient.BASE_URL,
        validation_alias=AliasChoices("FRISKSVAR_SLACK_API_URL"),
        description="Base address of the Web API; Slack's own when not set.",
    )
    log: Annotated[Literal["INFO", "WARNING", "ERROR"], BeforeValidator(_capitals)] = Field(
        default="WARNING",
        validation_alias=AliasChoices("FRISKSVAR_LOG"),
        description="How much is logged. Not DEBUG: libraries then write whole messages.",
    )
    first_wait: float = Field(
        default=1.0,
        gt=0,
        le=LONGEST_FIRST_WAIT,
        allow_inf_nan=False,
        validation_alias=AliasChoices("FRISKSVAR_SLACK_FIRST_WAIT"),
        description="Seconds before a message that could not be posted is tried again; doubled "
        "each time, up to a minute.",
    )

    annual_reminders: bool = Field(
        default=True,
        validation_alias=AliasChoices("FRISKSVAR_SLACK_ANNUAL_REMINDERS"),
        description="Remind the centres of the annual form in their channels.",
    )
    review_url: Annotated[str, BeforeValidator(_web_address)] | None = Field(
        default=None,
        validation_alias=AliasChoices("FRISKSVAR_REVIEW_URL"),
        description="The address of the review pages, for links to them.",
    )

    @property
    def base_url(self) -> str:
        """The address with the slash that slack-sdk wants at its end."""
        return self.api_url.rstrip("/") + "/"

    @property
    def oauth(self) -> bool:
        """Whether workspaces install the app themselves."""
        return self.client_id is not None and self.client_secret is not None

    def checked(self, *, http: bool) -> SlackSettings:
        """These settings, if they are enough to run.

        Raises:
            Failure: one is missing or is another kind of token; says which, and where to find it.
        """
        if self.oauth and not http:
            raise Failure("slack_oauth_needs_http")
        if self.oauth:
            if self.home_team is None:
                raise Failure(
                    "slack_missing",
                    variable="FRISKSVAR_SLACK_HOME_TEAM",
                    where=Message("slack_where_team"),
                )
        else:
            _token("SLACK_BOT_TOKEN", self.bot_token, BOT_TOKEN, "slack_where_bot_token")
        if http:
            if self.signing_secret is None:
                raise Failure(
                    "slack_missing",
                    variable="SLACK_SIGNING_SECRET",
                    where=Message("slack_where_basic"),
                )
        else:
            _token("SLACK_APP_TOKEN", self.app_token, APP_TOKEN, "slack_where_app_token")
        return self


def _token(variable: str, token: SecretStr | None, begins: str, where: str) -> None:
    if token is None:
        raise Failure("slack_missing", variable=variable, where=Message(where))
    if not token.get_secret_value().startswith(begins):
        raise Failure("slack_wrong_kind", variable=variable, begins=begins, where=Message(where))
