"""How much each signal counts: a linear model, fitted by `python -m bot.evaluation.fit_ranking`.

The weighted sum of a passage's signals is its logit among the candidates, so that a softmax over
them gives the probability that this is the passage asked for (Cao et al., ICML 2007: ListNet with
one relevant item).
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

SIGNALS = (
    "grams",
    "vector",
    "expanded_vector",
    "heading",
    "document",
    "coverage",
    "answer_kind",
    "other_edition",
)
"""The fitted signals, in the order of a signal matrix's columns."""

FIXED = {"place": 2.0, "bridge": 1.5, "approved": -1.5}
"""Signals that no development question speaks of, with weights set by hand. A passage about another
county than the asker's comes after one about their own unless it is 50 times as probable (e to the
4): what the next county grants helps nobody. A passage that earlier askers were helped by, at most,
before one that is four times as probable. A centre's approved answer after a passage of the guide
unless it is five times as probable (e to the 1.5): where five answers repeated a digest, none was
more than 1.2 times as probable; of fourteen questions that such answers alone answer, twelve were
found to be three times as probable and more."""

Signals = NDArray[np.float32]


@cache
def fitted() -> Mapping[str, float]:
    """The weight of each fitted signal."""
    text = files("indexer").joinpath("ranking", "weights.toml").read_text(encoding="utf-8")
    weights: dict[str, float] = tomllib.loads(text)["weights"]
    return {name: weights[name] for name in SIGNALS}


def column(without: Collection[str] = ()) -> Signals:
    """The weights as a vector, shape (signals,); those named in `without` are 0."""
    return np.array(
        [0.0 if name in without else weight for name, weight in fitted().items()], np.float32
    )


def shares(logits: Signals) -> Signals:
    """Softmax: the probability of each candidate, shape and order as given."""
    if not len(logits):
        return logits
    raised = np.exp(logits - logits.max())
    result: Signals = raised / raised.sum()
    return result
