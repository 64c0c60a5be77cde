"""Where a quote stands: its number, and the line that names its source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.answering.addresses import address
from bot.answering.cited import approved_as
from bot.answering.edition import edition_label
from bot.answering.reply import AlsoIn, Quote
from bot.slack.blocks.pieces import Inline, link, one_line, shorten, visible, words
from knowledge.messages import Language, say

NAME_CHARACTERS: Final = 150
DETAIL_CHARACTERS: Final = 120
"""Ours: a source line of names longer than these is no longer read."""

ALSO_SHOWN: Final = 4
"""Other documents named in full; the rest are counted."""

_HERE: Final = "\x1f"
"""Stands for the field of a message, to put links in its place; in no text of the catalogue."""


def numbers(quotes: Iterable[Quote], earlier: Iterable[Quote] = ()) -> dict[str, int]:
    """Document -> its number, from 1 in the order of appearance: one number for each document.

    Marks and source lines are both made from this, so they cannot disagree.
    """
    order = dict.fromkeys(quote.document for quote in (*earlier, *quotes))
    return {document: number for number, document in enumerate(order, start=1)}


def citation(quote: Quote, number: int, language: Language) -> list[Inline]:
    """[n] document › section, linked, then digest, publisher, edition, date and page."""
    if quote.approved:
        question = f" · «{_name(quote.section)}»" if visible(quote.section) else ""
        told_as = shorten(one_line(approved_as(quote, language)), NAME_CHARACTERS)
        return [words(f"[{number}] ", bold=True), words(told_as), words(question)]
    url = address(quote.url)
    where = place(quote.title, quote.section)
    details = [
        say("digest_of", language, document=_name(quote.digest_of)) if quote.digest_of else None,
        quote.publisher,
        edition_of(quote.edition, language),
        say("updated", language, date=quote.updated) if quote.updated else None,
        say("page", language, page=quote.page) if quote.page else None,
        quote.url if quote.url and url is None else None,
    ]
    most = NAME_CHARACTERS + DETAIL_CHARACTERS
    told = [shorten(one_line(detail), most) for detail in details if detail and visible(detail)]
    return [
        words(f"[{number}] ", bold=True),
        link(url, where) if url else words(where),
        words("".join(f" · {detail}" for detail in told)),
    ]


def cited(quote: Quote, number: int, language: Language) -> str:
    """The source line as text alone, without the address."""
    return "".join(part.text or "" for part in citation(quote, number, language))


def place(title: str, section: str) -> str:
    """«document › section», or the one of them that there is."""
    names = dict.fromkeys(name for name in (_name(title), _name(section)) if visible(name))
    return " › ".join(names) or "–"


def also_in(also: Iterable[AlsoIn], language: Language) -> list[Inline]:
    """The other documents and editions that say the same, each linked where it has an address."""
    different = {(same.title, same.edition): same for same in reversed(list(also))}
    named = list(reversed(different.values()))
    before, after = say("also_in", language, documents=_HERE).split(_HERE)
    parts: list[Inline] = [words(before, italic=True)]
    for count, same in enumerate(named[:ALSO_SHOWN]):
        edition = edition_of(same.edition, language)
        title = _name(same.title) if visible(same.title) else "–"
        told = f"{title} ({shorten(one_line(edition), DETAIL_CHARACTERS)})" if edition else title
        url = address(same.url)
        parts += [words("; ")] if count else []
        parts.append(link(url, told) if url else words(told))
    if len(named) > ALSO_SHOWN:
        rest = say("slack_more_documents", language, count=len(named) - ALSO_SHOWN)
        parts.append(words(f" {rest}"))
    return [*parts, words(after)]


def edition_of(edition: str | None, language: Language) -> str | None:
    """As `edition_label`; None where there is nothing to see."""
    return edition_label(edition, language) if edition and visible(edition) else None


def _name(text: str) -> str:
    return shorten(one_line(text), NAME_CHARACTERS)
