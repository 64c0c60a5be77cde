"""Finding words that have to go in a text, in every way they may be written there.

A word is found where a word of the text begins, in large and small letters, whichever way an «å» or
«é» is encoded (one character, or a letter and its mark), with hidden characters and any blanks
between. What may follow depends on how the word was given:

- any word: the genitive («Olsens», «Olsen's»);
- one with a capital is a name: also as the first part of a compound about people
  («Olsenfamilien»), and no other ending: «Berg» leaves «Bergen» and «Lise» leaves «Lisens» alone;
- one in small letters is a noun too: also with the endings of bokmål and nynorsk («pasientenes»);
- one that ends in a star («olsen*») takes whatever follows.

Words of fewer than `SHORT` letters stand alone or in the genitive: «Li» leaves «livsstil» alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.privacy.masking import LABELS
from knowledge.privacy.normalise import INVISIBLE

REMOVED = "[fjernet]"
"""Stands where words were; like the labels of masking it is in bokmål."""

SHORT = 4
"""Letters. Shorter words begin too many others."""

SHORTEST_STEM = 3
"""Letters before a star: with fewer it would empty the text."""

_NOUN = r"(?:e[nt]|[ant]|[ea]?r|[ea]?ne|e)s?"
"""Definite and plural, each with a genitive."""

_PEOPLE = (
    r"s?(?:famili|barn|unge|gutt|jent|brødre|søst|søsken|foreldre|ekteparet|paret|folket|slekt|sak)"
)
"""First parts of words that stand after a family's name, when it is written in one word."""

_MARKS = "\u0300-\u036f"
"""Combining marks: part of the letter before them."""

_BEFORE = rf"(?<![^\W_])(?<![{_MARKS}])"
_AFTER = rf"(?![^\W_])(?![{_MARKS}])"
_REST = rf"(?:[^\W_]|[{_MARKS}])*"
_HIDDEN = rf"[{INVISIBLE}]*"
_APOSTROPHES = "'’‘ʼ´`"
_DASHES = "-‐‑‒–—−"


@dataclass(frozen=True)
class Unwanted:
    """Words that have to go. Nothing is raised for any text."""

    pattern: re.Pattern[str]

    @classmethod
    def of(cls, words: Sequence[str]) -> Unwanted | None:
        """The words given, or None where there are none. Longer ones are looked for first, so that
        a full name goes before its parts."""
        chosen = {_tidied(word) for word in words}
        chosen -= {word for word in chosen if not word.strip("* ")}
        if not chosen:
            return None
        # What stands for words that went before is not taken for them.
        kept = "|".join(re.escape(label) for label in (REMOVED, *LABELS.values()))
        parts = [_spelled(word) for word in sorted(chosen, key=lambda each: (-len(each), each))]
        return cls(re.compile(f"(?P<kept>{kept})|{'|'.join(parts)}", re.IGNORECASE))

    def removed(self, text: str) -> tuple[str, int]:
        """The text with `REMOVED` in the place of each occurrence, and how many there were."""
        count = 0

        def instead(match: re.Match[str]) -> str:
            nonlocal count
            if match["kept"]:
                return match[0]
            count += 1
            return REMOVED

        return self.pattern.sub(instead, text), count

    def within(self, text: str) -> bool:
        return self.removed(text)[1] > 0


def _tidied(word: str) -> str:
    visible = re.sub(f"[{INVISIBLE}]", "", word)
    return " ".join(unicodedata.normalize("NFC", visible).split())


def _spelled(word: str) -> str:
    stem = word.rstrip("* ")
    letters = sum(character.isalpha() for character in stem)
    last = stem.split()[-1]
    ending = rf"(?:[{_APOSTROPHES}]?s)?"
    if word.endswith("*") and letters >= SHORTEST_STEM:
        ending = _REST
    elif letters >= SHORT:
        more = f"{_PEOPLE}{_REST}" if last[0].isupper() else _NOUN
        ending = f"(?:{ending}|{more})"
    before = _BEFORE if stem[0].isalnum() else ""
    after = _AFTER
    if not stem[-1].isalnum():
        ending = after = ""
    spelled = rf"(?:{_HIDDEN}\s)+{_HIDDEN}".join(
        _HIDDEN.join(_character(character) for character in part) for part in stem.split()
    )
    return f"{before}{spelled}{ending}{after}"


def _character(character: str) -> str:
    """However it may be written, as a pattern."""
    if character in _APOSTROPHES:
        return f"[{_APOSTROPHES}]"
    if character in _DASHES:
        return f"[{_DASHES}]"
    apart = unicodedata.normalize("NFD", character)
    if apart == character:
        return re.escape(character)
    return f"(?:{re.escape(character)}|{re.escape(apart)})"
