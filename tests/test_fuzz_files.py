"""Files made to do harm: read as a document or refused in one sentence, and never for minutes."""

from __future__ import annotations

import io
import string
import zipfile
import zlib
from pathlib import Path

import docx
import pytest
from fuzz import PIECES, bounded, examples, repeated
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import UnreadableDocument
from indexer.library.stored import passages_of
from indexer.loaders import load
from indexer.loaders.docx import SMALL_BYTES
from indexer.loaders.front_matter import KEYS, MAX_CHARS, read_sidecar, split_front_matter
from knowledge.exchange.reading import read_table
from knowledge.exchange.table import MOST_CELL_CHARACTERS
from knowledge.messages import Failure

TEXT = b"BT /F1 12 Tf 50 700 Td (Hei, dette er en tekst som er lang nok.) Tj ET\n"
SLOWER = 3.0
"""Seconds, for readers that parse twice (Markdown) or ask two libraries (PDF)."""

PIECE = st.one_of(st.sampled_from(PIECES), st.text(st.sampled_from(string.printable), max_size=8))


def read(path: Path, data: bytes) -> str:
    """What became of a file: the text of the document, or the sentence's key."""
    path.write_bytes(data)
    try:
        document = load(path)
        for passage in passages_of(document):
            assert document.text[passage.start : passage.end] == passage.text
    except UnreadableDocument as refused:
        return refused.message.key
    return document.text


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.html"])
@pytest.mark.parametrize("piece", PIECES)
def test_a_long_file_of_anything_is_read_at_once(tmp_path: Path, name: str, piece: str) -> None:
    with bounded(SLOWER):
        assert read(tmp_path / name, repeated(piece).encode())


@examples(40)
@given(pieces=st.lists(PIECE, min_size=1, max_size=40), name=st.sampled_from(["md", "txt", "html"]))
def test_any_mixture_is_read_or_refused(tmp_path: Path, pieces: list[str], name: str) -> None:
    with bounded(SLOWER):
        assert read(tmp_path / f"a.{name}", "".join(pieces).encode("utf-8", "replace"))


def pdf(content: bytes, pages: int = 1) -> bytes:
    """A PDF whose pages all draw the same."""
    packed = zlib.compress(content, 9)
    kids = b" ".join(b"%d 0 R" % (5 + page) for page in range(pages))
    page = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 3 0 R"
        b"/Resources<</Font<</F1 4 0 R>>>>>>"
    )
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages),
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        *[page] * pages,
    ]
    made, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return made + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\n" % (
        size, table, size,
    ) + b"startxref\n%d\n%%%%EOF" % len(made)  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        TEXT + b"50 50 20 20 re S\n" * 200_000,
        TEXT
        + b"".join(b"%d %d m %d 700 l S\n" % (i % 600, i % 800, i % 599) for i in range(8_000)),
        TEXT + b"10 10 m 500 10 l S\n" * 10 + TEXT * 20_000,
        TEXT + b" " * 20_000_000,
    ],
    ids=["rectangles", "lines", "texts", "blanks"],
)
def test_a_small_pdf_that_draws_without_end_is_not_drawn_for_minutes(
    tmp_path: Path, content: bytes
) -> None:
    data = pdf(content)
    assert len(data) < 100_000
    with bounded(SLOWER):
        assert "lang nok" in read(tmp_path / "a.pdf", data)


@pytest.fixture(scope="module")
def word() -> bytes:
    made = docx.Document()
    made.add_heading("Henvisning", 1)
    made.add_paragraph("Fastlegen kan henvise.")
    made.add_table(2, 2).cell(0, 0).text = "År"
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


@examples(40)
@given(data=st.data(), name=st.sampled_from(["a.docx", "a.pdf"]))
def test_flipped_and_cut_files_are_read_or_refused(
    tmp_path: Path, word: bytes, data: st.DataObject, name: str
) -> None:
    whole = bytearray(word if name.endswith("docx") else pdf(TEXT))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(len(whole) // 2, len(whole)))
    with bounded(SLOWER):
        assert read(tmp_path / name, bytes(whole[:end]))


def test_a_word_file_that_unpacks_to_far_more_is_refused_unread(
    tmp_path: Path, word: bytes
) -> None:
    target = io.BytesIO(word)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/extra.xml", b" " * (SMALL_BYTES + 1))
    with bounded():
        assert read(tmp_path / "a.docx", target.getvalue()) == "reader_docx_too_large"


def test_front_matter_that_refers_to_itself_does_not_fill_the_memory() -> None:
    lines = ["title: x", "a0: &a0 {k: v}"]
    lines += [f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}" for i in range(1, 60)]
    text = "\n".join(["---", *lines, "---", "Hei"])
    with bounded():
        assert split_front_matter(text)[1] == text  # no front matter of ours: it is text
        assert read_sidecar("\n".join(lines)).title is None


@pytest.mark.parametrize("piece", PIECES)
def test_long_front_matter_is_read_at_once(piece: str) -> None:
    with bounded():
        read_sidecar(f"title: {repeated(piece, MAX_CHARS)}")
        read_sidecar(f"title: x\n{repeated(piece, MAX_CHARS)}")


@examples(60)
@given(pieces=st.lists(st.one_of(PIECE, st.sampled_from(sorted(KEYS))), max_size=30))
def test_any_front_matter_gives_one_line_texts_or_nothing(pieces: list[str]) -> None:
    with bounded():
        found = read_sidecar("".join(pieces))
    for value in (found.title, found.publisher, found.edition, found.url):
        assert value is None or (value.isprintable() or "\n" not in value)


@pytest.mark.parametrize("piece", PIECES)
def test_a_table_of_anything_is_read_or_refused_at_once(piece: str) -> None:
    for data in (repeated(piece), f"Spørsmål\n{repeated(piece)}"):
        with bounded():
            table_of(data.encode())


@examples(60)
@given(pieces=st.lists(PIECE, max_size=40), first=st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff"]))
def test_any_table_is_read_or_refused(pieces: list[str], first: bytes) -> None:
    with bounded():
        table_of(first + "".join(pieces).encode("utf-8", "replace"))


def table_of(data: bytes) -> None:
    try:
        table = read_table(data, "inquiries", "a.csv")
    except Failure as refused:
        assert refused.key.startswith("review_import_")
        return
    for row in (table.header, *table.rows):
        assert all(len(cell) <= MOST_CELL_CHARACTERS for cell in row.cells)
