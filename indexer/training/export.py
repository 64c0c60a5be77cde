"""Writing a trained table as a SentenceTransformer that `indexer.vectors` reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from indexer.files import new_folder
from indexer.training.reading import TrainingError
from indexer.vectors.encoder import SentenceTransformerEncoder
from indexer.vectors.static import StaticEncoder, agrees
from knowledge.settings import Settings

LARGEST = 32_000_000
"""In bytes: the folder goes into the repository and the package."""

BYTES_PER_WEIGHT = 2
"""float16."""

BYTES_PER_PIECE = 80
"""What a piece takes in tokenizer.json, indented as the library writes it, rounded up."""

READABLE = 0o644
"""safetensors writes a file that only its owner may read; an installed package has other users."""


def expected_size(vocabulary: int, dimension: int) -> int:
    """About how many bytes a model takes."""
    return vocabulary * (dimension * BYTES_PER_WEIGHT + BYTES_PER_PIECE)


def check_size(vocabulary: int, dimension: int) -> None:
    """Raises TrainingError before any work where the model would be larger than LARGEST."""
    size = expected_size(vocabulary, dimension)
    if size > LARGEST:
        raise TrainingError(
            f"{vocabulary} pieces of {dimension} dimensions take about {size / 1e6:.0f} MB, more "
            f"than {LARGEST / 1e6:.0f}; ask for fewer of either."
        )


def check_folder(folder: Path) -> None:
    """Raises TrainingError where something is in the folder already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise TrainingError(f"{folder} is not an empty folder; name a new one.")


def export(
    table: NDArray[np.float32], tokenizer: Tokenizer, folder: Path, probe: Sequence[str]
) -> int:
    """Save the model in float16 and read it back both ways.

    Args:
        table: shape (pieces, dimension).
        probe: texts on which the two ways must agree.

    Returns:
        The size of the folder in bytes.

    Raises:
        TrainingError: the two ways to read it disagree, or it is too large; nothing is left.
        DiskTrouble: it cannot be written.
    """
    # Imported late, as elsewhere: sentence-transformers takes seconds.
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    tokenizer.no_padding()
    tokenizer.no_truncation()
    module = StaticEmbedding(tokenizer, embedding_weights=table.astype(np.float32)).half()
    model = SentenceTransformer(modules=[module], device="cpu")
    with new_folder(folder) as work:
        model.save(str(work), create_model_card=False)
        for path in work.iterdir():
            path.chmod(READABLE)
        settings = Settings(model=str(work))
        if not agrees(
            StaticEncoder(work, settings), SentenceTransformerEncoder(settings), [*probe, "hei"]
        ):
            raise TrainingError("The saved model gives other vectors when it is read with numpy.")
        size = sum(path.stat().st_size for path in work.rglob("*") if path.is_file())
        if size > LARGEST:
            raise TrainingError(f"The model takes {size / 1e6:.0f} MB; ask for fewer pieces.")
    return size
