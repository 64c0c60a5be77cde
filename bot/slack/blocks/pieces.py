"""The small pieces that blocks are made of: texts, buttons, rich text, and what a message is.

Text of a person or a document is literal here: it goes into plain_text objects with no emoji codes,
or into text elements of rich text. Nothing but `escape` makes text for a field that Slack reads as
mrkdwn.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from slack_sdk.models.blocks import (
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    HeaderBlock,
    PlainTextObject,
    RichTextBlock,
    RichTextElement,
    RichTextElementParts,
    RichTextListElement,
    RichTextPreformattedElement,
    RichTextQuoteElement,
    RichTextSectionElement,
)

from knowledge.messages import Language, say

Block: TypeAlias = dict[str, Any]
Inline: TypeAlias = RichTextElementParts.Text | RichTextElementParts.Link

# Origin of the limits: docs.slack.dev/reference/block-kit; the same as in slack_sdk's models.
TEXT_CHARACTERS: Final = 3000
BUTTON_CHARACTERS: Final = 75
HEADING_CHARACTERS: Final = 150
FALLBACK_CHARACTERS: Final = 3000
"""Our own, for the text of a message that has blocks: chat.update refuses more than 4,000."""

NOTHING: Final = "–"
"""In place of a text with nothing to see in it, which Slack refuses."""

CUT: Final = "[…]"
"""Where something of a quote is left out: in italics and an element of its own, so that it is not
taken for a mark in the source."""

_STRETCHES = (
    RichTextSectionElement,
    RichTextQuoteElement,
    RichTextListElement,
    RichTextPreformattedElement,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\u061c\ufeff]")
"""Bidirectional embeddings, overrides and isolates, which can make text read as what it is not."""
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LAST_WORD = re.compile(r"\s+\S*\Z")


@dataclass(frozen=True)
class Rendered:
    """A message: blocks, and the text for notifications and screen readers.

    `text` is never empty, at most FALLBACK_CHARACTERS, and escaped, so that nothing in it is live.
    """

    text: str
    blocks: list[Block]


def literal(text: str) -> str:
    """Text without control characters and without what turns the direction of what follows it."""
    text = _CONTROL.sub(" ", text.replace("\r\n", "\n"))
    return _SURROGATE.sub("\ufffd", _TURNING.sub("", text))


def one_line(text: str) -> str:
    return " ".join(literal(text).split())


def visible(text: str) -> bool:
    """Whether there is something to see in it, other than white space and format characters."""
    return any(unicodedata.category(sign)[0] not in "CZ" for sign in text)


def size(text: str) -> int:
    """Length in UTF-16 units: what a client counts, and never less than the characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shorten(text: str, limit: int) -> str:
    """`text` in at most `limit` (from 1) units of `size`, cut between words, with … at the end."""
    if size(text) <= limit:
        return text
    cut = beginning(text, limit - 1)
    whole = _LAST_WORD.sub("", cut) if not text[len(cut)].isspace() else cut
    if size(whole) * 2 < limit:  # one long word: better cut than gone
        whole = cut
    return whole.rstrip(" \t\n,;:–-\u200d\ufe0f") + "…"


def beginning(text: str, limit: int) -> str:
    """The first `limit` units of `size`, no character in half."""
    return text.encode("utf-16-le", "surrogatepass")[: limit * 2].decode("utf-16-le", "ignore")


