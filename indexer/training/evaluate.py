"""How well a model finds passages by itself: `python -m indexer.training.evaluate MODEL FILES`.

The files are in SQuAD's format. Every context is cut into passages as an index cuts it, and each
question asks for the passage where an answer starts, among those of all contexts.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from indexer.training.reading import TrainingError
from indexer.training.squad import Reading, read_squad


@dataclass(frozen=True)
class Measures:
    """Shares of the questions. Recall@k: a right passage is among the first k (the field's name for
    it is also accuracy@k); MRR@10: mean of 1/rank of the first right one, 0 beyond rank 10."""

    questions: int
    passages: int
    recall_1: float
    recall_5: float
    mrr_10: float

    def __str__(self) -> str:
        return (
            f"{self.questions} questions, {self.passages} passages: Recall@1 {self.recall_1:.3f}, "
            f"Recall@5 {self.recall_5:.3f}, MRR@10 {self.mrr_10:.3f}"
        )


def evaluate(model: Path, readings: Sequence[Reading]) -> Measures:
    """Measure the SentenceTransformer in a folder, by cosine and nothing else.

    Raises:
        TrainingError: the model cannot be loaded, or there is no question with an answer.
    """
    corpus: dict[str, str] = {}
    questions: dict[str, str] = {}
    relevant: dict[str, set[str]] = {}
    for number, reading in enumerate(readings):
        spans = {f"{number}.{start}": (start, end) for start, end in reading.passages()}
        for name, (start, end) in spans.items():
            corpus[name] = reading.context[start:end]
        for asked in reading.asked:
            right = {
                name
                for name, (start, end) in spans.items()
                if any(start <= answer < end for answer in asked.starts)
            }
            if right:
                question = str(len(questions))
                questions[question], relevant[question] = asked.question, right
    if not questions:
        raise TrainingError("The files hold no question with an answer in its context.")
    return _measured(model, questions, corpus, relevant)


def _measured(
    model: Path, questions: dict[str, Any], corpus: dict[str, Any], relevant: dict[str, set[str]]
) -> Measures:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    # Imported late: sentence-transformers takes seconds, and a wrong file is told before.
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.evaluation import (
        InformationRetrievalEvaluator,
    )

    try:
        loaded = SentenceTransformer(str(model), device="cpu", local_files_only=True)
    except Exception as error:
        raise TrainingError(f"{model} holds no model that can be loaded ({error}).") from error
    evaluator = InformationRetrievalEvaluator(
        questions,
        corpus,
        relevant,
        accuracy_at_k=[1, 5],
        mrr_at_k=[10],
        ndcg_at_k=[10],
        precision_recall_at_k=[1],
        map_at_k=[10],
        write_csv=False,
    )
    found = evaluator(loaded)
    return Measures(
        questions=len(questions),
        passages=len(corpus),
        recall_1=float(found["cosine_accuracy@1"]),
        recall_5=float(found["cosine_accuracy@5"]),
        mrr_10=float(found["cosine_mrr@10"]),
    )


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
def main(model: Path, files: tuple[Path, ...]) -> None:
    """Recall@1, Recall@5 and MRR@10 of the model in folder MODEL on FILES in SQuAD's format."""
    try:
        measures = evaluate(model, read_squad(files))
    except TrainingError as error:
        raise click.ClickException(str(error)) from error
    Console().print(str(measures), highlight=False)


if __name__ == "__main__":
    main()
