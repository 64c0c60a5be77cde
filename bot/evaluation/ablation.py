"""What each signal is worth: the same questions with one part of the search left out at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot.answering.answer import Answerer
from bot.answering.decide import thresholds_of
from bot.evaluation.measure import Measured, measure
from bot.evaluation.questions import EvaluationQuestion
from bot.evaluation.trial import TYPICAL_QUESTIONS, unasked_index
from indexer.index import Index
from indexer.library.catalogue import LibraryDocument
from knowledge.settings import Settings

Progress = Callable[[int, int], None]


@contextmanager
def index_without(
    settings: Settings, documents: Callable[[], list[LibraryDocument]], without: Collection[str]
) -> Iterator[Index]:
    """The index in use, or one built aside, searched without the parts named.

    Args:
        documents: those of the library; asked for only where an index must be built.
    """
    if TYPICAL_QUESTIONS not in without:
        yield Index(settings, without=without)
        return
    with tempfile.TemporaryDirectory() as folder:
        rest = set(without) - {TYPICAL_QUESTIONS}
        yield unasked_index(settings, documents(), Path(folder) / "index", rest)


def measure_without(
    settings: Settings,
    documents: Callable[[], list[LibraryDocument]],
    questions: Sequence[EvaluationQuestion],
    without: Collection[str],
    progress: Progress | None = None,
) -> list[Measured]:
    """Ask every question of the index without the parts named (`trial.SWITCHES`)."""
    with index_without(settings, documents, without) as index:
        answerer = Answerer(index, None, thresholds=thresholds_of(settings))
        return measure(answerer, questions, progress)
