"""`frisksvar daily`: each job done or told, each by itself, and the hour kept."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import time as clock
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from bot_process import FRISKSVAR
from click.testing import CliRunner, Result
from filelock import FileLock
from tests_support import Home
from web_server import Answer, WebServer

from bot.cli import daily
from bot.cli.app import App
from bot.cli.daily import LOCK, at_or_after, missed
from bot.cli.main import main
from indexer import reuse
from indexer.fetching.sources import Source
from indexer.index import Index
from knowledge.backups.manifest import backups_in
from knowledge.register import Inquiries, NewInquiry
from knowledge.register.approvals import Approvals, today
from knowledge.register.visits import NewVisit, Visits
from knowledge.store import Store
from knowledge.store.jobs import Jobs

OLD = datetime(2020, 5, 5, 12, tzinfo=UTC)
SECONDS = 60.0


@pytest.fixture
def run(home: Home) -> Callable[..., Result]:
    home.store.close()

    def invoked(*arguments: str, **environment: str) -> Result:
        given = {"FRISKSVAR_HOME": str(home.settings.home), **environment}
        return CliRunner().invoke(main, ["daily", *arguments], env=given)

    return invoked


def new(came_from: str, received: datetime, question: str) -> NewInquiry:
    return NewInquiry(came_from=came_from, received_at=received, channel="cli", question=question)


def recorded(home: Home, name: str) -> bool | None:
    with Store(home.settings.database) as store:
        last = Jobs(store).last(name)
    return None if last is None else last.ok


def test_everything_is_done_and_told(home: Home, run: Callable[..., Result]) -> None:
    with Store(home.settings.database) as store:
        Inquiries(store).receive(new("test:1", OLD, "Hvem eier pulsklokkene?"))
        Inquiries(store).receive(new("test:2", datetime.now(UTC), "Hvem eier vektene?"))
        visit = NewVisit(
            on_date=OLD.date(), centre="modum", people=3, note="Zebrafinke", came_from="test:1"
        )
        number, _ = Visits(store).add(visit, "user:1")
        Visits(store).delete(number, "user:1")
        with store.write() as db:
            db.conn.execute("UPDATE visits SET deleted_at = ?", [OLD.isoformat()])
    uploaded = home.settings.home / "imports" / "x.table"
    uploaded.parent.mkdir()
    uploaded.write_text("Zebrafinke", encoding="utf-8")
    os.utime(uploaded, (OLD.timestamp(), OLD.timestamp()))

    done = run()

    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "Sikkerhetskopi",
        "Lagringstid",
        "Utløpt og slettet",
    ]
    (backup,) = backups_in(home.settings.home / "backups")
    assert str(backup.path) in lines[0] and "2 henvendelser" in lines[0]
    with Store(home.settings.database) as store:
        assert {row.question for row in Inquiries(store).all()} == {"", "Hvem eier vektene?"}
        assert "Zebrafinke" not in "".join(store.database.conn.iterdump())
    assert not uploaded.exists()
    for name in ("backup", "retention", "expired", "daily"):
        assert recorded(home, name) is True, name
    assert recorded(home, "sources") is None


def test_a_second_time_takes_nothing_more(home: Home, run: Callable[..., Result]) -> None:
    with Store(home.settings.database) as store:
        Inquiries(store).receive(new("test:1", OLD, "Hvem eier pulsklokkene?"))
    first, second = run(), run()
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "Lagringstid: 0 rader" in second.stdout and "Lagringstid: 0 rader" not in first.stdout


def test_what_fails_does_not_keep_the_rest_from_being_done(
    home: Home, run: Callable[..., Result]
) -> None:
    with Store(home.settings.database) as store:
        Inquiries(store).receive(new("test:1", OLD, "Hvem eier pulsklokkene?"))
    blocked = home.settings.home / "in-the-way"
    blocked.write_text("a file where a folder should be", encoding="utf-8")
    done = run(FRISKSVAR_BACKUP_FOLDER=str(blocked / "backups"))
    assert done.exit_code == 1
    assert "Sikkerhetskopi:" in done.stderr and "Ikke gjort: Sikkerhetskopi." in done.stderr
    assert "Traceback" not in done.output
    assert "Lagringstid:" in done.stdout and "Utløpt og slettet:" in done.stdout
    assert recorded(home, "backup") is False and recorded(home, "retention") is True
    assert recorded(home, "daily") is False


def test_an_unforeseen_error_is_of_its_job_alone(
    home: Home, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(store: Store) -> int:
        raise ZeroDivisionError("Zebrafinke")

    monkeypatch.setattr(daily, "erase_due", broken)
    done = run()
    assert done.exit_code == 1 and "Utløpt og slettet:" in done.stderr
    assert recorded(home, "backup") is True and recorded(home, "expired") is False
    with Store(home.settings.database) as store:
        last = Jobs(store).last("expired")
    assert last is not None and last.detail == {"error": "ZeroDivisionError"}


def test_a_database_that_is_damaged_is_told_by_each_job(
    home: Home, run: Callable[..., Result]
) -> None:
    home.settings.database.write_bytes(b"not a database" * 1000)
    done = run()
    assert done.exit_code == 1 and "Traceback" not in done.output
    assert done.stderr.count("frisksvar.db") >= 2 and done.stdout == ""


def test_an_answer_that_has_expired_leaves_the_index(
    home: Home, run: Callable[..., Result], write: Callable[[str, str], Path]
) -> None:
    home.add(
        write("guide.md", "# Henvisning\n\nAlle kan ta kontakt med frisklivssentralen selv.\n")
    )
    approvals = Approvals(home.store)
    asked = new("test:1", datetime.now(UTC), "Kan vi låne vekter?")
    number, _ = Inquiries(home.store).receive(asked)
    text = "Ja, vi låner ut vekter i tolv uker mot en enkel avtale som begge skriver under på."
    approval = approvals.approve(
        number, "Kan vi låne vekter?", text, "modum", "user:1", today() + timedelta(days=30)
    )
    reuse.file_approved(home.catalogue, approvals, approval)
    assert len(home.build().open().searcher.generation.documents) == 2
    with home.store.write() as db:
        db.conn.execute("UPDATE approvals SET expires_on = '2020-01-01'")
    home.store.close()

    done = run()

    assert done.exit_code == 0, done.output
    assert "indeksen bygd på nytt" in done.stdout
    assert len(Index(home.settings).open().searcher.generation.documents) == 1
    again = run()
    assert "indeksen" not in again.stdout


def source(web: WebServer, path: str) -> Source:
    return Source(
        id=path.strip("/"), title="Veileder", publisher="Helsedirektoratet", url=web.url(path),
        kind="html", edition="2026",
    )  # fmt: skip


def test_sources_are_fetched_where_that_is_wanted(
    home: Home, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = b"<html><body><main><h1>Henvisning</h1><p>Alle kan ta kontakt selv.</p></main></body>"
    with WebServer() as web:
        web.script("/robots.txt", Answer(b"", content_type="text/plain"))
        web.script("/veileder", Answer(page))
        listed = [source(web, "/veileder"), source(web, "/borte")]
        monkeypatch.setattr(daily, "read_sources", lambda path: listed)
        allowed = {
            "FRISKSVAR_DAILY_FETCH": "true",
            "FRISKSVAR_ALLOW_HTTP": "true",
            "FRISKSVAR_ALLOW_PRIVATE": "true",
            "FRISKSVAR_ALLOW_PORTS": f"[{web.port}]",
        }
        done = run(**allowed)
        assert done.exit_code == 0, done.output
        assert "Kilder: 1 ny, 0 endret, 0 uendret, 1 borte, 0 feilet." in done.stdout
        found = Index(home.settings).open().searcher.generation.documents.values()
        assert "Veileder" in [each.metadata.title for each in found]
        without = len(web.requests)
        assert run().exit_code == 0 and len(web.requests) == without
        web.script("/veileder", Answer(b"", status=403))
        web.script("/borte", Answer(b"", status=403))
        failed = run(**allowed)
    assert failed.exit_code == 1 and "Ingen av de 2 kildene" in failed.stderr
    assert recorded(home, "sources") is False


def test_two_at_once_say_so(home: Home, run: Callable[..., Result]) -> None:
    with FileLock(home.settings.home / LOCK):
        done = run()
    assert done.exit_code == 1 and "alt i gang" in done.stderr
    assert not backups_in(home.settings.home / "backups")


# The hour


@pytest.mark.parametrize(
    ("moment", "at", "expected"),
    [
        ("2026-01-10T00:00:00", "03:15", "2026-01-10T02:15:00"),
        ("2026-01-10T02:15:00", "03:15", "2026-01-10T02:15:00"),
        ("2026-01-10T02:15:01", "03:15", "2026-01-11T02:15:00"),
        ("2026-07-10T02:00:00", "03:15", "2026-07-11T01:15:00"),
        ("2026-01-10T23:30:00", "00:15", "2026-01-11T23:15:00"),
        # To summer time: 02:30 is not there; from it: 02:30 comes twice, and counts once.
        ("2026-03-28T12:00:00", "02:30", "2026-03-29T01:30:00"),
        ("2026-10-24T12:00:00", "02:30", "2026-10-25T00:30:00"),
        ("2026-10-25T00:30:01", "02:30", "2026-10-26T01:30:00"),
        ("2026-03-28T12:00:00", "03:15", "2026-03-29T01:15:00"),
    ],
)
def test_the_next_time_is_by_norwegian_clocks(moment: str, at: str, expected: str) -> None:
    found = at_or_after(datetime.fromisoformat(moment).replace(tzinfo=UTC), time.fromisoformat(at))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, True),
        ("2026-01-09T02:20:00", True),  # yesterday's run; today's hour has passed
        ("2026-01-10T02:15:01", False),
        ("2026-01-10T11:00:00", False),  # done by hand in the morning
        ("2026-01-10T02:00:00", True),  # by hand, shortly before
    ],
)
def test_what_was_missed_is_done_at_the_start(home: Home, last: str | None, expected: bool) -> None:
    if last is not None:
        with home.store.write() as db:
            db.conn.execute(
                "INSERT INTO jobs (name, at, ok, detail) VALUES ('daily', ?, 1, '{}')",
                [f"{last}+00:00"],
            )
    app = App(settings=home.settings)
    assert missed(app, time(3, 15), datetime(2026, 1, 10, 12, tzinfo=UTC)) is expected
    app.close()


def test_it_stays_does_what_was_missed_and_ends_when_told(home: Home) -> None:
    home.store.close()
    process = subprocess.Popen(
        [str(FRISKSVAR), "daily", "--at", "03:15"],
        env={"PATH": os.defpath, "FRISKSVAR_HOME": str(home.settings.home)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    until = clock.monotonic() + SECONDS
    said = ""
    with process.stdout as printed:
        while "Neste gang" not in said and clock.monotonic() < until:
            said += printed.readline()
        assert "Sikkerhetskopi:" in said and "03:15." in said
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert recorded(home, "daily") is True


def test_a_night_that_fails_is_not_the_end_of_it(home: Home) -> None:
    home.store.close()
    shutil.copyfile(home.settings.database, home.settings.home / "aside")
    home.settings.database.write_bytes(b"not a database" * 1000)
    process = subprocess.Popen(
        [str(FRISKSVAR), "daily", "--at", "03:15"],
        env={"PATH": os.defpath, "FRISKSVAR_HOME": str(home.settings.home)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = ""
    with process.stdout as printed:
        while "Neste gang" not in said and (line := printed.readline()):
            said += line
        assert "frisksvar.db" in said and "Traceback" not in said
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(home.settings.database).execute("SELECT * FROM jobs")
