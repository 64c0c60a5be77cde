"""Lines, and what a single line looks like: blank, caption, list item, value, year.

Shared by the table finders and by `indexer.sections`. All patterns are anchored and have no nested
repetition, so that they stay linear on any line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

WHITESPACE = re.compile(r"\s+")

# A line that names a table: "Tabell 3: …", "Tabell 4. …", "Tabell 2.1 …", "Table 2 – …".
CAPTION = re.compile(
    r"^(?:tabell|table)\s+\d{1,3}(?:[.\-]\d{1,3})*\s*[a-z]?\s*(?:[.:–-]|\s|$)", re.I
)
# A cross-reference that opens a sentence ("Tabell 3 viser at …") is prose, not a caption.
REFERENCE = re.compile(r"^(?i:tabell|table)\s+\d{1,3}(?:[.\-]\d{1,3})*\s+[a-zæøå]")

BULLET = re.compile(r"^(?:[•‣◦▪▫●○·∙*+–—-]|\d{1,3}[.)]|[a-zæøå][.)])\s+(?=\S)")

YEAR = re.compile(r"^(?:19|20)\d\d\*?$")

_NUMBER = r"[-−–+]?\d{1,3}(?:[ \u00a0\u202f.]\d{3})+(?:,\d+)?|[-−–+]?\d+(?:[.,]\d+)?"
_UNIT = r"%|prosent|kr|NOK|mill\.?|mrd\.?|stk\.?|‰"
VALUE = re.compile(
    rf"^(?:(?:kr|NOK|[<>≤≥≈])\s?)?(?:{_NUMBER})(?:\s?(?:{_UNIT})|\s?(?:av|/)\s?\d+)?(?:\s?[*¹²³†])?$",
    re.I,
)
# How Statistics Norway and the directorates print a cell without a figure.
EMPTY_VALUES = frozenset({"-", "–", "—", "−", ".", "..", "...", "…", ":", "i/a", "n/a", "u"})
TOTALS = frozenset({"totalt", "total", "sum", "i alt", "alle", "samlet", "til sammen", "totalsum"})

# A cell or a row label is shorter than this; a longer line is prose. The longest label seen in the
# directorates' tables is just under 120 characters.
MAX_CELL_CHARS = 140


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `text` without the white space around it, `start:end` where that text stands.

    `spaced` tells a line that holds only non-breaking space (an empty table cell in a page saved as
    text) from a line that holds nothing.
    """

    text: str
    start: int
    end: int
    spaced: bool = False


def read_lines(text: str, start: int = 0, end: int | None = None) -> Iterator[Line]:
    """The lines of `text[start:end]`, with offsets into `text`; only `\\n` ends a line."""
    stop = len(text) if end is None else end
    position = start
    while position < stop:
        newline = text.find("\n", position, stop)
        line_end = stop if newline < 0 else newline
        raw = text[position:line_end]
        stripped = raw.strip()
        lead = len(raw) - len(raw.lstrip()) if stripped else 0
        yield Line(
            stripped,
            position + lead,
            position + lead + len(stripped),
            not stripped and "\u00a0" in raw,
        )
        position = line_end + 1


def collapse(text: str) -> str:
    """`text` with every run of white space as one space, and none around it."""
    return WHITESPACE.sub(" ", text).strip()


def is_caption(line: str) -> bool:
    return len(line) <= 300 and bool(CAPTION.match(line)) and not REFERENCE.match(line)


def is_item(line: str) -> bool:
    return bool(BULLET.match(line))


def is_value(line: str) -> bool:
    """A figure with or without unit, or the sign for a cell without one."""
    return len(line) <= 40 and (line.casefold() in EMPTY_VALUES or bool(VALUE.match(line)))


def is_year(line: str) -> bool:
    return bool(YEAR.match(line))
