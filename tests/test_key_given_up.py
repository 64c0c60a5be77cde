"""A key of the pseudonyms that was given up, and found after all; a log setting that is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from backup_desk import frisksvar
from privacy_world import KARI
from test_doctor import found, ready
from test_pseudonym_key import ask_of, home_asked, lost, replaced
from tests_support import Home

from bot.slack.pseudonyms import KEY
from knowledge.backups.sealing import Keys
from knowledge.personal_data.pseudonym_key import GIVEN_UP, check_value, given_up, was_given_up
from knowledge.register.inquiries import Inquiries
from knowledge.store import Store
from knowledge.store.jobs import Jobs

pytest_plugins = ("backup_desk",)

__all__ = ["home_asked", "ready"]  # the fixtures


def accept(home: Home) -> None:
    done = frisksvar(home.settings.home, "privacy", "key", "--accept", "--yes")
    assert done.exit_code == 0, done.stderr


def told_of_kari(home: Home) -> str:
    done = frisksvar(home.settings.home, "privacy", "find", KARI)
    assert done.exit_code == 0, done.stderr
    return done.output


def rows(home: Home) -> list[str]:
    with Store(home.settings.database) as store:
        found = store.database.execute("SELECT value FROM key_checks WHERE name = ?", [GIVEN_UP])
        return [value for (value,) in found.fetchall()]


def test_a_key_accepted_by_mistake_gives_way_to_the_one_that_is_found(
    home_asked: Home, tmp_path: Path
) -> None:
    key = home_asked.settings.home / KEY
    shutil.copy(key, tmp_path / "kept.key")
    replaced(key)
    accept(home_asked)
    assert "ble gitt opp" in told_of_kari(home_asked)
    assert rows(home_asked) == [check_value((tmp_path / "kept.key").read_bytes().strip())]
    shutil.copy(tmp_path / "kept.key", key)
    accept(home_asked)
    told = told_of_kari(home_asked)
    assert "ble gitt opp" not in told and "inquiries" in told
    assert rows(home_asked) == []


def test_what_was_made_with_the_one_between_is_still_told(home_asked: Home, tmp_path: Path) -> None:
    key = home_asked.settings.home / KEY
    shutil.copy(key, tmp_path / "kept.key")
    lost(key)
    accept(home_asked)
    between = check_value(key.read_bytes().strip())
    ask_of(home_asked.store, "U0NILS001", "Med den nye nøkkelen?")
    home_asked.store.close()
    shutil.copy(tmp_path / "kept.key", key)
    accept(home_asked)
    assert rows(home_asked) == [between]
    assert "ble gitt opp" in told_of_kari(home_asked)


def test_one_that_no_value_was_kept_of_stays_given_up(home_asked: Home) -> None:
    """Also where an older program noted it, with an empty value."""
    key = home_asked.settings.home / KEY
    with Store(home_asked.settings.database) as store, store.write() as db:
        db.execute("DELETE FROM key_checks")
    lost(key)
    accept(home_asked)
    assert rows(home_asked) == ["unknown"]
    with Store(home_asked.settings.database) as store:
        with store.write() as db:
            db.execute("UPDATE key_checks SET value = '' WHERE name = ?", [GIVEN_UP])
        assert given_up(store) is not None
        assert not was_given_up(store, b"x" * 64)
    accept(home_asked)
    assert "ble gitt opp" in told_of_kari(home_asked)


def test_it_is_fetched_from_a_backup_too(
    home_asked: Home, folder: Path, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, sealed = home_asked.settings.home, ("--key-file", str(tmp_path / "age.key"))
    monkeypatch.setenv("FRISKSVAR_BACKUP_FOLDER", str(folder))
    assert frisksvar(home, "backup", *sealed).exit_code == 0
    replaced(home / KEY)
    accept(home_asked)
    back = frisksvar(home, "privacy", "key", "--from", "latest", *sealed)
    assert back.exit_code == 0, back.stderr
    told = told_of_kari(home_asked)
    assert "ble gitt opp" not in told and "inquiries" in told


@pytest.mark.parametrize("which", ["latest", "folder"])
def test_where_there_is_no_backup_it_says_where_to_tell_of_them(
    which: str, home_asked: Home, folder: Path
) -> None:
    folder.mkdir()
    given = str(folder) if which == "folder" else which
    done = frisksvar(home_asked.settings.home, "privacy", "key", "--from", given)
    assert done.exit_code == 1
    (told,) = done.stderr.strip().splitlines()
    assert "FRISKSVAR_BACKUP_FOLDER" in told and "stien til selve kopien" in told


def test_a_wrong_log_setting_does_not_stop_the_night_s_work(
    home_asked: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRISKSVAR_LOG", "DEBUG")
    with Store(home_asked.settings.database) as store, store.write() as db:
        db.conn.execute("UPDATE inquiries SET received_at = '2020-01-01T00:00:00+00:00'")
    done = frisksvar(home_asked.settings.home, "daily")
    assert done.exit_code == 0, done.stderr
    with Store(home_asked.settings.database) as store:
        last = Jobs(store).last("retention")
        assert last is not None and last.ok
        assert [each.question for each in Inquiries(store).all()] == [""]
    assert told_of_kari(home_asked)


def test_doctor_tells_of_a_wrong_log_setting_once(
    ready: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRISKSVAR_LOG", "DEBUG")
    wrong = [each for some in found().values() for each in some if "FRISKSVAR_LOG" in each["text"]]
    assert [each["state"] for each in wrong] == ["bad"]
    assert found()["keys"][0]["state"] == "ok"
