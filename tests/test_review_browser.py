"""The review pages in a real browser: nothing in anybody's way, and the week of a centre."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from review_browser import (
    ASKED,
    CENTRE,
    CHROMIUM,
    PHONE,
    ZOOMED,
    View,
    Visitor,
    barriers,
    chromium,
    seed_queue,
    served,
    sign_in,
    visitor,
    wide,
)
from review_site import ReviewSite, opened_site
from review_world import OWN, YEAR, World, upload, world
from tests_support import Home

from bot.answering.question import Question

pytestmark = [
    pytest.mark.timeout(400),  # a real browser, on a machine that may be busy
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="no Chromium on this machine (chromium, chromium-browser, google-chrome)",
    ),
]

LONG = (
    "Hvem kan henvise til frisklivssentralen? Se samhandlingsreformoppfølgingskoordinator og "
    "https://example.no/helse-og-omsorg/frisklivssentralen/henvisning/skjema/2025/versjon-3.pdf"
)
"""With what does not fit into 320 pixels: a word, and an address that somebody pasted."""

BUILD_S = 60.0
WHEEL_AT = (640, 400)
WHEEL_MS = 300
"""A wheel turns smoothly, and the picture waits for it."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def pages(bundled_home: Home, tmp_path: Path) -> Iterator[ReviewSite]:
    with opened_site(tmp_path, bundled_home) as made:
        yield made
        made.site.building.wait(BUILD_S)


@pytest.fixture
def address(pages: ReviewSite) -> Iterator[str]:
    with served(pages) as where:
        yield where


# Nothing in anybody's way


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_every_page_is_accessible(
    browser: Browser, pages: ReviewSite, address: str, language: str, tmp_path: Path
) -> None:
    made = world(pages, LONG)
    seed_queue(pages)
    gone_from_the_web(pages, tmp_path)
    # Both windows are 320 CSS pixels wide: one is a telephone, one a desk's at 400 %. What axe-core
    # sees is the same in both; the width is measured in both.
    first, second = (PHONE, ZOOMED) if language == "nb" else (ZOOMED, PHONE)
    found: dict[str, list[str]] = {}
    with visitor(
        browser, pages, address, name="Tor Vik", role="admin", centre=None, view=first, script=True
    ) as who:
        who.press({"nb": "Bokmål", "nn": "Nynorsk"}[language])
        upload(made, who.user.id, LONG, OWN)
        for path in each_page(who.page, made, who.user.id):
            assert who.page.locator("html").get_attribute("lang") == language
            found[path] = barriers(who.page)
            resized(who.page, second)
            found[path] += wide(who.page)
            resized(who.page, first)
        assert len(found) > 20
        for name, state in STATES.items():
            state(who)
            found[name] = barriers(who.page)
    signed_out = browser.new_context(
        base_url=address, bypass_csp=True, locale=f"{language}-NO", **first.settings
    )
    page = signed_out.new_page()
    for path in ("/sign-in", "/link/guess", "/no-such-page"):
        page.goto(path)
        found[f"signed out {path}"] = barriers(page)
    signed_out.close()
    assert {path: why for path, why in found.items() if why} == {}


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_the_idea_bank_that_is_open_to_all_is_accessible(
    browser: Browser, tmp_path: Path, language: str
) -> None:
    with opened_site(tmp_path, public_ideas=True) as pages, served(pages) as where:
        made = world(pages, LONG)
        anybody = browser.new_context(
            base_url=where, bypass_csp=True, locale=f"{language}-NO", **PHONE.settings
        )
        page = anybody.new_page()
        found = {}
        for path in ("/ideer", "/ideer?text=xyzzyx", f"/ideer/{made.own.shared}", "/sign-in"):
            answer = page.goto(path)
            assert answer is not None and answer.ok, path
            assert page.locator("html").get_attribute("lang") == language
            expect(page.get_by_role("navigation").get_by_role("link")).to_have_count(2)
            found[path] = barriers(page)
        anybody.close()
    assert {path: why for path, why in found.items() if why} == {}


def test_what_is_laid_out_otherwise_at_a_desk_is_accessible(
    browser: Browser, pages: ReviewSite, address: str
) -> None:
    """Above 40 rem an inquiry has two columns, and the annual form a button that stays in sight."""
    made = world(pages, LONG)
    inquiry = f"/inquiry/{made.own.inquiry}"
    found = {}
    with visitor(browser, pages, address, script=True) as who:
        for path in ("/queue?channel=email", inquiry, f"/annual/{YEAR}/{OWN}", "/visits/new"):
            who.goto(path)
            found[path] = barriers(who.page)
    with visitor(browser, pages, address, name="Siri", role="reader", script=True) as reader:
        for path in ("/queue?channel=email", inquiry, "/users"):
            reader.page.goto(path)  # the last is refused
            found[f"reader {path}"] = barriers(reader.page)
    assert {path: why for path, why in found.items() if why} == {}


