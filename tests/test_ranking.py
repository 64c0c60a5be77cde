"""What ranks passages besides words and vectors: near-duplicates, places, weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests_support import Home

from indexer.generations.manifest import DocumentEntry
from indexer.index import Index
from indexer.library.stored import Metadata, StoredPassage
from indexer.ranking import places, weights
from indexer.ranking.folding import folded
from indexer.ranking.hits import Hit

Write = Callable[[str, str], Path]

SENTENCE = (
    "Kommunen bør starte med å kartlegge behovet, forankre tiltaket i planer og avtale samarbeid "
    "med fastlegene, før den ansetter folk og finner lokaler til frisklivssentralen i {year}. "
    "Erfaringene viser at {figure} av kommunene brukte mer enn ett år på dette arbeidet."
)


def hit(key: str, text: str, title: str = "Tittel", *path: str) -> Hit:
    entry = DocumentEntry(id=key, origin="file", location=key, metadata=Metadata(title=title))
    end = len(text)
    passage = StoredPassage(
        start=0, end=end, byte_start=0, byte_end=end, text=text, search_text=text, path=path
    )
    return Hit(key, entry, passage)


def said(year: int = 2016, figure: str = "12 prosent") -> str:
    return SENTENCE.format(year=year, figure=figure)


def test_the_same_in_another_edition_is_folded_into_the_better_hit() -> None:
    hits = [hit("new", said(2019)), hit("other", "Noe helt annet om kurs."), hit("old", said(2016))]
    best, other = folded(hits)
    assert (best.key, [also.key for also in best.also]) == ("new", ["old"])
    assert (other.key, other.also) == ("other", ())


def test_the_opposite_is_not_the_same() -> None:
    denied = said(2016).replace("Kommunen bør starte", "Kommunen bør ikke starte")
    assert [found.key for found in folded([hit("new", said(2019)), hit("old", denied)])] == [
        "new",
        "old",
    ]


def test_what_is_half_alike_is_not_folded() -> None:
    first, _, second = said().partition(". ")
    hits = [hit("new", said()), hit("old", f"{first}. Kursene koster penger, og mange slutter.")]
    assert len(folded(hits)) == 2 and second


def test_another_figure_is_another_answer() -> None:
    hits = [hit("new", said(figure="12 prosent")), hit("old", said(figure="17 prosent"))]
    assert [found.key for found in folded(hits)] == ["new", "old"]


def test_a_document_that_repeats_itself_is_not_listed_beside_itself() -> None:
    (only,) = folded([hit("one", said()), hit("one", said())])
    assert only.also == ()


@pytest.mark.parametrize("text", ["", "§", "2016"])
def test_texts_without_words_are_left_as_they_are(text: str) -> None:
    assert len(folded([hit("one", text), hit("two", text)])) == 2


ROGALAND, VESTLAND = frozenset({"rogaland"}), frozenset({"vestland"})


@pytest.mark.parametrize(
    ("headings", "wanted", "expected"),
    [
        (("Tilskudd i Rogaland 2023",), ROGALAND, 1.0),
        (("Tilskudd i Rogaland 2023",), VESTLAND, -1.0),
        (("Tilskudd", "Rogalands vilkår"), ROGALAND, 1.0),
        (("Veileder for frisklivssentraler",), ROGALAND, 0.0),
        (("Tilskudd i Rogaland 2023",), frozenset(), 0.0),
        (("Frisklivssentralen i Time",), frozenset({"time", "rogaland"}), 1.0),
    ],
)
def test_a_passage_is_near_far_or_neither(
    headings: tuple[str, ...], wanted: frozenset[str], expected: float
) -> None:
    assert places.nearness(headings, wanted) == expected


def test_the_places_a_question_names_count_before_the_askers_own() -> None:
    stavanger, bergen = "1103", "4601"
    assert "rogaland" in places.asked_about("Hvor mye kan vi søke om?", stavanger)
    named = places.asked_about("Hvor mye ga Vestland i tilskudd?", stavanger)
    assert "vestland" in named and "rogaland" not in named
    assert {"vestland", "hordaland"} <= places.asked_about("Hva gjelder i Bergen?", None)
    assert "vestland" in places.of_municipality(bergen)
    assert places.of_municipality("9999") == frozenset()


def test_the_askers_county_comes_first(home: Home, write: Write) -> None:
    for day, county in enumerate(("Rogaland", "Vestland", "Agder"), start=10):
        text = f"# Tilskudd i {county}\n\nKommunene kan søke om tilskudd innen {day}. april."
        home.add(write(f"{county}.md", text))
    searcher = home.build().open().searcher
    for code, county in (("1103", "Rogaland"), ("4601", "Vestland"), ("4204", "Agder")):
        results = searcher.search("Kan vi søke om penger?", language="nb", municipality=code)
        assert county in results.hits[0].document.metadata.title


def test_scores_are_probabilities(home: Home, write: Write) -> None:
    for number, text in enumerate(("Om journal.", "Om kurs i kosthold.", "Om røykeslutt.")):
        home.add(write(f"{number}.md", text))
    hits = home.build().open().searcher.search("kosthold", language="nb").hits
    assert sum(hit.score for hit in hits) == pytest.approx(1.0, abs=1e-4)
    assert "kosthold" in hits[0].passage.text


def test_a_signal_that_is_left_out_weighs_nothing() -> None:
    whole, without = weights.column(), weights.column({"heading"})
    place = weights.SIGNALS.index("heading")
    assert whole[place] != 0 and without[place] == 0
    assert np.delete(whole, place).tolist() == np.delete(without, place).tolist()


@pytest.mark.parametrize("switch", [*weights.SIGNALS, *weights.FIXED, "thesaurus", "thread"])
def test_every_part_can_be_left_out(bundled_home: Home, switch: str) -> None:
    index = Index(bundled_home.settings, without={switch})
    results = index.open().searcher.search(
        "Og hva med pengene?", language="nb", thread=("Hvordan starter vi?",)
    )
    assert results.hits


def test_an_unknown_part_cannot_be_left_out(bundled_home: Home) -> None:
    with pytest.raises(ValueError, match="luck"):
        Index(bundled_home.settings, without={"luck"}).open()


def test_without_the_thread_a_follow_up_has_its_own_words_only(bundled_home: Home) -> None:
    found = {
        without: {
            item.word
            for item in Index(bundled_home.settings, without=without)
            .open()
            .searcher.search("Og hva koster det?", language="nb", thread=("Hvem tar kurset?",))
            .asked
        }
        for without in (frozenset[str](), frozenset({"thread"}))
    }
    assert "kurset" in found[frozenset()] and "kurset" not in found[frozenset({"thread"})]


def test_without_the_place_a_county_counts_nothing(bundled_home: Home) -> None:
    for without, counts in ((frozenset[str](), True), (frozenset({"place"}), False)):
        searcher = Index(bundled_home.settings, without=without).open().searcher
        found = searcher.candidates("Hvor mye kan vi få?", language="nb", municipality="1103")
        assert bool(found.fixed.any()) is counts


def test_without_the_thesaurus_no_related_words_are_searched(bundled_home: Home) -> None:
    question = "fysio med papirene i orden"
    with_it, without_it = (
        Index(bundled_home.settings, without=without)
        .open()
        .searcher.search(question, language="nb")
        for without in (frozenset[str](), {"thesaurus"})
    )
    related = [word for item in with_it.asked for word in item.related]
    assert related and not any(item.related for item in without_it.asked)
