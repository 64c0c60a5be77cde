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
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest does, for the tests' own modules

from bot_process import FRISKSVAR
from slack_server import Message, Timing
from slack_town import Town, town
from tests_support import Home

from knowledge.register.changes import Changes
from knowledge.register.review import Review

from .corpus import document
from .searching import questions
from .timing import mebibytes, tell

SAMPLE_SECONDS = 2.0
WARM_UP = 0.4
"""The share of the time that is not judged: caches fill, threads start, memory is laid out."""

QUESTION_SECONDS = 0.5
REVIEW_SECONDS = 1.0
INDEX_SECONDS = 20.0
BACKUP_SECONDS = 15.0

PASSAGES = 20
"""Of the document that changes before each build."""

BURST = 60
"""Questions at once before it begins: the pools of threads (Bolt's, the outbox's) are filled, each
thread with its own connection to the register, which otherwise happens at the first busy moment."""

GROWTH_BYTES = 40 * 2**20
"""What the memory may grow by, from the warm-up to the end, along the fitted line: an index opened
beside the one in use is gone again, but the allocator does not give back every page."""

SPARE_FILES = 12
"""Connections to Slack and generations that are open only now and then."""

SPARE_THREADS = 4
WAIT_SECONDS = 120


@dataclass(frozen=True)
class Sample:
    """The bot's process at a moment: seconds since the start, bytes resident, files, threads."""

    at: float
    memory: int
    files: int
    threads: int


def sample(process: int, begun: float) -> Sample:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return Sample(
        time.monotonic() - begun,
        int(fields["VmRSS"].split()[0]) * 1024,
        len(list(Path(f"/proc/{process}/fd").iterdir())),
        int(fields["Threads"]),
    )


def soak(folder: Path, minutes: float) -> str:
    """Run it, and tell what was seen; AssertionError where something is not as it should be."""
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
        for _ in range(BURST):
            ask()
        here.slack.wait_for(lambda: _answered(here, asked), WAIT_SECONDS)
        samples: list[Sample] = []
        begun = time.monotonic()
        with _at_work(work, done) as failures:
            process = _process(here)
            while time.monotonic() - begun < minutes * 60 and not failures:
                time.sleep(SAMPLE_SECONDS)
                samples.append(sample(process, begun))
        assert not failures, failures
        here.slack.wait_for(lambda: _answered(here, asked), WAIT_SECONDS)
        rows = here.inquiries.count()
        said = here.bot.said
        assert here.bot.stop() == 0
    assert rows == len(asked), (rows, len(asked))
    assert "Traceback" not in said and " ERROR " not in said, said[-2000:]
    return _judged(samples, done, minutes)


def _judged(samples: list[Sample], done: dict[str, int], minutes: float) -> str:
    warm = [one for one in samples if one.at >= WARM_UP * samples[-1].at]
    times, memory = [one.at for one in warm], [float(one.memory) for one in warm]
    slope, start = statistics.linear_regression(times, memory)
    growth = slope * (times[-1] - times[0])
    files = [one.files for one in warm]
    threads = [one.threads for one in warm]
    half = len(warm) // 2
    more_files = statistics.median(files[half:]) - statistics.median(files[:half])
    more_threads = statistics.median(threads[half:]) - statistics.median(threads[:half])
    told = "\n".join(
        [
            f"Soak, {minutes:g} minutes: "
            + ", ".join(f"{name} {count}" for name, count in done.items()),
            f"  memory after the warm-up {mebibytes(start + slope * times[0])} to "
            f"{mebibytes(start + slope * times[-1])} along the line "
            f"({slope * 3600 / 2**20:+.0f} MiB an hour), most {mebibytes(max(memory))}",
            f"  open files {min(files)}-{max(files)}, median {more_files:+g} in the second half; "
            f"threads {min(threads)}-{max(threads)}, median {more_threads:+g}",
        ]
    )
    assert growth < GROWTH_BYTES, told
    assert more_files <= SPARE_FILES and more_threads <= SPARE_THREADS, told
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


def _process(here: Town) -> int:
    process = here.bot._process
    assert process is not None
    return process.pid


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
    minutes = parser.parse_args().minutes
    tell(f"{minutes:g} minutes …")
    with tempfile.TemporaryDirectory(prefix="frisksvar-soak-") as folder:
        print(soak(Path(folder), minutes), flush=True)


if __name__ == "__main__":
    main()
