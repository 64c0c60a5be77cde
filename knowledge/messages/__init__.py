"""Everything a user reads, in bokmål, nynorsk and English, from one catalogue.

Each message is a key in an `nb.toml`, `nn.toml` and `en.toml`, in this folder or one below it; a
test checks that the three have the same keys and fields, and that no key stands twice.

``{count:backup|backups}`` is a word and not the number: the first for 1, the second for the rest.
A number with decimals (``{size:.1f}``) is written as the language does.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Formatter
from typing import Any, Final, Literal

Language = Literal["nb", "nn", "en"]
LANGUAGES: tuple[Language, ...] = ("nb", "nn", "en")


@cache
def catalogue(language: Language) -> dict[str, str]:
    return {
        key: str(value).strip("\n")
        for folder in _folders(files("knowledge").joinpath("messages"))
        for key, value in _read(folder.joinpath(f"{language}.toml")).items()
    }


def _folders(top: Traversable) -> Iterator[Traversable]:
    """The folders with messages, this one first."""
    yield top
    for below in sorted(top.iterdir(), key=lambda entry: entry.name):
        if below.is_dir() and not below.name.startswith("_"):
            yield from _folders(below)


def _read(file: Traversable) -> dict[str, object]:
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


class _Filled(Formatter):
    """Fills the fields of a message in one language."""

    def __init__(self, language: Language) -> None:
        self._comma = language != "en"

    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" in format_spec:
            one, _, many = format_spec.partition("|")
            return one if str(value) == "1" else many
        text = str(super().format_field(value, format_spec))
        return text.replace(".", ",") if self._comma and isinstance(value, float) else text


_FILLED: Final = {language: _Filled(language) for language in LANGUAGES}


def say(key: str, language: Language = "en", **values: object) -> str:
    """The message in a language, with its fields filled in; a field may be a `Message`."""
    return Message(key, values).sentence(language)


@dataclass(frozen=True, slots=True)
class Message:
    """A message whose language is not chosen yet; `str()` of it is the English one.

    Args:
        key: the message in the catalogue.
        values: its fields; one that is a `Message` is told in the same language.
    """

    key: str
    values: Mapping[str, object] = field(default_factory=dict)

    def sentence(self, language: Language) -> str:
        values = {
            name: value.sentence(language) if isinstance(value, Message) else value
            for name, value in self.values.items()
        }
        return _FILLED[language].vformat(catalogue(language)[self.key], (), values)

    def __str__(self) -> str:
        return self.sentence("en")


class Failure(Exception):
    """Something a user can meet: one sentence with what happened, where, and what to do.

    Args:
        key: the message in the catalogue.
        values: its fields; one may be a `Message`.
    """

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(key)

    @property
    def message(self) -> Message:
        """What is told, for a caller that keeps it and shows it later."""
        return Message(self.key, self.values)

    def sentence(self, language: Language) -> str:
        return self.message.sentence(language)

    def __str__(self) -> str:
        return self.sentence("en")
