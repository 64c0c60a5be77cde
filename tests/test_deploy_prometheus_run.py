"""The alert rules judged by promtool, and a real Prometheus that asks a real bot and its pages."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from bot_process import FRISKSVAR, BotProcess
from deploy_files import DEPLOY
from deploy_promql import SAMPLES
from deploy_proxied import free_port
from slack_server import Slack, Timing
from slack_town import REFERRING, environment
from tests_support import Home

from knowledge.store import Store

PROMETHEUS = DEPLOY / "prometheus"
START_SECONDS = 60.0
SCRAPED_EACH = "1s"
TESTS = ("alerts_test.yml", "backups_test.yml")

pytestmark = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="needs promtool (Debian's prometheus)"
)
server = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="needs prometheus (Debian's prometheus)"
)


def promtool(*arguments: str, folder: Path = PROMETHEUS) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def read(name: str) -> Any:
    return yaml.safe_load((PROMETHEUS / name).read_text(encoding="utf-8"))


def alerts() -> dict[str, str]:
    """Expressions by name."""
    rules = (rule for group in read("alerts.yml")["groups"] for rule in group["rules"])
    return {rule["alert"]: rule["expr"] for rule in rules}


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "--lint-fatal", "alerts.yml"),
        ("test", "rules", *TESTS),
    ],
    ids=" ".join,
)
def test_promtool_finds_nothing_wrong(arguments: tuple[str, ...]) -> None:
    done = promtool(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_is_seen_firing_and_silent() -> None:
    seen: dict[str, set[bool]] = {}
    for group in (group for name in TESTS for group in read(name)["tests"]):
        for case in group["alert_rule_test"]:
            seen.setdefault(case["alertname"], set()).add(bool(case.get("exp_alerts")))
    assert seen == {name: {True, False} for name in alerts()}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("== 0\n        for: 10m", "== 0\n        for: 1m"),
        ("> 36 * 3600", "> 96 * 3600"),
        ('kind=~"database|disk"', 'kind=~"database|disk|network"'),
        ("{{ $labels.part }} makes", "{{ $labels.parts }} makes"),
    ],
)
def test_promtool_would_find_what_is_wrong(tmp_path: Path, right: str, wrong: str) -> None:
    for path in PROMETHEUS.iterdir():
        shutil.copy(path, tmp_path)
    text = (tmp_path / "alerts.yml").read_text(encoding="utf-8")
    assert right in text
    (tmp_path / "alerts.yml").write_text(text.replace(right, wrong), encoding="utf-8")
    assert promtool("test", "rules", *TESTS, folder=tmp_path).returncode == 1


# Prometheus itself


class Asked:
    """A Prometheus that runs; what it answers."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=f"{url}/api/v1", trust_env=False)

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **params: str) -> Any:
        answer = self._http.get(path, params=params)
        given = answer.json()
        assert given["status"] == "success", (params, given.get("error"))
        return given["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("query", query=expression)["result"]
        return found

    def wait(self, expression: str) -> None:
        """Until it has a result; Prometheus says 503 in words while it starts."""
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                if self.query(expression):
                    return
            except (httpx.TransportError, json.JSONDecodeError):
                pass
            assert time.monotonic() < until, expression
            time.sleep(0.2)


@contextmanager
def running(*command: str, log: Path, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is told to stop at the end."""
    with log.open("wb") as printed:
        process = subprocess.Popen(
            command, env={"PATH": os.defpath, **env}, stdout=printed, stderr=printed
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(START_SECONDS)


def configuration(folder: Path, ports: dict[str, int]) -> Path:
    """The one of deploy/ with ports that are free here, asking more often."""
    given = read("prometheus.yml")
    given["global"] = dict.fromkeys(given["global"], SCRAPED_EACH)
    for static in given["scrape_configs"][0]["static_configs"]:
        static["targets"] = [f"127.0.0.1:{ports[static['labels']['service']]}"]
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(given), encoding="utf-8")
    shutil.copy(PROMETHEUS / "alerts.yml", folder)
    return path


@pytest.fixture(scope="module")
def asked(bundled_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Prometheus, after the bot has answered a question and the daily work is done."""
    folder = tmp_path_factory.mktemp("watched")
    home = folder / "home"
    shutil.copytree(bundled_home.settings.home, home, ignore=shutil.ignore_patterns("*.db*"))
    Store(home / "frisksvar.db").close()  # for the daily work to have something to do
    ports = {"bot": free_port(), "review": free_port()}
    listen = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
    with ExitStack() as stack:
        slack = stack.enter_context(Slack(timing=Timing.quick()))
        kari = slack.user("kari")
        channel = slack.channel("sporsmal", [kari])
        subprocess.run(
            [str(FRISKSVAR), "daily"],
            env={"PATH": os.defpath, "FRISKSVAR_HOME": str(home)},
            check=True, capture_output=True,
        )  # fmt: skip
        own = {"FRISKSVAR_METRICS_LISTEN": listen["bot"]}
        stack.enter_context(BotProcess(home, {**environment(slack), **own}, folder / "bot.log"))
        slack.wait_for(lambda: slack.server.sockets.connections, START_SECONDS)
        stack.enter_context(
            running(str(FRISKSVAR), "review", "--port", "0", log=folder / "review.log",
                    FRISKSVAR_HOME=str(home), FRISKSVAR_METRICS_LISTEN=listen["review"])
        )  # fmt: skip
        question = slack.say(kari, channel, f"{slack.mention} {REFERRING}")
        slack.wait_for(lambda: slack.answers(channel, thread=question), START_SECONDS)
        address = f"127.0.0.1:{free_port()}"
        stack.enter_context(
            running("prometheus", f"--config.file={configuration(folder, ports)}",
                    f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={address}",
                    log=folder / "prometheus.log")
        )  # fmt: skip
        prometheus = stack.enter_context(closing(Asked(f"http://{address}")))
        prometheus.wait('count(up{job="frisksvar"} == 1) == 2')
        prometheus.wait("sum(frisksvar_answer_seconds_count) > 0")
        yield prometheus


def names(expression: str) -> set[str]:
    found = set(re.findall(r"\b(?:frisksvar|process)_\w+", re.sub(r'"[^"]*"', "", expression)))
    return {name for name in found if name in SAMPLES or name.startswith("process_")}


def panels() -> list[str]:
    board = json.loads((DEPLOY / "grafana" / "frisksvar.json").read_text(encoding="utf-8"))
    shown = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    return shown + [each["expr"] for each in board["annotations"]["list"]]


@server
def test_every_metric_of_rules_and_dashboard_is_there(asked: Asked) -> None:
    used = set().union(*map(names, [*alerts().values(), *panels()]))
    assert len(used) > 20
    missing = {name for name in used if not asked.query(f"count({name})")}
    assert missing == set()


@server
def test_every_panel_can_be_drawn(asked: Asked) -> None:
    for expression in panels():
        asked.query(expression)  # which fails where Prometheus does not understand it


@server
def test_the_rules_work_and_nothing_fires_where_all_is_well(asked: Asked) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        (group,) = asked.get("rules")["groups"]
        states = {rule["name"]: (rule["health"], rule["state"]) for rule in group["rules"]}
        if "unknown" not in {health for health, _ in states.values()}:
            break
        assert time.monotonic() < until, states
        time.sleep(0.2)
    assert states == dict.fromkeys(alerts(), ("ok", "inactive"))
