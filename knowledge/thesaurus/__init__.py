"""The field's concepts: what people say, in three languages, and what documents write.

`concepts.toml` is a plain file that a centre can edit. A concept lists the words documents use
(`documents`, bokmål, the most usual first) and the words people use instead (`nb`, `nn`, `en`);
a phrase of up to three words counts as a whole.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.messages import Failure
from knowledge.validation import first_fault

Words = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]


class ThesaurusUnusable(Failure):
    """The thesaurus has an entry that cannot be read."""


class Concept(BaseModel):
    """One concept with its words; all lower case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$")]
    documents: Words
    nb: Words
    nn: Words
    en: Words


def read_concepts(path: Path) -> tuple[Concept, ...]:
    """The concepts of a file.

    Raises:
        ThesaurusUnusable: naming the file, the entry, and what is wrong with it.
    """
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("concept", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ThesaurusUnusable("thesaurus_entry", path=path, entry="", reason=error) from error
    concepts: dict[str, Concept] = {}
    for number, entry in enumerate(entries, start=1):
        name = entry.get("id", f"no. {number}") if isinstance(entry, dict) else f"no. {number}"
        try:
            concept = Concept.model_validate(entry)
        except ValidationError as error:
            raise ThesaurusUnusable(
                "thesaurus_entry", path=path, entry=name, reason=first_fault(error).message
            ) from error
        if concept.id in concepts:
            raise ThesaurusUnusable(
                "thesaurus_entry", path=path, entry=name, reason="the id is used twice"
            )
        concepts[concept.id] = concept
    return tuple(concepts.values())


@cache
def concepts() -> tuple[Concept, ...]:
    """The concepts that come with Frisksvar."""
    return read_concepts(Path(str(files("knowledge").joinpath("thesaurus", "concepts.toml"))))
