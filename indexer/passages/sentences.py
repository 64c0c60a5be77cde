"""Sentences, list items and captions of a text: the smallest pieces that a passage is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from indexer.tables.lines import MAX_CELL_CHARS, Line, is_caption, is_item, read_lines

# A sentence up to this length stays whole; a longer one is cut at a clause.
MAX_SENTENCE_WORDS = 150
CUT_WORDS = 120
# How far back from CUT_WORDS a comma or colon is looked for.
CLAUSE_WORDS = 50
# A "word" longer than this (a file without white space) counts as several.
MAX_WORD_CHARS = 60
# A list item of several sentences stays whole up to this length.
MAX_ITEM_WORDS = 60

# Abbreviations with a full stop that never end a sentence (a figure or a name follows).
_OPEN = frozenset(
    {
        *("bl.a", "bla", "f.eks", "eks", "jf", "jfr", "nr", "kr", "pr", "pkt", "kap", "ca", "dvs"),
        *("fig", "tab", "tlf", "vedr", "inkl", "ekskl", "st", "meld", "prop", "dr", "prof", "kl"),
        *("mht", "ift", "ifm", "pga", "evt", "ev", "sml", "s", "ss", "f", "t.d", "d.v.s", "o.s.b"),
        *("e.g", "i.e", "mr", "mrs", "ms", "no", "vs", "cf", "art", "avd", "adm", "ang", "iht"),
        *("mill", "mrd", "max", "maks", "min", "gj.snitt", "red", "utg", "forts", "hhv", "resp"),
    }
)
# Those that may end one: a sentence ends there when a capital follows.
_CLOSING = frozenset({"osv", "m.fl", "mfl", "m.m", "mm", "m.v", "mv", "o.l", "e.l", "etc", "o.a"})
_MONTHS = (
    *("januar", "februar", "mars", "april", "mai", "juni", "juli"),
    *("august", "september", "oktober", "november", "desember"),
)
# The look-behind keeps a long row of dots from being read again from each of them.
_STOP = re.compile(r"(?<![.!?…])[.!?…]++[\"»”’)\]]*+\s+")
_OPENING = "\"'«“‘([–—- \u00a0"
_NUMBER = re.compile(r"^\(?\d{1,4}(?:[.\-]\d{1,3})*[a-z]?$")
_WORD = re.compile(rf"\S{{1,{MAX_WORD_CHARS}}}")
# Longest stretch looked back over for the word before a full stop.
_LOOK_BACK = 24

Span: TypeAlias = tuple[int, int]
Kind: TypeAlias = Literal["text", "item", "intro", "caption"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, a list item, the line that introduces a list, or a caption.

    `opens` tells that a paragraph begins here, so that a passage may well end before it.
    """

    start: int
    end: int
    words: int
    kind: Kind
    opens: bool


def sentences(text: str) -> list[Span]:
    """Offsets of the sentences of `text`, in order; a list item or a caption starts a new one.

    A full stop after an abbreviation, an ordinal ("3. mars") or a section number ("§ 3-2.", "1.2.")
    ends none. Every character that is not white space lies in one of them.
    """
    return [span for block, _ in _blocks(text, 0, len(text)) for span in _sentences(text, *block)]


def pieces(text: str, start: int, end: int) -> Iterator[Piece]:
    """The pieces of `text[start:end]` in order; none is above MAX_SENTENCE_WORDS words."""
    for (block_start, block_end), kind in _blocks(text, start, end):
        opens = kind != "item"
        whole = kind == "item" and count_words(text, block_start, block_end) <= MAX_ITEM_WORDS
        block = block_start, block_end
        for span in [block] if whole else _sentences(text, *block):
            words = count_words(text, *span)
            parts = [span] if words <= MAX_SENTENCE_WORDS else _cut(text, *span)
            for part in parts:
                last = part[1] == block_end and text[block_end - 1] == ":"
                yield Piece(
                    *part,
                    words if len(parts) == 1 else count_words(text, *part),
                    "intro" if kind == "text" and last else kind,
                    opens,
                )
                opens = False


def count_words(text: str, start: int, end: int) -> int:
    return sum(1 for _ in _WORD.finditer(text, start, end))


def _blocks(text: str, start: int, end: int) -> Iterator[tuple[Span, Kind]]:
    """Paragraphs, list items and captions."""
    block: Span | None = None
    kind: Kind = "text"
    captioned = False  # since the last caption, only short lines that stand alone
    previous = Line("", start, start)
    for line in read_lines(text, start, end):
        if line.text:
            starts: Kind | None = None
            if is_caption(line.text):
                starts = "caption"
            elif is_item(line.text):
                starts = "item"
            elif not previous.text or kind == "caption":
                starts = "item" if captioned and _is_entry(line) else "text"
            if starts:
                if block:
                    yield block, kind
                block, kind = (line.start, line.end), starts
                captioned = starts == "caption" or (captioned and starts == "item")
            elif block:
                block = block[0], line.end
        previous = line
    if block:
        yield block, kind


def _is_entry(line: Line) -> bool:
    return len(line.text) <= MAX_CELL_CHARS and line.text[-1] not in ".!?:"


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    at = start
    for stop in _STOP.finditer(text, start, end):
        if stop.end() < end and _ends(text, at, stop, end):
            yield at, stop.start() + len(stop.group().rstrip())
            at = stop.end()
    if at < end:
        yield at, end


def _ends(text: str, start: int, stop: re.Match[str], end: int) -> bool:
    """Whether the sentence that began at `start` ends at `stop`."""
    after = stop.end()
    while after < end - 1 and text[after] in _OPENING:
        after += 1
    following = text[after]
    if not (following.isupper() or following.isdigit() or following in "§•"):
        return False
    if not stop.group().startswith(".") or stop.group().startswith(".."):
        return True
    low = max(start, stop.start() - _LOOK_BACK)
    words = text[low : stop.start()].split()
    word = words[-1].lstrip("(«\"'[") if words else ""
    if stop.group().rstrip() != ".":  # a bracket or quotation mark after the full stop
        return True
    folded = word.casefold()
    if folded in _OPEN or (len(word) == 1 and word.isupper()):
        return False
    if folded in _CLOSING:
        return following.isupper()
    if _NUMBER.match(word):
        so_far = text[start : stop.start()].strip() if low == start else ""
        if so_far in (word, f"§ {word}", f"§{word}", f"§\u00a0{word}"):
            return False
        if text.startswith(_MONTHS, after) or (len(word) <= 2 and following.isdigit()):
            return False
    return True


def _cut(text: str, start: int, end: int) -> list[Span]:
    """A long sentence in parts of at most CUT_WORDS words, at clauses where there are any."""
    parts: list[Span] = []
    words: list[Span] = []
    for match in _WORD.finditer(text, start, end):
        words.append(match.span())
        if len(words) == CUT_WORDS:
            at = CUT_WORDS
            for i in range(CUT_WORDS, CUT_WORDS - CLAUSE_WORDS, -1):
                if text[words[i - 1][1] - 1] in ",;:)–":
                    at = i
                    break
            parts.append((words[0][0], words[at - 1][1]))
            words = words[at:]
    if words:
        parts.append((words[0][0], words[-1][1]))
    return parts
