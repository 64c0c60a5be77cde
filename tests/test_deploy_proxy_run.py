"""The pages behind a real nginx and a real Caddy, each with the example of deploy/proxy."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from bot_process import FRISKSVAR
from deploy_proxied import HOST, Ports, Proxy, free_port, installed, proxy
from tests_support import Home

from bot.review.headers import HEADERS
from bot.review.limits import PER_ADDRESS
from bot.review.web import MOST_BYTES

LINK = re.compile(r"https://\S+/link/\S+")
FIELD = re.compile(r'name="(\w+)" value="([^"]+)"')
SEARCHED = "Zebrafinke"
ABOVE_THE_PROXIES = 13 * 2**20


@dataclass
class Site:
    """A proxy, the pages behind it, and the link that signs the first administrator in."""

    proxy: Proxy
    pages: subprocess.Popen[str]
    link: str

    def browser(self, address: str = "127.0.0.1") -> httpx.Client:
        """One that trusts the certificate, at an address of its own."""
        trust = ssl.create_default_context(cafile=str(self.proxy.certificate))
        transport = httpx.HTTPTransport(verify=trust, local_address=address)
        return httpx.Client(
            base_url=self.proxy.ports.url,
            transport=transport,
            timeout=30,
            headers={"Origin": self.proxy.ports.url},
        )

    def sign_in(self) -> httpx.Client:
        """A browser with a session. The link is for once."""
        browser = self.browser()
        form = browser.get(self.link)
        done = browser.post(self.link, data=dict(FIELD.findall(form.text)))
        assert done.status_code == 303, done.text
        return browser


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def site(
    request: pytest.FixtureRequest,
    bundled_home: Home,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    name = str(request.param)
    if not installed(name):
        pytest.skip(f"needs {name} (Debian's {'nginx-light' if name == 'nginx' else name})")
    folder = tmp_path_factory.mktemp(name)
    home = folder / "home"
    without = shutil.ignore_patterns("*.db*")
    shutil.copytree(bundled_home.settings.home, home, ignore=without)
    ports = Ports(free_port(), free_port(), free_port())
    environment = {
        "PATH": os.defpath,
        "PYTHONUNBUFFERED": "1",
        "FRISKSVAR_HOME": str(home),
        "FRISKSVAR_REVIEW_URL": ports.url,
    }
    pages = subprocess.Popen(
        [str(FRISKSVAR), "review", "--port", str(ports.pages)],
        env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert pages.stdout is not None
    with ending(pages), pages.stdout as printed, proxy(name, folder, ports) as running:
        said: list[str] = []
        for line in printed:
            said.append(line)
            if "frisksvar review link" in line:
                break
        else:
            raise AssertionError("".join(said))
        asked = subprocess.run(
            [str(FRISKSVAR), "review", "link"], env=environment, capture_output=True, text=True
        )
        link = LINK.search(asked.stdout)
        assert link, asked.stderr
        yield Site(running, pages, link[0])


@contextlib.contextmanager
def ending(process: subprocess.Popen[str]) -> Iterator[None]:
    try:
        yield
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def colleague(site: Site) -> Iterator[httpx.Client]:
    with contextlib.closing(site.sign_in()) as browser:
        yield browser


def test_http_goes_to_https(site: Site) -> None:
    ports = site.proxy.ports
    given = httpx.get(f"http://{HOST}:{ports.plain}/sign-in?a=b", trust_env=False)
    assert given.status_code == 308
    assert re.fullmatch(rf"https://{HOST}(:\d+)?/sign-in\?a=b", given.headers["location"])


def test_a_link_signs_in_and_pages_are_shown(site: Site, colleague: httpx.Client) -> None:
    shown = colleague.get("/queue", params={"q": SEARCHED})
    assert shown.status_code == 200 and "<form" in shown.text
    style = re.search(r'href="(/static/[^"]+)"', shown.text)
    assert style and colleague.get(style[1]).status_code == 200
    assert [cookie.secure for cookie in colleague.cookies.jar] == [True]
    assert SEARCHED not in site.proxy.said


def test_each_header_comes_once_and_as_the_pages_set_it(site: Site) -> None:
    with site.browser() as browser:
        given = browser.get("/sign-in").headers
    for name, value in HEADERS.items():
        assert given.get_list(name) == [value], name
    (strict,) = given.get_list("Strict-Transport-Security")
    assert "max-age=31536000" in strict
    assert given.get("server", "nginx") == "nginx"  # no version


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz"])
def test_figures_and_health_are_not_served(site: Site, colleague: httpx.Client, path: str) -> None:
    with site.browser() as browser:
        assert browser.get(path).status_code in (303, 404)
    assert colleague.get(path).status_code == 404


def test_a_guesser_is_kept_out_by_their_own_address(site: Site) -> None:
    def guess(address: str, **headers: str) -> int:
        with site.browser(address) as browser:
            form = browser.get("/link/guessed")
            fields = dict(FIELD.findall(form.text))
            return browser.post("/link/guessed", data=fields, headers=headers).status_code

    statuses = [
        guess("127.0.0.7", **{"X-Forwarded-For": f"198.51.100.{number}"})
        for number in range(PER_ADDRESS + 1)
    ]
    assert statuses == [403] * PER_ADDRESS + [429]
    assert guess("127.0.0.8") == 403  # somebody else may still try


def upload(browser: httpx.Client, size: int) -> httpx.Response:
    return browser.post("/link/guessed", data={"field": "x"}, files={"file": b"." * size})


def test_a_large_form_reaches_the_pages(site: Site) -> None:
    with site.browser("127.0.0.9") as browser:
        assert upload(browser, MOST_BYTES - 10_000).status_code == 403
    assert "temporary file" not in everything(site)


def test_a_form_above_the_limit_of_the_pages_is_told_in_their_sentence(site: Site) -> None:
    with site.browser("127.0.0.9") as browser:
        given = upload(browser, MOST_BYTES + 1)
    assert given.status_code == 413 and "for stort" in given.text


def test_the_proxy_itself_refuses_what_is_far_above(site: Site) -> None:
    with site.browser("127.0.0.9") as browser:
        given = upload(browser, ABOVE_THE_PROXIES)
    assert given.status_code == 413


def everything(site: Site) -> str:
    """What nginx tells when it is asked to tell everything; nothing for Caddy."""
    path = Path(site.proxy.certificate).with_name("all.log")
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_where_nobody_answers_the_proxy_logs_no_address(site: Site) -> None:
    # The last one of this file, as the pages are gone after it.
    site.pages.send_signal(signal.SIGTERM)
    assert site.pages.wait(20) == 0
    with site.browser() as browser:
        assert browser.get(f"/queue?q={SEARCHED}").status_code == 502
    assert SEARCHED not in site.proxy.said
