"""Coverage: read from postings or from text, it is the share of the question that is there."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.coverage import LEAST_GRAMS, UNSEEN, Coverage
from indexer.words.asked import AskedWord, asked_words, flat, question_terms
from indexer.words.bm25 import BM25, Matches
from indexer.words.postings import Postings
from indexer.words.terms import GRAM, stem, terms_of, words

TEXTS = [
    "Fastlegen kan henvise til frisklivssentralen.",
    "Kommunen kan søke om tilskudd til etablering.",
    "Hospitering hos en utviklingssentral er gratis for kommunen.",
    "Matkurset varer i tolv uker.",
]

word = st.sampled_from(
    "kommune kommunen frisklivssentral friskliv sentralene tilskudd tilskot banan bananen ab å x7 "
    "henvise henvisning matkurs kurs matkurset 2014".split()
)
text = st.lists(word, max_size=8).map(" ".join)
asked = st.lists(
    st.builds(
        AskedWord,
        word,
        st.dictionaries(word, st.floats(0.01, 1), min_size=1, max_size=2),
        st.dictionaries(word, st.floats(0.01, 1), max_size=3),
    ),
    max_size=5,
)


def prepared(bm25: BM25, asked: list[AskedWord]) -> tuple[Coverage, Matches]:
    matches = bm25.matches(question_terms(flat(asked)))
    return Coverage(asked, matches), matches


def plain(asked: list[AskedWord], bm25: BM25, text: str) -> float:
    """The definition, word by word."""
    has = {term for word in words(text) for term, _ in terms_of(word)}
    covered = total = 0.0
    for item in asked:
        unseen = log(1 + UNSEEN / (1 + bm25.passages))
        found = [
            w * (bm25.idf(stem(a)) + unseen)
            for a, w in item.alternatives.items()
            if bm25.idf(stem(a))
        ]
        most = (log(1 + bm25.passages) + unseen) * max(item.alternatives.values())
        value = max(found, default=most)
        shares = []
        for alternative in item.alternatives:
            grams = [term for term, field in terms_of(alternative) if field == GRAM]
            share = sum(gram in has for gram in grams) / len(grams)
            shares.append(1.0 if stem(alternative) in has else share * (share >= LEAST_GRAMS))
        covered += value * max(shares)
        total += value
    return covered / total if total else 0.0


@given(st.lists(text, min_size=1, max_size=8), st.integers(0, 8), asked)
def test_from_postings_and_from_text_it_is_the_same(
    texts: list[str], cut: int, asked: list[AskedWord]
) -> None:
    bm25 = BM25([Postings.of(part) for part in (texts[:cut], texts[cut:]) if part])
    covers, matches = prepared(bm25, asked)
    of_postings = covers.of_present(matches.presence(np.arange(len(texts))))
    of_text = covers.of_present(covers.in_texts([(text,) for text in texts]))
    assert of_postings.tolist() == of_text.tolist()
    assert of_text.tolist() == pytest.approx([plain(asked, bm25, text) for text in texts])


def test_parts_of_a_text_count_together() -> None:
    covers, _ = prepared(BM25([Postings.of(TEXTS)]), asked_words("tilskudd matkurset", "nb"))
    texts = [("Tilskudd",), ("Matkurset",), ("Tilskudd", "Matkurset"), ()]
    one, other, both, none = covers.of_present(covers.in_texts(texts)).tolist()
    assert both == pytest.approx(one + other) == pytest.approx(1.0)
    assert none == 0.0


def test_a_compound_has_a_part_of_the_word_and_an_unrelated_word_nothing() -> None:
    covers, matches = prepared(BM25([Postings.of(TEXTS)]), asked_words("utviklingssentraler", "nb"))
    hospitering, matkurs = covers.of_present(matches.presence(np.array([2, 3]))).tolist()
    assert 0.5 <= hospitering <= 1.0 and matkurs == 0.0


def test_telling_words_are_found_where_their_stem_is() -> None:
    covers, matches = prepared(BM25([Postings.of(TEXTS)]), asked_words("hospiteringen", "nb"))
    has = covers.has_telling(matches.presence(np.arange(len(TEXTS))))
    assert has.tolist() == [False, False, True, False]


def test_without_words_nothing_is_covered() -> None:
    covers, matches = prepared(BM25([Postings.of(TEXTS)]), [])
    assert covers.of_present(matches.presence(np.arange(4))).tolist() == [0.0] * 4
    assert covers.known == 0.0 and covers.telling == set()
