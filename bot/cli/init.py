"""`frisksvar init`: from an empty machine to a first answer."""

from __future__ import annotations

import shlex
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from bot.cli.app import App, command
from bot.cli.building import ensure_index
from bot.cli.terminal import ask, choose, confirm
from bot.configuration import check_value, described
from knowledge.configuration import (
    FILE,
    SECRETS,
    SYSTEM_FILE,
    Places,
    configuration_file,
    configured_by,
    named_file,
    nearest,
)
from knowledge.messages import LANGUAGES, Failure, Message
from knowledge.settings import Settings

SECRET_FILE = click.Path(path_type=Path, dir_okay=False, allow_dash=True, exists=True)
FOLDER = click.Path(path_type=Path, file_okay=False)


@dataclass
class Wanted:
    """What is to be set up.

    Attributes:
        settings: by name in the file.
        secrets: by variable.
    """

    home: Path
    settings: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    index: bool = True


@click.command(
    help="""Sett opp Frisksvar: oppsettsfil, register, indeks og Slack.

På en terminal blir du spurt; med --yes, eller uten terminal, gjelder det som er oppgitt. Oppsettet
skrives til frisksvar.toml i mappen (eller filen i --config), og hemmeligheter til mappen secrets
ved siden av, som bare du kan lese. Det som står der fra før, blir stående: vil du noe annet, blir
du spurt, og --yes svarer ja. Kommandoen kan kjøres så mange ganger du vil.

Til slutt står det hva som mangler, og hva du kan kjøre nå. Avslutter med status 1 hvis noe er galt.

\b
Eksempler:
  frisksvar init
  frisksvar init --yes --home /srv/frisksvar --set review.url=https://friskliv.example.no
  frisksvar init --yes --slack-bot-token-file bot.txt --slack-app-token-file app.txt
  frisksvar --config /etc/frisksvar/frisksvar.toml init --home /var/lib/frisksvar
  frisksvar init --yes --no-index --deploy ./drift
"""
)
@click.option("--yes", is_flag=True, help="Ikke spør; svar ja.")
@click.option("--home", type=FOLDER, help="Mappen for register, bibliotek og indeks.")
@click.option(
    "--slack-bot-token-file",
    "bot_token",
    type=SECRET_FILE,
    help="Fil med xoxb-… (-: standard inn).",
)
@click.option("--slack-app-token-file", "app_token", type=SECRET_FILE, help="Fil med xapp-….")
@click.option(
    "--slack-signing-secret-file", "signing", type=SECRET_FILE, help="Fil med «Signing Secret»."
)
@click.option(
    "--set", "given", multiple=True, metavar="NAVN=VERDI",
    help="En annen innstilling, med navnet fra «frisksvar config --all».",
)  # fmt: skip
@click.option("--no-index", is_flag=True, help="Ikke bygg indeksen nå.")
@click.option("--offline", is_flag=True, help="Ikke spør Slack om nøklene virker.")
@click.option(
    "--deploy", type=FOLDER, help="Legg filer for drift (systemd, container, proxy) i mappen."
)
@click.pass_obj
@command
def init(
    app: App,
    yes: bool,
    home: Path | None,
    bot_token: Path | None,
    app_token: Path | None,
    signing: Path | None,
    given: tuple[str, ...],
    no_index: bool,
    offline: bool,
    deploy: Path | None,
) -> None:
    from bot.installing.applying import apply_secrets, apply_settings, secret

    asking = not yes and sys.stdin.isatty()
    files = {
        "SLACK_BOT_TOKEN": bot_token,
        "SLACK_APP_TOKEN": app_token,
        "SLACK_SIGNING_SECRET": signing,
    }
    wanted = Wanted((home or app.settings.home).expanduser().absolute(), _given(given))
    for variable, path in files.items():
        if path is not None:
            with click.open_file(str(path), encoding="utf-8") as opened:
                wanted.secrets[variable] = secret(variable, opened.read())
    wanted.index = not no_index
    if asking:
        _ask(app, wanted, fixed=home is not None)
    for name, value in wanted.settings.items():
        check_value(name, value)
    file = _file(wanted.home, elsewhere=wanted.home != app.settings.home.absolute())
    if file.parent != wanted.home:
        wanted.settings = {"home": wanted.home, **wanted.settings}

    def sure(question: Message) -> bool:
        return yes or (asking and confirm(question.sentence(app.language), app.language))

    for told in apply_settings(file, wanted.settings, app.language, sure):
        _tell(app, told)
    for told in apply_secrets(file, wanted.secrets, sure):
        _tell(app, told)
    if deploy is not None:
        _deploy(app, deploy)
    with configured_by(file):
        well = _finish(app, Settings(home=wanted.home), file, index=wanted.index, offline=offline)
    if not well:
        raise click.exceptions.Exit(1)


def _given(pairs: tuple[str, ...]) -> dict[str, Any]:
    """Settings of the command line, by name. Raises Failure for a name that none has."""
    known = {each.name: each for each in described()}
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        name = name.strip()
        if not equals or name not in known:
            near = nearest(name, known) or "review.url"
            raise Failure("operation_install_set_wrong", name=name, near=near)
        if known[name].secret:  # it would stand in the list of processes
            raise Failure(
                "operation_install_set_secret", name=name, file=known[name].variable.lower()
            )
        try:
            found[name] = tomllib.loads(f"v = {text}")["v"]
        except tomllib.TOMLDecodeError:
            found[name] = text
    return found


