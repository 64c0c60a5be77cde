"""Files of every kind read as documents, and refused with one sentence when they cannot be."""

from __future__ import annotations

import codecs
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import docx
import pytest
from fpdf import FPDF
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer import loaders
from indexer.documents import Document, FrontMatter, UnreadableDocument
from indexer.loaders import load
from indexer.loaders.dates import parse_date, visible_date
from indexer.loaders.front_matter import split_front_matter
from indexer.passages import passages
from indexer.tables.lines import collapse
from knowledge.messages import LANGUAGES

FIXTURES = Path(__file__).parent / "documents"


def check(document: Document) -> None:
    """What holds for every document."""
    text = document.text
    end = 0
    for section in document.sections:
        assert end <= section.start < section.end <= len(text)
        assert not text[section.start].isspace() and not text[section.end - 1].isspace()
        end = section.end
    end = 0
    for table in document.tables:
        assert end <= table.start < table.end
        end = table.end
        assert any(s.start <= table.start and table.end <= s.end for s in document.sections)
        for row in table.rows:
            assert len(row.cells) == len(table.columns)
            for cell in row.cells:
                assert collapse(text[cell.start : cell.end]) == cell.text


def paths(document: Document) -> list[tuple[str, ...]]:
    return [section.path for section in document.sections]


def bodies(document: Document) -> dict[str, str]:
    return {s.path[-1] if s.path else "": document.text[s.start : s.end] for s in document.sections}


def figures(document: Document, table: int = 0) -> dict[str, list[str]]:
    return {r.label: [c.text for c in r.cells] for r in document.tables[table].rows}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


Write = Callable[[str, str | bytes], Path]


# HTML


def test_a_web_page_keeps_structure_and_drops_the_frame() -> None:
    document = load(FIXTURES / "page.html")
    check(document)
    assert document.title == "Skolehager i distriktet"
    assert document.language == "nb"
    assert document.front_matter == FrontMatter(
        url="https://hage.example/rapport/skolehager",
        publisher="Hagekontoret",
        updated=date(2021, 5, 2),
    )
    assert [(s.path[-1], s.anchor) for s in document.sections] == [
        ("Skolehager i distriktet", "topp"),
        ("Dyrking", "dyrking"),
        ("Tall", "tall"),
        ("Økonomi", "topp"),
    ]
    for gone in ("Forside", "informasjonskapsler", "skjult", "logo", "Personvern", "Skriv ut"):
        assert gone not in document.text
    assert bodies(document)["Dyrking"] == (
        "Hver klasse har ansvar for:\n\n• poteter\n• gulrøtter\n  1. tidlige\n  2. sene"
    )
    assert "Sist faglig" not in bodies(document)["Økonomi"]


def test_a_table_of_a_web_page_has_its_spans_written_out() -> None:
    document = load(FIXTURES / "page.html")
    table = document.tables[0]
    assert (table.caption, table.stub) == ("Tabell 1: Avling i kilo", "Skole")
    assert table.columns == ("2021 Poteter", "2021 Løk", "2022 Poteter")
    assert figures(document) == {
        "Lia": ["1 204", "33,5", "-"],
        "Åsen": ["87", "12", "90"],
        "Nes": ["87", "14", "95"],
    }
    assert "Lia | 1 204 | 33,5 | -" in document.text[table.start : table.end]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<meta property="og:title" content="Fra meta"><title>Fra title</title>', "Fra meta"),
        ("<title>Fra title</title>", "Fra h1"),
    ],
)
def test_the_title_of_a_web_page(write: Write, head: str, expected: str) -> None:
    html = f"<html><head>{head}</head><body><h1>Fra h1</h1><p>Tekst.</p></body></html>"
    assert load(write("a.html", html)).title == expected


@pytest.mark.parametrize(
    "meta",
    [
        '<meta property="article:modified_time" content="2020-04-01T10:00:00+02:00">',
        '<meta http-equiv="Last-Modified" content="1 April 2020">',
        '<meta name="last-modified" content="01.04.2020">',
    ],
)
def test_the_date_of_a_web_page(write: Write, meta: str) -> None:
    page = load(write("a.html", f"<html><head>{meta}</head><body><p>Hei der.</p></body></html>"))
    assert page.front_matter.updated == date(2020, 4, 1)


