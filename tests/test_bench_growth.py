"""The growth measurement: what it fills, that it measures it all, and that nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bench import growth
from bench.curve import NAMES, drawn
from bench.growing import QUESTIONS, ROUNDS, Grown, Taken, grown
from bench.queue import fill
from bench.shelving import PASSAGES, shelve

from indexer.library.shelf import Shelf
from knowledge.store import Store

SVG = "{http://www.w3.org/2000/svg}"


def a_size(size: int) -> Grown:
    """Made-up figures: everything takes as many milliseconds as there are thousands."""
    took = Taken(size / 1000, size / 500, size / 2000)
    return Grown(
        size, 1000, 0.002, 2000, 0.001, size * 4000, size * 5000, size / 100,
        took, took, took, took, {"answered": 3, "not_covered": 1}, 2.0,
    )  # fmt: skip


def test_the_shelved_passages_stand_in_the_stored_text_where_they_say(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    documents = shelve(shelf, PASSAGES + 5)
    counts = [shelf.passage_count(document.id) for document in documents]
    assert counts == [PASSAGES, 5]
    for document in documents:
        text = (shelf.path(document.id) / "text.txt").read_text(encoding="utf-8")
        for passage in shelf.passages(document.id):
            assert text[passage.start : passage.end] == passage.text
            source = shelf.read(document.id, passage.byte_start, passage.byte_end)
            assert source == passage.text


def test_the_register_is_filled_the_same_however_many_rows_are_made_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def filled(name: str) -> list[tuple[object, ...]]:
        with Store(tmp_path / name) as store:
            fill(store, 50)
            return store.database.conn.execute("SELECT * FROM inquiries ORDER BY id").fetchall()

    whole = filled("whole.db")
    monkeypatch.setattr("bench.queue.AT_ONCE", 7)
    assert len(whole) == 50
    assert filled("slices.db") == whole


def test_a_size_is_measured_with_the_whole_answer(tmp_path: Path) -> None:
    measured = grown(120, tmp_path)
    assert measured.size == 120
    assert sum(measured.outcomes.values()) == QUESTIONS * (ROUNDS + 1)
    assert measured.outcomes["answered"] > 0
    assert not measured.outcomes.keys() & {"failed"}
    assert measured.answer.median > measured.search.median > 0
    assert min(measured.build, measured.encode, measured.memory, measured.disk) > 0
    with Store(tmp_path / "frisksvar.db") as store:
        count = "SELECT count(*) FROM inquiries WHERE channel = 'cli'"
        (asked,) = store.database.conn.execute(count).fetchone()
        (quotes,) = store.database.conn.execute("SELECT count(*) FROM inquiry_quotes").fetchone()
    assert asked == QUESTIONS * (ROUNDS + 1), "each question was written down"
    assert quotes > 0, "and what was quoted"


def interrupted_after(sizes: int) -> Callable[[int, Path], Grown]:
    measured: list[int] = []

    def measure(size: int, home: Path) -> Grown:
        assert home.is_dir()
        if len(measured) == sizes:
            raise KeyboardInterrupt
        measured.append(size)
        return a_size(size)

    return measure


def test_an_interrupted_run_keeps_what_it_measured_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results, sizes = tmp_path / "growth.jsonl", (1_000, 10_000, 100_000)
    monkeypatch.setattr(growth, "grown", interrupted_after(2))
    with pytest.raises(KeyboardInterrupt):
        list(growth.measure_growth(tmp_path, sizes, results=results))
    assert growth.kept(results) == [a_size(1_000), a_size(10_000)]
    monkeypatch.setattr(growth, "grown", interrupted_after(1))
    *_, measured = growth.measure_growth(tmp_path, sizes, results=results)
    assert measured == [a_size(size) for size in sizes] == growth.kept(results)
    assert [path.name for path in tmp_path.iterdir()] == ["growth.jsonl"], "the homes are gone"


def test_the_table_compares_the_largest_with_the_smallest() -> None:
    lines = growth.table([a_size(1_000), a_size(100_000)]).splitlines()
    rows = {
        cells[0]: cells[1:] for cells in ([c.strip() for c in x.split("|")[1:-1]] for x in lines)
    }
    assert rows[""] == ["1,000", "100,000", "last : first"]
    assert rows["a whole answer, median"] == ["1.0 ms", "100.0 ms", "100.0"]
    assert rows["a search, 95 of 100"] == ["2.0 ms", "200.0 ms", "100.0"]
    assert rows["memory of a passage"] == ["5,000 B", "5,000 B", ""]
    assert rows["build : model alone, time"] == ["2.00", "2.00", ""]
    assert rows["build : model alone, processor"] == ["2.00", "2.00", ""]
    assert rows["answered, of the questions"] == ["75%", "75%", ""]


def test_the_curve_says_its_figures_in_words_and_draws_more_higher_up() -> None:
    svg = ElementTree.fromstring(growth.curve([a_size(1_000), a_size(1_000_000)]))
    told = svg.findtext(f"{SVG}desc") or ""
    assert "a whole answer: 1.0 ms at 1,000, 1000.0 ms at 1,000,000" in told
    lines = svg.findall(f"{SVG}polyline")
    assert len(lines) == len(NAMES) == told.count("at 1,000,000")
    for line in lines:
        (x, y), (x_last, y_last) = (pair.split(",") for pair in line.attrib["points"].split())
        assert float(x_last) > float(x)
        assert float(y_last) < float(y), "more time is higher up"


def test_a_curve_of_one_size_is_drawn() -> None:
    assert ElementTree.fromstring(drawn({1_000: (4.0, 3.0, 2.0, 1.0)})) is not None