def test_a_barrier_is_found(browser: Browser) -> None:
    """The measurement can fail."""
    page = browser.new_page(viewport={"width": 320, "height": 640})
    page.set_content(
        '<!doctype html><html lang="nb"><title>a</title><body style="margin: 0"><main><h1>a</h1>'
        '<details><summary>a</summary><input name="a"><p style="color: #bbb">words</p></details>'
        '<div style="width: 400px">a</div></main></body></html>'
    )
    found = barriers(page)
    page.close()
    assert [fault.split(" ")[0] for fault in found] == ["400", "color-contrast:", "label:"]


def each_page(page: Page, made: World, user: int) -> Iterator[str]:
    """Open every page there is, with ids filled in; addresses that lead to one page are one."""
    seen = set()
    for path in (made.address(route, made.own, user=user) for route in made.routes("GET")):
        got = page.request.get(path)
        if got.url in seen:
            continue
        seen.add(got.url)
        if "content-disposition" not in got.headers:
            page.goto(path)
        elif "html" in got.headers["content-type"]:
            page.set_content(got.text())  # a file that is a page
        else:
            continue
        yield path


def gone_from_the_web(pages: ReviewSite, folder: Path) -> None:
    """A document that was fetched and that its publisher no longer has, for the page of sources."""
    page = folder / "side.html"
    page.write_text(f"<html><title>{LONG}</title><body><h1>Basseng</h1><p>{LONG}</p></body></html>")
    where = "https://example.no/side"
    pages.site.catalogue.file(page, origin="url", location=where)
    with pages.site.store.write() as db:
        db.conn.execute(
            "INSERT INTO fetches (source, url, checked_at, outcome) VALUES (?, ?, ?, 'vanished')",
            [where, where, "2026-03-03T12:00:00+00:00"],
        )


def resized(page: Page, view: View) -> None:
    page.set_viewport_size({"width": view.width, "height": view.height})


def _asked(who: Visitor, question: str) -> None:
    who.goto("/ask")
    who.page.locator("#question").fill(question)
    who.page.locator("main form button").click()


def _not_a_visit(who: Visitor) -> None:
    who.goto("/visits/new")
    who.page.locator("#on_date").fill("2025-03-03")
    who.page.locator("#people").fill("3")
    who.page.locator("#municipalities").fill("Bø\nIngensteds")
    who.page.locator("main form button").first.click()
    expect(who.page.locator("main .error").first).to_be_visible()


def _not_a_form(who: Visitor) -> None:
    who.goto(f"/annual/{YEAR}/{OWN}")
    who.page.locator("button[value=submit]").click()
    expect(who.page.locator(".problem")).to_be_visible()


def _not_an_answer(who: Visitor) -> None:
    who.goto("/inquiry/5")
    who.page.locator("#answer-form button").first.click()
    expect(who.page.locator("main .error").first).to_be_visible()


def _report_open(who: Visitor) -> None:
    who.goto(f"/report?from=2014&to={YEAR}")
    for summary in who.page.locator("summary").all():
        summary.click()


def _refused(who: Visitor, path: str) -> None:
    answer = who.page.goto(path)
    assert answer is not None and answer.status == 422


def _nothing_found(who: Visitor) -> None:
    who.goto("/queue?text=xyzzyx&municipality=Ingensteds")


STATES: dict[str, Callable[[Visitor], None]] = {
    "asked, answered": lambda who: _asked(who, "Hvem kan henvise til frisklivssentralen?"),
    "asked, a table": lambda who: _asked(who, "Hvor mange frisklivssentraler fantes i 2019?"),
    "asked, not covered": lambda who: _asked(who, "Hvilken film vant Oscar for beste musikk?"),
    "a visit that cannot be kept": _not_a_visit,
    "an annual form that lacks much": _not_a_form,
    "an answer without words": _not_an_answer,
    "a queue that is empty": _nothing_found,
    "a report with its tables open": _report_open,
    "a number explained": lambda who: who.goto(f"/report/number?address=visits/{YEAR}/persons"),
    "a published number explained": lambda who: who.goto(
        "/report/number?address=visits_total/2014-2022/persons"
    ),
    "a report that there is not": lambda who: _refused(who, "/report?from=2024&to=2014"),
    "an idea bank without a match": lambda who: who.goto("/ideer?text=xyzzyx&page=2"),
}
"""Pages as they are when something was sent or is missing."""


