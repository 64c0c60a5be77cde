"""What the tests of faults share: a small home with an index, and the command as a process.

A module of tests that wants the home says `pytest_plugins = ("faults_desk",)`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from slack_server import Timing
from tests_support import Home

from bot.answering.answer import Answerer
from bot.answering.question import Question
from knowledge.register import Inquiries

PROGRAM: Final = (sys.executable, "-c", "from bot.cli import main; main()")
SOUP = "# Suppe\n\nSentralen Vesleblom serverer suppe med kikerter hver tirsdag.\n"
QUESTION = "Når serverer Vesleblom suppe med kikerter?"
PATIENT = Timing(retry_after_s=(0.1, *[1.0] * 60))
"""Slack waits three seconds for an ack, and sends what it did not take again and again."""


def frisksvar(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as its own process, which lets go of the disk when it ends."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "FRISKSVAR_HOME": str(home), "COLUMNS": "300"},
        timeout=60,
    )


def sentences(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What was told, without progress bars and the request to index."""
    told = [line for line in done.stderr.splitlines() if line.strip() and " 0:00:" not in line]
    return [line for line in told if "frisksvar index" not in line]


@pytest.fixture(scope="session")
def soup_home(bundled_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small library, indexed, in which a question was asked. Tests change a copy of it."""
    folder = tmp_path_factory.mktemp("soup")
    bundled_home.store.close()
    shutil.copytree(bundled_home.settings.home, folder / "home")
    shutil.rmtree(folder / "home" / "library")
    home = Home(folder / "home")
    (folder / "soup.md").write_text(SOUP, encoding="utf-8")
    home.add(folder / "soup.md")
    index = home.build()
    Answerer(index, Inquiries(home.store)).answer(Question(QUESTION))
    home.store.close()
    return folder / "home"
