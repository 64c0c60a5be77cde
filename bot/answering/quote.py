"""Quotes: re-read from the stored source, compared letter by letter, with the answer marked."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.answering.highlight import best_sentence, figure_in
from bot.answering.reply import AlsoIn, Quote
from indexer.expectation import Expectation
from indexer.library.shelf import Shelf
from indexer.ranking.hits import Hit
from indexer.words.asked import AskedWord, flat, own_words

log = logging.getLogger(__name__)

NEAREST_HEADINGS = 3


def quote(
    hit: Hit, shelf: Shelf, asked: Sequence[AskedWord], expectation: Expectation | None = None
) -> Quote | None:
    """The quote for a hit; None when the stored source no longer says what was indexed.

    Args:
        asked: the words of the question, to find the sentence that answers.
        expectation: the kind of answer the question asks for.
    """
    passage = hit.passage
    try:
        source = shelf.read(hit.document.id, passage.byte_start, passage.byte_end)
    except (OSError, UnicodeDecodeError) as error:
        log.error("quote refused: document=%s error=%s", hit.document.id, type(error).__name__)
        return None
    if source != passage.text:
        log.error("quote refused: document=%s error=offsets", hit.document.id)
        return None
    metadata = hit.document.metadata
    figure = figure_in(passage, own_words(asked), asked=asked)
    if figure is not None:
        start, end = figure.start - passage.start, figure.end - passage.start
    else:
        start, end = best_sentence(passage, flat(asked), expectation)
    return Quote(
        document=hit.document.id,
        title=metadata.title,
        section=hit.section,
        publisher=metadata.publisher,
        url=_address(metadata.url, passage.anchor),
        page=passage.page,
        edition=metadata.edition,
        updated=metadata.updated,
        digest_of=metadata.digest_of,
        text=source,
        start=passage.start,
        end=passage.end,
        highlight=source[start:end],
        highlight_start=start,
        score=hit.score,
        table=passage.table,
        figure=figure,
        also=tuple(
            AlsoIn(same.title, same.edition, _address(same.url, other.passage.anchor))
            for other in hit.also
            for same in (other.document.metadata,)
        ),
        approved=hit.document.approved,
    )


def _address(url: str | None, anchor: str | None) -> str | None:
    return f"{url}#{anchor}" if url and anchor and "#" not in url else url


def headings(quotes: Sequence[Quote]) -> list[tuple[str, str]]:
    """Document and section of the nearest passages, each once."""
    nearest = dict.fromkeys((quote.title, quote.section) for quote in quotes)
    return list(nearest)[:NEAREST_HEADINGS]
