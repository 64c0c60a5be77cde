"""Fuzzing that follows the branches of our code (atheris, libFuzzer), for as long as is wanted.

    cd tests && python -m fuzz.guided masking -max_total_time=60

atheris is in no list of requirements: it is installed beside the rest when somebody wants this
(`pip install atheris`). What follows the name goes to libFuzzer, such as a folder of examples to
begin with. It ends with an error, and writes the input that made it, where something is raised
that is no refusal, or an invariant does not hold.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

PACKAGES: Final = ["bot", "indexer", "knowledge"]
Target = Callable[[bytes], None]


def masking() -> Target:
    """What is masked stays masked, and what is left of it is in the text."""
    from knowledge.privacy import mask
    from knowledge.privacy.masking import LABELS

    def tried(data: bytes) -> None:
        masked = mask(data.decode("utf-8", "replace"))
        assert mask(masked.text).text == masked.text
        assert all(LABELS[finding.kind] in masked.text for finding in masked.found)

    return tried


def front_matter() -> Target:
    from indexer.loaders.front_matter import read_sidecar, split_front_matter

    def tried(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        for found in (split_front_matter(text)[0], read_sidecar(text)):
            for value in (found.title, found.publisher, found.edition, found.url):
                assert value is None or "\n" not in value

    return tried


def document(extension: str) -> Target:
    """A file of a kind: refused in a sentence, or passages that stand in its text as they are."""
    from indexer.documents import UnreadableDocument
    from indexer.library.stored import passages_of
    from indexer.loaders import load

    path = Path(tempfile.mkdtemp()) / f"a.{extension}"

    def tried(data: bytes) -> None:
        path.write_bytes(data)
        try:
            found = load(path)
        except UnreadableDocument:
            return
        for passage in passages_of(found):
            assert found.text[passage.start : passage.end] == passage.text

    return tried


def table() -> Target:
    from knowledge.exchange.reading import read_table
    from knowledge.messages import Failure

    def tried(data: bytes) -> None:
        try:
            read_table(data, "inquiries", "a.csv")
        except Failure as refused:
            assert refused.key.startswith("review_import_")

    return tried


def slack_text() -> Target:
    """What somebody wrote in Slack: read, and dead where Slack would read it again."""
    from bot.slack.blocks.pieces import escape, fallback, literal
    from bot.slack.text import is_thanks, looks_like_a_question, mentions, plain, says_nothing

    def tried(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        read = plain(text, "U1")
        mentions(text, "U1")
        is_thanks(text)
        says_nothing(text)
        looks_like_a_question(text)
        for shown in (escape(read), fallback([text])):
            assert "<" not in shown and ">" not in shown
        assert all(ord(sign) >= ord(" ") or sign in "\n\t" for sign in literal(text))

    return tried


TARGETS: Final[Mapping[str, Callable[[], Target]]] = {
    "masking": masking,
    "front_matter": front_matter,
    "markdown": lambda: document("md"),
    "html": lambda: document("html"),
    "pdf": lambda: document("pdf"),
    "docx": lambda: document("docx"),
    "table": table,
    "slack_text": slack_text,
}


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        raise SystemExit(f"python -m fuzz.guided {'|'.join(TARGETS)} [what libFuzzer takes]")
    try:
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        raise SystemExit("atheris is not installed: pip install atheris") from None
    with atheris.instrument_imports(include=PACKAGES):
        target = TARGETS[name]()
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