def escape(text: str) -> str:
    """Text for a field that is read as mrkdwn: no mention, no link, no entity is left live."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fallback(lines: Iterable[str]) -> str:
    """The text of a message from lines of literal text."""
    told = "\n".join(line for line in map(literal, lines) if visible(line)) or NOTHING
    told = shorten(told, FALLBACK_CHARACTERS)
    if size(escape(told)) > FALLBACK_CHARACTERS:  # an escaped sign takes up to five
        told = shorten(told, FALLBACK_CHARACTERS // 5)
    return escape(told)


def plain(text: str, limit: int = TEXT_CHARACTERS) -> Block:
    """A plain_text object, never empty."""
    told = literal(text).strip()
    shown = shorten(told, limit) if visible(told) else NOTHING
    return dict(PlainTextObject(text=shown, emoji=False).to_dict())


def button(
    text: str,
    action_id: str,
    value: str,
    style: Literal["primary", "danger"] | None = None,
    confirm: ConfirmObject | None = None,
    *,
    spoken: str | None = None,
) -> Block:
    """A button; `spoken` is what a screen reader says instead of `text`."""
    label = shorten(one_line(spoken), BUTTON_CHARACTERS) if spoken else None
    made = ButtonElement(
        text=PlainTextObject(**_words(one_line(text), BUTTON_CHARACTERS)),
        action_id=action_id,
        value=value,
        style=style,
        confirm=confirm,
        accessibility_label=label,
    )
    return dict(made.to_dict())


def _words(text: str, limit: int) -> dict[str, Any]:
    return {"text": plain(text, limit)["text"], "emoji": False}


def heading(text: str) -> Block:
    words = _words(one_line(text), HEADING_CHARACTERS)
    return dict(HeaderBlock(text=PlainTextObject(**words)).to_dict())


def context(*texts: str) -> Block:
    """A block of small print, one element for each text (10 at most)."""
    elements = [PlainTextObject(**_words(text, TEXT_CHARACTERS)) for text in texts]
    return dict(ContextBlock(elements=elements).to_dict())


def words(text: str, *, bold: bool = False, italic: bool = False) -> Inline:
    """A text element of rich text, letter by letter as given."""
    style = RichTextElementParts.TextStyle(bold=bold or None, italic=italic or None)
    return RichTextElementParts.Text(text=text, style=style if bold or italic else None)


def link(url: str, text: str) -> Inline:
    """A link; `url` is one that `source.address` let through."""
    return RichTextElementParts.Link(url=url, text=text)


def section(*parts: str | Inline) -> RichTextSectionElement:
    return RichTextSectionElement(elements=_inline(parts))


def quoted(*parts: str | Inline) -> RichTextQuoteElement:
    return RichTextQuoteElement(elements=_inline(parts))


def preformatted(text: str) -> RichTextPreformattedElement:
    return RichTextPreformattedElement(elements=[words(text)])


def bullets(
    entries: Iterable[Sequence[str | Inline]], *, numbered: bool = False
) -> RichTextListElement:
    """A list; each entry is a sequence of parts. There must be one at least."""
    style = "ordered" if numbered else "bullet"
    return RichTextListElement(elements=[section(*entry) for entry in entries], style=style)


def _inline(parts: Iterable[str | Inline]) -> list[Inline]:
    """Parts as elements: those without any text are left out, and something is always left."""
    made = [words(literal(part)) if isinstance(part, str) else part for part in parts]
    return [part for part in made if part.text] or [words(NOTHING)]


def rich(*parts: str | RichTextElement, block_id: str | None = None) -> Block:
    """A rich_text block: texts and links that follow each other are one section; sections, quotes,
    lists and preformatted texts stand as they are."""
    stretches: list[RichTextElement] = []
    run: list[str | Inline] = []
    for part in parts:
        if isinstance(part, str | RichTextElementParts.Text | RichTextElementParts.Link):
            run.append(part)
            continue
        assert isinstance(part, _STRETCHES)
        if run:
            stretches.append(section(*run))
            run = []
        stretches.append(part)
    if run or not stretches:
        stretches.append(section(*run))
    return dict(RichTextBlock(elements=stretches, block_id=block_id).to_dict())


def quote_block(text: str) -> Block:
    """What somebody wrote, as a quotation."""
    return rich(quoted(words(text) if visible(text) else NOTHING))


def notice(key: str, language: Language, **fields: object) -> Rendered:
    """One sentence of the catalogue as a message; its fields are literal text."""
    told = shorten(literal(say(key, language, **fields)), FALLBACK_CHARACTERS)
    return Rendered(fallback([told]), [rich(told)])
