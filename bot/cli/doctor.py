"""`frisksvar doctor`: what is wrong, in plain words, and what to run."""

from __future__ import annotations

import click
from rich.text import Text

from bot.cli.app import App, command
from bot.cli.terminal import json_text
from bot.doctor.finding import Finding, Installation, State
from knowledge.messages import Message

COLOURS: dict[State, str] = {"ok": "green", "warn": "yellow", "bad": "red"}


@click.command(
    help="""Si hva som er galt, og hva du skal kjøre for å rette det.

Undersøker versjoner, innstillinger, mappen og hvem som kan lese den, diskplass, database, nøkler,
klokke, modell, indeks, bibliotek, kilder, godkjente svar, Slack (nøkler og tilganger), boten, det
som venter på å bli sendt, sikkerhetskopier, det daglige arbeidet og reglene for personopplysninger.
Hemmeligheter vises aldri.

Avslutter med status 1 hvis noe er galt.

\b
Eksempler:
  frisksvar doctor
  frisksvar doctor --offline
  frisksvar doctor --json
"""
)
@click.option("--offline", is_flag=True, help="Ikke spør Slack.")
@click.option("--json", "as_json", is_flag=True, help="Skriv funnene som JSON.")
@click.pass_obj
@command
def doctor(app: App, offline: bool, as_json: bool) -> None:
    # Imported here: no other command looks at everything.
    from bot.doctor.examining import examine

    place = Installation(app.settings, offline=offline)
    well = True
    listed: list[dict[str, str | None]] = []
    try:
        for examined in examine(place):
            finding = examined.finding
            well = well and finding.state != "bad"
            if as_json:
                text = _sentence(app, finding)
                told = {"state": finding.state, "text": text, "run": finding.run}
                listed.append({"check": examined.check, **told})
            else:
                _tell(app, examined.label, finding)
    finally:
        place.close()
    if as_json:
        click.echo(json_text({"ok": well, "findings": listed}))
    if not well:
        raise click.exceptions.Exit(1)


def _sentence(app: App, finding: Finding) -> str:
    text = finding.text
    return text.sentence(app.language) if isinstance(text, Message) else text


def _tell(app: App, label: str, finding: Finding) -> None:
    state = Text(app.say(f"doctor_{finding.state}").ljust(9), COLOURS[finding.state])
    line = Text.assemble(state, f"{app.say(label)}: ", _sentence(app, finding))
    if finding.run:
        line.append(f" → {finding.run}", "bold")
    app.out.print(line, soft_wrap=True)


def register(group: click.Group) -> None:
    group.add_command(doctor)
