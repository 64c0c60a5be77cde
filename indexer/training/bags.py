"""Many texts as piece numbers in one array, and batches of them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from indexer.training.corpus import LANGUAGES
from indexer.training.variants import CHAT

AT_ONCE = 20_000
"""Texts given to the tokenizer in one call."""

Bag: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Piece numbers of some texts one after the other, and where each text starts."""


@dataclass(frozen=True)
class Bags:
    """Text `i` has the pieces `pieces[offsets[i]:offsets[i + 1]]` (int32), at least one."""

    pieces: NDArray[np.int32]
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, tokenizer: Tokenizer, texts: Iterable[str], most: int) -> Bags:
        """At most `most` pieces of each text; a text without any gets the unknown piece (0)."""
        pieces = array("i")
        lengths = [0]
        rest = iter(texts)
        while some := list(islice(rest, AT_ONCE)):
            for encoding in tokenizer.encode_batch_fast(some, add_special_tokens=False):
                ids = encoding.ids[:most] or [0]
                pieces.extend(ids)
                lengths.append(len(ids))
        return cls(np.array(pieces, np.int32), np.cumsum(lengths, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def take(
        self, rows: NDArray[np.int64], extra: Sequence[NDArray[np.int64]] | None = None
    ) -> Bag:
        """The bag of some texts, each with its `extra` pieces."""
        texts = [self.pieces[self.offsets[row] : self.offsets[row + 1]] for row in rows]
        if extra is not None:
            texts = [np.concatenate(both) for both in zip(texts, extra, strict=True)]
        starts = np.cumsum([0] + [len(text) for text in texts[:-1]])
        return np.concatenate(texts).astype(np.int64), starts


def frequency(bags: Bags, vocabulary: int) -> NDArray[np.float64]:
    """Each piece's share of all pieces, shape (vocabulary,)."""
    counts = np.bincount(bags.pieces, minlength=vocabulary)
    shares: NDArray[np.float64] = counts / max(int(counts.sum()), 1)
    return shares


def chat_pieces(tokenizer: Tokenizer) -> list[NDArray[np.int64]]:
    """The first piece of each chat word, by language in the order of LANGUAGES."""
    return [
        np.array(
            [encoding.ids[0] for encoding in tokenizer.encode_batch(CHAT[language].split())],
            np.int64,
        )
        for language in LANGUAGES
    ]


def batches(
    count: int, size: int, together: int, chance: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Endless batches of row numbers; every row once before any comes again.

    Rows are shuffled in runs of `together`. Fewer rows than `size` make batches of all of them.
    """
    size = min(size, count)
    runs = np.array_split(np.arange(count), max(1, count // together))
    while True:
        order = np.concatenate([runs[run] for run in chance.permutation(len(runs))])
        for start in range(0, count - size + 1, size):
            yield order[start : start + size]


def numbered(texts: Sequence[str]) -> NDArray[np.int64]:
    """Equal texts have equal numbers."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(text, len(numbers)) for text in texts], np.int64)
