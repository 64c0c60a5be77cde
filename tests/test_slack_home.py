"""App Home for who asks, who works at a centre and who administers; settings; the figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_desk import QUOTE, Office, office
from slack_server import User, View, check_blocks, check_view
from tests_support import Home

from bot.answering.answer import Answerer
from bot.answering.edition import edition_label
from bot.answering.question import Question
from bot.slack import ids
from bot.slack.blocks.fields import serving_centres
from bot.slack.blocks.help import my_inquiries
from bot.slack.blocks.home import MOST_MINE, HomePage, home_view
from bot.slack.blocks.home_admin import NEW, AdminPart, Health
from bot.slack.blocks.home_pieces import day, month
from bot.slack.blocks.home_staff import MOST_WAITING, StaffPart, Waiting
from bot.slack.blocks.settings import centre_channel_modal, centre_welcome, channel_modal
from bot.slack.blocks.source import edition_of
from bot.slack.channels import EVERYWHERE, ChannelSettings, Mode
from bot.slack.listeners import channel_settings, home, staff, who
from bot.slack.manifest import manifest
from bot.slack.posts import Place
from bot.slack.staff import clear_staff
from indexer.index import Index
from knowledge.messages import LANGUAGES, Language, Message
from knowledge.register import (
    FeedbackBook,
    Handovers,
    Inquiries,
    Inquiry,
    NewInquiry,
    Person,
    Status,
)
from knowledge.register.month import MonthFigures, QueueCounts, month_figures, queue_counts
from knowledge.store import Store

MOMENT = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
MONTH = datetime(2026, 3, 1, tzinfo=UTC)
HEALTH = Health("20260303-abc", 83, None, 0, None, 1200, 4_567_890)
NOTHING_ASKED = MonthFigures(0, 0, 0, 0, 0, 0)
CENTRES = serving_centres()


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Home(tmp_path_factory.mktemp("home"))
    with office(made, [home, channel_settings, staff, who]) as running:
        yield running
    made.store.close()


@pytest.fixture(autouse=True)
def no_centre_is_left(here: Office) -> Iterator[None]:
    yield
    for centre in CENTRES:
        here.desk.channels.set_centre(centre.id, None)
        clear_staff(here.desk, centre.id)


@pytest.fixture
def kari(here: Office) -> User:
    user = here.slack.user("kari")
    here.slack.invite(here.asking, user)
    here.slack.invite(here.inside, user)
    return user


def page(here: Office, user: User, words: str) -> View:
    """The page of a person once it shows something."""

    def shows() -> View | None:
        view = here.slack.home(user)
        return view if view and words in here.slack.shown(view) else None

    view = here.slack.wait_for(shows)
    assert view is not None
    return view


def visit(here: Office, user: User, words: str = "Slik spør du") -> str:
    here.slack.open_home(user)
    return here.slack.shown(page(here, user, words))


# What is shown, as such


def inquiry(number: int, question: str, status: Status = "new") -> Inquiry:
    return Inquiry(
        id=number,
        came_from=f"t:{number}",
        received_at=MOMENT,
        channel="slack",
        question=question,
        status=status,
    )


@pytest.mark.parametrize(
    ("language", "told"),
    [("nb", "3. mars 2026"), ("nn", "3. mars 2026"), ("en", "3 March 2026")],
)
def test_a_day_is_written_as_people_write_it(language: Language, told: str) -> None:
    assert day(MOMENT, language) == told
    assert month(MOMENT, language) in told


def test_a_day_is_that_of_norway() -> None:
    assert day(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "nb") == "1. januar 2027"


texts = st.text(max_size=400) | st.sampled_from(
    ["<!channel> <@U1> *_~`", "\u202e" * 50, "👩‍👩‍👧" * 99]
)
statuses: st.SearchStrategy[Status] = st.sampled_from(get_args(Status))
channels = st.dictionaries(
    st.sampled_from([EVERYWHERE, *(f"C{n:09}" for n in range(60))]),
    st.builds(
        ChannelSettings,
        st.sampled_from(["off", "mention", "every"]),
        st.sampled_from([None, "5530", "9999"]),
        st.sampled_from([None, *LANGUAGES]),
    ),
    max_size=40,
)
counts = st.integers(0, 10**9)


@st.composite
def pages(draw: st.DrawFn) -> HomePage:
    asked = [inquiry(n, draw(texts), draw(statuses)) for n in range(1, draw(st.integers(1, 8)))]
    waiting = [
        Waiting(n, "Senja", draw(texts), MOMENT, draw(st.booleans()))
        for n in range(draw(st.integers(0, 14)))
    ]
    queue = StaffPart(
        draw(st.sampled_from([None, "Senja"])),
        QueueCounts(*(draw(counts) for _ in range(4))),
        waiting,
        MonthFigures(*(draw(counts) for _ in range(6))),
        MONTH,
        draw(st.sampled_from([None, ("senja", "Senja")])),
    )
    trouble = Message("no_index", {"folder": draw(texts)})
    places = {centre.id: draw(st.sampled_from([None, Place("T1", "C1")])) for centre in CENTRES}
    health = replace(
        HEALTH,
        trouble=draw(st.sampled_from([None, trouble])),
        unposted=draw(counts),
        database_bytes=draw(st.none() | counts),
    )
    people = {centre.id: draw(st.integers(0, 99)) for centre in CENTRES if draw(st.booleans())}
    person = Person("u1", municipality=draw(st.sampled_from([None, "5530", "9999"])))
    return HomePage(
        person,
        asked,
        {1: "C1"},
        draw(st.sampled_from([None, queue])),
        draw(st.sampled_from([None, AdminPart(draw(channels), places, health, people)])),
    )


@given(pages(), st.sampled_from(LANGUAGES))
def test_every_page_is_what_slack_takes_and_nothing_in_it_is_live(
    shown: HomePage, language: Language
) -> None:
    view = home_view(shown, language)
    assert check_view(view) == []
    for block in view["blocks"]:
        text = block.get("text") or {}
        if text.get("type") == "mrkdwn":
            assert "<!" not in text["text"] and "<@" not in text["text"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_settings_are_what_slack_takes(language: Language) -> None:
    for settings in (ChannelSettings(), ChannelSettings("every", "5530", "nn")):
        for channel in (None, EVERYWHERE, "C1"):
            view = channel_modal(channel, settings, language)
            assert check_view(view) == [] and "…" not in view["title"]["text"]
    for centre, channel in ((None, None), ("senja", "C1"), ("gone", None)):
        view = centre_channel_modal(centre, channel, language)
        assert check_view(view) == [] and "…" not in view["title"]["text"]
    for known in CENTRES:
        assert check_blocks(centre_welcome(known, language).blocks, "message") == []


def test_a_page_names_no_more_than_it_should() -> None:
    waiting = [Waiting(n, "Senja", "Hva?", MOMENT, False) for n in range(MOST_WAITING + 3)]
    queue = StaffPart("Senja", QueueCounts(0, 0, 13, 0), waiting, NOTHING_ASKED, MONTH)
    many = [inquiry(n, f"Spørsmål {n}?") for n in range(1, MOST_MINE + 2)]
    view = home_view(HomePage(Person("u1"), many, staff=queue), "nb")
    assert "… og 3 til." in str(view) and "Skriv /frisksvar mine for å se flere" in str(view)
    assert "Spørsmål 1?" in str(view) and f"Spørsmål {MOST_MINE + 1}?" not in str(view)


# Who asks


def test_who_asks_sees_who_they_are_what_they_asked_and_how_to_ask(
    here: Office, kari: User
) -> None:
    here.desk.people.change(here.who(kari), municipality="5530", actor="leder")
    asked = here.ask(kari, question="Hvem kan <!channel> henvise?")
    here.desk.threads.add(asked.id, Place(here.team, here.asking.id, "1.0"), "1.0")
    shown = visit(here, kari)
    assert "Kommune: Senja, Troms" in shown and "Rolle: Ledere i kommunen" in shown
    assert f"Nr. {asked.id}" in shown and "besvart" in shown
    assert "Hvem kan <!channel> henvise?" in shown
    assert "/frisksvar" in shown and "Ingen pasientopplysninger" in shown
    assert here.asking.id in str(here.slack.home(kari).blocks)  # type: ignore[union-attr]
    for title in ("Køen", "Kanaler", "Tilstand"):
        assert title not in shown


def test_the_page_is_in_the_language_of_the_person(here: Office, kari: User) -> None:
    here.desk.people.change(here.who(kari), language="en")
    assert "What not to write" in visit(here, kari, "How to ask")


def test_somebody_elses_inquiries_are_not_shown(here: Office, kari: User) -> None:
    here.ask(here.ola, question="Noe Ola lurte på")
    assert "Noe Ola" not in visit(here, kari)


def test_an_inquiry_that_was_asked_in_private_names_no_channel(here: Office, kari: User) -> None:
    asked = here.ask(kari)
    direct = here.slack.dm(kari)
    here.desk.threads.add(asked.id, Place(here.team, direct.id, None), None)
    visit(here, kari, f"Nr. {asked.id}")
    assert direct.id not in str(here.slack.home(kari).blocks)  # type: ignore[union-attr]


def test_a_page_that_cannot_be_published_harms_nothing(here: Office, kari: User) -> None:
    here.slack.faults.error("views.publish", "not_enabled")
    here.slack.open_home(kari)
    here.wait(lambda: here.slack.calls_of("views.publish")[-1:])
    assert "Slik spør du" in visit(here, kari)


def test_who_cannot_be_looked_up_is_no_administrator(here: Office) -> None:
    boss = here.slack.user("sjef", admin=True)
    here.slack.faults.error("users.info", "missing_scope")
    assert "Kanaler" not in visit(here, boss)
    assert "Kanaler" in visit(here, boss, "Tilstand")


@pytest.mark.parametrize("language", LANGUAGES)
def test_my_inquiries_are_dated_by_the_clock_in_norway(language: Language) -> None:
    late = inquiry(1, "Hva?").model_copy(
        update={"received_at": datetime(2026, 12, 31, 23, 30, tzinfo=UTC)}
    )
    assert "01.01.2027" in str(my_inquiries([late], language).blocks)


@pytest.mark.parametrize(
    ("edition", "language", "told"),
    [
        ("udatert nettside", "en", "undated web page"),
        ("udatert", "en", "undated"),
        ("udatert (høring i 2024)", "nn", "udatert (høyring i 2024)"),
        ("2016, faglig oppdatert 2022", "en", "edition 2016, professionally updated 2022"),
        ("gjeldende", "en", "current"),
        ("2016", "en", "edition 2016"),
        ("3. utgave", "en", "3. utgave"),
        ("Utkast til høring", "en", "Utkast til høring"),
    ],
)
def test_an_edition_is_told_in_the_language_of_the_answer(
    edition: str, language: Language, told: str
) -> None:
    assert edition_label(edition, language) == told
    assert edition_of(edition, language) == told


def test_every_worded_edition_of_the_digests_is_told_in_english() -> None:
    worded = {
        edition
        for digest in files("knowledge").joinpath("bundled").iterdir()
        if digest.name.endswith(".md")
        for edition in re.findall(r'^edition: "(.*)"$', digest.read_text("utf-8"), re.MULTILINE)
    }
    assert len(worded) > 10
    for edition in worded:
        told = edition_label(edition, "en") or ""
        assert not re.search(r"udatert|faglig|høring|gjeldende|nettside", told), edition


# The agent pane


def test_the_agent_pane_is_given_questions_without_a_thread(here: Office, kari: User) -> None:
    here.slack.open_home(kari, tab="messages")
    prompts = here.slack.wait_for(lambda: here.slack.prompts(here.slack.dm(kari)))
    assert prompts is not None
    call = here.slack.calls_of("assistant.threads.setSuggestedPrompts")[-1]
    assert "thread_ts" not in call.args and 1 <= len(call.args["prompts"]) <= 4


CHECKLIST = "Hele sjekklisten i kortform"
REFERRAL = "Hvem som kan sende folk til frisklivssentralen"
TWELVE_WEEKS = "Hva brukeren får, og hvor lenge"
ANSWERS = {
    "Hvordan kommer vi i gang med en frisklivssentral?": (CHECKLIST, "en sjekkliste"),
    "Korleis kjem vi i gang med ein frisklivssentral?": (CHECKLIST, "en sjekkliste"),
    "How do we set up a Healthy Life Centre?": (CHECKLIST, "en sjekkliste"),
    "Trenger deltakerne henvisning?": (REFERRAL, "ikke et krav"),
    "Treng deltakarane tilvising?": (REFERRAL, "ikke et krav"),
    "Do participants need a referral?": (REFERRAL, "ikke et krav"),
    "Hvor lenge varer en frisklivsresept?": (TWELVE_WEEKS, "12 uker"),
    "Kor lenge varer ein frisklivsresept?": (TWELVE_WEEKS, "12 uker"),
    "How long does a healthy life prescription last?": (TWELVE_WEEKS, "12 uker"),
    "Kan flere kommuner samarbeide om en frisklivssentral?": (
        "Hvilke samarbeidsformer loven tillater",
        "Kommuner kan løse felles oppgaver",
    ),
    "Kan fleire kommunar samarbeide om ein frisklivssentral?": (
        "Hvilke samarbeidsformer loven tillater",
        "Kommuner kan løse felles oppgaver",
    ),
    "Can municipalities run a Healthy Life Centre together?": (
        "Hvorfor små kommuner går sammen",
        "i samarbeid med andre kommuner",
    ),
}
"""Question to begin with -> the section that its first quote is from, and words of its bold part
that answer it."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_question_to_begin_with_is_answered_by_its_first_quote(
    bundled_home: Home, here: Office, kari: User, language: Language
) -> None:
    here.desk.people.change(here.who(kari), language=language)
    here.slack.open_home(kari, tab="messages")
    prompts = here.slack.wait_for(lambda: here.slack.prompts(here.slack.dm(kari)))
    assert prompts is not None and len(prompts.prompts) == 4
    answerer = Answerer(Index(bundled_home.settings), None)
    for prompt in prompts.prompts:
        reply = answerer.answer(Question(prompt["message"]))
        assert (reply.language, reply.outcome) == (language, "answered"), prompt
        section, bold = ANSWERS[prompt["message"]]
        assert reply.quotes[0].section == section, prompt
        assert bold in reply.quotes[0].highlight, prompt


