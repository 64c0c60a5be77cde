"""The vector leg: a sentence-transformers model and FAISS."""

from indexer.vectors.encoder import Encoder, ModelUnavailable, load_encoder

__all__ = ["Encoder", "ModelUnavailable", "load_encoder"]
