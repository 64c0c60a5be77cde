"""One row and one visible reply for each question, whatever Slack, the network and the power do."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import pytest
from slack_server import Message, Timing
from slack_town import REFERRING, STARTING, Town, town
from tests_support import Home

PATIENT = Timing(ack_s=1.0, retry_after_s=(0.05, *[0.5] * 120))
"""Retries that go on while the bot is down, as Slack's go on for minutes."""

QUESTIONS = (STARTING, REFERRING, "Hvilken kompetanse trenger vi?", "How do we recruit people?")


def settled(here: Town, asked: list[Message], seconds: float = 60) -> None:
    def done() -> bool:
        return (
            not here.slack.undelivered()
            and here.posts.unposted()[0] == 0
            and all(here.slack.answers(message.channel, thread=message) for message in asked)
        )

    here.wait(done, seconds)


def answered_once(here: Town, asked: list[Message]) -> None:
    rows = Counter(inquiry.came_from for inquiry in here.inquiries.all())
    for message in asked:
        assert rows[f"slack:{here.slack.team.id}:{message.channel.id}:{message.ts}"] == 1
        answers = here.slack.answers(message.channel, thread=message)
        assert len(answers) == 1, [here.slack.shown(answer)[:80] for answer in answers]
    assert len(rows) == len(asked)


def test_copies_in_any_order_are_one_question(bundled_home: Home, tmp_path: Path) -> None:
    chance = random.Random(20261122)
    with town(bundled_home, tmp_path) as here:
        here.start()
        people = [here.kari, here.ola, here.ingrid, here.tor]
        with here.slack.shuffled(7):
            asked = [
                here.slack.say(
                    user,
                    channel,
                    f"{here.slack.mention} {chance.choice(QUESTIONS)} ({number})",
                    redeliver=chance.randint(1, 3),
                )
                for number in range(20)
                for user in [chance.choice(people)]
                for channel in [chance.choice([here.asking, here.slack.dm(user)])]
            ]
        settled(here, asked)
        answered_once(here, asked)


def test_a_retry_that_is_the_only_copy_is_answered(bundled_home: Home, tmp_path: Path) -> None:
    with town(bundled_home, tmp_path) as here:
        here.start()
        here.slack.faults.lose_events(3)
        asked = [here.slack.say(here.kari, here.slack.dm(here.kari), text) for text in QUESTIONS]
        settled(here, asked)
        answered_once(here, asked)


@pytest.mark.timeout(240)
def test_kills_at_random_moments_lose_and_double_nothing(
    bundled_home: Home, tmp_path: Path
) -> None:
    seed = int(time.time())
    print(f"seed {seed}")
    chance = random.Random(seed)
    with town(bundled_home, tmp_path, PATIENT) as here:
        here.start()
        asked: list[Message] = []
        for round_ in range(4):
            for number in range(8):
                text = f"{here.slack.mention} {chance.choice(QUESTIONS)} ({round_}.{number})"
                asked.append(here.slack.say(here.kari, here.asking, text))
            if round_ % 2:  # some answers are posted, and their answer never comes back
                here.slack.faults.drop_after("chat.postMessage", times=2)
            time.sleep(chance.uniform(0.0, 0.25))
            here.bot.kill()
            here.start()
        settled(here, asked, 90)
        answered_once(here, asked)


@pytest.mark.parametrize("fault", ["drop_after", "server_error", "rate_limit", "drop_before"])
def test_trouble_while_posting_gives_one_answer(
    bundled_home: Home, tmp_path: Path, fault: str
) -> None:
    with town(bundled_home, tmp_path) as here:
        here.start()
        getattr(here.slack.faults, fault)("chat.postMessage", times=2)
        asked = [here.slack.say(here.kari, here.asking, f"{here.slack.mention} {REFERRING}")]
        settled(here, asked)
        time.sleep(0.5)  # a late second copy would come now
        answered_once(here, asked)


def test_what_could_not_be_posted_is_posted_when_slack_is_back(
    bundled_home: Home, tmp_path: Path
) -> None:
    with town(bundled_home, tmp_path) as here:
        here.start()
        # Posting fails for a while; the events themselves still come.
        away = here.slack.faults.server_error("chat.postMessage", status=503, times=None)
        asked = [here.slack.say(here.kari, here.asking, f"{here.slack.mention} {REFERRING}")]
        here.wait(lambda: away.happened >= 2)
        assert here.row(asked[0]).outcome == "answered"
        assert not here.slack.answers(here.asking)
        here.slack.faults.clear()
        settled(here, asked)
        answered_once(here, asked)


def test_the_bot_comes_back_after_slack_was_away(bundled_home: Home, tmp_path: Path) -> None:
    with town(bundled_home, tmp_path, PATIENT) as here:
        here.start()
        here.slack.faults.go_away()
        asked = [here.slack.say(here.kari, here.asking, f"{here.slack.mention} {REFERRING}")]
        time.sleep(1.0)
        assert not here.slack.answers(here.asking)
        here.slack.faults.come_back()
        settled(here, asked, 60)
        answered_once(here, asked)


def test_a_refreshed_connection_loses_nothing(bundled_home: Home, tmp_path: Path) -> None:
    with town(bundled_home, tmp_path, PATIENT) as here:
        here.start()
        asked = []
        for reason in ("warning", "refresh_requested"):
            here.slack.disconnect(reason)
            asked.append(
                here.slack.say(here.kari, here.asking, f"{here.slack.mention} {REFERRING}")
            )
        here.slack.cut_sockets()
        asked.append(here.slack.say(here.ola, here.slack.dm(here.ola), STARTING))
        settled(here, asked, 60)
        answered_once(here, asked)
