"""The embedding model: any SentenceTransformer, or the embedded static one without torch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import nullcontext
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.vectors.hub import cache_folder, is_name, offline, snapshot, why_out_of_reach
from indexer.vectors.prompts import Prefixes, prefixes
from knowledge.messages import Failure, Message
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


def model_folder(settings: Settings) -> Path | None:
    """Where the configured model's files are; None for a name that was not downloaded."""
    path = model_path(settings)
    return snapshot(str(settings.model)) if path is None else path


def model_prefixes(settings: Settings) -> Prefixes:
    """What is put before questions and passages for the configured model."""
    return prefixes(settings, model_folder(settings))


def fingerprint(settings: Settings) -> str:
    """What the vectors depend on: the model's files (or its name and commit) and the prefixes."""
    digest = hashlib.sha256()
    path, folder = model_path(settings), model_folder(settings)
    if path is None:
        # What is downloaded is named by its commit, and a commit never changes.
        digest.update(f"{settings.model}@{folder.name if folder else None}".encode())
    else:
        for file in sorted(p for p in path.rglob("*") if _counts(p.relative_to(path), p)):
            digest.update(str(file.relative_to(path)).encode())
            with file.open("rb") as content:
                digest.update(hashlib.file_digest(content, "sha256").digest())
    before = prefixes(settings, folder)
    digest.update(f"|{before.query}|{before.passage}".encode())
    return digest.hexdigest()[:16]


def _counts(name: Path, file: Path) -> bool:
    """Whether a file of a model decides its vectors: not the card, nor what `git` and downloads
    keep beside a model (`.git`, `.cache`), which changes while the model does not."""
    hidden = any(part.startswith(".") for part in name.parts)
    return not hidden and name.suffix != ".md" and file.is_file()


class SentenceTransformerEncoder:
    """Any model that sentence-transformers loads, on the CPU."""

    def __init__(self, settings: Settings, *, download: bool = False) -> None:
        path = model_path(settings)
        if path is not None:
            self.name = path.name
            self._model = _load(str(path))
        else:
            self.name = str(settings.model)
            self._model = _load_named(self.name, download=download)
        self.fingerprint = fingerprint(settings)
        self._prefixes = model_prefixes(settings)
        # A model whose last module does not tell is asked for one vector.
        dimension = self._model.get_embedding_dimension() or self._model.encode(".").shape[0]
        self.dimension = int(dimension)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, self._prefixes.passage)

    def encode_question(self, text: str) -> Vectors:
        vector: Vectors = self._encode([text], self._prefixes.query)[0]
        return vector

    def _encode(self, texts: Sequence[str], prefix: str) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        # An empty text has no mean: sentence-transformers would warn and give NaN.
        spaced = [text if text.strip() else "." for text in texts]
        # The prefix is given apart, for models that leave it out of the mean, and also when it is
        # empty, so that a model's `default_prompt_name` is not put before everything.
        return unit_rows(
            self._model.encode(spaced, prompt=prefix, batch_size=BATCH, show_progress_bar=False)
        )


def _load_named(name: str, *, download: bool) -> Any:
    """A model by name: from the cache where it is there, else from its hub if that may be.

    What was downloaded stays in use when the hub gets a newer commit; an index is never made anew
    because somebody else changed a model.
    """
    folder = snapshot(name)
    if folder is not None:
        try:
            return _load(name, commit=folder.name)
        except ModelUnavailable:
            if not download:
                raise  # else the download that was interrupted goes on
    if not is_name(name):
        raise ModelUnavailable("model_unavailable", model=name, reason="FileNotFoundError")
    reason = why_out_of_reach(name) if download else Message("hub_not_now")
    if reason is not None:
        raise ModelUnavailable(
            "model_not_downloaded", model=name, folder=cache_folder(), reason=reason
        )
    return _load(name, download=True)


def _load(wanted: str, *, commit: str | None = None, download: bool = False) -> Any:
    """The SentenceTransformer in a folder, or by name.

    Raises:
        ModelUnavailable: no such model, damaged files, or one that would run code of its own.
    """
    try:
        # Imported late: torch takes seconds, and most commands never need it.
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        if not download:
            # The weights are read in a moment; no bar for that.
            logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        with nullcontext() if download else offline():
            return SentenceTransformer(
                wanted, device="cpu", revision=commit, local_files_only=not download
            )
    except Exception as error:
        if "trust_remote_code" in str(error):
            raise ModelUnavailable("model_own_code", model=wanted) from error
        raise ModelUnavailable(
            "model_unavailable", model=wanted, reason=type(error).__name__
        ) from error


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
