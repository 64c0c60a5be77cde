"""The embedding model: any SentenceTransformer, or the embedded static one without torch."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.messages import Failure
from knowledge.settings import Settings

Vectors = NDArray[np.float32]
BATCH = 256


class ModelUnavailable(Failure):
    """The configured model cannot be loaded."""


class Encoder(Protocol):
    """Text to vectors. Implementations are thread-safe for reading.

    `fingerprint` changes whenever vectors of two encoders cannot be compared.
    """

    name: str
    fingerprint: str
    dimension: int

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """float32 array, shape (n, dimension), rows of unit length (zero for a text without
        any known word)."""
        ...

    def encode_question(self, text: str) -> Vectors:
        """float32 array, shape (dimension,), of unit length or zero."""
        ...


def unit_rows(vectors: NDArray[Any]) -> Vectors:
    """Rows scaled to unit length in float32; a zero or undefined row becomes zero."""
    rows = np.nan_to_num(np.asarray(vectors, dtype=np.float32))
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Vectors = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
    return scaled


def embedded_model() -> Path:
    """The folder of the model that comes with Frisksvar (indexer/model)."""
    return Path(str(files("indexer").joinpath("model")))


def model_path(settings: Settings) -> Path | None:
    """The folder of the configured model; None where it is configured by name."""
    if settings.model is None:
        return embedded_model()
    path = Path(settings.model).expanduser()
    return path if path.exists() else None


def fingerprint(settings: Settings) -> str:
    """What the vectors depend on: the model's files (or its name) and the prefixes."""
    digest = hashlib.sha256()
    path = model_path(settings)
    if path is None:
        digest.update(str(settings.model).encode())
    else:
        for file in sorted(p for p in path.rglob("*") if p.is_file() and p.suffix != ".md"):
            digest.update(str(file.relative_to(path)).encode())
            with file.open("rb") as content:
                digest.update(hashlib.file_digest(content, "sha256").digest())
    digest.update(f"|{settings.query_prefix}|{settings.passage_prefix}".encode())
    return digest.hexdigest()[:16]


class SentenceTransformerEncoder:
    """Any model that sentence-transformers loads, on the CPU."""

    def __init__(self, settings: Settings, *, download: bool = False) -> None:
        path = model_path(settings)
        wanted = str(path or settings.model)
        if path is not None:
            # A folder is complete: nothing may be looked up on a hub.
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        try:
            # Imported late: torch takes seconds, and most commands never need it.
            from sentence_transformers import SentenceTransformer

            self._model = SentenceTransformer(
                wanted, device="cpu", local_files_only=path is not None or not download
            )
        except Exception as error:
            raise ModelUnavailable(
                "model_unavailable", model=wanted, reason=type(error).__name__
            ) from error
        self.name = path.name if path is not None else wanted
        self.fingerprint = fingerprint(settings)
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self._query_prefix = settings.query_prefix
        self._passage_prefix = settings.passage_prefix

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self._passage_prefix + text for text in texts])

    def encode_question(self, text: str) -> Vectors:
        vector: Vectors = self._encode([self._query_prefix + text])[0]
        return vector

    def _encode(self, texts: list[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        # An empty text has no mean: sentence-transformers would warn and give NaN.
        spaced = [text if text.strip() else "." for text in texts]
        return unit_rows(self._model.encode(spaced, batch_size=BATCH, show_progress_bar=False))


def load_encoder(
    settings: Settings, *, static_verified: bool = False, download: bool = False
) -> Encoder:
    """The encoder for these settings.

    Args:
        static_verified: an index build found that reading the static model without torch gives
            the same vectors (`indexer.vectors.static.agrees`), so that may be done.
        download: a model configured by name may be looked up on its hub: when an index is built,
            never when a question is answered.

    Raises:
        ModelUnavailable: no such model, or its files are damaged.
    """
    from indexer.vectors.static import StaticEncoder, is_static

    path = model_path(settings)
    if static_verified and path is not None and is_static(path):
        return StaticEncoder(path, settings)
    return SentenceTransformerEncoder(settings, download=download)
