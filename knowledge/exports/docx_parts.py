"""What python-docx has no call for: fields, quick tables, the document's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn

from knowledge.exports.text_tables import Cell, Grid
from knowledge.messages import Language

LOCALES: Final = {"nb": "nb-NO", "nn": "nn-NO", "en": "en-GB"}
"""BCP 47, as Word names the languages it checks spelling in."""

TABLE_TEXT: Final = "TableText"
"""The paragraph style of every table: changed in one place, changed in all."""

WORD_2013: Final = "15"
"""What Word reads as no compatibility mode (ECMA-376, compatibilityMode; Word 2013 and later)."""

FAINT_LINE: Final = "B9C6CB"
TINT: Final = "F2F6F7"
"""Lines between rows, and behind the header: as on the page (templates/report.html)."""

LETTER: Final = 110
BOLD_LETTER: Final = 132
"""Twentieths of a point: how wide a letter of 8.5 points is on average in the widest font that
takes Calibri's place where there is none (DejaVu Sans)."""
AROUND: Final = 260
"""The cell's own margins (108 on each side in Word), and some air."""
LONGEST_WORD: Final = 26
"""Letters that are kept together: «Spesialisthelsetjenesten» has 24. An address is broken."""
PAGE: Final = 9070
"""16 cm: A4 between margins of 2.5 cm."""


def set_language(document: Any, language: Language) -> None:
    """Spelling and hyphenation in the report's language, also in what somebody writes later."""
    properties = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}")[0]
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    made = OxmlElement("w:lang")
    made.set(qn("w:val"), LOCALES[language])
    properties.append(made)
    document.core_properties.language = LOCALES[language]


def set_modern(document: Any) -> None:
    """Open as a document of today's Word, not in compatibility mode."""
    settings = document.settings.element
    compat = settings.find(qn("w:compat"))
    if compat is None:
        return
    for old in compat.findall(qn("w:compatSetting")):
        if old.get(qn("w:name")) == "compatibilityMode":
            compat.remove(old)
    made = OxmlElement("w:compatSetting")
    made.set(qn("w:name"), "compatibilityMode")
    made.set(qn("w:uri"), "http://schemas.microsoft.com/office/word")
    made.set(qn("w:val"), WORD_2013)
    compat.append(made)


def field(paragraph: Any, instruction: str, shown: str) -> None:
    """A field that Word works out again when asked (F9); until then it says `shown`."""
    made = OxmlElement("w:fldSimple")
    made.set(qn("w:instr"), instruction)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = shown
    run.append(text)
    made.append(run)
    paragraph._p.append(made)


def contents(document: Any, titles: Sequence[str]) -> None:
    """A table of contents. It names the chapters; Word puts in pages when it is updated (F9)."""
    for at, title in enumerate(titles):
        paragraph = document.add_paragraph(style="No Spacing")
        if at == 0:
            _mark(paragraph, "begin")
            _instruct(paragraph, ' TOC \\o "1-2" \\h \\z \\u ')
            _mark(paragraph, "separate")
        paragraph.add_run(title)
        if at == len(titles) - 1:
            _mark(paragraph, "end")


def _mark(paragraph: Any, kind: str) -> None:
    made = OxmlElement("w:fldChar")
    made.set(qn("w:fldCharType"), kind)
    paragraph.add_run()._r.append(made)


def _instruct(paragraph: Any, instruction: str) -> None:
    made = OxmlElement("w:instrText")
    made.set(qn("xml:space"), "preserve")
    made.text = instruction
    paragraph.add_run()._r.append(made)


def caption(document: Any, text: str, n: int, *, above: bool) -> None:
    """«Tabell 3. …», numbered by a field, so that numbers stay right when one is taken out."""
    before, _, after = text.partition(str(n))
    paragraph = document.add_paragraph(style="Caption")
    paragraph.paragraph_format.keep_with_next = above
    paragraph.add_run(before)
    field(paragraph, f" SEQ {before.strip()} \\* ARABIC ", str(n))
    paragraph.add_run(after)


def table(document: Any, grid: Grid, name: str) -> None:
    """A table whose header row comes again on every page. `name`: for who cannot see it.

    Written as one piece of XML: python-docx looks every cell up again, which takes minutes for
    hundreds of rows.
    """
    body = document.element.body
    relate = document.part.relate_to
    wide = [{qn("w:w"): str(each), qn("w:type"): "dxa"} for each in widths(grid)]
    lines = {qn("w:val"): "single", qn("w:sz"): "4", qn("w:color"): FAINT_LINE}
    made = _e(
        "w:tbl",
        _e(
            "w:tblPr",
            _e("w:tblW", {qn("w:w"): str(sum(widths(grid))), qn("w:type"): "dxa"}),
            _e("w:tblBorders", _e("w:top", lines), _e("w:bottom", lines), _e("w:insideH", lines)),
            _e(
                "w:tblLook", {qn("w:firstRow"): "1", qn("w:firstColumn"): "1", qn("w:noVBand"): "1"}
            ),
            _e("w:tblCaption", _value(name)),
        ),
        _e("w:tblGrid", *(_e("w:gridCol", {qn("w:w"): each[qn("w:w")]}) for each in wide)),
        _row([Cell(text) for text in grid.header], grid.numeric, wide, relate, header=True),
        *(_row(row, grid.numeric, wide, relate) for row in grid.rows),
    )
    body.insert(len(body) - 1, made)  # before the section's settings, which stand last


