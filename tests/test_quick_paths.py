"""What is left out to save time would have changed nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_ranking import hit
from tests_support import Home

from indexer.coverage import Coverage
from indexer.editions import superseded, without_years, years_in
from indexer.expectation import bonus, expected
from indexer.index import Index
from indexer.library.stored import Metadata
from indexer.ranking.folding import ALIKE, SHINGLE, folded
from indexer.ranking.structure import _superseded
from indexer.ranking.weights import SIGNALS
from indexer.words.asked import flat, own_words, question_terms
from indexer.words.terms import words

FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


def repeats(one: str, other: str) -> bool:
    """The definition of a near-duplicate, without a short cut."""
    figures = [set(FIGURE.findall(without_years(text))) for text in (one, other)]
    said = [list(words(without_years(text))) for text in (one, other)]
    triples = [
        {tuple(each[i : i + SHINGLE]) for i in range(max(1, len(each) - SHINGLE + 1))}
        if each
        else set()
        for each in said
    ]
    if figures[0] != figures[1] or not all(triples):
        return False
    return len(triples[0] & triples[1]) >= ALIKE * len(triples[0] | triples[1])


TOKENS = "vi har kurs og tilbud i 2014 2016 til 12 1990, 3,5 2014-2018 §2014 20145 a2014".split()


@given(st.lists(st.lists(st.sampled_from(TOKENS), max_size=12).map(" ".join), max_size=8))
def test_passages_are_folded_as_if_all_were_compared(texts: list[str]) -> None:
    kept: list[tuple[str, str, list[str]]] = []
    for number, text in enumerate(texts):
        better = next((also for _, other, also in kept if repeats(text, other)), None)
        if better is None:
            kept.append((str(number), text, []))
        else:
            better.append(str(number))
    found = folded([hit(str(number), text) for number, text in enumerate(texts)])
    assert [(best.key, [also.key for also in best.also]) for best in found] == [
        (key, also) for key, _, also in kept
    ]


TITLES = "Arbeidet 2014-2018|Arbeidet 2014-2022|Rapport 2019|Rapport|Veileder: 1|Veileder: 2".split(
    "|"
)


@given(
    st.lists(st.tuples(st.sampled_from(TITLES), st.sampled_from([None, "2016", "2019"]))),
    st.sampled_from(["", "i 2015", "2014-2018", "2021"]),
)
def test_editions_are_told_as_if_all_documents_were_asked(
    documents: list[tuple[str, str | None]], question: str
) -> None:
    found = {
        str(number): Metadata(title=title, edition=edition)
        for number, (title, edition) in enumerate(documents)
    }
    years = years_in(question)
    assert _superseded(found, years) == superseded(found.items(), years)


@pytest.mark.parametrize(
    "question",
    [
        "Hvor mange kommuner hospiterte i 2021?",
        "Hvor stor andel av sentralene har matkurs?",
        "Når ble den første frisklivssentralen etablert?",
        "When were the first guidelines published?",
        "Hva skjedde i 2019?",
        "Hvem kan henvise?",
    ],
)
def test_every_passage_with_the_kind_of_answer_is_read(bundled_home: Home, question: str) -> None:
    searcher = Index(bundled_home.settings).open().searcher
    found = searcher.candidates(question, language="en" if "W" in question[:1] else "nb")
    matches = searcher.generation.bm25.matches(question_terms(flat(found.asked)))
    telling = Coverage(found.asked, matches).telling
    wanted = [
        bonus(
            hit.passage,
            expected(question),
            own_words(found.asked),
            telling,
            years=years_in(question),
        )
        for hit in found.hits
    ]
    assert found.signals[:, SIGNALS.index("answer_kind")].tolist() == wanted
