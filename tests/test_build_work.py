"""A build's work grows with what is built, and not faster: counted, not timed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from bench.shelving import PASSAGES, shelve

from indexer.generations import build as building
from indexer.generations import manifest, merging, plan
from indexer.library.shelf import Shelf
from indexer.vectors import compressed
from indexer.vectors.encoder import embedded_model, unit_rows
from indexer.vectors.static import StaticEncoder
from knowledge.settings import Settings

SMALL, LARGE = 160, 1_280
SEGMENT, MOST = 20, 320
"""Passages of a segment at first, and at most when merged: a sixtieth and less of the real ones, so
that a little text is built as a large library is."""

Work = Counter[str]


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """What a build does, by kind."""
    done: Work = Counter()

    def counted(owner: Any, name: str, kind: str, size: Callable[..., int]) -> None:
        method = getattr(owner, name)

        def run(*args: Any, **more: Any) -> Any:
            done[kind] += size(*args)
            return method(*args, **more)

        monkeypatch.setattr(owner, name, run)

    counted(StaticEncoder, "encode_passages", "texts encoded", lambda _, texts: len(texts))
    counted(building, "write_segment", "passages written", lambda *given: len(given[2]))
    counted(building, "merge_segments", "passages merged", lambda _, held: sum(map(len, held)))
    counted(Shelf, "passages", "documents read", lambda *_: 1)
    counted(manifest, "sha256_of", "bytes hashed", lambda path: path.stat().st_size)
    monkeypatch.setattr(plan, "SEGMENT_PASSAGES", SEGMENT)
    monkeypatch.setattr(merging, "MOST", MOST)
    return done


def built(folder: Path, passages: int, work: Work) -> dict[str, float]:
    """The work of a build from nothing, for each passage; and bytes on disk."""
    settings = Settings(home=folder)
    shelf = Shelf(settings.library)
    documents = shelve(shelf, passages)
    work.clear()
    done = building.build(
        settings.index, shelf, documents, StaticEncoder(embedded_model(), settings), bundled=False
    )
    assert done.passages == passages
    files = (settings.index / "generations").rglob("*.*")
    work["bytes on disk"] = sum(path.stat().st_size for path in files if path.is_file())
    return {kind: count / passages for kind, count in work.items()}


def test_eight_times_the_passages_are_eight_times_the_work(tmp_path: Path, work: Work) -> None:
    small = built(tmp_path / "small", SMALL, work)
    large = built(tmp_path / "large", LARGE, work)
    for each in (small, large):
        assert each["texts encoded"] == each["passages written"] == 1, "no passage twice"
        assert each["passages merged"] == 1, "each is copied once, however many segments there are"
        assert each["documents read"] == 1 / PASSAGES
    for kind in ("bytes hashed", "bytes on disk"):
        assert large[kind] <= small[kind] * 1.05, kind


def test_codes_are_trained_in_one_thread_and_the_others_are_left_as_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With several each of thousands of tiny steps waits for the slowest thread."""
    threads: list[int] = []
    factory = faiss.index_factory

    def spied(*given: Any) -> Any:
        index: Any = factory(*given)
        train = index.train

        def training(vectors: Any) -> None:
            threads.append(faiss.omp_get_max_threads())
            train(vectors)

        index.train = training
        return index

    monkeypatch.setattr(faiss, "index_factory", spied)
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(3)
    try:
        drawn = np.random.default_rng(1).standard_normal((500, 8))
        compressed.compressed(unit_rows(drawn))
        assert threads == [1]
        assert faiss.omp_get_max_threads() == 3
    finally:
        faiss.omp_set_num_threads(before)
