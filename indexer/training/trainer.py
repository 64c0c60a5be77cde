"""Training: bags of pieces, and each query nearer to its own target than to the batch's others."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from indexer.training.bags import Bags, batches, chat_pieces, frequency, numbered
from indexer.training.corpus import LANGUAGES
from indexer.training.pairs import Pair
from indexer.training.teacher import EncodedLesson, Lesson, disagreement

QUERY_PIECES, TARGET_PIECES = 40, 128
"""Longer texts are cut: a passage's first 128 pieces are about 90 words."""

TARGET_CHARS = 900

DOWN_WEIGHT = 1e-3
"""a in a/(a+p), the weight of a piece that makes up the share p of the text (smooth inverse
frequency; Arora, Liang and Ma, ICLR 2017)."""

INITIAL_SPREAD = 0.1
WARM_UP_STEPS = 20
LAST_RATE = 0.02
"""Share of the learning rate that is left at the end of the cosine."""

NOISE_WORDS = 7
"""At most so many chat words are added to a query."""

LESSON_BATCH = 1024
WORD_LESSONS = 0.4
"""Share of the teacher's batches that are of dictionary words, the rest of strings."""

Report = Callable[[float, str], None]
"""Called with the part done (0 to 1) and what to show beside it."""


@dataclass(frozen=True)
class Options:
    """How to train. With `steps` the same seed gives the same model; with `minutes` the number of
    steps depends on the machine. All values but `together` are those of the first model."""

    dimension: int = 256
    minutes: float = 6.0
    steps: int | None = None
    seed: int = 7
    batch: int = 2048
    together: int = 4
    """So many neighbouring pairs stay in one batch: the sections of a document are the hardest
    negatives of each other."""
    rate: float = 0.03
    scale: float = 20.0
    """Cosines times this are the logits."""
    dropped: float = 0.15
    """Share of the pieces left out of a bag."""
    noisy: float = 0.35
    """Share of the queries that get chat words."""
    taught: float = 0.3
    """Weight of the teacher's loss."""


