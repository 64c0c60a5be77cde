"""The tokenizer: Unigram pieces in lower case, without a mark at the start of a word.

Without that mark the parts of a compound ("frisklivs|sentral|en") share their vectors with the
whole words, which matters in a language that writes compounds as one word.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from indexer.training.concepts import Thesaurus
from indexer.training.corpus import Corpus, Language
from indexer.training.reading import TrainingError
from indexer.training.variants import CHAT

UNKNOWN = "[UNK]"
ALPHABET = "abcdefghijklmnopqrstuvwxyzæøåéèüöäáčđŋšŧž0123456789.,?!-§"
MAX_PIECE = 20
"""Longest piece, in characters; also the longest whole word that is added."""

MAX_WORD = 40
"""A longer "word" is an address or a broken line."""

DAMPING = 0.6
"""A word counts as its frequency to this power, so that function words do not decide the pieces;
the exponent and the next constant are those of the first model."""

MOST_COUNTED = 3000

UPWEIGHTED: dict[Language, int] = {"nb": 1, "nn": 6, "en": 3}
"""Nynorsk and English are a small share of the text and a larger one of the questions."""

RAREST: dict[Language, int] = {"nb": 3, "nn": 2, "en": 2}
"""Words that occur less often are left out: most are misprints."""

WHOLE_WORDS = 0.18
"""Share of the vocabulary kept for numbers and frequent whole words (9,000 of 50,000)."""

YEARS = range(1900, 2041)
NUMBERS = range(10, 101)

SMALLEST = 1500
"""A smaller vocabulary has no room for the alphabet, years and numbers."""

LEAST_SHARE = 4e-5
"""An added word or number is at least this likely, so that it is not cut in parts."""

_DECIMALS = 6
_LETTER_STEP = 1e-4
_WORDS_AT_ONCE = 2000


def train_tokenizer(
    counts: Mapping[Language, Counter[str]],
    size: int,
    *,
    also: Iterable[str] = (),
    whole: Iterable[str] = (),
) -> Tokenizer:
    """A tokenizer of exactly `size` pieces, or fewer where the text is too small for that.

    The same counts give the same tokenizer.

    Args:
        counts: words by language.
        size: number of pieces.
        also: words to be cut well though they may not occur in the text (dictionaries).
        whole: words that are a piece each, as far as there is room (a thesaurus, chat words).

    Raises:
        TrainingError: `size` is below SMALLEST, or there is hardly any text.
    """
    if size < SMALLEST:
        raise TrainingError(f"A vocabulary of {size} pieces is too small; ask for {SMALLEST}.")
    always = [*(str(number) for number in (*YEARS, *NUMBERS)), *sorted(set(whole))]
    added = int(size * WHOLE_WORDS)
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Digits(individual_digits=False)]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=size - added,
        special_tokens=[UNKNOWN],
        unk_token=UNKNOWN,
        max_piece_length=MAX_PIECE,
        initial_alphabet=list(ALPHABET),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_text(counts, also), trainer)
    return _extended(tokenizer, counts, always, size)


def _text(counts: Mapping[Language, Counter[str]], also: Iterable[str]) -> Iterator[str]:
    """Words repeated by their damped frequency, in an order that is always the same."""
    for language, count in counts.items():
        repeated: list[str] = []
        for word, number in sorted(count.items()):
            if number < RAREST[language] or len(word) > MAX_WORD:
                continue
            times = round((number * UPWEIGHTED[language]) ** DAMPING)
            repeated += [word] * max(1, min(times, MOST_COUNTED))
            if len(repeated) > _WORDS_AT_ONCE:
                yield " ".join(repeated)
                repeated.clear()
        yield " ".join(repeated)
    yield " ".join(sorted(set(also)))


def _extended(
    tokenizer: Tokenizer,
    counts: Mapping[Language, Counter[str]],
    always: list[str],
    size: int,
) -> Tokenizer:
    """The tokenizer with what always has a piece and the most frequent words, up to `size`."""
    description: dict[str, Any] = json.loads(tokenizer.to_str())
    scores = dict(description["model"]["vocab"])
    if None in scores.values():
        raise TrainingError("The documents hold too few words to learn pieces from.")
    pieces = _settled(scores)
    frequency: Counter[str] = Counter()
    for language, count in counts.items():
        for word, number in count.items():
            if len(word) <= MAX_PIECE:
                frequency[word] += number * UPWEIGHTED[language]
    total = max(frequency.total(), 1)
    frequent = [word for word, _ in sorted(frequency.items(), key=lambda item: (-item[1], item[0]))]
    for word in (*always, *frequent):
        if len(pieces) >= size:
            break
        if len(word) <= MAX_PIECE:
            score = math.log(max(frequency[word] / total, LEAST_SHARE))
            pieces.setdefault(word, round(score, _DECIMALS))
    unknown = pieces.pop(UNKNOWN)
    ordered = sorted(pieces.items(), key=lambda item: (-item[1], item[0]))
    description["model"]["vocab"] = [(UNKNOWN, unknown), *ordered]
    description["model"]["unk_id"] = 0
    return Tokenizer.from_str(json.dumps(description, ensure_ascii=False))


def _settled(pieces: Mapping[str, float]) -> dict[str, float]:
    """The scores without what differs from run to run.

    The trainer's pieces are always the same, but letters that it had dropped come back with the
    least score plus 0.0001 for each one before them, in the order of a hash table.
    """
    letters = sum(1 for piece in pieces if len(piece) == 1)
    least = min(pieces.values(), default=0.0)
    highest = least + letters * _LETTER_STEP + 10.0**-_DECIMALS
    return {
        piece: round(least if len(piece) == 1 and score <= highest else score, _DECIMALS)
        for piece, score in pieces.items()
    }


def tokenizer_for(corpus: Corpus, thesaurus: Thesaurus, size: int) -> Tokenizer:
    """The tokenizer of a corpus: its dictionaries' words too, thesaurus and chat words whole.

    Raises:
        TrainingError: as `train_tokenizer`, or the corpus cannot be read.
    """
    also = [*corpus.nynorsk, *corpus.nynorsk.values()]
    for word, translations in corpus.english.items():
        also += [word, *(target for target, _ in translations)]
    everyday = list(thesaurus.words())
    chat = [word for words in CHAT.values() for word in words.split()]
    return train_tokenizer(corpus.counts, size, also=[*also, *everyday], whole=[*everyday, *chat])
