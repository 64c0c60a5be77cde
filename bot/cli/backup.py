"""`frisksvar backup | restore | backups`: nothing is lost."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from tempfile import mkdtemp

import click

from bot.cli.app import App, command
from bot.cli.recall import Recall
from bot.cli.render import show_table, table
from knowledge.backups.errors import BackupError
from knowledge.backups.latest import latest
from knowledge.backups.manifest import Backup, Manifest, Verified, backups_in
from knowledge.backups.plan import backup_folder, keys_in, plan_of
from knowledge.backups.preparing import LATEST, find, verify
from knowledge.backups.restoring import refuse_in_use, restore
from knowledge.backups.rotation import Keep

HOW_VERIFIED: dict[Verified, str] = {
    "opened": "operation_backup_verified_opened",
    "decrypted": "operation_backup_verified_decrypted",
    "before_encryption": "operation_backup_verified_before_encryption",
}

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)
from_folder = click.option(
    "--from", "folder", type=FOLDER,
    help="Mappen kopiene ligger i. Uten valg: FRISKSVAR_BACKUP_FOLDER.",
)  # fmt: skip
key_option = click.option(
    "--key-file", type=FILE, help="Fil med age-nøkler. Uten valg: FRISKSVAR_BACKUP_KEY_FILE."
)


@click.command(
    help="""Ta en sikkerhetskopi av registeret og dokumentene, mens boten er i gang.

Kopien blir åpnet og kontrollert, og kryptert hvis en nøkkel er oppgitt, før den får navnet sitt.
Deretter fjernes eldre kopier som ikke lenger trengs. Avslutter med status 1 hvis noe gikk galt; de
eldre kopiene er da urørt.

\b
Eksempler:
  frisksvar backup
  frisksvar backup --to /mnt/kopier --keep 14,8,12
  frisksvar backup --key-file /etc/frisksvar/kopi.key
"""
)
@click.option(
    "--to", "folder", type=FOLDER,
    help="Mappen kopiene legges i. Uten valg: FRISKSVAR_BACKUP_FOLDER.",
)  # fmt: skip
@click.option(
    "--keep", metavar="D,U,M",
    help="Dager, uker og måneder som beholder sin siste kopi, f.eks. 14,8,12.",
)  # fmt: skip
@key_option
@click.pass_obj
@command
def backup(app: App, folder: Path | None, keep: str | None, key_file: Path | None) -> None:
    plan = plan_of(app.settings, folder=folder, keep=_keep(app, keep), key_file=key_file)
    made = plan.make(app.settings)
    told = app.say(
        "operation_backup_made",
        name=made.backup.path,
        inquiries=made.manifest.rows.get("inquiries", 0),
        documents=made.manifest.documents,
        size=made.bytes / 1e6,
        verified=app.say(HOW_VERIFIED[made.manifest.verified]),
        removed=len(made.removed),
    )
    app.out.print(told, markup=False, soft_wrap=True)
    if made.manifest.missing:
        app.note("operation_backup_missing", count=len(made.manifest.missing))


def _keep(app: App, given: str | None) -> Keep | None:
    if given is None:
        return None
    try:
        return Keep.of(given)
    except ValueError as error:
        zeros = re.fullmatch(r"0+,0+,0+", given.replace(" ", ""))
        key = "operation_backup_keep_none" if zeros else "operation_backup_keep_wrong"
        raise click.UsageError(app.say(key)) from error


@click.command(
    "restore",
    help="""Sett en sikkerhetskopi inn i stedet for registeret.

KOPI er navnet fra «frisksvar backups list», «latest» for den som er tatt sist, eller stien til en
kopi eller en databasefil. Stopp boten og nettsidene først. Kopien blir kontrollert før noe røres,
og det forrige registeret blir liggende i samme mappe under et annet navn.

\b
Eksempler:
  frisksvar restore latest
  frisksvar restore frisksvar-2026-11-22T030000Z --yes
  frisksvar restore /mnt/kopier/frisksvar-2026-11-22T030000Z --key-file kopi.key
