"""`frisksvar report` and `frisksvar close-year`: the yearly figures."""

from __future__ import annotations

import getpass
from datetime import datetime
from pathlib import Path

import click
from rich.box import SIMPLE
from rich.table import Table as Grid

from bot.cli.app import App, command
from knowledge.calendar import OSLO
from knowledge.exports import FORMATS
from knowledge.exports.names import file_name, report_name
from knowledge.exports.text_numbers import cell
from knowledge.messages import Failure
from knowledge.reference import centres
from knowledge.statistics.explaining import Explanation, explain
from knowledge.statistics.report import Report, report
from knowledge.statistics.report import close_year as freeze
from knowledge.statistics.scope import SHOWN_FROM, Scope, scope
from knowledge.statistics.table import Hidden, Table

SUMMARY = ("visits", "visits_total", "inquiries", "outcomes", "response_times")
"""The tables shown on the terminal; the files have all of them."""

ALL = "all"
MOST_ROWS = 50
"""Of what is behind a number, on the terminal."""

centre_option = click.option(
    "--centre",
    metavar="SENTRAL",
    help="Bare én utviklingssentral: " + ", ".join(sorted(each.id for each in centres())) + ".",
)


@click.command(
    "report",
    help=f"""Årsrapporten: alle tabellene, for ett år eller en periode.

Uten --format og -o vises hovedtallene. Formatet følger av filnavnet: .xlsx, .json, .docx, .html,
.zip (CSV med datapackage.json), eller en mappe (CSV). --format all skriver alle formatene i
mappen -o.

Tall under {SHOWN_FROM} for enkeltkommuner er skjult (:), så filen kan sendes videre. --internal
viser alle tall, til sentralenes eget bruk.

\b
Eksempler:
  frisksvar report 2026
  frisksvar report 2026 -o rapport.xlsx
  frisksvar report --period 2014-2026 --format all -o rapport/
  frisksvar report 2026 --centre stavanger --internal -o stavanger.docx
  frisksvar report 2026 --explain visits/2026/persons
""",
)
@click.argument("year", required=False)
@click.option("--period", metavar="ÅÅÅÅ-ÅÅÅÅ", help="Flere år, for eksempel 2014-2026.")
@centre_option
@click.option(
    "--format", "chosen", type=click.Choice((*FORMATS, ALL)), help="Ellers etter filnavnet."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Fil eller mappe.")
@click.option("--internal", is_flag=True, help="Vis alle tall, også de små.")
@click.option("--explain", "address", metavar="TALL", help="Hva ett tall består av.")
@click.pass_obj
@command
def make_report(
    app: App,
    year: str | None,
    period: str | None,
    centre: str | None,
    chosen: str | None,
    output: Path | None,
    internal: bool,
    address: str | None,
) -> None:
    if year and period:
        raise Failure("report_year_and_period")
    today = datetime.now(OSLO).date()
    shown_from = 0 if internal else SHOWN_FROM
    wanted = scope(
        period or year or today.year - 1, today=today, centre=centre, shown_from=shown_from
    )
    if address is not None:
        _show_explanation(app, explain(app.store, wanted, address, language=app.language))
        return
    made = report(app.store, wanted, made_by=_who(), language=app.language)
    if chosen is None and output is None:
        _show_summary(app, made)
        return
    for each, target in _targets(wanted, chosen, output).items():
        for path in FORMATS[each](made, target, app.language):
            app.out.print(str(path), soft_wrap=True, markup=False)


@click.command(
    "close-year",
    help="""Lukk et år: tallene fryses slik de er.

En senere endring i registeret står da som en rettelse i rapporten. Lukk året på nytt, med en grunn,
for å ta rettelsene inn.

\b
Eksempler:
  frisksvar close-year 2026
  frisksvar close-year 2026 --reason "Tre hospiteringer var ført på feil år"
""",
)
@click.argument("year", type=int)
@click.option("--reason", default="", help="Må være med når året er lukket fra før.")
@click.pass_obj
@command
def close_year(app: App, year: int, reason: str) -> None:
    version = freeze(app.store, year, who=_who(), reason=reason)
    app.note("report_closed", year=year, version=version)


def _who() -> str:
    """Who ran it, as the report names it."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container may run a number that has no name
        return "cli"


def _targets(wanted: Scope, chosen: str | None, output: Path | None) -> dict[str, Path]:
    """Format -> where it is written.

    Raises:
        Failure: the name says another format, or the folder for all of them cannot be made.
    """
    if chosen == ALL:
        folder = output or Path(report_name(wanted))
        if not folder.parent.is_dir() or (folder.exists() and not folder.is_dir()):
            raise Failure("report_no_folder", folder=folder.parent)
        folder.mkdir(exist_ok=True)
        return {each: folder / file_name(wanted, each) for each in FORMATS}
    if chosen is None:
        assert output is not None
        chosen = _format_of(output)
    elif output is not None and output.suffix and _format_of(output) != chosen:
        raise Failure("report_other_format", name=output.name, format=chosen)
    return {chosen: output or Path(file_name(wanted, chosen))}


def _format_of(output: Path) -> str:
    suffix = output.suffix.lower()
    if suffix in (".zip", "") or output.is_dir():
        return "csv"
    if suffix == ".csv":  # one file for each table: no single file can hold them
        raise Failure("report_many_csv", name=output.name)
    if suffix.removeprefix(".") in FORMATS:
        return suffix.removeprefix(".")
    known = ", ".join(f".{each}" for each in (*FORMATS, "zip") if each != "csv")
    raise Failure("report_unknown_format", name=output.name, known=known)


def _show_summary(app: App, made: Report) -> None:
    for name in SUMMARY:
        table = made.tables[name]
        if table.rows:
            _show_table(app, table)
    app.note("report_summary", tables=len(made.tables), period=made.scope.period)


def _show_table(app: App, table: Table) -> None:
    """Keys, names and numbers; where each comes from stands in the files."""
    named = any(column.role == "label" for column in table.spec.columns)
    shown = [
        (at, column)
        for at, column in enumerate(table.spec.columns)
        if column.role != "about" and not (named and column.role == "key" and at)
    ]
    grid = Grid(title=table.spec.title.text(app.language), title_justify="left", box=SIMPLE)
    for _, column in shown:
        label = column.label.text(app.language)
        grid.add_column(label, justify="right" if column.role == "measure" else "left")
    for row in table.rows:
        grid.add_row(
            *(cell(row[at], app.language, plain=column.type == "year") for at, column in shown)
        )
    app.out.print(grid)


def _show_explanation(app: App, told: Explanation) -> None:
    language = app.language
    app.out.print(f"{told.address} = {cell(told.value, language)}", markup=False)
    app.out.print(told.column.definition.text(language), markup=False, soft_wrap=True)
    if isinstance(told.value, Hidden):
        app.note("report_explain_hidden")
    if told.closed is not None:
        now = cell(told.now, language)
        app.note("report_explain_closed", version=told.closed, now=now)
    for figure in told.figures:
        line = app.say("report_explain_figure", edition=figure.edition, source=figure.source)
        app.out.print(line, markup=False, soft_wrap=True)
        if note := figure.told(language):
            app.out.print(f"  {note}", markup=False, soft_wrap=True)
    for address in told.cells:
        app.out.print(f"  {address}", markup=False)
    for row in told.rows[:MOST_ROWS]:
        parts = (row.named(language), row.date or "", row.centre or "")
        app.out.print("  " + "  ".join(part for part in parts if part), markup=False)
    if (more := len(told.rows) - MOST_ROWS) > 0:
        app.note("report_explain_more", count=more)


def register(group: click.Group) -> None:
    group.add_command(make_report)
    group.add_command(close_year)