def test_a_web_page_without_headings_is_read_like_text(write: Write) -> None:
    html = (
        "<html><body><p>3.1. Vanning</p><p>Vi vanner hver dag i hele juli.</p>"
        "<p>3.2. Luking</p><p>Vi luker når det trengs.</p></body></html>"
    )
    document = load(write("a.html", html))
    check(document)
    assert paths(document) == [("3.1. Vanning",), ("3.2. Luking",)]


def test_a_declared_charset_counts(write: Write) -> None:
    html = '<html><head><meta charset="iso-8859-1"></head><body><p>Blåbær på Ås</p></body></html>'
    assert load(write("a.html", html.encode("latin-1"))).text == "Blåbær på Ås"


def test_a_page_filled_in_by_a_script_is_refused(write: Write) -> None:
    with pytest.raises(UnreadableDocument, match="script"):
        load(write("a.html", "<html><body><script>run()</script></body></html>"))


# Markdown


def test_markdown_with_front_matter_questions_and_a_table() -> None:
    document = load(FIXTURES / "headings.md")
    check(document)
    assert document.front_matter == FrontMatter(
        title="Håndbok for skolehager",
        url="https://hage.example/handbok",
        publisher="Hagekontoret",
        updated=date(2022, 3, 4),
        edition="2. utgave",
    )
    vanning = next(s for s in document.sections if s.path[-1] == "Vanning")
    assert vanning.questions == ("Hvor ofte skal vi vanne?", "Hvem har ansvar for vanningen?")
    assert vanning.anchor == "vann"
    assert bodies(document)["Vanning"] == "Vann **tidlig om morgenen**. Bruk kanne."
    assert [p for p in paths(document) if "kode" in p[-1]] == []
    assert paths(document)[2] == ("Håndbok for skolehager", "Vanning", "Tider")
    assert document.tables[0].caption == "Tabell 2: Liter per dag"
    assert figures(document) == {"Mai": ["10", "1 250"], "Juni": ["20,5", ".."]}
    assert not any("Hvor ofte" in document.text[p.start : p.end] for p in passages(document))
    # Nothing but the front matter is taken from the text.
    assert (FIXTURES / "headings.md").read_text().endswith(document.text)


def test_markdown_without_headings_is_a_page_saved_as_text(write: Write) -> None:
    document = load(write("a.md", "4. Oppsummering\n\nHagene har gitt god avling i alle år.\n"))
    assert paths(document) == [("4. Oppsummering",)]


def test_other_comments_are_left_out_and_unclosed_ones_do_no_harm(write: Write) -> None:
    document = load(write("a.md", "# A\n\nFør.\n\n<!-- internt -->\n\nEtter.\n\n<!-- åpen"))
    check(document)
    assert [document.text[s.start : s.end] for s in document.sections] == ["Før.", "Etter."]


# Text


def test_a_page_saved_as_text() -> None:
    document = load(FIXTURES / "saved_page.txt")
    check(document)
    chapter = "Kapittel 2 Resultater"
    assert document.title == chapter
    assert document.front_matter.updated == date(2023, 12, 20)
    assert paths(document) == [
        (chapter, "Besøk og samtaler"),
        (chapter, "Besøk og samtaler", "Kommentar til besøk og samtaler"),
        (chapter, "Samarbeid", "Samarbeid med skolene"),
        (chapter, "Samarbeid", "Samarbeid med naboene"),
        (chapter, "Økonomi"),
    ]
    assert figures(document) == {
        "Antall gjester": ["30", "11", "20", "61"],
        "Antall skoler": ["4", "..", "5", "9"],
    }
    assert figures(document, 1) == {"Jord, gjødsel etc.": ["66,7%"], "Frø": ["22,2 %"], "N": ["9"]}
    inside = "".join(bodies(document).values())
    assert "nettleser" not in inside and "Siste faglige endring" not in inside


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"]
)
def test_every_usual_encoding(write: Write, encoding: str) -> None:
    text = "Blåbær på Ås – «ferdig»\nog så øl." if encoding != "latin-1" else "Blåbær på Ås\nog øl"
    data = text.encode(encoding)
    if encoding in ("utf-16-le", "utf-16-be"):
        data = (codecs.BOM_UTF16_LE if encoding.endswith("le") else codecs.BOM_UTF16_BE) + data
    assert load(write("a.txt", data)).text == text


