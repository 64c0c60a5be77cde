"""`frisksvar inquiries link`: which passage answers an inquiry, and what people thought of it."""

from __future__ import annotations

from collections.abc import Iterator

import click
from pydantic import ValidationError

from bot.cli.app import App, command
from knowledge.messages import Failure
from knowledge.register import Inquiry, LinkKind, NewLink, ShownQuote

KIND_LABELS: dict[LinkKind, str] = {
    "linked": "link_linked",
    "helpful": "link_helpful",
    "not_helpful": "link_not_helpful",
    "clicked": "link_clicked",
}
NUMBER = click.IntRange(1)
MOST = 2**63 - 1
"""The greatest number SQLite has; no inquiry has one beyond it."""


@click.command(
    "link",
    help="""Merk et sitat som svaret på en henvendelse.

Spørsmål som ligner, får siden lettere det samme utdraget. Sitater telles slik «inquiries show»
viser dem.

\b
Eksempler:
  frisksvar inquiries link 12 --quote 2
  frisksvar inquiries link 12 --from 34 --quote 1 --who modum   (vist ved nr. 34)
  frisksvar inquiries link 12 --quote 1 --not-helpful
  frisksvar inquiries link 12 --quote 2 --undo
""",
)
@click.argument("number", type=NUMBER)
@click.option("--quote", "position", type=NUMBER, required=True, help="Sitatets nummer.")
@click.option(
    "--from", "shown_with", type=NUMBER, help="Sitatet ble vist ved denne henvendelsen i stedet."
)
@click.option("--helpful", is_flag=True, help="Sitatet var nyttig (i stedet for: er svaret).")
@click.option("--not-helpful", is_flag=True, help="Sitatet var ikke nyttig.")
@click.option("--undo", is_flag=True, help="Ta merket tilbake.")
@click.option(
    "--who",
    default="cli",
    show_default=True,
    help="Id for den som merker, for eksempel en utviklingssentral. Aldri et navn.",
)
@click.pass_obj
@command
def link(
    app: App,
    number: int,
    position: int,
    shown_with: int | None,
    helpful: bool,
    not_helpful: bool,
    undo: bool,
    who: str,
) -> None:
    if helpful and not_helpful:
        raise click.UsageError(app.say("link_both"))
    kind: LinkKind = "helpful" if helpful else "not_helpful" if not_helpful else "linked"
    _inquiry(app, number)
    quote = _quote(_inquiry(app, shown_with or number), position)
    try:
        wanted = NewLink(
            inquiry=number,
            document=quote.document,
            start=quote.start,
            end=quote.end,
            kind=kind,
            who=who,
        )
    except ValidationError as error:
        raise Failure("link_who_unfit", who=who) from error
    told = {"passage": heading(quote), "inquiry": number, "kind": app.say(KIND_LABELS[kind])}
    if not undo:
        app.links.add(wanted)
        app.note("link_kept", **told)
    elif app.links.remove(wanted):
        app.note("link_undone", **told)
    else:
        raise Failure("link_none", inquiry=number, quote=position, kind=told["kind"], who=who)


def _inquiry(app: App, number: int) -> Inquiry:
    inquiry = app.inquiries.get(number) if number <= MOST else None
    if inquiry is None:
        raise Failure("inquiry_missing", inquiry=number)
    return inquiry


def _quote(inquiry: Inquiry, position: int) -> ShownQuote:
    count = len(inquiry.quotes)
    if not count:
        raise Failure("link_no_quotes", inquiry=inquiry.id)
    if position > count:
        raise Failure("link_no_such_quote", inquiry=inquiry.id, quote=position, count=count)
    return inquiry.quotes[position - 1]


def heading(quote: ShownQuote) -> str:
    return f"{quote.title} › {quote.section}"


def link_lines(app: App, number: int) -> Iterator[str]:
    """The links of an inquiry, one line each, with the heading that the passage was shown under."""
    for item in app.links.of(number):
        shown = app.links.heading(item.document, item.start)
        passage = " › ".join(shown) if shown else f"{item.document} {item.start}–{item.end}"
        yield f"{app.say(KIND_LABELS[item.kind])}: {passage} ({item.who}, {item.at:%Y-%m-%d})"
