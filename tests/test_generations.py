"""Generations: only what changed is embedded, an interrupted build goes on, damage is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from tests_support import Home

from indexer.generations import forgetting, plan
from indexer.generations.build import BuildRefused, build
from indexer.generations.generation import current_folder, open_current
from indexer.generations.manifest import IndexUnusable
from indexer.generations.merging import FAN_IN, MOST, merge_plan
from indexer.index import wanted_documents
from indexer.library.catalogue import LibraryDocument
from indexer.vectors.encoder import Vectors, embedded_model, unit_rows
from indexer.vectors.static import StaticEncoder

Write = Callable[[str, str], Path]


class CountingEncoder(StaticEncoder):
    """The embedded model, counting what it is asked to embed."""

    def __init__(self, home: Home) -> None:
        super().__init__(embedded_model(), home.settings)
        self.embedded: list[str] = []
        self.stop_after: int | None = None

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        if self.stop_after is not None and len(self.embedded) >= self.stop_after:
            raise KeyboardInterrupt
        self.embedded += texts
        return super().encode_passages(texts)


@pytest.fixture
def encoder(home: Home) -> CountingEncoder:
    return CountingEncoder(home)


def rebuild(home: Home, encoder: CountingEncoder) -> str:
    documents = wanted_documents(home.catalogue, bundled=False)
    return build(home.settings.index, home.catalogue.shelf, documents, encoder).generation


def found(home: Home, encoder: CountingEncoder, question: str) -> list[str]:
    from indexer.search import Searcher

    searcher = Searcher(open_current(home.settings.index), encoder)
    return [hit.passage.text for hit in searcher.search(question, language="nb").hits]


def document(topic: str, paragraphs: int = 1) -> str:
    sentence = f"Frisklivssentralen i {topic} holder til ved torget og tar imot alle som vil. "
    return f"# Om {topic}\n\n" + "\n\n".join(
        f"{sentence * 5}Avsnitt {number} om {topic}." for number in range(paragraphs)
    )


def test_only_the_added_document_is_embedded(
    home: Home, write: Write, encoder: CountingEncoder
) -> None:
    for topic in ("Alta", "Bodø", "Hamar"):
        home.add(write(f"{topic}.md", document(topic)))
    rebuild(home, encoder)
    encoder.embedded.clear()
    home.add(write("Voss.md", document("Voss")))
    rebuild(home, encoder)
    assert len(encoder.embedded) == 1 and "Voss" in encoder.embedded[0]
    assert "Voss" in found(home, encoder, "sentralen i Voss")[0]


def test_a_removed_document_is_not_found_and_nothing_is_embedded(
    home: Home, write: Write, encoder: CountingEncoder
) -> None:
    for topic in ("Alta", "Bodø"):
        home.add(write(f"{topic}.md", document(topic)))
    rebuild(home, encoder)
    encoder.embedded.clear()
    home.catalogue.remove(str(write("Bodø.md", document("Bodø")).resolve()))
    rebuild(home, encoder)
    assert encoder.embedded == []
    assert not any("Bodø" in text for text in found(home, encoder, "Bodø"))


def test_a_changed_document_replaces_the_old_one(
    home: Home, write: Write, encoder: CountingEncoder
) -> None:
    home.add(write("a.md", document("Alta")))
    rebuild(home, encoder)
    assert home.add(write("a.md", document("Vardø"))) == ["changed"]
    rebuild(home, encoder)
    texts = found(home, encoder, "sentralen")
    assert len(texts) == 1 and "Vardø" in texts[0]


def test_nothing_new_makes_no_generation(
    home: Home, write: Write, encoder: CountingEncoder
) -> None:
    home.add(write("a.md", document("Alta")))
    assert rebuild(home, encoder) == rebuild(home, encoder)


def test_an_interrupted_build_goes_on_where_it_was(
    home: Home, write: Write, encoder: CountingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "SEGMENT_PASSAGES", 4)
    home.add(write("lang.md", document("Alta", paragraphs=18)))
    home.add(write("kort.md", document("Voss", paragraphs=2)))
    encoder.stop_after = 8
    with pytest.raises(KeyboardInterrupt):
        rebuild(home, encoder)
    with pytest.raises(IndexUnusable, match="No index"):
        open_current(home.settings.index)
    encoder.stop_after = None
    rebuild(home, encoder)
    passages = open_current(home.settings.index).live_passages
    assert passages > 8
    assert len(encoder.embedded) == len(set(encoder.embedded)) == passages


def test_many_small_additions_are_merged(
    home: Home, write: Write, encoder: CountingEncoder
) -> None:
    for number in range(FAN_IN + 2):
        home.add(write(f"{number}.md", document(f"Sted{number}")))
        rebuild(home, encoder)
    generation = open_current(home.settings.index)
    assert len(generation.segments) < FAN_IN
    assert generation.live_passages == FAN_IN + 2
    assert "Sted3" in found(home, encoder, "sentralen i Sted3")[0]


def test_old_generations_are_cleaned_but_one_stays_for_a_running_bot(
    home: Home, write: Write, encoder: CountingEncoder
) -> None:
    names = []
    for number in range(4):
        home.add(write(f"{number}.md", document(f"Sted{number}")))
        names.append(rebuild(home, encoder))
    left = sorted(path.name for path in (home.settings.index / "generations").iterdir())
    assert left == names[-2:]


def test_the_vectors_are_those_of_the_passages(
    home: Home, write: Write, encoder: CountingEncoder
) -> None:
    home.add(write("a.md", document("Alta", paragraphs=3)))
    rebuild(home, encoder)
    segment = open_current(home.settings.index).segments[0]
    for number in range(len(segment)):
        wanted = encoder.encode_passages([segment.passage(number).search_text])
        np.testing.assert_allclose(segment.vectors.vectors()[number], wanted[0], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(unit_rows(segment.vectors.vectors()), axis=1), 1)


def test_a_second_build_at_the_same_time_is_refused(
    home: Home, write: Write, encoder: CountingEncoder
) -> None:
    home.add(write("a.md", document("Alta")))
    home.settings.index.mkdir(parents=True)
    with (
        FileLock(home.settings.index / "build.lock"),
        pytest.raises(BuildRefused, match="Another build"),
    ):
        rebuild(home, encoder)


def test_an_empty_library_is_refused(home: Home, encoder: CountingEncoder) -> None:
    with pytest.raises(BuildRefused, match="no documents"):
        rebuild(home, encoder)


def test_a_clock_that_was_set_back_loses_nothing(
    home: Home, write: Write, encoder: CountingEncoder
) -> None:
    home.add(write("a.md", document("Alta")))
    rebuild(home, encoder)
    current = current_folder(home.settings.index)
    later = current.with_name("29991231T235959000000-ffffffff")
    current.rename(later)
    (home.settings.index / "current").write_text(later.name, encoding="utf-8")
    home.add(write("b.md", document("Voss")))
    rebuild(home, encoder)
    assert open_current(home.settings.index).live_passages == 2
    assert later.is_dir()  # a running bot may still be answering from it


def test_a_merge_from_an_interrupted_build_is_not_taken_for_another(
    home: Home, write: Write, encoder: CountingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(FAN_IN - 1):
        home.add(write(f"{number}.md", document(f"Sted{number}")))
        rebuild(home, encoder)
    home.add(write("last.md", document("Sted99")))
    with monkeypatch.context() as patch:
        patch.setattr("indexer.generations.build.make_current", _stop)
        with pytest.raises(KeyboardInterrupt):
            rebuild(home, encoder)
    home.catalogue.remove(str((write("0.md", document("Sted0"))).resolve()))
    rebuild(home, encoder)
    generation = open_current(home.settings.index)
    assert generation.live_passages == FAN_IN - 1
    assert not any("Sted0 " in text for text in found(home, encoder, "sentralen i Sted0"))


def test_what_only_an_interrupted_build_has_of_a_removed_document_is_written_out(
    home: Home, write: Write, encoder: CountingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for topic in ("Alta", "Bodø", "Hamar"):
        home.add(write(f"{topic}.md", document(topic)))
    with monkeypatch.context() as patch:
        patch.setattr("indexer.generations.build.make_current", _stop)
        with pytest.raises(KeyboardInterrupt):
            rebuild(home, encoder)
    encoder.embedded.clear()
    gone = home.catalogue.remove(str(write("Hamar.md", document("Hamar")).resolve()))
    wanted = wanted_documents(home.catalogue, bundled=False)
    assert len(gone) == 1 and forgetting.needed(home.settings.index, wanted)
    rebuild(home, encoder)
    assert encoder.embedded == []
    assert not forgetting.needed(home.settings.index, wanted)
    content = b"".join(file.read_bytes() for file in files_of(home.settings.index))
    assert b"Bod" in content and b"hamar" not in content.lower()


def test_a_segment_of_a_removed_file_stays_until_half_of_it_is_dead(
    home: Home, write: Write, encoder: CountingEncoder
) -> None:
    for topic in ("Alta", "Bodø", "Hamar"):
        home.add(write(f"{topic}.md", document(topic)))
    rebuild(home, encoder)
    home.catalogue.remove(str(write("Hamar.md", document("Hamar")).resolve()))
    rebuild(home, encoder)
    wanted = wanted_documents(home.catalogue, bundled=False)
    assert not forgetting.needed(home.settings.index, wanted)  # published: nothing has to go
    assert len(open_current(home.settings.index).segments[0].removed) == 1


def as_approved(documents: Sequence[LibraryDocument]) -> list[LibraryDocument]:
    return [replace(document, origin="inquiry") for document in documents]


def test_no_generation_with_an_approved_answer_that_is_taken_away_is_kept(
    home: Home, write: Write, encoder: CountingEncoder
) -> None:
    for topic in ("Alta", "Bodø", "Hamar"):
        home.add(write(f"{topic}.md", document(topic)))
    answers = as_approved(wanted_documents(home.catalogue, bundled=False))
    index, shelf = home.settings.index, home.catalogue.shelf
    build(index, shelf, answers, encoder)
    left = [answer for answer in answers if answer.metadata.title != "Om Hamar"]
    assert len(left) == 2 and forgetting.needed(index, left)
    encoder.embedded.clear()
    build(index, shelf, left, encoder)
    assert encoder.embedded == [] and not forgetting.needed(index, left)
    assert len(list((index / "generations").iterdir())) == 1
    assert all(b"hamar" not in file.read_bytes().lower() for file in files_of(index))
    with pytest.raises(BuildRefused, match="no documents"):
        build(index, shelf, [], encoder)
    assert all(b"alta" not in file.read_bytes().lower() for file in files_of(index))
    with pytest.raises(IndexUnusable, match="No index"):
        open_current(index)


def _stop(*arguments: object) -> None:
    raise KeyboardInterrupt


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def built(home: Home, write: Write, encoder: CountingEncoder) -> Home:
    for topic in ("Alta", "Bodø"):
        home.add(write(f"{topic}.md", document(topic, paragraphs=3)))
    rebuild(home, encoder)
    return home


def damages() -> dict[str, Callable[[Path], object]]:
    def flip(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0x10
        path.unlink()  # the file may be linked from elsewhere
        path.write_bytes(bytes(content))

    def truncate(path: Path) -> None:
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content[: len(content) // 2])

    return {"missing": Path.unlink, "truncated": truncate, "bit flipped": flip}


@pytest.mark.parametrize("damage", damages())
def test_damage_to_any_file_is_refused_and_mended_by_a_build(
    built: Home, encoder: CountingEncoder, damage: str, tmp_path: Path
) -> None:
    whole = current_folder(built.settings.index)
    passages = open_current(built.settings.index).live_passages
    saved = tmp_path / "saved"
    shutil.copytree(whole, saved)
    for file in files_of(saved):
        shutil.rmtree(whole)
        shutil.copytree(saved, whole)
        damages()[damage](whole / file.relative_to(saved))
        with pytest.raises(IndexUnusable) as told:
            open_current(built.settings.index)
        assert "frisksvar index" in str(told.value), file
    rebuild(built, encoder)
    assert open_current(built.settings.index).live_passages == passages


def test_a_foreign_file_is_refused(built: Home) -> None:
    (current_folder(built.settings.index) / "000" / "extra.npy").write_bytes(b"x")
    with pytest.raises(IndexUnusable, match="foreign"):
        open_current(built.settings.index)


def test_a_segment_of_another_generation_is_refused(
    built: Home, write: Write, encoder: CountingEncoder
) -> None:
    first = current_folder(built.settings.index)
    built.add(write("c.md", document("Voss")))
    rebuild(built, encoder)
    second = current_folder(built.settings.index)
    last = sorted(path for path in second.iterdir() if path.is_dir())[-1]
    shutil.rmtree(last)
    shutil.copytree(first / "000", last)
    with pytest.raises(IndexUnusable, match="damaged"):
        open_current(built.settings.index)


def test_an_index_of_another_model_or_format_is_refused(built: Home) -> None:
    with pytest.raises(IndexUnusable, match="another model"):
        open_current(built.settings.index, "somethingelse")
    manifest = current_folder(built.settings.index) / "manifest.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**content, "format": 99}), encoding="utf-8")
    with pytest.raises(IndexUnusable, match="another format"):
        open_current(built.settings.index)


@pytest.mark.parametrize("name", ["", "../..", "no-such-generation", "\x00"])
def test_a_pointer_that_leads_nowhere_is_refused(built: Home, name: str) -> None:
    (built.settings.index / "current").write_text(name, encoding="utf-8")
    with pytest.raises(IndexUnusable):
        open_current(built.settings.index)


def test_segments_share_files_between_generations(
    built: Home, write: Write, encoder: CountingEncoder
) -> None:
    first = current_folder(built.settings.index) / "000" / "vectors.faiss"
    inode = first.stat().st_ino
    built.add(write("c.md", document("Voss")))
    rebuild(built, encoder)
    second = current_folder(built.settings.index) / "000" / "vectors.faiss"
    assert second.stat().st_ino == inode


@pytest.mark.parametrize(
    ("live", "sizes", "groups"),
    [
        ([10] * (FAN_IN - 1), [10] * (FAN_IN - 1), []),
        ([10] * FAN_IN, [10] * FAN_IN, [list(range(FAN_IN))]),
        ([10, 3], [10, 10], [[1]]),
        ([MOST] * FAN_IN, [MOST] * FAN_IN, []),
        ([40_000] * FAN_IN, [40_000] * FAN_IN, []),
    ],
    ids=["few", "many small", "mostly removed", "full", "two would be too large"],
)
def test_what_is_merged(live: list[int], sizes: list[int], groups: list[list[int]]) -> None:
    assert merge_plan(live, sizes) == groups


def test_a_segment_that_must_be_written_again_is_however_little_of_it_is_dead() -> None:
    assert merge_plan([10, 9], [10, 10], must={1}) == [[1]]
    assert merge_plan([MOST, 9], [MOST, 10], must={0}) == [[0]]
    assert merge_plan([10] * FAN_IN, [10] * FAN_IN, must={0}) == [list(range(FAN_IN))]
