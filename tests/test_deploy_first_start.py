"""Bot and pages started together for the first time: one builds the index, the other waits."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest
from bot_process import FRISKSVAR
from filelock import FileLock
from tests_support import Home

from bot.cli import building
from bot.cli.app import App
from indexer.generations.build import BuildRefused

SECONDS = 60.0


def test_who_comes_second_waits_for_the_index(bundled_home: Home, tmp_path: Path) -> None:
    home, made = tmp_path / "home", bundled_home.settings.index
    (home / "index").mkdir(parents=True)
    log = tmp_path / "said.log"
    with FileLock(home / "index" / "build.lock"):
        with log.open("wb") as said:
            second = subprocess.Popen(
                [str(FRISKSVAR), "ask", "Hvem kan henvise til oss?"],
                env={"PATH": os.defpath, "FRISKSVAR_HOME": str(home)}, stdout=said, stderr=said,
            )  # fmt: skip
        until = time.monotonic() + SECONDS
        while "Bygger indeksen" not in log.read_text(encoding="utf-8"):
            assert second.poll() is None and time.monotonic() < until, log.read_text("utf-8")
            time.sleep(0.05)
        time.sleep(2 * building.LOOK_SECONDS)
        assert second.poll() is None, log.read_text(encoding="utf-8")
        # What the first one builds meanwhile.
        shutil.copytree(made, home / "index", dirs_exist_ok=True)
    assert second.wait(SECONDS) == 0, log.read_text(encoding="utf-8")
    assert "https://" in log.read_text(encoding="utf-8")


def test_nobody_waits_for_ever(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "WAIT_SECONDS", 0.0)
    monkeypatch.setattr(building, "LOOK_SECONDS", 0.01)
    home.settings.index.mkdir(parents=True, exist_ok=True)
    app = App(settings=home.settings)
    with (
        FileLock(home.settings.index / "build.lock"),
        closing(app),
        pytest.raises(BuildRefused) as refused,
    ):
        building.ensure_index(app)
    assert refused.value.key == "build_running"
