"""`frisksvar bot` and `frisksvar slack`: answering in Slack."""

from __future__ import annotations

from collections.abc import Callable

import click

from bot.cli.app import App, command
from bot.cli.building import ensure_index
from bot.slack.settings import SlackSettings
from knowledge.messages import Failure

DEFAULT_PORT = 3000
"""As in Slack's own samples."""


@click.command(
    help="""Svar i Slack, til prosessen blir stoppet.

Koblingen er Socket Mode: ingen port må åpnes. Med --http tar programmet imot forespørsler fra Slack
i stedet, bak en tjener som gjør https.

\b
Miljøvariabler:
  SLACK_BOT_TOKEN         xoxb-…, fra «OAuth & Permissions»
  SLACK_APP_TOKEN         xapp-…, fra «Basic Information», for Socket Mode
  SLACK_SIGNING_SECRET    fra «Basic Information», for --http
  SLACK_CLIENT_ID, SLACK_CLIENT_SECRET
                          for --http med flere arbeidsområder (OAuth)
  FRISKSVAR_SLACK_HOME_TEAM
                          arbeidsområdet der utviklingssentralene er (OAuth)
  FRISKSVAR_SECRET        nøkkel for pseudonymene til dem som spør
  FRISKSVAR_SLACK_API_URL en annen tjener enn Slack sin egen

\b
Eksempler:
  frisksvar bot
  frisksvar bot --http --port 3000
"""
)
@click.option("--http", is_flag=True, help="Ta imot over HTTP i stedet for Socket Mode.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Adresse for --http.")
@click.option(
    "--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65535),
    help="Port for --http.",
)  # fmt: skip
@click.pass_obj
@command
def bot(app: App, http: bool, host: str, port: int) -> None:
    # Imported here: no other command needs Slack's libraries.
    from bot import logs
    from bot.slack import serving
    from bot.slack.app import build

    settings = SlackSettings.read()
    app.service = True
    with logs.written(settings.log, app.settings.log_format):
        slack = settings.checked(http=http)
        who = serving.check_token(slack)
        if not http:
            serving.check_app_token(slack)
        with serving.alone(app.settings.home):
            ensure_index(app)
            built = build(app.settings, slack, app.store, app.index)
            serving.warm_up(built)
            documents = len(app.index.open().searcher.generation.documents)
            app.note("slack_ready", documents=documents)
            if http:
                app.note("slack_listening", host=host, port=port)
                serving.serve_http(built, host, port, _tell(app))
            else:
                app.note("slack_connected", team=str(who["team"]) if who else "–")
                serving.serve_socket(built, slack, _tell(app))
    app.note("slack_stopped")


def _tell(app: App) -> Callable[[str], None]:
    return lambda url: app.note("operation_watch_listening", url=url)


@click.group(help="Oppsettet i Slack.")
def slack() -> None:
    pass


@slack.command(
    help="""Vis manifestet, eller sjekk en app mot det.

Lim manifestet inn på api.slack.com/apps («From an app manifest»). Med --check blir tilgangene til
appen som SLACK_BOT_TOKEN hører til, sammenlignet med det manifestet ber om.

\b
Eksempler:
  frisksvar slack manifest > manifest.yaml
  frisksvar slack manifest --check
"""
)
@click.option("--check", is_flag=True, help="Sammenlign med appen som kjører.")
@click.pass_obj
@command
def manifest(app: App, check: bool) -> None:
    from bot import logs
    from bot.slack.manifest import compared, manifest_text, scopes
    from bot.slack.serving import check_token

    if not check:
        click.echo(manifest_text(), nl=False)
        return
    settings = SlackSettings.read()
    with logs.written(settings.log, app.settings.log_format):
        if settings.bot_token is None:
            settings.model_copy(update={"client_id": None}).checked(http=True)
        answer = check_token(settings)
    assert answer is not None
    granted = answer.headers.get("x-oauth-scopes", "")
    missing, unneeded = compared(granted)
    if unneeded:
        app.note("slack_scopes_unneeded", scopes=", ".join(unneeded))
    if missing:
        raise Failure("slack_scopes_missing", scopes=", ".join(missing))
    app.note("slack_scopes_right", count=len(scopes()), team=str(answer["team"]))


def register(group: click.Group) -> None:
    group.add_command(bot)
    group.add_command(slack)
