"""Signs of life: the address for checks, the file, the command, and systemd's watchdog."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from bot_process import FRISKSVAR
from click.testing import CliRunner
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from slack_server import Slack, Timing
from slack_town import environment, town
from tests_support import Home

from bot.cli import main
from bot.metrics import heartbeat, systemd
from bot.metrics.readiness import Readiness, database_writable
from bot.metrics.serving import address_of, served
from bot.slack import pulse as pulsing
from bot.slack import socket as socketing
from bot.slack import worker as working
from bot.slack.app import Bot, build
from bot.slack.posts import Place, Post
from bot.slack.progress import Progress
from bot.slack.pulse import Pulse
from bot.slack.settings import SlackSettings
from bot.slack.socket import Socket
from indexer.index import Index
from knowledge.messages import Failure

PING_SECONDS = 0.2


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Systemd:
    """The socket that systemd gives a service with Type=notify, and what was sent to it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.settimeout(0.05)
        self.said: list[str] = []

    def read(self) -> list[str]:
        """Everything that was sent so far."""
        try:
            while True:
                self.said += self._socket.recv(4096).decode().splitlines()
        except TimeoutError:
            return self.said

    def wait_for(self, state: str, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while state not in self.read():
            assert time.monotonic() < until, f"{state} was not sent but {self.said}"

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Systemd]:
    made = Systemd(str(tmp_path / "notify"))
    yield made
    made.close()


@pytest.mark.parametrize("abstract", [False, True])
def test_a_state_is_one_datagram(tmp_path: Path, abstract: bool) -> None:
    address = f"@frisksvar-{os.getpid()}" if abstract else str(tmp_path / "notify")
    listening = Systemd(address)
    assert systemd.notify(systemd.READY, "STATUS=klar", environment={"NOTIFY_SOCKET": address})
    assert listening.read() == ["READY=1", "STATUS=klar"]
    listening.close()


@pytest.mark.parametrize("address", [None, "", "relative", "/nobody/listens/here"])
def test_without_systemd_nothing_is_sent_and_nothing_breaks(address: str | None) -> None:
    environment = {} if address is None else {"NOTIFY_SOCKET": address}
    assert not systemd.notify(systemd.READY, environment=environment)


@pytest.mark.parametrize(
    ("given", "process", "seconds"),
    [
        ("30000000", "", 30.0),
        ("30000000", "own", 30.0),
        ("30000000", "1", None),  # the watchdog watches another process
        ("0", "", None),
        ("soon", "", None),
        ("", "", None),
    ],
)
def test_the_watchdogs_time_is_read(given: str, process: str, seconds: float | None) -> None:
    number = str(os.getpid()) if process == "own" else process
    environment = {"WATCHDOG_USEC": given, "WATCHDOG_PID": number}
    assert systemd.watchdog_seconds(environment) == seconds


def test_progress_tells_what_is_at_work_and_what_has_ended() -> None:
    now = 0.0
    progress = Progress(lambda: now)
    now = 10.0
    assert (progress.idle_seconds, progress.longest_seconds) == (10.0, 0.0)
    with progress.at_work():
        now = 15.0
        with progress.at_work():
            now = 17.0
            assert (progress.longest_seconds, progress.under_way) == (7.0, 2)
        assert (progress.idle_seconds, progress.longest_seconds) == (0.0, 7.0)
    assert (progress.longest_seconds, progress.under_way) == (0.0, 0)
    with pytest.raises(OSError), progress.at_work():
        raise OSError
    assert progress.under_way == 0


@dataclass
class Running:
    """A bot in the test's own process, with its socket and its pulse, which is not started."""

    slack: Slack
    home: Home
    bot: Bot
    socket: Socket
    pulse: Pulse

    def wait(self, condition: object, seconds: float = 20) -> None:
        assert callable(condition)
        self.slack.wait_for(condition, seconds)


@pytest.fixture
def running(bundled_home: Home, tmp_path: Path) -> Iterator[Running]:
    with _running(bundled_home, tmp_path) as made:
        yield made


@contextmanager
def _running(bundled: Home, folder: Path) -> Iterator[Running]:
    place = folder / "home"
    shutil.copytree(bundled.settings.home, place, ignore=shutil.ignore_patterns("*.db*"))
    home = Home(place)
    with Slack(timing=Timing.quick()) as slack:
        settings = SlackSettings.model_construct(
            bot_token=SecretStr(slack.bot_token), api_url=slack.api_url, annual_reminders=False
        )
        bot = build(home.settings, settings, home.store, Index(home.settings))
        socket = Socket(bot.app, slack.app_token, PING_SECONDS)
        parts = {"worker": lambda: bot.worker.stalled, "socket": lambda: socket.stalled}
        pulse = Pulse(bot, socket, parts)
        bot.start()
        try:
            socket.client.connect()
            slack.wait_connected()
            yield Running(slack, home, bot, socket, pulse)
        finally:
            slack.faults.clear()
            socket.end()
            bot.stop()
            home.store.close()


