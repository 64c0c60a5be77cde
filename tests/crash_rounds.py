"""Kills processes at random moments while they work on one home at the same time.

    python crash_rounds.py SEED KILLS HOME ACTIVITY…

Each activity (crash_work) runs in a fork of this process, so that the imports are paid once; it is
killed at a random moment of its work and at once started again. Round after round ends with all of
them killed and the home looked at (crash_checks). One JSON line for each round: {"kills",
"problems", "seconds" (of the start after it)}.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

from crash_checks import check
from crash_work import ACTIVITIES, saying

import indexer.index
import knowledge.exports.docx
import knowledge.exports.xlsx  # noqa: F401 (so that the forks need not)
from bot.slack.serving import WARM_UP
from indexer.language import detect
from indexer.vectors.encoder import load_encoder
from knowledge.geography import Municipalities
from knowledge.reference import suggest_topics
from knowledge.settings import Settings

ROUND_SECONDS = 10.0
SHORTEST_LIFE = 0.02


def started(home: Path, activity: str) -> int:
    """A fork that works until it is killed; its id."""
    child = os.fork()
    if child:
        return child
    for stream in (1, 2):
        log = home / "said" / f"{activity}.log"
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
    say = saying(home, activity)
    try:
        ACTIVITIES[activity][0](home, say)
        say({"failed": "ended by itself"})
    except BaseException as error:
        traceback.print_exc()
        say({"failed": f"{type(error).__name__}: {error}"[:300]})
    os._exit(1)


def round_of_kills(home: Path, activities: list[str], chance: random.Random) -> Counter[str]:
    """How many of each were killed; those that ended by themselves say so."""
    killed: Counter[str] = Counter()
    until = time.monotonic() + ROUND_SECONDS
    working: list[tuple[float, str, int]] = []

    def start(activity: str) -> None:
        life = chance.uniform(SHORTEST_LIFE, ACTIVITIES[activity][1])
        working.append((min(time.monotonic() + life, until), activity, started(home, activity)))

    for activity in activities:
        start(activity)
    while working:
        working.sort()
        at, activity, child = working.pop(0)
        time.sleep(max(0.0, at - time.monotonic()))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed[activity] += os.WIFSIGNALED(status)
        if time.monotonic() < until:
            start(activity)
    return killed


def looked_at(home: Path, activities: list[str]) -> tuple[list[str], float]:
    """What is wrong, looked at in a fork, as FAISS must not have threads before one; and how long
    the first answer took."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            found = check(home, activities)
        except BaseException:
            found = [traceback.format_exc()], 0.0
        with os.fdopen(writing, "w", encoding="utf-8") as pipe:
            json.dump(found, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        problems, seconds = json.load(pipe)
    os.waitpid(child, 0)
    return problems, seconds


def all_rounds(seed: int, kills: int, home: Path, activities: list[str]) -> None:
    os.environ |= {"TOKENIZERS_PARALLELISM": "false", "FRISKSVAR_HOME": str(home)}
    encoder = load_encoder(Settings(), static_verified=True)
    vars(indexer.index)["load_encoder"] = lambda settings, **options: encoder
    for text in WARM_UP:  # word lists, read once for all the forks
        detect(text), suggest_topics(text)
    Municipalities.load()
    for name in ("said", "incoming", "backups", "reports", "migrating"):
        (home / name).mkdir(exist_ok=True)
    chance = random.Random(seed)
    done: Counter[str] = Counter()
    while done.total() < kills:
        killed = round_of_kills(home, activities, chance)
        done += killed
        problems, seconds = looked_at(home, activities)
        line = {"kills": killed, "problems": problems, "seconds": seconds}
        print(json.dumps(line), flush=True)
        if problems:
            return


if __name__ == "__main__":
    seed, kills, home, *activities = sys.argv[1:]
    all_rounds(int(seed), int(kills), Path(home), activities)
