"""The annual form is called to mind in each centre's channel: when, once, and never for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_desk import _desk as desk_of
from slack_server import Channel, Slack, Timing
from tests_support import Home

from bot.slack.centres.annual_reminders import remind_of_forms
from bot.slack.channels import ChannelSettings
from bot.slack.clients import Clients
from bot.slack.clock import Clock
from bot.slack.desk import Desk
from bot.slack.postman import Postman
from bot.slack.posts import Place, Posts
from bot.slack.settings import SlackSettings
from bot.slack.worker import Worker
from knowledge.calendar import OSLO, is_working_day
from knowledge.messages import Failure, Language
from knowledge.register.annual import AnnualForms
from knowledge.register.annual_deadline import days_left, due, reminder_now, reminders

REVIEW = "https://friskliv.example.no/"
REQUIRED: dict[str, Any] = {
    "inquiries": 40,
    "visitors": 12,
    "information-spread": True,
    "website": False,
}
# 2026: 1 February is a Sunday, 17 and 30 March are a Tuesday and the Monday of Easter week.
OPENS, TWO_WEEKS, LAST = date(2026, 2, 2), date(2026, 3, 17), date(2026, 3, 30)


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=OSLO)


# When


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2025, ("2026-02-02", "2026-03-17", "2026-03-30")),
        (2026, ("2027-02-01", "2027-03-17", "2027-03-30")),
        # 31 March 2024 is Easter Day: Thursday and Friday before it are holidays, and the 17th
        # of March is a Sunday.
        (2023, ("2024-02-01", "2024-03-15", "2024-03-27")),
        # 2030: 1 February is a Friday; 31 March a Sunday, and the 17th too.
        (2029, ("2030-02-01", "2030-03-15", "2030-03-29")),
    ],
)
def test_the_days_of_the_reminders(year: int, days: tuple[str, ...]) -> None:
    assert tuple(day.isoformat() for _, day in reminders(year)) == days
    assert due(year) == date(year + 1, 3, 31)


@given(st.integers(min_value=2014, max_value=2090))
def test_reminders_come_in_order_on_working_days_before_the_deadline(year: int) -> None:
    days = [day for _, day in reminders(year)]
    assert days == sorted(set(days)) and all(map(is_working_day, days))
    assert days[0].month == 2 and days[-1] < due(year)
    assert days[1] <= due(year) - timedelta(days=14)
    steps = [reminder_now(year, date(year + 1, 1, 1) + timedelta(days=n)) for n in range(120)]
    told = list(dict.fromkeys(steps))
    assert told == [None, "opens", "two-weeks", "last-day"] and steps[-1] is None
    assert days_left(year, due(year)) == 0 and days_left(year, days[-1]) > 0


# To whom


@dataclass
class Office:
    """A workspace, and a bot at work on its outbox; nobody talks to it."""

    slack: Slack
    desk: Desk
    inside: Channel
    asking: Channel

    @property
    def team(self) -> str:
        return self.slack.team.id


NUMBERS = count()


@pytest.fixture(scope="module")
def slack() -> Iterator[Slack]:
    with Slack(timing=Timing.quick()) as running:
        yield running


@pytest.fixture
def desk(slack: Slack, home: Home) -> Iterator[Office]:
    clients, posts = Clients(slack.api_url, lambda team: slack.bot_token), Posts(home.store)
    worker = Worker(posts, Postman(clients, posts, timedelta(milliseconds=20)))
    number, somebody = next(NUMBERS), [slack.user("kari")]
    opened = Office(
        slack,
        desk_of(home, posts, clients, worker),
        slack.channel(f"sentralen-{number}", somebody),
        slack.channel(f"sporsmal-{number}", somebody),
    )
    for centre in ("stavanger", "modum"):
        opened.desk.channels.set_centre(centre, Place(opened.team, opened.inside.id))
    worker.start()
    yield opened
    worker.stop()


def key(centre: str, step: str, year: int = 2025) -> str:
    return f"annual:{year}:{centre}:{step}"


def told(desk: Office, channel: Channel | None = None) -> list[str]:
    """What the bot wrote in the centre's channel, once everything is posted."""
    desk.slack.wait_for(lambda: not desk.desk.posts.unposted()[0])
    return [desk.slack.shown(each) for each in desk.slack.messages(channel or desk.inside)]


def submit(desk: Office, centre: str, year: int = 2025) -> None:
    forms = AnnualForms(desk.desk.store)
    revision = forms.save(centre, year, REQUIRED, revision=0, who="cli")
    forms.submit(centre, year, revision=revision, who="cli")


def test_each_step_comes_once_to_each_centre_that_has_not_submitted(desk: Office) -> None:
    submit(desk, "modum")
    for day in (OPENS, OPENS + timedelta(days=1), TWO_WEEKS, LAST, LAST + timedelta(days=1)):
        for hour in (9, 15):
            remind_of_forms(desk.desk, at(day, hour), REVIEW)
    said = told(desk)
    assert len(said) == 3 and all("Stavanger" in each for each in said)
    assert all("2025" in each and "31. mars 2026" in each for each in said)
    assert len(set(said)) == 3
    for step in ("opens", "two-weeks", "last-day"):
        assert desk.desk.posts.get(key("stavanger", step)) is not None
        assert desk.desk.posts.get(key("modum", step)) is None


