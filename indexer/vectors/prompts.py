"""What a model wants before a question and before a passage.

Many models were trained with a prefix on each, and find less without it. The first that says
something decides, for questions and passages each:

1. the settings `FRISKSVAR_QUERY_PREFIX` and `FRISKSVAR_PASSAGE_PREFIX`;
2. the model's own `prompts` (config_sentence_transformers.json), if any of them is not empty;
3. `FAMILIES`, by the model's name;
4. nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from knowledge.settings import Settings

OWN_CONFIG = "config_sentence_transformers.json"

QUERY_KEYS = ("query",)
PASSAGE_KEYS = ("document", "passage", "corpus")
"""The names that sentence-transformers' encode_query and encode_document look for. The library
takes the first that is there, and a model always has a `document`, so a `passage` prompt would be
passed over; here the first that is not empty counts."""


class Prefixes(NamedTuple):
    """The text put before each question and each passage; empty for none."""

    query: str
    passage: str


class Family(NamedTuple):
    """Models whose name holds `name` (a regular expression), and where their prefixes are told."""

    name: str
    prefixes: Prefixes
    source: str


FAMILIES = (
    Family(
        r"\be5\b.*\binstruct\b",
        Prefixes(
            "Instruct: Given a web search query, retrieve relevant passages that answer the query\n"
            "Query: ",
            "",
        ),
        "https://huggingface.co/intfloat/multilingual-e5-large-instruct",
    ),
    Family(
        r"\be5\b",
        Prefixes("query: ", "passage: "),
        "https://huggingface.co/intfloat/multilingual-e5-base",
    ),
    Family(r"\bbge m3\b", Prefixes("", ""), "https://huggingface.co/BAAI/bge-m3"),
    Family(r"\bnb sbert\b", Prefixes("", ""), "https://huggingface.co/NbAiLab/nb-sbert-base"),
)
"""The first that fits counts. Read as words: `intfloat/multilingual-e5-base` is
"intfloat multilingual e5 base"."""


def prefixes(settings: Settings, folder: Path | None) -> Prefixes:
    """The prefixes in use for the configured model.

    Args:
        folder: where the model's files are; None where they are not on this machine (yet).
    """
    found = _own(folder) or _of_family(settings, folder) or Prefixes("", "")
    return Prefixes(
        found.query if settings.query_prefix is None else settings.query_prefix,
        found.passage if settings.passage_prefix is None else settings.passage_prefix,
    )


def family(name: str) -> Family | None:
    """The family that a model's name tells of; None for a name that is not known."""
    words = re.sub(r"[\W_]+", " ", name.lower())
    return next((known for known in FAMILIES if re.search(known.name, words)), None)


def _own(folder: Path | None) -> Prefixes | None:
    prompts = _json(folder, OWN_CONFIG).get("prompts")
    if not isinstance(prompts, dict):
        return None
    query, passage = (
        next((str(prompts[key]) for key in keys if prompts.get(key)), "")
        for keys in (QUERY_KEYS, PASSAGE_KEYS)
    )
    return Prefixes(query, passage) if query or passage else None


def _of_family(settings: Settings, folder: Path | None) -> Prefixes | None:
    if settings.model is None:
        return None
    known = (family(name) for name in _names(settings.model, folder))
    return next((found.prefixes for found in known if found is not None), None)


def _names(model: str, folder: Path | None) -> Iterator[str]:
    """What the model is called: as configured, by its folder, and in its own configuration."""
    if folder is None:
        yield model
        return
    yield folder.name
    if folder.parent.name == "snapshots":  # a hub cache: models--owner--name/snapshots/<revision>
        yield folder.parent.parent.name
    yield str(_json(folder, "config.json").get("_name_or_path", ""))


def _json(folder: Path | None, name: str) -> dict[str, Any]:
    """A file of the model; empty where it is missing or damaged, which loading will tell."""
    if folder is None:
        return {}
    try:
        content = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
