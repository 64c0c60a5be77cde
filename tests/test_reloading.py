"""An index that was replaced leaves the memory at once."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path

from tests_support import Home

from bot.answering.answer import Answerer
from bot.answering.question import Question

ASKED = ("Hvem kan henvise til oss?", "Kva kostar ein time?", "How do we get started?")


def test_a_replaced_index_does_not_wait_for_the_garbage_collector(
    home: Home, write: Callable[[str, str], Path]
) -> None:
    """A full collection may be hours away, and until then two indexes would be in memory."""
    index = home.build(bundled=True)
    answerer = Answerer(index, None)
    for text in ASKED:
        answerer.answer(Question(text))
    searcher = index.open().searcher
    generation = searcher.generation
    segment = generation.segments[0]
    before = {
        name: weakref.ref(held)
        for name, held in {
            "searcher": searcher,
            "generation": generation,
            "segment": segment,
            "postings": segment.postings,
            "vectors": segment.vectors,
            "words": generation.bm25,
        }.items()
    }
    del searcher, generation, segment
    home.add(write("ny.md", "# Lokaler\n\nFrisklivssentralen kan leie et lokale av kommunen.\n"))
    home.build(bundled=True)
    gc.collect()
    gc.disable()
    try:
        for text in ASKED:
            answerer.answer(Question(text))
        assert [name for name, held in before.items() if held() is not None] == []
    finally:
        gc.enable()