def _ask(app: App, wanted: Wanted, *, fixed: bool) -> None:
    """The questions on a terminal; an empty answer leaves it for later."""
    from bot.installing.applying import TOKENS, secret

    if "lang" not in wanted.settings and app.chosen_language is None:
        question = app.say("operation_install_ask_lang")
        chosen = choose(question, app.language, LANGUAGES, default=app.language)
        wanted.settings["lang"] = chosen
        app.language = chosen  # what is said from here on
    if not fixed:
        asked = app.say("operation_install_ask_home")
        home = ask(f"{asked} [{wanted.home}]")
        wanted.home = Path(home or wanted.home).expanduser().absolute()
    for variable in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        if variable in wanted.secrets:
            continue
        where = app.say(TOKENS[variable][1])
        asked = app.say("operation_install_ask_secret", variable=variable, where=where)
        if text := ask(asked, hidden=True):
            wanted.secrets[variable] = secret(variable, text)
    if "review.url" not in wanted.settings:
        asked = app.say("operation_install_ask_url")
        if url := ask(asked):
            wanted.settings["review.url"] = url
    if wanted.index:
        wanted.index = confirm(app.say("operation_install_ask_index"), app.language, default=True)


def _file(home: Path, *, elsewhere: bool) -> Path:
    """The configuration file: the one that was named, that of another home, or the usual one."""
    if (named := named_file()) is not None:
        return named.absolute()
    return home / FILE if elsewhere else configuration_file().absolute()


def _exports(home: Path, file: Path) -> list[str]:
    """What a new shell needs to find the file again."""
    places = Places()
    if file == home / FILE:
        found = places.config is None and places.home.absolute() == home
        return [] if found else [f"export FRISKSVAR_HOME={shlex.quote(str(home))}"]
    usual = places.config or SYSTEM_FILE
    if usual.absolute() == file and not (places.home / FILE).exists():
        return []
    return [f"export FRISKSVAR_CONFIG={shlex.quote(str(file))}"]


def _deploy(app: App, folder: Path) -> None:
    from bot.installing.writing import copy_deployment

    written, kept = copy_deployment(folder)
    _tell(app, Message("operation_install_deployed", {"count": len(written), "path": folder}))
    for path in kept:
        _tell(app, Message("operation_install_differs", {"path": path}))


def _finish(app: App, settings: Settings, file: Path, *, index: bool, offline: bool) -> bool:
    """Register, index and Slack with the settings as they are now; whether all is well."""
    from bot.doctor.finding import Installation
    from bot.doctor.slack import configured, slack

    there = App(language=app.language, chosen_language=app.chosen_language, settings=settings)
    try:
        values = {"path": settings.database, "count": there.inquiries.count()}
        _tell(app, Message("operation_install_register", values))
        if index:
            ensure_index(there)
            manifest = there.index.open().searcher.generation.manifest
            numbers = {"documents": manifest.documents, "passages": manifest.passages}
            _tell(app, Message("operation_install_index_built", numbers))
    finally:
        there.close()
    place = Installation(settings, offline=offline)
    well = True
    for finding in slack(place):
        well = well and finding.state != "bad"
        if isinstance(finding.text, Message):
            sentence = finding.text.sentence(app.language)
            app.out.print(f"Slack: {sentence}", markup=False, soft_wrap=True)
    missing = _missing(settings, file, in_slack=configured(place.slack), index=index)
    if missing:
        app.out.print(app.say("operation_install_missing"), markup=False)
    for told in missing:
        app.out.print(f"  · {told.sentence(app.language)}", markup=False, soft_wrap=True)
    _next(app, settings, file, in_slack=configured(place.slack) and well)
    return well


def _missing(settings: Settings, file: Path, *, in_slack: bool, index: bool) -> list[Message]:
    from bot.review.settings import ReviewSettings

    found: list[Message] = []
    if not in_slack:
        found.append(Message("operation_install_no_slack", {"folder": file.parent / SECRETS}))
    if ReviewSettings.read().url is None:
        found.append(Message("operation_install_no_url"))
    if settings.backup_folder is None:
        found.append(Message("operation_install_no_backup", {"path": settings.home / "backups"}))
    if not index and not settings.index.exists():
        found.append(Message("operation_install_no_index"))
    return found


def _next(app: App, settings: Settings, file: Path, *, in_slack: bool) -> None:
    """The commands to type now, as they are."""
    app.out.print(app.say("operation_install_next"), markup=False)
    commands = [
        *_exports(settings.home, file),
        'frisksvar ask "Hvem kan henvise til frisklivssentralen?"',
        "frisksvar review",
        "frisksvar bot" if in_slack else "frisksvar slack manifest",
        "frisksvar backup",
        "frisksvar doctor",
    ]
    for line in commands:
        app.out.print(f"  {line}", markup=False, soft_wrap=True)


def _tell(app: App, message: Message) -> None:
    app.out.print(message.sentence(app.language), markup=False, soft_wrap=True)


def register(group: click.Group) -> None:
    group.add_command(init)