# The week of a centre

WATCHES = "Kan vi låne ut pulsklokker til deltakerne?"
LENDING = (
    "Ja. Vi låner ut pulsklokker i tolv uker mot en enkel låneavtale, og deltakeren eier sine "
    "egne målinger."
)
PARAPHRASE = "Har dere pulsklokker som deltakerne kan låne?"
ANSWERS = {
    WATCHES: LENDING,
    "Hvem betaler leien av svømmehallen til vanngruppa?": (
        "Hos oss betaler kultur og idrett leien av svømmehallen, og vi betaler instruktøren."
    ),
    "Kan vi få en presentasjon til kommunestyret?": (
        "Ja, vi har en på tolv bilder som dere kan bytte ut tallene i. Den er sendt på e-post."
    ),
}
ASIDE = ("Takk for sist, det var en fin samling!", "Test", "God sommer til alle på sentralen!")
WRONG_ROWS = {
    # line of the file: (column, what stands there, words of the reason)
    12: ("Kommune", "Stavangerr", "Stavanger"),
    40: ("Dato", "31.2.2026", ""),
    77: ("Spørsmål", "", ""),
    130: ("Kanal", "Brevdue", "Telefon"),
    199: ("Dato", "i fjor", ""),
}


def test_the_week_of_a_centre(
    browser: Browser, pages: ReviewSite, address: str, tmp_path: Path
) -> None:
    """One long journey, without JavaScript: each part works on what the one before left."""
    numbers = seed_queue(pages)
    with visitor(browser, pages, address) as who:
        clear_the_queue(who, pages, numbers)
        approve_one(who, pages)
        register_a_visit_by_keyboard(who, pages)
        import_two_hundred(who, pages, tmp_path)
        fill_half_and_come_back(who, pages)


def clear_the_queue(who: Visitor, pages: ReviewSite, numbers: list[int]) -> None:
    page = who.page
    who.goto("/queue")
    expect(page.locator("caption")).to_contain_text("30 treff")
    photographed(page, "queue")
    for number, asked in zip(numbers, ASKED, strict=True):
        if asked.question in ASIDE:
            page.get_by_label(f"Velg henvendelse {number}", exact=True).check()
    page.get_by_label("Ny status").select_option(label="Ikke en henvendelse")
    who.press("Endre valgte")
    who.told("3 henvendelser er endret")
    expect(page.locator("caption")).to_contain_text("27 treff")

    page.locator("th.first a").first.click()
    answered, pressed = set(), 0
    while page.get_by_role("heading", name=re.compile(r"^Henvendelse nr\.")).count():
        pressed += 1
        assert pressed <= len(ASKED), "the queue does not end"
        question = page.locator(".lead").inner_text()
        if question == "Hvor lenge varer en frisklivsresept?":
            photographed(page, "inquiry", down=150)
        if question in ANSWERS:
            page.get_by_label("Skriv et svar").fill(ANSWERS[question])
            who.press("Lagre svaret og gå til neste")
            answered.add(question)
            who.told("er lagret")
        elif question.startswith("Hva koster det"):
            page.locator("form[action*='/correct'] select[name=status]").select_option("resolved")
            page.get_by_label("Kommune", exact=True).fill("Suldal")
            page.get_by_label("Notat", exact=True).fill("Ringte tilbake, sendte budsjettet vårt.")
            who.press("Lagre og gå til neste")
            who.told("er lagret")
        else:
            who.press("Løst, gå til neste")
            who.told("løst")
    assert answered == ANSWERS.keys() and pressed == len(ASKED) - len(ASIDE)
    who.goto("/queue")
    expect(page.locator("main")).to_contain_text("Ingen henvendelser venter.")
    here = pages.site
    statuses = [row.status for number in numbers if (row := here.inquiries.get(number))]
    assert {status: statuses.count(status) for status in set(statuses)} == {
        "answered": 3,
        "resolved": 24,
        "not_an_inquiry": 3,
    }


def approve_one(who: Visitor, pages: ReviewSite) -> None:
    page, here = who.page, pages.site
    assert not cited(pages)
    who.goto("/queue?status=answered")
    page.get_by_role("link", name=WATCHES).click()
    page.get_by_text("Godkjenn svaret for gjenbruk").click()
    assert page.get_by_label("Svaret", exact=True).input_value() == LENDING
    who.press("Godkjenn")
    who.told("Svaret er godkjent")
    here.building.wait(BUILD_S)
    assert cited(pages) == [LENDING]
    who.goto("/ask")
    page.get_by_label("Spørsmålet", exact=True).fill(PARAPHRASE)
    who.press("Spør")
    first = page.locator("article.card").first
    expect(first.locator("blockquote")).to_contain_text("deltakeren eier sine")
    expect(first).to_contain_text("Tidligere henvendelse, besvart av Stavanger, ")
    expect(first).to_contain_text("kvalitetssikret")


