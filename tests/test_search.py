"""Searching: fusion, follow-ups, tables, editions, and many segments as one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests_support import Home

from indexer.expectation import cell
from indexer.index import Index
from indexer.library.stored import StoredPassage
from indexer.ranking.hits import Hit
from indexer.search import Results
from indexer.words.asked import own_words

Write = Callable[[str, str], Path]

STACKED = """Besøk

Tabell 7: Antall besøk ved sentralene i {first}–{last}

{years}

Totalt

Antall personer

{persons}

{total}

Antall kommuner

{places}

{sum}

Teksten fortsetter her med en vanlig setning om noe annet enn tallene i tabellen ovenfor.
"""


def stacked(first: int, persons: list[int], places: list[int]) -> str:
    last = first + len(persons) - 1
    return STACKED.format(
        first=first,
        last=last,
        years="\n\n".join(str(year) for year in range(first, last + 1)),
        persons="\n\n".join(map(str, persons)),
        total=sum(persons),
        places="\n\n".join(map(str, places)),
        sum=sum(places),
    )


def ask(index: Index, question: str, **more: object) -> Results:
    options = {"language": "nb", **more}
    return index.open().searcher.search(question, **options)  # type: ignore[arg-type]


def best(index: Index, question: str, **more: object) -> Hit:
    return ask(index, question, **more).hits[0]


TEXTS = {
    "Lokaler": "Frisklivssentralen kan leie lokaler i idrettshallen for en rimelig sum.",
    "Journal": "Fagsystemet må ha elektronisk pasientjournal med tilgangsstyring.",
    "Kurs": "Bra mat-kurset går over fem samlinger og koster 500 kroner for deltakeren.",
    "Tobakk": "Deltakere som vil slutte å røyke, får veiledning i gruppe eller alene.",
    "Henvisning": "Fastlegen, NAV og sykehuset kan henvise til frisklivssentralen.",
}


@pytest.fixture
def small(home: Home, write: Write) -> Index:
    for heading, text in TEXTS.items():
        home.add(write(f"{heading}.md", f"# {heading}\n\n{text}"))
    return home.build()


@pytest.mark.parametrize(
    ("question", "language", "words"),
    [
        ("Hvem kan henvise?", "nb", "Fastlegen"),
        ("Kven kan tilvise til oss?", "nn", "Fastlegen"),
        ("Which course about food is there?", "en", "Bra mat"),
        ("elektronsk pasientjurnal", "nb", "Fagsystemet"),
        ("Hei! Vi lurer på om noen har tips til leie av lokaler, på forhånd takk", "nb", "leie"),
    ],
    ids=["plain", "nynorsk", "English", "typos", "greeting"],
)
def test_the_right_passage_comes_first(
    small: Index, question: str, language: str, words: str
) -> None:
    assert words in best(small, question, language=language).passage.text


def test_a_follow_up_is_read_with_the_question_before_it(small: Index) -> None:
    follow_up = best(small, "og hva koster det?", thread=["Hva er Bra mat-kurset?"])
    assert "Bra mat" in follow_up.passage.text


def test_coverage_tells_how_much_of_the_question_a_passage_has(small: Index) -> None:
    assert best(small, "slutte å røyke").coverage > 0.95
    assert best(small, "kvantemekanikk og supernovaer").coverage < 0.3
    assert ask(small, "kvantemekanikk og supernovaer").known < 0.3
    assert ask(small, "slutte å røyke").known == pytest.approx(1.0)


def test_a_figure_is_found_in_a_table_saved_with_one_cell_a_line(home: Home, write: Write) -> None:
    home.add(write("rapport.txt", stacked(2014, [178, 186, 198], [45, 53, 38])))
    home.add(
        write(
            "annet.txt", "Besøk\n\nDet var mange besøk i 2015, og flere kommuner kom igjen i 2016."
        )
    )
    hit = best(home.build(), "Hvor mange personer kom på besøk i 2015?")
    assert hit.passage.table is not None
    assert {row.label for row in hit.passage.table.rows} == {"Antall personer", "Antall kommuner"}


def test_the_newest_edition_comes_first_and_a_named_period_its_own(
    home: Home, write: Write
) -> None:
    for first, count in ((2010, 3), (2010, 5)):
        title = f"Sentralenes arbeid {first}-{first + count - 1}"
        front = f'---\ntitle: "{title}"\n---\n'
        home.add(write(f"{count}.md", front + stacked(first, [11] * count, [5] * count)))
    index = home.build()
    newest = best(index, "Hvor mange personer kom på besøk?")
    named = best(index, "Hvor mange personer kom på besøk i perioden 2010-2012?")
    assert newest.document.metadata.edition == "2010–2014"
    assert named.document.metadata.edition == "2010–2012"


def test_several_segments_score_as_one(home: Home, write: Write, tmp_path: Path) -> None:
    texts = {
        f"{n}.md": f"# Emne {n}\n\nKommune {n} har {word} som tilbud til innbyggerne sine."
        for n, word in enumerate("turgruppe matkurs svømming samtaler yoga styrketrening".split())
    }
    for name, text in texts.items():
        home.add(write(name, text))
        home.build()
    whole = Home(tmp_path / "whole")
    for name, text in texts.items():
        whole.add(write(name, text))
    one, many = whole.build(), home.build()
    assert len(many.open().searcher.generation.segments) > 1
    for question in ("tilbud om styrketrening", "matkurs", "hva har kommune 3"):
        pairs = [
            [(hit.passage.text, round(hit.score, 2)) for hit in ask(index, question).hits]
            for index in (one, many)
        ]
        assert sorted(pairs[0]) == sorted(pairs[1])
    whole.store.close()


def test_an_index_opened_earlier_serves_the_next_generation(home: Home, write: Write) -> None:
    home.add(write("a.md", "# A\n\nTurgruppa møtes på torget hver tirsdag klokka ti."))
    index = home.build()
    before = index.open()
    home.add(write("b.md", "# B\n\nSvømmekurset er i basseng på onsdager."))
    home.build()
    assert "Svømmekurset" in best(index, "svømmekurs").passage.text
    old = before.searcher.search("turgruppa", language="nb").hits[0]
    assert "Turgruppa" in old.passage.text


def test_what_the_index_holds_is_what_the_source_says(bundled_home: Home) -> None:
    index = Index(bundled_home.settings)
    opened = index.open()
    checked = 0
    for segment in opened.searcher.generation.segments:
        for number in range(len(segment)):
            passage: StoredPassage = segment.passage(number)
            document = opened.searcher.generation.documents[segment.document(number)]
            text = (opened.shelf.path(document.id) / "text.txt").read_bytes().decode()
            assert text[passage.start : passage.end] == passage.text
            read = opened.shelf.read(document.id, passage.byte_start, passage.byte_end)
            assert read == passage.text
            checked += 1
    assert checked == opened.searcher.generation.live_passages > 250


def test_passages_are_short(bundled_home: Home) -> None:
    generation = Index(bundled_home.settings).open().searcher.generation
    lengths = [
        len(segment.passage(number).text.split())
        for segment in generation.segments
        for number in range(len(segment))
    ]
    assert np.mean(lengths) <= 120


def test_a_follow_up_about_another_year_forgets_the_first(home: Home, write: Write) -> None:
    home.add(write("rapport.txt", stacked(2014, [178, 186, 198], [45, 53, 38])))
    results = ask(home.build(), "og i 2016?", thread=["Hvor mange kommuner var på besøk i 2015?"])
    found = cell(results.hits[0].passage, own_words(results.asked))
    assert found is not None and (found.row, found.column) == ("Antall kommuner", "2016")
    assert found.cell.text == "38"


def test_the_whole_period_of_a_table_asks_for_its_total(home: Home, write: Write) -> None:
    home.add(write("rapport.txt", stacked(2014, [178, 186, 198], [45, 53, 38])))
    results = ask(home.build(), "Hvor mange kommuner var på besøk i perioden 2014–2016?")
    found = cell(results.hits[0].passage, own_words(results.asked))
    assert found is not None and found.cell.text == str(45 + 53 + 38)