def test_the_manifest_begins_with_the_same_questions() -> None:
    suggested = manifest()["features"]["agent_view"]["suggested_prompts"]
    assert len(suggested) == 4 and {prompt["message"] for prompt in suggested} <= ANSWERS.keys()


def test_a_workspace_without_agent_features_notices_nothing(here: Office, kari: User) -> None:
    before = len(here.slack.calls_of("assistant.threads.setSuggestedPrompts"))
    here.slack.team.agent_features = False
    try:
        here.slack.open_home(kari, tab="messages")
        here.wait(
            lambda: len(here.slack.calls_of("assistant.threads.setSuggestedPrompts")) > before
        )
    finally:
        here.slack.team.agent_features = True
    assert here.slack.prompts(here.slack.dm(kari)) is None
    assert not here.slack.answers(here.slack.dm(kari))


# Who works at a centre


def works_in(here: Office, user: User, centre: str) -> None:
    """As after «Jeg jobber her» in the channel of a centre that is asked in the workspace."""
    here.desk.channels.set_centre(centre, Place(here.team, f"C0{centre.upper()}"))
    here.desk.people.change(here.who(user), centre=centre)


def test_who_works_at_a_centre_sees_its_queue_oldest_first(here: Office, kari: User) -> None:
    first = here.ask(here.ola, question="Den første", outcome="not_covered")
    second = here.ask(here.ola, question="Den andre", outcome="not_covered")
    other = here.ask(here.ola, question="Til en annen", outcome="not_covered")
    for asked, centre in ((first, "modum"), (second, "modum"), (other, "verdal")):
        here.desk.handovers.open(asked.id, centre=centre, reason="chosen")
    here.desk.handovers.answer(second.id, "Slik.", came_from=f"t:{second.id}", centre="modum")
    works_in(here, kari, "modum")
    shown = visit(here, kari, "Køen til utviklingssentralen Modum")
    assert shown.index("Den første") < shown.index("Den andre")
    assert f"Nr. {second.id}, fra" in shown and "Til en annen" not in shown
    assert "Venter på sentralen: 1" in shown and "Besvart av oss denne måneden: 1" in shown
    here.desk.handovers.close(first.id)
    view = page(here, kari, "Den første")
    here.slack.press(kari, view, ids.HOME_QUEUE)
    here.wait(lambda: "Den første" not in here.slack.shown(page(here, kari, "Køen")))


