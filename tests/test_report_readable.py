"""The report's documents for readers: plain sentences, no addresses, tables that can be read."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from report_tables import STATE, report

from knowledge.exports import docx as word
from knowledge.exports.charts import figures as drawn
from knowledge.exports.csv_package import package
from knowledge.exports.docx_parts import AROUND, BOLD_LETTER, LETTER, LONGEST_WORD, PAGE, widths
from knowledge.exports.html import page
from knowledge.exports.text import chapters
from knowledge.exports.text_answers import FRAMES, KINDS, PARTNERS, PHRASES
from knowledge.exports.text_corrections import printed
from knowledge.exports.text_tables import Cell, Grid
from knowledge.exports.xlsx import workbook
from knowledge.messages import LANGUAGES, Language
from knowledge.reference import figures
from knowledge.reference.annual_form import annual_fields
from knowledge.reference.annual_measures import annual_measures
from knowledge.statistics.report import Report
from knowledge.statistics.scope import Scope
from knowledge.statistics.table import HIDDEN, Row, Value

EDITION = Scope(2022, 2022)


def said(made: Report, chapter: str, language: Language = "nb") -> str:
    [found] = [each for each in chapters(made, language) if each.id == chapter]
    return " ".join(text for section in found.sections for text in section.paragraphs)


# Figures whose document does not tell the year (typed in from the documents)

WITHOUT_YEAR = {
    "communication/2022/media/share",
    "communication/2022/social-media-regular/share",
    "communication/2022/idea-bank-link/centres",
    "communication/2022/idea-bank-link/answered",
    "communication/2022/idea-bank-shared/centres",
    "communication/2022/idea-bank-shared/answered",
    "cooperation/2022/governor-own/meetings/centres",
    "cooperation/2022/governor-own/research/centres",
    "cooperation/2022/governor-others/any/share",
    "cooperation/2022/county-own/meetings/centres",
    "cooperation/2022/county-own/research/centres",
    "cooperation/2022/county-others/any/share",
    "cooperation/2018/county-others/any/share",
}


def test_a_figure_of_a_whole_period_does_not_say_that_its_year_is_stated() -> None:
    assert {each.cell for each in figures() if each.cell and each.basis == "edition"} == (
        WITHOUT_YEAR
    )
    for each in figures():
        if each.basis == "edition":
            assert each.column in ("2014-2018", "2014-2022", "2016-2022"), each.id


def test_sharing_ideas_of_the_bank_is_not_the_question_of_the_form() -> None:
    fields = {each.id: each.field for each in annual_measures() if each.table == "communication"}
    assert fields["ideas-spread"] == "ideas-spread" and fields["idea-bank-shared"] is None
    assert not [each for each in figures() if "ideas-spread" in each.cell]


IDEAS: list[Row] = [
    (2022, "idea-bank-link", "Lenke til Idébanken", "published", "edition", 7, 9, 77.8),
    (2022, "idea-bank-shared", "Delte ideer", "published", "edition", 6, 9, 66.7),
]


@pytest.mark.parametrize(
    ("language", "lead"),
    [
        ("nb", "Ifølge utgaven for 2014–2022, som ikke oppgir året: 7 av 9 sentraler hadde "),
        ("nn", "Ifølgje utgåva for 2014–2022, som ikkje seier kva år: 7 av 9 sentralar hadde "),
        ("en", "By the edition for 2014–2022, which does not tell the year: 7 of 9 centres had "),
    ],
)
def test_the_text_has_the_edition_where_there_is_no_year(language: Language, lead: str) -> None:
    text = said(report({"communication": IDEAS}, scope=EDITION), "ideas", language)
    assert text.startswith(lead)
    assert "i 2022" not in text and "in 2022" not in text


def test_figures_and_tables_have_the_edition_too() -> None:
    made = report({"communication": IDEAS}, scope=EDITION)
    labels = [point.label for point in drawn(made, "nb")["communication"].points]
    assert labels == ["Lenke til Idébanken (2014–2022)", "Delte ideer (2014–2022)"]
    shown = printed(made, "communication", "nb")
    assert "Grunnlag" not in shown.header
    assert shown.rows[0][1].text == "publisert (2014–2022)"


def test_a_number_without_how_many_answered_is_told() -> None:
    rows: list[Row] = [
        (2022, "county-own", "meetings", "Møter", "published", "edition", 3, None, None),
        (2022, "governor-own", "research", "Forskning", "published", "edition", 1, None, None),
        (2022, "county-own", "research", "Forskning", "published", "edition", 1, None, None),
        (2022, "county-others", "any", "Andre", "published", "edition", None, None, 50.0),
    ]
    text = said(report({"cooperation": rows}, scope=EDITION), "cooperation")
    assert "3 utviklingssentraler hadde faste møter med fylkeskommunen i eget fylke." in text
    assert "50\u00a0% av sentralene samarbeidet med andre fylkeskommuner i regionen." in text
    # One did each; the document does not say that it was the same one.
    assert text.count("1 utviklingssentral arbeidet med forskning og utvikling sammen med") == 2


# Answers in sentences


def test_every_measure_of_the_form_has_a_sentence() -> None:
    measures = {each.id for each in annual_measures() if each.table == "communication"}
    options = {each.id: {one.id for one in each.options} for each in annual_fields()}
    assert measures | options["research"] == PHRASES.keys()
    assert {"any"} <= KINDS.keys() and len(PARTNERS) == 5 and len(FRAMES) == 4


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("centres", "joined"), [(9, True), (0, True), (5, False)])
def test_only_what_all_or_none_did_is_joined(
    language: Language, centres: int, joined: bool
) -> None:
    rows: list[Row] = [
        (2026, key, key, "register", None, centres, 9, centres / 0.09)
        for key in ("website", "plan")
    ]
    text = said(report({"communication": rows}), "communication", language)
    sentences = [each for each in text.split(". ") if "9" in each]
    assert len(sentences) == (1 if joined else 2)


def test_sentences_have_no_lists_of_labels() -> None:
    rows: dict[str, list[Row]] = {
        "communication_groups": [
            (2026, "nav", "Nav", "register", None, 9, 9, 100.0),
            (2026, "press", "Presse", "register", None, 9, 9, 100.0),
        ],
        "social_media": [(2026, "other", "Andre", "register", None, 4, 9, 44.4)],
        "form_numbers": [
            (2026, "talks", "Innlegg på konferanser", "talks", 9, 23),
            (2026, "ideas", "Ideer som ble delt", "ideas", 9, 1),
        ],
    }
    made = report(rows)
    text = said(made, "communication")
    assert "Alle de 9 sentralene som svarte, henvendte seg til Nav og presse." in text
    assert "4 av 9 sentraler brukte andre sosiale medier." in text
    assert "Det ble holdt 23 innlegg på konferanser i 2026, ifølge årsskjemaene." in text
    assert said(made, "ideas") == "Til sammen ble 1 idé delt i 2026, ifølge årsskjemaene."
    assert said(made, "ideas", "nn") == "Til saman vart 1 idé delt i 2026, ifølgje årsskjema."


def test_each_use_of_the_grant_has_a_sentence() -> None:
    rows: list[Row] = [
        (2026, "events", "Kurs og møter", "register", None, 1, 1, 100.0),
        (2026, "travel", "Reiser", "register", None, 1, 1, 100.0),
    ]
    made = report({"grant_use": rows}, scope=Scope(2026, 2026, "modum"))
    assert said(made, "grant").endswith(
        "Sentralen brukte tilskuddet til kurs og møter. Sentralen brukte tilskuddet til reiser."
    )


# How long it took


def timed(inquiries: Value, median: float, p90: float) -> str:
    rows: list[Row] = [(2026, "resolved", "Løst", inquiries, median, p90)]
    return said(report({"response_times": rows}), "visits")


@pytest.mark.parametrize("inquiries", [1, 4])
def test_no_percentile_of_a_few(inquiries: int) -> None:
    text = timed(inquiries, 4.51, 4.51)
    assert "halvparten" not in text and "4,51" not in text
    assert f"Løst i 2026 er kjent for {inquiries} henvendelse" in text


@pytest.mark.parametrize(
    ("p90", "told"), [(48.0, "48 timer"), (48.01, "2 dager"), (88.8, "3,7 dager")]
)
def test_long_times_are_told_in_days(p90: float, told: str) -> None:
    wanted = f"Løst i 2026 (5 henvendelser): halvparten innen 4,51 timer og ni av ti innen {told}."
    assert wanted in timed(5, 4.51, p90)


@pytest.mark.parametrize("inquiries", [HIDDEN, 0])
def test_a_hidden_number_of_times_tells_nothing(inquiries: Value) -> None:
    assert "Løst" not in timed(inquiries, 4.51, 4.51)


# Corrections

CORRECTED: list[Row] = [
    (2025, "visits/2025/persons", "1", 1067, 70, "open", "Rettet", "2026-01-31T23:30:00Z", None),
    (2025, "inquiries_by_county/2025/11/inquiries", "1", None, 7, "open", None, None, None),
    (2025, "inquiries_by_month/2025/2/inquiries", "1", 6, 7, "open", None, None, None),
    (2025, "communication/2025/website/share", "1", 88.9, 100.0, "open", None, None, None),
    (2025, "inquiries/2025", "1", HIDDEN, HIDDEN, "open", None, None, None),
]


def test_a_correction_names_table_row_and_column() -> None:
    made = report(
        {
            "corrections": CORRECTED,
            "inquiries_by_county": [(2025, "11", "Rogaland", 7)],
            "communication": [
                (2026, "website", "Egen nettside", "register", None, 9, 9, 100.0),
            ],
        },
        scope=Scope(2025, 2026),
    )
    shown = printed(made, "corrections", "nb")
    assert shown.header[:6] == ("År", "Tabell", "Rad", "Kolonne", "Før", "Etter")
    assert "Hvem" not in shown.header  # nobody is named in any row
    rows = [[cell.text for cell in row] for row in shown.rows]
    assert rows[0] == [
        *("2025", "Hospiteringer per år", "–", "Personer", "1\u00a0067", "70"),
        *("åpen", "Rettet", "1. februar 2026"),
    ]
    assert [row[1:6] for row in rows[1:]] == [
        ["Henvendelser etter fylke", "Rogaland", "Henvendelser", "..", "7"],
        ["Henvendelser etter måned", "feb", "Henvendelser", "6", "7"],
        ["Kommunikasjonsarbeid", "Egen nettside", "Andel", "88,9\u00a0%", "100\u00a0%"],
        ["Henvendelser per år", "–", "", ":", ":"],
    ]
    text = page(made, "nb")
    assert "/2025/" not in text and "T23:30" not in text


@pytest.mark.parametrize(
    ("closed", "told"),
    [
        ((), "Ingen av årene er lukket: tallene kan ennå endre seg."),
        ((2025,), "Ingen tall er endret etter at årene ble lukket: 2025."),
        ((2024,), "Ingen av årene er lukket: tallene kan ennå endre seg."),  # of another report
    ],
)
def test_without_corrections_one_sentence_says_so(closed: tuple[int, ...], told: str) -> None:
    state = replace(STATE, closed_years=closed)
    made = report(scope=Scope(2025, 2026), state=state)
    assert said(made, "corrections") == told
    assert "Rettelser av lukkede år" not in page(made, "nb")


# Tables in the Word document


def table(*columns: tuple[str, list[str]]) -> Grid:
    header = tuple(head for head, _ in columns)
    rows = tuple(tuple(map(Cell, row)) for row in zip(*(each for _, each in columns), strict=True))
    return Grid("t", "T", "", "", header, (False,) * len(header), rows)


def test_a_full_column_has_more_room_than_one_that_is_mostly_empty() -> None:
    names = ["Ekstra arbeidstid til hospitering, forskning, nettverk og kommunikasjon"] * 12
    basis = ["siste år i utgaven"] + [""] * 11
    several = [(head, ["10"] * 12) for head in ("År", "Sentraler", "Svarte", "Andel")]
    made = widths(table(("Formål", names), ("Grunnlag", basis), *several))
    assert sum(made) <= PAGE
    assert made[0] > 2 * made[1]
    # «arbeidstid» and the others stand whole, and the name on three lines at most
    assert made[0] >= AROUND + LETTER * len(names[0]) / 3


words = st.text("abcdefghijk", min_size=1, max_size=LONGEST_WORD)
cells = st.lists(words, max_size=12).map(" ".join)


@given(st.lists(st.tuples(words, st.lists(cells, min_size=3, max_size=3)), min_size=1, max_size=9))
def test_no_word_is_broken_while_there_is_room(columns: list[tuple[str, list[str]]]) -> None:
    made = widths(table(*columns))
    least = [
        AROUND
        + max(
            [BOLD_LETTER * len(head)]
            + [LETTER * len(word) for text in each for word in text.split()]
        )
        for head, each in columns
    ]
    assert sum(made) <= max(PAGE, 0)
    if sum(least) <= PAGE:
        assert all(wide >= narrow for wide, narrow in zip(made, least, strict=True))


def test_addresses_are_links_and_not_spelt_out(tmp_path: Path) -> None:
    address = "https://www.helsedirektoratet.no/rapporter/x"
    rows: list[Row] = [("utstyr", "Utstyr", 2019, "edition", address)]
    made = report({"topics_reported": rows})
    word.write(made, tmp_path / "a.docx", "nb")
    opened = docx.Document(str(tmp_path / "a.docx"))
    texts = {text for each in opened.element.body.iter() for text in [each.text or ""]}
    assert "Helsedirektoratets side" in texts and not any("https://" in text for text in texts)
    assert address in {each.target_ref for each in opened.part.rels.values() if each.is_external}


def test_a_long_table_has_as_many_rows_as_the_sheet(tmp_path: Path) -> None:
    rows: list[Row] = [
        (year, f"{at:04}", f"Kommune {at}", None, at + 1)
        for year in (2025, 2026)
        for at in range(word.MOST_ROWS + 1)
    ]
    made = report({"inquiries_by_municipality": rows}, scope=Scope(2025, 2026))
    word.write(made, tmp_path / "a.docx", "nb")
    texts = [each.text for each in docx.Document(str(tmp_path / "a.docx")).paragraphs]
    assert f"Tabellen har {len(rows)} rader og står i regnearket og i CSV-filene." in texts
    book = load_workbook(io.BytesIO(workbook(made, "nb")))
    assert book["Henvendelser etter kommune"].max_row == len(rows) + 1


# Files for the centres alone


@pytest.mark.parametrize(("least", "internal"), [(0, True), (5, False)])
def test_a_file_with_every_number_says_so(tmp_path: Path, least: int, internal: bool) -> None:
    made = report(scope=Scope(2026, 2026, shown_from=least))
    mark = "(internt, alle tall)"
    word.write(made, tmp_path / "a.docx", "nb")
    opened = docx.Document(str(tmp_path / "a.docx"))
    footer = opened.sections[0].footer.paragraphs[0].text
    book = load_workbook(io.BytesIO(workbook(made, "nb")))
    described = json.loads(package(made, "nb")["datapackage.json"])
    titles = [
        *(opened.paragraphs[0].text, opened.core_properties.title, footer, described["title"]),
        *(str(book.worksheets[0]["A1"].value), book.properties.title, page(made, "nb")),
    ]
    assert [mark in str(each) for each in titles] == [internal] * len(titles)
    for sheet in book.worksheets:
        left = sheet.oddFooter.left.text or ""
        assert left == ("Internt: alle tall, skal ikke deles" if internal else ""), sheet.title
    assert ("<footer>" in page(made, "nb")) == internal


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("nb", "Tom celle: Det finnes ikke noe tall."),
        ("nn", "Tom celle: Det finst ikkje noko tal."),
        ("en", "Empty cell: There is no number."),
    ],
)
def test_the_data_package_says_what_has_no_number(language: Language, told: str) -> None:
    described = json.loads(package(report(), language)["datapackage.json"])
    assert told in described["description"]
