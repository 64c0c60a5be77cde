"""Homes to work in: an empty one for each test, and one with the digests indexed, made once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from tests_support import Home

# Modules of fixtures, named in pytest_plugins: what they assert is told as fully as a test's.
pytest.register_assert_rewrite("backup_desk", "faults_desk")

# In CI the same examples each time, so that a change is judged by itself; elsewhere new ones.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("long", max_examples=2_000, deadline=None)  # make audit
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOME", "MODEL", "LANG", "CONFIG", "SECRETS_DIR"):
        monkeypatch.delenv(f"FRISKSVAR_{name}", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    # What the machine itself is set up with is nothing to the tests.
    monkeypatch.setattr("knowledge.configuration.SYSTEM_FILE", tmp_path / "etc" / "frisksvar.toml")
    monkeypatch.setattr("knowledge.configuration.RUN_SECRETS", tmp_path / "run" / "secrets")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path / "home")
    yield made
    made.store.close()


@pytest.fixture(scope="session")
def bundled_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The digests, indexed. Tests read it and must not change it."""
    made = Home(tmp_path_factory.mktemp("bundled"))
    made.build(bundled=True)
    yield made
    made.store.close()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a document into a folder of its own, with a name."""

    def written(name: str, text: str) -> Path:
        path = tmp_path / "documents" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return written
