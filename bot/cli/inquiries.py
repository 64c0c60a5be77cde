"""`frisksvar inquiries`: what was asked, and what was answered."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from textwrap import shorten
from typing import TextIO

import click

from bot.cli.app import App, command
from bot.cli.links import link, link_lines
from bot.cli.render import table
from knowledge.exchange import safe
from knowledge.register import Inquiry

OUTCOME_LABELS = {
    "answered": "answered",
    "not_covered": "outcome_not_covered",
    "unclear": "unclear",
    "failed": "failed",
}
COLUMNS = (
    "id", "received_at", "channel", "language", "municipality", "municipality_today", "actor",
    "centre", "topics", "question", "status", "outcome", "answered_by", "first_reply_at",
    "resolved_at", "generation", "sources",
)  # fmt: skip
LISTED_CHARACTERS = 120
"""Of a question in the list; `inquiries show` has all of it."""

since_option = click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="ÅÅÅÅ-MM-DD",
    help="Bare fra og med denne datoen.",
)
outcome_option = click.option(
    "--outcome", type=click.Choice(tuple(OUTCOME_LABELS)), help="Bare med dette utfallet."
)


@click.group(help="Henvendelsene som er registrert: list, show, link, export.")
def inquiries() -> None:
    pass


@inquiries.command(
    "list",
    help="""List de nyeste henvendelsene.

\b
Eksempler:
  frisksvar inquiries list --limit 50
  frisksvar inquiries list --outcome not_covered --since 2026-01-01
""",
)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1))
@since_option
@outcome_option
@click.pass_obj
@command
def list_inquiries(app: App, limit: int, since: datetime | None, outcome: str | None) -> None:
    found = app.inquiries.newest(limit=limit, since=_date(since), outcome=outcome)
    if not found:
        app.note("no_inquiries")
        return
    rows = [
        [
            str(item.id),
            f"{item.received_at:%Y-%m-%d %H:%M}",
            item.channel,
            item.municipality_today or "",
            _outcome(app, item),
            shorten(item.question, LISTED_CHARACTERS, placeholder=" …"),
        ]
        for item in found
    ]
    app.out.print(table(app.say("inquiry_columns"), rows))


def _date(since: datetime | None) -> str | None:
    return since.date().isoformat() if since else None


def _outcome(app: App, inquiry: Inquiry) -> str:
    return app.say(OUTCOME_LABELS[inquiry.outcome]) if inquiry.outcome else ""


@inquiries.command(
    "show",
    help="""Vis én henvendelse med sitatene som ble vist, og det de er merket med.

\b
Eksempel:
  frisksvar inquiries show 12
""",
)
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
@click.pass_obj
@command
def show(app: App, number: int) -> None:
    inquiry = app.inquiries.get(number)
    if inquiry is None:
        raise click.ClickException(app.say("inquiry_missing", inquiry=number))
    for name, value in inquiry.model_dump(exclude={"quotes"}, exclude_defaults=True).items():
        app.out.print(f"{name:20} {value}", markup=False, soft_wrap=True)
    for position, quote in enumerate(inquiry.quotes, start=1):
        app.out.print(f"\n[{position}] {quote.title} › {quote.section}", markup=False)
        app.out.print(quote.text, markup=False, soft_wrap=True)
    if lines := list(link_lines(app, number)):
        app.out.print("", *lines, sep="\n", markup=False, soft_wrap=True)


@inquiries.command(
    "export",
    help="""Skriv henvendelsene som CSV (UTF-8).

\b
Eksempler:
  frisksvar inquiries export -o henvendelser.csv
  frisksvar inquiries export --since 2026-01-01 > 2026.csv
""",
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path))
@since_option
@outcome_option
@click.pass_obj
@command
def export(app: App, output: Path | None, since: datetime | None, outcome: str | None) -> None:
    found = app.inquiries.all(since=_date(since), outcome=outcome)
    if output is None:
        # UTF-8 whatever the locale says
        target = TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="", write_through=True)
        _write(target, found)
        target.detach()
        return
    work = output.with_name(f".{output.name}.part")
    try:
        # utf-8-sig: Excel reads æøå only with the mark in front
        with work.open("w", encoding="utf-8-sig", newline="") as target:
            count = _write(target, found)
        work.replace(output)
    finally:
        work.unlink(missing_ok=True)
    app.note("exported", count=count, path=output)


def _write(target: TextIO, found: Iterable[Inquiry]) -> int:
    writer = csv.writer(target)
    writer.writerow(COLUMNS)
    count = 0
    for inquiry in found:
        row = inquiry.model_dump(mode="json")
        row["topics"] = "; ".join(inquiry.topics)
        row["sources"] = "; ".join(quote.url or quote.title for quote in inquiry.quotes)
        cells = ("" if row[column] is None else row[column] for column in COLUMNS)
        writer.writerow([safe(cell) if isinstance(cell, str) else cell for cell in cells])
        count += 1
    return count


inquiries.add_command(link)


def register(group: click.Group) -> None:
    group.add_command(inquiries)
