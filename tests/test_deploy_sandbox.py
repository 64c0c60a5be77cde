"""The commands of the units, really started, under the sandbox that the units ask for."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from bot_process import FRISKSVAR
from deploy_files import Unit
from deploy_promql import OF_THE_PROCESS
from deploy_sandbox import Rules, allowed_calls, problem
from slack_server import Slack, Timing
from slack_town import REFERRING
from tests_support import Home

from knowledge.register import Inquiries
from knowledge.store import Store

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None or problem() is not None,
    reason=f"needs systemd-analyze, libseccomp and Landlock ({problem()})",
)

START_SECONDS = 60.0
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


def rules(unit: Unit, *writable: Path) -> Rules:
    (families,) = unit.all("RestrictAddressFamilies")
    assert (unit.one("ProtectSystem"), unit.one("NoNewPrivileges")) == ("strict", "yes")
    return Rules(
        calls=allowed_calls(unit.all("SystemCallFilter")),
        families=tuple(families.split()),
        no_new_code=unit.one("MemoryDenyWriteExecute") == "yes",
        writable=(*map(str, writable), "/dev/null", "/dev/shm"),  # devices that every unit has
    )


class Manager:
    """What systemd is for a service: its sandbox, its credentials, and whom it reports to."""

    def __init__(self, unit: Unit, home: Path, folder: Path) -> None:
        self.unit = unit
        self.home = home
        self._folder = folder
        private = folder / "private-tmp"
        self._credentials = folder / "credentials"
        for made in (private, self._credentials):
            made.mkdir()
        self.rules = rules(unit, home, private)
        self._reports = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        name = f"frisksvar-test-{secrets.token_hex(8)}"
        self._reports.bind(f"\0{name}")
        self._reports.settimeout(START_SECONDS)
        self.environment = {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "TMPDIR": str(private),
            "FRISKSVAR_HOME": str(home),
            "CREDENTIALS_DIRECTORY": str(self._credentials),
            "NOTIFY_SOCKET": f"@{name}",
        }
        self.log = folder / "service.log"
        self.process: subprocess.Popen[bytes] | None = None

    def credential(self, name: str, value: str) -> None:
        assert name in self.unit.credentials
        (self._credentials / name).write_text(value, encoding="utf-8")

    def start(self, *arguments: str, **environment: str) -> None:
        line = self.rules.command(self._folder, str(FRISKSVAR), *arguments)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                line, env={**self.environment, **environment}, cwd=self.home, stdout=log, stderr=log
            )

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_reported(self, state: str) -> None:
        """Wait for a state such as READY=1, among whatever else is reported."""
        try:
            while state not in self._reports.recv(4096).decode().splitlines():
                pass
        except TimeoutError:
            raise AssertionError(f"{state} was not reported:\n{self.said}") from None

    def wait_said(self, found: Callable[[str], re.Match[str] | None]) -> re.Match[str]:
        until = time.monotonic() + START_SECONDS
        while (match := found(self.said)) is None:
            assert self.process is not None and self.process.poll() is None, self.said
            assert time.monotonic() < until, self.said
            time.sleep(0.05)
        return match

    def status(self, name: str) -> str:
        """Of the process, as /proc tells: Seccomp, NoNewPrivs."""
        assert self.process is not None
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        (line,) = re.findall(rf"^{name}:\s*(\S+)", text, re.MULTILINE)
        return str(line)

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(self.unit.seconds("TimeoutStopSec"))

    def close(self) -> None:
        self._reports.close()
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def manager(bundled_home: Home, tmp_path: Path) -> Iterator[Callable[[str], Manager]]:
    """A service with the digests indexed in its home."""
    made: list[Manager] = []

    def managed(name: str) -> Manager:
        home = tmp_path / "home"
        shutil.copytree(bundled_home.settings.home, home, ignore=shutil.ignore_patterns("*.db*"))
        Store(home / "frisksvar.db").close()
        made.append(Manager(Unit(name), home, tmp_path))
        return made[-1]

    yield managed
    for each in made:
        each.close()


# The sandbox itself

FORBIDDEN = {
    "a file elsewhere": "open({outside!r}, 'w')",
    "removing a file elsewhere": "import os; os.remove({present!r})",
    "memory that can be written and run": "import mmap; mmap.mmap(-1, 4096, prot=7)",
    "a socket of another family": "import socket; socket.socket(socket.AF_NETLINK)",
    "a raw packet": "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "another owner": "import os; os.chown({home!r}, 1, 1)",
    "another user": "import os; os.setuid(1)",
    "another root": "import os; os.chroot({home!r})",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_sandbox_forbids(what: str, tmp_path: Path) -> None:
    home, present = tmp_path / "home", tmp_path / "present"
    home.mkdir()
    present.touch()
    places = {"outside": str(tmp_path / "outside"), "present": str(present), "home": str(home)}
    code = FORBIDDEN[what].format(**places)
    within = rules(Unit("frisksvar-bot.service"), home)
    line = within.command(tmp_path, sys.executable, "-c", code)
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and re.search(r"(Permission|OS)Error", done.stderr), done.stderr
    assert present.exists() and not (tmp_path / "outside").exists()


def test_the_sandbox_lets_the_home_be_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    code = f"import pathlib; pathlib.Path({str(home / 'new')!r}).write_text('x')"
    within = rules(Unit("frisksvar-bot.service"), home)
    subprocess.run(within.command(tmp_path, sys.executable, "-c", code), check=True)
    assert (home / "new").read_text(encoding="utf-8") == "x"


# The services


def test_the_bot_answers_and_stops(manager: Callable[[str], Manager]) -> None:
    bot = manager("frisksvar-bot.service")
    with Slack(timing=Timing.quick()) as slack:
        kari = slack.user("kari")
        channel = slack.channel("sporsmal", [kari])
        bot.credential("SLACK_BOT_TOKEN", slack.bot_token)
        bot.credential("SLACK_APP_TOKEN", slack.app_token)
        bot.start(
            *bot.unit.command[1:],
            FRISKSVAR_SLACK_API_URL=slack.api_url,
            FRISKSVAR_SLACK_ANNUAL_REMINDERS="false",
            FRISKSVAR_METRICS_LISTEN="127.0.0.1:0",
            WATCHDOG_USEC=str(int(bot.unit.seconds("WatchdogSec") * 1_000_000)),
        )
        bot.wait_reported("READY=1")
        slack.wait_connected()
        asked = slack.say(kari, channel, f"{slack.mention} {REFERRING}")
        slack.wait_for(lambda: slack.answers(channel, thread=asked), 30)
        assert (bot.status("Seccomp"), bot.status("NoNewPrivs")) == ("2", "1")
        address = bot.wait_said(ADDRESS.search)[0]
        assert httpx.get(f"{address}/readyz", trust_env=False).json()["ready"] is True
        given = httpx.get(f"{address}/metrics", trust_env=False).text
        assert set(re.findall(r"^(\w+)", given, re.MULTILINE)) >= OF_THE_PROCESS
        bot.wait_reported("WATCHDOG=1")
        assert bot.stop() == 0, bot.said
        bot.wait_reported("STOPPING=1")
    with Store(bot.home / "frisksvar.db") as store:
        assert [row.outcome for row in Inquiries(store).all()] == ["answered"]


def test_the_pages_are_served_and_stop(manager: Callable[[str], Manager]) -> None:
    pages = manager("frisksvar-review.service")
    command = re.sub(r"--port \d+", "--port 0", pages.unit.one("ExecStart")).split()[1:]
    pages.start(*command, FRISKSVAR_METRICS_LISTEN="127.0.0.1:0")
    pages.wait_reported("READY=1")
    address = pages.wait_said(re.compile(r"Sidene er på (http://127\.0\.0\.1:\d+)").search)[1]
    pages.wait_said(re.compile("frisksvar review link").search)  # the link itself is in no journal
    asked = [str(FRISKSVAR), "review", "link", "--url", address]
    home = {**os.environ, "FRISKSVAR_HOME": str(pages.home)}
    link = subprocess.run(asked, env=home, capture_output=True, text=True, check=True).stdout
    with httpx.Client(trust_env=False) as browser:
        assert browser.get(f"{address}/healthz").status_code == 404  # on their own address alone
        shown = browser.get(link.strip())
        assert shown.status_code == 200 and "<form" in shown.text
    assert pages.status("Seccomp") == "2"
    assert pages.stop() == 0, pages.said


def test_the_daily_work_is_done(manager: Callable[[str], Manager]) -> None:
    daily = manager("frisksvar-daily.service")
    daily.start(*daily.unit.command[1:])
    assert daily.process is not None
    assert daily.process.wait(START_SECONDS) == 0, daily.said
    (backup,) = (daily.home / "backups").glob("frisksvar-*")
    assert f"Sikkerhetskopi: {backup}" in daily.said


def test_an_index_is_built(tmp_path: Path) -> None:
    # The heaviest libraries: PyTorch makes the vectors, FAISS keeps them.
    home, private = tmp_path / "home", tmp_path / "tmp"
    for made in (home, private):
        made.mkdir()
    guide = tmp_path / "guide.md"
    guide.write_text(
        "# Henvisning\n\nAlle kan ta direkte kontakt med frisklivssentralen uten henvisning.\n",
        encoding="utf-8",
    )
    within = rules(Unit("frisksvar-bot.service"), home, private)
    environment = {"PATH": os.defpath, "FRISKSVAR_HOME": str(home), "TMPDIR": str(private)}
    for arguments in (["add", str(guide)], ["index", "--no-bundled"]):
        line = within.command(tmp_path, str(FRISKSVAR), *arguments)
        done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert "1 dokument, 1 utdrag (1 ny)" in done.stdout
