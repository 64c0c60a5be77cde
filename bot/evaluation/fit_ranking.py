"""Fit the ranking: `python -m bot.evaluation.fit_ranking QUESTIONS.jsonl`.

Writes `indexer/ranking/weights.toml`, and prints, from cross-validation by document, what the
weights find. Learns from two sets, each counting the same: the development questions, and the
typical questions that the digests of the same documents carry. Both are asked of an index without
typical questions, as documents that somebody adds have none. Needs the `dev` extra (scipy).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from bot.evaluation.questions import EvaluationQuestion, plain, read_questions
from bot.evaluation.trial import library_of, unasked_index
from indexer.files import replace_text
from indexer.index import Index
from indexer.language import detect
from indexer.library.stored import StoredPassage
from indexer.ranking import weights
from indexer.ranking.hits import Hit
from indexer.ranking.weights import SIGNALS
from knowledge.settings import Settings

FOLDS = 5
SEED = 1
RIDGE = 1e-3
"""Penalty on the squared weights: signals that say the same do not grow against each other."""

HELD = {"vector": 0.7, "document": 0.7}
"""Weights that are not fitted but chosen, so that NorQuAD does not suffer: its questions use the
words of their texts. Left free they become 0.87 and 0.32, which finds two in a hundred more of
tune.jsonl and one in a hundred less of NorQuAD."""

LOWERING = frozenset({"other_edition"})
"""Signals that can only speak against a passage; all others only for it."""

OUTPUT = Path(weights.__file__).with_name("weights.toml")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """One question: the signals of its candidates, and which of them answer it."""

    signals: Floats
    relevant: NDArray[np.bool_]
    fold: int
    set: str


@dataclass(frozen=True)
class Asked:
    question: str
    group: str
    """Questions of one group (document) are never in different folds."""
    answers: Callable[[Hit], bool]
    thread: tuple[str, ...] = ()


def examples(name: str, index: Index, questions: Iterable[Asked]) -> list[Example]:
    """The signals of every question that the index has an answer to among the candidates."""
    searcher = index.open().searcher
    questions = list(questions)
    groups = sorted({asked.group for asked in questions})
    order = np.random.default_rng(SEED).permutation(len(groups))
    fold = {group: int(order[number]) % FOLDS for number, group in enumerate(groups)}
    found: list[Example] = []
    for asked in questions:
        candidates = searcher.candidates(
            asked.question, language=detect(asked.question), thread=asked.thread
        )
        relevant = np.array([asked.answers(hit) for hit in candidates.hits], bool)
        signals = candidates.signals.astype(np.float64)
        found.append(Example(signals, relevant, fold[asked.group], name))
    return found


def development(questions: Iterable[EvaluationQuestion]) -> Iterable[Asked]:
    for question in questions:
        if question.kind == "in_scope":
            gold = tuple(plain(text) for text in question.gold)

            def answers(hit: Hit, gold: tuple[str, ...] = gold) -> bool:
                return any(text in plain(hit.passage.text) for text in gold)

            yield Asked(question.question, question.document or "", answers, question.thread)


def typical(passages: Iterable[tuple[str, StoredPassage]], titles: set[str]) -> Iterable[Asked]:
    """The typical questions of the digests with these titles."""
    holders: dict[tuple[str, str], set[int]] = {}
    for title, passage in passages:
        for question in passage.questions if title in titles else ():
            holders.setdefault((title, question), set()).add(passage.start)
    for (title, question), starts in holders.items():

        def answers(hit: Hit, title: str = title, starts: set[int] = starts) -> bool:
            return hit.document.metadata.title == title and hit.passage.start in starts

        yield Asked(question, title, answers)


def learned(sets: Sequence[Sequence[Example]]) -> Floats:
    """The weights that make the answers most probable, every set counting the same."""
    used = [[example for example in part if example.relevant.any()] for part in sets]

    def loss(weights: Floats) -> tuple[float, Floats]:
        total, gradient = 0.0, np.zeros_like(weights)
        for part in used:
            for example in part:
                logits = example.signals @ weights
                every = logsumexp(logits)
                right = logsumexp(logits[example.relevant])
                share = np.exp(logits - every)
                share_right = np.where(example.relevant, np.exp(logits - right), 0.0)
                total += (every - right) / len(part)
                gradient += (share - share_right) @ example.signals / len(part)
        return total + RIDGE * float(weights @ weights), gradient + 2 * RIDGE * weights

    start = np.array([HELD.get(name, 0.0) for name in SIGNALS])
    result: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds()).x
    return result


def bounds() -> list[tuple[float | None, float | None]]:
    """The least and the greatest weight of each signal."""
    found: list[tuple[float | None, float | None]] = []
    for name in SIGNALS:
        if name in HELD:
            found.append((HELD[name], HELD[name]))
        else:
            found.append((None, 0.0) if name in LOWERING else (0.0, None))
    return found


def recall(examples: Iterable[Example], weights: Callable[[int], Floats]) -> tuple[float, float]:
    """Recall@5 and MRR@10; `weights` gives those to use for a fold."""
    ranks: list[float] = []
    for example in examples:
        if not example.relevant.any():
            ranks.append(np.inf)
            continue
        logits = example.signals @ weights(example.fold)
        ranks.append(1 + float((logits > logits[example.relevant].max()).sum()))
    every = np.array(ranks)
    return float((every <= 5).mean()), float(np.where(every <= 10, 1 / every, 0).mean())


@click.command(help=__doc__)
@click.argument("path", type=click.Path(exists=True, path_type=Path), metavar="QUESTIONS.jsonl")
def fit(path: Path) -> None:
    questions = read_questions(path)
    documents = {question.document for question in questions if question.document}
    with tempfile.TemporaryDirectory() as temporary:
        settings = Settings(home=Path(temporary) / "digests")
        library = library_of(settings)
        index = unasked_index(settings, library, settings.index)
        shelf = index.open().shelf
        named = [
            (document.metadata.title, passage)
            for document in library
            for passage in shelf.passages(document.id)
        ]
        titles = {d.metadata.title for d in library if Path(d.location).name in documents}
        sets = [
            examples("development", index, development(questions)),
            examples("typical", index, typical(named, titles)),
        ]
    by_fold = [
        learned([[e for e in part if e.fold != fold] for part in sets]) for fold in range(FOLDS)
    ]
    for part in sets:
        found = recall(part, lambda fold: by_fold[fold])
        sys.stderr.write(
            f"{part[0].set:12} {len(part):5} questions, {FOLDS} folds by document: "
            f"recall@5 {found[0]:.3f}, mrr@10 {found[1]:.3f}\n"
        )
    fitted = learned(sets)
    rows = [f"{name} = {weight:.4f}" for name, weight in zip(SIGNALS, fitted, strict=True)]
    head = [f"# Fitted by: python -m bot.evaluation.fit_ranking {path}", "[weights]"]
    replace_text(OUTPUT, "\n".join([*head, *rows, ""]))
    click.echo("\n".join(rows))


if __name__ == "__main__":
    fit()
