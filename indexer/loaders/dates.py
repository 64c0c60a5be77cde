"""Dates as they are written on Norwegian pages and in front matter."""

from __future__ import annotations

import re
from datetime import date, datetime

from indexer.sections.boilerplate import UPDATED
from indexer.tables.lines import read_lines

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("januar", "january", "jan"),
            ("februar", "february", "feb"),
            ("mars", "march", "mar"),
            ("april", "apr"),
            ("mai", "may"),
            ("juni", "june", "jun"),
            ("juli", "july", "jul"),
            ("august", "aug"),
            ("september", "sep", "sept"),
            ("oktober", "october", "okt", "oct"),
            ("november", "nov"),
            ("desember", "december", "des", "dec"),
        ),
        start=1,
    )
    for name in names
}
_ISO = re.compile(r"\b((?:19|20)\d\d)-(\d{1,2})-(\d{1,2})")
_DOTTED = re.compile(r"\b(\d{1,2})[./]\s?(\d{1,2})[./]\s?((?:19|20)\d\d)\b")
_WORDED = re.compile(r"\b(\d{1,2})\.?\s+([a-zæøå]+)\.?,?\s+((?:19|20)\d\d)\b", re.I)
# The line stands at the head or the foot of a page; the middle of a long report is not read.
_EDGE_CHARS = 6_000


def parse_date(value: object) -> date | None:
    """A date from a date, or from text ("2020-04-01", "01.04.2020", "1. april 2020"); else None."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value) if value is not None else ""
    if iso := _ISO.search(text):
        parts = int(iso[1]), int(iso[2]), int(iso[3])
    elif dotted := _DOTTED.search(text):
        parts = int(dotted[3]), int(dotted[2]), int(dotted[1])
    elif worded := _WORDED.search(text):
        parts = int(worded[3]), _MONTHS.get(worded[2].casefold(), 0), int(worded[1])
    else:
        return None
    try:
        return date(*parts)
    except ValueError:
        return None


def visible_date(text: str) -> date | None:
    """The date of a line such as "Sist faglig oppdatert: 1. april 2020" near either end."""
    edges = [(max(0, len(text) - _EDGE_CHARS), len(text)), (0, min(len(text), _EDGE_CHARS))]
    for start, end in edges:
        for line in read_lines(text, start, end):
            if UPDATED.match(line.text) and not line.text.casefold().startswith("publisert"):
                found = parse_date(line.text)
                if found:
                    return found
    return None
