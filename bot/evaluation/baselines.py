"""Plain ways of searching, to judge questions by: `python -m bot.evaluation.baselines FILE …`.

Recall@5 of the in-scope questions by language: BM25 over stems, BM25 over 4-grams, the same with
the English dictionary and weights for common words, the same with the embedded model, and the whole
search; over the digests without and with their typical questions.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from bot.evaluation.questions import EvaluationQuestion, plain, read_questions
from bot.evaluation.trial import library_of, unasked_index
from indexer.index import Index, rebuild
from indexer.language import detect
from indexer.search import STEM_SHARE, VECTOR_SHARE, Searcher
from indexer.words.asked import asked_words, flat, question_terms
from indexer.words.terms import GRAM, STEM
from knowledge.settings import Settings

FIRST = 5
LANGUAGES = ("nb", "nn", "en")
Scores = NDArray[np.float32]
Scorer = Callable[[Searcher, EvaluationQuestion], Scores]


def words(field: int, *without: str) -> Scorer:
    """BM25 of one field, without the word lists named."""

    def score(searcher: Searcher, question: EvaluationQuestion) -> Scores:
        asked = asked_words(question.question, detect(question.question), without=without)
        matches = searcher.generation.bm25.matches(question_terms(flat(asked)))
        result: Scores = matches.scores()[field]
        return result

    return score


def with_vectors(searcher: Searcher, question: EvaluationQuestion) -> Scores:
    """4-grams and stems with the embedded model, z-scores in fixed shares."""
    grams, stems = (words(field, "thesaurus")(searcher, question) for field in (GRAM, STEM))
    vector = searcher.encoder.encode_question(question.question)
    every = [
        segment.vectors.similarity(vector, np.arange(len(segment)))
        for segment in searcher.generation.segments
    ]
    lexical = STEM_SHARE * _z(stems) + (1 - STEM_SHARE) * _z(grams)
    return (1 - VECTOR_SHARE) * lexical + VECTOR_SHARE * _z(np.concatenate(every))


def _z(scores: Scores) -> Scores:
    result: Scores = (scores - scores.mean()) / max(float(scores.std()), 1e-9)
    return result


ROWS: dict[str, Scorer] = {
    "BM25, stems": words(STEM, "thesaurus", "dictionary", "background"),
    "BM25, 4-grams": words(GRAM, "thesaurus", "dictionary", "background"),
    "+ dictionary, background": words(GRAM, "thesaurus"),
    "+ stems, embedded model": with_vectors,
}


def found(index: Index, question: EvaluationQuestion, scorer: Scorer | None) -> bool:
    """Whether a relevant passage is among the first, by a scorer or (None) by the whole search."""
    opened = index.open()
    searcher = opened.searcher
    if scorer is None:
        hits = searcher.search(
            question.question,
            language=detect(question.question),
            thread=question.thread,
            top=FIRST,
        ).hits
        texts = [hit.passage.text for hit in hits]
    else:
        best = np.argsort(-scorer(searcher, question), kind="stable")[:FIRST]
        texts = [_text(searcher, int(passage)) for passage in best]
    return any(plain(gold) in plain(text) for gold in question.gold for text in texts)


def _text(searcher: Searcher, passage: int) -> str:
    for segment in searcher.generation.segments:
        if passage < len(segment):
            return segment.passage(passage).text
        passage -= len(segment)
    raise IndexError(passage)


def row(
    name: str, index: Index, questions: Iterable[EvaluationQuestion], scorer: Scorer | None
) -> str:
    right = [(question.lang, found(index, question, scorer)) for question in questions]
    shares = [np.mean([hit for lang, hit in right if lang == wanted]) for wanted in LANGUAGES]
    every = np.mean([hit for _, hit in right])
    return f"| {name} | " + " | ".join(f"{share:.2f}" for share in (*shares, every)) + " |"


@click.command(help=__doc__)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def main(files: tuple[Path, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        library = library_of(settings)
        rebuild(settings, library, bundled=True)
        indexes = {
            "without typical questions": unasked_index(settings, library, Path(folder) / "unasked"),
            "with typical questions": Index(settings),
        }
        for file in files:
            questions = [q for q in read_questions(file) if q.kind == "in_scope"]
            for said, index in indexes.items():
                click.echo(f"\n| {file.name}, {said} | {' | '.join(LANGUAGES)} | all |")
                click.echo("|---|---|---|---|---|")
                for name, scorer in (*ROWS.items(), ("**the whole search**", None)):
                    click.echo(row(name, index, questions, scorer))


if __name__ == "__main__":
    main()