def test_a_withdrawn_inquiry_is_not_in_the_queue(here: Office, kari: User) -> None:
    asked = here.ask(here.ola, question="Glem dette", outcome="not_covered")
    here.desk.handovers.open(asked.id, centre="drammen", reason="chosen")
    here.desk.inquiries.withdraw(asked.id)
    works_in(here, kari, "drammen")
    assert "Ingen henvendelser venter" in visit(here, kari, "Drammen")


def test_an_administrator_reads_questions_only_of_centres_asked_there(here: Office) -> None:
    boss = here.slack.user("sjef", admin=True)
    for centre, team in (("bergen", here.team), ("kristiansund", "T0OTHER")):
        asked = here.ask(here.ola, question=f"Spurt i {centre}", outcome="not_covered")
        here.desk.handovers.open(asked.id, centre=centre, reason="chosen")
        here.desk.channels.set_centre(centre, Place(team, "C0SOMEWHERE"))
    shown = visit(here, boss, "Køen til utviklingssentralene")
    assert "Spurt i bergen" in shown and "Spurt i kristiansund" not in shown
    assert "Er satt opp i et annet arbeidsområde" in shown


def test_who_works_there_no_longer_loses_the_queue(here: Office, kari: User) -> None:
    asked = here.ask(here.ola, question="Bare for oss", outcome="not_covered")
    here.desk.handovers.open(asked.id, centre="sor-varanger", reason="chosen")
    works_in(here, kari, "sor-varanger")
    view = page_after_visit(here, kari, "Bare for oss")
    here.slack.press(kari, view, ids.NOT_HERE)
    here.wait(lambda: "Bare for oss" not in here.slack.shown(page(here, kari, "Slik spør du")))
    assert here.person(kari).centre is None


