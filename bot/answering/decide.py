"""Whether the passages found answer the question: answer, ask back, or say that they do not.

A logistic model over a few signals of the question and the search, fitted on the development
questions (`python -m bot.evaluation.fit`); its coefficients and thresholds are in `decision.toml`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp
from typing import Literal

from bot.answering.scope import Scope
from indexer.search import Results
from knowledge.settings import Settings

SIGNALS = ("scope", "known", "similarity")
"""What the decision is made from: how surely the question is one for the centres, the share of it
that any passage has the words of, and the best cosine. The share that the best passage has, the
probability of the best and the length of the question told nothing more in cross-validation."""

LOOKED_AT = 3
"""Passages looked at: as many as are shown."""

STRONG_COVERAGE = 0.75
"""When one of the best passages has so much of the question, what kind of question it is counts no
longer against it: documents that somebody adds may be about anything. Of the out-of-scope questions
of tune.jsonl none is so well covered, of those in scope one in five."""

Verdict = Literal["answer", "ask_back", "not_covered"]


@dataclass(frozen=True)
class Decision:
    """`confidence` is the estimated probability that the question is one the sources cover.

    It is fitted on questions that they cover and do not cover, and does not say that the passages
    found are the right ones.
    """

    verdict: Verdict
    confidence: float


@dataclass(frozen=True)
class Thresholds:
    """The least confidence for an answer, and for asking back instead of saying no."""

    answer: float
    ask: float


@dataclass(frozen=True)
class Model:
    intercept: float
    weights: dict[str, float]
    thresholds: Thresholds


@cache
def model() -> Model:
    text = files("bot").joinpath("answering", "decision.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    return Model(data["intercept"], data["weights"], Thresholds(**data["thresholds"]))


def thresholds_of(settings: Settings) -> Thresholds:
    """The operator's thresholds, and the fitted one for each that is not set."""
    fitted = model().thresholds
    answer = fitted.answer if settings.answer_threshold is None else settings.answer_threshold
    ask = fitted.ask if settings.ask_threshold is None else settings.ask_threshold
    return Thresholds(answer, min(ask, answer))


def signals(results: Results, scope: Scope) -> dict[str, float]:
    """What the decision is made from; those of the search are 0 when nothing was found."""
    best = results.hits[:LOOKED_AT]
    coverage = max((hit.coverage for hit in best), default=0.0)
    strong = coverage >= STRONG_COVERAGE
    return {
        "scope": max(scope.inside, 0.0) if strong else scope.inside,
        "known": results.known if best else 0.0,
        "similarity": max((hit.similarity for hit in best), default=0.0),
    }


def decide(results: Results, scope: Scope, thresholds: Thresholds | None = None) -> Decision:
    """The verdict on what was found.

    Args:
        thresholds: the operator's; the fitted ones where None.
    """
    if not results.hits:
        return Decision("not_covered", 0.0)
    fitted = model()
    limits = thresholds or fitted.thresholds
    found = signals(results, scope)
    logit = fitted.intercept + sum(fitted.weights[name] * found[name] for name in SIGNALS)
    confidence = 1 / (1 + exp(-max(-50.0, min(50.0, logit))))
    if confidence >= limits.answer:
        return Decision("answer", confidence)
    return Decision("ask_back" if confidence >= limits.ask else "not_covered", confidence)
