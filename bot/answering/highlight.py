"""The sentence, or the table cell, within a passage that answers the question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log, sqrt

from bot.answering.reply import Figure
from indexer.expectation import Expectation, cell, fits
from indexer.library.stored import StoredPassage
from indexer.passages import sentences
from indexer.words.asked import AskedWord
from indexer.words.terms import GRAM, terms_of, words

GRAM_SHARE = 0.6
"""Share of 4-grams against whole stems when a sentence is compared with the question."""

BEFORE = 0.3
"""Share of the sentence before: what answers often follows the sentence that names the subject, and
a list item the line that leads in to it."""

FITTING: Mapping[Expectation, float] = {
    "figure": 0.8,
    "time": 0.4,
    "reason": 0.8,
    "person": 0.2,
    "rule": 0.5,
}
"""Added for the kind of answer that the question asks for, where a rare word of the question is
worth about 1. Chosen on NorQuAD and the tuning questions together, and flat: half or twice as much
changes either measure by a question in a hundred."""

FRAGMENT_WORDS = 5
"""A shorter sentence («Ja.», a heading) is marked together with the one it belongs to."""

Span = tuple[int, int]


def best_sentence(
    passage: StoredPassage, weights: Mapping[str, float], expectation: Expectation | None = None
) -> Span:
    """Where the sentence, list item or table row that answers stands in `passage.text`.

    Every word of the question that a sentence has counts by its weight and by how few other
    sentences of the passage have it; the sentence before counts a little (`BEFORE`), and the kind
    of answer asked for is added (`FITTING`).

    Args:
        weights: bokmål word -> weight, the question's own and those of the thesaurus.
        expectation: the kind of answer the question asks for.
    """
    found, rows = _candidates(passage)
    if not found:
        return 0, len(passage.text)
    said = [passage.text[start:end] for start, end in found]
    shared = _shared(said, _terms(weights))
    worth = [
        own
        + BEFORE * before
        + (FITTING[expectation] if expectation and fits(sentence, expectation) else 0.0)
        for own, before, sentence in zip(shared, [0.0, *shared], said, strict=False)
    ]
    best = worth.index(max(worth))
    return found[best] if best in rows else _with_neighbour(passage.text, found, best)


def figure_in(
    passage: StoredPassage, weights: Mapping[str, float], *, asked: Sequence[AskedWord] = ()
) -> Figure | None:
    """The table cell that the question points at, if the passage is a table that has one.

    Args:
        weights: bokmål word -> weight, the question's own words.
        asked: the same words with what the thesaurus and the dictionary call them.
    """
    answer = cell(passage, weights, words=asked)
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


def _candidates(passage: StoredPassage) -> tuple[list[Span], set[int]]:
    """The sentences, and the rows of the table, in order; and which of them are rows."""
    text, table = passage.text, passage.table
    if table is None:
        return sentences(text), set()
    rows = [(row.start - passage.start, row.end - passage.start) for row in table.rows]
    top, bottom = max(0, table.start - passage.start), min(len(text), table.end - passage.start)
    around: list[Span] = []
    for start, end in sentences(text):
        around += [(start, min(end, top)), (max(start, bottom), end)]
    every = sorted([*(s for s in around if text[slice(*s)].strip()), *rows])
    trimmed = [_trimmed(text, *span) for span in every]
    return trimmed, {place for place, span in enumerate(every) if span in rows}


def _trimmed(text: str, start: int, end: int) -> Span:
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), start + len(inner.rstrip())


def _with_neighbour(text: str, found: Sequence[Span], best: int) -> Span:
    """A fragment with the sentence after it, or before it if it is the last."""
    start, end = found[best]
    if len(text[start:end].split()) >= FRAGMENT_WORDS or len(found) == 1:
        return start, end
    other = found[best + 1] if best + 1 < len(found) else found[best - 1]
    return min(start, other[0]), max(end, other[1])


def _terms(weights: Mapping[str, float]) -> dict[str, float]:
    result: dict[str, float] = {}
    for word, weight in weights.items():
        terms = terms_of(word)
        grams = max(1, sum(1 for _, field in terms if field == GRAM))
        for term, field in terms:
            share = GRAM_SHARE / grams if field == GRAM else 1 - GRAM_SHARE
            result[term] = max(result.get(term, 0.0), weight * share)
    return result


def _shared(said: Sequence[str], wanted: Mapping[str, float]) -> list[float]:
    """How much of the question each sentence has; a term counts more where few of them have it."""
    present = [{term for word in words(text) for term, _ in terms_of(word)} for text in said]
    known = Counter(term for terms in present for term in terms)
    scale = sqrt(sum(wanted.values())) or 1.0
    return [
        sum(
            weight * log(1 + len(said) / known[term])
            for term, weight in wanted.items()
            if term in terms
        )
        / scale
        for terms in present
    ]