def test_line_ends_nul_and_byte_order_mark_are_all_that_changes(write: Write) -> None:
    text = "\ufeffEn\r\nto \u00a0 tre\x00\rfire\t\n\n\n  fem  "
    assert load(write("a.txt", text)).text == "En\nto \u00a0 tre\nfire\t\n\n\n  fem  "


def test_a_few_broken_characters_leave_the_rest_in_utf8(write: Write) -> None:
    assert load(write("a.txt", "Blåbær på Ås, øl, æsj".encode() + b"\xe5")).text.startswith(
        "Blåbær på Ås"
    )


# Front matter


@pytest.mark.parametrize(
    ("block", "front_matter"),
    [
        ("title: Hage\nupdated: unknown", FrontMatter(title="Hage")),
        ("title: 2020\nupdated: 1. mai 2020", FrontMatter(title="2020", updated=date(2020, 5, 1))),
        (
            "Updated: 2020-05-01T10:00:00\nurl: https://e.no/x",
            FrontMatter(url="https://e.no/x", updated=date(2020, 5, 1)),
        ),
        ("title: [a, b]\nedition: 2", FrontMatter(edition="2")),
        ("title: Hage\nurl: javascript:alert(1)", FrontMatter(title="Hage")),
        ("title: Hage\nurl: file:///etc/passwd", FrontMatter(title="Hage")),
        (f"title: Hage\nedition: 0x{'f' * 5000}", FrontMatter(title="Hage")),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_front_matter_before_any_text(
    write: Write, block: str, front_matter: FrontMatter, name: str
) -> None:
    document = load(write(name, f"---\n{block}\n---\n\nTekst om hager.\n"))
    assert document.front_matter == front_matter
    assert "---" not in document.text and "Tekst om hager." in document.text


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: [uferdig\n---\nTekst.",
        "---\nupdated: 2020-13-45\n---\nTekst.",
        "---\nbare tekst\n---\nTekst.",
        "---\nfarge: grønn\n---\nTekst.",
        "---\ntitle: aldri lukket\nTekst.",
        "---\n" + "[" * 5000 + "\n---\nTekst.",
        "---\n---\nTekst.",
        "Tekst.\n---\ntitle: midt i\n---\n",
    ],
)
def test_what_is_no_front_matter_is_text(text: str) -> None:
    assert split_front_matter(text) == (FrontMatter(), text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sist faglig oppdatert: 01. april 2020", date(2020, 4, 1)),
        ("Siste faglige endring: 20. desember 2023", date(2023, 12, 20)),
        ("Sist oppdatert 3.2.2021", date(2021, 2, 3)),
        ("Sist endra: 5. mai 2019", date(2019, 5, 5)),
        ("Sist oppdatert: 31. februar 2020", None),
        ("Møtet var 1. april 2020", None),
    ],
)
def test_the_visible_date(text: str, expected: date | None) -> None:
    assert visible_date(f"Tittel\n\n{'Tekst. ' * 3000}\n\n{text}\n") == expected


@given(st.text())
def test_no_date_text_breaks_the_reading(text: str) -> None:
    found = parse_date(text)
    assert found is None or isinstance(found, date)


# PDF


