"""`frisksvar municipality`: which municipality a name or number means, today and before."""

from __future__ import annotations

from datetime import date, datetime

import click

from bot.cli.app import App, command
from knowledge.geography import Match, Municipalities, Municipality
from knowledge.reference import centre_for

FORMER_REASONS = {"former_code", "former_name"}


@click.command(
    help="""Finn en kommune etter navn, tidligere navn eller nummer.

\b
Eksempler:
  frisksvar municipality Lenvik
  frisksvar municipality 1850
  frisksvar municipality Kristiansan      (nesten riktig skrevet)
  frisksvar municipality Vågsøy --on 2018-05-01
"""
)
@click.argument("text", nargs=-1, required=True, metavar="NAVN|NUMMER")
@click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Slik kommunene var denne datoen."
)
@click.pass_obj
@command
def municipality(app: App, text: tuple[str, ...], day: datetime | None) -> None:
    wanted = " ".join(text)
    on = day.date() if day else None
    matches = Municipalities.load().find(wanted, limit=8, on=on)
    if not matches:
        raise click.ClickException(app.say("municipality_none", text=wanted))
    if len(matches) > 1:
        app.out.print(app.say("municipality_many"))
    for match in matches:
        _show(app, match, on)


def _show(app: App, match: Match, on: date | None) -> None:
    found = match.municipality
    today = app.say("municipality_is", name=found.name, code=found.code, county=found.county.name)
    if match.former is not None and match.reason in FORMER_REASONS:
        app.out.print(
            app.say(
                "municipality_was",
                name=match.former.name,
                code=match.former.code,
                period=_period(match.former),
                today=today,
            ),
            markup=False,
        )
    else:
        app.out.print(today, markup=False)
    if on is None:
        choice = centre_for(found.code, date.today())
        if choice.centre is not None:
            reason = app.say(f"centre_{choice.reason}")
            line = app.say("centre_is", centre=choice.centre.name, reason=reason)
            app.out.print(f"  {line}", markup=False, style="dim")


def _period(municipality: Municipality) -> str:
    first = str(municipality.valid_from.year) if municipality.valid_from else ""
    last = str(municipality.valid_to.year) if municipality.valid_to else ""
    return f"({first}–{last})"


def register(group: click.Group) -> None:
    group.add_command(municipality)
