"""SIGKILL, Ctrl-C and a full disk at every file operation: nothing half-made, nothing lost."""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests_support import Home

from bot.answering.answer import Answerer
from bot.answering.question import Question
from bot.cli import main
from indexer.generations.generation import open_current
from indexer.index import Index
from indexer.library.shelf import Shelf
from knowledge.settings import Settings

DRIVER = Path(__file__).with_name("crash_points.py")
PROGRAM = [sys.executable, "-c", "from bot.cli import main; main()"]
OLD = "# Suppe\n\nSentralen Vesleblom serverer suppe med kikerter hver tirsdag.\n"
NEW = "# Ski\n\nSentralen Storebregne går på ski over Hardangervidda hver torsdag.\n"
ASKED = {"Vesleblom": "Når serverer Vesleblom suppe?", "Storebregne": "Når går Storebregne på ski?"}


def frisksvar(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"FRISKSVAR_HOME": str(home)})


@pytest.fixture(scope="module")
def template(bundled_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with one document indexed and a second one added, without the digests."""
    folder = tmp_path_factory.mktemp("template")
    bundled_home.store.close()
    home = folder / "home"
    copytree(bundled_home.settings.home, home)
    rmtree(home / "library")
    for name, text in (("old.md", OLD), ("new.md", NEW)):
        (folder / name).write_text(text, encoding="utf-8")
    assert frisksvar(home, "add", str(folder / "old.md")).exit_code == 0
    assert frisksvar(home, "index", "--no-bundled").exit_code == 0
    yield home
    rmtree(folder)


@pytest.fixture(scope="module")
def template_with_new(template: Path) -> Path:
    home = template.with_name("added")
    copytree(template, home)
    assert frisksvar(home, "add", str(template.with_name("new.md"))).exit_code == 0
    return home


def ended_at_each_change(
    mode: str, template: Path, folder: Path, *command: str, step: int = 1
) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, str(DRIVER), mode, str(step), str(template), str(folder), *command],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    assert runs[-1]["status"] == 0, "no run came to its end"
    assert len(runs) > 5, "the command was never ended"
    return runs


def sentences(err: str) -> list[str]:
    """What was told, without progress bars and the request to index."""
    lines = [line for line in err.splitlines() if line.strip()]
    return [line for line in lines if " 0:00:" not in line and "for å ta endringene" not in line]


def can_quote(home: Path) -> set[str]:
    """The sentres whose document is answered from, each quote re-read from its stored source."""
    answerer = Answerer(Index(Settings(home=home)), None)
    found = set()
    for name, question in ASKED.items():
        reply = answerer.answer(Question(question))
        if any(name in quote.text for quote in reply.quotes):
            found.add(name)
    return found


STATUS = {"kill": -signal.SIGKILL, "interrupt": 130, "full": 1}
TOLD = {"kill": [], "interrupt": ["Avbrutt."], "full": ["Disken er full"]}


def check_ending(mode: str, run: dict[str, Any]) -> None:
    assert run["status"] == STATUS[mode], run
    assert "Traceback" not in run["err"]
    told = sentences(run["err"])
    assert len(told) == len(TOLD[mode]), told
    assert all(line.startswith(start) for line, start in zip(told, TOLD[mode], strict=True)), told


@pytest.mark.parametrize(("mode", "step"), [("kill", 3), ("interrupt", 5), ("full", 5)])
def test_an_index_that_was_not_finished_is_never_served(
    mode: str, step: int, template_with_new: Path, tmp_path: Path
) -> None:
    runs = ended_at_each_change(mode, template_with_new, tmp_path / "runs", "index", step=step)
    for run in runs[:-1]:
        check_ending(mode, run)
        home = Path(run["home"])
        generation = open_current(home / "index")  # checks every file
        assert len(generation.documents) in (1, 2), run["home"]
        shelf = Shelf(Settings(home=home).library)
        assert all(shelf.intact(entry.id) for entry in generation.documents.values())
    for run in runs[:-1:4]:
        home = Path(run["home"])
        assert "Vesleblom" in can_quote(home)
        again = frisksvar(home, "index")
        assert again.exit_code == 0, again.stderr
        assert can_quote(home) == {"Vesleblom", "Storebregne"}
        hidden = list((home / "index").glob("*/.*"))
        assert hidden == [], "unfinished work stays on the disk"


@pytest.mark.parametrize("mode", ["kill", "interrupt", "full"])
def test_a_document_is_added_whole_or_not_at_all(mode: str, template: Path, tmp_path: Path) -> None:
    new = template.with_name("new.md")
    runs = ended_at_each_change(mode, template, tmp_path / "runs", "add", str(new))
    for run in runs[:-1]:
        check_ending(mode, run)
        made = Home(Path(run["home"]))
        try:
            assert made.catalogue.damaged(bundled=False) == []
            added = [document.location for document in made.catalogue.added()]
            assert len(added) in (1, 2)
            for entry in made.settings.library.glob("v*/??/[!.]*"):
                assert made.catalogue.shelf.intact(entry.name), "half a document on the shelf"
        finally:
            made.store.close()
        again = frisksvar(Path(run["home"]), "add", str(new))
        assert again.exit_code == 0, again.stderr


QUESTION = "Når serverer Vesleblom suppe nummer {number}?"


def test_each_acknowledged_inquiry_is_in_the_register_after_a_kill(
    template: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    copytree(template, home)
    command = [*PROGRAM, "ask", "--batch", "-"]
    acknowledged: dict[int, str] = {}
    for kill_after in (1, 4):
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "FRISKSVAR_HOME": str(home)},
        ) as process:
            assert process.stdin is not None and process.stdout is not None
            for number in range(200):
                line = {"id": number, "question": QUESTION.format(number=number)}
                process.stdin.write(json.dumps(line).encode() + b"\n")
            process.stdin.flush()
            for _ in range(kill_after):
                reply = json.loads(process.stdout.readline())
                acknowledged[reply["inquiry"]] = QUESTION.format(number=reply["id"])
            process.kill()
    made = Home(home)
    kept = dict(made.store.database.execute("SELECT id, question FROM inquiries").fetchall())
    quotes = made.store.database.execute(
        "SELECT inquiry FROM inquiry_quotes JOIN inquiries ON inquiries.id = inquiry "
        "WHERE outcome IS NULL"
    ).fetchall()
    made.store.close()
    assert len(acknowledged) == 5
    assert acknowledged.items() <= kept.items()
    assert quotes == [], "quotes without the outcome they belong to"


def heed_ctrl_c() -> None:
    """A shell that starts the tests in the background has SIGINT ignored, which is inherited."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_ends_a_batch_with_one_sentence(template: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    copytree(template, home)
    with subprocess.Popen(
        [*PROGRAM, "ask", "--batch", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "FRISKSVAR_HOME": str(home)},
        preexec_fn=heed_ctrl_c,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b'{"id": 1, "question": "Hvem serverer suppe?"}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 1
        process.send_signal(signal.SIGINT)
        said = process.stderr.read().decode()
        assert process.wait(10) == 130
    assert sentences(said) == [
        "Avbrutt. Det som var ferdig, er lagret; kjør den samme kommandoen for å fortsette."
    ]


LIMIT = 8 * 1024
"""Bytes a file may grow to: less than any vectors.faiss, more than a folder of notes."""


@pytest.mark.parametrize("command", [["index"], ["ask", "Når serverer Vesleblom suppe?"]])
def test_a_file_size_limit_is_told_as_a_full_disk(
    command: list[str], template_with_new: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    copytree(template_with_new, home)
    before = (home / "index" / "current").read_text()

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails instead
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))

    done = subprocess.run(
        [*PROGRAM, *command],
        capture_output=True,
        text=True,
        env={**os.environ, "FRISKSVAR_HOME": str(home)},
        preexec_fn=limited,
        timeout=60,
    )
    assert done.returncode == 1
    told = [line for line in sentences(done.stderr) if "Biblioteket er endret" not in line]
    assert len(told) == 1 and "Traceback" not in done.stderr, done.stderr
    assert "plass" in told[0] and "sikkerhetskopi" not in told[0]
    assert (home / "index" / "current").read_text() == before
    assert "Vesleblom" in can_quote(home)
    with sqlite3.connect(home / "frisksvar.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def test_a_second_build_at_the_same_time_is_refused(
    template_with_new: Path, tmp_path: Path
) -> None:
    from filelock import FileLock

    home = tmp_path / "home"
    copytree(template_with_new, home)
    with FileLock(home / "index" / "build.lock"):
        refused = frisksvar(home, "index")
    assert refused.exit_code == 1
    assert sentences(refused.stderr) == [
        "En annen bygging av indeksen pågår: vent til den er ferdig."
    ]
    assert frisksvar(home, "index").exit_code == 0
