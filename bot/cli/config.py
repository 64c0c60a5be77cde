"""`frisksvar config`: what is set, and where."""

from __future__ import annotations

import click

from bot.cli.app import App, command
from bot.cli.render import show_table, table
from bot.cli.terminal import json_text
from bot.configuration import InUse, check_configuration, in_use, unknown_names
from knowledge.configuration import configuration_file


@click.command(
    help="""Vis innstillingene: verdi, og hvor den kommer fra.

Det som gjelder, er miljøvariabelen, ellers filen med hemmeligheten, ellers oppsettsfilen, ellers
det vanlige. Hemmeligheter vises aldri, bare om de er satt. docs/configuration.md forklarer hver
innstilling. Avslutter med status 1 hvis oppsettsfilen har et navn som ingen innstilling har.

\b
Eksempler:
  frisksvar config
  frisksvar config --all
  frisksvar config --json
"""
)
@click.option("--all", "everything", is_flag=True, help="Også dem som ikke er satt.")
@click.option("--json", "as_json", is_flag=True, help="Skriv alle som JSON.")
@click.pass_obj
@command
def config(app: App, everything: bool, as_json: bool) -> None:
    found = in_use()
    path = configuration_file()
    wrong = unknown_names()
    if as_json:
        rows = [
            {
                "name": each.described.name,
                "variable": each.described.variable,
                "set": each.origin is not None,
                "value": each.value,
                "origin": each.origin,
            }
            for each in found
        ]
        told = {"file": str(path), "exists": path.exists(), "settings": rows, "unknown": wrong}
        click.echo(json_text(told))
        check_configuration()
        return
    key = "operation_install_file" if path.exists() else "operation_install_file_none"
    app.note(key, path=path)
    shown = [each for each in found if everything or each.origin is not None]
    rows_of_text = [
        [each.described.name, _value(app, each), each.origin or app.say("operation_install_usual")]
        for each in shown
    ]
    rows_of_text += [
        [name, app.say("operation_install_unknown_name"), f"{path}: {name}"] for name in wrong
    ]
    show_table(app, table(app.say("operation_install_heads"), rows_of_text, whole=(0, 1, 2)))
    if not everything:
        app.note("operation_install_rest", count=len(found) - len(shown))
    check_configuration()  # last, below the names that there are: any other command stops at it


def _value(app: App, setting: InUse) -> str:
    if setting.described.secret:
        given = setting.origin is not None
        return app.say("operation_install_hidden" if given else "operation_install_not_set")
    return setting.value or app.say("operation_install_not_set")


def register(group: click.Group) -> None:
    group.add_command(config)
