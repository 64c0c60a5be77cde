"""Settings: from the environment (prefix ``FRISKSVAR_``), secret files or the configuration file.

Where they come from, and in which order: knowledge/configuration.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from knowledge.configuration import (
    PREFIX,
    ConfigurationError,
    ConfigurationFile,
    Places,
    SecretFiles,
    origins,
    variable,
)
from knowledge.messages import Language, Message
from knowledge.validation import first_fault

LISTEN = r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$"
"""A host or address, and a port: 127.0.0.1:9464, [::1]:9464."""


class Configured(BaseSettings):
    """The base of all settings. A wrong value is never repeated: it may be a secret."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        extra="ignore",
        env_ignore_empty=True,
        frozen=True,
        hide_input_in_errors=True,
    )

    what_is_wanted: ClassVar[Mapping[str, str]] = {
        "FRISKSVAR_METRICS_LISTEN": "operation_value_listen",
        "FRISKSVAR_REVIEW_METRICS_LISTEN": "operation_value_listen",
    }
    """Message that says what a variable should be, where the kind of error does not tell enough."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del dotenv_settings, file_secret_settings
        return (
            init_settings,
            env_settings,
            SecretFiles(settings_cls),
            ConfigurationFile(settings_cls),
        )

    @classmethod
    def read(cls, **given: Any) -> Self:
        """The settings as they are given.

        Args:
            given: goes before what stands anywhere else; by field, or alias where it has one.

        Raises:
            ConfigurationError: one cannot be used; says which, where it stands, and what is wrong.
        """
        try:
            return cls(**given)
        except ValidationError as error:
            fault = first_fault(error)
            name = fault.field.partition(".")[0]
            field = next((each for each in cls.model_fields if variable(cls, each) == name), name)
            shown = variable(cls, field)
            wanted = cls.what_is_wanted.get(shown)
            reason = Message(wanted) if wanted else fault.reason
            place = origins(cls).get(field, shown)
            if place == shown:
                raise ConfigurationError(
                    "operation_install_setting_wrong", variable=shown, reason=reason
                ) from error
            raise ConfigurationError(
                "operation_install_setting_wrong_in", variable=shown, place=place, reason=reason
            ) from error
        except SettingsError as error:
            if isinstance(error.__cause__, ConfigurationError):
                raise error.__cause__ from error
            raise ConfigurationError("operation_install_settings_wrong", reason=error) from error


class Settings(Configured):
    """Where state lives and which model reads the documents."""

    home: Path = Field(
        default_factory=lambda: Places().home,
        description="Folder for the register, the library and the index.",
    )
    lang: Language | None = Field(
        default=None,
        description="Language of messages: nb, nn or en; as --lang. When not set: bokmål, and "
        "answers in the language of the question.",
    )
    model: str | None = Field(
        default=None,
        description="A SentenceTransformer by name or folder; the embedded model when not set.",
    )
    query_prefix: str | None = Field(
        default=None,
        description='Text put before a question, e.g. "query: "; "none" for nothing; '
        "what the model wants when not set.",
    )
    passage_prefix: str | None = Field(
        default=None,
        description='Text put before a passage, e.g. "passage: "; "none" for nothing; '
        "what the model wants when not set.",
    )
    allow_http: bool = Field(
        default=False, description="Fetch over plain http too (intranet sources)."
    )
    allow_private: bool = Field(
        default=False, description="Fetch from private network addresses too (intranet sources)."
    )

    allow_ports: Annotated[tuple[int, ...], NoDecode] = Field(
        default=(), description="Ports besides 443 (and 80) to fetch from, e.g. [8443, 9443]."
    )

    @field_validator("allow_ports", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        return given.strip("[] ").replace(",", " ").split() if isinstance(given, str) else given

    @field_validator("query_prefix", "passage_prefix")
    @classmethod
    def _nothing(cls, given: str | None) -> str | None:
        # An empty variable counts as not set, so that "no prefix" needs a word.
        return "" if given == "none" else given

    answer_threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Least confidence for an answer (docs/evaluation.md has the curve).",
    )
    ask_threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Least confidence for asking back instead of saying that it is not covered.",
    )

    backup_folder: Path | None = Field(
        default=None,
        description="Folder for backups, best on another disk; <home>/backups when not set.",
    )
    backup_key_file: Path | None = Field(
        default=None,
        description="File with age keys; backups are encrypted to them (docs/operation/backup.md).",
    )
    backup_keep_daily: int = Field(
        default=14, ge=1, description="For how many days the last backup of the day is kept."
    )
    backup_keep_weekly: int = Field(
        default=8, ge=0, description="For how many weeks the last backup of the week is kept."
    )
    backup_keep_monthly: int = Field(
        default=12, ge=0, description="For how many months the last backup of the month is kept."
    )

    metrics_listen: Annotated[str, Field(pattern=LISTEN)] | None = Field(
        default=None,
        description="Address of the service's figures and health, e.g. 127.0.0.1:9464; off when "
        "not set (docs/operation/monitoring.md).",
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="The log of a service: readable lines, or JSON lines."
    )

    retention_months: int = Field(
        default=24,
        ge=0,
        description="For how many months texts of inquiries, and who asked, are kept; the row "
        "stays for the count. 0 is for ever.",
    )
    retention_slack_days: int = Field(
        default=365,
        ge=0,
        description="For how many days it is kept where in Slack an inquiry was asked, after it is "
        "done with. An edit or deletion in Slack is followed for as long. 0 is for ever.",
    )
    retention_user_months: int = Field(
        default=24,
        ge=0,
        description="After how many months without signing in a user of the review pages is "
        "forgotten. 0 is never.",
    )

    daily_fetch: bool = Field(
        default=False,
        description="Whether `frisksvar daily` also fetches the sources of knowledge/sources.toml.",
    )

    @cached_property
    def database(self) -> Path:
        return self.home / "frisksvar.db"

    @cached_property
    def library(self) -> Path:
        return self.home / "library"

    @cached_property
    def index(self) -> Path:
        return self.home / "index"
