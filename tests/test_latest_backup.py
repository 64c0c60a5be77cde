"""`restore latest`: the newest by what is inside, and what is asked and refused before."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from backup_desk import asked, backup, frisksvar, receive
from click.testing import CliRunner
from filelock import FileLock
from tests_support import Home

from bot.cli import main
from knowledge.backups.errors import BackupError
from knowledge.backups.latest import latest
from knowledge.backups.manifest import backups_in
from knowledge.messages import LANGUAGES, say
from knowledge.store.jobs import Jobs

pytest_plugins = ("backup_desk",)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FUTURE = NOW + timedelta(days=400)


def made(home: Home, folder: Path, now: datetime) -> str:
    name = backup(home, folder, now=now).backup.name
    home.store.close()
    return name


def test_it_is_the_last_one_made(filled: Home, folder: Path) -> None:
    made(filled, folder, NOW - timedelta(days=2))
    last = made(filled, folder, NOW - timedelta(days=1))
    assert latest(folder, NOW) == (backups_in(folder)[0], None) or latest(folder, NOW).note is None
    assert latest(folder, NOW).backup.name == last


def test_one_from_a_clock_that_was_ahead_does_not_win_by_its_name(
    filled: Home, folder: Path
) -> None:
    wrong = made(filled, folder, FUTURE)
    receive(filled.store, "cli:3")
    right = made(filled, folder, NOW - timedelta(hours=1))
    assert backups_in(folder)[0].name == wrong
    chosen, note = latest(folder, NOW)
    assert chosen.name == right and note is not None
    assert wrong in note.sentence("nb") and right in note.sentence("nb")
    assert "2027-12-27" in note.sentence("nb")


def test_it_wins_if_it_has_the_newest_rows_and_that_is_said(filled: Home, folder: Path) -> None:
    made(filled, folder, NOW - timedelta(days=1))
    receive(filled.store, "cli:3")
    wrong = made(filled, folder, FUTURE)
    chosen, note = latest(folder, NOW)
    assert chosen.name == wrong and note is not None and "tatt sist" in note.sentence("nb")
    done = frisksvar(filled.settings.home, "restore", "latest", "--yes", "--from", str(folder))
    assert done.exit_code == 0 and wrong in done.stderr.splitlines()[0]
    assert asked(filled.settings.database) == ["cli:1", "cli:2", "cli:3"]


def test_where_all_are_ahead_of_a_clock_that_went_back_the_last_one_made_is_chosen(
    filled: Home, folder: Path
) -> None:
    first = made(filled, folder, FUTURE + timedelta(days=1))
    second = made(filled, folder, FUTURE)
    chosen, note = latest(folder, NOW)
    assert chosen.name == second != first and note is not None


def test_a_folder_with_another_name_is_as_old_as_what_is_in_it(filled: Home, folder: Path) -> None:
    old = made(filled, folder, NOW - timedelta(days=9))
    new = made(filled, folder, NOW - timedelta(days=1))
    (folder / old).rename(folder / "frisksvar-2026-11-22T110000Z")
    chosen, note = latest(folder, NOW)
    assert chosen.name == new and note is not None and "nyere navn" in note.sentence("nb")


def test_one_that_may_be_the_newest_and_cannot_be_read_is_not_passed_over(
    filled: Home, folder: Path
) -> None:
    old = made(filled, folder, NOW - timedelta(days=2))
    new = made(filled, folder, NOW - timedelta(days=1))
    (folder / new / "manifest.json").unlink()
    with pytest.raises(BackupError, match="not a whole backup"):
        latest(folder, NOW)
    shutil.rmtree(folder / new)
    (folder / old / "manifest.json").write_text("{}")
    with pytest.raises(BackupError, match="not a whole backup"):
        latest(folder, NOW)
    shutil.rmtree(folder / old)
    with pytest.raises(BackupError, match="--from"):
        latest(folder, NOW)


def test_a_manifest_of_a_former_version_has_no_number(filled: Home, folder: Path) -> None:
    name = made(filled, folder, NOW - timedelta(days=1))
    path = folder / name / "manifest.json"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if '"sequence"' not in line))
    assert backups_in(folder)[0].manifest().sequence == 0
    assert latest(folder, NOW).backup.name == name


# What is asked


def answered(home: Home, folder: Path, typed: str, language: str = "nb") -> str:
    arguments = ["--lang", language, "restore", "latest", "--from", str(folder)]
    environment = {"FRISKSVAR_HOME": str(home.settings.home)}
    done = CliRunner().invoke(main, arguments, input=typed, env=environment)
    assert done.exit_code in (0, 1)
    return done.output if done.exit_code else "restored"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("yes", ["j", "JA", "y", "yes", "kanskje\nja"])
def test_yes_is_said_in_any_language(yes: str, language: str, filled: Home, folder: Path) -> None:
    made(filled, folder, NOW - timedelta(days=1))
    assert answered(filled, folder, f"{yes}\n", language) == "restored"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("no", ["n\n", "nei\n", "No\n", "\n", ""])
def test_anything_else_changes_nothing(no: str, language: str, filled: Home, folder: Path) -> None:
    made(filled, folder, NOW - timedelta(days=1))
    receive(filled.store, "cli:3")
    filled.store.close()
    told = answered(filled, folder, no, language)
    assert ("[j/N]" if language != "en" else "[y/N]") in told
    assert told.splitlines()[-1].endswith(say("aborted", language))  # type: ignore[arg-type]
    assert asked(filled.settings.database) == ["cli:1", "cli:2", "cli:3"]


def test_a_bot_that_runs_is_told_before_anything_is_asked(filled: Home, folder: Path) -> None:
    made(filled, folder, NOW - timedelta(days=1))
    with FileLock(filled.settings.home / "bot.lock"):
        told = answered(filled, folder, "j\n")
    assert "stopp boten" in told and "[j/N]" not in told


# What is no backup


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_that_is_no_register_is_told_by_its_own_name(
    language: str, filled: Home, tmp_path: Path
) -> None:
    text = tmp_path / "hostname"
    text.write_text("vesleblom\n" * 500)
    told = frisksvar(filled.settings.home, "--lang", language, "restore", str(text), "--yes")
    assert told.exit_code == 1 and told.stderr.startswith(f"{text} ")
    assert "register" in told.stderr and "file is not a database" not in told.stderr


def test_a_damaged_file_is_told_by_its_own_name(filled: Home, tmp_path: Path) -> None:
    path = tmp_path / "copy.db"
    shutil.copyfile(filled.settings.database, path)
    with path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * 4096 * 12)
    told = frisksvar(filled.settings.home, "restore", str(path), "--yes")
    assert told.exit_code == 1 and told.stderr.startswith(f"{path} er skadet")
    assert ".restore-" not in told.stderr


def test_a_migration_is_a_job_like_the_others(tmp_path: Path) -> None:
    import gzip

    from knowledge.store import Store

    stored = Path(__file__).parent / "migrations" / "0003_links.db.gz"
    path = tmp_path / "frisksvar.db"
    path.write_bytes(gzip.decompress(stored.read_bytes()))
    with Store(path) as store:
        done = Jobs(store).last("migration")
    assert done is not None and done.ok and done.detail["from"] == "0003_links"
    with Store(path) as store:
        count = store.database.execute("SELECT count(*) FROM jobs").fetchone()[0]
    assert count == 1, "once, and not at each start"
    with Store(tmp_path / "new.db") as store:
        assert Jobs(store).last("migration") is None, "there was nothing to migrate"
