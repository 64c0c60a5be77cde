"""What kind of question it is, and the verdict on what was found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sklearn.metrics import roc_auc_score
from tests_support import Home

from bot.answering.decide import Thresholds, decide, model, signals, thresholds_of
from bot.answering.scope import KINDS, scope_of
from bot.evaluation.questions import read_questions
from indexer.language import detect
from indexer.search import Results
from knowledge.settings import Settings

Write = Callable[[str, str], Path]
QUESTIONS = Path(__file__).parent / "questions"


def test_the_shares_of_the_kinds_are_probabilities() -> None:
    scope = scope_of("Hvem kan henvise til frisklivssentralen?", "nb")
    assert set(scope.shares) == set(KINDS)
    assert sum(scope.shares.values()) == pytest.approx(1.0)
    assert scope.likeliest == "in" and scope.inside > 0


@pytest.mark.parametrize("text", ["", "og", "???", "x" * 10_000])
def test_what_has_no_words_is_of_no_sure_kind(text: str) -> None:
    assert max(scope_of(text, "nb").shares.values()) < 0.9


def test_a_follow_up_is_of_the_kind_of_the_turn_before() -> None:
    follow_up = "Og hva koster det?"
    alone = scope_of(follow_up, "nb")
    with_thread = scope_of(follow_up, "nb", ("Kan vi ta egenandel på frisklivssentralens kurs?",))
    assert with_thread.inside > alone.inside


def test_a_new_subject_in_a_thread_is_judged_by_itself() -> None:
    question = "Hvilken film vant Oscar for beste musikk, og hvem regisserte den?"
    assert scope_of(question, "nb", ("Hvordan starter vi en frisklivssentral?",)) == scope_of(
        question, "nb"
    )


def test_scope_alone_tells_most_questions_apart() -> None:
    """On tune.jsonl; of its documents the model has seen other questions."""
    questions = read_questions(QUESTIONS / "tune.jsonl")
    inside = [
        scope_of(question.question, detect(question.question), question.thread).inside
        for question in questions
    ]
    assert roc_auc_score([q.kind == "in_scope" for q in questions], inside) >= 0.92


def test_no_question_is_both_learned_from_and_measured_on() -> None:
    lines = (QUESTIONS / "scope.jsonl").read_text(encoding="utf-8").splitlines()
    learned = {json.loads(line)["question"].casefold() for line in lines}
    for name in ("tune", "reported"):
        for question in read_questions(QUESTIONS / f"{name}.jsonl"):
            assert question.question.casefold() not in learned


def test_a_passage_with_the_whole_question_outweighs_its_kind(home: Home, write: Write) -> None:
    home.add(write("trim.md", "# Trim\n\nTrappetrimmen i Fjellby er hver torsdag klokka sju."))
    searcher = home.build().open().searcher
    question = "Trappetrimmen i Fjellby, hvilken torsdag?"
    scope = scope_of(question, "nb")
    found = signals(searcher.search(question, language="nb"), scope)
    assert scope.inside < 0 and found["scope"] == 0.0


def test_nothing_found_is_not_covered() -> None:
    scope = scope_of("Hvem kan henvise til frisklivssentralen?", "nb")
    assert decide(Results((), 0.0), scope).verdict == "not_covered"


def test_the_operators_thresholds_come_before_the_fitted_ones() -> None:
    fitted = model().thresholds
    assert 0 < fitted.ask < fitted.answer < 1
    assert thresholds_of(Settings()) == fitted
    chosen = Settings(answer_threshold=0.9, ask_threshold=0.5)
    assert thresholds_of(chosen) == Thresholds(0.9, 0.5)
    assert thresholds_of(Settings(answer_threshold=0.01)) == Thresholds(0.01, 0.01)
