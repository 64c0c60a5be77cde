"""Passages: verbatim, whole sentences, within one section, and nothing lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.documents import Document, FrontMatter, Section
from indexer.loaders import load
from indexer.loaders.markdown import load_markdown
from indexer.loaders.plain import load_text
from indexer.passages import (
    MAX_SENTENCE_WORDS,
    MAX_TABLE_WORDS,
    MAX_WITH_TAIL,
    MAX_WORDS,
    Passage,
    passages,
    sentences,
)
from indexer.sections import is_boilerplate, text_structure

FIXTURES = Path(__file__).parent / "documents"


def text_document(text: str) -> Document:
    return load_text(text, "Hageboka", FrontMatter())


def plain(text: str) -> Document:
    return Document("Hageboka", text, (Section(("Vanning",), 0, len(text)),))


def quotes(document: Document) -> list[str]:
    return [document.text[p.start : p.end] for p in passages(document)]


def words(text: str) -> int:
    return len(text.split())


def prose(count: int, *, each: int = 12, start: str = "Ord") -> str:
    """`count` sentences of `each` words."""
    return " ".join(
        f"{start} {i} " + " ".join(["hage"] * (each - 3)) + " slutt." for i in range(count)
    )


# Sentences


@pytest.mark.parametrize(
    "sentence",
    [
        "Det gjelder bl.a. Oslo og f.eks. Bergen, jf. § 3-2.",
        "Det koster ca. 100 eller kr. 50 000 pr. 1. mars.",
        "Se nr. 3, pkt. 4 og kap. 5, dvs. Meld. St. 16 fra 2011.",
        "Frist er 3. mars og 1. Mai er fri.".replace("Mai", "mai"),
        "§ 3-2. Kommunen skal ha et tilbud.",
        "1.2. Kommunens ansvar",
        "3. Bidra til drift.",
        "Lege H. Øien og dr. Åsen kom.",
        "Poteter, løk osv. er billig.",
        "De kom fra skoler m.fl. i byen.",
        "Lengden er 3.5 meter … omtrent.",
        "Versjon 1.2 av planen er vedtatt",
    ],
)
def test_a_full_stop_that_ends_no_sentence(sentence: str) -> None:
    assert sentences(sentence) == [(0, len(sentence))]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Vi kom i 2016. Det var fint.", ["Vi kom i 2016.", "Det var fint."]),
        ("Det gjelder skoler m.fl. Andre må vente.", ["Det gjelder skoler m.fl.",
                                                      "Andre må vente."]),
        ("Hva nå? «Ja!» Og så?", ["Hva nå?", "«Ja!»", "Og så?"]),
        ("Loven krever det (jf. § 3-2). Sentralen gir hjelp.",
         ["Loven krever det (jf. § 3-2).", "Sentralen gir hjelp."]),
        ("Sagt av en.\n– Vi er glade.", ["Sagt av en.", "– Vi er glade."]),
        ("En linje\nsom går videre.\n\nNeste", ["En linje\nsom går videre.", "Neste"]),
        ("Vi har:\n • poteter\n • løk\n   i bunt\n 3. mat", ["Vi har:", "• poteter",
                                                             "• løk\n   i bunt", "3. mat"]),
        ("Tabell 1: Tall. Mer\nTekst", ["Tabell 1: Tall.", "Mer", "Tekst"]),
        ("Er stengt. 45 personer kom.", ["Er stengt.", "45 personer kom."]),
        ("", []),
        (" \n\u00a0\n", []),
    ],
)  # fmt: skip
def test_where_sentences_end(text: str, parts: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == parts


@given(st.text(alphabet="aB1 .!?«»\n•-§:,\u00a0–", max_size=300) | st.text(max_size=300))
def test_sentences_hold_all_text_in_order(text: str) -> None:
    end = 0
    for a, b in sentences(text):
        assert end <= a < b
        assert not text[end:a].strip()
        end = b
    assert not text[end:].strip()


# Passages


def test_a_short_section_is_one_passage_with_its_headings_as_context() -> None:
    document = text_document("3.1. Vanning\n\nVi vanner hver morgen.\n\nOgså om kvelden.\n")
    (passage,) = passages(document)
    assert (
        document.text[passage.start : passage.end] == "Vi vanner hver morgen.\n\nOgså om kvelden."
    )
    assert passage.context == "3.1. Vanning"
    assert (passage.path, passage.kind, passage.table) == (("3.1. Vanning",), "text", None)


def test_a_long_section_is_cut_between_sentences_near_the_target() -> None:
    found = quotes(plain(prose(60)))
    assert all(q.startswith("Ord") and q.endswith("slutt.") for q in found)
    assert all(words(q) <= MAX_WORDS for q in found[:-1])
    assert 80 <= sum(map(words, found)) / len(found) <= 110


def test_a_short_rest_goes_with_the_passage_before() -> None:
    found = quotes(plain(prose(8) + "\n\n" + prose(1, each=8)))
    assert len(found) == 1 and words(found[0]) <= MAX_WITH_TAIL


def test_a_paragraph_end_is_preferred() -> None:
    found = quotes(plain(prose(6) + "\n\n" + prose(6, start="Nytt")))
    assert [q.split()[0] for q in found] == ["Ord", "Nytt"]


@pytest.mark.parametrize(("length", "parts"), [(119, 1), (149, 1), (151, 2), (400, 4)])
def test_a_long_sentence_is_cut_only_above_the_limit(length: int, parts: int) -> None:
    text = " ".join(["ord"] * (length - 1)) + " slutt."
    found = quotes(plain(text))
    assert len(found) == parts
    assert all(words(q) <= MAX_SENTENCE_WORDS for q in found)


def test_a_long_sentence_is_cut_at_a_comma() -> None:
    text = " ".join(["ord"] * 99) + " komma, " + " ".join(["mer"] * 80)
    assert quotes(plain(text))[0].endswith("komma,")


def test_what_introduces_a_list_stays_with_its_first_items() -> None:
    items = "".join(f"\n • ting nummer {i} som vi har i hagen vår" for i in range(20))
    text = prose(9) + "\n\nVi har disse tingene:\n" + items
    found = quotes(plain(text))
    first = next(q for q in found if "Vi har disse tingene:" in q)
    assert "ting nummer 0" in first
    rest = [p for p in passages(plain(text)) if text[p.start].startswith("•")]
    assert rest and all(p.context.endswith("Vi har disse tingene:") for p in rest)


def test_list_items_stay_whole() -> None:
    items = "\n".join(f" {i}. Gjør jobb {i}. Det tar litt tid hver gang." for i in range(1, 31))
    for quote in quotes(plain("Oppgaver:\n\n" + items)):
        assert re.match(r"Oppgaver:|\d+\. Gjør", quote) and quote.endswith("gang.")


def test_passages_of_a_page_saved_as_text() -> None:
    document = load(FIXTURES / "saved_page.txt")
    found = passages(document)
    tables = [p for p in found if p.kind == "table"]
    assert [p.table for p in tables] == [0, 1]
    assert "Antall gjester 2019: 30; 2020: 11; 2021: 20; Totalt: 61" in tables[0].context
    assert "Frø: 22,2 %" in tables[1].context
    assert tables[0].context.startswith("Kapittel 2 Resultater > Besøk og samtaler\nTabell 1")
    listed = next(
        q for q in quotes(document) if q.startswith("Tabell 2: Hvem som har besøkt hagene:")
    )
    assert listed.endswith("FAU")
    texts = [document.text[p.start : p.end] for p in found if p.kind == "text"]
    assert not any("Antall gjester" in text for text in texts)
    check(document, found)


def test_questions_and_anchor_come_with_the_passage() -> None:
    document = load(FIXTURES / "headings.md")
    vanning = next(p for p in passages(document) if p.path[-1] == "Vanning")
    assert len(vanning.questions) == 2
    assert vanning.anchor == "vann"


def test_a_long_table_is_cut_between_rows_with_the_header_in_every_context() -> None:
    rows = "\n".join(f"| Skole nummer {i} i kommunen | {i} | {i * 7} |" for i in range(60))
    document = load_markdown(
        f"# Tall\n\nTabell 1: Avling\n\n| Skole | A | B |\n|--|--|--|\n{rows}\n", "x", FrontMatter()
    )
    found = passages(document)
    assert len(found) > 3
    assert all(p.kind == "table" for p in found)
    assert all("Tabell 1: Avling\nSkole | A | B" in p.context for p in found)
    assert all(words(document.text[p.start : p.end]) <= MAX_TABLE_WORDS for p in found)
    assert sum(p.context.count("Skole nummer") for p in found) == 60
    check(document, found)


def test_pages_follow_the_passage_and_not_the_section() -> None:
    text = prose(8) + "\n\n" + prose(8, start="Side")
    document = Document(
        "T", text, (Section(("V",), 0, len(text), page=1),), pages=(0, text.index("Side"))
    )
    assert [p.page for p in passages(document)] == [1, 2]


def check(document: Document, found: list[Passage]) -> None:
    """In order, within their section, not overlapping, and together all of the sections' text."""
    text = document.text
    end = 0
    covered = bytearray(len(text))
    for passage in found:
        section = document.sections[passage.section]
        assert section.start <= passage.start < passage.end <= section.end
        assert end <= passage.start
        end = passage.end
        assert not text[passage.start].isspace() and not text[passage.end - 1].isspace()
        covered[passage.start : passage.end] = b"\1" * (passage.end - passage.start)
        if passage.kind == "text":
            assert words(text[passage.start : passage.end]) <= MAX_SENTENCE_WORDS
    for section in document.sections:
        for i in range(section.start, section.end):
            assert covered[i] or text[i].isspace()


