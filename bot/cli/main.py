"""The command group, and the options that every command shares."""

from __future__ import annotations

import io
import logging
import os
import sys
from importlib.metadata import version

import click
from pydantic import ValidationError

from bot.cli.app import App
from knowledge.messages import LANGUAGES, Language
from knowledge.settings import Settings
from knowledge.validation import first_fault

PRIVATE = 0o077
"""The register is for the user that runs Frisksvar alone."""

GROUP_HELP = """Svarer kommuner på spørsmål om frisklivssentraler, med ordrette sitater fra kildene.

\b
Eksempler:
  frisksvar ask "Hvordan kommer vi i gang med en frisklivssentral?"
  frisksvar add veileder.pdf rapporter/
  frisksvar index
  frisksvar bot
  frisksvar review
  frisksvar inquiries list

Alt lagres i mappen FRISKSVAR_HOME (eller brukerens datamappe).
"""


@click.group(help=GROUP_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    envvar="FRISKSVAR_LANG",
    help="Språk i meldingene: nb (vanlig), nn eller en. Svar kommer ellers på spørsmålets språk.",
)
@click.option("--verbose", is_flag=True, help="Skriv teknisk logg til standard feil.")
@click.version_option(version("frisksvar"), prog_name="frisksvar")
@click.pass_context
def main(context: click.Context, lang: Language | None, verbose: bool) -> None:
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.CRITICAL,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name or an address that the terminal cannot show must not end the command.
            stream.reconfigure(errors="replace")
    os.umask(PRIVATE)
    try:
        settings = Settings()
    except ValidationError as error:
        fault = first_fault(error)
        name = "FRISKSVAR_" + fault.field.replace(".", "_").upper()
        raise click.ClickException(f"{name}: {fault.reason}") from error
    context.obj = App(language=lang or "nb", chosen_language=lang, settings=settings)


def _register() -> None:
    from bot.cli import (
        ask,
        demo_data,
        doctor,
        evaluate,
        inquiries,
        library,
        municipality,
        register,
        report,
        review,
        slack,
    )

    for module in (
        ask,
        library,
        slack,
        review,
        inquiries,
        register,
        report,
        municipality,
        evaluate,
        demo_data,
        doctor,
    ):
        module.register(main)


_register()
