"""Markdown: headings and tables where the parser finds them, offsets into the raw text.

A comment `<!-- questions … -->` right below a heading lists typical questions, one a line; it is no
part of any section. A text without any Markdown heading is read as plain text (a page saved as
text), for there a line such as "4. Konklusjon" is a heading and not a list.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise

from markdown_it import MarkdownIt

from indexer.documents import Document, FrontMatter, Table
from indexer.loaders.dates import visible_date
from indexer.loaders.front_matter import complete
from indexer.loaders.plain import load_text
from indexer.sections import Heading, assemble, boilerplate, windows
from indexer.tables import find_tables, merge, pipe_tables
from indexer.tables.lines import collapse, read_lines

QUESTIONS = re.compile(r"\s{0,200}<!--[ \t]*(?:questions|spørsmål)\b:?(.*?)-->", re.S | re.I)
# A longer heading is a paragraph that somebody marked by mistake.
MAX_TITLE_CHARS = 500
# A list of questions is short; a comment that never closes is not searched to the end of the file.
MAX_QUESTIONS_CHARS = 20_000
_ITEM = re.compile(r"^(?:[-*•]|\d{1,3}[.)])\s+")
_ATTRIBUTES = re.compile(r"\s*\{#([\w-]+)\}\s*$")
_MARKUP = re.compile(r"(?<!\\)(?:\*\*|__|`)|(?<=\W)[*_](?=\w)|(?<=\w)[*_](?=\W|$)")
_LINK = re.compile(r"!?\[([^\]\n]{0,300})\]\([^)\n]{0,500}\)")
_CLOSING = re.compile(r"\s+#+$")


def load_markdown(text: str, name: str, front_matter: FrontMatter) -> Document:
    """The document of a Markdown text; `text` is stored as it is."""
    headings: list[Heading] = []
    comments: list[tuple[int, int]] = []
    code: list[tuple[int, int]] = []
    for start, end in windows(text):
        found, hidden, fenced = _parse(text, start, end)
        headings.extend(found)
        comments.extend(hidden)
        code.extend(fenced)
    if not headings:
        return load_text(text, name, front_matter)
    inside = [*code, *((h.start, h.end) for h in headings), *comments]
    tables = merge(_tables(text, headings, inside))
    spans = [(t.start, t.end) for t in tables]
    gaps = sorted({*comments, *(s for s in boilerplate(text) if not _meets(s, spans))})
    first = headings[0]
    opening = first.title if first.level == 1 else None
    return Document(
        title=front_matter.title or opening or name,
        text=text,
        sections=assemble(text, headings, gaps),
        tables=tuple(tables),
        front_matter=complete(front_matter, FrontMatter(updated=visible_date(text))),
    )


def _parse(
    text: str, start: int, end: int
) -> tuple[list[Heading], list[tuple[int, int]], list[tuple[int, int]]]:
    """Headings, comments and code of one window, from the parser's line numbers."""
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.disable("inline")
    window = text[start:end]
    starts = [start, *(start + m.end() for m in re.finditer("\n", window)), end]
    tokens = parser.parse(window)
    headings: list[Heading] = []
    hidden: list[tuple[int, int]] = []
    code: list[tuple[int, int]] = []
    for i, token in enumerate(tokens):
        if token.map is None:
            continue
        span = starts[token.map[0]], starts[min(token.map[1], len(starts) - 1)]
        if token.type == "heading_open" and token.level == 0:
            headings.append(_heading(text, tokens[i + 1].content, int(token.tag[1]), span))
        elif token.type == "html_block":
            hidden.extend(_comments(text, *span))
        elif token.type in ("fence", "code_block"):
            code.append(span)
    return headings, hidden, code


def _comments(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while (opening := text.find("<!--", start, end)) >= 0:
        closing = text.find("-->", opening, end)
        start = closing + 3 if closing >= 0 else end
        yield opening, start


def _heading(text: str, content: str, level: int, span: tuple[int, int]) -> Heading:
    start, end = span
    content = content[:MAX_TITLE_CHARS]
    attributes = _ATTRIBUTES.search(content)
    title = _CLOSING.sub("", _ATTRIBUTES.sub("", content))
    title = collapse(_MARKUP.sub("", _LINK.sub(r"\1", title)))
    asked = QUESTIONS.match(text, end, end + MAX_QUESTIONS_CHARS)
    questions: tuple[str, ...] = ()
    if asked:
        end = asked.end()
        lines = (_ITEM.sub("", line.text) for line in read_lines(asked[1]))
        questions = tuple(line for line in lines if line)
    anchor = attributes[1] if attributes else None
    return Heading(level, title, start, end, anchor, None, questions)


def _tables(text: str, headings: list[Heading], inside: list[tuple[int, int]]) -> Iterator[Table]:
    """Pipe tables first, then those that stand as plain text between two headings."""
    edges = [0, *(h.end for h in headings), len(text)]
    taken = _united(inside)
    for start, end in pairwise(edges):
        for low, high in windows(text[start:end]):
            part = start + low, start + high
            lines = list(read_lines(text, *part))
            for table in (*pipe_tables(text, lines), *find_tables(text, *part)):
                if not _meets((table.start, table.end), taken):
                    yield table


def _united(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    united: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if united and start <= united[-1][1]:
            united[-1] = united[-1][0], max(united[-1][1], end)
        else:
            united.append((start, end))
    return united


def _meets(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    """Whether `span` overlaps one of `others` (sorted, none overlapping)."""
    at = bisect_right(others, span, key=lambda other: (other[0], other[1]))
    return any(a < span[1] and span[0] < b for a, b in others[max(0, at - 1) : at + 1])
