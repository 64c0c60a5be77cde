"""Superlatives: which row or column of a table has the most, or the least.

Figures are compared, never added up or subtracted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from indexer.documents import Table
from indexer.tables.lines import EMPTY_VALUES
from indexer.tables.naming import is_total, years_alone

HIGHEST = frozenset(
    "flest fleste mest meste størst største høyest høyeste høgast høgaste most highest largest "
    "biggest".split()
)
LOWEST = frozenset(
    "færrest færreste færrast minst minste lavest laveste lågast lågaste fewest least lowest "
    "smallest".split()
)

WHICH = frozenset(
    "hvilken hvilket hvilke hvem hva når kva kven kva ka kem which who what when".split()
)
"""«Minst» and «mest» are mostly no question of rank: one of these must stand with them."""

PARTIAL = re.compile(r"\beksemp|\butvalg|\bblant (?:annet|anna)", re.IGNORECASE)
"""A table of examples does not tell which is the largest of all."""

RESIDUAL = re.compile(r"^(?:andre|andet|annet|annen|anna|øvrige|resten|n)\b", re.IGNORECASE)
"""«Andre» is what is left over: it may be the largest row but is no answer."""

_NUMBER = re.compile(r"[-−–]?\d+(?:[ \u00a0\u202f.]\d{3})*(?:,\d+)?")


def direction(asked: Iterable[str]) -> int:
    """1 if the words ask for the highest, -1 for the lowest, 0 for neither or both."""
    said = set(asked)
    return bool(said & HIGHEST) - bool(said & LOWEST)


def extreme_row(table: Table, column: int, sign: int) -> int | None:
    """The row with the highest (`sign` 1) or lowest (-1) figure in a column, totals left out."""
    rows = [i for i, row in enumerate(table.rows) if _counts(row.label)]
    return _extreme(rows, [table.rows[i].cells[column].text for i in rows], sign)


def extreme_column(table: Table, row: int, sign: int) -> int | None:
    """The column with the highest or lowest figure in a row, where all but totals are years.

    Columns of other kinds («Personer», «Kommuner») are not compared.
    """
    columns = [i for i, label in enumerate(table.columns) if _counts(label)]
    if not all(years_alone(table.columns[i]) for i in columns):
        return None
    return _extreme(columns, [table.rows[row].cells[i].text for i in columns], sign)


def _counts(label: str) -> bool:
    return not is_total(label) and not RESIDUAL.match(label.strip())


def _extreme(places: Sequence[int], texts: Sequence[str], sign: int) -> int | None:
    """The place of the one highest figure; None where two share it or units differ."""
    given = [
        (place, text)
        for place, text in zip(places, texts, strict=True)
        if text and text.casefold() not in EMPTY_VALUES
    ]
    figures = [(_figure(text), place) for place, text in given]
    known = [(found[0] * sign, place) for found, place in figures if found is not None]
    units = {found[1] for found, _ in figures if found is not None}
    if len(known) < len(given) or len(known) < 2 or len(units) > 1:
        return None
    known.sort(reverse=True)
    return None if known[0][0] == known[1][0] else known[0][1]


def _figure(text: str) -> tuple[float, str] | None:
    """The one figure of a cell and its unit; None for a range, a date or plain words."""
    found = list(_NUMBER.finditer(text))
    if len(found) != 1:
        return None
    digits = re.sub(r"[ \u00a0\u202f.]", "", found[0].group()).replace(",", ".")
    unit = (text[: found[0].start()] + text[found[0].end() :]).strip().casefold()
    return float(digits.replace("−", "-").replace("–", "-")), unit