def cited(pages: ReviewSite) -> list[str]:
    """What the bot says to the question in other words, of approved answers."""
    answerer = pages.site.answerer
    reply = answerer.reply(answerer.unrecorded(Question(PARAPHRASE)))
    return [quote.text.strip() for quote in reply.quotes if quote.approved]


def register_a_visit_by_keyboard(who: Visitor, pages: ReviewSite) -> None:
    """From the front page on, with Tab, Enter, Space and what is typed."""
    page = who.page
    who.goto("/visits")
    to(page, "a.button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/visits/new")
    to(page, "#on_date")
    page.keyboard.type("03032026")  # the same in each order of day and month
    assert page.locator("#on_date").input_value() == "2026-03-03"
    to(page, "#people")
    page.keyboard.type("12")
    to(page, "#theme")
    page.keyboard.type("Oppstart og frisklivsresept")
    to(page, "#municipalities")
    page.keyboard.type("Stavanger, Sandnes, Klepp")
    to(page, "input[name=actor][value=frisklivssentral]")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("9")
    to(page, "main form button")
    page.keyboard.press("Enter")
    who.told("Besøket er lagret.")
    [visit] = pages.site.visits.list(centre=CENTRE)
    assert (visit.on_date, visit.people) == (date(2026, 3, 3), 12)
    assert len(visit.municipalities) == 3 and visit.actors == {"frisklivssentral": 9}


def to(page: Page, selector: str, most: int = 80) -> None:
    """Press Tab until the focus is there, and can be seen."""
    for _ in range(most):
        if page.locator(f"{selector}:focus").count():
            assert page.locator(f"{selector}:focus-visible").count()
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {selector} by Tab")


def import_two_hundred(who: Visitor, pages: ReviewSite, folder: Path) -> None:
    page, here = who.page, pages.site
    before = here.inquiries.count()
    wrong, mended = folder / "telefonlogg.csv", folder / "telefonlogg-rettet.csv"
    wrong.write_bytes(phone_log(WRONG_ROWS))
    mended.write_bytes(phone_log({}))

    look_over(who, wrong)
    expect(page.locator("main")).to_contain_text("Rader som kan tas inn: 195. Feil: 5.")
    refused = page.get_by_role("table", name="Rader som ikke kan tas inn").locator("tbody tr")
    rows = [row.inner_text().split("\t") for row in refused.all()]
    assert [int(line) for line, *_ in rows] == list(WRONG_ROWS)
    for line, column, value, allowed in rows:
        expected, given, reason = WRONG_ROWS[int(line)]
        assert (
            (column, value) == (expected, given or "–") and reason in allowed and len(allowed) > 9
        )
    expect(page.get_by_role("button", name=re.compile("^Ta inn"))).to_have_count(0)
    assert here.inquiries.count() == before

    who.press("Forkast og velg en ny fil")
    look_over(who, mended)
    who.press("Ta inn 200 rader")
    who.told("Tatt inn: 200 nye. Uendret fra før: 0.")
    assert here.inquiries.count() == before + 200
    look_over(who, mended)
    who.press("Ta inn 200 rader")
    who.told("Tatt inn: 0 nye. Uendret fra før: 200.")
    assert here.inquiries.count() == before + 200


def look_over(who: Visitor, file: Path) -> None:
    who.goto("/import")
    who.page.get_by_label("Hva filen inneholder").select_option("inquiries")
    who.page.get_by_label("Fil", exact=True).set_input_files(file)
    who.press("Se hva det blir")


def phone_log(wrong: dict[int, tuple[str, str, str]]) -> bytes:
    """Two hundred telephone calls as a centre notes them, with some cells replaced by line."""
    headers = ["Dato", "Spørsmål", "Kanal", "Kommune", "Utviklingssentral", "Status"]
    places = ["Stavanger", "Sandnes", "Klepp", "Time", "Hå", "Gjesdal"]
    target = io.StringIO(newline="")
    table = csv.writer(target, delimiter=";")
    table.writerow(headers)
    for line in range(2, 202):
        cells = [
            f"{line % 28 + 1}.{line % 9 + 1}.2026",
            f"{ASKED[line % 26].question} (samtale {line})",
            "Telefon",
            places[line % len(places)],
            "Stavanger",
            "Løst",
        ]
        if line in wrong:
            column, value, _ = wrong[line]
            cells[headers.index(column)] = value
        table.writerow(cells)
    return target.getvalue().encode("utf-8-sig")


