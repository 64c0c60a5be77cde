"""The vector index: exact for few vectors, codes for many, and never worse than it says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import faiss
import numpy as np
import pytest
from bench.corpus import documents
from numpy.typing import NDArray

from indexer.generations.manifest import IndexUnusable, SegmentManifest, SegmentPart
from indexer.generations.segment import Segment, merge_segments, write_segment
from indexer.library.stored import StoredPassage
from indexer.vectors import compressed, faiss_index
from indexer.vectors.compressed import DEPTH, Recall, probes
from indexer.vectors.encoder import Vectors, embedded_model, unit_rows
from indexer.vectors.faiss_index import VectorIndex
from indexer.vectors.static import StaticEncoder
from knowledge.settings import Settings

ROWS = 3_000
LIMIT = 1_000
"""Rows that are compared one by one here, so that the tests need few vectors for codes."""

QUESTIONS = Path(__file__).parent / "questions" / "tune.jsonl"


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> StaticEncoder:
    return StaticEncoder(embedded_model(), Settings(home=tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [text for page in documents(ROWS) for text in page.split("\n## ")[1:]]


@pytest.fixture(scope="module")
def vectors(encoder: StaticEncoder, texts: list[str]) -> Vectors:
    return encoder.encode_passages(texts)


@pytest.fixture(scope="module")
def asked(encoder: StaticEncoder) -> list[Vectors]:
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    return [encoder.encode_question(json.loads(line)["question"]) for line in lines[:100]]


def one_each(rows: int) -> NDArray[np.int32]:
    return np.arange(rows, dtype=np.int32)


@pytest.fixture(scope="module")
def coded(vectors: Vectors) -> VectorIndex:
    return VectorIndex.of(vectors, one_each(ROWS), exact_rows=LIMIT)


def exactly(vectors: Vectors, question: Vectors, count: int) -> list[int]:
    return [int(row) for row in np.argsort(-(vectors @ question), kind="stable")[:count]]


@pytest.mark.parametrize(
    ("rows", "kind"), [(0, "exact"), (1, "exact"), (LIMIT, "exact"), (LIMIT + 1, "compressed")]
)
def test_the_kind_is_chosen_by_the_number_of_rows(vectors: Vectors, rows: int, kind: str) -> None:
    index = VectorIndex.of(vectors[:rows], one_each(rows), exact_rows=LIMIT)
    assert (index.kind, index.rows) == (kind, rows)


@pytest.mark.parametrize("dimension", [255, 3])
def test_an_odd_number_of_components_is_searched_exactly(vectors: Vectors, dimension: int) -> None:
    odd = unit_rows(vectors[:, :dimension])
    assert VectorIndex.of(odd, one_each(ROWS), exact_rows=LIMIT).kind == "exact"


@pytest.mark.parametrize(("count", "least"), [(1, 0.98), (10, 0.98), (DEPTH, 0.95)])
def test_recall_of_questions_against_exact_search(
    coded: VectorIndex, vectors: Vectors, asked: list[Vectors], count: int, least: float
) -> None:
    shares = []
    for question in asked:
        _, passages = coded.search(question, count)
        assert len(passages) == count
        shares.append(np.isin(exactly(vectors, question, count), passages).mean())
    assert np.mean(shares) >= least


def test_recall_is_measured_with_questions_as_hard_as_real_ones(
    coded: VectorIndex, vectors: Vectors, asked: list[Vectors]
) -> None:
    """Probes that were easier would promise what questions do not get."""
    best = [np.sort(vectors @ question)[::-1][[9, DEPTH - 1]] for question in asked]
    made = [np.sort(vectors @ probe)[::-1][[9, DEPTH - 1]] for probe in probes(vectors)]
    assert coded.recall is not None and coded.recall.best >= 0.98 and coded.recall.deep >= 0.95
    # What makes a question hard: its 200th passage is nearly as good as its 10th.
    real, ours = (float(np.mean([pair[0] - pair[1] for pair in both])) for both in (best, made))
    assert ours < 1.2 * real


def test_the_search_goes_wider_until_recall_is_reached(
    vectors: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: Iterator[float] = iter([0.5, 0.979, 0.98])
    monkeypatch.setattr(compressed, "recall_of", lambda *_: Recall(next(told), 1.0))
    index = VectorIndex.of(vectors, one_each(ROWS), exact_rows=LIMIT)
    assert index.widening == compressed.WIDENINGS[2]
    assert index.recall == Recall(0.98, 1.0)


def test_codes_that_find_too_little_give_way_to_exact_search(
    vectors: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compressed, "recall_of", lambda *_: Recall(0.97, 1.0))
    index = VectorIndex.of(vectors, one_each(ROWS), exact_rows=LIMIT)
    assert (index.kind, index.recall, index.widening) == ("exact", None, 1.0)


@pytest.mark.parametrize("limit", [LIMIT, ROWS], ids=["codes", "exact"])
def test_the_similarity_of_given_passages_is_exact(
    vectors: Vectors, asked: list[Vectors], limit: int
) -> None:
    owners = np.repeat(np.arange(ROWS // 3, dtype=np.int32), 3)  # three rows a passage
    index = VectorIndex.of(vectors, owners, exact_rows=limit)
    passages = np.asarray([0, 1, 17, ROWS // 3 - 1, ROWS], np.int64)
    for question in asked[:10]:
        best = (vectors @ question).reshape(-1, 3).max(axis=1)
        wanted = [*best[passages[:-1]], 0.0]  # the last one has no row
        # float16 has 11 bits: a cosine is off by a thousandth at most
        np.testing.assert_allclose(index.similarity(question, passages), wanted, atol=5e-4)


def test_scores_of_a_search_are_the_similarities(coded: VectorIndex, asked: list[Vectors]) -> None:
    for question in asked[:10]:
        scores, passages = coded.search(question, 20)
        assert (np.diff(scores) <= 0).all()
        np.testing.assert_allclose(scores, coded.similarity(question, passages), atol=1e-5)


def test_saved_and_loaded_it_is_the_same(
    coded: VectorIndex, vectors: Vectors, asked: list[Vectors], tmp_path: Path
) -> None:
    coded.save(tmp_path)
    loaded = VectorIndex.load(tmp_path)
    assert (loaded.kind, loaded.widening, loaded.rows, loaded.dimension) == (
        coded.kind, coded.widening, ROWS, vectors.shape[1]
    )  # fmt: skip
    for question in asked[:10]:
        for mine, theirs in zip(
            loaded.search(question, 50), coded.search(question, 50), strict=True
        ):
            np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_allclose(loaded.vectors(), vectors, atol=5e-4)
    assert loaded.sample(100).shape == (100, vectors.shape[1])


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_vectors_give_the_same_bytes(
    coded: VectorIndex, vectors: Vectors, tmp_path: Path, threads: int
) -> None:
    faiss.omp_set_num_threads(threads)
    again = VectorIndex.of(vectors.copy(), one_each(ROWS), exact_rows=LIMIT)
    for name, index in (("first", coded), ("second", again)):
        (tmp_path / name).mkdir()
        index.save(tmp_path / name)
    files = [(tmp_path / name / faiss_index.VECTORS).read_bytes() for name in ("first", "second")]
    assert files[0] == files[1]


def stored(text: str) -> StoredPassage:
    return StoredPassage(
        start=0, end=len(text), byte_start=0, byte_end=len(text.encode()), text=text,
        search_text=text, path=(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def merged_once(
    encoder: StaticEncoder, texts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A segment of two merged ones, large enough for codes."""
    folder = tmp_path_factory.mktemp("segments")
    half = LIMIT * 2 // 3
    for number in range(2):
        part = SegmentPart(document=f"d{number}", first=0, count=half, of=half)
        chosen = [stored(text) for text in texts[number * half : (number + 1) * half]]
        write_segment(folder / f"s{number}", [part], chosen, encoder)
    parts = [Segment(folder / f"s{number}") for number in range(2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(faiss_index, "EXACT_ROWS", LIMIT)
        merge_segments(folder / "merged", parts)
    assert [part.vectors.kind for part in parts] == ["exact", "exact"]
    return folder / "merged"


@pytest.fixture
def merged(merged_once: Path, tmp_path: Path) -> Segment:
    return Segment(shutil.copytree(merged_once, tmp_path / "merged"))


def test_a_merged_segment_says_how_its_vectors_are_searched(
    merged: Segment, encoder: StaticEncoder
) -> None:
    entry = merged.manifest.vector_index
    assert entry.kind == merged.vectors.kind == "compressed"
    assert entry.widening == merged.vectors.widening
    assert entry.recall_best >= 0.98 and entry.recall_deep >= 0.95
    for number in (0, 700, len(merged) - 1):
        vector = encoder.encode_passages([merged.passage(number).search_text])[0]
        assert merged.vectors.search(vector, 1)[1].tolist() == [number]


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(bytes(content))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize("damage", [flipped, cut, Path.unlink])
def test_a_damaged_index_of_codes_is_refused(
    merged: Segment, damage: Callable[[Path], None]
) -> None:
    damage(merged.folder / faiss_index.VECTORS)
    with pytest.raises(IndexUnusable, match="damaged"):
        Segment(merged.folder)


@pytest.mark.parametrize(
    "other", [{"widening": 16.0}, {"kind": "exact"}], ids=["searched wider", "another kind"]
)
def test_an_index_that_is_not_what_the_manifest_says_is_refused(
    merged: Segment, other: dict[str, object]
) -> None:
    manifest = merged.folder / "manifest.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    content["vector_index"] |= other
    manifest.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(IndexUnusable, match="damaged"):
        _ = Segment(merged.folder).vectors


def test_an_unreadable_index_is_told_even_where_checksums_are_not_compared(
    merged: Segment,
) -> None:
    path = merged.folder / faiss_index.VECTORS
    path.write_bytes(b"\0" * path.stat().st_size)
    with pytest.raises(IndexUnusable, match="damaged"):
        _ = Segment(merged.folder, verify=False).vectors


def test_a_manifest_from_before_codes_is_read(merged: Segment) -> None:
    content = json.loads((merged.folder / "manifest.json").read_text(encoding="utf-8"))
    del content["vector_index"]
    assert SegmentManifest.model_validate(content).vector_index.kind == "exact"