LINES = st.sampled_from(
    ["Kapittel 2Resultater", "3.1. Vanning", "Samarbeid", "Kommentar til hager:", "", "", "\u00a0",
     "Du benytter en nettleser vi ikke støtter.", "Sist oppdatert: 1. mai 2020", "# Overskrift",
     "## Under", "<!-- questions\nHva?\n-->", "<!-- åpen", "Tabell 1: Tall", "2014", "2015",
     "Totalt", "12", "66,7%", "| a | b |", "|---|---|", "| c | 1 |", "År Antall A", "2014 178",
     "Vi har:", " • punkt", " 1. Første punkt. Med to setninger.", "```", "----",
     prose(2), prose(12), " ".join(["lang"] * 300)]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(LINES, max_size=30), st.sampled_from(["\n", "\n\n"]), st.booleans())
def test_any_text_is_covered_by_passages(lines: list[str], joint: str, markdown: bool) -> None:
    text = joint.join(lines)
    make = load_markdown if markdown else load_text
    document = make(text, "x", FrontMatter())
    assert document.text == text
    check(document, passages(document))


@given(st.text())
def test_no_text_breaks_the_splitting(text: str) -> None:
    for make in (load_text, load_markdown):
        document = make(text, "x", FrontMatter())
        check(document, passages(document))