""",
)
@click.argument("which", metavar="KOPI")
@click.option("--yes", is_flag=True, help="Ikke spør.")
@from_folder
@key_option
@click.pass_obj
@command
def restore_command(
    app: App, which: str, yes: bool, folder: Path | None, key_file: Path | None
) -> None:
    keys = keys_in(key_file or app.settings.backup_key_file)
    refuse_in_use(app.settings)
    chosen = _chosen(app, which, folder or backup_folder(app.settings))
    if not yes:
        app.sure("operation_backup_confirm", home=app.settings.home, name=chosen.name)

    recall = Recall(app, chosen)
    done = restore(app.settings, chosen, keys=keys, forget_again=recall)
    told = app.say(
        "operation_backup_restored",
        name=done.name,
        inquiries=done.inquiries,
        documents=done.documents,
        forgotten=done.forgotten,
    )
    app.out.print(told, markup=False, soft_wrap=True)
    if done.aside is not None:
        app.note("operation_backup_aside", path=done.aside)
    recall.tell()


def _chosen(app: App, which: str, folder: Path) -> Backup | Path:
    if which != LATEST:
        return find(which, folder)
    newest = latest(folder)
    if newest.note is not None:
        app.tell(newest.note)
    return newest.backup


@click.group(help="Sikkerhetskopiene som finnes, og nøkkelen de kan krypteres med.")
def backups() -> None:
    pass


@backups.command(
    "list",
    help="""Vis sikkerhetskopiene, nyeste først.

Med --check blir hver av dem lest og åpnet som om den skulle settes inn. Avslutter med status 1 hvis
en av dem ikke er hel.

\b
Eksempler:
  frisksvar backups list
  frisksvar backups list --from /mnt/kopier --check
""",
)
@from_folder
@key_option
@click.option("--check", is_flag=True, help="Les og kontroller hver av dem.")
@click.pass_obj
@command
def list_command(app: App, folder: Path | None, key_file: Path | None, check: bool) -> None:
    place = folder or backup_folder(app.settings)
    there = backups_in(place)
    if not there:
        app.note("operation_backup_none", folder=place)
        return
    whole = True
    rows = []
    for one in there:
        try:
            manifest = _checked(app, one, key_file) if check else one.manifest()
        except BackupError as error:
            whole = False
            rows.append([one.name, "", "", "", error.sentence(app.language)])
            continue
        rows.append(
            [
                one.name,
                str(manifest.rows.get("inquiries", 0)),
                str(manifest.documents),
                app.say("operation_backup_size", size=manifest.bytes / 1e6),
                app.say(HOW_VERIFIED[manifest.verified]),
            ]
        )
    show_table(app, table(app.say("operation_backup_columns"), rows, whole=(0,)))
    if not whole:
        raise click.exceptions.Exit(1)


def _checked(app: App, one: Backup, key_file: Path | None) -> Manifest:
    # In the home folder, as its clear text should lie nowhere else.
    app.settings.home.mkdir(parents=True, exist_ok=True)
    work = Path(mkdtemp(prefix=".backup-", dir=app.settings.home))
    try:
        return verify(one, work, keys_in(key_file or app.settings.backup_key_file))
    finally:
        shutil.rmtree(work, ignore_errors=True)


@backups.command(
    "key",
    help="""Lag en nøkkel som sikkerhetskopiene kan krypteres med.

FIL får både den offentlige og den hemmelige delen, og overskrives aldri. Programmet age åpner
kopiene med den samme filen.

\b
Eksempel:
  frisksvar backups key /etc/frisksvar/kopi.key
""",
)
@click.argument("path", metavar="FIL", type=FILE)
@click.pass_obj
@command
def key_command(app: App, path: Path) -> None:
    from knowledge.backups.sealing import new_keys

    keys = new_keys(path)
    told = app.say("operation_backup_key_made", path=path, public=keys.recipients[0])
    app.out.print(told, markup=False, soft_wrap=True)


def register(group: click.Group) -> None:
    for item in (backup, restore_command, backups):
        group.add_command(item)
