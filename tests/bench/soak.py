"""The bot under mixed traffic while the index is rebuilt, backups are made and centres review.

    python -m tests.bench.soak --minutes 20

Fails where its memory grows after the warm-up, where files or threads are left open, or where a
question is not answered once.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest does, for the tests' own modules

from bot_process import FRISKSVAR
from slack_server import Message, Timing, User
from slack_town import Town, town
from tests_support import Home

from knowledge.register.changes import Changes
from knowledge.register.review import Review

from .corpus import document
from .sampling import Sample, process_of, sample, slope, write
from .searching import questions
from .timing import mebibytes, tell

SAMPLE_SECONDS = 2.0
WARM_UP = 0.25
"""The share of the time in which files and threads are not judged. Memory is judged in the second
half: until then caches fill and memory is laid out."""

A_MINUTE = 60.0

QUESTION_SECONDS = 0.5
REVIEW_SECONDS = 1.0
INDEX_SECONDS = 20.0
BACKUP_SECONDS = 15.0

PASSAGES = 20
"""Of the document that changes before each build."""

BEFORE = 6_000
"""Questions before it begins: the pools of threads are filled (Bolt's, the outbox's), each thread
with its own connection to the register and SQLite's memory for it. A load of 14,280 questions
without anything else (`load`) tells how many it takes: its memory grows until then, and no more."""

AT_ONCE = 100

GROWTH_BYTES = 0.5 * 2**20
"""What the bot's own memory may grow by in a minute of the second half."""

SPARE_FILES = 12
"""Connections to Slack and generations that are open only now and then."""

SPARE_THREADS = 4
WAIT_SECONDS = 120


def soak(folder: Path, minutes: float, told_in: Path | None = None) -> str:
    """Run it, and tell what was seen; AssertionError where something is not as it should be.

    Args:
        told_in: a CSV file that gets every sample as it is taken.
    """
    home = Home(folder / "bundled")
    home.build(bundled=True)
    home.store.close()
    chance = random.Random(20261122)
    texts = [question.text for question in questions(200)]
    asked: list[Message] = []
    done: dict[str, int] = {}
    with town(home, folder, Timing()) as here:
        here.start()
        people = [here.slack.user(f"u{number}") for number in range(20)]
        review, trail = Review(here.home.store), Changes(here.home.store)

        def ask() -> None:
            person = chance.choice(people)
            place = chance.choice([here.asking, here.slack.dm(person)])
            here.slack.invite(here.asking, person)
            said = f"{here.slack.mention} {chance.choice(texts)}"
            asked.append(here.slack.say(person, place, said))

        def correct() -> None:
            newest = here.inquiries.newest(limit=20)
            if newest:
                number = chance.choice(newest).id
                revision = trail.last("inquiry", number)
                review.correct(number, {"note": f"{time.time()}"}, revision=revision, who="cli")

        def rebuild() -> None:
            path = folder / "hefte.md"  # the same one anew, so that the index stays as large
            path.write_text(document(chance, f"{time.time()}", PASSAGES), encoding="utf-8")
            _command(here, "add", str(path))
            _command(here, "index")

        def back_up() -> None:
            _command(here, "backup", "--to", str(folder / "backups"))

        work = (
            (ask, QUESTION_SECONDS),
            (correct, REVIEW_SECONDS),
            (rebuild, INDEX_SECONDS),
            (back_up, BACKUP_SECONDS),
        )
        _warm_up(here, people, texts, asked)
        samples: list[Sample] = []
        begun = time.monotonic()
        with _at_work(work, done) as failures:
            process = process_of(here)
            while time.monotonic() - begun < minutes * 60 and not failures:
                time.sleep(SAMPLE_SECONDS)
                samples.append(sample(process, begun))
                write(samples[-1], told_in)
        assert not failures, failures
        here.slack.wait_for(lambda: _answered(here, asked), WAIT_SECONDS)
        rows = here.inquiries.count()
        said = here.bot.said
        assert here.bot.stop() == 0
    assert rows == len(asked), (rows, len(asked))
    assert "Traceback" not in said and " ERROR " not in said, said[-2000:]
    return _judged(samples, done, minutes)


def _warm_up(here: Town, people: list[User], texts: list[str], asked: list[Message]) -> None:
    """`BEFORE` questions, `AT_ONCE` at a time."""
    for first in range(0, BEFORE, AT_ONCE):
        batch = [
            here.slack.say(person, here.slack.dm(person), texts[number % len(texts)])
            for number in range(first, min(first + AT_ONCE, BEFORE))
            for person in [people[number % len(people)]]
        ]
        here.slack.wait_for(partial(_answered, here, batch), WAIT_SECONDS)
        asked += batch


def _judged(samples: list[Sample], done: dict[str, int], minutes: float) -> str:
    begun = WARM_UP * samples[-1].at
    warm = [one for one in samples if one.at >= begun]
    half = [one for one in samples if one.at >= samples[-1].at / 2]
    rate = slope(half) * A_MINUTE
    more = {
        name: statistics.median(getattr(one, name) for one in half)
        - statistics.median(getattr(one, name) for one in warm if one.at < half[0].at)
        for name in ("files", "threads")
    }
    told = "\n".join(
        [
            f"Soak, {minutes:g} minutes: "
            + ", ".join(f"{name} {count}" for name, count in done.items()),
            f"  the bot's own memory {mebibytes(samples[0].own)} at first, "
            f"{mebibytes(half[0].own)} after half the time, {mebibytes(half[-1].own)} at the end: "
            f"{rate / 2**20:+.2f} MiB a minute along the line fitted to the second half; "
            f"resident {mebibytes(max(one.memory for one in half))} at most",
            *(
                f"  {name} {min(getattr(one, name) for one in warm)}-"
                f"{max(getattr(one, name) for one in warm)}, median {more[name]:+g} in the second "
                "half"
                for name in more
            ),
        ]
    )
    assert rate < GROWTH_BYTES, told
    assert more["files"] <= SPARE_FILES and more["threads"] <= SPARE_THREADS, told
    return told


def _answered(here: Town, asked: list[Message]) -> bool:
    """Each has its answer, and not two."""
    answers = [len(here.slack.answers(message.channel, thread=message)) for message in asked]
    assert max(answers, default=0) <= 1
    return all(answers)


def _command(here: Town, *arguments: str) -> None:
    done = subprocess.run(
        [str(FRISKSVAR), *arguments],
        env={**os.environ, "FRISKSVAR_HOME": str(here.home.settings.home)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@contextmanager
def _at_work(
    work: tuple[tuple[Callable[[], None], float], ...], done: dict[str, int]
) -> Iterator[list[str]]:
    """Each of the jobs in a thread of its own, every so many seconds; yields what went wrong."""
    ended = threading.Event()
    failures: list[str] = []

    def again(job: Callable[[], None], seconds: float) -> None:
        while not ended.wait(seconds):
            try:
                job()
            except Exception as error:
                failures.append(f"{job.__name__}: {type(error).__name__}: {error}"[:500])
                return
            done[job.__name__] = done.get(job.__name__, 0) + 1

    threads = [threading.Thread(target=again, args=each) for each in work]
    for thread in threads:
        thread.start()
    try:
        yield failures
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--samples", type=Path, help="a CSV file for every sample")
    options = parser.parse_args()
    minutes = options.minutes
    tell(f"{BEFORE:,} questions, and then {minutes:g} minutes …")
    with tempfile.TemporaryDirectory(prefix="frisksvar-soak-") as folder:
        print(soak(Path(folder), minutes, options.samples), flush=True)


if __name__ == "__main__":
    main()
