"""SIGKILL at random moments of everything at once: nothing acknowledged lost, nothing half-made.

FRISKSVAR_TEST_KILLS says how many (200 with `make soak`), FRISKSVAR_TEST_SEED which moments.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from backup_desk import frisksvar, whole
from crash_work import ACTIVITIES, said
from slack_server import Message, Timing
from slack_town import Town, environment, town
from tests_support import Home

from bot.answering.answer import Answerer
from bot.answering.question import Question
from indexer.index import Index
from knowledge.register import Inquiries

DRIVER = Path(__file__).with_name("crash_rounds.py")
KILLS = int(os.environ.get("FRISKSVAR_TEST_KILLS", "200"))
SEED = int(os.environ.get("FRISKSVAR_TEST_SEED", "20261122"))
TIMEOUT = 60 + KILLS
SOUP = "# Suppe\n\nSentralen Vesleblom serverer suppe med kikerter hver tirsdag.\n"
SECONDS_BETWEEN_QUESTIONS = 0.25

PATIENT = Timing(ack_s=1.0, retry_after_s=(0.05, *[0.5] * (2 * TIMEOUT)))
"""Slack goes on sending what the killed bot did not take."""


@contextmanager
def questions(here: Town) -> Iterator[list[Message]]:
    """Somebody asks again and again, in another thread, until the block ends."""
    asked: list[Message] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.wait(SECONDS_BETWEEN_QUESTIONS):
            text = f"{here.slack.mention} Når serverer Vesleblom suppe? ({len(asked)})"
            asked.append(here.slack.say(here.kari, here.asking, text))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield asked
    finally:
        ended.set()
        thread.join()


def seed_register(home: Home) -> None:
    """An index with the soup in it, and inquiries to review."""
    path = home.settings.home / "suppe.md"
    path.write_text(SOUP, encoding="utf-8")
    assert home.add(path) == ["added"]
    home.build()
    answerer = Answerer(Index(home.settings), Inquiries(home.store))
    for number in range(30):
        answerer.answer(Question(f"Når serverer Vesleblom suppe nummer {number}?"))


@pytest.mark.timeout(TIMEOUT)
def test_everything_survives_kills_at_random_moments(bundled_home: Home, tmp_path: Path) -> None:
    with town(bundled_home, tmp_path, PATIENT) as here:
        home = here.home
        seed_register(home)
        home.store.close()
        with questions(here) as asked:
            done = subprocess.run(
                [
                    *(sys.executable, str(DRIVER), str(SEED), str(KILLS)),
                    *(str(home.settings.home), *ACTIVITIES),
                ],
                capture_output=True,
                text=True,
                env={**os.environ, **environment(here.slack), "FRISKSVAR_SLACK_FIRST_WAIT": "0.1"},
                timeout=TIMEOUT,
            )
        assert done.returncode == 0, done.stderr
        rounds = [json.loads(line) for line in done.stdout.splitlines()]
        kills = sum((Counter(one["kills"]) for one in rounds), Counter[str]())
        slowest = max(one["seconds"] for one in rounds)
        print(f"seed {SEED}, {kills.total()} kills {dict(kills)}, first answer in {slowest:.2f} s")
        assert [problem for one in rounds for problem in one["problems"]] == []
        assert kills.total() >= KILLS and min(kills[name] for name in ACTIVITIES) >= len(rounds)
        acknowledged = {name: len(list(said(home.settings.home, name))) for name in ACTIVITIES}
        print(f"{len(asked)} asked in Slack; said to be done: {acknowledged}")
        assert all(
            acknowledged[name]
            for name in ("ask", "review", "bring_in", "index", "back_up", "migrate")
        )
        _every_question_is_answered_once(here, asked)
    made = frisksvar(home.settings.home, "backup", "--to", str(home.settings.home / "backups"))
    assert made.exit_code == 0, made.stderr
    assert whole(home.settings.home / "backups"), "and nothing unfinished lies there"


def _every_question_is_answered_once(here: Town, asked: list[Message]) -> None:
    acknowledged = [delivery for delivery in here.slack.deliveries if delivery.acked]
    rows = Counter(inquiry.came_from for inquiry in here.inquiries.all())
    keys = {f"slack:{here.slack.team.id}:{one.channel.id}:{one.ts}" for one in asked}
    for delivery in acknowledged:
        event = delivery.event
        key = f"slack:{here.slack.team.id}:{event.get('channel')}:{event.get('ts')}"
        assert key not in keys or rows[key] == 1, "Slack was told that it is taken"
    here.start()

    def all_answered() -> bool:
        return (
            not here.slack.undelivered()
            and here.posts.unposted()[0] == 0
            and all(here.slack.answers(message.channel, thread=message) for message in asked)
        )

    here.wait(all_answered, 60)
    rows = Counter(inquiry.came_from for inquiry in here.inquiries.all())
    assert [key for key in keys if rows[key] != 1] == []
    answers = [len(here.slack.answers(message.channel, thread=message)) for message in asked]
    assert set(answers) == {1}, Counter(answers)
    assert here.bot.stop() == 0
