"""The signals that come from how documents are built: headings, editions, tables, places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.coverage import Coverage
from indexer.editions import superseded, years_in
from indexer.expectation import bonus, expected
from indexer.ranking.hits import Hit
from indexer.ranking.places import Names, nearness
from indexer.words.asked import AskedWord, own_words

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Context:
    """What a question says, beside the words that are looked up in the index."""

    question: str
    asked: Sequence[AskedWord]
    covers: Coverage
    places: Names


@dataclass(frozen=True)
class Structure:
    """One value for each candidate, shape (candidates,).

    Attributes:
        coverage: share of the question that the passage has the words of.
        heading: the same for the title and the headings alone.
        document: the best score by words and vectors that any passage of its document has.
        answer_kind: the passage has the figure, the year or the cell that is asked for.
        other_edition: 1 if another edition answers better.
        place: about the asker's county (1), another one (-1), or none.
    """

    coverage: Scores
    heading: Scores
    document: Scores
    answer_kind: Scores
    other_edition: Scores
    place: Scores


def structure(hits: Sequence[Hit], fused: Scores, context: Context) -> Structure:
    """The structural signals of the candidates; `fused` is their score by words and vectors."""
    covers = context.covers
    years = years_in(context.question)
    worse = superseded({hit.key: hit.document.metadata for hit in hits}.items(), years)
    expectation = expected(context.question)
    telling, own = covers.telling, own_words(context.asked)
    best: dict[str, float] = {}
    for hit, score in zip(hits, fused, strict=True):
        best[hit.key] = max(best.get(hit.key, float("-inf")), float(score))
    headings = [(hit.document.metadata.title, *hit.passage.path) for hit in hits]
    of_heading = {texts: covers.of(*texts) for texts in set(headings)}

    def column(values: Sequence[float]) -> Scores:
        return np.array(values, np.float32)

    return Structure(
        coverage=column(
            [covers.of(hit.passage.search_text, *hit.passage.questions) for hit in hits]
        ),
        heading=column([of_heading[texts] for texts in headings]),
        document=column([best[hit.key] for hit in hits]),
        answer_kind=column(
            [bonus(hit.passage, expectation, own, telling, years=years) for hit in hits]
        ),
        other_edition=column([float(hit.key in worse) for hit in hits]),
        place=column([nearness(texts, context.places) for texts in headings]),
    )
