"""The review pages as a browser has them: served over HTTP, with a queue that looks like a week."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import uvicorn
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    expect,
    sync_playwright,
)
from review_site import ReviewSite

from bot.answering.question import Question
from knowledge.register import NewInquiry
from knowledge.register.users import LOCAL, Role, User

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
START_S: Final = 20.0
WAIT_MS: Final = 10_000
CENTRE: Final = "stavanger"

WCAG: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
"""What is looked for: WCAG 2.1 AA, and what axe-core advises beyond it."""

RESTING: Final = "document.querySelectorAll('details').forEach(each => each.open = true)"
"""What is folded away is looked at, too."""

SIDEWAYS: Final = (
    "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
)


@dataclass(frozen=True)
class View:
    """A window. `scale`: device pixels to one of CSS."""

    width: int
    height: int
    scale: float = 1

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "viewport": {"width": self.width, "height": self.height},
            "device_scale_factor": self.scale,
        }


PHONE: Final = View(320, 640)
ZOOMED: Final = View(320, 256, 4)
"""A window of 1280 by 1024 at 400 % zoom: a browser lays it out as 320 by 256 CSS pixels, each four
device pixels wide, which is how WCAG 1.4.10 (reflow) defines it."""
DESK: Final = View(1280, 800)


@contextmanager
def chromium() -> Iterator[Browser]:
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=as_root)
        yield opened
        opened.close()


@contextmanager
def served(pages: ReviewSite) -> Iterator[str]:
    """The pages over HTTP on a free port of this machine; their address."""
    server = uvicorn.Server(
        uvicorn.Config(pages.app, port=0, log_level="warning", access_log=False, ws="none")
    )
    thread = threading.Thread(target=server.run, name="pages", daemon=True)
    thread.start()
    until = time.monotonic() + START_S
    while not server.started:
        assert thread.is_alive() and time.monotonic() < until, "the pages did not start"
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(START_S)


@dataclass
class Visitor:
    """Somebody at a browser of their own."""

    page: Page
    context: BrowserContext
    user: User
    faults: list[str]

    def goto(self, path: str) -> None:
        answer = self.page.goto(path)
        assert answer is not None and answer.ok, (path, answer and answer.status)

    def press(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def told(self, words: str) -> None:
        """Wait for what stands on top of the page after something was done."""
        expect(self.page.locator(".flash").first).to_contain_text(words)


@contextmanager
def visitor(
    browser: Browser,
    pages: ReviewSite,
    address: str,
    *,
    name: str = "Ingrid Berg",
    role: Role = "reviewer",
    centre: str | None = CENTRE,
    view: View = DESK,
    script: bool = False,
) -> Iterator[Visitor]:
    """Sign somebody in with a one-time link, in a browser without JavaScript unless `script`.

    With `script` the pages' own ban on scripts is lifted, for axe-core alone.
    """
    context = browser.new_context(
        base_url=address,
        locale="nb-NO",
        timezone_id="Europe/Oslo",
        java_script_enabled=script,
        bypass_csp=script,
        **view.settings,
    )
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    faults: list[str] = []

    def answered(got: Response) -> None:
        if got.status >= 500:
            faults.append(f"{got.status} {got.url}")

    def said(line: ConsoleMessage) -> None:
        if "Content Security Policy" in line.text:
            faults.append(line.text)

    page.on("response", answered)
    page.on("console", said)
    user = account(pages, name, role, centre)
    sign_in(page, pages, user)
    try:
        yield Visitor(page, context, user, faults)
        assert faults == []
    finally:
        context.close()


def account(pages: ReviewSite, name: str, role: Role, centre: str | None) -> User:
    """The account of a name, made where there is none."""
    users = pages.site.users
    made = users.sign_in(LOCAL, f"name:{name}", name)
    if (made.role, made.centre) == (role, centre):
        return made
    return users.change(made.id, role=role, centre=centre, disabled=False, who="cli")


def sign_in(page: Page, pages: ReviewSite, user: User) -> None:
    """Open the link that `frisksvar review link` prints, and press its button."""
    page.goto(f"/link/{pages.site.users.make_link(user.id)}")
    page.locator("main form button").click()
    expect(page.locator(".who")).to_contain_text(user.name)


def barriers(page: Page) -> list[str]:
    """What stands in somebody's way on a page: axe-core's violations, and scrolling sideways."""
    page.evaluate(RESTING)
    found = wide(page)
    options = {
        "resultTypes": ["violations"],
        "preload": False,  # of style sheets, for a rule that is not among these
        "runOnly": {"type": "tag", "values": list(WCAG)},
    }
    results = Axe().run(page, options=options).response
    assert results["testEngine"]["name"] == "axe-core" and results["passes"]
    for rule in results["violations"]:
        nodes = [f"{node['target']}: {node['failureSummary']}" for node in rule["nodes"][:3]]
        found.append(f"{rule['id']}: {'; '.join(nodes)}")
    return found


def wide(page: Page) -> list[str]:
    """Whether a page is wider than the window, so that one has to scroll sideways to read it."""
    needed, seen = page.evaluate(SIDEWAYS)
    return [f"{needed} px wide in a window of {seen}"] if needed > seen else []


# A queue of thirty: what a centre may meet in a week


WEEK: Final = """
1114 web egen-kommune Hvordan kommer vi i gang med en frisklivssentral i en liten kommune?
1103 web frisklivssentral Hvem kan henvise til frisklivssentralen?
1108 web frisklivssentral Hvor lenge varer en frisklivsresept?
1121 web frisklivssentral Må vi føre journal for deltakerne?
1130 web egen-kommune Kan kommunen ta egenandel for kurs på frisklivssentralen?
1120 web egen-kommune Hvilken kompetanse bør de ansatte ha?
1160 web frisklivssentral Kva bør ein startsamtale innehalde?
1127 web frisklivssentral Hvilke tilbud skal en frisklivssentral ha for barn og unge?
1103 phone frisklivssentral Kan vi låne ut pulsklokker til deltakerne?
1106 email frisklivssentral Hvem betaler leien av svømmehallen til vanngruppa?
1122 email egen-kommune Har dere en mal for samarbeidsavtale med treningssenter?
1111 email frisklivssentral Kan vi hospitere hos dere en dag i mars? Vi er fire stykker.
1119 meeting frisklivssentral Hvordan får vi fastlegene til å henvise oftere?
1134 phone egen-kommune Hva koster det å drive en frisklivssentral i året?
1149 email frisklivssentral Finnes det midler å søke på for et tilbud om søvn?
1146 facebook frivillighetssentral Kan Frisklivssentralen holde kurs i lag med frivilligsentralen?
1145 email frisklivssentral Kan deltakere fra nabokommunen bli med på Bra mat-kurset?
1124 facebook frisklivssentral Hvor finner vi brosjyren om snus og røyk på flere språk?
1103 phone frisklivssentral Bør vi bruke tolk i helsesamtalen, og hvem betaler?
1108 meeting frisklivssentral Hva gjør vi når en deltaker ikke møter til oppfølging?
1103 email helsefagstudent Vi skriver bachelor om frisklivsresept. Har dere tall på fullføring?
1120 phone privat Kan fysioterapeut med driftstilskudd lede treningsgruppa?
1133 form frisklivssentral Hvordan melder vi adresseendring til frisklivssentralkartet?
1121 email frisklivssentral Er det lov å ha deltakerliste i et regneark?
1112 phone egen-kommune Hvor mange stillinger har andre kommuner på vår størrelse?
1135 email egen-kommune Kan vi få en presentasjon til kommunestyret?
1119 email frisklivssentral Takk for sist, det var en fin samling!
- form - Test
1127 facebook frisklivssentral Når er neste nettverkssamling?
1130 facebook frisklivssentral God sommer til alle på sentralen!
"""
"""Municipality, channel, who asked, and the question; a hyphen for what nobody noted."""


class Asked(NamedTuple):
    """One line of it."""

    municipality: str | None
    channel: str
    actor: str | None
    question: str


def _asked(line: str) -> Asked:
    municipality, channel, actor, question = line.split(" ", 3)
    return Asked(
        None if municipality == "-" else municipality,
        channel,
        None if actor == "-" else actor,
        question,
    )


ASKED: Final = [_asked(line) for line in WEEK.strip().splitlines()]
TOPICS: Final = {
    "pulsklokker": "utstyr",
    "svømmehallen": "fysisk-aktivitet",
    "treningssenter": "samarbeid",
    "fastlegene": "henvisning",
    "koster": "okonomi",
    "midler": "soknader",
    "søvn": "sovn",
    "Bra mat": "kosthold",
    "snus": "tobakk",
    "tolk": "kommunikasjon",
    "regneark": "dokumentasjon",
    "stillinger": "organisering",
}


def seed_queue(pages: ReviewSite) -> list[int]:
    """Thirty inquiries that wait for the centre: asked of the bot and handed over, or by hand."""
    first = datetime.now(UTC).replace(hour=7, minute=12) - timedelta(days=len(ASKED))
    return [
        _inquiry(pages, at, first + timedelta(days=at, minutes=17 * at)) for at in range(len(ASKED))
    ]


def _inquiry(pages: ReviewSite, at: int, when: datetime) -> int:
    here = pages.site
    municipality, channel, actor, question = ASKED[at]
    if channel == "web":
        reply = here.answerer.answer(
            Question(question, channel="web", municipality=municipality, came_from=f"web:week{at}")
        )
        number = reply.inquiry
        assert number is not None
        here.feedback.vote(number, "asker", "up" if at % 3 else "down")
    else:
        number, _ = here.inquiries.receive(
            NewInquiry(
                came_from=f"week:{at}",
                received_at=when,
                channel=channel,
                question=question,
                language="nb",
                municipality=municipality,
                municipality_today=municipality,
                actor=actor,
                centre=CENTRE,
                topics={topic: f"«{word}»" for word, topic in TOPICS.items() if word in question},
            )
        )
    if channel == "web" or at % 4 == 0:
        here.handovers.open(number, centre=CENTRE, reason="chosen", note="")
    with here.store.write() as db:
        db.conn.execute(
            "UPDATE inquiries SET received_at = ?, actor = ?, centre = ? WHERE id = ?",
            [when.isoformat(), actor, CENTRE, number],
        )
    return number