@given(st.lists(LINES, max_size=30))
def test_only_headings_and_boilerplate_are_outside_the_sections(lines: list[str]) -> None:
    text = "\n\n".join(lines)
    structure = text_structure(text)
    document = load_text(text, "x", FrontMatter())
    spans = [
        *((h.start, h.end) for h in structure.headings),
        *structure.left_out,
        *((s.start, s.end) for s in document.sections),
    ]
    inside = {i for a, b in spans for i in range(a, b)}
    assert all(i in inside or c.isspace() for i, c in enumerate(text))


# Headings


@pytest.mark.parametrize(
    ("line", "left_out"),
    [
        ("Du benytter en nettleser vi ikke støtter. Se informasjon om nettlesere", True),
        ("Hopp til hovedinnhold", True),
        ("Siste faglige endring: 20. desember 2023", True),
        ("1.2 Vanning om sommeren ........ 12", True),
        ("2 Jord . . . . . . . . . 3", True),
        ("Lukk døra til drivhuset", False),
        ("Søknaden sendes i januar.", False),
        ("Sist i køen sto 12 elever", False),
        ("Vi ventet ... og ventet i 14", False),
    ],
)
def test_lines_that_belong_to_the_page_and_not_to_the_text(line: str, left_out: bool) -> None:
    assert is_boilerplate(line) is left_out
    document = text_document(f"Tekst før.\n{line}\nTekst etter.")
    assert (line not in "".join(quotes(document))) is left_out
    assert line in document.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kapittel 4Mål og metode\n\nTekst her.", [("Kapittel 4 Mål og metode",)]),
        ("3.1. Vanning\n\nTekst her.", [("3.1. Vanning",)]),
        ("3 Vanning\n\n3.1 Tider\n\nTekst her.", [("3 Vanning", "3.1 Tider")]),
        ("Vanning\n=======\n\nTekst her.", [("Vanning",)]),
        ("Mål\n\nTekst her.\n\nMetode\n\nTekst her.", [("Mål",), ("Metode",)]),
        ("Oppgaver:\n\nDette er en setning.", [("Oppgaver",)]),
        # none of these is a heading
        ("Vi har:\n\n • en\n • to", [()]),
        ("Dette er en setning.\n\nOg en til.", [()]),
        ("Vi har vært her.\n\nKommentar fra en skole i 2018\n\nVi kommer igjen.", [()]),
        ("Tekst her.\n\nElever\n\nLærere\n\nFAU\n\nTekst som følger her.", [()]),
        ("Tabell 1: Hvem\n\nElever\n\nLærere\n\nFAU\n\nØkonomi\n\nTekst her.", [(), ("Økonomi",)]),
        ("1. Ta imot\n\n2. Gi bort\n\n3. Hvil deg litt etterpå, for dagen er lang.", [()]),
    ],
)
def test_headings_of_a_text_without_markup(text: str, expected: list[tuple[str, ...]]) -> None:
    assert [section.path for section in text_document(text).sections] == expected
