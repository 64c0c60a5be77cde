"""What a larger English model knows: which strings are alike, carried over through translations.

The teacher encodes the English side of parallel strings; our vectors of both sides are then drawn
towards the teacher's similarities within a batch (Reimers and Gurevych 2020 do so with vectors;
similarities allow the two models different dimensions).
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from indexer.training.bags import Bags
from indexer.training.corpus import Corpus
from indexer.training.reading import TrainingError

MOST_STRINGS = 22_000
"""Parallel strings besides the everyday ones and the dictionary; more only take time."""

STRING_CHARS = (10, 160)
"""Lengths of the English strings that are used."""

STUDENT_PIECES = 48
AT_ONCE = 512


@dataclass(frozen=True)
class EncodedLesson:
    """The lesson in pieces. Rows up to `words` are dictionary words, the rest strings."""

    english: Bags
    norwegian: Bags
    vectors: NDArray[np.float32]
    words: int


@dataclass(frozen=True)
class Lesson:
    """Translations (English, Norwegian) and the teacher's unit vectors of the English side.

    `vectors`: float16, shape (translations, teacher's dimension). The first `words` of the
    translations are dictionary words.
    """

    translations: list[tuple[str, str]]
    vectors: NDArray[np.float16]
    words: int

    def encoded(self, tokenizer: Tokenizer) -> EncodedLesson:
        english, norwegian = zip(*self.translations, strict=True)
        return EncodedLesson(
            Bags.of(tokenizer, english, STUDENT_PIECES),
            Bags.of(tokenizer, norwegian, STUDENT_PIECES),
            self.vectors.astype(np.float32),
            self.words,
        )


def translations(corpus: Corpus, seed: int) -> tuple[list[tuple[str, str]], int]:
    """What the teacher reads, and how many of the first are dictionary words."""
    words = [
        (word, " ".join(target for target, _ in targets[:3]))
        for word, targets in corpus.english.items()
    ]
    low, high = STRING_CHARS
    strings = [pair for pair in corpus.parallel.english_bokmal if low < len(pair[0]) < high]
    random.Random(seed).shuffle(strings)  # noqa: S311 - reproducible, not secret
    everyday = corpus.parallel.everyday_english_bokmal + corpus.parallel.english_nynorsk
    return words + everyday + strings[:MOST_STRINGS], len(words)


def learn(corpus: Corpus, folder: Path, seed: int, report: Callable[[float, str], None]) -> Lesson:
    """The lesson of a SentenceTransformer in `folder`; nothing is fetched.

    Raises:
        TrainingError: no model there, or no translations in the corpus.
    """
    pairs, words = translations(corpus, seed)
    if not pairs:
        raise TrainingError(f"{corpus.folder} has no translations for a teacher to read.")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        # Its own bar would run into ours.
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    except Exception as error:
        raise TrainingError(f"{folder} holds no teacher that can be loaded ({error}).") from error
    english = [text for text, _ in pairs]
    parts = []
    for start in range(0, len(english), AT_ONCE):
        report(start / len(english), f"{start} of {len(english)} strings")
        parts.append(
            model.encode(
                english[start : start + AT_ONCE],
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        )
    report(1.0, f"{len(english)} strings")
    return Lesson(pairs, np.concatenate(parts).astype(np.float16), words)


def disagreement(
    teacher: torch.Tensor, english: torch.Tensor, norwegian: torch.Tensor
) -> torch.Tensor:
    """Cross-entropy between the teacher's similarities and ours, in a batch of translations.

    Args:
        teacher, english, norwegian: unit rows, one a translation.
    """
    scale = 20.0
    wanted = torch.softmax(teacher @ teacher.T * scale, dim=1)
    across = english @ norwegian.T * scale
    within = norwegian @ norwegian.T * scale
    losses = [
        -(wanted * torch.log_softmax(logits, dim=1)).sum(dim=1).mean()
        for logits in (across, across.T, within)
    ]
    return (losses[0] + losses[1] + losses[2]) / 2
