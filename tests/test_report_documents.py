"""The report to read and to edit: drafted text, the printable page, the Word document."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import docx
import pypdfium2
import pytest
from docx.text.paragraph import Paragraph
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser
from report_tables import full, report, values
from review_browser import CHROMIUM, PHONE, View, barriers, chromium
from selectolax.lexbor import LexborHTMLParser

from knowledge.exports.charts import figures
from knowledge.exports.docx import MOST_ROWS
from knowledge.exports.docx import write as write_docx
from knowledge.exports.html import page
from knowledge.exports.html import write as write_html
from knowledge.exports.text import chapters
from knowledge.exports.text_tables import grid
from knowledge.messages import LANGUAGES, Failure, Language
from knowledge.reference.reference import actors
from knowledge.statistics.definitions import specs
from knowledge.statistics.report import Report
from knowledge.statistics.scope import Scope
from knowledge.statistics.table import HIDDEN, Hidden, Row, Table, Value

FULL = full()
SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
CONVERT_S = 120

with_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
with_office = pytest.mark.skipif(SOFFICE is None, reason="no LibreOffice on this machine")


def paragraphs(made: Report, language: Language = "nb") -> list[str]:
    return [
        text
        for chapter in chapters(made, language)
        for section in chapter.sections
        for text in section.paragraphs
    ]


def said(made: Report, chapter: str, language: Language = "nb") -> str:
    [found] = [each for each in chapters(made, language) if each.id == chapter]
    return " ".join(text for section in found.sections for text in section.paragraphs)


def visit(year: int, persons: Value, places: Value = 25, source: str = "register") -> Row:
    return year, source, None, persons, places, None


def asked(year: int, inquiries: Value, places: Value = 9) -> Row:
    return year, inquiries, 0, 0, inquiries, places, places


# The text


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "nb",
            "I 2026 hospiterte 104 personer fra 25 kommuner. "
            "Antallet personer er 37 høyere enn i 2025.",
        ),
        (
            "nn",
            "I 2026 hospiterte 104 personar frå 25 kommunar. "
            "Talet på personar er 37 høgare enn i 2025.",
        ),
        (
            "en",
            "In 2026, 104 people visited from 25 municipalities. "
            "The number of people is 37 higher than in 2025.",
        ),
    ],
)
def test_visits_are_told_and_compared(language: Language, expected: str) -> None:
    made = report({"visits": [visit(2025, 67), visit(2026, 104)]}, scope=Scope(2025, 2026))
    assert said(made, "visits", language).startswith(expected)


def test_one_of_each_is_singular() -> None:
    made = report({"visits": [visit(2026, 1, 1)], "inquiries": [asked(2026, 1, 1)]})
    text = said(made, "visits")
    assert "I 2026 hospiterte 1 person fra 1 kommune." in text
    assert "I 2026 kom det 1 henvendelse fra 1 kommune." in text


@pytest.mark.parametrize(
    "rows",
    [
        [visit(2022, 104, source="published"), visit(2023, 80)],  # two ways of counting
        [visit(2022, 104), visit(2024, 80)],  # a year between
        [visit(2023, HIDDEN), visit(2024, 80)],
        [visit(2023, 5), visit(2024, HIDDEN)],
    ],
)
def test_what_cannot_be_compared_is_not(rows: list[Row]) -> None:
    text = said(report({"visits": rows}, scope=Scope(2022, 2024)), "visits")
    assert "høyere" not in text and "lavere" not in text and "det samme" not in text


def test_totals_say_what_they_are_sums_of() -> None:
    text = said(FULL, "visits")
    assert "De publiserte tallene gir til sammen 1\u00a0385 personer for 2014–2022." in text
    assert "Tallet 334 for kommuner er summen av tallene for hvert år" in text
    assert "går ikke fram av de publiserte tallene" in text
    assert "Registeret gir til sammen 171 personer for 2025–2026." in text
    assert "Det var 39 kommuner når hver er talt én gang." in text
    assert "Publiserte og registrerte tall lagt sammen er 1\u00a0556 personer." in text


def test_sources_and_years_are_told_apart() -> None:
    text = said(FULL, "visits")
    assert "Publisert av Helsedirektoratet: 2014–2022. Talt i registeret: 2025–2026." in text
    assert "Det er ikke registrert hospiteringer i 2023–2024." in text
    background = said(FULL, "background")
    assert "Sør-Varanger er ikke med i tallene for 2020–2021." in background
    assert "som ikke er lukket: 2026." in background


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_report_says_that_nothing_is_recorded(language: Language) -> None:
    made = report()
    nothing = {
        "nb": ("ikke registrert", 7),
        "nn": ("ikkje registrert", 7),
        "en": ("recorded in 2026|recorded about this in 2026", 7),
    }[language]
    text = " ".join(paragraphs(made, language))
    assert len(re.findall(nothing[0], text)) == nothing[1]
    assert figures(made, language) == {}


def test_shared_places_are_not_told_as_the_greatest() -> None:
    rows: list[Row] = [
        (2026, key, key.upper(), None, count, 0)
        for key, count in (("a", 9), ("b", 5), ("c", 5), ("d", 5))
    ]
    made = report({"inquiries": [asked(2026, 20)], "inquiries_by_topic": rows})
    assert "i 2026: A (9). En henvendelse" in said(made, "visits")


def test_topics_none_and_several_are_no_topics() -> None:
    rows: list[Row] = [
        (2026, "several", "Flere", None, 50, 50),
        (2026, "-", "Ikke oppgitt", None, 40, 40),
        (2026, "sovn", "Søvn", None, 13, 1),
    ]
    text = said(report({"inquiries": [asked(2026, 90)], "inquiries_by_topic": rows}), "visits")
    assert "Søvn (13)" in text and "Flere" not in text and "oppgitt" not in text


@pytest.mark.parametrize(("least", "told"), [(5, "Søvn (5)"), (0, "Søvn (5) og Kosthold (4)")])
def test_small_numbers_are_told_only_in_the_centres_own_view(least: int, told: str) -> None:
    rows: list[Row] = [
        (2026, "sovn", "Søvn", None, 5, 5),
        (2026, "kosthold", "Kosthold", None, 4, 4),
    ]
    made = report(
        {"inquiries": [asked(2026, 9)], "inquiries_by_topic": rows},
        scope=Scope(2026, 2026, shown_from=least),
    )
    assert f"om i 2026: {told}. En henvendelse" in said(made, "visits")


def test_answers_are_told_most_first_and_of_one_centre_what_it_said_yes_to() -> None:
    rows: list[Row] = [
        (2026, "plan", "Plan", "register", None, 0, 1, 0.0),
        (2026, "media", "Oppslag", "register", None, 1, 1, 100.0),
    ]
    every = report({"communication": rows})
    assert said(every, "communication").startswith(
        "Ifølge årsskjemaene for 2026: Den ene sentralen som svarte, hadde oppslag i media. "
        "0 av 1 sentraler hadde en egen plan for kommunikasjon."
    )
    one = report({"communication": rows}, scope=Scope(2026, 2026, "stavanger"))
    assert said(one, "communication").endswith("for 2026: Sentralen hadde oppslag i media.")


def test_of_cooperation_the_text_tells_with_whom_and_the_table_how() -> None:
    rows: list[Row] = [
        (2026, "county-own", "meetings", "Fylket: faste møter", "register", None, 3, 9, 33.3),
        (2026, "county-own", "any", "Fylket: minst én form", "register", None, 8, 9, 88.9),
    ]
    made = report({"cooperation": rows})
    text = said(made, "cooperation")
    assert "8 av 9 sentraler samarbeidet med fylkeskommunen i eget fylke." in text
    assert "møter" not in text
    assert "Fylket: faste møter" in page(made, "nb")


def test_published_answers_and_forms_are_told_apart() -> None:
    made = report(
        {"grant_use": [(2022, "travel", "Reise", "published", None, 6, 9, 66.7)]},
        scope=Scope(2022, 2022),
    )
    assert said(made, "grant").startswith(
        "Publisert av Helsedirektoratet for 2022: 6 av 9 sentraler brukte tilskuddet til reise."
    )
    told = "Ifølge årsskjemaene for 2026: Alle de 9 sentralene som svarte, hadde egen nettside."
    assert told in said(FULL, "communication")


count = st.one_of(st.integers(0, 2500), st.integers(0, 4), st.just(HIDDEN))
source = st.sampled_from(["published", "register"])
YEARS = range(2019, 2027)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """With anything in the tables that text is written from, hidden or not."""
    years = sorted(draw(st.sets(st.sampled_from(YEARS))))
    names = ["Etablering", "Økonomi", "Utstyr", "Søvn"]

    def numbers(n: int) -> tuple[Value, ...]:
        return tuple(draw(count) for _ in range(n))

    def topics(*shape: Value) -> list[Row]:
        return [(year, name.lower(), name, *shape, *numbers(2)) for year in years for name in names]

    rows: dict[str, list[Row]] = {
        "visits": [(year, draw(source), None, *numbers(2), None) for year in years],
        "visits_total": [
            ("2019-2026", kind, *numbers(2), draw(st.one_of(count, st.none())))
            for kind in ("published", "register", "both")
        ],
        "visits_recorded": [(year, *numbers(6)) for year in years],
        "visits_by_actor": [
            (year, name.lower(), name, *numbers(2)) for year in years for name in names
        ],
        "inquiries": [(year, *numbers(6)) for year in years],
        "inquiries_by_topic": topics(None),
        "gaps": topics(),
        "topics_changed": [
            (year, name.lower(), name, *numbers(3), draw(st.booleans()))
            for year in years
            for name in names
        ],
        "outcomes": [(year, "bot", "Frisksvar", *numbers(1)) for year in years],
        "response_times": [
            (year, "resolved", "Løst", *numbers(1), draw(st.sampled_from([0.25, 7.5])), 84.0)
            for year in years
        ],
        "communication": [
            (year, "website", "Nettside", draw(source), None, *numbers(2), 55.5) for year in years
        ],
        "grant_use": [(year, "travel", "Reise", draw(source), None, *numbers(3)) for year in years],
        "form_numbers": [(year, "talks", "Innlegg", "", *numbers(2)) for year in years],
        "centres_per_year": [(year, *numbers(4), None) for year in years],
    }
    return report(rows, scope=Scope(YEARS[0], YEARS[-1]))


def told_numbers(text: str) -> set[float]:
    """Every number in a bokmål text."""
    found = re.findall(r"\d+(?:\u00a0\d{3})*(?:,\d+)?", text)
    return {float(each.replace("\u00a0", "").replace(",", ".")) for each in found}


def differences(made: Report, table: str, column: str) -> set[float]:
    at = made.tables[table].spec.index(column)
    return {
        float(abs(after - before))
        for before, after in pairwise(row[at] for row in made.tables[table].rows)
        if isinstance(after, int) and isinstance(before, int)
    }


@settings(max_examples=40, deadline=None)
@given(reports())
def test_every_number_in_the_text_is_a_number_in_the_tables(made: Report) -> None:
    shown = {float(value) for value in values(made) if isinstance(value, int | float)}
    shown |= differences(made, "visits", "persons") | differences(made, "inquiries", "inquiries")
    shown.add(3.5)  # days, of 84 hours
    shown |= set(map(float, range(YEARS[0] - 1, YEARS[-1] + 1)))  # growth is from the year before
    for chapter in chapters(made, "nb"):
        if chapter.id in ("made", "background", "corrections", "method"):
            continue  # of dates, versions and rules
        for section in chapter.sections:
            for text in section.paragraphs:
                assert told_numbers(text) <= shown, text
                assert "None" not in text and ".." not in text and "Hidden" not in text
                assert " : " not in text and "(:" not in text


def test_the_check_finds_a_number_from_nowhere() -> None:
    assert told_numbers("I 2026 kom det 1\u00a0385 fra 12,5 steder") == {2026, 1385, 12.5}


def test_with_everything_hidden_the_text_tells_only_years() -> None:
    hidden = {
        name: [
            tuple(
                HIDDEN if column.role == "measure" else value
                for column, value in zip(table.spec.columns, row, strict=True)
            )
            for row in table.rows
        ]
        for name, table in FULL.tables.items()
    }
    made = report(hidden, scope=FULL.scope)
    for chapter in ("visits", "ideas", "communication", "research", "grant"):
        assert told_numbers(said(made, chapter)) <= set(map(float, range(2014, 2027))), chapter


# Tables to read


def table(name: str, *rows: Row) -> Table:
    return Table(specs()[name], rows)


def test_years_stand_beside_each_other() -> None:
    made = grid(FULL.tables["inquiries_by_county"], "nb")
    assert made.header == ("Fylkesnummer", "2025", "2026")
    assert [[cell.text for cell in row] for row in made.rows] == [
        ["Rogaland", "1\u00a0240", "1\u00a0240"],
        ["Vestland", ":", ":"],
        ["Ikke oppgitt", "7", "7"],
    ]
    assert made.period == "2025–2026"


def test_a_year_without_a_row_is_nothing_to_count_and_none_is_no_figure() -> None:
    made = grid(
        table(
            "inquiries_by_channel",
            *[(2025, "email", "E-post", 3), (2026, "email", "E-post", 5)],
            (2026, "phone", "Telefon", None),
        ),
        "nb",
    )
    assert [[cell.text for cell in row] for row in made.rows] == [
        ["E-post", "3", "5"],
        ["Telefon", "–", ".."],
    ]


def test_one_year_is_in_the_caption() -> None:
    made = grid(table("inquiries_by_channel", (2026, "email", "E-post", 5)), "nb")
    assert made.caption(4, "nb") == "Tabell 4. Henvendelser etter kanal, 2026"
    assert [cell.text for cell in made.rows[0]] == ["E-post", "5"]


def test_a_municipality_has_its_number_beside_the_name() -> None:
    made = grid(FULL.tables["visits_by_municipality"], "nb")
    assert [cell.text for cell in made.rows[0]] == ["Stavanger", "1103", "Rogaland", "12"]


def test_only_a_page_address_is_a_link() -> None:
    rows = [
        ("2014-2022", "total", 1385, 334, "Rapporten", address)
        for address in ("https://www.helsedirektoratet.no/x", "javascript:alert(1)", None)
    ]
    made = grid(table("visits_editions", *rows), "nb")
    assert [row[0].link for row in made.rows] == ["https://www.helsedirektoratet.no/x", "", ""]
    assert [row[0].text for row in made.rows] == ["2014–2022"] * 3


@pytest.mark.parametrize("name", specs())
def test_every_row_of_every_table_is_read(name: str) -> None:
    """Each number of the table is in the grid, as often as in the table."""
    given = FULL.tables[name]
    texts = [cell.text for row in grid(given, "en").rows for cell in row]
    for address, value in given.cells():
        assert any(stands_for(text, value) for text in texts), address


def stands_for(text: str, value: Value) -> bool:
    if isinstance(value, Hidden):
        return text == ":"
    if value is None:
        return text == ".."
    return text.replace(",", "").rstrip("%") == f"{value:g}"


# The page


def test_corrections_are_explained_with_their_table() -> None:
    row: Row = (
        2025,
        "visits/2025/persons",
        "1",
        67,
        70,
        "open",
        "rettet\x0btall",
        "2026-02-01",
        "Tor",
    )
    text = page(report({"corrections": [row]}), "nb")
    assert "Rapporten viser tallene slik de var da året ble lukket." in text
    assert "visits/2025/persons" not in text and "rettet tall" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("made", [FULL, report()], ids=["full", "empty"])
def test_the_page_is_in_order(made: Report, language: Language) -> None:
    read = LexborHTMLParser(page(made, language))
    html = read.css_first("html")
    assert html is not None and html.attributes["lang"] == language
    levels = [int(str(node.tag)[1]) for node in read.css("h1, h2, h3, h4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [node.attributes["id"] for node in read.css("[id]")]
    assert len(set(ids)) == len(ids)
    links = [node.attributes["href"] or "" for node in read.css("a")]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    for each in read.css("table"):
        assert each.css_first("caption") is not None
        assert each.css("th[scope=col]") and len(each.css("tbody th[scope=row]")) == len(
            each.css("tbody tr")
        )
    assert not read.css("script, link, img, iframe, object, form")


def test_the_page_has_every_table_and_figure() -> None:
    read = LexborHTMLParser(page(FULL, "nb"))
    captions = [node.text() for node in read.css("caption")]
    for name, each in FULL.tables.items():
        title = each.spec.title.nb
        assert any(title in caption for caption in captions) == bool(each.rows), name
    assert len(read.css("figure svg[role=img]")) == len(figures(FULL, "nb")) == 9
    numbered = [re.match(r"Tabell (\d+)\.", caption) for caption in captions]
    found = [int(each[1]) for each in numbered if each]
    assert found == list(range(1, len(found) + 1))


def test_nothing_from_outside_is_markup() -> None:
    evil = "<script>alert(1)</script>\x07<b>"
    made = report(
        {"outcomes": [(2026, "bot", evil, 5)], "inquiries": [asked(2026, 5)]}, made_by=evil
    )
    text = page(made, "nb")
    assert "<script" not in text and "<b>" not in text and "\x07" not in text
    assert "&lt;script&gt;" in text


def test_the_page_is_the_same_each_time_and_written_whole(tmp_path: Path) -> None:
    target = tmp_path / "rapport.html"
    assert write_html(FULL, target, "nb") == [target]
    assert target.read_text(encoding="utf-8") == page(FULL, "nb")
    assert [each.name for each in tmp_path.iterdir()] == ["rapport.html"]


def test_signs_are_explained_as_the_report_uses_them() -> None:
    assert "Tall under 5 er skjult" in page(FULL, "nb")
    own = report(scope=Scope(2026, 2026, "stavanger", shown_from=0))
    assert "Ingen tall er skjult" in page(own, "nb") and "Tall under" not in page(own, "nb")
    assert "Stavanger utviklingssentral: arbeidet 2026" in page(own, "nb")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@with_browser
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("view", "language"), [(PHONE, "nb"), (View(1280, 800), "nn")], ids=["phone", "desk"]
)
def test_the_page_opened_from_disk_is_accessible(
    browser: Browser, tmp_path: Path, view: View, language: Language
) -> None:
    target = tmp_path / "rapport.html"
    write_html(FULL, target, language)
    context = browser.new_context(bypass_csp=True, **view.settings)
    opened, asked_for = context.new_page(), []
    opened.on("request", lambda request: asked_for.append(request.url))
    opened.goto(target.as_uri())
    assert barriers(opened) == []
    assert asked_for == [target.as_uri()]
    context.close()


@with_browser
@pytest.mark.timeout(400)
def test_the_page_prints_within_the_paper(browser: Browser, tmp_path: Path) -> None:
    target = tmp_path / "rapport.html"
    many: list[Row] = [
        (year, actor.id, actor.label.nb, 1240) for year in range(2014, 2027) for actor in actors()
    ]
    rows = {name: list(each.rows) for name, each in FULL.tables.items()}
    write_html(report({**rows, "inquiries_by_actor": many}, scope=FULL.scope), target, "nb")
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(target.as_uri())
    # A4 less the margins of the page's own style, at 96 to the inch: nothing may be wider.
    opened.set_viewport_size({"width": 673, "height": 900})
    opened.emulate_media(media="print")
    width = "document.documentElement.scrollWidth"
    assert opened.evaluate(width) <= 673
    paper = pypdfium2.PdfDocument(opened.pdf(prefer_css_page_size=True))
    assert 8 <= len(paper) <= 40 and paper[0].get_width() == pytest.approx(595, abs=2)
    words = paper[1].get_textpage().get_text_range()
    assert "Bakgrunn" in words
    paper.close()
    context.close()


# The Word document


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("docx") / "rapport.docx"
    assert write_docx(FULL, target, "nb") == [target]
    return target


def style_of(paragraph: Paragraph) -> str:
    assert paragraph.style is not None
    return str(paragraph.style.name)


def test_word_has_headings_in_order_and_the_text(written: Path) -> None:
    made = docx.Document(str(written))
    styles = [style_of(each) for each in made.paragraphs]
    assert styles[0] == "Title" and styles.count("Title") == 1
    headings = [each.text for each in made.paragraphs if style_of(each) == "Heading 1"]
    assert headings == [chapter.title for chapter in chapters(FULL, "nb")]
    levels = [int(name[-1]) for name in styles if name.startswith("Heading ")]
    assert all(after <= before + 1 or after == 3 for before, after in pairwise(levels))
    texts = {each.text for each in made.paragraphs}
    assert set(paragraphs(FULL)) <= texts
    assert "[Skriv kommentaren her, eller slett avsnittet.]" in texts


def test_word_tables_repeat_their_header_and_have_names(written: Path) -> None:
    made = docx.Document(str(written))
    shown = [each for each in FULL.tables.values() if each.rows]
    assert len(made.tables) == len(shown) + len(figures(FULL, "nb")) + 1
    for each in made.tables:
        rows = each._tbl.findall(f"{W}tr")
        assert rows[0].find(f"{W}trPr/{W}tblHeader") is not None
        assert all(row.find(f"{W}trPr/{W}tblHeader") is None for row in rows[1:])
        assert each._tbl.find(f"{W}tblPr/{W}tblCaption").get(f"{W}val")
        assert {len(row.findall(f"{W}tc")) for row in rows} == {len(each.columns)}


def test_word_captions_count_by_themselves(written: Path) -> None:
    made = docx.Document(str(written))
    captions = [each for each in made.paragraphs if style_of(each) == "Caption"]
    instructions = [
        field.get(f"{W}instr") for each in captions for field in each._p.iter(f"{W}fldSimple")
    ]
    assert len(instructions) == len(captions)
    assert {" SEQ Figur \\* ARABIC ", " SEQ Tabell \\* ARABIC "} == set(instructions)


def test_word_figures_have_alternative_text(written: Path) -> None:
    made = docx.Document(str(written))
    series = list(figures(FULL, "nb").values())
    told = [
        (shape._inline.docPr.get("title"), shape._inline.docPr.get("descr"))
        for shape in made.inline_shapes
    ]
    assert told == [(each.title, each.text) for each in series]


@pytest.mark.parametrize(("language", "code"), [("nb", "nb-NO"), ("nn", "nn-NO"), ("en", "en-GB")])
def test_word_checks_spelling_in_the_language(
    tmp_path: Path, language: Language, code: str
) -> None:
    write_docx(report(made_by="Tor\x07 Vik"), tmp_path / "a.docx", language)
    made = docx.Document(str(tmp_path / "a.docx"))
    found = made.styles.element.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}lang")
    assert found.get(f"{W}val") == code == made.core_properties.language
    assert made.core_properties.author == "Tor  Vik"


def test_word_leaves_long_tables_to_the_spreadsheet(tmp_path: Path) -> None:
    rows: list[Row] = [(2026, f"{at:04}", f"Kommune {at}", None, at) for at in range(MOST_ROWS + 1)]
    write_docx(report({"inquiries_by_municipality": rows}), tmp_path / "a.docx", "nb")
    made = docx.Document(str(tmp_path / "a.docx"))
    texts = [each.text for each in made.paragraphs]
    assert f"Tabellen har {MOST_ROWS + 1} rader og står i regnearket og i CSV-filene." in texts
    assert all(
        "Kommune 7" not in cell.text for each in made.tables for cell in each.columns[0].cells
    )


def test_word_links_to_the_documents(written: Path) -> None:
    made = docx.Document(str(written))
    links = {each.target_ref for each in made.part.rels.values() if each.is_external}
    assert links and all(link.startswith("https://www.helsedirektoratet.no/") for link in links)


@pytest.mark.parametrize("write", [write_html, write_docx], ids=["html", "docx"])
def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path, write: object) -> None:
    assert callable(write)
    with pytest.raises(Failure) as failed:
        write(report(), tmp_path / "no" / "such" / "place", "nb")
    assert "\n" not in failed.value.sentence("nb")
    assert list(tmp_path.iterdir()) == []


@with_office
@pytest.mark.timeout(400)
def test_libreoffice_opens_the_document(written: Path, tmp_path: Path) -> None:
    assert SOFFICE is not None
    subprocess.run(
        [SOFFICE, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless",
         "--convert-to", "pdf", "--outdir", str(tmp_path), str(written)],
        check=True, capture_output=True, timeout=CONVERT_S,
    )  # fmt: skip
    paper = pypdfium2.PdfDocument((tmp_path / "rapport.pdf").read_bytes())
    text = " ".join(sheet.get_textpage().get_text_range() for sheet in paper)
    flat = re.sub(r"\s+", " ", text)
    assert "Utviklingssentralenes arbeid 2014–2026" in flat
    for chapter in chapters(FULL, "nb"):
        assert chapter.title in flat
    assert "Figur 9. " in flat and "Tabell 13. " in flat
    paper.close()
