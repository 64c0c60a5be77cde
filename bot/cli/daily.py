"""`frisksvar daily`: what has to be done once a day, each job by itself."""

from __future__ import annotations

import logging
import signal
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final

import click
from filelock import FileLock, Timeout

from bot.cli.account import key_if_right
from bot.cli.app import App, command, sentence
from bot.cli.backup import HOW_VERIFIED
from bot.cli.building import build_index
from bot.cli.library import downloader
from bot.review.uploads import Uploads
from indexer import reuse
from indexer.fetching.fetch_all import OutcomeKind, fetch_each
from indexer.fetching.sources import read_sources
from indexer.index import bundled_wanted
from indexer.library.fetched import FetchedSources
from knowledge.backups.making import JOB as BACKUP
from knowledge.backups.plan import plan_of
from knowledge.calendar import OSLO
from knowledge.messages import Failure, Message
from knowledge.personal_data import Retention, apply_retention
from knowledge.personal_data.retention import kept_back
from knowledge.register.approvals import Approvals
from knowledge.register.forgetting_rows import erase_due
from knowledge.store import StoreError
from knowledge.store.jobs import Jobs

log = logging.getLogger(__name__)

DAILY: Final = "daily"
LOCK: Final = "daily.lock"
WHO: Final = "daily"
"""Who took what was due, in the log of personal data."""

LOOK_SECONDS: Final = 60.0
"""How often it is looked at the clock while waiting: one that is set right, or a machine that
slept, must not put the night's work off by as much."""


@dataclass(frozen=True)
class Done:
    """What a job did: a sentence, and numbers for the table `jobs`."""

    told: Message
    detail: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One job. `name` is in the table `jobs` and the metrics, `title` the key of what it is called.

    Attributes:
        records: whether it writes its own row into `jobs`.
    """

    name: str
    title: str
    work: Callable[[App], Done]
    records: bool = False


def _backup(app: App) -> Done:
    made = plan_of(app.settings).make(app.settings)
    values = {
        "name": made.backup.path,
        "inquiries": made.manifest.rows.get("inquiries", 0),
        "documents": made.manifest.documents,
        "size": made.bytes / 1e6,
        "verified": Message(HOW_VERIFIED[made.manifest.verified]),
        "removed": len(made.removed),
    }
    return Done(Message("operation_backup_made", values))


def _retention(app: App) -> Done:
    rules = Retention.of(app.settings)
    taken = apply_retention(app.store, rules, who=WHO, key=key_if_right(app))
    held = kept_back(app.store, rules)
    told = Message("operation_deploy_retention_done", {"rows": sum(taken.values()), "held": held})
    return Done(told, {**taken, "held": held})


def _expired(app: App) -> Done:
    """What ran out without anybody's doing; the pages only see to it when they start."""
    erased = erase_due(app.store)
    Uploads(app.settings.home).clear()
    bundled = bundled_wanted(app.settings)
    rebuilt = reuse.lingers(
        app.settings.index, app.catalogue, Approvals(app.store), bundled=bundled
    )
    if rebuilt:
        build_index(app, bundled=bundled)
    app.store.settle()
    key = "operation_deploy_expired_index" if rebuilt else "operation_deploy_expired_done"
    return Done(Message(key, {"erased": erased}), {"erased": erased, "rebuilt": int(rebuilt)})


def _sources(app: App) -> Done:
    known = read_sources(Path(str(files("knowledge").joinpath("sources.toml"))))
    state = FetchedSources(app.store, app.catalogue, known)
    counts: Counter[str] = Counter()
    with downloader(app) as fetcher:
        for outcome in fetch_each(known, state, fetcher):
            unreadable = outcome.source_id in state.unreadable
            counts[(OutcomeKind.FAILED if unreadable else outcome.kind).value] += 1
    if known and counts["failed"] == len(known):
        raise Failure("operation_deploy_sources_failed", count=len(known))
    if counts["new"] or counts["changed"] or counts["vanished"]:
        build_index(app, bundled=bundled_wanted(app.settings))
    totals = {kind.value: counts[kind.value] for kind in OutcomeKind}
    return Done(Message("operation_deploy_sources_done", totals), totals)


JOBS: Final = (
    # First, so that the night's backup has what the rest may take away wrongly.
    Job(BACKUP, "operation_deploy_job_backup", _backup, records=True),
    Job("retention", "operation_deploy_job_retention", _retention),
    Job("expired", "operation_deploy_job_expired", _expired),
    Job("sources", "operation_deploy_job_sources", _sources),
)


