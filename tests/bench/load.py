"""Ten years' inquiries through the local Slack and the real bot, as quickly as it takes them."""

from __future__ import annotations

import os
import statistics
import sys
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest does, for the tests' own modules

from slack_server import Message, Timing
from slack_town import Town, town
from tests_support import Home

from .sampling import Sample, process_of, sample
from .searching import questions
from .timing import mebibytes, tell

MUNICIPALITIES, YEARLY, YEARS = 357, 4, 10
"""Each of today's municipalities asks once a quarter: an assumption, as no count is published."""

INQUIRIES = int(os.environ.get("FRISKSVAR_LOAD", MUNICIPALITIES * YEARLY * YEARS))
AN_HOUR = 3_600.0
PEOPLE = 50
AT_ONCE = 100
"""Questions that wait for their answer at the same time."""

COMPARED = 10
"""Batches at the beginning and at the end that are compared."""

WAIT_SECONDS = 120


def measure_load(folder: Path, inquiries: int = INQUIRIES) -> str:
    """What `make bench` prints; fails where a question has no answer, or two, or no row."""
    home = Home(folder / "bundled")
    home.build(bundled=True)
    home.store.close()
    texts = [question.text for question in questions(500)]
    batches: list[list[float]] = []
    held: list[Sample] = []
    with town(home, folder, Timing()) as here:
        people = [here.slack.user(f"u{number}") for number in range(PEOPLE)]
        here.start()
        begun, done = time.monotonic(), 0
        while done < inquiries:
            asked = [
                here.slack.say(person, here.slack.dm(person), texts[number % len(texts)])
                for number in range(done, min(done + AT_ONCE, inquiries))
                for person in [people[number % PEOPLE]]
            ]
            done += len(asked)
            here.slack.wait_for(partial(_through, here, done), WAIT_SECONDS)
            batches.append([_waited(here, message) for message in asked])
            held.append(sample(process_of(here), begun))
            if len(batches) % COMPARED == 0:
                rate = done / (time.monotonic() - begun)
                tell(f"  {done:,} of {inquiries:,}, {rate:.0f}/s, {mebibytes(held[-1].own)}")
        taken = time.monotonic() - begun
        assert here.inquiries.count() == inquiries
        size = home_bytes(here)
        assert here.bot.stop() == 0
    first = [one for batch in batches[1 : COMPARED + 1] for one in batch]
    last = [one for batch in batches[-COMPARED:] for one in batch]
    ratio = statistics.median(last) / statistics.median(first)
    half = held[len(held) // 2 :]
    return "\n".join(
        [
            f"Load: {inquiries:,} inquiries ({YEARS} years of {MUNICIPALITIES} municipalities, "
            f"{YEARLY} a year) through the local Slack",
            f"  in {taken / 60:.1f} minutes, {inquiries / taken:.0f} a second, each answered once, "
            f"one row each; within an hour it could be {inquiries / taken * AN_HOUR:,.0f}",
            f"  from a message to its answer, {AT_ONCE} at once: median "
            f"{statistics.median(first) * 1000:.0f} ms at first, "
            f"{statistics.median(last) * 1000:.0f} ms at the end, {ratio:.2f} times it; "
            f"database {size / 1e6:.0f} MB",
            f"  the bot's own memory {mebibytes(held[0].own)} after {AT_ONCE}, "
            f"{mebibytes(half[0].own)} after half of them, {mebibytes(held[-1].own)} at the end; "
            f"open files {min(one.files for one in half)}-{max(one.files for one in half)}",
        ]
    )


def home_bytes(here: Town) -> int:
    return sum(path.stat().st_size for path in here.home.settings.home.glob("frisksvar.db*"))


def _through(here: Town, number: int) -> bool:
    return here.inquiries.count() == number and here.posts.unposted()[0] == 0


def _waited(here: Town, message: Message) -> float:
    """Seconds from a message to its answer; there must be one."""
    (answer,) = here.slack.answers(message.channel, thread=message)
    return answer.at - message.at