def test_the_queue_is_not_shown_where_the_centre_is_not_asked(here: Office, kari: User) -> None:
    asked = here.ask(here.ola, question="Spurt et annet sted", outcome="not_covered")
    here.desk.handovers.open(asked.id, centre="kristiansand", reason="chosen")
    works_in(here, kari, "kristiansand")
    assert "Spurt et annet sted" in visit(here, kari, "Køen")
    for place in (Place("T0OTHER", "C0OTHER"), None):
        here.desk.channels.set_centre("kristiansand", place)
        here.slack.open_home(kari)
        here.wait(lambda: "Køen" not in here.slack.shown(page(here, kari, "Slik spør du")))
        works_in(here, kari, "kristiansand")
        visit(here, kari, "Køen")


def test_an_administrator_takes_the_queue_from_all_the_staff_of_a_centre(
    here: Office, kari: User, boss: User
) -> None:
    works_in(here, kari, "stavanger")
    works_in(here, here.ola, "alstahaug")
    view = page_after_visit(here, boss, "Medarbeidere som ser køen: 1")
    button = next(
        element
        for block in view.blocks
        for element in block.get("elements", [])
        if (element.get("action_id"), element.get("value")) == (ids.CLEAR_STAFF, "stavanger")
    )
    assert "Stavanger" in button["confirm"]["text"]["text"]
    here.slack.press(boss, view, ids.CLEAR_STAFF, "stavanger")
    here.wait(lambda: here.person(kari).centre is None)
    assert here.person(here.ola).centre == "alstahaug"


