"""A static embedding model read with numpy: the mean of token vectors, no torch.

sentence-transformers needs seconds to import; a question needs a tenth of a millisecond. The first
build encodes with sentence-transformers and checks that this reader agrees (`agrees`); only then is
it used (docs/decisions/0004-static-model.md).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from indexer.vectors.encoder import Encoder, ModelUnavailable, Vectors, fingerprint, unit_rows
from indexer.vectors.prompts import prefixes
from knowledge.settings import Settings

TOLERANCE = 1e-3
"""Largest difference of a vector component that counts as the same model."""


def is_static(path: Path) -> bool:
    """Whether the folder is a SentenceTransformer of one StaticEmbedding module in its root."""
    try:
        modules = json.loads((path / "modules.json").read_text(encoding="utf-8"))
        return len(modules) == 1 and str(modules[0]["type"]).endswith(".StaticEmbedding")
    except (OSError, ValueError, KeyError, TypeError):
        return False


class StaticEncoder:
    """The same vectors as the SentenceTransformer in `path`, to `TOLERANCE`. Thread-safe."""

    def __init__(self, path: Path, settings: Settings) -> None:
        try:
            module = json.loads((path / "modules.json").read_text(encoding="utf-8"))[0]
            folder = path / module["path"]
            self._table = load_file(folder / "model.safetensors")["embedding.weight"]
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:
            raise ModelUnavailable(
                "model_unavailable", model=path, reason=type(error).__name__
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.name = path.name
        self.dimension = int(self._table.shape[1])
        self.fingerprint = fingerprint(settings)
        self._prefixes = prefixes(settings, path)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self._prefixes.passage + text for text in texts])

    def encode_question(self, text: str) -> Vectors:
        vector: Vectors = self._encode([self._prefixes.query + text])[0]
        return vector

    def _encode(self, texts: list[str]) -> Vectors:
        means = np.zeros((len(texts), self.dimension), np.float32)
        encodings = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        for row, encoding in enumerate(encodings):
            if encoding.ids:
                means[row] = self._table[encoding.ids].astype(np.float32).mean(axis=0)
        return unit_rows(means)


def agrees(reader: StaticEncoder, model: Encoder, texts: Sequence[str]) -> bool:
    """Whether the reader gives the model's vectors for these texts."""
    probe = [text for text in texts if text.strip()]
    difference = np.abs(reader.encode_passages(probe) - model.encode_passages(probe))
    return bool(difference.max(initial=0.0) <= TOLERANCE)
