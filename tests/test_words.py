"""The lexical leg: terms, weights, and BM25 equal to bm25s."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.language import Language
from indexer.words import bm25
from indexer.words.asked import (
    asked_words,
    leans,
    own_words,
    question_terms,
    subject_of,
    weight,
)
from indexer.words.bm25 import BM25, K1, B
from indexer.words.postings import Postings
from indexer.words.terms import (
    GRAM,
    STEM,
    stem,
    terms_of,
    words,
)

TEXTS = [
    "Fastlegen kan henvise til frisklivssentralen, og innbyggerne kan ta kontakt selv.",
    "Kommunen kan søke om tilskudd til etablering av en frisklivssentral.",
    "Hospitering hos en utviklingssentral er gratis for kommunen.",
    "Kommunane kan søkje om tilskot. Tilskotet blir lyst ut kvart år.",
    "Oppfølgingen varer i tolv uker, og deltakeren møter til samtale før og etter.",
]


def asked(question: str, language: Language) -> dict[str, float]:
    return own_words(asked_words(question, language))


def reference(field: int, question: str) -> np.ndarray:
    def tokens(text: str) -> list[str]:
        return [term for word in words(text) for term, kind in terms_of(word) if kind == field]

    model = bm25s.BM25(k1=K1, b=B, method="lucene")
    model.index([tokens(text) for text in TEXTS], show_progress=False)
    asked = [token for token in dict.fromkeys(tokens(question)) if token in model.vocab_dict]
    scores: np.ndarray = model.get_scores(asked)
    return scores


@pytest.mark.parametrize("field", [STEM, GRAM])
@pytest.mark.parametrize("cut", [0, 2, 4], ids=["one segment", "two", "two, uneven"])
@pytest.mark.parametrize("block", [2, bm25.BLOCK], ids=["many blocks", "one block"])
def test_scores_are_those_of_bm25s(
    field: int, cut: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bm25, "BLOCK", block)
    question = "Kan kommunen søke tilskudd?"
    terms = {term: (1.0, kind) for word in words(question) for term, kind in terms_of(word)}
    segments = [Postings.of(part) for part in (TEXTS[:cut], TEXTS[cut:]) if part]
    scores = BM25(segments).matches(terms).scores()[field]
    np.testing.assert_allclose(scores, reference(field, question), rtol=1e-5)


@given(
    texts=st.lists(st.text(alphabet="abcæøå ", max_size=30), min_size=1, max_size=12),
    cut=st.integers(0, 12),
    question=st.text(alphabet="abcæøå ", max_size=30),
    limits=st.sampled_from([(1, 3), (2, 3), (bm25.LONG, bm25.BLOCK)]),
    data=st.data(),
)
def test_presence_tells_which_passage_has_which_term(
    texts: list[str],
    cut: int,
    question: str,
    limits: tuple[int, int],
    data: st.DataObject,
) -> None:
    segments = [Postings.of(part) for part in (texts[:cut], texts[cut:]) if part]
    chosen = data.draw(st.lists(st.integers(0, len(texts) - 1), unique=True))
    terms = {term: (1.0, kind) for word in words(question) for term, kind in terms_of(word)}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bm25, "LONG", limits[0])
        patched.setattr(bm25, "BLOCK", limits[1])
        present = BM25(segments).matches(terms).presence(np.array(chosen, np.int64))
    has = [{term for word in words(texts[i]) for term, _ in terms_of(word)} for i in chosen]
    wanted = [[term in every for every in has] for term in terms]
    assert present.tolist() == wanted and present.shape == (len(terms), len(chosen))


def test_saved_postings_are_read_back(tmp_path: Path) -> None:
    made = Postings.of(TEXTS)
    made.save(tmp_path)
    read = Postings.load(tmp_path)
    assert list(read.terms) == list(made.terms) == sorted(made.terms)
    for term in made.terms:
        for one, other in zip(made.find(term) or (), read.find(term) or (), strict=True):
            np.testing.assert_array_equal(one, other)
    assert read.find("finnesikke") is None


@given(st.lists(st.text(alphabet="abcæøå ", max_size=40), max_size=8), st.data())
def test_joining_segments_is_indexing_what_was_kept(texts: list[str], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(texts)))
    keep = [data.draw(st.booleans()) for _ in texts]
    parts = [
        (Postings.of(texts[where]), np.array(keep[where], bool))
        for where in (slice(0, cut), slice(cut, None))
    ]
    joined = Postings.joined(parts)
    wanted = Postings.of(text for text, kept in zip(texts, keep, strict=True) if kept)
    for term in wanted.terms:
        for one, other in zip(joined.find(term) or (), wanted.find(term) or (), strict=True):
            np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(joined.lengths, wanted.lengths)


@pytest.mark.parametrize(
    ("nynorsk", "bokmål"),
    [("tilskot", "tilskudd"), ("korleis", "hvordan"), ("kommunar", "kommuner"), ("eg", "jeg")],
)
def test_nynorsk_and_bokmål_meet(nynorsk: str, bokmål: str) -> None:
    assert stem(nynorsk) == stem(bokmål)


def test_greetings_and_question_words_do_not_steer() -> None:
    found = asked("Hei, hvordan er det med hospitering hos dere?", "nb")
    assert found["hospitering"] > 0.95
    assert {word for word, share in found.items() if share > 0.5} <= {"hospitering", "hos"}


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    assert weight("på") < weight("helse") < weight("journalsystem") <= 1.0


def test_an_english_question_also_looks_for_norwegian_words() -> None:
    found = asked("How do we get money for the municipality?", "en")
    assert {"penger", "kommunen", "money"} <= found.keys()
    assert not {"how", "do", "the", "for"} & found.keys()


def test_a_very_long_question_is_read_at_both_ends() -> None:
    found = asked("start " + "fyll " * 5_000 + "slutt", "nb")
    assert {"start", "slutt"} <= found.keys()


@given(st.text(max_size=200))
def test_no_text_is_too_strange(text: str) -> None:
    languages: tuple[Language, ...] = ("nb", "nn", "en")
    for language in languages:
        for share, field in question_terms(asked(text, language)).values():
            assert share > 0 and field in (STEM, GRAM)


def test_stems_are_right_in_many_threads() -> None:
    forms = [f"innovasjon{ending}" for ending in ("", "en", "er", "ene", "ens")] + ["blant"]
    wanted = {form: stem(form) for form in forms}
    wrong: list[str] = []

    def check() -> None:
        for _ in range(300):
            for form in forms:
                stem.cache_clear()
                if stem(form) != wanted[form]:
                    wrong.append(form)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=check) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []


@pytest.mark.parametrize(
    ("question", "leaning"),
    [
        ("og i 2019?", True),
        ("Hva koster det?", True),
        ("Hvor lenge?", True),
        ("And how long does it take?", True),
        ("Hva er hovedstaden i Frankrike?", False),
        ("Hvem kan henvise pasienter til frisklivssentralen?", False),
    ],
)
def test_a_follow_up_is_told_from_a_new_question(question: str, leaning: bool) -> None:
    language: Language = "en" if question.startswith("And") else "nb"
    assert leans(question, asked_words(question, language)) is leaning


def test_the_subject_of_a_thread_is_the_last_turn_that_has_one() -> None:
    assert subject_of(["Hvor mange hospiterte i 2021?", "og i 2019?"]).startswith("Hvor mange")
    assert subject_of(["hei", "og?"]) == ""
