"""500 questions from 50 people at once, over the local Slack and the bot as its own process."""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest does, for the tests' own modules

from slack_server import Message, Timing, User
from slack_town import Town, town
from tests_support import Home

from indexer.index import Index
from indexer.language import detect

from .searching import questions

PEOPLE = 50
QUESTIONS = 500
ONE_BY_ONE = 50
WAIT_SECONDS = 300


def measure_slack(folder: Path) -> str:
    """What `make bench` prints; fails where a question has no answer, or two."""
    home = Home(folder / "bundled")
    home.build(bundled=True)
    known = [question.text for question in questions(QUESTIONS)]
    asked = [known[number % len(known)] for number in range(QUESTIONS)]
    with town(home, folder, Timing()) as here:
        people = [here.slack.user(f"u{number}") for number in range(PEOPLE)]
        here.start()
        alone = [_one(here, people[0], text) for text in asked[:ONE_BY_ONE]]
        search = _bare_search(here, asked[:ONE_BY_ONE])
        sent = [
            here.slack.say(person, here.slack.dm(person), text)
            for number, text in enumerate(asked)
            for person in [people[number % PEOPLE]]
        ]
        here.slack.wait_for(lambda: _all_answered(here, sent), WAIT_SECONDS)
        together = [_waited(here, message) for message in sent]
        begun = min(message.at for message in sent)
        whole = max(here.slack.answers(m.channel, thread=m)[0].at for m in sent) - begun
        rows = here.inquiries.count()
    home.store.close()
    assert rows == QUESTIONS + ONE_BY_ONE, rows
    outside = 1 - statistics.median(search) / statistics.median(alone)
    return "\n".join(
        [
            f"Slack, from a message to its answer in the thread, {PEOPLE} people",
            f"  one by one ({ONE_BY_ONE}):  p50 {_ms(alone, 50)}, p99 {_ms(alone, 99)}; "
            f"bare search p50 {_ms(search, 50)}; outside search {outside:.0%}",
            f"  at once ({QUESTIONS}):    p50 {_ms(together, 50)}, p99 {_ms(together, 99)}; "
            f"{len(sent) / whole:.0f} answers a second; each answered once, one row each",
        ]
    )


def _one(here: Town, person: User, text: str) -> float:
    return _waited(here, here.slack.say(person, here.slack.dm(person), text))


def _waited(here: Town, message: Message) -> float:
    """Seconds from a message to its answer; there must be one."""

    def answers() -> list[Message]:
        return here.slack.answers(message.channel, thread=message)

    here.slack.wait_for(answers, WAIT_SECONDS)
    (answer,) = answers()
    return answer.at - message.at


def _all_answered(here: Town, sent: list[Message]) -> bool:
    posted = len(here.slack.calls_of("chat.postMessage"))
    return posted >= len(sent) and all(
        here.slack.answers(message.channel, thread=message) for message in sent
    )


def _bare_search(here: Town, asked: list[str]) -> list[float]:
    """Seconds of `Searcher.search` alone, in this process, warmed up."""
    searcher = Index(here.home.settings).open().searcher
    searcher.search(asked[0], language="nb", top=10)
    taken = []
    for text in asked:
        begun = time.perf_counter()
        searcher.search(text, language=detect(text), top=10)
        taken.append(time.perf_counter() - begun)
    return taken


def _ms(seconds: list[float], percent: int) -> str:
    cut = statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1]
    return f"{cut * 1000:.0f} ms"
