"""What kind of answer a question expects, and whether a passage has one.

«Hvor mange …» wants a figure and «når …» a year or a date: of two passages about the same, the one
that has it is the better.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from indexer.editions import Years, years_in
from indexer.library.stored import StoredPassage
from indexer.passages import sentences
from indexer.tables import CellAnswer, cell_answer
from indexer.words.terms import stem, words

Expectation = Literal["figure", "time"]

CELL_BONUS = 3.0
"""In standard deviations, for a table with the very cell that is asked for."""

SENTENCE_BONUS: dict[Expectation, float] = {"figure": 0.75, "time": 2.0}
"""For a sentence with a figure, or a year, beside the rarest words of the question. On NorQuAD any
value up to 2 gives the same Recall@5; a year beside the name asked for is the stronger sign."""

_FIGURE = re.compile(
    r"\b(hvor|kor) (mange|mye|mykje|stor|stort|store|høy|høg|ofte|lenge|lang|langt)\b"
    r"|\b(antall|antal|andel|prosent|prosentdel|beløp|sum|tallet|talet|kroner)\b"
    r"|\bhow (many|much|often|long|large)\b|\b(number|share|percent|percentage|amount) of\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\bnår\b|\b(hvilket|kva|hva slags|ka) år\b|\b(fra|frå|siden|sidan) når\b"
    r"|\bwhen\b|\b(what|which) year\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(19|20)\d\d\b")
_NUMBER = re.compile(r"\d")


def expected(question: str) -> Expectation | None:
    """The kind of answer a question asks for; None for any other."""
    if _FIGURE.search(question):
        return "figure"
    if _TIME.search(question):
        return "time"
    return None


def fits(sentence: str, expectation: Expectation) -> bool:
    """Whether a sentence has the kind of answer at all: a number, or a year."""
    return bool((_YEAR if expectation == "time" else _NUMBER).search(sentence))


def cell(passage: StoredPassage, asked: Mapping[str, float]) -> CellAnswer | None:
    """The cell that the question's (bokmål) words name in the passage's table."""
    return cell_answer(passage.table, asked) if passage.table is not None else None


def bonus(
    passage: StoredPassage,
    expectation: Expectation | None,
    asked: Mapping[str, float],
    telling: Collection[str],
    *,
    years: Sequence[Years],
) -> float:
    """How much better the passage is for having the kind of answer expected.

    Args:
        asked: bokmål word -> weight.
        telling: stems of the words that tell most about the question.
        years: that the question names: it may be after a figure without saying so, and a sentence
            must name one of them.
    """
    if (expectation == "figure" or years) and cell(passage, asked) is not None:
        return CELL_BONUS
    if expectation is None:
        return 0.0
    for start, end in sentences(passage.text):
        sentence = passage.text[start:end]
        if years and not any(found.covers(year) for found in years_in(sentence) for year in years):
            continue
        if fits(sentence, expectation) and any(stem(word) in telling for word in words(sentence)):
            return SENTENCE_BONUS[expectation]
    return 0.0
