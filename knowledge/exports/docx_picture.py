"""A figure as a picture (PNG), since Word shows no SVG to everybody.

Drawn by PDFium, which brings its own Helvetica: the picture is the same on every machine, with the
letters of Norwegian whatever fonts are installed.
"""

from __future__ import annotations

import ctypes
import io
from dataclasses import dataclass
from typing import Any, Final

import pypdfium2
import pypdfium2.raw as pdfium

from knowledge.exports.charts import Series
from knowledge.exports.svg_layout import layout
from knowledge.exports.svg_shapes import (
    FAINT,
    INK,
    MAIN,
    PAPER,
    SOFT,
    WIDTH,
    Box,
    Drawing,
    Line,
    Words,
)
from knowledge.messages import Language
from knowledge.pdfium import PDFIUM

WIDTH_CM: Final = 16.0
"""Between the margins of an A4 page (21 cm less 2.5 cm on both sides)."""
DOTS_PER_INCH: Final = 300
CM_PER_INCH: Final = 2.54
SCALE: Final = DOTS_PER_INCH * WIDTH_CM / CM_PER_INCH / WIDTH
"""Pixels to a unit of the drawing."""

_STROKES: Final = {"axis": (SOFT, 1.0), "help": (FAINT, 1.0), "hatch": (MAIN, 1.6)}
COLORS: Final = 64
"""Of the picture: three and their shades where letters and lines are smoothed."""

_DASH: Final = (4.0, 3.0)


def png(series: Series, language: Language) -> bytes:
    """The figure on white, `WIDTH_CM` wide at `DOTS_PER_INCH`."""
    with PDFIUM:
        return _drawn(layout(series, language))


def _drawn(drawing: Drawing) -> bytes:
    document = pypdfium2.PdfDocument.new()
    try:
        page = document.new_page(WIDTH, drawing.height)
        pencil = _Pencil(document, page, drawing.height)
        for shape in drawing.shapes:
            match shape:
                case Box():
                    pencil.box(shape)
                case Line():
                    color, wide = _STROKES[shape.weight]
                    pencil.line(shape, color, wide)
                case Words():
                    pencil.words(shape)
        pdfium.FPDFPage_GenerateContent(page)
        image = page.render(scale=SCALE).to_pil()
        target = io.BytesIO()
        dots = (DOTS_PER_INCH, DOTS_PER_INCH)
        image.quantize(COLORS).save(target, "PNG", dpi=dots, optimize=True)
        return target.getvalue()
    finally:
        document.close()


@dataclass
class _Pencil:
    """Draws on a page; y is turned, since a PDF page counts from below."""

    document: Any
    page: Any
    height: float

    def __post_init__(self) -> None:
        self.font = pdfium.FPDFText_LoadStandardFont(self.document, b"Helvetica")

    def box(self, box: Box) -> None:
        made = pdfium.FPDFPageObj_CreateNewRect(
            box.x, self.height - box.y - box.height, box.width, box.height
        )
        if box.fill == "solid":
            pdfium.FPDFPageObj_SetFillColor(made, *_rgba(MAIN))
            pdfium.FPDFPath_SetDrawMode(made, pdfium.FPDF_FILLMODE_ALTERNATE, 0)
        else:
            hatched = box.fill == "hatched"
            pdfium.FPDFPageObj_SetFillColor(made, *_rgba(PAPER))
            self._stroke(made, MAIN if hatched else SOFT, 1.6 if hatched else 1.0)
            if not hatched:
                dash = (ctypes.c_float * len(_DASH))(*_DASH)
                pdfium.FPDFPageObj_SetDashArray(made, dash, len(_DASH), 0)
            pdfium.FPDFPath_SetDrawMode(made, pdfium.FPDF_FILLMODE_ALTERNATE, 1)
        pdfium.FPDFPage_InsertObject(self.page, made)

    def line(self, line: Line, color: str, wide: float) -> None:
        made = pdfium.FPDFPageObj_CreateNewPath(line.x1, self.height - line.y1)
        pdfium.FPDFPath_LineTo(made, line.x2, self.height - line.y2)
        self._stroke(made, color, wide)
        pdfium.FPDFPath_SetDrawMode(made, pdfium.FPDF_FILLMODE_NONE, 1)
        pdfium.FPDFPage_InsertObject(self.page, made)

    def words(self, words: Words) -> None:
        made = pdfium.FPDFPageObj_CreateTextObj(self.document, self.font, words.size)
        # The spaces that do not break are not in every font.
        text = words.text.replace("\N{NO-BREAK SPACE}", " ")
        letters = ctypes.create_string_buffer((text + "\0").encode("utf-16-le"))
        pdfium.FPDFText_SetText(made, ctypes.cast(letters, ctypes.POINTER(ctypes.c_ushort)))
        pdfium.FPDFPageObj_SetFillColor(made, *_rgba(INK))
        left, right = ctypes.c_float(), ctypes.c_float()
        unused = ctypes.c_float()
        pdfium.FPDFPageObj_GetBounds(made, left, unused, right, unused)
        shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[words.anchor] * right.value
        pdfium.FPDFPageObj_Transform(made, 1, 0, 0, 1, words.x - shift, self.height - words.y)
        pdfium.FPDFPage_InsertObject(self.page, made)

    def _stroke(self, made: Any, color: str, wide: float) -> None:
        pdfium.FPDFPageObj_SetStrokeColor(made, *_rgba(color))
        pdfium.FPDFPageObj_SetStrokeWidth(made, wide)


def _rgba(color: str) -> tuple[int, int, int, int]:
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue, 255