def test_who_is_no_administrator_any_more_removes_no_staff(
    here: Office, kari: User, boss: User
) -> None:
    works_in(here, kari, "stavanger")
    view = page_after_visit(here, boss, "Medarbeidere som ser køen: 1")
    here.slack.faults.error("users.info", "user_not_found", times=2)
    here.slack.press(boss, view, ids.CLEAR_STAFF, "stavanger")
    here.wait(lambda: "Tilstand" not in here.slack.shown(page(here, boss, "Slik")))
    assert here.person(kari).centre == "stavanger"
    here.slack.faults.clear()


def test_an_administrator_who_works_at_a_centre_sees_all_the_centres(
    here: Office, boss: User
) -> None:
    works_in(here, boss, "modum")
    shown = visit(here, boss, "Jeg jobber ikke her lenger")
    assert "Køen til utviklingssentralene" in shown


def test_only_the_home_team_sees_figures_of_the_whole_register(here: Office) -> None:
    here.ask(here.ola)
    here.ask(here.ola, came_from=f"slack:{here.team}:C1:{datetime.now(UTC).timestamp()}")
    waits = Place("T0OTHER", "C0OTHER")
    here.desk.posts.put("waits", waits, None)
    here.desk.posts.later("waits", "account_inactive", timedelta(days=1))
    try:
        at_home = home.home_page(
            replace(here.desk, home_team=here.team), here.team, "U1", admin=True
        )
        abroad = home.home_page(replace(here.desk, home_team="T0HOME"), here.team, "U1", admin=True)
    finally:
        here.desk.posts.failed("waits", "account_inactive")
    assert at_home.admin is not None and abroad.admin is not None
    every, own = at_home.admin.health, abroad.admin.health
    assert (every.unposted, every.error) == (1, "account_inactive")
    assert every.inquiries == here.desk.inquiries.count() and every.database_bytes
    assert (own.unposted, own.error, own.inquiries) == (0, None, 1)
    assert own.database_bytes is None
    assert at_home.staff is not None and abroad.staff is None
    told = str(home_view(abroad, "nb"))
    assert "Nyere henvendelser fra dette arbeidsområdet: 1." in told and "MB" not in told
    assert ids.HOME_CENTRES not in told and ids.CLEAR_STAFF not in told