def pdf(*, pages: int = 1, encrypted: bool = False, ruled: bool = False) -> bytes:
    made = FPDF()
    made.set_title("Hageboka")
    if encrypted:
        made.set_encryption(owner_password="eier", user_password="leser")
    for page in range(1, pages + 1):
        made.add_page()
        made.set_font("Helvetica", "", 9)
        made.cell(0, 6, f"Hagekontoret rapport {page}", new_x="LMARGIN", new_y="NEXT")
        made.set_font("Helvetica", "B", 16)
        made.cell(0, 12, f"Kapittel om bed {page}", new_x="LMARGIN", new_y="NEXT")
        made.set_font("Helvetica", "", 11)
        made.multi_cell(
            0, 6, f"Bed {page} har god jord. " + "Vi vanner det hver morgen hele sommeren. " * 6,
            new_x="LMARGIN", new_y="NEXT",
        )  # fmt: skip
        made.ln(8)
        made.multi_cell(0, 6, f"Nytt avsnitt om {'abcd'[page - 1]}.", new_x="LMARGIN", new_y="NEXT")
    made.ln(8)
    made.cell(0, 6, "Tabell 1: Avling", new_x="LMARGIN", new_y="NEXT")
    rows = (("Skole", "Poteter", "Løk"), ("Lia", "1 204", "33,5"), ("Nes", "87", "12"))
    if ruled:
        with made.table() as table:
            for row in rows:
                cells = table.row()
                for text in row:
                    cells.cell(text)
    else:
        for row in rows:
            made.cell(0, 6, " ".join(row), new_x="LMARGIN", new_y="NEXT")
    return bytes(made.output())


@pytest.mark.parametrize("ruled", [True, False])
def test_a_pdf_has_headings_pages_and_tables(write: Write, ruled: bool) -> None:
    document = load(write("a.pdf", pdf(pages=4, ruled=ruled)))
    check(document)
    assert document.title == "Hageboka"
    assert [(s.path, s.page) for s in document.sections] == [
        ((f"Kapittel om bed {n}",), n) for n in range(1, 5)
    ]
    assert "Hagekontoret rapport" not in document.text
    body = bodies(document)["Kapittel om bed 1"]
    assert "\n\nNytt avsnitt" in body and "\n\n" not in body[: body.index("Nytt avsnitt") - 2]
    assert document.tables[0].caption == "Tabell 1: Avling"
    assert document.tables[0].columns == ("Poteter", "Løk")
    assert figures(document) == {"Lia": ["1 204", "33,5"], "Nes": ["87", "12"]}
    assert [p.page for p in passages(document)] == [1, 2, 3, 4, 4]


def test_a_divided_word_is_joined_only_when_the_whole_word_is_known(write: Write) -> None:
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", "", 11)
    made.multi_cell(0, 6, "Vi har samarbeids-\navtaler med skoler og venne-\nforeninger.")
    made.ln(20)
    made.multi_cell(0, 6, "Alle samarbeidsavtaler er skriftlige.")
    document = load(write("a.pdf", bytes(made.output())))
    assert "samarbeidsavtaler med" in document.text
    assert "venne-\nforeninger" in document.text


def test_front_matter_beside_a_pdf(write: Write) -> None:
    path = write("a.pdf", pdf())
    write("a.pdf.yaml", "title: Årsboka\nupdated: 2021-02-03\n")
    document = load(path)
    assert document.title == "Årsboka"
    assert document.front_matter.updated == date(2021, 2, 3)


def test_a_scanned_pdf_is_refused(write: Write) -> None:
    made = FPDF()
    made.add_page()
    made.rect(10, 10, 50, 50, style="F")
    with pytest.raises(UnreadableDocument, match="OCR"):
        load(write("a.pdf", bytes(made.output())))


# DOCX


def word() -> bytes:
    made = docx.Document()
    made.core_properties.title = "Hageboka"
    made.core_properties.modified = datetime(2024, 3, 5)
    made.add_heading("Vanning", 1)
    made.add_paragraph("Vi vanner hver dag.")
    made.add_paragraph("Om morgenen", style="List Bullet")
    made.add_paragraph("Om kvelden", style="List Bullet")
    made.add_heading("Tall", 2)
    made.add_paragraph("Tabell 1: Avling")
    table = made.add_table(rows=0, cols=3)
    for row in (("Skole", "Poteter", "Løk"), ("Lia", "1\u00a0204", ""), ("Nes", "87", "12")):
        cells = table.add_row().cells
        for cell, text in zip(cells, row, strict=True):
            cell.text = text
    made.add_paragraph("Etter tabellen.")
    stream = BytesIO()
    made.save(stream)
    return stream.getvalue()


