"""Fit the decision on development questions: `python -m bot.evaluation.fit QUESTIONS.jsonl`.

Prints the coefficients as the TOML of `bot/answering/decision.toml`, and, from cross-validation,
what each threshold would cost. Each question is asked twice, of the digests with their typical
questions and without: documents that somebody adds have none, and their answers are less alike the
question. The thresholds are those of the digests as they come. Needs the `dev` extra
(scikit-learn).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bot.answering.decide import SIGNALS, signals
from bot.answering.question import Question, prepare
from bot.answering.scope import scope_of
from bot.evaluation.questions import EvaluationQuestion, read_questions
from bot.evaluation.trial import library_of, unasked_index
from indexer.index import Index, rebuild
from knowledge.settings import Settings

FOLDS = 10
SEED = 7
LOST = (0.01, 0.02, 0.05, 0.10, 0.15, 0.20, 0.30)
CHOSEN_LOSS = 0.05
"""Share of in-scope questions that may be refused. A refusal still brings the nearest headings and
a person, and a wrong quote is seen to be one; but a tool that refuses what it knows is not asked
again."""

ASK_LOSS = 0.02
"""Share of in-scope questions that may be refused without being asked back."""

Floats = NDArray[np.float64]


def table_of(questions: list[EvaluationQuestion], index: Index) -> tuple[Floats, NDArray[np.bool_]]:
    """The signals of each question, shape (questions, signals), and whether it is in scope."""
    opened = index.open()
    rows = []
    for question in questions:
        prepared = prepare(Question(question.question, thread=question.thread))
        results = opened.searcher.search(
            prepared.text, language=prepared.language, thread=prepared.thread
        )
        found = signals(results, scope_of(prepared.text, prepared.language, prepared.thread))
        rows.append([found[name] for name in SIGNALS])
    inside = np.array([question.kind == "in_scope" for question in questions])
    return np.array(rows), inside


def threshold_for(loss: float, confidence: Floats, inside: NDArray[np.bool_]) -> float:
    """The confidence below which at most this share of the in-scope questions lies."""
    return float(np.quantile(confidence[inside], loss))


@click.command(help=__doc__)
@click.argument("path", type=click.Path(exists=True, path_type=Path), metavar="QUESTIONS.jsonl")
def fit(path: Path) -> None:
    questions = read_questions(path)
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        documents = library_of(settings)
        rebuild(settings, documents, bundled=True)
        indexes = (Index(settings), unasked_index(settings, documents, Path(home) / "unasked"))
        tables = [table_of(questions, index) for index in indexes]
    rows = np.concatenate([signal for signal, _ in tables])
    inside = np.concatenate([is_inside for _, is_inside in tables])
    same = np.tile(np.arange(len(questions)), len(tables))  # never learned from and tested on
    in_use = np.arange(len(inside)) < len(questions)  # the first table: the library as it comes
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
    confidence = cross_val_predict(
        pipeline, rows, inside, groups=same, cv=folds, method="predict_proba"
    )[:, 1]
    echo = sys.stderr.write
    echo(
        f"AUROC {roc_auc_score(inside, confidence):.3f} ({FOLDS} folds, {len(inside)} questions)\n"
    )
    for loss in LOST:
        threshold = threshold_for(loss, confidence, inside & in_use)
        refused = float((confidence[~inside & in_use] < threshold).mean())
        echo(f"lost {loss:4.0%}  refused {refused:4.0%}  threshold {threshold:.3f}\n")
    pipeline.fit(rows, inside)
    scale, regression = pipeline[0], pipeline[1]
    weights = regression.coef_[0] / scale.scale_
    intercept = float(regression.intercept_[0] - (weights * scale.mean_).sum())
    click.echo(f"# Fitted by: python -m bot.evaluation.fit {path}")
    click.echo(f"intercept = {intercept:.4f}")
    click.echo("\n[thresholds]")
    click.echo(f"answer = {threshold_for(CHOSEN_LOSS, confidence, inside & in_use):.4f}")
    click.echo(f"ask = {threshold_for(ASK_LOSS, confidence, inside & in_use):.4f}\n\n[weights]")
    for name, weight in zip(SIGNALS, weights, strict=True):
        click.echo(f"{name} = {weight:.4f}")


if __name__ == "__main__":
    fit()