# Settings


def page_after_visit(here: Office, user: User, words: str) -> View:
    here.slack.open_home(user)
    return page(here, user, words)


@pytest.fixture
def boss(here: Office) -> User:
    user = here.slack.user("sjef", admin=True)
    here.slack.invite(here.asking, user)
    here.slack.invite(here.inside, user)
    visit(here, user, "Tilstand")
    return user


def open_settings(here: Office, boss: User, action: str, value: str) -> View:
    here.slack.press(boss, page(here, boss, "Tilstand"), action, value)
    return here.slack.wait_for(lambda: here.slack.views(boss))[-1]


def test_a_channel_is_set_and_changed(here: Office, boss: User) -> None:
    view = open_settings(here, boss, ids.HOME_CHANNELS, NEW)
    filled = {
        ids.CHANNEL: here.asking.id,
        ids.MODE: "every",
        ids.MUNICIPALITY: "5530",
        ids.LANGUAGE: "nn",
    }
    assert here.slack.submit(boss, view, filled).ok
    settings = here.desk.channels.settings(here.team, here.asking.id)
    assert settings == ChannelSettings("every", "5530", "nn")
    page(here, boss, "På alle spørsmål i kanalen · Senja, Troms · Språk: nynorsk")
    view = open_settings(here, boss, ids.HOME_CHANNELS, here.asking.id)
    assert here.slack.submit(boss, view, {ids.MODE: "off"}).ok
    settings = here.desk.channels.settings(here.team, here.asking.id)
    assert settings == ChannelSettings("off", "5530", "nn")


@pytest.mark.parametrize("mode", ["every", "mention"])
def test_what_holds_for_every_other_channel(here: Office, boss: User, mode: Mode) -> None:
    view = open_settings(here, boss, ids.HOME_CHANNELS, EVERYWHERE)
    assert here.slack.submit(boss, view, {ids.MODE: mode}).ok
    assert here.desk.channels.settings(here.team, "C0UNKNOWN") == ChannelSettings(mode)


def test_who_is_no_administrator_any_more_sets_nothing(here: Office, boss: User) -> None:
    view = page(here, boss, "Tilstand")
    here.slack.faults.error("users.info", "user_not_found", times=2)
    here.slack.press(boss, view, ids.HOME_CHANNELS, NEW)
    here.wait(lambda: "Tilstand" not in here.slack.shown(page(here, boss, "Slik")))
    assert not here.slack.views(boss)


