"""The proxy examples: their structure, and the pages behind the headers that they set.

tests/test_deploy_proxy_run.py starts Caddy and nginx themselves, where they are installed.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from bot_process import FRISKSVAR
from deploy_files import DEPLOY, Directive, Unit, read_braces
from tests_support import Home

from bot.cli.review import DEFAULT_PORT
from bot.cli.slack import DEFAULT_PORT as SLACK_PORT
from bot.review.headers import HEADERS
from bot.review.limits import PER_ADDRESS
from bot.review.web import MOST_BYTES
from bot.slack.serving import MOST_BYTES as SLACK_MOST_BYTES

HOST = "friskliv.example.no"
PAGES = f"127.0.0.1:{DEFAULT_PORT}"


@pytest.fixture(scope="module")
def nginx() -> Directive:
    return read_braces((DEPLOY / "proxy" / "nginx.conf").read_text(encoding="utf-8"), ";")


@pytest.fixture(scope="module")
def caddy() -> Directive:
    return read_braces((DEPLOY / "proxy" / "Caddyfile").read_text(encoding="utf-8"), "\n")


def commented(name: str) -> str:
    """The example with its commented lines taken in."""
    text = (DEPLOY / "proxy" / name).read_text(encoding="utf-8")
    return "\n".join(re.sub(r"^(\s*)# ?(?=\s*(handle|reverse_proxy|location|proxy_|client_|\}))",
                            r"\1", line) for line in text.splitlines()) + "\n"  # fmt: skip


def found(within: Directive, *words: str) -> list[Directive]:
    return [each for each in within.walk() if each.words[: len(words)] == words]


@pytest.mark.parametrize(
    "text", ["a { b c;", "a { b c }", "a b", "a; }", "a { b; } }"], ids=lambda text: str(text)
)
def test_what_is_not_closed_is_seen(text: str) -> None:
    with pytest.raises(ValueError, match="not closed"):
        read_braces(text, ";")


# nginx


def servers(nginx: Directive) -> tuple[Directive, Directive]:
    first, second = found(nginx, "server")
    return first, second


def test_nginx_sends_http_to_https(nginx: Directive) -> None:
    plain, safe = servers(nginx)
    assert {each.words[-1] for each in found(plain, "listen")} == {"80", "[::]:80"}
    assert found(plain, "return")[0].words[1:] == ("308", f"https://{HOST}$request_uri")
    assert {each.words[1:] for each in found(safe, "listen")} == {
        ("443", "ssl"),
        ("[::]:443", "ssl"),
    }
    assert found(safe, "ssl_protocols")[0].words[1:] == ("TLSv1.2", "TLSv1.3")


def test_nginx_speaks_to_the_pages(nginx: Directive) -> None:
    _, safe = servers(nginx)
    (location,) = found(safe, "location")
    assert found(location, "proxy_pass")[0].words[1] == f"http://{PAGES}"
    assert f"--port {DEFAULT_PORT}" in Unit("frisksvar-review.service").one("ExecStart")


def test_nginx_keeps_nothing_of_what_is_asked(nginx: Directive) -> None:
    for server in servers(nginx):
        assert found(server, "access_log")[0].words[1] == "off"
    _, safe = servers(nginx)
    assert found(safe, "error_log")[0].words[-1] == "crit"
    assert found(safe, "proxy_max_temp_file_size")[0].words[1] == "0"
    (kept,) = found(safe, "client_body_buffer_size")
    assert kept.words[1] == found(safe, "client_max_body_size")[0].words[1]


def mebibytes(given: str) -> int:
    match = re.fullmatch(r"(\d+)(m|MiB)", given)
    assert match
    return int(match[1]) * 2**20


def test_the_pages_refuse_before_the_proxies_do(nginx: Directive, caddy: Directive) -> None:
    limits = {
        mebibytes(found(nginx, "client_max_body_size")[0].words[1]),
        mebibytes(found(caddy, "max_size")[0].words[1]),
    }
    assert all(MOST_BYTES < limit < 1.1 * MOST_BYTES for limit in limits)


def test_the_proxies_set_no_header_that_the_pages_set(nginx: Directive, caddy: Directive) -> None:
    ours = {name.lower() for name in HEADERS}
    added = {each.words[1].lower() for each in found(nginx, "add_header")}
    (block,) = found(caddy, "header")
    added |= {each.name.lower() for each in block.inner}
    assert "strict-transport-security" in added and not added & ours


# Caddy


def test_caddy_serves_the_pages(caddy: Directive) -> None:
    options, site = caddy.inner
    assert [each.words for each in options.inner] == [("admin", "off"), ("log",)]
    # Where the pages do not answer Caddy logs an error with the request: without it.
    assert [each.words for each in found(options, "fields")[0].inner] == [("request", "delete")]
    assert site.words == (f"{{$FRISKSVAR_HOST:{HOST}}}",)
    (proxy,) = found(caddy, "reverse_proxy")
    assert proxy.words[1] == f"{{$FRISKSVAR_PAGES:{PAGES}}}"
    assert not found(site, "log")  # no access log
    assert not found(caddy, "trusted_proxies")  # or Caddy would believe a client's header


# With Slack calling us


def test_the_lines_for_slack_over_http_are_right() -> None:
    slack = f"127.0.0.1:{SLACK_PORT}"
    (handle,) = found(read_braces(commented("Caddyfile"), "\n"), "handle")
    assert handle.words[1] == "/slack/*" and handle.inner[0].words == ("reverse_proxy", slack)
    location = found(read_braces(commented("nginx.conf"), ";"), "location", "/slack/")[0]
    assert found(location, "proxy_pass")[0].words[1] == f"http://{slack}"
    size = found(location, "client_max_body_size")[0].words[1]
    assert mebibytes(size) >= SLACK_MOST_BYTES


# The pages behind one


@dataclass(frozen=True)
class Behind:
    """The pages as a browser at an address reaches them through nginx."""

    url: str
    directives: Directive

    def headers(self, address: str, sent: dict[str, str]) -> dict[str, str]:
        """What nginx makes of the headers that a client sends."""
        known = {"$host": HOST, "$remote_addr": address}
        made = dict(sent)
        for each in found(servers(self.directives)[1], "proxy_set_header"):
            _, name, value = each.words
            made[name] = known.get(value, value)
        return made

    def request(self, method: str, path: str, address: str, **sent: str) -> httpx.Response:
        headers = {name.replace("_", "-"): value for name, value in sent.items()}
        body = headers.pop("body", "")
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with httpx.Client(trust_env=False) as client:
            return client.request(
                method, f"{self.url}{path}", headers=self.headers(address, headers), content=body
            )

    def guess(self, address: str, **sent: str) -> int:
        """Try a sign-in link that nobody made; the status."""
        form = self.request("GET", "/link/guessed", address)
        cookie = form.headers["set-cookie"].partition(";")[0]
        token = re.search(r'name="(\w+)" value="([^"]+)"', form.text)
        assert token
        body = f"{token[1]}={token[2]}"
        sent |= {"Cookie": cookie, "Origin": f"https://{HOST}", "body": body}
        return self.request("POST", "/link/guessed", address, **sent).status_code


@pytest.fixture(scope="module")
def behind(
    bundled_home: Home, tmp_path_factory: pytest.TempPathFactory, nginx: Directive
) -> Iterator[Behind]:
    home = tmp_path_factory.mktemp("proxied") / "home"
    without = shutil.ignore_patterns("*.db*")
    shutil.copytree(bundled_home.settings.home, home, ignore=without)
    environment = {
        "PATH": os.defpath,
        "FRISKSVAR_HOME": str(home),
        "FRISKSVAR_REVIEW_URL": f"https://{HOST}",
    }
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    process = subprocess.Popen(
        [str(FRISKSVAR), "review", "--port", str(port)],
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    with process.stdout as printed:
        for line in printed:
            assert "/link/" not in line, "a log is no place for it"
            if "frisksvar review link" in line:
                break
        yield Behind(f"http://127.0.0.1:{port}", nginx)
        process.send_signal(signal.SIGTERM)
        printed.read()
        assert process.wait(20) == 0


def test_a_session_is_for_https_alone(behind: Behind) -> None:
    answer = behind.request("GET", "/link/guessed", "203.0.113.1")
    assert "secure" in answer.headers["set-cookie"].lower()
    assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]


def test_who_guesses_is_kept_out_by_their_own_address(behind: Behind) -> None:
    statuses = [
        # Said by the client itself, and dropped by the proxy.
        behind.guess("203.0.113.7", X_Forwarded_For=f"198.51.100.{number}")
        for number in range(PER_ADDRESS + 1)
    ]
    assert statuses == [403] * PER_ADDRESS + [429]
    assert behind.guess("203.0.113.8") == 403  # somebody else is still let in to try


def test_figures_and_health_are_not_on_the_public_address(behind: Behind) -> None:
    for path in ("/metrics", "/healthz", "/readyz"):
        assert behind.request("GET", path, "203.0.113.9").status_code in (303, 404)
