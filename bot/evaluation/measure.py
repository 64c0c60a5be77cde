"""Recall@k, MRR@10, nDCG@10, and what refusing costs.

The measures are those of sentence-transformers' `InformationRetrievalEvaluator`, per question and
then averaged. A passage is relevant when it holds a gold substring; since several passages may
quote the same wording, Recall@k is the share of questions with a relevant passage among the first
k (accuracy@k there), and nDCG counts the first passage with each gold
substring, once where one passage has several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log2
from statistics import fmean

from bot.answering.answer import Answerer
from bot.answering.question import Question
from bot.answering.reply import Reply
from bot.evaluation.questions import EvaluationQuestion, plain

CUTOFF = 10
LOST_AT = 0.05
RECALL_AT = (1, 3, 5)
LANGUAGES = ("nb", "nn", "en")


@dataclass(frozen=True)
class Measured:
    """One question with its reply: ranks (from 1) of the gold substrings that were found."""

    question: EvaluationQuestion
    reply: Reply
    ranks: tuple[int, ...]
    highlighted: bool
    """Whether the marked sentence of the first relevant passage holds, or lies in, the gold."""

    @property
    def answered(self) -> bool:
        return self.reply.outcome == "answered"


def measure(
    answerer: Answerer,
    questions: Sequence[EvaluationQuestion],
    progress: Callable[[int, int], None] | None = None,
) -> list[Measured]:
    """Ask every question (nothing is recorded if the answerer has no register)."""
    measured: list[Measured] = []
    for number, question in enumerate(questions):
        if progress:
            progress(number, len(questions))
        reply = answerer.answer(
            Question(question.question, channel="evaluation", thread=question.thread), top=CUTOFF
        )
        measured.append(_judge(question, reply))
    if progress:
        progress(len(questions), len(questions))
    return measured


def _judge(question: EvaluationQuestion, reply: Reply) -> Measured:
    ranks: list[int] = []
    highlighted = False
    golds = [plain(gold) for gold in question.gold]
    for gold in golds:
        for rank, candidate in enumerate(reply.candidates, start=1):
            if gold in plain(candidate.text):
                marked = plain(candidate.highlight)
                if not ranks or rank < min(ranks):
                    highlighted = gold in marked or marked in gold
                ranks.append(rank)
                break
    return Measured(question, reply, tuple(sorted(ranks)), highlighted)


def retrieval(measured: Iterable[Measured]) -> dict[str, float]:
    """Measures over the in-scope questions; empty when there are none."""
    inside = [item for item in measured if item.question.kind == "in_scope"]
    if not inside:
        return {}
    result: dict[str, float] = {"questions": len(inside)}
    for k in RECALL_AT:
        result[f"recall@{k}"] = fmean(any(rank <= k for rank in item.ranks) for item in inside)
    result["mrr@10"] = fmean(1 / item.ranks[0] if item.ranks else 0.0 for item in inside)
    result["ndcg@10"] = fmean(_ndcg(item) for item in inside)
    result["highlight"] = fmean(item.highlighted for item in inside)
    return result


def _ndcg(item: Measured) -> float:
    found = set(item.ranks)
    relevant = len(found) + len(item.question.gold) - len(item.ranks)
    ideal = sum(1 / log2(rank + 1) for rank in range(1, relevant + 1))
    gained = sum(1 / log2(rank + 1) for rank in found)
    return gained / ideal if ideal else 0.0


def refusal(measured: Sequence[Measured]) -> dict[str, float]:
    """Share of out-of-scope questions refused, and of in-scope ones wrongly refused.

    Being asked back counts as refused; `asked_back` is the share of in-scope questions so asked.
    `refused_at_5` is what would be refused with the threshold at which these very in-scope
    questions lose one in twenty, whatever threshold is in use.
    """
    result: dict[str, float] = {}
    for kind, name in (("out_of_scope", "refused"), ("in_scope", "wrongly_refused")):
        of_kind = [item for item in measured if item.question.kind == kind]
        result[f"{kind}_questions"] = len(of_kind)
        result[name] = fmean(not item.answered for item in of_kind) if of_kind else 0.0
    inside = [m.reply.confidence for m in measured if m.question.kind == "in_scope"]
    outside = [m.reply.confidence for m in measured if m.question.kind == "out_of_scope"]
    if inside and outside:
        limit = sorted(inside)[int(LOST_AT * len(inside))]
        result["refused_at_5"] = fmean(confidence < limit for confidence in outside)
    back = [m.reply.outcome == "unclear" for m in measured if m.question.kind == "in_scope"]
    result["asked_back"] = fmean(back) if back else 0.0
    return result


def report(measured: Sequence[Measured]) -> dict[str, dict[str, float]]:
    """All measures: by language, by type of question and of document, in all, and refusal."""
    parts = {
        language: retrieval(item for item in measured if item.question.lang == language)
        for language in LANGUAGES
    }
    types = sorted({item.question.type for item in measured if item.question.type})
    for kind in types:
        parts[f"type:{kind}"] = retrieval(m for m in measured if m.question.type == kind)
    for source in sorted({item.question.source for item in measured if item.question.source}):
        parts[f"source:{source}"] = retrieval(m for m in measured if m.question.source == source)
    parts["all"] = retrieval(measured)
    parts["refusal"] = refusal(measured)
    return {name: values for name, values in parts.items() if values}
