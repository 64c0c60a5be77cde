"""Settings, each read once from the environment (prefix ``FRISKSVAR_``)."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import platformdirs
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where state lives and which model reads the documents.

    Every field can be given as an environment variable, for example ``FRISKSVAR_HOME=./var``.
    """

    model_config = SettingsConfigDict(
        env_prefix="FRISKSVAR_", extra="ignore", env_ignore_empty=True, frozen=True
    )

    home: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("frisksvar", appauthor=False)),
        description="Folder for the register, the library and the index.",
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

    allow_ports: tuple[int, ...] = Field(
        default=(), description="Ports besides 443 (and 80) to fetch from, as a JSON list."
    )

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

    @cached_property
    def database(self) -> Path:
        return self.home / "frisksvar.db"

    @cached_property
    def library(self) -> Path:
        return self.home / "library"

    @cached_property
    def index(self) -> Path:
        return self.home / "index"
