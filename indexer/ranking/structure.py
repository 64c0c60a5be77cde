"""The signals that come from how documents are built: headings, editions, tables, places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from indexer.coverage import Coverage
from indexer.editions import Years, superseded, work_of, years_in
from indexer.expectation import bonus, expected
from indexer.library.stored import Metadata
from indexer.ranking.hits import Hit
from indexer.ranking.places import Names, nearness
from indexer.words.asked import AskedWord, own_words
from indexer.words.bm25 import Presence

WORKS = 4_096
"""Documents whose work is remembered."""

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


def structure(hits: Sequence[Hit], fused: Scores, present: Presence, context: Context) -> Structure:
    """The structural signals of the candidates.

    Args:
        fused: their score by words and vectors.
        present: which term of the question is in which of them (`Matches.presence`).
    """
    covers = context.covers
    years = years_in(context.question)
    best: dict[str, float] = {}
    for hit, score in zip(hits, fused.tolist(), strict=True):
        best[hit.key] = max(best.get(hit.key, float("-inf")), score)
    worse = _superseded({hit.key: hit.document.metadata for hit in hits}, years)
    headings = [_headings(hit) for hit in hits]
    rows = {texts: row for row, texts in enumerate(dict.fromkeys(headings))}
    covered = covers.of_present(np.concatenate([present, covers.in_texts(list(rows))], axis=1))
    coverage, of_heading = np.split(covered.astype(np.float32), [len(hits)])
    return Structure(
        coverage=coverage,
        heading=of_heading[[rows[texts] for texts in headings]],
        document=_column([best[hit.key] for hit in hits]),
        answer_kind=_answer_kind(hits, present, context, years),
        other_edition=_column([float(hit.key in worse) for hit in hits]),
        place=_column([nearness(_about(hit), context.places) for hit in hits]),
    )


def _about(hit: Hit) -> tuple[str, ...]:
    """What tells where a passage is about; the title of an approved answer tells who gave it."""
    return (
        hit.passage.path
        if hit.document.approved
        else (hit.document.metadata.title, *hit.passage.path)
    )


def _headings(hit: Hit) -> tuple[str, ...]:
    """What somebody wrote above a passage to say what it is about; a question says what was asked.

    The same question asked again would agree with it better than with any heading of a guide.
    """
    return () if hit.document.approved else _about(hit)


def _superseded(documents: Mapping[str, Metadata], years: Sequence[Years]) -> set[str]:
    """`superseded` of those that have another edition among them, which few have."""
    works = {key: _work(metadata.title) for key, metadata in documents.items()}
    editions = Counter(works.values())
    several = [(key, documents[key]) for key, work in works.items() if editions[work] > 1]
    return superseded(several, years)


@lru_cache(maxsize=WORKS)
def _work(title: str) -> str:
    return work_of(Metadata(title=title))


def _answer_kind(
    hits: Sequence[Hit], present: Presence, context: Context, years: Sequence[Years]
) -> Scores:
    """`bonus` of each candidate, of which only those are read that can have one.

    Without a table it takes a sentence with a word that tells what the question is about.
    """
    expectation = expected(context.question)
    if expectation is None and not years:
        return np.zeros(len(hits), np.float32)
    telling, own = context.covers.telling, own_words(context.asked)
    has_telling = context.covers.has_telling(present)
    return _column(
        [
            bonus(hit.passage, expectation, own, telling, years=years, words=context.asked)
            if told or hit.passage.table is not None
            else 0.0
            for hit, told in zip(hits, has_telling, strict=True)
        ]
    )


def _column(values: Sequence[float]) -> Scores:
    return np.array(values, np.float32)
