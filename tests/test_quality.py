"""How well the development questions are answered: floors, so that no change makes it worse unseen.

`tune.jsonl` is what settings are chosen on; `reported.jsonl`, from other documents, is what counts.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests_support import Home

from bot.answering.answer import Answerer
from bot.evaluation.measure import measure, report
from bot.evaluation.questions import read_questions
from indexer.index import Index

QUESTIONS = Path(__file__).parent / "questions"
LEAST_IN_SCOPE, LEAST_OUT_OF_SCOPE = 400, 150


@pytest.fixture(scope="module")
def reported(bundled_home: Home) -> dict[str, dict[str, float]]:
    answerer = Answerer(Index(bundled_home.settings), None)
    return report(measure(answerer, read_questions(QUESTIONS / "reported.jsonl")))


def test_the_question_sets_are_large_and_apart() -> None:
    sets = {name: read_questions(QUESTIONS / f"{name}.jsonl") for name in ("tune", "reported")}
    together = [question for questions in sets.values() for question in questions]
    inside = [question for question in together if question.kind == "in_scope"]
    assert len(inside) >= LEAST_IN_SCOPE
    assert len(together) - len(inside) >= LEAST_OUT_OF_SCOPE
    assert len({question.question for question in together}) == len(together)
    documents = [{q.document for q in questions if q.document} for questions in sets.values()]
    assert not documents[0] & documents[1]


@pytest.mark.parametrize(
    ("part", "name", "floor"),
    # The sampling error of a share of 200 questions is about 0.03, of 50 about 0.07.
    [
        ("all", "recall@5", 0.81),
        ("all", "recall@1", 0.52),
        ("all", "mrr@10", 0.65),
        ("all", "ndcg@10", 0.70),
        ("all", "highlight", 0.32),
        ("nb", "recall@5", 0.82),
        ("nn", "recall@5", 0.69),
        ("en", "recall@5", 0.81),
        ("refusal", "refused", 0.75),
        ("refusal", "refused_at_5", 0.75),
    ],
)
def test_the_reported_questions_are_answered_at_least_so_well(
    reported: dict[str, dict[str, float]], part: str, name: str, floor: float
) -> None:
    assert reported[part][name] >= floor


def test_few_questions_within_scope_are_refused(reported: dict[str, dict[str, float]]) -> None:
    assert reported["refusal"]["wrongly_refused"] <= 0.09