def wanted(app: App) -> list[Job]:
    """The jobs of this installation."""
    return [job for job in JOBS if job.name != "sources" or app.settings.daily_fetch]


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise Failure("operation_deploy_running", home=home) from error
    try:
        yield
    finally:
        lock.release()


def run_all(app: App, jobs: list[Job]) -> list[Job]:
    """Do each job, whatever became of the others, and tell; those that failed.

    Raises:
        Failure: another one is at it in this home.
    """
    failed: list[Job] = []
    with _alone(app.settings.home):
        for job in jobs:
            title = app.say(job.title)
            try:
                done = job.work(app)
            except Exception as error:  # the others must be done all the same
                # The type only: a message may hold what somebody wrote.
                log.error("daily job failed: job=%s error=%s", job.name, type(error).__name__)
                told = f"{title}: {sentence(error, app)}"
                app.err.print(told, style="red", markup=False, soft_wrap=True)
                failed.append(job)
                if not job.records:
                    kind = error.key if isinstance(error, Failure) else type(error).__name__
                    _record(app, job.name, ok=False, detail={"error": kind})
                continue
            app.out.print(
                f"{title}: {done.told.sentence(app.language)}", markup=False, soft_wrap=True
            )
            if not job.records:
                _record(app, job.name, ok=True, detail=done.detail)
        _record(app, DAILY, ok=not failed, detail={"failed": [job.name for job in failed]})
    return failed


def _record(app: App, name: str, *, ok: bool, detail: Mapping[str, object]) -> None:
    try:
        Jobs(app.store).record(name, ok=ok, detail=detail)
    except (StoreError, sqlite3.Error) as error:  # the sentence of the job has told it
        log.error("job not recorded: job=%s error=%s", name, type(error).__name__)


def at_or_after(moment: datetime, clock: time) -> datetime:
    """The first time that Norwegian clocks show `clock`, from `moment` on, in UTC.

    In the night to summer time, a time between two and three is an hour later.
    """
    day = moment.astimezone(OSLO).date()
    while True:
        found = datetime.combine(day, clock, OSLO).astimezone(UTC)
        if found >= moment:
            return found
        day += timedelta(days=1)


def missed(app: App, clock: time, now: datetime) -> bool:
    """Whether the last time that it should have been done has passed without."""
    last = Jobs(app.store).last(DAILY)
    return last is None or at_or_after(last.at, clock) <= now


def _each_day(app: App, clock: time) -> None:
    stopped = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stopped.set())
    while not stopped.is_set():
        today = replace(app)  # a register of its own each day, closed in between
        try:
            if missed(today, clock, datetime.now(UTC)):
                _told(today, run_all(today, wanted(today)))
        except (Failure, OSError, sqlite3.Error) as error:
            # A disk that is full or a database that is locked tonight may not be tomorrow.
            app.err.print(sentence(error, app), style="red", markup=False, soft_wrap=True)
        finally:
            today.close()
        coming = at_or_after(datetime.now(UTC), clock)
        app.note("operation_deploy_next", at=f"{coming.astimezone(OSLO):%Y-%m-%d %H:%M}")
        while not stopped.is_set() and (left := (coming - datetime.now(UTC)).total_seconds()) > 0:
            stopped.wait(min(left, LOOK_SECONDS))


def _told(app: App, failed: list[Job]) -> None:
    if failed:
        app.note("operation_deploy_some_failed", jobs=", ".join(app.say(j.title) for j in failed))


@click.command(
    help="""Gjør det som skal gjøres hver dag: sikkerhetskopi, lagringstid, utløpte svar og kilder.

Det som feiler, hindrer ikke resten. Avslutter med status 1 hvis noe feilet. Kilder hentes bare når
FRISKSVAR_DAILY_FETCH er satt. Uten --at gjøres alt én gang, for systemd eller cron; med --at blir
programmet stående, gjør det hver dag på det klokkeslettet (norsk tid), og tar igjen det som ble
forsømt mens det ikke kjørte.

\b
Eksempler:
  frisksvar daily
  frisksvar daily --at 03:15
"""
)
@click.option(
    "--at", "clock", type=click.DateTime(["%H:%M"]), metavar="TT:MM",
    help="Bli stående, og gjør det hver dag på dette klokkeslettet.",
)  # fmt: skip
@click.pass_obj
@command
def daily(app: App, clock: datetime | None) -> None:
    if clock is not None:
        _each_day(app, clock.time())
        return
    failed = run_all(app, wanted(app))
    _told(app, failed)
    if failed:
        raise click.exceptions.Exit(1)


def register(group: click.Group) -> None:
    group.add_command(daily)
