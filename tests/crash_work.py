"""What processes do until they are killed, and what each says was done.

Every function works for ever in a home. What a user would take as done (the command ended, the
method returned) goes as one line to the activity's own file, written at once.
"""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from bot.answering.answer import Answerer
from bot.answering.question import Question
from bot.cli import main
from indexer.index import Index
from knowledge.backups.making import make_backup
from knowledge.backups.rotation import Keep
from knowledge.register import Inquiries
from knowledge.register.changes import Changes
from knowledge.register.review import Review
from knowledge.settings import Settings
from knowledge.store import Store

OLD = Path(__file__).parent / "migrations" / "0003_links.db.gz"
"""A database of an early version: most migrations are to come."""

IMPORTED = 40
"""Rows of one table that is imported."""

FIRST_BACKUP = datetime(2026, 1, 1, tzinfo=UTC)
Say = Callable[[Mapping[str, Any]], None]


def saying(home: Path, activity: str) -> Say:
    """Writes lines that outlive the process: the kernel has them when the call returns."""
    target = os.open(home / "said" / f"{activity}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def say(line: Mapping[str, Any]) -> None:
        os.write(target, json.dumps(line).encode() + b"\n")

    return say


def said(home: Path, activity: str) -> Iterator[dict[str, Any]]:
    path = home / "said" / f"{activity}.jsonl"
    if path.exists():
        yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


def command(say: Say, *arguments: str) -> None:
    """A command that must end well, unless it is killed."""
    try:
        main(arguments)
    except SystemExit as ended:
        if ended.code:
            say({"failed": arguments, "status": ended.code})


def ask(home: Path, say: Say) -> None:
    settings = Settings(home=home)
    store = Store(settings.database)
    answerer = Answerer(Index(settings), Inquiries(store))
    while True:
        text = f"Når serverer Vesleblom suppe {uuid4().hex[:8].translate(LETTERS)}?"
        reply = answerer.answer(Question(text))
        say({"inquiry": reply.inquiry, "question": text, "quotes": len(reply.quotes)})


LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""A made-up word without digits, for digits may be masked."""


def review(home: Path, say: Say) -> None:
    store = Store(Settings(home=home).database)
    work, trail, inquiries = Review(store), Changes(store), Inquiries(store)
    chance = random.Random(os.urandom(8))
    newest = inquiries.newest(limit=1)[0].id
    while True:
        number = chance.randint(1, newest)
        note = f"Notat {uuid4().hex[:8].translate(LETTERS)}"
        work.correct(number, {"note": note}, revision=trail.last("inquiry", number), who="cli")
        say({"inquiry": number, "note": note})


def bring_in(home: Path, say: Say) -> None:
    """Imports table after table."""
    while True:
        mark = uuid4().hex[:8].translate(LETTERS)
        path = home / "incoming" / f"{mark}.csv"
        rows = range(IMPORTED)
        lines = [f"2026-03-{1 + n % 28:02};Hva koster kurset {mark} {'n' * n}?" for n in rows]
        path.write_text("\n".join(["Dato;Spørsmål", *lines]) + "\n", encoding="utf-8")
        command(say, "register", "import", str(path), "--apply")
        say({"mark": mark})


def index(home: Path, say: Say) -> None:
    while True:
        word = uuid4().hex[:8].translate(LETTERS).capitalize()
        path = home / "incoming" / f"{word}.md"
        text = f"# {word}\n\nSentralen {word} serverer suppe med linser hver fredag.\n"
        path.write_text(text, encoding="utf-8")
        command(say, "add", str(path))
        say({"added": word})
        command(say, "index")
        say({"indexed": word})


def migrate(home: Path, say: Say) -> None:
    old = gzip.decompress(OLD.read_bytes())
    while True:
        folder = home / "migrating" / uuid4().hex
        folder.mkdir(parents=True)
        path = folder / "frisksvar.db"
        path.with_suffix(".incoming").write_bytes(old)
        path.with_suffix(".incoming").rename(path)
        Store(path).close()
        say({"folder": folder.name})


def back_up(home: Path, say: Say) -> None:
    settings = Settings(home=home)
    done = sum(1 for _ in said(home, "back_up"))
    for number in count(done * 100):  # a time of its own for each, also after a kill
        now = FIRST_BACKUP + timedelta(minutes=number, seconds=os.getpid() % 60)
        made = make_backup(settings, folder=home / "backups", keep=Keep(), now=now)
        say({"backup": made.backup.name, "rows": made.manifest.rows["inquiries"]})


def report(home: Path, say: Say) -> None:
    while True:
        command(say, "report", "2026", "--format", "all", "-o", str(home / "reports"))
        say({"reports": sorted(p.name for p in (home / "reports").glob("[!.]*"))})


def bot(home: Path, say: Say) -> None:
    command(say, "bot")


ACTIVITIES: Mapping[str, tuple[Callable[[Path, Say], None], float]] = {
    "ask": (ask, 8.0),
    "review": (review, 1.0),
    "bring_in": (bring_in, 3.0),
    "index": (index, 8.0),
    "migrate": (migrate, 1.0),
    "back_up": (back_up, 1.5),
    "report": (report, 8.0),
    "bot": (bot, 8.0),
}
"""What is done, and the seconds within which it is killed: twice what the work takes to get going
where eight processes share two cores."""
