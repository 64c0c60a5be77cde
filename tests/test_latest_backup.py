"""`restore latest`: the newest by what is inside, and what is asked and refused before."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from backup_desk import asked, backup, frisksvar, receive, restore
from click.testing import CliRunner
from filelock import FileLock
from tests_support import Home

from bot.cli import main
from knowledge.backups.errors import BackupError
from knowledge.backups.latest import latest, newer_than
from knowledge.backups.making import make_backup
from knowledge.backups.manifest import Backup, backups_in
from knowledge.backups.rotation import Keep
from knowledge.messages import LANGUAGES, say
from knowledge.register import Inquiries
from knowledge.settings import Settings
from knowledge.store import Store
from knowledge.store.erasures import FILE
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


def clock_back(home: Home, folder: Path) -> list[str]:
    """One by the right clock, and two nights with one that is forty days behind."""
    names = [made(home, folder, NOW - timedelta(hours=9))]
    for days in (40, 39):
        receive(home.store, f"cli:{days}")
        names.append(made(home, folder, NOW - timedelta(days=days)))
    return names


def test_one_from_a_clock_that_was_behind_wins_if_it_was_made_last(
    filled: Home, folder: Path
) -> None:
    first, _, last = clock_back(filled, folder)
    assert backups_in(folder)[0].name == first
    chosen, note = latest(folder, NOW)
    assert chosen.name == last and note is not None
    for language in LANGUAGES:
        assert first in note.sentence(language) and last in note.sentence(language)
    done = frisksvar(filled.settings.home, "restore", "latest", "--yes", "--from", str(folder))
    assert done.exit_code == 0 and first in done.stderr.splitlines()[0]
    assert asked(filled.settings.database) == ["cli:1", "cli:2", "cli:40", "cli:39"]


def test_after_a_restore_the_lower_numbers_are_the_newer_ones(filled: Home, folder: Path) -> None:
    old = [made(filled, folder, NOW - timedelta(days=days)) for days in (9, 8, 7, 6, 5)]
    restore(filled.settings, Backup(folder / old[1]), now=NOW)
    receive(filled.store, "cli:3")
    new = made(filled, folder, NOW - timedelta(days=1))
    numbers = {one.name: one.manifest().sequence for one in backups_in(folder)}
    assert numbers[new] < numbers[old[-1]], "they began again"
    chosen, note = latest(folder, NOW)
    assert chosen.name == new and note is not None
    assert all(name in note.sentence("nb") for name in (new, old[-1]))
    assert "tilbakelegging" in note.sentence("nb")


def test_backups_of_another_register_are_not_compared_by_their_numbers(
    filled: Home, folder: Path, tmp_path: Path
) -> None:
    old = [made(filled, folder, NOW - timedelta(days=days)) for days in (9, 8, 7)]
    settings = Settings(home=tmp_path / "new")
    with Store(settings.database) as store:
        receive(store, "cli:new")
    keep = Keep()
    moment = NOW - timedelta(days=1)
    new = make_backup(settings, folder=folder, keep=keep, now=moment, wait=0).backup.name
    chosen, note = latest(folder, NOW)
    assert chosen.name == new and note is not None and old[-1] in note.sentence("en")


def test_where_a_manifest_tells_of_no_line_the_clock_decides_and_both_are_named(
    filled: Home, folder: Path
) -> None:
    first, *_, last = clock_back(filled, folder)
    for backup_ in backups_in(folder):
        path = backup_.path / "manifest.json"
        lines = path.read_text().splitlines()
        path.write_text("\n".join(line for line in lines if '"line"' not in line))
    chosen, note = latest(folder, NOW)
    assert chosen.name == first and note is not None
    assert last in note.sentence("nb") and first in note.sentence("nb")


def test_a_restore_asks_the_newest_by_number_who_was_forgotten(filled: Home, folder: Path) -> None:
    """The register is gone, and the backup that knows has an older name than the one chosen."""
    number = Inquiries(filled.store).found("cli:1")
    assert number is not None
    first = made(filled, folder, NOW - timedelta(hours=9))
    Inquiries(filled.store).withdraw(number.id)
    later = made(filled, folder, NOW - timedelta(days=40))
    assert [[one.name for one in line] for line in newer_than(Backup(folder / first))] == [[later]]
    assert newer_than(Backup(folder / later)) == []
    filled.settings.database.write_bytes(b"garbage" * 5000)
    (filled.settings.home / FILE).unlink()
    restore(filled.settings, Backup(folder / first), now=NOW)
    there = Inquiries(filled.store).get(number.id)
    assert there is not None and there.question == ""


def test_of_each_line_the_newest_that_can_be_read_is_asked(filled: Home, folder: Path) -> None:
    old = [made(filled, folder, NOW - timedelta(days=days)) for days in (9, 8, 7)]
    restore(filled.settings, Backup(folder / old[0]), now=NOW)
    new = [made(filled, folder, NOW - timedelta(days=days)) for days in (2, 1)]
    asked_of = [[one.name for one in line] for line in newer_than(Backup(folder / old[1]))]
    assert asked_of == [[old[2]], [new[1], new[0]]]
    assert newer_than(Backup(folder / new[1])) == []


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
