"""`frisksvar privacy`: what is held on a person, forgetting, retention, and masking anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from bot.cli.account import pseudonym_key, who_runs
from bot.cli.app import App, command
from bot.cli.privacy_key import key_command
from bot.cli.privacy_rules import COMMANDS, index_follows
from bot.cli.render import table
from bot.slack.pseudonyms import Pseudonyms
from knowledge.backups import aside
from knowledge.calendar import OSLO
from knowledge.personal_data import (
    Held,
    Holds,
    Person,
    PrivacyLog,
    export,
    find,
    forget,
    identify,
)
from knowledge.personal_data.finding import own_inquiries
from knowledge.personal_data.person import subject_of
from knowledge.personal_data.pseudonym_key import given_up

SHOWN_ROWS: Final = 12
"""Ids in a line of the table."""

team_option = click.option(
    "--team",
    "teams",
    multiple=True,
    metavar="T…",
    help="Arbeidsområdet i Slack; ellers alle kjente.",
)
reference_option = click.option(
    "--reference",
    default="",
    metavar="TEKST",
    help="Grunnlaget, til loggen: saksnummer, ikke navn.",
)
PERSON_HELP: Final = """PERSON er en Slack-id (U…), et pseudonym (u og 32 tegn) eller en bruker av
nettsidene (user:3)."""


@click.group(
    help=f"""Personopplysninger: finn, gi ut, glem, og hvor lenge noe lagres.

{PERSON_HELP} Alt som gjøres, blir logget uten innhold og navn.

\b
Eksempler:
  frisksvar privacy find U0123ABCD
  frisksvar privacy export U0123ABCD -o innsyn.zip
  frisksvar privacy forget U0123ABCD --dry-run
  frisksvar privacy retention --dry-run
"""
)
def privacy() -> None:
    pass


@privacy.command(
    "find",
    help=f"""Vis i hvilke rader det er lagret noe om en person.

{PERSON_HELP} Uten --show vises ingen tekst.

\b
Eksempler:
  frisksvar privacy find U0123ABCD
  frisksvar privacy find U0123ABCD --team T0123456 --show
  frisksvar privacy find user:3
""",
)
@click.argument("person")
@team_option
@click.option("--show", is_flag=True, help="Vis også teksten.")
@click.pass_obj
@command
def find_person(app: App, person: str, teams: tuple[str, ...], show: bool) -> None:
    whom = _whom(app, person, teams)
    held = find(app.store, whom, texts=show)
    PrivacyLog(app.store).record(
        "find",
        who=who_runs(),
        subject=subject_of(whom, pseudonym_key(app)),
        detail={"rows": sum(len(each.rows) for each in held), "texts": show},
    )
    if not held:
        app.note("operation_privacy_nothing", given=person)
        return
    _show(app, held)
    for each in held:
        for text in each.texts:
            app.out.print(f"\n{each.table}", style="bold", markup=False)
            app.out.print(text, markup=False, soft_wrap=True)


@privacy.command(
    "export",
    help=f"""Skriv alt som er lagret om en person, til en ZIP-fil: svar på et innsynskrav.

{PERSON_HELP} Filen har en oversikt og hver henvendelse, som nettside og som JSON.

\b
Eksempel:
  frisksvar privacy export U0123ABCD -o innsyn.zip --reference "sak 2026/123"
""",
)
@click.argument("person")
@team_option
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True,
    help="Filen som skrives.",
)  # fmt: skip
@reference_option
@click.pass_obj
@command
def export_person(
    app: App, person: str, teams: tuple[str, ...], output: Path, reference: str
) -> None:
    whom = _whom(app, person, teams)
    count = export(
        app.store,
        whom,
        output,
        key=pseudonym_key(app),
        language=app.language,
        who=who_runs(),
        reference=reference,
    )
    app.note("operation_privacy_exported", count=count, given=person, path=output)


@privacy.command(
    "forget",
    help=f"""Glem en person: teksten i henvendelsene, hvem som spurte, og det som er husket.

{PERSON_HELP} Radene blir stående uten tekst og person, til statistikken. Godkjente svar som bygger
på henvendelsene, tas ut av indeksen. Det som er holdt tilbake (frisksvar privacy hold), blir
stående. Det kan ikke angres.

\b
Eksempler:
  frisksvar privacy forget U0123ABCD --dry-run
  frisksvar privacy forget U0123ABCD --yes --reference "sak 2026/123"
""",
)
@click.argument("person")
@team_option
@click.option("--dry-run", is_flag=True, help="Bare vis hva som ville blitt glemt.")
@click.option("--yes", is_flag=True, help="Ikke spør først.")
@reference_option
@click.pass_obj
@command
def forget_person(
    app: App, person: str, teams: tuple[str, ...], dry_run: bool, yes: bool, reference: str
) -> None:
    whom = _whom(app, person, teams)
    held = find(app.store, whom)
    if not held:
        app.note("operation_privacy_nothing", given=person)
        # Forgotten all the same: a backup may be restored that holds something.
    else:
        _show(app, held)
        kept = {hold.inquiry for hold in Holds(app.store).all()}
        on_hold = kept.intersection(own_inquiries(app.store, whom))
        app.note("operation_privacy_would_forget", held=len(on_hold))
    asides = aside.all_in(app.settings.home)
    if asides and (dry_run or not yes):
        app.note("operation_privacy_asides", paths=", ".join(map(str, asides)))
    if dry_run:
        return
    if (held or asides) and not yes:
        app.sure("operation_privacy_sure", given=person)
    done = forget(app.store, whom, key=pseudonym_key(app), who=who_runs(), reference=reference)
    # They may hold the same, in a schema that this program cannot forget in.
    if gone := aside.remove_all(app.settings.home):
        app.note("operation_privacy_asides_gone", paths=", ".join(gone))
    index_follows(app)
    app.note(
        "operation_privacy_forgotten",
        inquiries=done.inquiries, votes=done.votes, links=done.links, users=done.users,
        approvals=done.approvals, held=done.held,
    )  # fmt: skip
    app.note("operation_privacy_backups")
    if behind := app.store.behind:
        app.note("operation_privacy_copies_behind", folders=", ".join(map(str, behind)))


def _whom(app: App, person: str, teams: Sequence[str]) -> Person:
    found = identify(app.store, person, Pseudonyms(pseudonym_key(app)).of, teams)
    since = given_up(app.store)
    if found.slack is not None and since is not None:
        app.note("operation_privacy_key_given_up", date=f"{since.astimezone(OSLO):%Y-%m-%d}")
    return found


def _show(app: App, held: Sequence[Held]) -> None:
    rows = []
    for each in held:
        names = ", ".join(each.rows[:SHOWN_ROWS])
        if len(each.rows) > SHOWN_ROWS:
            more = len(each.rows) - SHOWN_ROWS
            names = app.say("operation_privacy_more", shown=names, count=more)
        rows.append([each.table, str(len(each.rows)), names])
    app.out.print(table(app.say("operation_privacy_columns"), rows))


def register(group: click.Group) -> None:
    for each in (*COMMANDS, key_command):
        privacy.add_command(each)
    group.add_command(privacy)
