"""`frisksvar doctor`: what can be wrong is found and told, and every command it names is there."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from slack_server import Slack, Timing
from slack_town import environment
from tests_support import Home

from bot.cli import main
from bot.configuration import described
from bot.doctor.examining import CHECKS
from bot.doctor.finding import Installation
from bot.doctor.register import clock
from bot.doctor.slack import _clock
from bot.metrics import heartbeat
from bot.metrics.heartbeat import Heartbeat
from bot.slack.manifest import scopes
from indexer.library.adding import add_file
from knowledge.backups.making import make_backup
from knowledge.backups.rotation import Keep
from knowledge.messages import Message
from knowledge.register import Inquiries, NewInquiry
from knowledge.register.approvals import Approvals
from knowledge.store.jobs import Jobs

Doctor = Callable[..., dict[str, list[dict[str, Any]]]]


@pytest.fixture
def ready(bundled_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home where nothing is wrong: indexed, with an inquiry, backed up."""
    for each in described():
        monkeypatch.delenv(each.variable, raising=False)
    folder = tmp_path / "ready"
    shutil.copytree(bundled_home.settings.home, folder, ignore=shutil.ignore_patterns("*.db*"))
    folder.chmod(0o700)
    monkeypatch.setenv("FRISKSVAR_HOME", str(folder))
    made = Home(folder)
    Inquiries(made.store).receive(
        NewInquiry(came_from="cli:1", received_at=now(), channel="cli", question="Hva?")
    )
    backup(made)
    Jobs(made.store).record("daily", ok=True, detail={"failed": []})
    monkeypatch.setattr("bot.doctor.running._same_disk", lambda _: False)
    yield made
    made.store.close()


def now() -> datetime:
    return datetime.now(UTC)


def backup(home: Home, at: datetime | None = None) -> None:
    folder = home.settings.home / "backups"
    make_backup(home.settings, folder=folder, keep=Keep(), now=at, given=True)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *arguments])


def found(*arguments: str) -> dict[str, list[dict[str, Any]]]:
    """The findings by check. Whatever is wrong, the status says so, and every command exists."""
    result = run("--json", *arguments)
    told = json.loads(result.stdout)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    states = [each["state"] for each in told["findings"]]
    assert told["ok"] == ("bad" not in states) == (result.exit_code == 0)
    by_check: dict[str, list[dict[str, Any]]] = {}
    for each in told["findings"]:
        by_check.setdefault(each["check"], []).append(each)
        words = (each["run"] or "").split()
        if words[:1] == ["frisksvar"]:
            command = main.commands[words[1]]
            for word in words[2:]:
                if isinstance(command, click.Group):
                    command = command.commands[word]
    assert by_check.keys() <= CHECKS.keys()
    return by_check