def test_a_word_document(write: Write) -> None:
    document = load(write("a.docx", word()))
    check(document)
    assert document.title == "Hageboka"
    assert document.front_matter.updated == date(2024, 3, 5)
    assert bodies(document)["Vanning"] == "Vi vanner hver dag.\n\n• Om morgenen\n• Om kvelden"
    assert paths(document) == [("Vanning",), ("Vanning", "Tall")]
    assert document.tables[0].caption == "Tabell 1: Avling"
    assert figures(document) == {"Lia": ["1 204", ""], "Nes": ["87", "12"]}


# What cannot be read


def damaged_docx() -> bytes:
    data = word()
    return data[: len(data) // 2]


def other_zip() -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", "tekst")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.txt", b"", "empty"),
        ("a.md", b" \n\t\r\n", "empty"),
        ("a.txt", b"---\ntitle: x\n---\n\n", "no text"),
        ("a.txt", bytes(range(256)) * 20, "binary"),
        ("a.pdf", b"\xff\xd8\xff\xe0" + b"\x00" * 50, "JPEG"),
        ("a.pdf", b"GIF89a" + b"\x00" * 50, "GIF"),
        ("a.txt", b"II*\x00" + b"\x00" * 50, "TIFF"),
        ("a.txt", b"RIFF\x00\x00\x00\x00WEBP", "WebP"),
        ("a.txt", b"{\\rtf1 Hei}", "RTF"),
        ("a.pdf", other_zip(), "a ZIP archive and not a PDF"),
        ("a.pdf", b"<!DOCTYPE html><html><body>Feil</body></html>", "web page"),
        ("a.pdf", b"bare tekst", "not a PDF"),
        ("a.pdf", b"%PDF-1.7\n" + b"x" * 400, "damaged"),
        ("a.pdf", pdf()[:300], "damaged"),
        ("a.pdf", pdf(encrypted=True), "encrypted"),
        ("a.docx", damaged_docx(), "damaged"),
        ("a.docx", other_zip(), "damaged"),
        ("a.docx", b"PK\x03\x04" + b"\x00" * 100, "damaged"),
        ("a.docx", pdf(), "a PDF and not a Word"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100, "old format"),
        ("a.txt", b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "PNG"),
    ],
)
def test_an_unreadable_file_is_told_in_one_sentence(
    write: Write, name: str, data: bytes, told: str
) -> None:
    path = write(name, data)
    with pytest.raises(UnreadableDocument, match=told) as error:
        load(path)
    message = str(error.value)
    assert message.startswith(name) and message.endswith(".") and "\n" not in message
    assert len({error.value.sentence(language) for language in LANGUAGES}) == len(LANGUAGES)
    assert str(path.parent) not in message


def test_a_missing_file_a_folder_and_a_closed_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UnreadableDocument, match="not found"):
        load(tmp_path / "a.txt")
    with pytest.raises(UnreadableDocument, match="folder"):
        load(tmp_path)
    path = tmp_path / "b.txt"
    path.write_text("Hei")

    def closed(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", closed)
    with pytest.raises(UnreadableDocument, match="permissions"):
        load(path)


def test_a_file_above_the_limit_is_not_read(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaders, "MAX_BYTES", 1024)
    with pytest.raises(UnreadableDocument, match="limit"):
        load(write("a.txt", "a" * 1025))


def test_the_name_given_is_used_for_kind_title_and_messages(write: Write) -> None:
    path = write("3f2a.tmp", "# Vanning\n\nTekst.\n")
    assert load(path, name="hage.md").sections[0].path == ("Vanning",)
    assert load(write("x.tmp", "bare litt tekst"), name="hage.txt").title == "hage.txt"


def test_the_bytes_tell_the_kind_when_the_name_does_not(write: Write) -> None:
    assert load(write("nedlasting", pdf())).title == "Hageboka"
    assert load(write("nedlasting", "<!doctype html><p>Hei <b>du</b>")).text == "Hei du"


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.pdf", "a.docx"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.one_of(st.binary(max_size=300), st.text().map(str.encode)))
def test_any_bytes_are_a_document_or_one_sentence(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    try:
        document = load(path)
    except UnreadableDocument as error:
        assert str(error).endswith(".")
    else:
        check(document)