def fill_half_and_come_back(who: Visitor, pages: ReviewSite) -> None:
    page = who.page
    form = f"/annual/2026/{CENTRE}"
    who.goto(form)
    # Fetched from the register: the twelve who came.
    assert page.locator("#field_visitors").input_value() == "12"
    asked = page.locator(".asked").all()
    half = asked[: len(asked) // 2]
    for at, group in enumerate(half):
        if (text := group.locator("textarea")).count():
            text.fill(f"Vi skriver litt her, nr. {at}.\nOg en linje til: æøå.")
        elif (yes := group.locator("input[value=yes]")).count():
            yes.check()
        elif (box := group.locator("input[type=checkbox]")).count():
            box.first.check()  # the last is «none of these»
        elif at % 2:
            group.locator("input:not([type=hidden])").fill(str(at + 40))
    filled = held(page)
    who.press("Lagre utkast")
    who.told("Utkastet er lagret")
    who.press("Logg ut")
    expect(page.get_by_role("heading", level=1)).to_have_text("Logg inn")
    sign_in(page, pages, who.user)
    page.get_by_role("link", name="Årsskjema", exact=True).click()
    page.get_by_label("År", exact=True).select_option("2026")
    who.press("Vis")
    expect(page.locator("tr", has_text="Stavanger")).to_contain_text("Utkast")
    page.get_by_role("link", name="Stavanger", exact=True).click()
    assert held(page) == filled
    assert sum(any(each) for each in filled) >= len(half)


HELD = """all => all.map(each => [
    ...each.querySelectorAll("input:not([type=hidden]), textarea")
].map(
    field => ["radio", "checkbox"].includes(field.type) ? field.checked : field.value))"""


def held(page: Page) -> list[list[str | bool]]:
    """What the annual form holds, by question."""
    found: list[list[str | bool]] = page.locator(".asked").evaluate_all(HELD)
    return found


# Two at once


def test_two_reviewers_edit_one_inquiry(browser: Browser, pages: ReviewSite, address: str) -> None:
    number = seed_queue(pages)[-1]
    here = pages.site
    with (
        visitor(browser, pages, address) as ingrid,
        visitor(browser, pages, address, name="Ola Dahl", centre=None) as ola,
    ):
        for who in (ingrid, ola):
            who.goto(f"/inquiry/{number}")
        note = "Notat", "Kommune"
        ingrid.page.get_by_label(note[0], exact=True).fill("Ringte, ingen svarte.")
        ingrid.page.locator("form[action*='/correct'] select[name=actor]").select_option("nav")
        ingrid.press("Lagre")
        ingrid.told("er lagret")

        ola.page.get_by_label(note[0], exact=True).fill("Svarte på Facebook.")
        ola.page.get_by_label(note[1], exact=True).fill("Sandnes")
        ola.press("Lagre")
        expect(ola.page.locator(".problem")).to_contain_text("En annen har endret")
        beside = ola.page.locator("#note-error")
        expect(beside).to_contain_text("Ingrid Berg")
        expect(beside).to_contain_text("Ringte, ingen svarte.")
        assert ola.page.get_by_label(note[0], exact=True).input_value() == "Svarte på Facebook."
        assert ola.page.get_by_label(note[1], exact=True).input_value() == "Sandnes"
        chosen = ola.page.locator("form[action*='/correct'] select[name=actor]")
        assert chosen.input_value() == "nav"
        row = here.inquiries.get(number)
        assert row is not None and row.note == "Ringte, ingen svarte."

        ola.press("Lagre")
        ola.told("er lagret")
        row = here.inquiries.get(number)
        assert row is not None
        assert (row.note, row.municipality, row.actor) == ("Svarte på Facebook.", "1108", "nav")
        history = ola.page.locator("main table").last
        for words in ("Ingrid Berg", "Ola Dahl", "Ringte, ingen svarte.", "Svarte på Facebook."):
            expect(history).to_contain_text(words)


def photographed(page: Page, name: str, down: int = 0) -> None:
    """Take the picture for docs/, where FRISKSVAR_SCREENSHOTS names a folder.

    Args:
        down: how far to scroll first, in pixels.
    """
    folder = os.environ.get("FRISKSVAR_SCREENSHOTS")
    if folder:
        page.reload()  # without what was told about the change before
        page.mouse.move(*WHEEL_AT)
        page.mouse.wheel(0, down)
        page.wait_for_timeout(WHEEL_MS)
        page.screenshot(path=Path(folder) / f"review-{name}.png")
