"""`make demo`: the page over the local Slack, as a browser uses it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import expect, sync_playwright
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_server import Channel, Slack, User
from slack_server.demo.page import FILES, FOLDER, HEADER
from slack_server.demo.running import CannotRun, demo_home, prepared, workspace
from slack_server.demo.seed import CENTRE_OF_INGRID, Cast, register_centres
from tests_support import Home

from bot.slack.channels import Channels
from bot.slack.pseudonyms import pseudonyms
from knowledge.reference import Reference
from knowledge.register import People
from knowledge.store import Store

ROOT = Path(__file__).parent.parent
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
START_S = 60.0
WAIT_MS = 20_000
JSON = dict[str, Any]


@dataclass
class Visit:
    """The page without a browser: what its scripts send and get."""

    slack: Slack
    cast: Cast
    client: httpx.Client

    def user(self, name: str) -> User:
        return self.cast.named(name)

    def state(self, name: str, place: Channel | str | None = None) -> JSON:
        where = place.id if isinstance(place, Channel) else place or self.cast.questions.id
        answer = self.client.get(
            "/demo/state", params={"who": self.user(name).id, "place": where}
        ).raise_for_status()
        return dict(answer.json())

    def try_to(self, name: str, **what: Any) -> httpx.Response:
        return self.client.post(
            "/demo/do", json={"who": self.user(name).id, "what": what}, headers={HEADER: "1"}
        )

    def do(self, name: str, **what: Any) -> JSON:
        return dict(self.try_to(name, **what).raise_for_status().json())

    def say(self, name: str, text: str, **more: Any) -> JSON:
        """Write where all are; the message as that person sees it."""
        self.do(name, do="say", channel=self.cast.questions.id, text=text, **more)
        return dict(self.state(name)["place"]["messages"][-1])


@pytest.fixture(scope="module")
def visit() -> Iterator[Visit]:
    with workspace(0) as (slack, cast, _), httpx.Client(base_url=slack.url) as client:
        yield Visit(slack, cast, client)


# The page and who may use it


def test_all_of_the_page_comes_from_here(visit: Visit) -> None:
    html = visit.client.get("/").raise_for_status().text
    asked = set(re.findall(r'(?:src|href)="(/[^"]*)"', html))
    scripts = {path: visit.client.get(path).raise_for_status() for path in FILES if "js" in path}
    for script in scripts.values():
        assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
        asked |= {f"/{name}" for name in re.findall(r'from "\./([^"]+)"', script.text)}
    assert asked == FILES.keys() - {"/"}
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|https?://", html)


def test_what_people_and_documents_wrote_never_becomes_markup() -> None:
    for path in FOLDER.glob("*.js"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(
            r"\.innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(", source
        ), path.name


def test_the_browser_is_told_to_load_and_frame_nothing_else(visit: Visit) -> None:
    policy = visit.client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {"Host": "evil.example"}, 421),
        ("GET", "/demo/state", {"Host": "evil.example:8765"}, 421),
        ("GET", "/demo/state", {"Host": "127.0.0.1"}, 421),
        ("GET", "/demo/state", {"Origin": "http://evil.example"}, 403),
        ("POST", "/demo/do", {}, 403),
        ("POST", "/demo/do", {HEADER: "1", "Origin": "null"}, 403),
        ("POST", "/demo/do", {HEADER: "1", "Host": "evil.example"}, 421),
        ("GET", "/demo/do", {HEADER: "1"}, 405),
        ("GET", "/demo/state", {"Host": ""}, 421),
        ("GET", "/demo/state?who=U1", {}, 404),
    ],
)
def test_other_pages_and_other_names_are_refused(
    visit: Visit, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    what = {"do": "say", "channel": visit.cast.questions.id, "text": "fra en annen side"}
    body = {"who": visit.user("Kari").id, "what": what}
    content: Any = {"json": body} if method == "POST" else {}
    assert visit.client.request(method, path, headers=headers, **content).status_code == status
    assert "fra en annen side" not in str(visit.state("Kari"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"who": "U1"}',
        b'{"who": "U1", "what": {"do": "shout"}}',
        b'{"who": "U1", "what": {"do": "say", "channel": 1, "text": "x"}}',
        b'{"who": "U1", "what": {"do": "close", "more": 1}}',
    ],
)
def test_what_no_page_of_ours_sends_is_refused(visit: Visit, body: bytes) -> None:
    answer = visit.client.post("/demo/do", content=body, headers={HEADER: "1"})
    assert (answer.status_code, answer.json()["ok"]) == (400, False)


def test_a_body_that_is_far_too_long_is_refused(visit: Visit) -> None:
    answer = visit.client.post("/demo/do", content=b" " * 300_000, headers={HEADER: "1"})
    assert answer.status_code == 413


# What people see and do


def test_all_see_what_one_writes_and_only_its_author_may_change_it(visit: Visit) -> None:
    said = visit.say("Kari", f"{visit.slack.mention} Hvem <kan> henvise?")
    assert said["mine"] and not said["by_app"]
    reply = visit.say("Ola", "Det lurer jeg på også.", thread=said["ts"])
    assert reply["thread"] == said["ts"]
    seen = {one["ts"]: one for one in visit.state("Ola")["place"]["messages"]}
    assert not seen[said["ts"]]["mine"]
    assert seen[said["ts"]]["text"] == f"{visit.slack.mention} Hvem &lt;kan&gt; henvise?"
    here = {"channel": visit.cast.questions.id, "ts": said["ts"]}
    assert visit.try_to("Ola", do="edit", text="Noe annet", **here).status_code == 409
    assert visit.try_to("Ola", do="delete", **here).status_code == 409
    visit.do("Kari", do="edit", text="Hvem kan det?", **here)
    changed = next(
        one for one in visit.state("Ola")["place"]["messages"] if one["ts"] == said["ts"]
    )
    assert (changed["text"], changed["edited"]) == ("Hvem kan det?", True)
    visit.do("Kari", do="delete", **here)
    left = [one["ts"] for one in visit.state("Kari")["place"]["messages"]]
    assert said["ts"] not in left and reply["ts"] in left


def test_a_channel_of_a_centre_is_for_those_in_it(visit: Visit) -> None:
    channel = visit.cast.centres["alstahaug"]
    assert channel.id not in [place["id"] for place in visit.state("Kari")["places"]]
    assert visit.state("Kari", channel)["place"] is None
    assert visit.try_to("Kari", do="say", channel=channel.id, text="Hei").status_code == 409
    assert visit.do("Ingrid", do="say", channel=channel.id, text="Hei")["ok"]
    assert visit.state("Ingrid", channel)["place"]["messages"][-1]["text"] == "Hei"


def test_the_page_asks_again_at_little_cost(visit: Visit) -> None:
    version = visit.state("Kari")["version"]
    query = {"who": visit.user("Kari").id, "version": version}
    assert visit.client.get("/demo/state", params=query).status_code == 204
    visit.say("Ola", "Noe nytt")
    again = visit.client.get("/demo/state", params=query)
    assert again.status_code == 200 and again.json()["version"] != version


def test_news_are_what_concerns_somebody(visit: Visit) -> None:
    def latest(name: str) -> str:
        return str(visit.state("Tor")["latest"][visit.user(name).id][visit.cast.questions.id])

    said = visit.say("Kari", "Et spørsmål")
    before = {name: latest(name) for name in ("Kari", "Ola", "Tor")}
    reply = visit.say("Ingrid", "Et svar", thread=said["ts"])
    assert latest("Kari") == reply["ts"]
    assert {name: latest(name) for name in ("Ola", "Tor")} == {
        name: before[name] for name in ("Ola", "Tor")
    }


def test_without_the_app_a_command_says_so(visit: Visit) -> None:
    answer = visit.do("Kari", do="command", channel=visit.cast.questions.id, text="hjelp")
    assert (answer["ok"], answer["reason"]) == (False, "no_connection")
    assert not visit.state("Kari")["app"]["connected"]


# Blocks and modals, with a small app in place of the bot


def plain(text: str) -> JSON:
    return {"type": "plain_text", "text": text}


def asked_for(name: str, element: JSON) -> JSON:
    return {
        "type": "input",
        "block_id": name,
        "label": plain(name),
        "element": element | {"action_id": name},
    }


OPTIONS = [{"text": plain(name), "value": name.lower()} for name in ("Bodø", "Senja", "Vang")]
MODAL = {
    "type": "modal",
    "callback_id": "form",
    "title": plain("Skjema"),
    "submit": plain("Send"),
    "blocks": [
        asked_for("where", {"type": "external_select", "min_query_length": 1}),
        asked_for("topics", {"type": "checkboxes", "options": OPTIONS}),
        asked_for("day", {"type": "datepicker"}),
        asked_for("why", {"type": "plain_text_input"}),
    ],
}


def press_me(number: int) -> JSON:
    button = {"type": "button", "action_id": "ask", "text": plain("Spør"), "value": str(number)}
    return {"type": "actions", "block_id": f"row{number}", "elements": [button]}


@dataclass
class SmallApp:
    pressed: list[str]
    submitted: list[JSON]


@pytest.fixture
def small_app(visit: Visit) -> Iterator[SmallApp]:
    made = SmallApp([], [])
    client = WebClient(visit.slack.bot_token, base_url=visit.slack.api_url)
    app = App(client=client, token_verification_enabled=False)

    @app.action("ask")
    def ask(ack: Any, body: JSON, client: WebClient) -> None:
        made.pressed.append(body["actions"][0]["value"])
        client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        ack()

    @app.options("where")
    def where(ack: Any, payload: JSON) -> None:
        ack(options=[one for one in OPTIONS if payload["value"] in one["value"]])

    @app.view("form")
    def form(ack: Any, view: JSON) -> None:
        made.submitted.append(view["state"]["values"])
        if view["state"]["values"]["why"]["why"]["value"] == "nei":
            ack(response_action="errors", errors={"why": "Skriv mer."})
        else:
            ack()

    @app.event("message")
    def message() -> None:
        pass

    handler = SocketModeHandler(app, visit.slack.app_token)
    handler.connect()  # type: ignore[no-untyped-call]
    try:
        visit.slack.wait_connected()
        yield made
    finally:
        handler.close()  # type: ignore[no-untyped-call]
        visit.slack.wait_for(lambda: visit.slack.connections == 0)


def test_a_button_a_type_ahead_and_a_form(visit: Visit, small_app: SmallApp) -> None:
    channel = visit.cast.questions.id
    posted = WebClient(visit.slack.bot_token, base_url=visit.slack.api_url).chat_postMessage(
        channel=channel, text="Spør", blocks=[press_me(1), press_me(2)]
    )
    message = visit.state("Kari")["place"]["messages"][-1]
    assert message["by_app"] and message["ts"] == posted["ts"]
    here = {"channel": channel, "ts": message["ts"], "block": "row2", "action": "ask"}
    assert visit.do("Kari", do="press", value="2", **here)["ok"]
    assert small_app.pressed == ["2"]
    [view] = visit.state("Kari")["views"]
    assert (view["title"], view["submit"]) == ("Skjema", "Send")
    assert visit.state("Ola")["views"] == []

    there = {"view": view["id"], "block": "where", "action": "where"}
    offered = visit.do("Kari", do="suggest", typed="en", **there)["options"]
    assert [one["value"] for one in offered] == ["senja"]
    values = {"where": offered[0], "topics": ["vang"], "day": "2026-11-20", "why": None}
    without = visit.try_to("Kari", do="submit", view=view["id"], values=values)
    assert without.status_code == 409 and not small_app.submitted
    refused = visit.do("Kari", do="submit", view=view["id"], values=values | {"why": "nei"})
    assert refused["errors"] == {"why": "Skriv mer."}
    assert visit.state("Kari")["views"]
    assert visit.do("Kari", do="submit", view=view["id"], values=values | {"why": "ja"})["ok"]
    assert visit.state("Kari")["views"] == []
    filled = small_app.submitted[-1]
    assert filled["where"]["where"]["selected_option"]["value"] == "senja"
    assert [one["value"] for one in filled["topics"]["topics"]["selected_options"]] == ["vang"]
    assert filled["day"]["day"]["selected_date"] == "2026-11-20"


def test_only_who_is_meant_sees_an_ephemeral_message(visit: Visit) -> None:
    WebClient(visit.slack.bot_token, base_url=visit.slack.api_url).chat_postEphemeral(
        channel=visit.cast.questions.id, user=visit.user("Kari").id, text="Bare for Kari"
    )
    [seen] = [one for one in visit.state("Kari")["place"]["messages"] if one["only_me"]]
    assert seen["text"] == "Bare for Kari"
    assert "Bare for Kari" not in str(visit.state("Ola"))


# The workspace and its home


def test_every_centre_of_today_has_its_channel(visit: Visit, home: Home) -> None:
    serving = {centre.id for centre in Reference.load().centres if centre.serving}
    assert visit.cast.centres.keys() == serving
    register_centres(visit.cast, home.settings)
    channels = Channels(home.store)
    for centre, channel in visit.cast.centres.items():
        place = channels.centre_place(centre)
        assert place is not None and place.channel == channel.id
        assert re.fullmatch(r"utviklingssentral-[\wæøå-]+", channel.name)
    who = pseudonyms(home.store).of(visit.slack.team.id, visit.user("Ingrid").id)
    assert People(home.store).get(who).centre == CENTRE_OF_INGRID


def test_a_demonstration_begins_with_an_empty_register_of_its_own(tmp_path: Path) -> None:
    real = tmp_path / "frisksvar.db"
    real.write_text("the real register", encoding="utf-8")
    place = demo_home(tmp_path)
    with prepared(place) as settings:
        store = Store(settings.database)
        People(store).change("u1", centre="bergen")
        store.close()
        with pytest.raises(CannotRun, match="En annen demo"), prepared(place):
            pass
    with prepared(place) as settings:
        store = Store(settings.database)
        assert People(store).get("u1").centre is None
        store.close()
    assert real.read_text(encoding="utf-8") == "the real register"


def test_an_index_that_cannot_be_used_is_forgotten(tmp_path: Path) -> None:
    place = demo_home(tmp_path)
    index = place / "index"
    (index / "generations" / "g1").mkdir(parents=True)
    (index / "current").write_text("g1", encoding="utf-8")
    with prepared(place):
        assert not index.exists()


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(CannotRun, match="kan ikke brukes"), prepared(tmp_path / "file" / "demo"):
        pass


def test_a_port_that_is_taken_is_one_sentence(visit: Visit) -> None:
    port = int(visit.slack.url.rpartition(":")[2])
    with pytest.raises(CannotRun, match=f"Port {port} kan ikke brukes"), workspace(port):
        pass


# All of it, in a browser


@pytest.fixture
def demo(bundled_home: Home, tmp_path: Path) -> Iterator[str]:
    """`make demo` over the indexed digests; its address."""
    shutil.copytree(
        bundled_home.settings.home,
        demo_home(tmp_path),
        ignore=shutil.ignore_patterns("*.db*", "*.lock"),
    )
    log = tmp_path / "demo.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.slack_server", "--home", str(tmp_path), "--port", "0"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        yield _address(process, log)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does at Ctrl-C
        assert process.wait(START_S) == 0, log.read_text(encoding="utf-8")
        assert "Traceback" not in log.read_text(encoding="utf-8")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        found = re.search(r"Åpne (http://127\.0\.0\.1:\d+/)", log.read_text(encoding="utf-8"))
        if found:
            return found.group(1)
        time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8"))


@pytest.fixture
def browser() -> Iterator[BrowserPage]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (chromium, chromium-browser, google-chrome)")
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=as_root)
        page = opened.new_page(viewport={"width": 1280, "height": 800}, locale="nb-NO")
        page.set_default_timeout(WAIT_MS)
        expect.set_options(timeout=WAIT_MS)
        yield page
        opened.close()


def test_a_question_goes_to_a_centre_and_its_answer_comes_back(
    browser: BrowserPage, demo: str
) -> None:
    faults: list[str] = []
    browser.on("pageerror", lambda error: faults.append(str(error)))
    browser.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    browser.goto(demo)
    write = browser.get_by_label("Melding", exact=True)

    browser.get_by_role("button", name="Er den lovpålagt?").click()
    expect(write).to_have_value(re.compile("^@Frisksvar Er"))
    write.press("Enter")
    answer = browser.locator(".by-app").first
    expect(answer.locator("blockquote").first).to_contain_text(re.compile(r"\w+ \w+"))
    expect(answer.locator("blockquote strong").first).to_be_visible()
    expect(answer).to_contain_text("[1]")
    expect(answer.locator("a[href^=https]").first).to_be_visible()

    browser.get_by_role("button", name="Kan vi leie ut gymsalen?").click()
    expect(write).to_have_value(re.compile("^@Frisksvar Kan vi"))
    write.press("Enter")
    question = browser.locator(".thread").nth(1)
    question.get_by_role("button", name="Spør en utviklingssentral").click()
    form = browser.get_by_role("dialog")
    expect(form.get_by_label("Spørsmål")).to_have_value(re.compile("^Kan vi leie ut gymsalen"))
    form.get_by_role("combobox", name="Kommune").press_sequentially("Sandn")
    form.get_by_role("option", name="Sandnes, Rogaland").click()
    expect(form).to_contain_text("Utviklingssentral: Stavanger")
    form.get_by_role("button", name="Send").click()
    expect(form).to_be_hidden()
    expect(question).to_contain_text("sendt til utviklingssentralen i Stavanger")

    browser.get_by_role("button", name="Bytt til Ingrid").click()
    expect(
        browser.get_by_role("heading", level=2, name="utviklingssentral-stavanger")
    ).to_be_visible()
    asked = browser.locator(".thread").first
    expect(asked).to_contain_text("Kan vi leie ut gymsalen til andre på kveldstid?")
    asked.get_by_role("button", name="Svar i tråden").click()
    browser.get_by_role("textbox", name="Svar i tråden").fill("Ja, med en <avtale> & et gebyr.")
    browser.keyboard.press("Enter")
    expect(asked).to_contain_text("Svaret sendes til spørreren")

    browser.get_by_role("button", name="Bytt til Kari").click()
    back = browser.locator(".thread").nth(1).locator(".by-app").last
    expect(back).to_contain_text("Utviklingssentralen i Stavanger svarer")
    expect(back).to_contain_text("Ja, med en <avtale> & et gebyr.")
    assert faults == []
