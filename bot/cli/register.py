"""`frisksvar register`: the register in and out, as tables, as files, and as a whole."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from textwrap import shorten

import click

from bot.cli.app import App, command
from bot.cli.render import table
from knowledge.calendar import OSLO
from knowledge.exchange import (
    KINDS,
    Preview,
    TableKind,
    apply,
    export_all,
    import_all,
    inquiry_as_html,
    inquiry_as_json,
    preview,
    shown,
    template,
)

SHOWN_CHARACTERS = 60
"""Of each value in the table of what a row becomes."""

DAY_COLUMNS = ("received_on", "on_date")
"""Have a column of their own in the table."""

kind_option = click.option(
    "--kind",
    type=click.Choice(KINDS),
    default=KINDS[0],
    show_default=True,
    help="Henvendelser (inquiries) eller hospiteringer (visits).",
)
file_out = click.Path(dir_okay=False, path_type=Path)
file_in = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(
    "register",
    help="Registeret inn og ut: import, template, show-file, export-all, import-all.",
)
def register_group() -> None:
    pass


@register_group.command(
    "import",
    help="""Les henvendelser eller hospiteringer fra en CSV- eller XLSX-fil.

Uten --apply lagres ingenting: du ser hva hver rad blir til, og hvilke celler som ikke kan brukes.
Alle radene importeres, eller ingen. Den samme filen to ganger endrer ingenting.

\b
Eksempler:
  frisksvar register import henvendelser.xlsx
  frisksvar register import henvendelser.xlsx --apply
  frisksvar register import hospitering.csv --kind visits --apply
""",
)
@click.argument("file", type=file_in)
@kind_option
@click.option("--apply", "do_apply", is_flag=True, help="Lagre radene i registeret.")
@click.pass_obj
@command
def import_table(app: App, file: Path, kind: TableKind, do_apply: bool) -> None:
    planned = preview(file, kind, datetime.now(OSLO).date())
    if planned.unknown:
        app.note("review_register_unknown", columns=", ".join(planned.unknown))
    if planned.refused:
        _show_refusals(app, planned)
        app.note("review_register_refused", count=len(planned.refused))
        raise click.exceptions.Exit(1)
    if not do_apply:
        _show_rows(app, planned)
        app.note("review_register_would", count=len(planned.rows))
        return
    done = apply(planned, app.store, "cli")
    app.note("review_register_done", new=done.new, unchanged=done.unchanged)


def _show_rows(app: App, planned: Preview) -> None:
    rows = []
    for row in planned.rows:
        values = shown(planned.kind, row.values, app.language)
        day = next(values.pop(column) for column in DAY_COLUMNS if column in values)
        texts = [
            shorten(text, SHOWN_CHARACTERS, placeholder=" …") for text in values.values() if text
        ]
        rows.append([str(row.line), day, " · ".join(texts)])
    app.out.print(table(app.say("review_register_columns"), rows))


def _show_refusals(app: App, planned: Preview) -> None:
    rows = [
        [
            str(refusal.line),
            refusal.named(app.language),
            refusal.value,
            refusal.allowed.sentence(app.language),
        ]
        for refusal in planned.refused
    ]
    app.out.print(table(app.say("review_register_refusals"), rows))


@register_group.command(
    "template",
    help="""Skriv en mal (XLSX) med overskrifter, et eksempel og de lovlige verdiene.

\b
Eksempler:
  frisksvar register template -o henvendelser.xlsx
  frisksvar --lang nn register template --kind visits -o hospitering.xlsx
""",
)
@kind_option
@click.option("-o", "--output", type=file_out, required=True)
@click.pass_obj
@command
def write_template(app: App, kind: TableKind, output: Path) -> None:
    _write(app, output, template(kind, app.language))


@register_group.command(
    "show-file",
    help="""Skriv én henvendelse til en fil med alt som er lagret om den, til et innsynskrav.

\b
Eksempler:
  frisksvar register show-file 12 -o henvendelse-12.html
  frisksvar register show-file 12 -o henvendelse-12.json --format json
""",
)
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
@click.option("-o", "--output", type=file_out, required=True)
@click.option(
    "--format",
    "as_format",
    type=click.Choice(("html", "json")),
    default="html",
    show_default=True,
    help="Nettside (html) eller maskinlesbar fil (json).",
)
@click.pass_obj
@command
def show_file(app: App, number: int, output: Path, as_format: str) -> None:
    if as_format == "json":
        content = inquiry_as_json(app.store, number)
    else:
        content = inquiry_as_html(app.store, number, app.language)
    _write(app, output, content)


def _write(app: App, output: Path, content: bytes) -> None:
    work = output.with_name(f".{output.name}.part")
    try:
        work.write_bytes(content)
        work.replace(output)
    finally:
        work.unlink(missing_ok=True)
    app.note("review_register_written", path=output)


@register_group.command(
    "export-all",
    help="""Skriv hele registeret til en ZIP-fil, til arkiv eller for å flytte det.

Innloggingslenker, meldinger som ikke er sendt ennå, og nøklene som Slack har gitt, er ikke med:
der registeret skal være, må appen installeres på nytt. Dokumentene i biblioteket er heller ikke
med: kopier mappen «library» i FRISKSVAR_HOME.

\b
Eksempel:
  frisksvar register export-all register-2026.zip
""",
)
@click.argument("file", type=file_out)
@click.pass_obj
@command
def export_everything(app: App, file: Path) -> None:
    moved = export_all(app.store, file)
    app.note("review_register_exported", rows=moved.rows, tables=moved.tables, path=file)


@register_group.command(
    "import-all",
    help="""Les hele registeret fra en ZIP-fil inn i en tom database.

Databasen er tom i en ny mappe: velg den med FRISKSVAR_HOME før du kjører kommandoen.

\b
Eksempel:
  frisksvar register import-all register-2026.zip
""",
)
@click.argument("file", type=file_in)
@click.pass_obj
@command
def import_everything(app: App, file: Path) -> None:
    moved = import_all(file, app.store)
    app.note("review_register_imported", rows=moved.rows, tables=moved.tables, path=file)


def register(group: click.Group) -> None:
    group.add_command(register_group)
