"""Whether a cell is what a question asks for: its kind, its unit, and what the table is about."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

from indexer.documents import Table
from indexer.tables import extremes, naming
from indexer.tables.lines import EMPTY_VALUES

SYNONYM = 0.5
CAPTION_SYNONYM = 0.25
"""A synonym says less than the word itself, and less again when the caption has the word: there it
is what the whole table is about ("hospiterte" in a table of "hospiteringer")."""

MET = 0.6
"""Least share of the question's telling words, beside those that name row and column, that the
caption, the headings or the row must have: a table of visits does not say how many municipalities
have a centre. Below 1, since a question of real life says more than the table («koronaåret»)."""

MET_OF_NAME = 0.5
"""Greatest share of the telling words that a table need not have when it asks for a figure of the
row by its name: «hvor mye til friskliv fikk Senja?»"""

TOTALS_ASKED = frozenset(
    "totalt total totale sum samlet samla tilsammen overall altogether".split()
)
TOGETHER = frozenset({"sammen", "saman", "alt"})
"""«Til sammen», «i alt»: they ask for the total too, but may say something else («sammen med»)."""

COUNTED = frozenset(
    "mange mykje mye antall antal andel prosent prosentdel beløp kroner many much number share "
    "percent percentage amount snitt snittet gjennomsnitt gjennomsnittet average".split()
)
"""Words of a question whose answer has a figure in it."""

UNITS: tuple[tuple[frozenset[str], re.Pattern[str]], ...] = (
    (
        frozenset({"prosent", "prosentdel", "andel", "percent", "percentage", "share"}),
        re.compile(r"%|prosent|\bandel|\d av \d|\bpercent|\bshare"),
    ),
    (frozenset({"kroner", "beløp", "kr"}), re.compile(r"\bkr\b|krone|beløp|million|\bmill\b")),
)
"""What a question may ask for by name, and how a cell or the labels around it say so."""

COUNTS = frozenset({"antall", "antal", "number"})
"""What a percentage or a sum of money is no answer to; «hvor mange» may be answered in percent."""

RANK = extremes.HIGHEST | extremes.LOWEST | extremes.WHICH | TOTALS_ASKED | TOGETHER
"""Words that say which of the figures is asked for, and not what the table is about."""

_STARTS_WITH_FIGURE = re.compile(
    r"\W*(?:(?:kr|ca|om lag|rundt|minst|over|under|opptil)\b\W*)?\d", re.IGNORECASE
)
_NO_COUNT = re.compile(r"%|\bprosent\b|\bkr\b|\bkroner\b")

Synonyms: TypeAlias = Mapping[str, Collection[str]]


class Choice(NamedTuple):
    """The row and column chosen.

    `named` is the label of the one that the question names where the other was found by its
    figures; `guessed` tells that one is named by nothing but its place.
    """

    row: int
    column: int
    guessed: bool = False
    named: str | None = None


@dataclass(frozen=True)
class Asked:
    """The words of a question: each with what it may be called."""

    table: Table
    context: str
    words: frozenset[str]
    synonyms: Synonyms
    total: bool
    """Whether the total is asked for by name, or by the whole period of the table."""

    def forms(self, word: str) -> set[str]:
        if word in naming.COUNTING_WORDS:  # «mange» is no word for «totalt»
            return {word}
        return {word, *(other.casefold() for other in self.synonyms.get(word, ()))}

    @cached_property
    def every(self) -> set[str]:
        return {form for word in self.words for form in self.forms(word)}

    @cached_property
    def subject(self) -> set[str]:
        """What the caption, the headings and the stub say that the table is about."""
        return naming.label_words(f"{self.table.caption} {self.context} {self.table.stub}")

    @cached_property
    def meant(self) -> dict[str, float]:
        """Word or synonym -> how much it says of row or column."""
        said = naming.label_words(self.table.caption) - naming.COUNTING_WORDS
        meant = dict.fromkeys(self.words, 1.0)
        for word in self.words:
            weight = CAPTION_SYNONYM if naming.shares(said, [word]) else SYNONYM
            for other in self.forms(word) - {word}:
                meant[other] = max(weight, meant.get(other, 0.0))
        return meant

    @cached_property
    def counted(self) -> bool:
        """Whether the answer is a figure."""
        return bool(self.words & COUNTED)

    @cached_property
    def years(self) -> set[str]:
        return {word for word in self.words if naming.is_year(word)}


def fits(asked: Asked, choice: Choice) -> bool:
    """Whether the cell is what the question asks for: its kind, its unit, and what it is about."""
    table = asked.table
    row, column = table.rows[choice.row], table.columns[choice.column]
    value = row.cells[choice.column].text
    if not value or value.casefold() in EMPTY_VALUES:
        return False
    if asked.counted and not _STARTS_WITH_FIGURE.match(value):
        return False
    around = f"{value} {row.label} {column} {table.caption} {asked.context}".casefold()
    if any(asked.words & words and not sign.search(around) for words, sign in UNITS):
        return False
    if asked.words & COUNTS and _NO_COUNT.search(f"{value} {column}".casefold()):
        return False
    return _about(asked, choice)


def _about(asked: Asked, choice: Choice) -> bool:
    """Whether the table is about what the question's telling words say."""
    table = asked.table
    row, column = table.rows[choice.row], table.columns[choice.column]
    used = naming.label_words(f"{row.label} {column}" if choice.named is None else choice.named)
    beside = asked.subject | naming.label_words(" ".join(cell.text for cell in row.cells))
    telling = [w for w in asked.words if naming.tells(w) and not asked.forms(w) & RANK]
    left = [word for word in telling if not naming.shares(used, asked.forms(word))]
    met = sum(naming.shares(beside, asked.forms(word)) for word in left)
    if choice.guessed and (met < len(left) or not (asked.counted or asked.years)):
        return False
    if len(left) - met == len(telling):  # none, or none that the table has
        known = {w for w in asked.words if not w.isdigit() and naming.names(w)}
        return not telling and naming.shares(asked.subject, known - naming.COUNTING_WORDS)
    if (
        asked.counted
        and naming.is_name(row.label)
        and naming.shares(asked.words, [row.label.casefold()])
    ):
        return len(left) - met <= MET_OF_NAME * len(telling)
    return met >= MET * len(left)


def years_known(asked: Asked) -> bool:
    table = asked.table
    labels = " ".join([*(row.label for row in table.rows), *table.columns, table.stub])
    there = naming.label_words(labels) | naming.years_alone(f"{table.caption} . {asked.context}")
    return asked.years <= there


def whole_period(text: str, asked: Collection[str]) -> set[str]:
    """The years of the question when they are the table's whole period: they name no row of it."""
    wanted = {word for word in asked if naming.is_year(word)}
    return wanted if any(wanted == set(period) for period in naming.periods(text)) else set()
