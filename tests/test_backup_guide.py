"""The commands of docs/operation/backup.md, in the order they stand there."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests_support import Home

from bot.cli import main
from bot.configuration import described
from knowledge.backups.manifest import backups_in

GUIDE = Path(__file__).parent.parent / "docs" / "operation" / "backup.md"
SECTIONS = ("Take one", "Encrypt them", "Bring one back", "Rehearse it")
ELSEWHERE = "/mnt/backups"
"""The one path in the guide that a reader replaces."""


def commands(section: str) -> list[list[str]]:
    text = GUIDE.read_text(encoding="utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]


def test_the_guide_is_read() -> None:
    found = [line for section in SECTIONS for line in commands(section)]
    assert len(found) >= 8 and {line[0] for line in found} == {"frisksvar"}


def test_the_commands_of_the_guide_work_one_after_the_other(
    bundled_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in described():
        monkeypatch.delenv(each.variable, raising=False)
    person = tmp_path / "person"
    person.mkdir()
    home, elsewhere = tmp_path / "home", tmp_path / "mnt"
    without = shutil.ignore_patterns("*.db*")
    shutil.copytree(bundled_home.settings.home, home, ignore=without)
    monkeypatch.setenv("HOME", str(person))
    monkeypatch.setenv("FRISKSVAR_HOME", str(home))
    assert CliRunner().invoke(main, ["ask", "Hvem kan henvise?"]).exit_code == 0
    for section in SECTIONS:
        for _, *line in commands(section):
            given = [
                word.replace(ELSEWHERE, str(elsewhere)).replace("~", str(person)) for word in line
            ]
            done = CliRunner().invoke(main, given, input="j\n")  # a restore asks
            assert done.exit_code == 0, (line, done.output)
    key = person / "frisksvar-backup.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(backups_in(home / "backups")) == 1
    (sealed,) = backups_in(elsewhere)  # the last one of the day
    assert (sealed.path / "frisksvar.db.age").is_file()
