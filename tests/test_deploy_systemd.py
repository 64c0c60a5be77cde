"""The systemd units, judged by systemd itself and held against the program."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from bot_process import FRISKSVAR
from deploy_files import INSTALLED, SYSTEMD, Unit

from bot.cli.main import main
from bot.configuration import described
from bot.metrics.serving import address_of
from knowledge.settings import Settings

SERVICES = ("frisksvar-bot", "frisksvar-review", "frisksvar-daily", "frisksvar-offsite")
OURS = SERVICES[:3]
EXPOSURE = 15
"""Tenths, as --threshold= counts them; systemd calls up to 2.0 OK (systemd-analyze(1))."""

systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs systemd-analyze (Debian's systemd)"
)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units as they are, but with programs that are here."""
    folder = tmp_path / "units"
    shutil.copytree(SYSTEMD, folder)
    for path in folder.glob("*.service"):
        text = path.read_text(encoding="utf-8").replace(INSTALLED, str(FRISKSVAR))
        path.write_text(text.replace("/usr/bin/litestream", "/bin/true"), encoding="utf-8")
    return folder


def analyse(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SYSTEMD_LOG_LEVEL": "warning", "SYSTEMD_COLORS": "0"}
    if folder is not None:
        environment["SYSTEMD_UNIT_PATH"] = f"{folder}:"  # with the drop-ins that lie there
    return subprocess.run(
        ["systemd-analyze", "--no-pager", *arguments],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip


@systemd
def test_systemd_finds_nothing_wrong(units: Path) -> None:
    files = sorted(str(path) for path in units.iterdir() if path.suffix in (".service", ".timer"))
    assert len(files) == len(SERVICES) + 1
    done = analyse("verify", "--man=no", *files, folder=units)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@systemd
def test_systemd_would_find_what_is_wrong(units: Path) -> None:
    unit = units / "frisksvar-bot.service"
    text = unit.read_text(encoding="utf-8")
    unit.write_text(text.replace("Restart=always", "Restart=sometimes"), encoding="utf-8")
    done = analyse("verify", "--man=no", str(unit), folder=units)
    assert "Failed to parse service restart specifier" in done.stderr


@systemd
@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_little_exposed(units: Path, name: str) -> None:
    path = str(units / f"{name}.service")
    done = analyse("security", "--offline=true", f"--threshold={EXPOSURE}", path, folder=units)
    assert done.returncode == 0, done.stdout


@systemd
def test_the_sandbox_is_what_makes_it_so(units: Path) -> None:
    shutil.rmtree(units / "frisksvar-.service.d")
    path = str(units / "frisksvar-bot.service")
    done = analyse("security", "--offline=true", f"--threshold={EXPOSURE}", path, folder=units)
    assert done.returncode != 0


@systemd
def test_the_night_is_a_norwegian_one() -> None:
    when = Unit("frisksvar-daily.timer").one("OnCalendar")
    done = analyse("calendar", "--base-time=2026-07-01 12:00:00 UTC", when)
    assert done.returncode == 0, done.stderr
    assert "2026-07-02 01:15:00 UTC" in done.stdout  # 03:15 in summer time


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="needs systemd-sysusers")
def test_the_user_can_be_made() -> None:
    done = subprocess.run(
        ["systemd-sysusers", "--dry-run", str(SYSTEMD / "frisksvar.sysusers.conf")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", OURS)
def test_the_command_is_one_of_the_program(name: str) -> None:
    program, first, *arguments = Unit(f"{name}.service").command
    assert program == INSTALLED
    known = main.commands[first]
    # Parsed as it would be, without being done.
    known.make_context(first, list(arguments), parent=click.Context(main))


@pytest.mark.parametrize("name", OURS)
def test_all_work_in_the_same_home_as_the_same_user(name: str) -> None:
    unit = Unit(f"{name}.service")
    home = f"/var/lib/{unit.one('StateDirectory')}"
    assert unit.environment["FRISKSVAR_HOME"] == home == unit.one("WorkingDirectory")
    assert unit.one("User") == unit.one("Group") == "frisksvar"
    user = (SYSTEMD / "frisksvar.sysusers.conf").read_text(encoding="utf-8").splitlines()[-1]
    assert user.split()[:2] == ["u", "frisksvar"] and home in user


@pytest.mark.parametrize("name", OURS)
def test_what_is_set_are_settings_and_no_secret(name: str) -> None:
    known = {each.variable: each for each in described()}
    unit = Unit(f"{name}.service")
    for variable in unit.environment:
        assert not known[variable].secret, variable
    for variable, path in unit.credentials.items():
        assert known[variable].secret, variable
        assert path == f"/etc/frisksvar/secrets/{variable}"


def test_only_the_bot_has_the_tokens() -> None:
    given = {name: set(Unit(f"{name}.service").credentials) for name in OURS}
    assert given["frisksvar-bot"] == {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"}
    assert not given["frisksvar-review"] and not given["frisksvar-daily"]


@pytest.mark.parametrize("name", OURS)
def test_the_ports_are_those_that_may_be_listened_on(name: str) -> None:
    unit = Unit(f"{name}.service")
    wanted = set(re.findall(r"--port (\d+)", unit.one("ExecStart")))
    if listen := unit.environment.get("FRISKSVAR_METRICS_LISTEN"):
        host, port = address_of(listen)
        assert host == "127.0.0.1"
        wanted.add(str(port))
    assert {line.rpartition(":")[2] for line in unit.all("SocketBindAllow")} == wanted
    assert unit.one("SocketBindDeny") == "any"


@pytest.mark.parametrize("name", ["frisksvar-bot", "frisksvar-review"])
def test_a_service_says_when_it_is_ready_and_comes_back(name: str) -> None:
    unit = Unit(f"{name}.service")
    assert (unit.one("Type"), unit.one("Restart")) == ("notify", "always")
    assert unit.one("StartLimitIntervalSec") == "0"


def test_the_watchdog_gives_the_pulse_time() -> None:
    from bot.metrics.heartbeat import STALE_SECONDS

    assert Unit("frisksvar-bot.service").seconds("WatchdogSec") >= 2 * STALE_SECONDS


def test_the_copy_elsewhere_is_of_the_database_in_use() -> None:
    unit = Unit("frisksvar-offsite.service")
    home = Path(Unit("frisksvar-bot.service").environment["FRISKSVAR_HOME"])
    assert unit.one("ConditionPathExists") == str(Settings(home=home).database)
    assert unit.environment["AWS_SHARED_CREDENTIALS_FILE"] == "%d/storage"
    assert set(unit.credentials) == {"storage"}