def test_the_watchdog_is_fed_while_everything_gets_on(
    running: Running, manager: Systemd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    running.pulse.look()
    assert manager.read() == ["WATCHDOG=1"]


def test_a_worker_that_is_stuck_is_not_kept_alive(
    running: Running, manager: Systemd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    monkeypatch.setattr(working, "WORK_STALL_SECONDS", 0.1)
    let_go, at_work = threading.Event(), threading.Event()

    def hang(post: Post) -> None:
        at_work.set()
        let_go.wait(30)

    running.bot.worker.compose = hang
    place = Place(running.slack.team.id, "C0000000000")
    running.bot.desk.posts.put("answer:1", place, None)
    running.bot.desk.poke("answer:1")
    try:
        assert at_work.wait(10)
        running.wait(lambda: running.pulse.stalled() == ("worker",))
        running.pulse.look()
        assert manager.read() == []
        assert running.pulse.readiness().troubles()["worker"] == "stalled"
        beat = heartbeat.read(running.home.settings.home)
        assert beat is not None and beat.stalled == ("worker",)
    finally:
        let_go.set()
    running.wait(lambda: running.pulse.stalled() == ())
    running.pulse.look()
    assert manager.read() == ["WATCHDOG=1"]


def test_a_sweeper_that_does_not_come_round_is_a_stall(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not running.bot.worker.stalled
    running.wait(lambda: not running.bot.worker.stalled)
    monkeypatch.setattr(working, "SWEEP_STALL_SECONDS", -1.0)
    assert running.bot.worker.stalled


def test_a_look_that_breaks_feeds_nothing_and_the_pulse_goes_on(
    running: Running, manager: Systemd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    broken = threading.Event()

    def check() -> bool:
        if not broken.is_set():
            broken.set()
            raise RuntimeError
        return False

    pulse = Pulse(running.bot, running.socket, {"worker": check}, every=0.05)
    pulse.start()
    manager.wait_for("WATCHDOG=1", 10)
    pulse.stop()
    assert broken.is_set()
    assert manager.read()[0] == "READY=1" and manager.said[-1] == "STOPPING=1"


def test_a_cut_socket_is_seen_and_is_no_stall_while_it_tries_again(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.wait(lambda: running.socket.pong_age_seconds is not None)
    running.wait(lambda: running.socket.connected and running.socket.last_event_at is not None)
    running.slack.faults.go_away()
    running.wait(lambda: not running.socket.connected)
    assert not running.socket.stalled
    monkeypatch.setattr(pulsing, "LONGEST_GAP_SECONDS", 0.0)
    assert running.pulse.readiness().troubles()["socket"] == "disconnected"
    running.slack.faults.come_back()
    running.wait(lambda: running.socket.connected)
    assert running.pulse.readiness().troubles()["socket"] is None


def test_a_socket_that_neither_hears_nor_tries_is_a_stall(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not running.socket.stalled
    monkeypatch.setattr(socketing, "QUIET_SECONDS", 0.0)
    assert running.socket.stalled


def test_a_connection_that_two_threads_close_at_once_ends_the_bot_all_the_same(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = running.socket.client
    session = client.current_session
    assert session is not None
    really, tries = session.disconnect, []

    def raced() -> None:
        really()
        tries.append(1)
        if len(tries) == 1:
            raise AttributeError("'NoneType' object has no attribute 'close'")

    monkeypatch.setattr(session, "disconnect", raced)
    running.socket.end()
    assert len(tries) >= 2 and not running.socket.connected
    assert not client.current_session_runner.is_alive()


def test_a_request_that_does_not_end_is_a_stall(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socketing, "STUCK_SECONDS", 0.05)
    with running.socket.requests.at_work():
        running.wait(lambda: running.socket.stalled)
    assert not running.socket.stalled


def test_everything_is_ready_and_each_trouble_is_named(running: Running) -> None:
    readiness = running.pulse.readiness()
    assert set(readiness.troubles()) == {"database", "index", "socket", "worker"}
    assert not any(readiness.troubles().values())
    pointer = running.home.settings.index / "current"
    before = pointer.read_text(encoding="utf-8")
    pointer.unlink()
    assert readiness.troubles()["index"] == "no_index"
    pointer.write_text(before, encoding="utf-8")
    assert readiness.troubles()["index"] is None


def test_a_database_that_is_locked_full_or_damaged_is_told(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = database_writable(home.settings)
    assert check() is None
    monkeypatch.setattr("bot.metrics.readiness.LOCK_SECONDS", 0.05)
    with closing(sqlite3.connect(home.settings.database)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert check() == "database_locked"
        other.rollback()
    monkeypatch.setattr("bot.metrics.readiness.LEAST_FREE_BYTES", 10**18)
    assert check() == "disk_full"
    monkeypatch.setattr("bot.metrics.readiness.LEAST_FREE_BYTES", 0)
    home.store.close()
    home.settings.database.write_bytes(b"no database" * 1000)
    assert check() == "database_unusable"


def test_a_check_that_breaks_is_a_trouble() -> None:
    def broken() -> str | None:
        raise RuntimeError("Zebrafinke")

    assert Readiness({"index": broken}).troubles() == {"index": "RuntimeError"}


def test_a_heartbeat_is_read_as_it_was_written(running: Running, tmp_path: Path) -> None:
    running.wait(lambda: running.socket.last_event_at is not None)
    running.pulse.look()
    home = running.home.settings.home
    beat = heartbeat.read(home)
    assert beat is not None and beat.process == os.getpid() and beat.mode == "socket"
    assert beat.connected and beat.fresh and beat.last_event_at is not None
    assert beat.generation == running.bot.desk.index.open().generation
    first = heartbeat.path_of(home).stat().st_mtime_ns
    running.pulse.look()  # sooner than ten seconds after
    assert heartbeat.path_of(home).stat().st_mtime_ns == first
    old = beat.model_copy(update={"written_at": beat.written_at.replace(year=2020)})
    heartbeat.write(home, old)
    again = heartbeat.read(home)
    assert again == old and not again.fresh
    running.pulse.stop()
    assert heartbeat.read(home) is None


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"process": "x"}'])
def test_what_is_no_heartbeat_is_none(tmp_path: Path, content: str) -> None:
    heartbeat.path_of(tmp_path).parent.mkdir()
    heartbeat.path_of(tmp_path).write_text(content, encoding="utf-8")
    assert heartbeat.read(tmp_path) is None


def test_a_heartbeat_that_cannot_be_written_stops_nothing(running: Running) -> None:
    home = running.home.settings.home
    (home / "run").write_text("in the way", encoding="utf-8")
    running.pulse.look()
    assert heartbeat.read(home) is None


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [("127.0.0.1:9464", "127.0.0.1", 9464), ("[::1]:1", "::1", 1), ("localhost:0", "localhost", 0)],
)
def test_an_address_is_a_host_and_a_port(listen: str, host: str, port: int) -> None:
    assert address_of(listen) == (host, port)


@pytest.mark.parametrize("listen", ["9464", ":9464", "127.0.0.1", "127.0.0.1:65536", "a:b"])
def test_what_is_no_address_is_refused(
    listen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=r".*"):
        address_of(listen)


def test_the_bot_tells_systemd_the_checks_and_the_command_how_it_is(
    bundled_home: Home, tmp_path: Path, manager: Systemd, monkeypatch: pytest.MonkeyPatch
) -> None:
    with town(bundled_home, tmp_path) as here:
        listen = f"127.0.0.1:{free_port()}"
        home = here.home.settings.home
        monkeypatch.setenv("FRISKSVAR_HOME", str(home))
        monkeypatch.setenv("FRISKSVAR_METRICS_LISTEN", listen)
        absent = CliRunner().invoke(main, ["health"])
        assert absent.exit_code == 1 and listen in absent.stderr
        here.bot._environment |= {
            "FRISKSVAR_METRICS_LISTEN": listen,
            "NOTIFY_SOCKET": manager.address,
            "WATCHDOG_USEC": "600000",
        }
        here.start()
        manager.wait_for("READY=1")
        manager.wait_for("WATCHDOG=1")
        assert httpx.get(f"http://{listen}/healthz").text == "ok\n"
        ready = httpx.get(f"http://{listen}/readyz")
        assert ready.status_code == 200
        assert ready.json() == {
            "ready": True,
            "checks": dict.fromkeys(("database", "index", "socket", "worker"), "ok"),
        }
        assert httpx.get(f"http://{listen}/").status_code == 404
        for arguments in (
            ["health"],
            ["health", "--ready"],
            ["health", "--url", f"http://{listen}/"],
        ):
            well = CliRunner().invoke(main, arguments)
            assert well.exit_code == 0, well.stderr
        assert "index: ok" in CliRunner().invoke(main, ["health", "--ready"]).stderr
        assert f"http://{listen}" in here.bot.said
        beat = heartbeat.read(home)
        assert beat is not None and beat.fresh and beat.connected
        pointer = here.home.settings.index / "current"
        pointer.rename(pointer.with_name("gone"))
        assert httpx.get(f"http://{listen}/readyz").status_code == 503
        ill = CliRunner().invoke(main, ["--lang", "en", "health", "--ready"])
        assert ill.exit_code == 1 and "index: no_index" in ill.stderr
        assert "frisksvar doctor" in ill.stderr
        assert CliRunner().invoke(main, ["health"]).exit_code == 0  # it answers all the same
        assert here.bot.stop() == 0
        assert manager.read()[-1] == "STOPPING=1"
        assert heartbeat.read(home) is None
        assert CliRunner().invoke(main, ["health"]).exit_code == 1


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FRISKSVAR_METRICS_LISTEN", "9464"),
        ("FRISKSVAR_METRICS_LISTEN", "no host:80"),
        ("FRISKSVAR_LOG_FORMAT", "xml"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv("FRISKSVAR_HOME", str(tmp_path))
    monkeypatch.setenv(variable, value)
    result = CliRunner().invoke(main, ["health"])
    assert result.exit_code == 1 and variable in result.stderr
    assert "Traceback" not in result.output


def test_without_an_address_the_command_says_which_setting_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRISKSVAR_HOME", str(tmp_path))
    result = CliRunner().invoke(main, ["health"])
    assert result.exit_code == 1 and "FRISKSVAR_METRICS_LISTEN" in result.stderr


def test_an_address_that_is_taken_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(Failure, match=str(port)),
            served(f"127.0.0.1:{port}", CollectorRegistry(), Readiness({})),
        ):
            pass


@pytest.fixture
def pages(bundled_home: Home, tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    home = tmp_path / "home"
    shutil.copytree(bundled_home.settings.home, home, ignore=shutil.ignore_patterns("*.db*"))
    kept = {name: text for name, text in os.environ.items() if not name.startswith("FRISKSVAR_")}
    yield tmp_path, kept | {"FRISKSVAR_HOME": str(home)}


def test_the_pages_have_an_address_of_their_own_for_this(
    pages: tuple[Path, dict[str, str]], manager: Systemd
) -> None:
    folder, variables = pages
    listen, public = f"127.0.0.1:{free_port()}", free_port()
    variables |= {
        "FRISKSVAR_METRICS_LISTEN": "127.0.0.1:1",  # the bot's; the pages have their own
        "FRISKSVAR_REVIEW_METRICS_LISTEN": listen,
        "NOTIFY_SOCKET": manager.address,
    }
    log = folder / "review.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [FRISKSVAR, "review", "--port", str(public)], env=variables, stdout=said, stderr=said
        )
    try:
        manager.wait_for("READY=1")
        ready = httpx.get(f"http://{listen}/readyz")
        assert ready.json() == {"ready": True, "checks": {"database": "ok", "index": "ok"}}
        metrics = httpx.get(f"http://{listen}/metrics").text
        assert 'service="review"' in metrics
        assert "frisksvar_socket_connected" not in metrics
        assert httpx.get(f"http://127.0.0.1:{public}/metrics").status_code == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert manager.read()[-1] == "STOPPING=1"
    finally:
        process.kill()
        process.wait()


def test_a_body_that_is_too_large_is_refused_while_it_comes(
    bundled_home: Home, tmp_path: Path
) -> None:
    """Without a length, too: the whole is never read into memory."""
    with http_bot(bundled_home, tmp_path) as port:
        sent = 0

        def endless() -> Iterator[bytes]:
            nonlocal sent
            while sent < 200_000_000:
                sent += 65_536
                yield b"x" * 65_536

        try:
            answer = httpx.post(f"http://127.0.0.1:{port}/slack/events", content=endless())
            assert answer.status_code == 413
        except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
            pass  # the connection was closed while we still wrote
        assert sent < 50_000_000
        with socket.create_connection(("127.0.0.1", port), 10) as raw:
            raw.sendall(
                b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n"
            )
            assert b" 413 " in raw.recv(1024)


def test_sigterm_ends_the_bot_over_http_however_early_it_comes(
    bundled_home: Home, tmp_path: Path
) -> None:
    with http_bot(bundled_home, tmp_path, wait=False):
        pass  # `http_bot` ends it as soon as it says that it listens, and checks that it does


@contextmanager
def http_bot(bundled: Home, folder: Path, *, wait: bool = True) -> Iterator[int]:
    port = free_port()
    with town(bundled, folder) as here:
        here.bot._arguments += ["--http", "--port", str(port)]
        here.bot._environment |= environment(here.slack)
        here.bot.start()
        here.bot.wait_until_said(str(port))
        until = time.monotonic() + 30
        while wait and time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.02)
        yield port
        assert here.bot.stop() == 0, here.bot.said
