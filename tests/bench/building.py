"""Building the index against embedding alone, one more document against it alone, and bytes."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from indexer.library.catalogue import LibraryDocument
from indexer.vectors.encoder import BATCH, model_path

from .corpus import SEED, document
from .library import BenchHome
from .timing import Row, compared, in_turns, seconds, timed

NEW_SECTIONS = 10
"""Passages of the one document that is added: a short report."""

NUMBER_BYTES = 4
"""A component of a vector, float32."""


def measure_build(home: BenchHome, repetitions: int) -> list[Row]:
    """`rebuild` from nothing, against `SentenceTransformer.encode` of the same texts.

    sentence-transformers is imported and the bare model loaded before the clock starts; `rebuild`
    loads its model within its time.
    """
    # Late, for it takes seconds and the other measurements do without.
    from sentence_transformers import SentenceTransformer

    path = model_path(home.settings)
    model = SentenceTransformer(
        str(path or home.settings.model), device="cpu", local_files_only=path is not None
    )
    texts = [passage.search_text for passage in home.passages()]

    def ours() -> float:
        home.forget_index()
        return timed(home.build)()

    bare = timed(lambda: model.encode(texts, batch_size=BATCH, show_progress_bar=False))
    taken = in_turns({"ours": ours, "bare": bare}, repetitions)
    rate = _rate_of(len(texts))
    return [compared("build", taken["ours"], "encode alone", taken["bare"], rate)]


def _rate_of(passages: int) -> Callable[[float], str]:
    return lambda taken: f"{passages / taken:,.0f} passages/s"


def measure_adding(home: BenchHome, folder: Path, repetitions: int) -> list[Row]:
    """A build after one document was added to the library, against an index of it alone.

    The other home has built before, so neither side loads sentence-transformers to check the model.
    The library is a document larger after each repetition.
    """
    home.build()
    alone = BenchHome(folder)
    draw = random.Random(SEED + 1)
    alone.add([document(draw, "først", 1)])
    alone.build()
    texts: dict[BenchHome, list[str]] = {home: [], alone: []}

    def newest(target: BenchHome) -> list[LibraryDocument]:
        if not texts[target]:
            made = document(draw, f"ny-{draw.randrange(10**9)}", NEW_SECTIONS)
            for waiting in texts.values():
                waiting.append(made)
        target.add([texts[target].pop(0)])
        return target.documents()

    def to_library() -> float:
        documents = newest(home)
        return timed(lambda: home.build(documents))()

    def by_itself() -> float:
        documents = newest(alone)
        return timed(lambda: alone.build(documents[-1:]))()

    try:
        taken = in_turns({"library": to_library, "alone": by_itself}, repetitions)
    finally:
        alone.close()
    return [
        compared("add one document", taken["library"], "index of it alone", taken["alone"], seconds)
    ]


def measure_disk(home: BenchHome) -> list[Row]:
    """Bytes of the index, against the bare texts (UTF-8) and vectors (float32) in it."""
    home.build()
    passages = home.passages()
    dimension = home.open().open().searcher.generation.manifest.model.dimension
    texts = sum(len(passage.search_text.encode()) for passage in passages)
    bare = texts + len(passages) * dimension * NUMBER_BYTES
    ours = home.bytes_of_index()

    def each(total: int) -> str:
        return f"{total / len(passages):,.0f} B/passage"

    return [Row("index on disk", each(ours), "texts + vectors", each(bare), ours / bare)]
