"""What kind of question it is: for the centres, another office, a doctor, or about something else.

A multinomial logistic model over the words of a question, their 4-grams, and the concepts of the
thesaurus they are words for, each hashed to one of `FEATURES` places and weighed by idf. Fitted on
written questions and on typical questions of digests (`python -m bot.evaluation.fit_scope`), none
of which is in the development sets.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from math import log
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from indexer.language import detect
from indexer.words.asked import asked_words, leans, subject_of
from indexer.words.expansion import concepts_in
from indexer.words.terms import terms_of, words
from knowledge.messages import Language

Kind = Literal["in", "municipal", "medical", "other", "absent"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""in: for the centres. municipal: for another municipal office. medical: advice on a patient or on
oneself. other: anything else. absent: about a frisklivssentral, but of a sort that no guide or
report tells (its opening hours, who works there today)."""

FEATURES = 2**15
LEAST_WEIGHT = 0.3
"""Words more common than this allows («og», «vi») say nothing of the subject."""

MODEL = "scope.npz"


@dataclass(frozen=True)
class Scope:
    """The probability of each kind; `inside` is the log odds of "in"."""

    shares: dict[Kind, float]

    @property
    def inside(self) -> float:
        share = min(max(self.shares["in"], 1e-4), 1 - 1e-4)
        return log(share / (1 - share))

    @property
    def likeliest(self) -> Kind:
        return max(self.shares, key=lambda kind: self.shares[kind])


@dataclass(frozen=True)
class _Model:
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    intercept: NDArray[np.float32]


def features_of(question: str, language: Language) -> NDArray[np.int64]:
    """The places of a question's features, each once, ascending."""
    found = {
        term
        for item in asked_words(question, language, without=("thesaurus",))
        for word, share in item.own.items()
        if share >= LEAST_WEIGHT
        for term, _ in terms_of(word)
    }
    concepts = concepts_in(list(words(question)), language)
    return _places([*found, *(f"concept {concept}" for concept in concepts)])


def _places(terms: Iterable[str]) -> NDArray[np.int64]:
    return np.unique(
        np.array([zlib.crc32(term.encode()) % FEATURES for term in terms], dtype=np.int64)
    )


def scope_of(question: str, language: Language, thread: Sequence[str] = ()) -> Scope:
    """What kind of question it is. A follow-up is of the kind of the turn it goes on from, where
    that is more surely for the centres."""
    own = _scope(features_of(question, language))
    if thread and leans(question, asked_words(question, language)):
        earlier = subject_of(thread)
        if earlier:
            before = _scope(features_of(earlier, detect(earlier)))
            return max(own, before, key=lambda scope: scope.inside)
    return own


def _scope(places: NDArray[np.int64]) -> Scope:
    model = _model()
    values = model.idf[places]
    length = float(np.linalg.norm(values))
    logits = model.intercept.copy()
    if length:
        logits += model.weights[:, places] @ (values / length)
    raised = np.exp(logits - logits.max())
    shares = raised / raised.sum()
    return Scope({kind: float(share) for kind, share in zip(KINDS, shares, strict=True)})


@cache
def _model() -> _Model:
    with as_file(files("bot").joinpath("answering", MODEL)) as path, np.load(path) as arrays:
        return _Model(
            *(arrays[name].astype(np.float32) for name in ("idf", "weights", "intercept"))
        )
