"""The sentence, or the table cell, within a passage that answers the question."""

from __future__ import annotations

from collections.abc import Mapping

from bot.answering.reply import Figure
from indexer.expectation import Expectation, cell, fits
from indexer.library.stored import StoredPassage
from indexer.passages import sentences
from indexer.words.terms import GRAM, terms_of, words

GRAM_SHARE = 0.6
"""Share of 4-grams against whole stems when a sentence is compared with the question."""

LENGTH_SOFTENING = 12
"""Words added to a sentence's length: a sentence of three words does not win for being short."""


FITTING = 1.5
"""Factor for a sentence that has the figure or the year that the question asks for."""


def best_sentence(
    passage: StoredPassage, weights: Mapping[str, float], expectation: Expectation | None = None
) -> tuple[int, int]:
    """Where the sentence that shares most with the question stands in `passage.text`."""
    found = sentences(passage.text)
    if not found:
        return 0, len(passage.text)
    wanted = _terms(weights)

    def worth(place: tuple[int, int]) -> float:
        sentence = passage.text[place[0] : place[1]]
        factor = FITTING if expectation and fits(sentence, expectation) else 1.0
        return factor * _overlap(sentence, wanted)

    return max(found, key=worth)


def figure_in(passage: StoredPassage, weights: Mapping[str, float]) -> Figure | None:
    """The table cell that the question points at, if the passage is a table that has one."""
    answer = cell(passage, weights)
    if answer is None or passage.table is None:
        return None
    return Figure(
        caption=passage.table.caption,
        row=answer.row,
        column=answer.column,
        value=answer.cell.text,
        start=answer.cell.start,
        end=answer.cell.end,
    )


def _terms(weights: Mapping[str, float]) -> dict[str, float]:
    result: dict[str, float] = {}
    for word, weight in weights.items():
        terms = terms_of(word)
        grams = max(1, sum(1 for _, field in terms if field == GRAM))
        for term, field in terms:
            share = GRAM_SHARE / grams if field == GRAM else 1 - GRAM_SHARE
            result[term] = max(result.get(term, 0.0), weight * share)
    return result


def _overlap(sentence: str, wanted: Mapping[str, float]) -> float:
    said = list(words(sentence))
    present = {term for word in said for term, _ in terms_of(word)}
    shared = sum(weight for term, weight in wanted.items() if term in present)
    return float(shared / (len(said) + LENGTH_SOFTENING) ** 0.25)
