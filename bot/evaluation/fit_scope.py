"""Fit the scope model: `python -m bot.evaluation.fit_scope SCOPE.jsonl TUNE.jsonl`.

Learns from the questions of SCOPE.jsonl, and from the typical questions that the digests named in
TUNE.jsonl carry, which are all for the centres and often say so. Writes `bot/answering/scope.npz`
and prints, from cross-validation, how well the questions for the centres are told from the others.
Needs the `dev` extra (scikit-learn).
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from bot.answering.scope import FEATURES, KINDS, MODEL, Kind, features_of
from bot.evaluation.questions import read_questions
from indexer.language import detect
from indexer.library.catalogue import bundled_folder
from indexer.library.stored import passages_of
from indexer.loaders import load

FOLDS = 5
SEED = 7
INVERSE_PENALTY = 30.0
"""scikit-learn's C; the AUROC on tune.jsonl is the same from 10 to 100."""

EVEN = 0.5
"""Kinds weigh by their number to the power of -EVEN: 1 would make the scarcest as likely as the
most frequent, which takes «Hvem kan henvise til frisklivssentralen?» for one that nobody tells."""

OUTPUT = Path(__file__).parent.parent / "answering" / MODEL


class ScopeQuestion(BaseModel):
    """One line of the file."""

    model_config = ConfigDict(frozen=True)

    question: str
    scope: Kind


TYPICAL = 4
"""Typical questions of each passage that are learned from. With all of them (some thirteen) what
the digests speak of weighs so much that questions which only documents added by somebody answer
are taken for another office's (tests/test_reuse.py)."""


def matrix(questions: list[ScopeQuestion]) -> tuple[sparse.csr_matrix, np.ndarray]:
    """tf-idf with binary counts, rows of unit length, and the idf of each place."""
    rows = [features_of(item.question, detect(item.question)) for item in questions]
    indptr = np.cumsum([0] + [len(row) for row in rows])
    counts = sparse.csr_matrix(
        (np.ones(indptr[-1]), np.concatenate(rows), indptr), shape=(len(rows), FEATURES)
    )
    frequency = np.asarray(counts.sum(axis=0)).ravel()
    idf = np.log((1 + len(rows)) / (1 + frequency)) + 1
    weighed = counts.multiply(idf).tocsr()
    length = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    return sparse.diags(1 / np.maximum(length, 1e-9)) @ weighed, idf


def typical(documents: set[str]) -> list[ScopeQuestion]:
    """The typical questions of the digests with these names."""
    found = {
        question
        for name in sorted(documents)
        for passage in passages_of(load(bundled_folder() / name))
        for question in passage.questions[:TYPICAL]
    }
    return [ScopeQuestion(question=question, scope="in") for question in sorted(found)]


@click.command(help=__doc__)
@click.argument("path", type=click.Path(exists=True, path_type=Path), metavar="SCOPE.jsonl")
@click.argument("tune", type=click.Path(exists=True, path_type=Path), metavar="TUNE.jsonl")
def fit(path: Path, tune: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    questions = [ScopeQuestion.model_validate_json(line) for line in lines]
    development = read_questions(tune)
    measured = {item.question.casefold() for item in development}
    questions += [
        item
        for item in typical({item.document for item in development if item.document})
        if item.question.casefold() not in measured
    ]
    rows, idf = matrix(questions)
    labels = np.array([KINDS.index(item.scope) for item in questions])
    counts = np.bincount(labels, minlength=len(KINDS)).astype(float)
    weights = dict(enumerate((counts.max() / counts) ** EVEN))
    model = LogisticRegression(C=INVERSE_PENALTY, class_weight=weights, max_iter=2000)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    shares = cross_val_predict(model, rows, labels, cv=folds, method="predict_proba")
    inside = labels == KINDS.index("in")
    right = (shares.argmax(axis=1) == labels).mean()
    auroc = roc_auc_score(inside, shares[:, 0])
    click.echo(
        f"{len(questions)} questions, {FOLDS} folds: AUROC of «in» {auroc:.3f}, "
        f"kind right {right:.2f}"
    )
    model.fit(rows, labels)
    np.savez_compressed(
        OUTPUT,
        idf=idf.astype(np.float16),
        weights=model.coef_.astype(np.float16),
        intercept=model.intercept_.astype(np.float32),
    )
    click.echo(f"{OUTPUT.name}: {OUTPUT.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    fit()
