"""What must hold in a home when everybody who worked there was killed."""

from __future__ import annotations

import json
import sqlite3
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from crash_work import IMPORTED, said

from bot.answering.answer import Answerer
from bot.answering.question import Question
from indexer.generations.generation import open_current
from indexer.index import Index
from indexer.library.shelf import Shelf
from knowledge.backups.manifest import backups_in
from knowledge.settings import Settings
from knowledge.store import Store
from knowledge.store.copying import check_database

START_SECONDS = 5.0
"""The longest that opening everything and the first answer may take, on a busy machine."""

OLD_INQUIRIES = 2
QUESTION = "Når serverer Vesleblom suppe med kikerter?"


def check(home: Path, activities: list[str]) -> tuple[list[str], float]:
    """The problems, and the seconds from nothing to the first answer."""
    settings = Settings(home=home)
    begun = time.monotonic()
    with Store(settings.database):
        reply = Answerer(Index(settings), None).answer(Question(QUESTION))
        seconds = time.monotonic() - begun
        problems = [
            f"{activity}: {line}" for activity in activities for line in said(home, activity)
            if "failed" in line
        ]  # fmt: skip
        if seconds > START_SECONDS:
            problems.append(f"the start took {seconds:.1f} s")
        if not any("kikerter" in quote.text for quote in reply.quotes):
            problems.append("the first answer is without its quote")
        if checked := check_database(settings.database).orphans:
            problems.append(f"{checked} rows lead nowhere")
        with closing(sqlite3.connect(settings.database)) as database:
            problems += [*_asked(home, database), *_edited(home, database)]
            problems += _brought_in(home, database)
        problems += [*_indexed(home, settings), *_backed_up(home), *_reported(home)]
    problems += _migrated(home)
    return problems, seconds


def _asked(home: Path, database: sqlite3.Connection) -> Iterator[str]:
    rows = {
        number: (question, outcome)
        for number, question, outcome in database.execute(
            "SELECT id, question, outcome FROM inquiries"
        )
    }
    shown = dict(
        database.execute("SELECT inquiry, count(*) FROM inquiry_quotes GROUP BY inquiry").fetchall()
    )
    for line in said(home, "ask"):
        if "inquiry" not in line:
            continue
        question, outcome = rows.get(line["inquiry"], (None, None))
        if question != line["question"] or outcome is None:
            yield f"asked, but not in the register: {line}"
        if shown.get(line["inquiry"], 0) != line["quotes"]:
            yield f"quotes lost: {line}"
    half = [number for number in shown if rows[number][1] is None]
    if half:
        yield f"quotes without the outcome they belong to: {half}"


def _edited(home: Path, database: sqlite3.Connection) -> Iterator[str]:
    trail: dict[int, list[str]] = {}
    for number, after in database.execute(
        "SELECT subject, after FROM changes WHERE kind = 'inquiry' AND field = 'note' ORDER BY id"
    ):
        trail.setdefault(number, []).append(json.loads(after))
    for line in said(home, "review"):
        if "note" in line and line["note"] not in trail.get(line["inquiry"], []):
            yield f"an edit was lost: {line}"
    notes = dict(database.execute("SELECT id, note FROM inquiries").fetchall())
    for number, edits in trail.items():
        if notes[number] != edits[-1]:
            yield f"half an edit: {number} has {notes[number]!r}, its trail {edits[-1]!r}"


def _brought_in(home: Path, database: sqlite3.Connection) -> Iterator[str]:
    done = {line["mark"] for line in said(home, "bring_in") if "mark" in line}
    for path in (home / "incoming").glob("*.csv"):
        (rows,) = database.execute(
            "SELECT count(*) FROM inquiries WHERE question LIKE ?",
            [f"Hva koster kurset {path.stem} %"],
        ).fetchone()
        if rows not in ((IMPORTED,) if path.stem in done else (0, IMPORTED)):
            yield f"{rows} of the {IMPORTED} rows of {path.name}"


def _indexed(home: Path, settings: Settings) -> Iterator[str]:
    generation = open_current(settings.index)  # compares every checksum
    shelf = Shelf(settings.library)
    broken = [entry.id for entry in generation.documents.values() if not shelf.intact(entry.id)]
    if broken:
        yield f"documents of the generation are not whole on the shelf: {broken}"
    titles = {entry.metadata.title for entry in generation.documents.values()}
    for line in said(home, "index"):
        if "indexed" in line and line["indexed"] not in titles:
            yield f"indexed, but not in the generation: {line}"


def _backed_up(home: Path) -> Iterator[str]:
    there = {backup.name: backup for backup in backups_in(home / "backups")}
    for backup in there.values():
        backup.whole()
    # A later one, which was killed before it said so, may have taken the place of the newest.
    rows = [check_database(backup.path / "frisksvar.db").rows for backup in there.values()]
    most = max((one["inquiries"] for one in rows), default=0)
    for line in [line for line in said(home, "back_up") if "backup" in line][-1:]:
        if most < line["rows"]:
            yield f"the newest backup is gone: {line}"


def _reported(home: Path) -> Iterator[str]:
    for path in (home / "reports").glob("[!.]*"):
        if path.suffix in {".xlsx", ".docx", ".zip"}:
            with zipfile.ZipFile(path) as archive:
                if archive.testzip():
                    yield f"half a report: {path.name}"
        elif path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
        elif path.suffix == ".html" and "</html>" not in path.read_text(encoding="utf-8"):
            yield f"half a report: {path.name}"


def _migrated(home: Path) -> Iterator[str]:
    """Each of the old databases opens now, has its rows, and is seen only once."""
    for folder in (home / "migrating").iterdir():
        path = folder / "frisksvar.db"
        if not path.exists():
            continue
        Store(path).close()
        found = check_database(path)
        rows = found.rows["inquiries"]
        if rows != OLD_INQUIRIES:
            yield f"{rows} inquiries in {path}"
        for each in folder.iterdir():
            each.unlink()
