"""The command group, and the options that every command shares."""

from __future__ import annotations

import io
import logging
import os
import sys
from importlib.metadata import version
from pathlib import Path

import click

from bot.cli.app import App
from bot.cli.help_pages import in_bokmal
from bot.cli.wrong_use import Program
from bot.configuration import check_configuration
from knowledge.configuration import ConfigurationError, configured_by
from knowledge.messages import LANGUAGES, Language
from knowledge.settings import Settings

PRIVATE = 0o077
"""The register is for the user that runs Frisksvar alone."""

GROUP_HELP = """Svarer kommuner på spørsmål om frisklivssentraler, med ordrette sitater fra kildene.

\b
Eksempler:
  frisksvar init
  frisksvar ask "Hvordan kommer vi i gang med en frisklivssentral?"
  frisksvar add veileder.pdf rapporter/
  frisksvar index
  frisksvar bot
  frisksvar review
  frisksvar inquiries list

Alt lagres i mappen FRISKSVAR_HOME (eller brukerens datamappe). «frisksvar init» setter opp,
«frisksvar doctor» sier hva som er galt.
"""


@click.group(cls=Program, help=GROUP_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    envvar="FRISKSVAR_LANG",
    help="Språk i meldingene: nb (vanlig), nn eller en. Svar kommer ellers på spørsmålets språk.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Oppsettsfilen (TOML). Uten valg: FRISKSVAR_CONFIG, frisksvar.toml i FRISKSVAR_HOME, "
    "eller /etc/frisksvar/frisksvar.toml.",
)
@click.option("--verbose", is_flag=True, help="Skriv teknisk logg til standard feil.")
@click.version_option(
    version("frisksvar"),
    prog_name="frisksvar",
    message="%(prog)s %(version)s",
    help="Vis versjonen.",
)
@click.pass_context
def main(context: click.Context, lang: Language | None, config: Path | None, verbose: bool) -> None:
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.CRITICAL,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name or an address that the terminal cannot show must not end the command.
            stream.reconfigure(errors="replace")
    os.umask(PRIVATE)
    # `init` makes the file.
    context.with_resource(configured_by(config, required=context.invoked_subcommand != "init"))
    try:
        if context.invoked_subcommand != "config":  # which shows the names that there are
            check_configuration()
        settings = Settings.read()
    except ConfigurationError as error:
        raise click.ClickException(error.sentence(lang or "nb")) from error
    chosen = lang or settings.lang
    context.obj = App(language=chosen or "nb", chosen_language=chosen, settings=settings)


def _register() -> None:
    from bot.cli import (
        ask,
        backup,
        config,
        daily,
        demo_data,
        doctor,
        evaluate,
        health,
        init,
        inquiries,
        library,
        municipality,
        privacy,
        register,
        report,
        review,
        slack,
    )

    for module in (
        init,
        config,
        ask,
        library,
        slack,
        review,
        inquiries,
        register,
        privacy,
        report,
        municipality,
        evaluate,
        demo_data,
        doctor,
        backup,
        daily,
        health,
    ):
        module.register(main)
    in_bokmal(main)


_register()
