"""A quote as rich text: the words of the source, what answers in bold, and the source line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from slack_sdk.models.blocks import RichTextElement

from bot.answering.reply import Figure, Quote
from bot.slack.blocks.pieces import (
    CUT,
    Block,
    Inline,
    beginning,
    one_line,
    preformatted,
    quoted,
    rich,
    section,
    shorten,
    size,
    visible,
    words,
)
from bot.slack.blocks.source import also_in, citation
from bot.slack.blocks.table import SmallTable, small_table
from indexer.passages.sentences import sentences
from knowledge.messages import Language, say

LONGEST_QUOTE: Final = 1500
"""Characters of one quote; more than this is not read in Slack. Few passages are longer."""

FIGURE_CHARACTERS: Final = 1000
LABELS_CHARACTERS: Final = 200
CAPTION_CHARACTERS: Final = 300

Span = tuple[int, int]


@dataclass(frozen=True)
class Excerpt:
    """What is shown of a stretch of a quote, `text[start:end]`, and where something is left out."""

    start: int
    end: int
    before: bool
    after: bool

    @property
    def shortened(self) -> bool:
        return self.before or self.after


def quote_as_block(
    quote: Quote, number: int, language: Language, room: int = LONGEST_QUOTE
) -> Block:
    """One block: the figure, the table, the quote, and the source line with its number.

    Args:
        room: the most characters of the source's text to show.
    """
    parts: list[RichTextElement] = []
    if quote.figure is not None:
        parts.append(section(*_figure(quote.figure, language)))
    table = small_table(quote)
    if table is not None:
        parts += _table(quote, table)
    answering = highlighted(quote)
    shortened = False
    for start, end in _stretches(quote, table):
        shown = excerpt(quote.text, (start, end), answering, room)
        shortened = shortened or shown.shortened
        parts.append(quoted(*_marked(quote.text, shown, answering)))
    notes = [
        say("slack_quote_shortened", language) if shortened else "",
        say("slack_table_shortened", language) if table and table.shortened else "",
    ]
    if told := " ".join(note for note in notes if note):
        parts.append(section(words(told, italic=True)))
    parts.append(section(*citation(quote, number, language)))
    if quote.also:
        parts.append(section(*also_in(quote.also, language)))
    return rich(*parts)


def highlighted(quote: Quote) -> Span | None:
    """Where the sentence that answers stands in the quote's text; None when it is not there."""
    start = quote.highlight_start
    end = start + len(quote.highlight)
    if visible(quote.highlight) and start >= 0 and quote.text[start:end] == quote.highlight:
        return start, end
    return None


def excerpt(text: str, stretch: Span, answering: Span | None, room: int) -> Excerpt:
    """As many whole sentences of a stretch as there is room for, around those that answer.

    Where not even they fit, what answers is cut between words.
    """
    start, end = _trimmed(text, *stretch)
    if size(text[start:end]) <= room:
        return Excerpt(start, end, False, False)
    spans = [(start + low, start + high) for low, high in sentences(text[start:end])]
    low, high = answering or spans[0]
    chosen = [n for n, span in enumerate(spans) if span[0] < high and low < span[1]] or [0]
    first, last = chosen[0], chosen[-1]
    if size(text[spans[first][0] : spans[last][1]]) > room:
        from_here = max(start, low) if answering else spans[first][0]
        until = from_here + _whole_words(text[from_here:end], room)
        return Excerpt(from_here, until, from_here > start, until < end)
    first, last = _grown(text, spans, first, last, room)
    return Excerpt(spans[first][0], spans[last][1], first > 0, last + 1 < len(spans))


def _grown(text: str, spans: list[Span], first: int, last: int, room: int) -> tuple[int, int]:
    """Sentences after and before in turn, for as long as they fit."""
    refused = 0
    after = True
    while refused < 2:
        low, high = (first, last + 1) if after else (first - 1, last)
        inside = low >= 0 and high < len(spans)
        if inside and size(text[spans[low][0] : spans[high][1]]) <= room:
            first, last = low, high
            refused = 0
        else:
            refused += 1
        after = not after
    return first, last


def _whole_words(text: str, room: int) -> int:
    """How many characters of `text` go into `room` units, no word broken where that is possible."""
    cut = beginning(text, room)
    if len(cut) == len(text) or text[len(cut)].isspace():
        return len(cut.rstrip())
    words_only = cut.rsplit(None, 1)[0] if len(cut.split(None, 1)) > 1 else cut
    return len(words_only.rstrip())


def _stretches(quote: Quote, table: SmallTable | None) -> list[Span]:
    """What is to be quoted as text: all of it, or what stands around a table that is drawn."""
    text = quote.text
    spans = [(0, len(text))]
    if table is not None and quote.table is not None:
        top = min(len(text), max(0, quote.table.start - quote.start))
        bottom = min(len(text), max(top, quote.table.end - quote.start))
        spans = [(0, top), (bottom, len(text))]
    return [span for span in spans if visible(text[slice(*span)])]


def _marked(text: str, shown: Excerpt, answering: Span | None) -> list[Inline]:
    """The words shown, those that answer in bold, and the marks of what is left out."""
    low, high = answering or (shown.start, shown.start)
    low, high = (min(max(place, shown.start), shown.end) for place in (low, high))
    parts: list[Inline] = [
        words(text[shown.start : low]),
        words(text[low:high], bold=True),
        words(text[high : shown.end]),
    ]
    before = [words(f"{CUT} ", italic=True)] if shown.before else []
    after = [words(f" {CUT}", italic=True)] if shown.after else []
    return [*before, *parts, *after]


def _figure(figure: Figure, language: Language) -> list[Inline]:
    """«row, column: value» in bold; the value letter by letter."""
    labels = (shorten(one_line(name), LABELS_CHARACTERS) for name in (figure.row, figure.column))
    of = ", ".join(label for label in labels if visible(label))
    value = shorten(figure.value, FIGURE_CHARACTERS)
    told = say("figure", language, of=of, value="")
    return [words(told, bold=True) if of else words(""), words(value, bold=True)]


def _table(quote: Quote, table: SmallTable) -> list[RichTextElement]:
    caption = one_line(quote.table.caption) if quote.table else ""
    named = [section(words(shorten(caption, CAPTION_CHARACTERS), italic=True))]
    return [*(named if visible(caption) else []), preformatted(table.text)]


def _trimmed(text: str, start: int, end: int) -> Span:
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), start + len(inner.rstrip())
