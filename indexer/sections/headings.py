"""Headings of a text without markup, by how its lines look and what stands around them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.sections.assembly import Heading
from indexer.tables.lines import Line, collapse, is_caption, is_item, is_value

# Longest line taken as a heading; the longest in Helsedirektoratet's reports is about 70.
MAX_HEADING_CHARS = 90
MAX_NUMBERED_CHARS = 120
# Three short lines in a row, each on its own, are a list or a table without its lines.
MIN_LIST_RUN = 3

_CHAPTER = re.compile(r"^(kapittel|kapitel|del|chapter)\s*(\d{1,3})\s*[.:–-]?\s*(\S.*)?$", re.I)
_NUMBERED = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+(?=[A-ZÆØÅÉ«\"])\S.*$")
_COMMENT = re.compile(r"^kommentar(?:er)?\s*(?:til|om|–|-|:)(?:\s|$)", re.I)
_ATTRIBUTION = re.compile(
    r"^(?:(?:kommentar|sitat|utsagn|tilbakemelding|innspill|merknad)\s+(?:fra|frå)\b"
    r"|(?:kilde|kjelde|foto|illustrasjon|merknad|note)\s*:|figur\s+\d)",
    re.I,
)
# Last in a run of short lines, these are headings all the same: the usual parts of a report.
USUAL_HEADINGS = frozenset(
    {
        *("bakgrunn", "formål", "føremål", "mål", "metode", "innledning", "innleiing"),
        *("sammendrag", "samandrag", "oppsummering", "resultat", "resultater", "konklusjon"),
        *("diskusjon", "drøfting", "organisering", "samarbeid", "økonomi", "finansiering"),
        *("kommunikasjon", "kommunikasjonsarbeid", "kompetanse", "rapportering", "evaluering"),
        *("vedlegg", "referanser", "kilder", "forord", "anbefalinger", "tilrådingar"),
        *("tiltak", "målgruppe", "målgrupper"),
    }
)
_LETTER = re.compile(r"[^\W\d_]")
_UNDERLINE = re.compile(r"^(={3,}|-{3,})$")
CHAPTER_LEVEL = 1


def headings_of(
    lines: list[Line], *, at_top: bool = True, before: Sequence[Heading] = ()
) -> list[Heading]:
    """The headings among `lines`.

    Args:
        lines: in text order; a table stands as one line that begins with a bar.
        at_top: the first of them opens the document.
        before: the headings of the document before these lines.
    """
    return _levels(_headings(lines), at_top=at_top, before=before)


@dataclass(frozen=True, slots=True)
class _Found:
    line: Line
    end: int
    kind: str  # "chapter", "numbered", "comment", "underlined" or "short"
    chained: bool  # the line with text before it is a heading too
    first: bool  # it is the first line with text


def _headings(lines: list[Line]) -> list[_Found]:
    found: list[_Found] = []
    run: list[int] = []  # indexes into `texts` of short lines in a row
    texts = [i for i, line in enumerate(lines) if line.text]
    taken: set[int] = set()

    def close(following: int | None) -> None:
        for position in _headings_of_run(lines, texts, run, following):
            add(position, "short")
        run.clear()

    def add(position: int, kind: str, end: int | None = None) -> None:
        line = lines[texts[position]]
        chained = position - 1 in taken
        taken.add(position)
        found.append(_Found(line, end or line.end, kind, chained, position == 0))

    for position, i in enumerate(texts):
        kind = _strong(lines, texts, position)
        if kind:
            close(position)
            underline = kind == "underlined"
            add(position, kind, lines[texts[position + 1]].end if underline else None)
        elif _short(lines, i):
            run.append(position)
        else:
            close(position)
    close(None)
    return sorted(found, key=lambda f: f.line.start)


def _alone(lines: list[Line], i: int) -> bool:
    return not (i > 0 and lines[i - 1].text) and not (i + 1 < len(lines) and lines[i + 1].text)


def _short(lines: list[Line], i: int) -> bool:
    """A line that may be a heading, by its own looks: short, alone, a capital, no full stop."""
    text = lines[i].text
    return (
        len(text) <= MAX_HEADING_CHARS
        and (text[0].isupper() or text[0].isdigit() or text[0] in '«"(')
        and text[-1] not in ".!?,;…"
        and bool(_LETTER.search(text))
        and not is_item(text)
        and not is_value(text)
        and not is_caption(text)
        and not _ATTRIBUTION.match(text)
        and _alone(lines, i)
    )


def _strong(lines: list[Line], texts: list[int], position: int) -> str | None:
    """Headings that are told by their wording, whatever stands around them."""
    i = texts[position]
    text = lines[i].text
    if len(text) > MAX_NUMBERED_CHARS:
        return None
    following = lines[texts[position + 1]] if position + 1 < len(texts) else None
    if (
        following
        and _UNDERLINE.match(following.text)
        and texts[position + 1] == i + 1
        and not (i > 0 and lines[i - 1].text)
        and _LETTER.search(text)
    ):
        return "underlined"
    if following is None or not _alone(lines, i) or text[-1] in ".,;":
        return None
    chapter = _CHAPTER.match(text)
    if chapter and (chapter[3] or "X")[0].isupper():
        return "chapter"
    if _COMMENT.match(text):
        return "comment"
    numbered = _NUMBERED.match(text)
    if numbered and not is_value(text):
        depth = numbered[1].count(".") + 1
        # "1. Be om …" / "2. Tilby …" with blank lines between are a list, not headings.
        sibling = _NUMBERED.match(following.text)
        if depth > 1 or not (sibling and sibling[1].count(".") == 0):
            return "numbered"
    return None


def _headings_of_run(
    lines: list[Line], texts: list[int], run: list[int], following: int | None
) -> list[int]:
    if not run:
        return []
    if following is not None and is_item(lines[texts[following]].text):
        # What introduces a list ends with a colon; a heading may stand right above a list.
        if lines[texts[run[-1]]].text.endswith(":"):
            run = run[:-1]
    elif following is None or not _paragraph(lines, texts[following]):
        if len(run) < MIN_LIST_RUN and following is not None:
            return list(run) if _strong(lines, texts, following) else []
        return []
    if len(run) >= MIN_LIST_RUN:
        last = lines[texts[run[-1]]].text.casefold().strip(" :")
        return [run[-1]] if last in USUAL_HEADINGS else []
    return list(run)


def _paragraph(lines: list[Line], i: int) -> bool:
    """Prose, a table or its caption: what a heading may stand above."""
    text = lines[i].text
    return (
        len(text) > MAX_HEADING_CHARS
        or text[-1] in ".!?:…»)"
        or text.startswith("|")
        or is_caption(text)
        or (i + 1 < len(lines) and bool(lines[i + 1].text))
    )


def _levels(found: Sequence[_Found], *, at_top: bool, before: Sequence[Heading]) -> list[Heading]:
    """Levels by numbers where there are numbers, else by what stands right under what.

    An unnumbered heading is one below the last numbered one; a heading right under another is its
    child, and so is a later one that repeats the parent's words; a comment belongs to the heading
    before it; a heading above another at the very top is the title of the whole.
    """
    headings: list[Heading] = []
    base = next(
        (h.level for h in reversed(before) if _NUMBERED.match(h.title) or _CHAPTER.match(h.title)),
        0,
    )
    parent: Heading | None = None
    last = next((h.level for h in reversed(before)), 0)
    for i, item in enumerate(found):
        title = collapse(item.line.text).rstrip(":").rstrip()
        if item.kind == "chapter":
            chapter = _CHAPTER.match(title)
            assert chapter
            title = " ".join(part for part in chapter.groups() if part)
            level = base = CHAPTER_LEVEL
            parent = None
        elif item.kind == "numbered":
            number = _NUMBERED.match(title)
            level = base = number[1].count(".") + 1 if number else 1
            parent = None
        elif item.kind == "comment":
            headings.append(Heading(last + 1, title, item.line.start, item.end))
            continue
        elif at_top and item.first and i + 1 < len(found) and found[i + 1].chained:
            level = 0
        elif item.chained and headings and found[i - 1].kind in ("short", "underlined"):
            parent = headings[-1] if headings[-1].level > 0 else None
            level = headings[-1].level + 1
        elif parent and parent.title.casefold() in title.casefold():
            level = parent.level + 1
        else:
            level, parent = base + 1, None
        last = level
        headings.append(Heading(level, title, item.line.start, item.end))
    return headings
