"""The YAML block that may stand before a text, or in a file beside a PDF or DOCX."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import yaml

from indexer.documents import FrontMatter
from indexer.loaders.dates import parse_date

KEYS = frozenset({"title", "url", "publisher", "updated", "edition"})
# Longer than any front matter, and short enough to look through at once.
MAX_CHARS = 16_384
# A terminal obeys these: they never belong in a title.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_FENCE = re.compile(r"^---[ \t]*$", re.M)


class _Plain(yaml.SafeLoader):
    """YAML without aliases: some lines that merge each other would fill any memory."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("alias")
        return super().compose_node(parent, index)


def split_front_matter(text: str) -> tuple[FrontMatter, str]:
    """The front matter of `text` and the body after it.

    What is not YAML, or names none of KEYS, is text: then the body is `text` itself.
    """
    opening = _FENCE.match(text)
    if not opening:
        return FrontMatter(), text
    closing = _FENCE.search(text, opening.end() + 1, MAX_CHARS)
    if not closing:
        return FrontMatter(), text
    found = _read(text[opening.end() : closing.start()])
    if not KEYS & found.keys():
        return FrontMatter(), text
    return _front_matter(found), text[closing.end() :].removeprefix("\n")


def read_sidecar(text: str) -> FrontMatter:
    """The front matter in a file of its own, with or without the `---` lines."""
    front_matter, body = split_front_matter(text)
    return front_matter if body != text else _front_matter(_read(text[:MAX_CHARS]))


def complete(front_matter: FrontMatter, found: FrontMatter) -> FrontMatter:
    """`front_matter` with what it leaves open taken from `found`."""
    return replace(
        front_matter,
        title=front_matter.title or found.title,
        url=front_matter.url or found.url,
        publisher=front_matter.publisher or found.publisher,
        updated=front_matter.updated or found.updated,
        edition=front_matter.edition or found.edition,
        digest_of=front_matter.digest_of or found.digest_of,
    )


def _read(block: str) -> dict[str, Any]:
    try:
        found = yaml.load(block, _Plain)  # noqa: S506 (a SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(key).casefold(): value for key, value in found.items()}


def _front_matter(found: dict[str, Any]) -> FrontMatter:
    return FrontMatter(
        title=_word(found.get("title")),
        url=web_address(found.get("url")),
        publisher=_word(found.get("publisher")),
        updated=parse_date(found.get("updated")),
        edition=_word(found.get("edition")),
        digest_of=_word(found.get("document")),
    )


def _word(value: object) -> str | None:
    if not isinstance(value, (str, int, float, date)):
        return None
    try:
        text = str(value)
    except ValueError:  # a whole number of thousands of digits
        return None
    return " ".join(_CONTROL.sub(" ", text).split()) or None


def web_address(value: object) -> str | None:
    """An http(s) address with a host, or None: nothing else may be given as a link."""
    text = _word(value)
    try:
        parts = urlsplit(text or "")
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.hostname else None
