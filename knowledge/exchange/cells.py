"""Text that a spreadsheet must not take for a formula (OWASP: CSV injection)."""

from __future__ import annotations

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_MARK = "'"


def safe(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet could run it.

    Blanks in front do not help: some programs trim them first.
    """
    risky = text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS)
    return _MARK + text if risky else text


def unprefixed(text: str) -> str:
    """The text as it was before `safe`."""
    rest = text.removeprefix(_MARK)
    return rest if rest != text and safe(rest) != rest else text
