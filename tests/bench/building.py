"""Building the index against embedding alone, one more document against it alone, and bytes."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

from indexer.library.catalogue import LibraryDocument
from indexer.vectors.encoder import BATCH, model_path

from .corpus import SEED, document
from .library import BenchHome
from .timing import Row, compared, in_turns, seconds, timed

NEW_SECTIONS = 10
"""Passages of the one document that is added: a short report."""

ENCODED = 20_000
"""Texts that are encoded alone at most."""

BARE = "texts + vectors"

NUMBER_BYTES = 4
"""A component of a vector, float32."""


def measure_build(home: BenchHome, repetitions: int, *, built_in: float | None = None) -> list[Row]:
    """`rebuild` from nothing, against `SentenceTransformer.encode` of the same texts.

    sentence-transformers is imported and the bare model loaded before the clock starts; `rebuild`
    loads its model within its time. Of a large library only the first `ENCODED` texts are encoded
    alone (the time grows with their number), and what is compared is the time of a passage.

    Args:
        built_in: seconds that the one build of a library too large for several took.
    """
    # Late, for it takes seconds and the other measurements do without.
    from sentence_transformers import SentenceTransformer

    path = model_path(home.settings)
    model = SentenceTransformer(
        str(path or home.settings.model), device="cpu", local_files_only=path is not None
    )
    texts = [passage.search_text for passage in islice(home.passages(), ENCODED)]
    made = home.passage_count()

    def ours() -> float:
        if built_in is not None:
            return built_in / made
        home.forget_index()
        return timed(home.build)() / made

    def bare() -> float:
        encode = timed(lambda: model.encode(texts, batch_size=BATCH, show_progress_bar=False))
        return encode() / len(texts)

    taken = in_turns({"ours": ours, "bare": bare}, repetitions)
    return [compared("build", taken["ours"], "encode alone", taken["bare"], _rate)]


def _rate(each: float) -> str:
    return f"{1 / each:,.0f} passages/s"


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
    bare = bare_bytes(home)
    ours = home.bytes_of_index() / home.passage_count()
    return [Row("index on disk", each(ours), BARE, each(bare), ours / bare)]


def bare_bytes(home: BenchHome) -> float:
    """Of a passage: its text (UTF-8) and its vector (float32)."""
    texts = sum(len(passage.search_text.encode()) for passage in home.passages())
    return texts / home.passage_count() + home.dimension() * NUMBER_BYTES


def each(size: float) -> str:
    return f"{size:,.0f} B/passage"
