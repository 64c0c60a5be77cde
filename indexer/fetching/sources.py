"""The list of official originals (knowledge/sources.toml): one [[source]] table for each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from indexer.fetching.errors import FetchError
from indexer.fetching.policy import parse_url

Text = Annotated[str, Field(min_length=1)]


class SourcesError(Exception):
    """The list could not be used; one sentence that names the file, the entry and the field."""


class Source(BaseModel):
    """One official original. `edition` is a year or a name, as text; `replaces` is the id of the
    source that this one is a newer edition of; `note` is for whoever maintains the list.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*$")]
    title: Text
    publisher: Text
    url: Text
    kind: Literal["html", "pdf"]
    edition: Text
    replaces: str | None = None
    note: str | None = None

    @field_validator("url")
    @classmethod
    def _is_fetchable(cls, url: str) -> str:
        try:
            parse_url(url)
        except FetchError as error:
            raise ValueError(error.detail) from None
        return url


def read_sources(path: Path) -> list[Source]:
    """The sources in the order of the file; raises SourcesError.

    Whether http and the host are permitted is the downloader's settings, not this file's matter.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourcesError(f"{path} could not be read: {error.strerror}.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourcesError(f"{path} is not valid TOML: {error}.") from error
    unknown = sorted(set(data) - {"source"})
    if unknown:
        raise SourcesError(f"{path} has {unknown[0]!r} at the top; only [[source]] is known there.")
    entries = data.get("source")
    if not isinstance(entries, list) or not entries:
        raise SourcesError(f"{path} has no [[source]] tables.")
    sources = [_source(path, number, entry) for number, entry in enumerate(entries, start=1)]
    _check_ids(path, sources)
    return sources


def _source(path: Path, number: int, entry: object) -> Source:
    try:
        return Source.model_validate(entry)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "the table"
        message = first["msg"].removeprefix("Value error, ")
        raise SourcesError(
            f"{path}, source {number}{_named(entry)}: {field!r} is wrong: {message}."
        ) from error


def _named(entry: object) -> str:
    identifier = entry.get("id") if isinstance(entry, dict) else None
    return f" ({identifier})" if isinstance(identifier, str) else ""


def _check_ids(path: Path, sources: Iterable[Source]) -> None:
    first_seen: dict[str, int] = {}
    for number, source in enumerate(sources, start=1):
        if source.id in first_seen:
            raise SourcesError(
                f"{path}, source {number} ({source.id}): 'id' is already used by "
                f"source {first_seen[source.id]}."
            )
        if source.replaces == source.id:
            raise SourcesError(
                f"{path}, source {number} ({source.id}): 'replaces' names the source itself."
            )
        first_seen[source.id] = number
