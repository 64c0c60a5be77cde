"""Whole numbers as they come from outside: in an address, or in a field of a form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

Row = TypeVar("Row")

MOST_DIGITS: Final = 9
"""Of a number that somebody types. `int` takes thousands, or refuses them with an error."""

ID_DIGITS: Final = 18
"""Of the id of a row: SQLite's have 63 bits."""


def whole(text: str, digits: int = MOST_DIGITS) -> int | None:
    """The number that the text is; None for anything else, or with more digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


@dataclass(frozen=True, slots=True)
class Leaf(Generic[Row]):
    """One page of a list: its rows, and its number (from 1) of how many `pages`."""

    rows: Sequence[Row]
    number: int
    pages: int


def leaf(rows: Sequence[Row], asked: str, size: int) -> Leaf[Row]:
    """The page asked for, or the nearest that there is.

    Args:
        asked: its number as the address has it.
        size: of a page, in rows.
    """
    pages = max(1, -(-len(rows) // size))
    number = min(max(whole(asked) or 1, 1), pages)
    return Leaf(rows[(number - 1) * size : number * size], number, pages)