def test_the_link_opens_the_form(desk: Office) -> None:
    remind_of_forms(desk.desk, at(OPENS), REVIEW)
    told(desk)
    message = next(m for m in desk.slack.messages(desk.inside) if "Stavanger" in m.text)
    (address,) = re.findall(r"'url': '([^']*)'", str(message.blocks))
    assert address == "https://friskliv.example.no/annual/2025/stavanger"
    assert address in message.text
    remind_of_forms(desk.desk, at(TWO_WEEKS))
    told(desk)
    *_, without = desk.slack.messages(desk.inside)
    assert "url" not in str(without.blocks) and "http" not in without.text


def test_two_bots_and_a_restart_write_one(desk: Office) -> None:
    with ThreadPoolExecutor(8) as pool:
        for _ in range(24):
            pool.submit(remind_of_forms, desk.desk, at(OPENS), REVIEW)
    Clock(desk.desk, annual_reminders=True, now=lambda: at(OPENS, 14)).tick()
    assert len(told(desk)) == 2  # Stavanger and Modum
    submit(desk, "stavanger")
    Clock(desk.desk, annual_reminders=True, now=lambda: at(TWO_WEEKS)).tick()
    assert len(told(desk)) == 3
    assert desk.desk.posts.get(key("stavanger", "two-weeks")) is None


def test_a_bot_that_was_away_gives_the_newest_only(desk: Office) -> None:
    remind_of_forms(desk.desk, at(date(2026, 3, 23)), REVIEW)
    assert desk.desk.posts.get(key("stavanger", "two-weeks")) is not None
    assert desk.desk.posts.get(key("stavanger", "opens")) is None


@pytest.mark.parametrize(
    "moment",
    [
        at(date(2026, 2, 1)),  # before the first
        at(OPENS, 7),  # before office hours
        at(date(2026, 3, 21)),  # a Saturday
        at(date(2026, 4, 7)),  # after the deadline
        at(date(2026, 11, 3)),
        datetime(2026, 2, 2, 6, 59, tzinfo=UTC),  # 07:59 in Norway
    ],
)
def test_there_is_no_reminder_at_other_times(desk: Office, moment: datetime) -> None:
    remind_of_forms(desk.desk, moment, REVIEW)
    assert told(desk) == []


def test_a_form_that_was_opened_again_is_not_submitted(desk: Office) -> None:
    submit(desk, "stavanger")
    AnnualForms(desk.desk.store).reopen("stavanger", 2025, reason="Feil tall", who="cli")
    remind_of_forms(desk.desk, at(LAST), REVIEW)
    assert desk.desk.posts.get(key("stavanger", "last-day")) is not None


def test_only_centres_of_the_year_are_reminded(desk: Office) -> None:
    desk.desk.channels.set_centre("aktiv-eiker", Place(desk.team, desk.inside.id))
    desk.desk.channels.set_centre("drammen", None)
    remind_of_forms(desk.desk, at(OPENS), REVIEW)
    assert len(told(desk)) == 2
    remind_of_forms(desk.desk, at(date(2017, 2, 1)), REVIEW)  # the form of 2016
    assert desk.desk.posts.get(key("aktiv-eiker", "opens", 2016)) is not None


def test_a_centre_without_a_channel_is_reminded_when_it_has_one(desk: Office) -> None:
    remind_of_forms(desk.desk, at(OPENS), REVIEW)
    desk.desk.channels.set_centre("bergen", Place(desk.team, desk.asking.id))
    remind_of_forms(desk.desk, at(OPENS + timedelta(days=3)), REVIEW)
    assert len(told(desk, desk.asking)) == 1 and len(told(desk)) == 2


@pytest.mark.parametrize(
    ("language", "words"),
    [("nb", "ikke sendt inn"), ("nn", "ikkje sendt inn"), ("en", "has not submitted")],
)
def test_it_is_in_the_language_of_the_channel(desk: Office, language: Language, words: str) -> None:
    settings = ChannelSettings(language=language)
    desk.desk.channels.set(desk.team, desk.inside.id, settings)
    remind_of_forms(desk.desk, at(TWO_WEEKS), REVIEW)
    said = told(desk)
    assert len(said) == 2 and all(words in each for each in said)


def test_reminders_can_be_turned_off(desk: Office) -> None:
    Clock(desk.desk, annual_reminders=False, now=lambda: at(OPENS)).tick()
    assert told(desk) == []


@pytest.mark.parametrize(("value", "on"), [(None, True), ("true", True), ("false", False)])
def test_the_settings(monkeypatch: pytest.MonkeyPatch, value: str | None, on: bool) -> None:
    monkeypatch.delenv("FRISKSVAR_REVIEW_URL", raising=False)
    if value is not None:
        monkeypatch.setenv("FRISKSVAR_SLACK_ANNUAL_REMINDERS", value)
    settings = SlackSettings.read()
    assert (settings.annual_reminders, settings.review_url) == (on, None)
    monkeypatch.setenv("FRISKSVAR_REVIEW_URL", REVIEW)
    assert SlackSettings.read().review_url == REVIEW
    monkeypatch.setenv("FRISKSVAR_REVIEW_URL", "friskliv")
    with pytest.raises(Failure) as failure:
        SlackSettings.read()
    assert "FRISKSVAR_REVIEW_URL" in str(failure.value)