class Trainer:
    """Trains one table of piece vectors on the CPU."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        pairs: Sequence[Pair],
        options: Options,
        lesson: Lesson | None = None,
    ) -> None:
        self._options = options
        self._chance = np.random.default_rng(options.seed)
        self._queries = Bags.of(tokenizer, (pair.query for pair in pairs), QUERY_PIECES)
        targets = (pair.target[:TARGET_CHARS] for pair in pairs)
        self._targets = Bags.of(tokenizer, targets, TARGET_PIECES)
        self._same_query = numbered([pair.query for pair in pairs])
        self._same_target = numbered([pair.group or pair.target for pair in pairs])
        self._languages = np.array([LANGUAGES.index(pair.language) for pair in pairs])
        self._noise_allowed = np.array([pair.kind not in ("word", "concept") for pair in pairs])
        self._chat = chat_pieces(tokenizer)
        self._frequency = frequency(self._targets, tokenizer.get_vocab_size())
        self._lesson = lesson.encoded(tokenizer) if lesson else None

    def train(self, report: Report = lambda done, note: None) -> NDArray[np.float32]:
        """The table, float32, shape (pieces, dimension), rows of frequent pieces made small."""
        options = self._options
        generator = torch.Generator().manual_seed(options.seed)
        weights = torch.from_numpy(self._weights())
        shape = (len(weights), options.dimension)
        table = nn.Parameter(
            torch.randn(shape, generator=generator) * INITIAL_SPREAD * weights[:, None]
        )
        optimizer = torch.optim.Adam([table], lr=options.rate, betas=(0.9, 0.99), fused=True)
        started, step, recent = time.monotonic(), 0, 0.0
        rows = batches(len(self._queries), options.batch, options.together, self._chance)
        while (done := self._done(step, time.monotonic() - started)) < 1:
            for group in optimizer.param_groups:
                group["lr"] = options.rate * _schedule(step, done)
            loss = self._loss(table, next(rows))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            recent = loss.item() if not step else 0.98 * recent + 0.02 * loss.item()
            step += 1
            report(done, f"step {step}, loss {recent:.2f}")
        report(1.0, f"{step} steps, loss {recent:.2f}")
        trained: NDArray[np.float32] = (table.detach() * weights[:, None]).numpy()
        return trained

    def _weights(self) -> NDArray[np.float32]:
        return (DOWN_WEIGHT / (DOWN_WEIGHT + self._frequency)).astype(np.float32)

    def _done(self, step: int, seconds: float) -> float:
        if self._options.steps is not None:
            return step / max(self._options.steps, 1)
        return seconds / (60 * self._options.minutes)

    def _loss(self, table: Tensor, rows: NDArray[np.int64]) -> Tensor:
        noise = self._noise(rows)
        queries = self._vectors(table, self._queries.take(rows, extra=noise))
        targets = self._vectors(table, self._targets.take(rows))
        logits = self._options.scale * queries @ targets.T
        logits = logits.masked_fill(self._false_negatives(rows), -torch.inf)
        # Cross-entropy both ways, in a third less time than torch's own takes for a transpose.
        both = torch.logsumexp(logits, dim=1) + torch.logsumexp(logits, dim=0)
        loss = (both / 2 - logits.diagonal()).mean()
        if self._lesson is not None:
            loss = loss + self._options.taught * self._taught(table, self._lesson)
        return loss

    def _false_negatives(self, rows: NDArray[np.int64]) -> Tensor:
        """Where another pair of the batch has the same query or target: no negative at all."""
        query, target = self._same_query[rows], self._same_target[rows]
        same = (query[:, None] == query[None]) | (target[:, None] == target[None])
        np.fill_diagonal(same, False)
        return torch.from_numpy(same)

    def _vectors(self, table: Tensor, bag: tuple[NDArray[np.int64], NDArray[np.int64]]) -> Tensor:
        pieces, starts = bag
        kept = self._chance.random(len(pieces), dtype=np.float32) >= self._options.dropped
        sums = functional.embedding_bag(
            torch.from_numpy(pieces),
            table,
            torch.from_numpy(starts),
            mode="sum",
            per_sample_weights=torch.from_numpy(kept.astype(np.float32)),
        )
        return functional.normalize(sums, dim=1, eps=1e-6)

    def _noise(self, rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """For each query the pieces of the chat words it gets, mostly none."""
        noisy = (self._chance.random(len(rows)) < self._options.noisy) & self._noise_allowed[rows]
        counts = np.where(noisy, self._chance.integers(1, NOISE_WORDS + 1, len(rows)), 0)
        languages = np.repeat(self._languages[rows], counts)
        pieces = np.zeros(len(languages), np.int64)
        for language, chat in enumerate(self._chat):
            spoken = languages == language
            pieces[spoken] = self._chance.choice(chat, int(spoken.sum()))
        return np.split(pieces, np.cumsum(counts)[:-1])

    def _taught(self, table: Tensor, lesson: EncodedLesson) -> Tensor:
        """How far our similarities within a batch of translations are from the teacher's."""
        first, last = lesson.words, len(lesson.vectors)
        if lesson.words and self._chance.random() < WORD_LESSONS:
            first, last = 0, lesson.words
        rows = self._chance.integers(first, max(last, first + 1), LESSON_BATCH)
        return disagreement(
            torch.from_numpy(lesson.vectors[rows]),
            self._vectors(table, lesson.english.take(rows)),
            self._vectors(table, lesson.norwegian.take(rows)),
        )


def _schedule(step: int, done: float) -> float:
    """The share of the learning rate: a short warm-up, then half a cosine."""
    warm = min(1.0, (step + 1) / WARM_UP_STEPS)
    return warm * (LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * done)) / 2)
