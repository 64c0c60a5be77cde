"""Everything a user reads, in bokmål, nynorsk and English, from one catalogue.

Each message is a key in `nb.toml`, `nn.toml` and `en.toml`; a test checks that the three have the
same keys and the same fields.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

Language = Literal["nb", "nn", "en"]
LANGUAGES: tuple[Language, ...] = ("nb", "nn", "en")


@cache
def catalogue(language: Language) -> dict[str, str]:
    text = files("knowledge").joinpath("messages", f"{language}.toml").read_text(encoding="utf-8")
    return {key: str(value).strip("\n") for key, value in tomllib.loads(text).items()}


def say(key: str, language: Language = "en", **values: object) -> str:
    """The message in a language, with its fields filled in."""
    return catalogue(language)[key].format(**values)


class Failure(Exception):
    """Something a user can meet: one sentence with what happened, where, and what to do.

    Args:
        key: the message in the catalogue.
        values: its fields.
    """

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(key)

    def sentence(self, language: Language) -> str:
        return say(self.key, language, **self.values)

    def __str__(self) -> str:
        return self.sentence("en")
