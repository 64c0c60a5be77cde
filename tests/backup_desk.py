"""Backups as the tests make and look at them.

A module of tests that wants the fixtures too says `pytest_plugins = ("backup_desk",)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests_support import Home

from bot.cli import main
from knowledge.backups import restoring
from knowledge.backups.making import Made, make_backup
from knowledge.backups.manifest import Backup, backups_in
from knowledge.backups.restoring import Restored
from knowledge.backups.rotation import Keep
from knowledge.backups.sealing import Keys, new_keys
from knowledge.personal_data.erased_again import bring_up
from knowledge.register import Inquiries, NewInquiry
from knowledge.settings import Settings
from knowledge.store import Store
from knowledge.store.copying import connect
from knowledge.store.erasures import FILE, read

MORNING = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SECRET_WORD = "Kvitveiskroken"
PSEUDONYM_KEY = b"k" * 64
DOCUMENT = "# Suppe\n\nSentralen Vesleblom serverer suppe med kikerter hver tirsdag.\n"


def receive(store: Store, key: str, text: str = f"Hvem kan henvise til {SECRET_WORD}?") -> None:
    new = NewInquiry(came_from=key, received_at=MORNING, channel="cli", question=text)
    Inquiries(store).receive(new)


def asked(path: Path) -> list[str]:
    with closing(connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT came_from FROM inquiries ORDER BY id")]


def frisksvar(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"FRISKSVAR_HOME": str(home)})


def whole(folder: Path) -> list[str]:
    """The backups of a folder, each read through; nothing else may lie there."""
    there = backups_in(folder)
    for one in there:
        one.whole()
    assert {path.name for path in folder.iterdir()} - {FILE} == {one.name for one in there}
    return [one.name for one in there]


def backup(home: Home, folder: Path, keys: Keys | None = None, now: datetime = MORNING) -> Made:
    """As `frisksvar backup --to`."""
    return make_backup(
        home.settings, folder=folder, keep=Keep(), keys=keys, now=now, wait=0, given=True
    )


@pytest.fixture
def filled(home: Home, write: Callable[[str, str], Path]) -> Home:
    """Two inquiries and a document; closed, as when nothing runs."""
    assert home.add(write("suppe.md", DOCUMENT)) == ["added"]
    receive(home.store, "cli:1")
    receive(home.store, "cli:2")
    home.store.close()
    return home


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return new_keys(tmp_path / "age.key")


def restore(
    settings: Settings,
    chosen: Backup | Path,
    *,
    keys: Keys | None = None,
    now: datetime | None = None,
) -> Restored:
    """As the command does it, with a key of the pseudonyms that is always the same."""

    def again(newer: Sequence[Path], restored: Store, brought: Path) -> int:
        del brought
        noted = read(settings.home / FILE).erasures
        return bring_up(newer, restored, noted, key=PSEUDONYM_KEY).rows

    return restoring.restore(settings, chosen, forget_again=again, keys=keys, now=now)
