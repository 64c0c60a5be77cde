"""Whether the passages found answer the question.

A logistic model over a few signals of the search, fitted on the development questions
(`python -m bot.evaluation.fit`); its coefficients are data in `decision.toml`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp

from indexer.search import Results

SIGNALS = ("known", "coverage", "similarity")
"""What the decision is made from. The fused score and its margin over the next passages told
nothing more in cross-validation, and the length of a question only how the questions were made."""


LOOKED_AT = 3
"""Passages looked at: as many as are shown."""


@dataclass(frozen=True)
class Decision:
    """`confidence` is the estimated probability that the passages answer the question."""

    answers: bool
    confidence: float


@dataclass(frozen=True)
class Model:
    intercept: float
    weights: dict[str, float]
    threshold: float


@cache
def model() -> Model:
    text = files("bot").joinpath("answering", "decision.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    return Model(data["intercept"], data["weights"], data["threshold"])


def signals(results: Results) -> dict[str, float]:
    """What the decision is made from; all are 0 when nothing was found."""
    best = results.hits[:LOOKED_AT]
    if not best:
        return dict.fromkeys(SIGNALS, 0.0)
    return {
        "known": results.known,
        "coverage": max(hit.coverage for hit in best),
        "similarity": max(hit.similarity for hit in best),
    }


def decide(results: Results) -> Decision:
    if not results.hits:
        return Decision(False, 0.0)
    fitted = model()
    found = signals(results)
    logit = fitted.intercept + sum(fitted.weights[name] * found[name] for name in SIGNALS)
    confidence = 1 / (1 + exp(-max(-50.0, min(50.0, logit))))
    return Decision(confidence >= fitted.threshold, confidence)
