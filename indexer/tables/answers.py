"""The one cell of a table that a question is about, when the table says which."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import NamedTuple

from indexer.documents import Cell, Table
from indexer.tables import extremes, naming
from indexer.tables.fitting import (
    RANK,
    TOGETHER,
    TOTALS_ASKED,
    UNITS,
    Asked,
    Choice,
    Synonyms,
    fits,
    whole_period,
    years_known,
)

__all__ = ["CellAnswer", "Synonyms", "cell_answer"]


class CellAnswer(NamedTuple):
    """The cell, and the labels that say what it is."""

    row: str
    column: str
    cell: Cell


def cell_answer(
    table: Table,
    words: Iterable[str],
    *,
    synonyms: Synonyms | None = None,
    context: str = "",
) -> CellAnswer | None:
    """The cell that the question words point at, or None when row or column cannot be told.

    Args:
        table: any `Table`.
        words: the words of the question, in any case, inflected or stemmed; order is of no matter.
        synonyms: question word (lower case) -> words of the table that mean it, for instance
            `{"hospiterte": {"personer"}, "municipalities": {"kommuner"}}`.
        context: the headings that the table stands under.

    A row or column is named when a word of its label is the question's, its inflection, or its
    synonym. Words shared by several labels count for less, words shared by all count nothing, and
    a synonym counts for less than the word itself; of labels that fit alike, the one that is named
    in full is taken, or none. Rows that are not told apart by their labels are told apart by the
    words in their cells. A year in the question must be in the table (a row, a column, or a caption
    or heading that names that year alone), or there is no answer; the two years of the caption's
    period ask for the total. Where no column is named, the column of totals is taken if there is
    one, else the first; but never one year among several. Most of the question's other telling
    words (`MET`; all of them where the first column was taken) must be in the caption, the context
    or the row. «Flest», «lavest» and the like ask for the row, or the column, with that figure.
    Nothing is calculated: without a row of totals there is no total.
    """
    said = {word for text in words for word in naming.words_in(text)}
    period = whole_period(f"{table.caption} . {context}", said)
    said -= period
    folded = {word.casefold(): meant for word, meant in (synonyms or {}).items()}
    asked = Asked(table, context, frozenset(said), folded, bool(period or said & TOTALS_ASKED))
    if not table.rows or not asked.words or not years_known(asked):
        return None
    sign = extremes.direction(asked.words)
    choice = _ranked(asked, sign) if sign and _which(asked) else _named(asked)
    if choice is None or not fits(asked, choice):
        return None
    row, column = table.rows[choice.row], table.columns[choice.column]
    return CellAnswer(row.label, column, row.cells[choice.column])


def _named(asked: Asked) -> Choice | None:
    """The row and the column that the words name."""
    table = asked.table
    labels = [row.label for row in table.rows]
    row, rows_tied = _best(labels, asked.meant)
    if row is None and (len(set(labels)) < len(labels) if rows_tied else _has_text(table)):
        row, rows_tied = _best([_with_text(table, i) for i in range(len(labels))], asked.meant)
    column, columns_tied = _best(table.columns, asked.meant)
    guessed = False
    if columns_tied:
        column = _in_percent(asked)
    if rows_tied or (columns_tied and column is None):
        return None
    total = asked.total or bool(asked.words & TOGETHER)
    if row is None and (column is not None or total):
        row = _total(labels) if len(labels) > 1 else 0
        guessed = len(labels) > 1 and not total
    if row is None:
        return None
    if asked.total and not naming.is_total(labels[row]) and _total(table.columns) is None:
        return None  # what one row has is not what all have together
    if column is None:
        figures = [i for i, c in enumerate(table.rows[row].cells) if re.search(r"\d", c.text)]
        if len(figures) == 1 and asked.counted:
            column = figures[0]
        else:
            column, first = _default_column(table.columns)
            guessed = guessed or first
    return None if column is None else Choice(row, column, guessed)


def _which(asked: Asked) -> bool:
    """Whether one of the table's rows is asked for: «hvilken …», or by the name of their column."""
    stub = naming.label_words(asked.table.stub)
    return bool(asked.words & extremes.WHICH) or naming.shares(stub, asked.every)


def _ranked(asked: Asked, sign: int) -> Choice | None:
    """The cell with the highest or lowest figure of a column, or of a row."""
    table = asked.table
    if extremes.PARTIAL.search(f"{table.caption} {asked.context}"):
        return None
    meant = {
        word: weight
        for word, weight in asked.meant.items()
        if word in asked.years or not (word in RANK or naming.shares(asked.subject, [word]))
    }
    row, rows_tied = _best([row.label for row in table.rows], meant)
    column, columns_tied = _best(table.columns, meant)
    if rows_tied or columns_tied:
        return None
    if row is not None and column is None and len(table.columns) > 1:
        found = extremes.extreme_column(table, row, sign)
        return None if found is None else Choice(row, found, named=table.rows[row].label)
    if row is not None:
        return None
    candidates = [column] if column is not None else range(len(table.columns))
    rows = {i: extremes.extreme_row(table, i, sign) for i in candidates}
    known = [(at, i) for i, at in rows.items() if at is not None]
    if len(known) != 1:
        return None
    best, column = known[0]
    return Choice(best, column, named=table.columns[column])


def _best(labels: Sequence[str], meant: Mapping[str, float]) -> tuple[int | None, bool]:
    """The label that the words name best (None when none is named), and whether two are tied."""
    found = [naming.named(label, meant) for label in labels]
    known = Counter(word for words in found for word in words)
    scores = [
        fsum(w / known[x] for x, w in words.items() if known[x] < len(labels) or len(labels) == 1)
        for words in found
    ]
    top = max(scores, default=0.0)
    if top <= 0:
        return None, False
    winners = [i for i, score in enumerate(scores) if score == top]
    full = [
        i
        for i, words in enumerate(found)
        if words and all(words.get(word) == 1.0 for word in naming.words_in(labels[i]))
    ]
    if len(winners) > 1:  # «Moss» before «Moss for Nettverket Østfold»
        winners = [i for i in winners if i in full]
    if len(winners) != 1 or any(not found[i].keys() <= found[winners[0]].keys() for i in full):
        return None, True  # none, or two that are both asked for
    return winners[0], False


def _in_percent(asked: Asked) -> int | None:
    """The only column in percent, where a share is asked for."""
    words, sign = UNITS[0]
    columns = [
        [row.cells[i].text for row in asked.table.rows] for i in range(len(asked.table.columns))
    ]
    found = [i for i, cells in enumerate(columns) if any(sign.search(cell) for cell in cells)]
    return found[0] if asked.words & words and len(found) == 1 else None


def _has_text(table: Table) -> bool:
    return any(not re.search(r"\d", cell.text) for row in table.rows for cell in row.cells)


def _with_text(table: Table, row: int) -> str:
    """The label of a row and those of its cells that are words."""
    cells = (cell.text for cell in table.rows[row].cells)
    return " ".join([table.rows[row].label, *(c for c in cells if not re.search(r"\d", c))])


def _total(labels: Sequence[str]) -> int | None:
    return next((i for i, label in enumerate(labels) if naming.is_total(label)), None)


def _default_column(labels: Sequence[str]) -> tuple[int | None, bool]:
    """The column where none is named, and whether it is only the first of several."""
    total = _total(labels)
    if total is not None:
        return total, False
    if len(labels) > 1 and sum(bool(naming.years_alone(label)) for label in labels) > 1:
        return None, False
    return 0, len(labels) > 1