def one(check: str, *arguments: str) -> tuple[str, str, str | None]:
    """The finding of a check that is not well, or else the first one; the others are left out."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("bot.doctor.examining.CHECKS", {check: CHECKS[check]})
        findings = found(*arguments)[check]
    worst = next((each for each in findings if each["state"] != "ok"), findings[0])
    return worst["state"], worst["text"], worst["run"]


def test_where_all_is_well_nothing_else_is_said(ready: Home) -> None:
    findings = [each for some in found().values() for each in some]
    assert [each for each in findings if each["state"] != "ok"] == []
    shown = run().stdout
    assert shown.count("i orden") == len(findings) and "→" not in shown


def test_an_empty_home_is_told_where_to_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRISKSVAR_HOME", str(tmp_path / "new"))
    assert one("database") == ("warn", "det er ikke laget noe register ennå", "frisksvar init")
    assert not (tmp_path / "new" / "frisksvar.db").exists(), "looking makes no register"
    assert "frisksvar index" in one("index")[1]


# The machine


def test_a_home_that_others_can_read_is_told_with_the_command(ready: Home) -> None:
    home = ready.settings.home
    home.chmod(0o755)
    assert one("permissions")[::2] == ("warn", f"chmod 700 {home}")
    home.chmod(0o700)
    secrets = home / "secrets"
    secrets.mkdir()
    (secrets / "slack_signing_secret").write_text("x")
    (secrets / "slack_signing_secret").chmod(0o644)
    assert one("permissions")[2] == f"chmod 600 {secrets / 'slack_signing_secret'}"
    (secrets / "slack_signing_secret").unlink()
    (home / "frisksvar.toml").write_text('lang = "nb"\n')
    (home / "frisksvar.toml").chmod(0o644)
    assert one("permissions")[0] == "ok", "there is no secret in it"
    (home / "frisksvar.toml").write_text('[slack]\nsigning_secret = "x"\n')
    assert one("permissions")[2] == f"chmod 600 {home / 'frisksvar.toml'}"


@pytest.mark.parametrize(
    ("free", "state"), [(10_000_000, "bad"), (300_000_000, "warn"), (50_000_000_000, "ok")]
)
def test_room_is_compared_with_what_a_rebuild_and_a_backup_write(
    ready: Home, monkeypatch: pytest.MonkeyPatch, free: int, state: str
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("bot.doctor.machine.shutil.disk_usage", lambda _: usage(1, 1, free))
    assert one("disk")[0] == state


def test_the_room_needed_grows_with_the_register(ready: Home) -> None:
    def needed() -> float:
        return float(one("disk")[1].split()[-2].replace(",", "."))

    before = needed()
    with (ready.settings.library / "big").open("wb") as file:
        file.truncate(3_000_000_000)
    assert needed() == pytest.approx(before + 3.0, abs=0.2)


# The register


def test_a_database_that_waits_for_a_migration_is_left_as_it_is(ready: Home) -> None:
    path = ready.settings.database
    ready.store.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM _sqlite_migrations WHERE name = '0010_jobs'")
    before = path.read_bytes()
    state, text, command = one("database")
    assert (state, command) == ("warn", "frisksvar backup") and "0010_jobs" in text
    assert path.read_bytes() == before
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE _sqlite_migrations SET name = '0999_later' WHERE name LIKE '0009%'"
        )
    state, text, _ = one("database")
    assert state == "bad" and "0999_later" in text


def test_rows_that_point_nowhere_are_told(ready: Home) -> None:
    with closing(sqlite3.connect(ready.settings.database)) as connection, connection:
        connection.execute(
            "INSERT INTO holds (inquiry, at, who, reason) VALUES (4711, '2026', 'x', 'x')"
        )
    state, text, command = one("database")
    assert (state, command) == ("bad", "frisksvar backups list") and text.startswith("1 ")


def test_damage_that_reading_finds_is_told(ready: Home) -> None:
    path = ready.settings.database
    ready.store.close()
    with path.open("r+b") as file:
        file.seek(5 * 4096)
        file.write(b"\xff" * 4096 * 6)
    assert one("database")[0] == "bad"


def test_a_clock_that_went_back_is_told(ready: Home) -> None:
    assert one("clock")[0] == "ok"
    place = Installation(ready.settings, now=now() - timedelta(hours=2))
    (finding,) = clock(place)
    place.close()
    assert finding.state == "bad" and finding.run == "timedatectl"


# What answers are made of


def test_a_library_that_is_ahead_of_the_index_is_told(
    ready: Home, write: Callable[[str, str], Path]
) -> None:
    assert one("library")[0] == "ok"
    add_file(ready.catalogue, write("ny.md", "# Ny\n\nSuppe på tirsdag."), named=True)
    state, text, _ = one("library")
    assert state == "warn" and "frisksvar index" in text


def test_a_model_that_the_threshold_is_not_made_for_is_told(
    ready: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Path(__file__).parent.parent / "indexer" / "model"
    monkeypatch.setenv("FRISKSVAR_MODEL", str(model))
    assert "frisksvar evaluate" in one("model")[1]


def test_originals_that_nobody_looked_for_lately_are_told(ready: Home) -> None:
    def fetched(source: str, days: int) -> None:
        at = (now() - timedelta(days=days)).isoformat()
        with ready.store.write() as db:
            db.execute(
                "INSERT INTO fetches (source, url, checked_at, outcome) VALUES (?, 'x', ?, 'new')",
                [source, at],
            )

    assert "sources" not in found()
    fetched("veileder", 3)
    assert one("sources")[0] == "ok"
    fetched("rapport", 120)
    state, text, command = one("sources")
    assert (state, command) == ("warn", "frisksvar fetch") and "rapport" in text


def test_approved_answers_whose_day_is_over_are_told(ready: Home) -> None:
    approvals = Approvals(ready.store)
    made = approvals.approve(1, "Hva?", "Slik.", "stavanger", "user:1", date.today())
    approvals.filed(made.id, "a" * 64)
    with ready.store.write() as db:
        db.execute(
            "INSERT INTO documents (id, location, origin, added_at, title, bytes, passages) "
            "VALUES (?, ?, 'inquiry', '2026', 'x', 1, 1)",
            ["a" * 64, made.location],
        )
        db.execute("UPDATE approvals SET expires_on = '2020-01-31'")
    state, text, command = one("approvals")
    assert (state, command) == ("warn", "frisksvar review") and "2020-01-31" in text


# Slack


@pytest.fixture
def slack(ready: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slack]:
    with Slack(timing=Timing.quick()) as running:
        for name, value in environment(running).items():
            monkeypatch.setenv(name, value)
        yield running


def test_tokens_and_scopes_are_tried(slack: Slack) -> None:
    slack.team.scopes = set(scopes())
    assert one("slack")[0] == "ok"
    assert {call.method for call in slack.world.calls} == {"auth.test", "apps.connections.open"}
    slack.team.scopes.discard("chat:write")
    state, text, _ = one("slack")
    assert state == "bad" and "chat:write" in text
    slack.team.scopes = {*scopes(), "files:read"}
    state, text, _ = one("slack")
    assert state == "warn" and "files:read" in text
    slack.team.revoked = True
    state, text, _ = one("slack")
    assert state == "bad" and "token_revoked" in text


def test_slack_is_left_alone_when_that_is_asked_for(slack: Slack) -> None:
    assert one("slack", "--offline")[0] == "ok"
    assert slack.world.calls == []


def test_a_token_that_is_missing_is_told_offline_too(
    slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLACK_APP_TOKEN")
    monkeypatch.delenv("SLACK_SIGNING_SECRET")
    state, text, _ = one("slack", "--offline")
    assert state == "bad" and "SLACK_APP_TOKEN" in text


def test_slack_that_does_not_answer_is_one_sentence(
    ready: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    monkeypatch.setenv("FRISKSVAR_SLACK_API_URL", "http://127.0.0.1:9/api/")
    state, text, _ = one("slack")
    assert state == "bad" and "http://127.0.0.1:9/api/" in text


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Sun, 22 Nov 2026 06:00:30 GMT", None),
        ("Sun, 22 Nov 2026 06:10:00 GMT", -600),
        ("Sun, 22 Nov 2026 05:00:00 GMT", 3600),
        ("no date", None),
        ("", None),
    ],
)
def test_the_clock_is_compared_with_that_of_slack(header: str, seconds: int | None) -> None:
    findings = list(_clock(header, datetime(2026, 11, 22, 6, tzinfo=UTC)))
    told = [each.text for each in findings if isinstance(each.text, Message)]
    assert [each.values["seconds"] for each in told] == ([] if seconds is None else [abs(seconds)])
    for each in told:
        assert ("foran" if (seconds or 0) > 0 else "etter") in each.sentence("nb")


@pytest.mark.parametrize(("ahead", "where"), [(3600, "etter"), (-3600, "foran")])
def test_the_time_is_that_of_slacks_answer(slack: Slack, ahead: int, where: str) -> None:
    slack.team.scopes = set(scopes())
    assert one("slack")[0] == "ok"
    slack.server.clock_ahead(ahead)
    state, text, command = one("slack")
    assert (state, command) == ("bad", "timedatectl") and where in text
    assert abs(int(text.split()[2]) - 3600) < 30


# What runs, or should have run


def beat(home: Home, **changed: Any) -> None:
    values: dict[str, Any] = {
        "process": 17,
        "version": "0.1.0",
        "mode": "socket",
        "started_at": now() - timedelta(days=1),
        "written_at": now(),
        "connected": True,
        "last_event_at": now() - timedelta(seconds=30),
    }
    heartbeat.write(home.settings.home, Heartbeat(**values | changed))


@pytest.mark.parametrize(
    ("changed", "state", "told"),
    [
        ({}, "ok", "30 s"),
        ({"written_at": datetime(2026, 1, 1, tzinfo=UTC)}, "bad", "17"),
        ({"stalled": ("worker",)}, "bad", "worker"),
        ({"connected": False}, "bad", "forbindelse"),
        ({"last_event_at": datetime(2026, 1, 1, tzinfo=UTC)}, "warn", "17"),
        ({"last_event_at": None}, "warn", "–"),
        ({"last_event_at": None, "started_at": None}, "ok", "17"),
        ({"mode": "http", "connected": None, "last_event_at": None}, "ok", "17"),
    ],
)
def test_the_bots_sign_of_life_is_read(
    ready: Home, changed: dict[str, Any], state: str, told: str
) -> None:
    if "started_at" in changed:
        changed = changed | {"started_at": now()}
    beat(ready, **changed)
    assert one("bot")[0] == state and told in one("bot")[1]


def test_messages_that_wait_are_told_when_they_wait_for_long(ready: Home) -> None:
    def waits(key: str, minutes: int) -> None:
        at = (now() - timedelta(minutes=minutes)).isoformat()
        with ready.store.write() as db:
            db.execute(
                "INSERT INTO slack_posts (key, team, channel, way, state, tries, created_at, "
                "next_try_at) VALUES (?, 'T1', 'C1', 'message', 'due', 3, ?, ?)",
                [key, at, at],
            )

    assert "outbox" not in found()
    waits("answer:1", 2)
    assert one("outbox")[0] == "ok"
    waits("answer:2", 200)
    state, text, _ = one("outbox")
    assert state == "warn" and text.startswith("2 ") and "3 h" in text


def test_backups_that_are_old_or_gone_or_failed_are_told(ready: Home) -> None:
    folder = ready.settings.home / "backups"
    assert one("backup")[0] == "ok" and "1 henvendelse," in one("backup")[1]
    Jobs(ready.store).record("backup", ok=False, detail={"error": "disk_full"})
    state, text, command = one("backup")
    assert (state, command) == ("warn", "frisksvar backup") and "disk_full" in text
    shutil.rmtree(folder)
    assert any(each["state"] == "bad" and str(folder) in each["text"] for each in found()["backup"])
    backup(ready, now() - timedelta(days=5))
    state, text, _ = one("backup")
    assert state == "warn" and "5 d" in text


def test_a_register_that_was_never_backed_up_is_told(ready: Home) -> None:
    shutil.rmtree(ready.settings.home / "backups")
    with ready.store.write() as db:
        db.execute("DELETE FROM jobs")
    assert one("backup")[::2] == ("warn", "frisksvar backup")


def test_texts_that_should_be_gone_are_told(ready: Home) -> None:
    assert one("personal_data")[0] == "ok"
    with ready.store.write() as db:
        long_ago = (now() - timedelta(days=1000)).isoformat()
        db.execute("UPDATE inquiries SET received_at = ?, question = 'Hva?'", [long_ago])
    assert one("personal_data")[::2] == ("warn", "frisksvar privacy retention")


# The whole


def test_one_check_that_breaks_does_not_stop_the_others(
    ready: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Installation) -> Iterator[Any]:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setitem(CHECKS, "clock", (CHECKS["clock"][0], broken))
    findings = found()
    assert findings["clock"][0]["state"] == "bad" and findings["backup"][0]["state"] == "ok"


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_the_findings_are_told_in_each_language(ready: Home, language: str) -> None:
    (ready.settings.home).chmod(0o755)
    shown = CliRunner().invoke(main, ["--lang", language, "doctor"]).stdout
    words = {"nb": "kan leses av andre", "nn": "kan lesast av andre", "en": "can be read by others"}
    assert words[language] in shown and f"→ chmod 700 {ready.settings.home}" in shown
