"""CSV as spreadsheets write it: any of three delimiters, and encodings from before UTF-8."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator

from charset_normalizer import from_bytes

from knowledge.exchange.columns import TableKind, folded, headers
from knowledge.exchange.table import Row, row_of
from knowledge.messages import Failure

DELIMITERS = (";", ",", "\t")
"""Norwegian Excel writes the first, others the second; Excel's «Unicode text» the third."""

SAMPLE_CHARACTERS = 65_536
"""Enough to tell the delimiter and the encoding."""

OLD_ENCODINGS = ["cp1252", "latin_1", "mac_roman", "cp865", "cp850"]
"""What Norwegian Windows, Unix, old Macintosh and DOS programs have written."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATOR_LINE = "sep="  # Excel's own first line that names the delimiter
_CONTROL = frozenset(map(chr, range(32))) - set("\t\n\r\f\x1b")


def csv_rows(data: bytes, kind: TableKind, name: str) -> Iterator[Row]:
    """The rows that are not empty, one at a time.

    Raises:
        Failure: it is no text, or a quotation mark does not end.
    """
    text = decoded(data, name)
    first, _, rest = text.partition("\n")
    if first.strip().casefold().startswith(_SEPARATOR_LINE) and first.strip()[4:5] in DELIMITERS:
        return _parsed(rest, first.strip()[4:5], name, lines_before=1)
    return _parsed(text, delimiter_of(text, kind), name)


def _parsed(text: str, delimiter: str, name: str, *, lines_before: int = 0) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            row = row_of(line + lines_before, cells)
            line = reader.line_num + 1
            if row is not None:
                yield row
    except csv.Error as error:
        raise Failure("review_import_quotes", name=name, line=line + lines_before) from error


def delimiter_of(text: str, kind: TableKind) -> str:
    """The delimiter that gives most headers we know, or stands most often in the first line.

    Not csv.Sniffer: its patterns take minutes for some kilobytes of quotation marks.
    """
    sample = text[:SAMPLE_CHARACTERS]
    first = next((line for line in sample.splitlines() if line.strip()), "")
    known = headers(kind)

    def recognised(delimiter: str) -> int:
        try:
            cells = next(csv.reader([first], delimiter=delimiter), [])
        except csv.Error:
            return 0
        return sum(folded(cell) in known for cell in cells)

    return max(DELIMITERS, key=lambda each: (recognised(each), first.count(each)))


def decoded(data: bytes, name: str) -> str:
    """The text, without byte order mark.

    Raises:
        Failure: it is no text.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, errors="replace").removeprefix("\ufeff")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = _old(data)
    if any(character in _CONTROL for character in set(text)):
        raise Failure("review_import_no_table", name=name)
    return text


def _old(data: bytes) -> str:
    # A table has few letters beyond a-z, and any guess from them is a coin toss: the encoding in
    # which most of them are our own three is the one.
    def norwegian(encoding: str) -> int:
        text = data.decode(encoding, errors="replace")
        return sum(text.count(letter) for letter in "æøåÆØÅ")

    likely = max(OLD_ENCODINGS, key=norwegian)
    if not norwegian(likely):
        best = from_bytes(data[:SAMPLE_CHARACTERS], cp_isolation=OLD_ENCODINGS).best()
        likely = best.encoding if best else likely
    return data.decode(likely, errors="replace")
