"""`frisksvar privacy key`: whether the key of the pseudonyms is the right one, and the way back."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp

import click

from bot.cli.account import given_secret
from bot.cli.app import App, command
from bot.slack.pseudonyms import KEY, look, put_back, start_anew
from knowledge.backups.errors import BackupError
from knowledge.backups.manifest import Backup
from knowledge.backups.plan import backup_folder, keys_in
from knowledge.backups.preparing import find, key_of
from knowledge.messages import Failure


@click.command(
    "key",
    help="""Si om nøkkelen til pseudonymene er den registeret er laget med.

Uten den rette nøkkelen kan ingen som har spurt, kjennes igjen, og boten starter ikke. Med --from
hentes den fra en kryptert sikkerhetskopi (navnet fra «frisksvar backups list», eller latest), uten
at noe annet legges tilbake. Med --accept blir nøkkelen som ligger der, eller en ny hvis den
mangler, registerets nøkkel fra nå av; gjør det bare når den gamle er tapt for godt. Avslutter med
status 1 hvis noe er galt.

\b
Eksempler:
  frisksvar privacy key
  frisksvar privacy key --from latest
  frisksvar privacy key --accept
""",
)
@click.option("--from", "which", metavar="KOPI", help="Hent nøkkelen fra denne sikkerhetskopien.")
@click.option(
    "--key-file", type=click.Path(path_type=Path, dir_okay=False),
    help="Fil med age-nøkler. Uten valg: FRISKSVAR_BACKUP_KEY_FILE.",
)  # fmt: skip
@click.option("--accept", is_flag=True, help="Bruk nøkkelen som ligger der, fra nå av.")
@click.option("--yes", is_flag=True, help="Ikke spør først.")
@click.pass_obj
@command
def key_command(
    app: App, which: str | None, key_file: Path | None, accept: bool, yes: bool
) -> None:
    given = given_secret()
    if which is not None:
        if given is not None:
            raise Failure("operation_privacy_key_set")
        place = put_back(app.store, _from(app, which, key_file))
        app.note("operation_privacy_key_back", place=place)
        return
    found = look(app.store, given)
    if found.trouble is not None and accept:
        if not yes:
            app.sure("operation_privacy_key_sure", place=found.place)
        accepted = start_anew(app.store, given)
        app.note("operation_privacy_key_accepted", place=accepted.place)
    elif found.trouble is not None:
        raise Failure(found.trouble.key, **found.trouble.values)
    else:
        app.tell(found.told(in_backups=app.settings.backup_key_file is not None))


def _from(app: App, which: str, key_file: Path | None) -> bytes:
    """The key in a backup.

    Raises:
        Failure: there is no such backup, it cannot be read, or has no key.
    """
    folder = backup_folder(app.settings)
    try:
        chosen = find(which, folder)
    except BackupError as error:
        if error.key in ("operation_backup_none_to_restore", "operation_backup_unknown"):
            # Their sentences tell of restore's options.
            raise Failure("operation_privacy_key_no_backup", which=which, folder=folder) from error
        raise
    # In the home folder, as its clear text should lie nowhere else.
    work = Path(mkdtemp(prefix=".backup-", dir=app.settings.home))
    try:
        keys = keys_in(key_file or app.settings.backup_key_file)
        secret = key_of(chosen, KEY, work, keys) if isinstance(chosen, Backup) else None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if secret is None:
        raise Failure("operation_privacy_key_not_there", name=chosen.name)
    return secret
