"""A reply as a message: what the sources say, or what to do where they do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from bot.answering.addresses import address
from bot.answering.reply import Quote, Reply
from bot.slack.blocks import buttons
from bot.slack.blocks.limits import MESSAGE_CHARACTERS, fit, weight
from bot.slack.blocks.pieces import (
    BUTTON_CHARACTERS,
    Block,
    Inline,
    Rendered,
    bullets,
    context,
    fallback,
    link,
    one_line,
    rich,
    section,
    size,
    visible,
    words,
)
from bot.slack.blocks.quotes import LONGEST_QUOTE, quote_as_block
from bot.slack.blocks.source import cited, numbers, place
from knowledge.messages import Language, say

SHOWN_QUOTES: Final = 3
"""More are behind «Vis flere»."""

NEAREST_HEADINGS: Final = 5
ROOMS: Final = (LONGEST_QUOTE, 1000, 700, 450, 300, 200)
"""Characters for each quote, tried in order until the message is short enough for Slack."""


def answer(
    reply: Reply,
    language: Language,
    *,
    private: bool = False,
    ask_who: bool = False,
    resolved: bool = False,
    choices: Sequence[str] | None = None,
) -> Rendered:
    """A reply, with its buttons at the bottom.

    Args:
        private: only the asker sees it, so it can be shared in the channel.
        ask_who: the municipality is not known, so there is a button to tell it.
        resolved: the asker marked the question as resolved.
        choices: for "unclear", what to choose among, in place of the reply's parts or headings.
    """
    if reply.outcome == "answered" and reply.quotes:
        return _answered(reply, language, private=private, ask_who=ask_who, resolved=resolved)
    if "note_urgent" in reply.notes:
        return _urgent(reply, language)
    if reply.outcome == "unclear":
        offered = list(reply.parts or _named(reply)) if choices is None else list(choices)
        lines = _asked_back(reply, language, offered)
        body = [rich(lines[0]), *_offered(reply, offered)]
    elif reply.outcome == "failed":
        lines = [_failure(reply, language)]
        body = [rich(lines[0])]
    else:
        lines = _not_covered_lines(reply, language)
        body = [_not_covered(reply, language)]
    told_no = reply.outcome not in ("unclear", "failed")
    lines = [*_serving(reply, language), *lines]
    body = [*map(rich, _serving(reply, language)), *body, *_notes(reply, language)]
    if reply.outcome != "failed":
        body.append(_small_print(reply, language, say("slack_automatic", language)))
    bottom = _actions(
        reply,
        language,
        to_centre=not (told_no and reply.elsewhere),
        primary=told_no,
        resolved=resolved,
        share=told_no and private,
        who=ask_who,
    )
    return Rendered(fallback(lines), fit([*body, *bottom], language=language))


def more(
    quotes: Sequence[Quote], language: Language, numbers_from: Reply | None = None
) -> Rendered:
    """Further hits; their documents are numbered on from those of the answer."""
    if not quotes:
        told = say("slack_more_none", language)
        return Rendered(fallback([told]), [rich(told)])
    earlier = numbers_from.quotes[:SHOWN_QUOTES] if numbers_from is not None else ()
    lead = say("slack_more_lead", language)
    count = numbers(quotes, earlier)
    blocks = _roomy(lambda room: [context(lead), *_quotes(quotes, count, language, room)])
    return Rendered(_told([lead], quotes, count, language), fit(blocks, language=language))


def _answered(
    reply: Reply, language: Language, *, private: bool, ask_who: bool, resolved: bool
) -> Rendered:
    shown = reply.quotes[:SHOWN_QUOTES]
    count = numbers(shown)
    lead = say("lead", language)
    urgent = "note_urgent" in reply.notes
    top = [
        *([rich(say("note_urgent", language))] if urgent else []),
        *[rich(line) for line in _serving(reply, language)],
        _small_print(reply, language, lead),
        *_notes(reply, language),
    ]
    bottom = _actions(
        reply,
        language,
        resolved=resolved,
        more=max(len(reply.candidates), len(reply.quotes)) > len(shown),
        share=private,
        who=ask_who,
    )
    if reply.inquiry is not None:
        bottom = [buttons.feedback(reply.inquiry, language), *bottom]
    blocks = _roomy(lambda room: [*top, *_quotes(shown, count, language, room), *bottom])
    text = _told([*_serving(reply, language), lead], shown, count, language)
    return Rendered(text, fit(blocks, language=language))


def _serving(reply: Reply, language: Language) -> list[str]:
    """Which development centre the place belongs to, where that was asked."""
    if reply.serving is None:
        return []
    place, centre = one_line(reply.serving.place), one_line(reply.serving.centre)
    return [say("centre_serves", language, place=place, centre=centre)]


def _quotes(
    quotes: Sequence[Quote], count: dict[str, int], language: Language, room: int
) -> list[Block]:
    return [quote_as_block(quote, count[quote.document], language, room) for quote in quotes]


def _roomy(render: Callable[[int], list[Block]]) -> list[Block]:
    """With as long quotes as a message has room for."""
    blocks: list[Block] = []
    for room in ROOMS:
        blocks = render(room)
        if weight(blocks) <= MESSAGE_CHARACTERS:
            break
    return blocks


def _told(
    leads: Sequence[str], quotes: Sequence[Quote], count: dict[str, int], language: Language
) -> str:
    """What answers and where it stands, for a notification and a screen reader."""
    lines = list(leads)
    for quote in quotes:
        found = quote.highlight
        if quote.figure is not None:
            of = ", ".join(name for name in (quote.figure.row, quote.figure.column) if name)
            found = say("figure", language, of=of, value=quote.figure.value)
        lines.append(f"«{one_line(found)}» {cited(quote, count[quote.document], language)}")
    return fallback(lines)


def _urgent(reply: Reply, language: Language) -> Rendered:
    """The numbers to call, and nothing that takes the eye from them."""
    told = say("note_urgent", language)
    logged = [] if reply.inquiry is None else [say("logged", language, inquiry=reply.inquiry)]
    blocks = [rich(told), *(context(line) for line in logged)]
    return Rendered(fallback([told]), fit(blocks, language=language))


def _asked_back(reply: Reply, language: Language, offered: Sequence[str]) -> list[str]:
    return [say(reply.ask_back or "ask_what", language), *offered[: buttons.MOST_CHOICES]]


def _named(reply: Reply) -> list[str]:
    """The nearest headings as they go on a button: the section, the document where it has none."""
    return [name if visible(name) else title for title, name in reply.headings]


def _offered(reply: Reply, offered: Sequence[str]) -> list[Block]:
    """The choices as buttons; in full above them where the buttons do not say all."""
    shown = list(offered[: buttons.MOST_CHOICES])
    if not shown or reply.inquiry is None:
        return []
    whole = [
        place(*heading) if offered == _named(reply) else one_line(told)
        for told, heading in zip(shown, [*reply.headings, *[("", "")] * len(shown)], strict=False)
    ]
    row = buttons.choices(reply.inquiry, shown)
    on_buttons = [element["text"]["text"] for element in row["elements"]]
    fits = all(size(told) <= BUTTON_CHARACTERS for told in whole)
    if whole == on_buttons and fits:
        return [row]
    return [rich(bullets([[told] for told in whole], numbered=True)), row]


def _failure(reply: Reply, language: Language) -> str:
    if reply.inquiry is None:
        return say("slack_failed_unregistered", language)
    return say("slack_failed", language, inquiry=reply.inquiry)


def _not_covered_lines(reply: Reply, language: Language) -> list[str]:
    lines = [say(reply.elsewhere or "not_covered", language)]
    if reply.headings:
        lines.append(say("nearest", language))
        lines += [place(*heading) for heading in reply.headings[:NEAREST_HEADINGS]]
    if reply.elsewhere is None:
        lines.append(_whom(reply, language))
    return lines


def _not_covered(reply: Reply, language: Language) -> Block:
    known = {
        (quote.title, quote.section): address(quote.url) for quote in reversed(reply.candidates)
    }
    said = section(say(reply.elsewhere or "not_covered", language))
    nearest: list[list[str | Inline]] = []
    for heading in reply.headings[:NEAREST_HEADINGS]:
        url = known.get(heading)
        nearest.append([link(url, place(*heading)) if url else words(place(*heading))])
    listed = [section(say("nearest", language)), bullets(nearest)] if nearest else []
    asked = [section(_whom(reply, language))] if reply.elsewhere is None else []
    return rich(said, *listed, *asked)


def _whom(reply: Reply, language: Language) -> str:
    named = say("centre_named", language, centre=one_line(reply.centre)) if reply.centre else None
    return named or say("centre_any", language)


def _notes(reply: Reply, language: Language) -> list[Block]:
    """What all who see the reply may know; that something was masked is for the asker alone."""
    return [context(say("note_cut", language))] if "note_cut" in reply.notes else []


def _small_print(reply: Reply, language: Language, first: str) -> Block:
    if reply.inquiry is None:
        return context(first)
    return context(first, say("logged", language, inquiry=reply.inquiry))


def _actions(reply: Reply, language: Language, **which: bool) -> list[Block]:
    """The row of buttons; none without an inquiry that they would be about."""
    if reply.inquiry is None:
        return []
    return [buttons.actions(reply.inquiry, language, **which)]