def widths(grid: Grid) -> list[int]:
    """How wide each column is, in twentieths of a point, so that what it says has room.

    A table that would be wider than the page has its texts on several lines. No word is broken as
    long as the longest of each column have room beside one another; what is left then goes to the
    columns by how much stands in them, so that one that is mostly empty takes little.
    """
    texts = [[row[at].text for row in grid.rows] for at in range(len(grid.header))]
    least = [_least(head, column) for head, column in zip(grid.header, texts, strict=True)]
    natural = [max(narrow, *_wide(column)) for narrow, column in zip(least, texts, strict=True)]
    if sum(natural) <= PAGE:
        return natural
    if sum(least) >= PAGE:
        return [narrow * PAGE // sum(least) for narrow in least]
    return _shared(least, natural, [sum(map(len, column)) or 1 for column in texts])


def _least(head: str, column: Sequence[str]) -> int:
    """Room for the longest word."""
    words = [BOLD_LETTER * min(len(word), LONGEST_WORD) for word in head.split()]
    words += [LETTER * min(len(word), LONGEST_WORD) for text in column for word in text.split()]
    return AROUND + max(words, default=LETTER)


def _wide(column: Sequence[str]) -> list[int]:
    """Room for each text on one line; the header's words may stand below one another."""
    return [0, *(AROUND + LETTER * len(text) for text in column)]


def _shared(least: Sequence[int], natural: Sequence[int], weights: Sequence[int]) -> list[int]:
    """What the page has beyond `least`, by weight; what a column does not need goes to others."""
    made = list(least)
    wanting = set(range(len(made)))
    while wanting and (room := PAGE - sum(made)) >= len(wanting):
        heavy = sum(weights[at] for at in wanting)
        for at in wanting:
            made[at] += min(natural[at] - made[at], room * weights[at] // heavy)
        full = {at for at in wanting if made[at] >= natural[at]}
        if not full:
            break
        wanting -= full
    return made


def _row(
    cells: Sequence[Cell],
    numeric: Sequence[bool],
    wide: Sequence[dict[str, str]],
    relate: Any,
    *,
    header: bool = False,
) -> Any:
    settings = [_e("w:cantSplit")] + ([_e("w:tblHeader")] if header else [])
    return _e(
        "w:tr",
        _e("w:trPr", *settings),
        *(
            _cell(each, number, size, relate, header=header)
            for each, number, size in zip(cells, numeric, wide, strict=True)
        ),
    )


def _cell(cell: Cell, number: bool, wide: dict[str, str], relate: Any, *, header: bool) -> Any:
    style = [_e("w:pStyle", _value(TABLE_TEXT))]
    if header:
        style.append(_e("w:keepNext"))
    if number:
        style.append(_e("w:jc", _value("right")))
    look = [_e("w:rPr", _e("w:b"))] if header else []
    run: Any = _e("w:r", *look, _text(cell.text))
    if cell.link:
        target = relate(cell.link, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        run = _e("w:hyperlink", run, {qn("r:id"): target})
    settings = [_e("w:tcW", wide)]
    if header:
        settings.append(_e("w:shd", _value("clear"), {qn("w:color"): "auto", qn("w:fill"): TINT}))
    return _e("w:tc", _e("w:tcPr", *settings), _e("w:p", _e("w:pPr", *style), run))


def _e(tag: str, *content: Any) -> Any:
    """An element with its attributes (a mapping) and the elements in it."""
    made = OxmlElement(tag)
    for each in content:
        if isinstance(each, dict):
            for name, value in each.items():
                made.set(name, value)
        else:
            made.append(each)
    return made


def _text(words: str) -> Any:
    made = _e("w:t", {qn("xml:space"): "preserve"})
    made.text = words
    return made


def _value(text: str) -> dict[str, str]:
    return {qn("w:val"): text}


def described(picture: Any, name: str, text: str) -> None:
    """What a screen reader says of a picture."""
    properties = picture._inline.docPr
    properties.set("descr", text)
    properties.set("title", name)


def table_style(document: Any) -> None:
    """Small letters without space between the lines, for every table."""
    made = parse_xml(
        f'<w:style {nsdecls("w")} w:type="paragraph" w:customStyle="1" w:styleId="{TABLE_TEXT}">'
        '<w:name w:val="Table Text"/><w:basedOn w:val="Normal"/><w:qFormat/>'
        '<w:pPr><w:spacing w:before="20" w:after="20" w:line="240" w:lineRule="auto"/></w:pPr>'
        '<w:rPr><w:sz w:val="17"/></w:rPr></w:style>'
    )
    document.styles.element.append(made)
