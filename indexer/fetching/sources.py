"""The list of official originals (knowledge/sources.toml): one [[source]] table for each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from indexer.fetching.errors import FetchError
from indexer.fetching.policy import parse_url
from knowledge.messages import Failure, Message
from knowledge.system_errors import reason_of

Text = Annotated[str, Field(min_length=1)]


# Pydantic's kinds of error that a hand-written list meets, and what is told of each.
FAULTS = {
    "missing": "sources_missing",
    "extra_forbidden": "sources_unknown",
    "string_type": "sources_no_text",
    "string_too_short": "sources_blank",
    "string_pattern_mismatch": "sources_bad_id",
    "literal_error": "sources_no_such_value",
}


class SourcesError(Failure):
    """The list could not be used: a key `sources_…`, with the file, the entry and the field."""


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
            raise ValueError(error.detail) from error
        return url


def read_sources(path: Path) -> list[Source]:
    """The sources in the order of the file; raises SourcesError.

    Whether http and the host are permitted is the downloader's settings, not this file's matter.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourcesError("sources_unreadable", path=path, reason=reason_of(error)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourcesError("sources_no_toml", path=path, reason=error) from error
    unknown = sorted(set(data) - {"source"})
    if unknown:
        raise SourcesError("sources_top", path=path, name=unknown[0])
    entries = data.get("source")
    if not isinstance(entries, list) or not entries:
        raise SourcesError("sources_none", path=path)
    sources = [_source(path, number, entry) for number, entry in enumerate(entries, start=1)]
    _check_ids(path, sources)
    return sources


def _source(path: Path, number: int, entry: object) -> Source:
    try:
        return Source.model_validate(entry)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        if not field:
            raise SourcesError("sources_no_table", path=path, number=number) from error
        where = _entry(number, entry.get("id") if isinstance(entry, dict) else None)
        raise SourcesError(
            "sources_field", path=path, entry=where, field=field, reason=_fault(first)
        ) from error


def _fault(error: ErrorDetails) -> Message | str:
    context = error.get("ctx", {})
    behind = getattr(context.get("error"), "__cause__", None)
    if isinstance(behind, FetchError):
        return behind.why
    if error["type"] not in FAULTS:
        return error["msg"]
    allowed = str(context.get("expected", "")).replace(" or ", ", ")
    return Message(FAULTS[error["type"]], {"allowed": allowed})


def _entry(number: int, identifier: object) -> Message:
    if isinstance(identifier, str):
        return Message("sources_named_entry", {"number": number, "id": identifier})
    return Message("sources_entry", {"number": number})


def _check_ids(path: Path, sources: Iterable[Source]) -> None:
    first_seen: dict[str, int] = {}
    for number, source in enumerate(sources, start=1):
        where = _entry(number, source.id)
        if source.id in first_seen:
            first = first_seen[source.id]
            raise SourcesError("sources_same_id", path=path, entry=where, first=first)
        if source.replaces == source.id:
            raise SourcesError("sources_replaces_itself", path=path, entry=where)
        first_seen[source.id] = number
