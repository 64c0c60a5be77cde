"""A paragraph that a centre writes where the sources have a gap, as a document of the library."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final
from uuid import uuid4

import yaml

from indexer.library.catalogue import Catalogue, Filed
from knowledge.privacy import mask
from knowledge.register.approvals import today

MOST_QUESTIONS: Final = 10
"""Typical questions of one paragraph; the digests that come along have 3 to 8 for a section."""


@dataclass(frozen=True)
class Written:
    """What was filled in. `questions` are such as the paragraph answers: searched, never shown."""

    title: str
    text: str
    publisher: str
    edition: str = ""
    questions: Sequence[str] = ()


def file_written(catalogue: Catalogue, written: Written) -> tuple[Filed, bool]:
    """Put a paragraph into the library; personal data is masked.

    Returns:
        What became of it, and whether anything had to be masked.

    Raises:
        UnreadableDocument: there is nothing in it to quote.
    """
    # Field by field: a label in front of a title would break the front matter.
    masked = {
        name: mask(value) if isinstance(value, str) else None
        for name, value in asdict(written).items()
    }
    safe = replace(written, **{name: one.text for name, one in masked.items() if one is not None})
    with tempfile.TemporaryDirectory(prefix="frisksvar-") as folder:
        original = Path(folder) / "avsnitt.md"
        original.write_text(as_markdown(safe), encoding="utf-8")
        filed = catalogue.file(original, origin="file", location=f"written:{uuid4()}")
    return filed, any(one.found for one in masked.values() if one is not None)


def as_markdown(written: Written) -> str:
    front = {
        "title": written.title,
        "publisher": written.publisher,
        "updated": today().isoformat(),
        "edition": written.edition,
    }
    block = yaml.safe_dump(
        {name: value for name, value in front.items() if value}, allow_unicode=True, sort_keys=False
    )
    asked = [" ".join(_shown(question).split()) for question in written.questions]
    asked = [question for question in asked if question][:MOST_QUESTIONS]
    comment = "\n".join(("<!-- questions", *asked, "-->")) if asked else ""
    heading = " ".join(written.title.split())
    return f"---\n{block}---\n# {_shown(heading)}\n{comment}\n\n{_shown(written.text)}\n"


def _shown(text: str) -> str:
    """What would hide words in a comment is shown instead."""
    return text.replace("<!--", "< !--").replace("-->", "-- >")
