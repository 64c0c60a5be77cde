"""`frisksvar privacy retention`, `remask`, `hold`, `release`, `holds` and `log`."""

from __future__ import annotations

from typing import Final

import click

from bot.cli.account import key_if_right, who_runs
from bot.cli.app import App, command
from bot.cli.building import build_index
from bot.cli.render import table
from indexer import reuse
from indexer.index import bundled_wanted
from knowledge.calendar import OSLO
from knowledge.personal_data import Holds, PrivacyLog, Retention, apply_retention, due, remask
from knowledge.personal_data.retention import kept_back
from knowledge.privacy.masking import RULES
from knowledge.register.approvals import Approvals

NAMES: Final = {
    "texts": "operation_privacy_rule_texts",
    "slack": "operation_privacy_rule_slack",
    "notices": "operation_privacy_rule_notices",
    "people": "operation_privacy_rule_people",
    "users": "operation_privacy_rule_users",
    "sign_ins": "operation_privacy_rule_sign_ins",
    "visit_notes": "operation_privacy_rule_visit_notes",
    "deleted_visits": "operation_privacy_rule_deleted_visits",
    "deleted_ideas": "operation_privacy_rule_deleted_ideas",
    "approvals": "operation_privacy_rule_approvals",
    "forgotten": "operation_privacy_rule_forgotten",
}

number_argument = click.argument("number", type=click.IntRange(1, 2**63 - 1))


def index_follows(app: App) -> None:
    """Take approved answers that had to go out of the library and the index, if there are any."""
    bundled = bundled_wanted(app.settings)
    if reuse.lingers(app.settings.index, app.catalogue, Approvals(app.store), bundled=bundled):
        build_index(app, bundled=bundled)
        app.note("operation_privacy_index")


@click.command(
    "retention",
    help="""Fjern det som er lagret lenge nok: tekst, spørrer, sted i Slack og brukere.

Fristene står i innstillingene FRISKSVAR_RETENTION_MONTHS (24), FRISKSVAR_RETENTION_SLACK_DAYS
(365) og FRISKSVAR_RETENTION_USER_MONTHS (24). Radene blir stående til statistikken. Kjør den hver
dag; avbrytes den, tar neste kjøring resten.

\b
Eksempler:
  frisksvar privacy retention --dry-run
  frisksvar privacy retention
""",
)
@click.option("--dry-run", is_flag=True, help="Bare vis hva som ville gått, måned for måned.")
@click.pass_obj
@command
def retention(app: App, dry_run: bool) -> None:
    rules = Retention.of(app.settings)
    if dry_run:
        found = due(app.store, rules)
        rows = [[app.say(NAMES[one.rule]), one.month, str(one.rows)] for one in found]
        if rows:
            app.out.print(table(app.say("operation_privacy_retention_columns"), rows))
        gone = bool(rows)
    else:
        taken = apply_retention(app.store, rules, who=who_runs(), key=key_if_right(app))
        for rule, count in taken.items():
            name = app.say(NAMES[rule])
            app.note("operation_privacy_retention_done", count=count, rule=name)
        index_follows(app)
        gone = bool(taken)
    if not gone:
        app.note("operation_privacy_retention_none")
    if held := kept_back(app.store, rules):
        app.note("operation_privacy_retention_held", count=held)
    if dry_run:
        app.note("operation_privacy_retention_kept")


@click.command(
    "remask",
    help="""Kjør maskeringen på nytt over alt som er skrevet, etter reglene i denne versjonen.

Trengs når en ny versjon finner mer enn den forrige. Godkjente svar som hadde noe umaskert i seg,
gjelder ikke lenger og tas ut av indeksen.

\b
Eksempler:
  frisksvar privacy remask --dry-run
  frisksvar privacy remask
""",
)
@click.option("--dry-run", is_flag=True, help="Bare tell hva som ville blitt maskert.")
@click.pass_obj
@command
def remask_all(app: App, dry_run: bool) -> None:
    found = remask(app.store, who=who_runs(), dry_run=dry_run)
    if not found.rows:
        app.note("operation_privacy_remask_none", rules=RULES)
        return
    rows = [[name, str(count)] for name, count in found.columns.items()]
    app.out.print(table(app.say("operation_privacy_remask_columns"), rows))
    if dry_run:
        app.note("operation_privacy_remask_would", count=found.rows, rules=RULES)
        return
    app.note("operation_privacy_remask_done", count=found.rows, rules=RULES)
    if found.approvals:
        app.note("operation_privacy_remask_approvals", count=found.approvals)
    index_follows(app)


@click.command(
    "hold",
    help="""Hold en henvendelse tilbake fra sletting, for eksempel fordi den skal arkiveres.

\b
Eksempel:
  frisksvar privacy hold 12 --reason "arkivverdig, sak 2026/123"
""",
)
@number_argument
@click.option("--reason", required=True, metavar="TEKST", help="Hvorfor, uten navn.")
@click.pass_obj
@command
def hold(app: App, number: int, reason: str) -> None:
    new = Holds(app.store).hold(number, reason, who_runs())
    if new:
        app.note("operation_privacy_hold_done", inquiry=number)
    else:
        app.note("operation_privacy_hold_already", inquiry=number)


@click.command(
    "release",
    help="""La en henvendelse som er holdt tilbake, følge de vanlige fristene igjen.

\b
Eksempel:
  frisksvar privacy release 12 --reason "avlevert til arkiv"
""",
)
@number_argument
@click.option("--reason", default="", metavar="TEKST", help="Hvorfor, til loggen, uten navn.")
@click.pass_obj
@command
def release(app: App, number: int, reason: str) -> None:
    if Holds(app.store).release(number, who_runs(), reason):
        app.note("operation_privacy_hold_released", inquiry=number)
    else:
        app.note("operation_privacy_hold_not", inquiry=number)


@click.command(
    "holds",
    help="""List henvendelsene som er holdt tilbake.

\b
Eksempel:
  frisksvar privacy holds
""",
)
@click.pass_obj
@command
def show_holds(app: App) -> None:
    found = Holds(app.store).all()
    if not found:
        app.note("operation_privacy_holds_none")
        return
    rows = [
        [str(one.inquiry), f"{one.at.astimezone(OSLO):%Y-%m-%d}", one.who, one.reason]
        for one in found
    ]
    app.out.print(table(app.say("operation_privacy_holds_columns"), rows))


@click.command(
    "log",
    help="""Vis loggen over hva som er gjort med personopplysninger, nyeste først.

\b
Eksempel:
  frisksvar privacy log --limit 50
""",
)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1))
@click.pass_obj
@command
def show_log(app: App, limit: int) -> None:
    found = PrivacyLog(app.store).newest(limit)
    if not found:
        app.note("operation_privacy_log_none")
        return
    rows = [
        [
            f"{entry.at.astimezone(OSLO):%Y-%m-%d %H:%M}",
            entry.act,
            entry.who,
            entry.subject[:16],
            entry.reference,
            ", ".join(f"{name}: {value}" for name, value in entry.detail.items()),
        ]
        for entry in found
    ]
    app.out.print(table(app.say("operation_privacy_log_columns"), rows))


COMMANDS: Final = (retention, remask_all, hold, release, show_holds, show_log)