def test_a_form_that_was_open_when_somebody_stopped_administering_sets_nothing(
    here: Office, boss: User
) -> None:
    settings = here.desk.channels.settings(here.team, here.inside.id)
    for action, value, filled in (
        (ids.HOME_CHANNELS, NEW, {ids.CHANNEL: here.inside.id, ids.MODE: "off"}),
        (ids.HOME_CENTRES, "bergen", {ids.CHANNEL: here.inside.id}),
    ):
        visit(here, boss, "Tilstand")
        view = open_settings(here, boss, action, value)
        here.slack.faults.error("users.info", "user_not_found", times=2)
        refused = here.slack.submit(boss, view, filled)
        assert refused.action == "update"
        (told,) = here.slack.views(boss)
        assert "Ingenting er lagret" in here.slack.shown(told)
        here.wait(lambda: "Tilstand" not in here.slack.shown(page(here, boss, "Slik")))
        here.slack.close_view(boss)
        here.slack.faults.clear()
    assert here.desk.channels.settings(here.team, here.inside.id) == settings
    assert here.desk.channels.centre_place("bergen") is None


def test_a_centres_channel_is_welcomed_once_and_its_staff_known(
    here: Office, boss: User, kari: User
) -> None:
    view = open_settings(here, boss, ids.HOME_CENTRES, "senja")
    assert here.slack.submit(boss, view, {ids.CHANNEL: here.inside.id}).ok
    assert here.desk.channels.centre_place("senja") == Place(here.team, here.inside.id)
    welcome = here.posted(f"welcome:senja:{here.inside.id}", here.inside)
    assert "utviklingssentralen Senja" in here.slack.shown(welcome)
    page(here, boss, "Senja")
    here.slack.press(kari, welcome, ids.WORK_HERE)
    here.told(kari, "du jobber i utviklingssentralen Senja")
    assert here.person(kari).centre == "senja"
    page(here, kari, "Køen til utviklingssentralen Senja")
    # Another centre may not have the channel too.
    view = open_settings(here, boss, ids.HOME_CENTRES, "bergen")
    taken = here.slack.submit(boss, view, {ids.CHANNEL: here.inside.id})
    assert "Senja" in taken.errors[ids.CHANNEL]
    here.slack.close_view(boss)
    # The channel is taken away, and the button in it means nothing any more.
    view = open_settings(here, boss, ids.HOME_CENTRES, "senja")
    assert here.slack.submit(boss, view, {ids.CHANNEL: None}).ok
    assert here.desk.channels.centre_place("senja") is None
    here.slack.press(here.ola, welcome, ids.WORK_HERE)
    here.told(here.ola, "ingenting er endret")
    assert here.person(here.ola).centre is None


@pytest.mark.parametrize("private", [True, False])
def test_a_channel_without_the_bot_is_refused_with_what_to_do(
    here: Office, boss: User, private: bool
) -> None:
    alone = here.slack.channel(f"uten-oss-{private}", [boss], private=private, bot=False)
    view = open_settings(here, boss, ids.HOME_CENTRES, "alstahaug")
    refused = here.slack.submit(boss, view, {ids.CHANNEL: alone.id})
    assert "/invite" in refused.errors[ids.CHANNEL]
    assert here.desk.channels.centre_place("alstahaug") is None
    here.slack.invite(alone, here.slack.bot)
    assert here.slack.submit(boss, view, {ids.CHANNEL: alone.id}).ok
    assert here.desk.channels.centre_place("alstahaug") == Place(here.team, alone.id)
    here.desk.channels.set_centre("alstahaug", None)


def test_a_centre_that_is_asked_in_another_workspace_stays_there(here: Office, boss: User) -> None:
    view = open_settings(here, boss, ids.HOME_CENTRES, "verdal")
    elsewhere = Place("T0OTHER", "C0OTHER")
    here.desk.channels.set_centre("verdal", elsewhere)
    refused = here.slack.submit(boss, view, {ids.CHANNEL: here.inside.id})
    assert ids.CENTRE in refused.errors
    assert here.desk.channels.centre_place("verdal") == elsewhere
    here.desk.channels.set_centre("verdal", None)


def test_an_index_that_cannot_be_used_is_told_in_a_sentence(here: Office, boss: User) -> None:
    assert "Det er ikke bygd noen indeks" in here.slack.shown(page(here, boss, "Tilstand"))


