"""What runs, or should have run: the bot, its outbox, backups, and the rules for personal data."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.doctor.finding import Finding, Findings, Installation
from bot.metrics import heartbeat
from knowledge.backups.errors import BackupError
from knowledge.backups.latest import latest
from knowledge.backups.making import JOB as BACKUP
from knowledge.backups.manifest import backups_in
from knowledge.backups.plan import backup_folder
from knowledge.backups.room import used
from knowledge.messages import Message
from knowledge.personal_data import Retention, due, remask_due
from knowledge.store.jobs import Jobs

OLD_BACKUP: Final = timedelta(hours=50)
"""Two nights and a little: one that was missed is not yet a habit."""

OLD_DAILY: Final = timedelta(days=2)

DAILY: Final = "daily"
TITLES: Final = {
    "backup": "operation_deploy_job_backup",
    "retention": "operation_deploy_job_retention",
    "expired": "operation_deploy_job_expired",
    "sources": "operation_deploy_job_sources",
}
"""As bot/cli/daily.py records and calls them."""

QUIET: Final = timedelta(minutes=30)
"""Slack closes a socket and opens the next within some hours, and pings in between (Socket Mode);
so long without anything is no quiet day."""

LATE: Final = timedelta(hours=1)
"""A message to Slack that has waited for so long will hardly go by itself."""


def bot(place: Installation) -> Findings:
    """The last sign of life of the bot that runs here, and when Slack last sent it anything."""
    beat = heartbeat.read(place.settings.home)
    if beat is None:
        yield Finding("ok", Message("operation_install_bot_none"))
        return
    age = _ago(place.now - beat.written_at)
    if not beat.fresh:
        text = Message("operation_install_bot_gone", {"age": age, "process": beat.process})
        yield Finding("bad", text, run="frisksvar bot")
        return
    if beat.stalled:
        values = {"parts": ", ".join(beat.stalled), "process": beat.process}
        yield Finding("bad", Message("operation_install_bot_stuck", values))
        return
    if beat.connected is False:
        yield Finding("bad", Message("operation_install_bot_apart"), run="frisksvar doctor")
        return
    event = beat.last_event_at
    heard = _ago(place.now - event) if event else "–"
    values = {"process": beat.process, "version": beat.version, "heard": heard}
    quiet = beat.connected and (event or beat.started_at) < place.now - QUIET
    if quiet:
        yield Finding("warn", Message("operation_install_bot_quiet", values))
    else:
        yield Finding("ok", Message("operation_install_bot_well", values))


def outbox(place: Installation) -> Findings:
    """What should have been posted in Slack and was not."""
    if not place.register_ready:
        return
    count, oldest = place.store.database.execute(
        "SELECT count(*), min(created_at) FROM slack_posts WHERE state IN ('due', 'ready')"
    ).fetchone()
    if count and place.now - datetime.fromisoformat(oldest) > LATE:
        values = {"count": count, "age": _ago(place.now - datetime.fromisoformat(oldest))}
        yield Finding("warn", Message("operation_install_outbox_late", values))
    elif count:
        yield Finding("ok", Message("operation_install_outbox", {"count": count}))


def backup(place: Installation) -> Findings:
    """The newest backup: how old it is, where it is, and how it was checked."""
    if not place.register_ready:
        return
    jobs = Jobs(place.store)
    last, good = jobs.last(BACKUP), jobs.last(BACKUP, ok=True)
    where = backup_folder(place.settings)
    found = backups_in(where)
    if good is None and not found:
        yield Finding("warn", Message("operation_install_backup_none"), run="frisksvar backup")
        return
    if not found and used(place.settings.database, where):
        # No command: a backup there would only hide that the others are gone.
        yield Finding("bad", Message("operation_install_backup_missing", {"path": where}))
        return
    if last is not None and not last.ok:
        values = {"age": _ago(place.now - last.at), "error": last.detail.get("error", "")}
        text = Message("operation_install_backup_failed", values)
        yield Finding("warn", text, run="frisksvar backup")
    if not found:
        assert good is not None
        values = {"path": where, "before": good.detail.get("folder", "–")}
        text = Message("operation_install_backup_elsewhere", values)
        yield Finding("warn", text, run="frisksvar backup")
        return
    try:
        newest, note = latest(found[0].path.parent, place.now)
        manifest = newest.manifest()
    except BackupError as error:
        yield Finding("bad", error.message, run="frisksvar backup")
        return
    if note is not None:
        yield Finding("warn", note)
    age = place.now - manifest.made_at
    values = {
        "name": newest.name,
        "age": _ago(age),
        "inquiries": manifest.rows.get("inquiries", 0),
    }
    if _same_disk(place):
        text = Message("operation_install_backup_same_disk", {"path": found[0].path.parent})
        yield Finding("warn", text)
    if age > OLD_BACKUP:
        text = Message("operation_install_backup_old", values)
        yield Finding("warn", text, run="frisksvar backup")
    elif manifest.verified == "before_encryption":
        yield Finding("ok", Message("operation_install_backup_sealed", values))
    else:
        yield Finding("ok", Message("operation_install_backup_well", values))


def _same_disk(place: Installation) -> bool:
    """Whether the backups go when the disk of the register goes."""
    try:
        theirs = backup_folder(place.settings).stat().st_dev
        return theirs == place.settings.database.stat().st_dev
    except OSError:
        return False


def daily(place: Installation) -> Findings:
    """When the daily work was last done, and how it went."""
    if not place.register_ready:
        return
    last = Jobs(place.store).last(DAILY)
    if last is None:
        (since,) = place.store.database.execute(
            "SELECT min(applied_at) FROM _sqlite_migrations"
        ).fetchone()
        if place.now - datetime.fromisoformat(since) > OLD_DAILY:
            yield Finding("warn", Message("operation_install_daily_never"), run="frisksvar daily")
        else:
            yield Finding("ok", Message("operation_install_daily_not_yet"))
        return
    age = place.now - last.at
    if age > OLD_DAILY:
        text = Message("operation_install_daily_old", {"age": _ago(age)})
        yield Finding("warn", text, run="frisksvar daily")
    if failed := [str(name) for name in last.detail.get("failed", [])]:
        text = Message(
            "operation_install_daily_failed", {"age": _ago(age), "jobs": _listed(failed)}
        )
        yield Finding("warn", text, run="frisksvar daily")
    elif age <= OLD_DAILY:
        yield Finding("ok", Message("operation_install_daily_well", {"age": _ago(age)}))


def _listed(jobs: list[str]) -> Message | str:
    """What jobs are called, with commas; one of another version has its bare name."""
    first: Message | str = Message(TITLES[jobs[0]]) if jobs[0] in TITLES else jobs[0]
    if len(jobs) == 1:
        return first
    return Message("operation_install_listed", {"first": first, "rest": _listed(jobs[1:])})


def personal_data(place: Installation) -> Findings:
    """What should be gone by the rules for how long texts are kept, or be masked anew."""
    if not place.register_ready:
        return
    waiting = sum(each.rows for each in due(place.store, Retention.of(place.settings)))
    if waiting:
        text = Message("operation_install_retention", {"count": waiting})
        yield Finding("warn", text, run="frisksvar privacy retention")
    if remask_due(place.store):
        text = Message("operation_install_remask")
        yield Finding("warn", text, run="frisksvar privacy remask")
    elif not waiting:
        yield Finding("ok", Message("operation_install_retention_done"))


def _ago(age: timedelta) -> str:
    """A duration in figures that need no language: 40 s, 12 min, 5 h, 3 d."""
    seconds = max(0, int(age.total_seconds()))
    for unit, size in (("d", 2 * 86_400), ("h", 2 * 3_600), ("min", 2 * 60)):
        if seconds >= size:
            return f"{seconds * 2 // size} {unit}"
    return f"{seconds} s"
