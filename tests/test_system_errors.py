"""What the system refuses is told in the user's language."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import pytest
from backup_desk import frisksvar

import knowledge
from knowledge.backups.errors import BackupError
from knowledge.backups.sealing import Keys, new_keys
from knowledge.messages import LANGUAGES, Message
from knowledge.system_errors import REASONS, reason_of

pytest_plugins = ("backup_desk",)


@pytest.mark.parametrize(
    "number",
    [
        errno.EEXIST,
        errno.EISDIR,
        errno.ENOTDIR,
        errno.EACCES,
        errno.ENOENT,
        errno.EROFS,
        errno.ENOSPC,
    ],
)
def test_the_commonest_have_words_in_each_language(number: int) -> None:
    reason = reason_of(OSError(number, os.strerror(number), "x"))
    assert isinstance(reason, Message)
    told = {reason.sentence(language) for language in LANGUAGES}
    assert len(told) >= 2 and os.strerror(number) not in told


def test_a_rare_one_is_told_as_the_system_does() -> None:
    assert reason_of(OSError(errno.ELOOP, "Too many levels")) == "Too many levels"
    assert reason_of(OSError("short write")) == "short write"
    assert reason_of(OSError()) == "OSError"
    assert errno.ELOOP not in REASONS


def test_no_sentence_takes_the_system_s_own_words() -> None:
    """Each goes through `reason_of`."""
    top = Path(knowledge.__file__).parent.parent
    found = [
        f"{path.relative_to(top)}"
        for package in ("bot", "indexer", "knowledge")
        for path in sorted((top / package).rglob("*.py"))
        if re.search(r"(?<!`error)\.strerror\b(?!\()", path.read_text(encoding="utf-8"))
    ]
    # The training of the model is told in English, to whoever develops it.
    assert set(found) <= {"indexer/training/reading.py"}


def test_a_key_file_that_is_there_is_told_to_stay(home_path: Path) -> None:
    path = home_path / "own.key"
    assert frisksvar(home_path, "backups", "key", str(path)).exit_code == 0
    before = path.read_bytes()
    done = frisksvar(home_path, "backups", "key", str(path))
    assert done.exit_code == 1 and path.read_bytes() == before
    assert "finnes fra før" in done.stderr and "overskrives aldri" in done.stderr
    assert "exists" not in done.stderr


def test_a_folder_is_told_in_norwegian(home_path: Path) -> None:
    (home_path / "file").write_text("x")
    done = frisksvar(home_path, "backups", "key", str(home_path / "file" / "own.key"))
    assert done.exit_code == 1 and "noe på veien dit er en fil" in done.stderr


def test_what_another_key_sealed_is_told_without_age_s_words(keys: Keys, tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"x" * 200_000)
    keys.seal(tmp_path / "plain", tmp_path / "sealed")
    with pytest.raises(BackupError) as other:
        new_keys(tmp_path / "other.key").sha256_inside(tmp_path / "sealed")
    assert "kryptert til en annen nøkkel" in other.value.sentence("nb")
    assert "matching" not in other.value.sentence("nb")
    content = (tmp_path / "sealed").read_bytes()
    (tmp_path / "cut").write_bytes(content[:100])
    (tmp_path / "changed").write_bytes(content[:-9] + b"123456789")
    for name in ("cut", "changed"):
        with pytest.raises(BackupError) as damaged:
            keys.sha256_inside(tmp_path / name)
        assert "endret eller skadet" in damaged.value.sentence("nb")


@pytest.fixture
def home_path(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"
