"""A transformer small enough to be made in a test: one layer, 32 numbers a text."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

LONGEST = 16
"""Tokens that the model reads, [CLS] and [SEP] included."""

DIMENSION = 32
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = "query passage suppe kantinen tirsdag tur skogen onsdag i . : ?".split()
LETTERS = list("abcdefghijklmnopqrstuvwxyzæøå")


def make_transformer(folder: Path, *, normalised: bool = True, seed: int = 0) -> Path:
    """Writes a SentenceTransformer (Transformer, Pooling, Normalize) with random weights.

    Args:
        normalised: whether the model ends with a Normalize module.
        seed: of the weights; another seed is another model.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    pieces = [*SPECIAL, *WORDS, *LETTERS, *(f"##{letter}" for letter in LETTERS)]
    numbers = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer(strip_accents=False)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(token, numbers[token]) for token in ("[CLS]", "[SEP]")],
    )
    transformer = folder.with_name(f"{folder.name}-transformer")
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        model_max_length=LONGEST,
        **{f"{token.strip('[]').lower()}_token": token for token in SPECIAL},
    ).save_pretrained(transformer)
    torch.manual_seed(seed)
    BertModel(
        BertConfig(
            vocab_size=len(numbers),
            hidden_size=DIMENSION,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=LONGEST,
        )
    ).save_pretrained(transformer)
    modules = [Transformer(str(transformer)), Pooling(DIMENSION), Normalize()]
    SentenceTransformer(modules=modules[: 3 if normalised else 2], device="cpu").save(str(folder))
    return folder
