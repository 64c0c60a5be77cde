"""The one cell of a table that a question is about, when the table says which."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from indexer.documents import Cell, Table
from indexer.tables.lines import TOTALS
from indexer.words.terms import to_bokmaal

# Two words are the same word in another form when they share this many leading letters and what
# is left of either is no longer than an inflection ("hospiterte", "hospiteringer"; "kommunar").
MIN_STEM = 5
# A word may also be the first part of a compound ("reiser", "reiseutgifter").
MAX_ENDING = 6
# Short words must be closer ("skoler", "skolar"; but not "menn", "mennesker").
MIN_SHORT_STEM = 4
MAX_SHORT_ENDING = 2
# Words of a caption that say nothing of what it is about.
COUNTING_WORDS = frozenset({"antall", "antal", "tall", "tal", "number", "andel", "prosent"})
# A synonym says less than the word itself, and less again when the caption has the word: there it
# is what the whole table is about ("hospiterte" in a table of "hospiteringer").
SYNONYM = 0.5
CAPTION_SYNONYM = 0.25
# Words that name no row and no column.
STOP_WORDS = frozenset(
    {
        *("og", "i", "på", "av", "til", "for", "med", "som", "er", "en", "et", "den"),
        *("det", "de", "ved", "fra", "om", "eller", "ein", "eit", "dei", "frå", "the"),
        *("of", "in", "and", "for", "to", "a", "an", "by", "with", "hvor", "mange", "how"),
        *("many", "kor"),
    }
)
MIN_WORD_CHARS = 2

_WORD = re.compile(r"\w+")
_FIGURE = re.compile(r"^\d+$")
_YEAR_WORD = re.compile(r"^(?:19|20)\d\d$")
_PERIOD = re.compile(r"\b((?:19|20)\d\d)\s*[-–—]\s*((?:19|20)\d\d)\b")

Synonyms: TypeAlias = Mapping[str, Collection[str]]


class CellAnswer(NamedTuple):
    """The cell, and the labels that say what it is."""

    row: str
    column: str
    cell: Cell


def cell_answer(
    table: Table, words: Iterable[str], *, synonyms: Synonyms | None = None
) -> CellAnswer | None:
    """The cell that the question words point at, or None when row or column cannot be told.

    Args:
        table: any `Table`.
        words: the words of the question, in any case, inflected or stemmed; order is of no matter.
        synonyms: question word (lower case) -> words of the table that mean it, for instance
            `{"hospiterte": {"personer"}, "municipalities": {"kommuner"}}`.

    A row or column is named when a word of its label is the question's, its inflection, or its
    synonym. Words shared by several labels count for less, words shared by all count nothing, and
    a synonym counts for less than the word itself. Figures and years match exactly, and a year in
    the question must be in the table (a row, a column, or a caption that names that year alone), or
    there is no answer; the two years of the caption's period ask for the total. When only one of
    row and column is named, the caption must share a word with the question as well, and the other
    is the row or column of totals if there is one, else the first; but never one year among
    several.
    """
    asked = {w for word in words for w in _WORD.findall(word.casefold()) if _tells(w)}
    asked -= _whole_period(table.caption, asked)
    if not table.rows or not asked or not _years_known(table, asked):
        return None
    meant = _weights(asked, synonyms or {}, table.caption)
    rows = [row.label for row in table.rows]
    row, rows_tied = _best(rows, meant)
    column, columns_tied = _best(table.columns, meant)
    if rows_tied or columns_tied or (row is None and column is None):
        return None
    if row is None or column is None:
        unnamed = len(rows) if row is None else len(table.columns)
        if unnamed > 1 and table.caption and not _shares(table.caption, meant):
            return None
    row = _default(rows) if row is None else row
    column = _default(table.columns) if column is None else column
    if row is None or column is None:
        return None
    return CellAnswer(rows[row], table.columns[column], table.rows[row].cells[column])


def _tells(word: str) -> bool:
    return len(word) >= MIN_WORD_CHARS and word not in STOP_WORDS


def _weights(asked: set[str], synonyms: Synonyms, caption: str) -> dict[str, float]:
    """What the words mean, and how much each says of row or column."""
    meant = dict.fromkeys(asked, 1.0)
    for word in asked:
        weight = CAPTION_SYNONYM if _shares(caption, {word}) else SYNONYM
        for other in synonyms.get(word, ()):
            folded = other.casefold()
            meant[folded] = max(weight, meant.get(folded, 0.0))
    return meant


def _label_words(label: str) -> set[str]:
    said = {word for word in _WORD.findall(label.casefold()) if _tells(word)}
    return said | {to_bokmaal(word) for word in said}  # «Haust», for the question's «høsten»


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    if _FIGURE.match(one) or _FIGURE.match(other):
        return False
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    ending = max(len(one), len(other)) - shared
    first_part = min(len(one), len(other)) - shared <= MAX_SHORT_ENDING
    return (shared >= MIN_STEM and (ending <= MAX_ENDING or first_part)) or (
        shared >= MIN_SHORT_STEM and ending <= MAX_SHORT_ENDING
    )


def _shares(label: str, meant: Iterable[str]) -> bool:
    words = {w for w in _label_words(label) - COUNTING_WORDS if not _FIGURE.match(w)}
    return any(_same(word, m) for word in words for m in meant)


def _best(labels: Sequence[str], meant: Mapping[str, float]) -> tuple[int | None, bool]:
    """The label that the words name best (None when none is named), and whether two are tied."""
    found: list[dict[str, float]] = []
    for label in labels:
        weights = {
            word: max((weight for m, weight in meant.items() if _same(word, m)), default=0.0)
            for word in _label_words(label)
        }
        found.append({word: weight for word, weight in weights.items() if weight})
    known = Counter(word for words in found for word in words)
    scores = [
        sum(w / known[x] for x, w in words.items() if known[x] < len(labels) or len(labels) == 1)
        for words in found
    ]
    top = max(scores, default=0.0)
    if top <= 0:
        return None, False
    winners = [i for i, score in enumerate(scores) if score == top]
    return (winners[0], False) if len(winners) == 1 else (None, True)


def _years_known(table: Table, asked: set[str]) -> bool:
    labels = " ".join([*(row.label for row in table.rows), *table.columns, table.stub])
    there = _label_words(labels) | _label_words(_PERIOD.sub(" ", table.caption))
    wanted = {word for word in asked if _YEAR_WORD.match(word)}
    return wanted <= there


def _whole_period(caption: str, asked: set[str]) -> set[str]:
    """The years of the question when they are the table's whole period: they name no row of it."""
    wanted = {word for word in asked if _YEAR_WORD.match(word)}
    return wanted if any(wanted == set(period) for period in _PERIOD.findall(caption)) else set()


def _default(labels: Sequence[str]) -> int | None:
    for index, label in enumerate(labels):
        if label.casefold().strip(" :.") in TOTALS:
            return index
    if len(labels) > 1 and sum(bool(re.search(r"\b(?:19|20)\d\d\b", x)) for x in labels) > 1:
        return None
    return 0