def test_the_index_in_use_is_told(bundled_home: Home, here: Office) -> None:
    desk = replace(here.desk, index=Index(bundled_home.settings))
    health = home.home_page(desk, here.team, "U1", admin=True).admin
    assert health is not None
    assert health.health.trouble is None and health.health.documents > 50


# The figures


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "a.db") as made:
        yield made


def received(store: Store, centre: str | None, at: datetime = MOMENT, outcome: str = "") -> int:
    inquiries = Inquiries(store)
    number, _ = inquiries.receive(
        NewInquiry(
            came_from=f"t:{inquiries.count()}",
            received_at=at,
            channel="slack",
            question="Hva?",
            centre=centre,
        )
    )
    if outcome:
        inquiries.complete(
            number,
            outcome=outcome,  # type: ignore[arg-type]
            generation="g",
            quotes=[QUOTE] if outcome == "answered" else [],
            at=at,
        )
    return number


def test_an_empty_register_has_no_figures(store: Store) -> None:
    assert month_figures(store, MONTH) == NOTHING_ASKED
    assert queue_counts(store, MONTH, "senja") == QueueCounts(0, 0, 0, 0)


def test_the_figures_of_a_month(store: Store) -> None:
    votes, handovers = FeedbackBook(store), Handovers(store)
    before = received(store, "senja", MONTH - timedelta(microseconds=1), "answered")
    first = received(store, "senja", MONTH, "answered")
    lost = received(store, "senja", outcome="not_covered")
    aside = received(store, "senja", outcome="answered")
    Inquiries(store).set_aside(aside)
    withdrawn = received(store, "senja", outcome="unclear")
    Inquiries(store).withdraw(withdrawn)
    elsewhere = received(store, "bergen", outcome="answered")
    received(store, None, outcome="failed")
    for voted, voter, vote in (
        (before, "a", "up"),
        (first, "a", "up"),
        (first, "b", "up"),
        (first, "c", "down"),
        (elsewhere, "a", "down"),
        (aside, "a", "up"),
    ):
        votes.vote(voted, voter, vote)  # type: ignore[arg-type]
    handovers.open(lost, centre="senja", reason="county")
    passed, _ = handovers.open(elsewhere, centre="bergen", reason="county")
    handovers.pass_on(passed.id, "senja")
    # The inquiry that was passed on is the other centre's from then on.
    assert month_figures(store, MONTH, "senja") == MonthFigures(4, 2, 1, 2, 2, 2)
    assert month_figures(store, MONTH, "bergen") == NOTHING_ASKED
    assert month_figures(store, MONTH) == MonthFigures(5, 2, 1, 2, 2, 2)


def test_the_queue_counts_what_is_to_be_done_and_what_a_centre_did(store: Store) -> None:
    handovers = Handovers(store)
    received(store, "senja", outcome="not_covered")
    received(store, None, outcome="not_covered")
    received(store, "senja", outcome="answered")
    Inquiries(store).withdraw(received(store, "senja", outcome="unclear"))
    waiting = received(store, "senja", outcome="not_covered")
    handovers.open(waiting, centre="senja", reason="county")
    done = received(store, "senja", outcome="not_covered")
    handovers.open(done, centre="senja", reason="county")
    handovers.answer(done, "Slik.", came_from="t:a", centre="senja")
    handovers.answer(done, "Og slik.", came_from="t:b", centre="senja")
    undone = received(store, "senja", outcome="not_covered")
    mistake, _ = handovers.answer(undone, "Feil.", came_from="t:c", centre="senja")
    handovers.take_back(mistake.id)
    told = received(store, "senja")
    with store.write() as db:  # registered as answered, without the words of the answer
        db.conn.execute(
            "UPDATE inquiries SET status = 'answered', answered_by = 'senja' WHERE id = ?", [told]
        )
    assert queue_counts(store, MONTH, "senja") == QueueCounts(1, 1, 1, 2)
    assert queue_counts(store, MONTH) == QueueCounts(2, 1, 1, 2)
    assert queue_counts(store, MONTH, "bergen") == QueueCounts(0, 1, 0, 0)
    later = datetime.now(UTC) + timedelta(days=1)
    assert queue_counts(store, later, "senja").answered == 0
