"""The key of the pseudonyms: made once, known again, and never replaced behind anybody's back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from backup_desk import backup, frisksvar, restore
from privacy_world import KARI, ODD, TEAM, ask
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.sqlite3 import SQLite3InstallationStore
from slack_server import Slack
from slack_town import environment
from tests_support import Home

from bot.slack.app import build
from bot.slack.installations import SealedInstallations
from bot.slack.pseudonyms import KEY, Pseudonyms, look, pseudonyms, secret_of
from bot.slack.settings import SlackSettings
from indexer.index import Index
from knowledge.backups.sealing import Keys
from knowledge.keys import kept_key
from knowledge.messages import Failure
from knowledge.personal_data.pseudonym_key import check_value, needed, recorded
from knowledge.register import People
from knowledge.register.users import Users
from knowledge.store import Store

pytest_plugins = ("backup_desk",)

OTHER = "b" * 64


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "home" / "frisksvar.db") as made:
        yield made


@pytest.fixture
def asked(store: Store) -> Store:
    """Kari asked, as the bot keeps it."""
    ask_of(store, KARI)
    return store


def ask_of(store: Store, user: str, question: str = f"Får vi {ODD}?") -> str:
    who = pseudonyms(store).of(TEAM, user)
    number = ask(store, user, question, f"1.{user}", at=datetime.now(UTC))
    with store.write() as db:
        db.conn.execute("UPDATE inquiries SET asker = ? WHERE id = ?", [who, number])
    return who


def key_of(store: Store) -> Path:
    return store.path.parent / KEY


def unchecked(store: Store) -> None:
    """As a register from before there was a check."""
    with store.write() as db:
        db.conn.execute("DELETE FROM key_checks")


def lost(path: Path) -> None:
    path.unlink()


def replaced(path: Path) -> None:
    path.write_text(OTHER, encoding="ascii")


def cut(path: Path) -> None:
    os.truncate(path, 10)


def zeroed(path: Path) -> None:
    path.write_bytes(b"\0" * 64)


SPOILT: dict[Callable[[Path], None], tuple[str, str]] = {
    lost: ("missing", "mangler"),
    replaced: ("other", "en annen enn den registeret er laget med"),
    cut: ("damaged", "for kort"),
    zeroed: ("damaged", "for kort"),
}


def test_it_is_made_once_and_known_by_its_check_value(store: Store) -> None:
    assert look(store).state == "new" and not key_of(store).exists(), "looking makes nothing"
    secret = secret_of(store)
    assert recorded(store) == check_value(secret)
    assert (
        secret.decode()
        not in store.database.conn.execute("SELECT value FROM key_checks").fetchone()
    )
    assert secret_of(store) == secret
    assert key_of(store).stat().st_mode & 0o077 == 0


def test_a_key_that_nothing_was_made_with_may_be_lost(store: Store) -> None:
    first = secret_of(store)
    key_of(store).unlink()
    assert secret_of(store) != first and look(store).state == "right"


@pytest.mark.parametrize("spoil", SPOILT)
@pytest.mark.parametrize("checked", [True, False])
def test_a_spoilt_key_is_refused_and_none_is_made(
    spoil: Callable[[Path], None], checked: bool, asked: Store
) -> None:
    if not checked:
        unchecked(asked)
    spoil(key_of(asked))
    if spoil is replaced and not checked:
        # The file says when it was written: later than all that it should have made.
        later = (datetime.now(UTC) + timedelta(minutes=1)).timestamp()
        os.utime(key_of(asked), (later, later))
    before = key_of(asked).read_bytes() if key_of(asked).exists() else None
    state = SPOILT[spoil][0] if checked or spoil is not replaced else "unsure"
    assert look(asked).state == state
    with pytest.raises(Failure) as told:
        secret_of(asked)
    assert told.value.key == f"operation_privacy_key_{state}"
    assert "frisksvar privacy key" in str(told.value) and str(key_of(asked)) in str(told.value)
    assert (key_of(asked).read_bytes() if key_of(asked).exists() else None) == before
    assert (recorded(asked) is not None) == checked, "what is not certain is not kept"


@pytest.mark.parametrize("kept", ["people", "inquiry_feedback", "forgotten_people"])
def test_whatever_was_made_with_a_key_needs_it(kept: str, store: Store) -> None:
    assert not needed(store)
    rows = {
        "people": "INSERT INTO people (who, changed_at) VALUES ('u0123', '2026-01-01')",
        "inquiry_feedback": "INSERT INTO inquiry_feedback (inquiry, who, vote, at) "
        "VALUES (1, 'u01234567', 'up', '2026-01-01')",
        "forgotten_people": "INSERT INTO forgotten_people VALUES ('aa', '2026-01-01')",
    }
    number = ask(store, KARI, "Hei", "1.1")
    with store.write() as db:
        db.conn.execute("UPDATE inquiries SET asker = NULL WHERE id = ?", [number])
        db.conn.execute(rows[kept])
    assert needed(store)
    assert look(store).state == "missing"


def installed(kept: SQLite3InstallationStore) -> None:
    """A workspace installed the app; nobody has asked anything yet."""
    kept.save(
        Installation(
            app_id="A1", team_id=TEAM, user_id="U1", bot_token="xoxb-1", bot_id="B1",
            bot_user_id="U2",
        )
    )  # fmt: skip


def token(store: Store, secret: bytes) -> str | None:
    found = SealedInstallations(store.path, "C1", secret).find_bot(enterprise_id=None, team_id=TEAM)
    return found.bot_token if found else None


@pytest.mark.parametrize("left", ["slack_bots", "slack_installations"])
@pytest.mark.parametrize("checked", [True, False])
def test_tokens_of_workspaces_need_the_key_they_are_sealed_with(
    left: str, checked: bool, store: Store
) -> None:
    secret = secret_of(store)
    installed(SealedInstallations(store.path, "C1", secret))
    with store.write() as db:
        other = {"slack_bots": "slack_installations"}.get(left, "slack_bots")
        db.conn.execute(f"DELETE FROM {other}")
    if not checked:
        unchecked(store)
    path = key_of(store)
    put = path.with_name("put")
    path.rename(put)
    with pytest.raises(Failure) as told:
        secret_of(store)
    assert told.value.key == "operation_privacy_key_missing" and not path.exists()
    # A key that came later than they is not theirs.
    replaced(path)
    later = (datetime.now(UTC) + timedelta(minutes=1)).timestamp()
    os.utime(path, (later, later))
    assert look(store).state == ("other" if checked else "unsure")
    put.replace(path)
    old = (datetime.now(UTC) - timedelta(minutes=1)).timestamp()
    os.utime(path, (old, old))
    assert secret_of(store) == secret
    assert token(store, secret) == ("xoxb-1" if left == "slack_bots" else None)


def test_tokens_in_clear_need_no_key(store: Store) -> None:
    installed(SQLite3InstallationStore(database=str(store.path), client_id="C1"))
    assert not needed(store) and look(store).state == "new"


# A register that is older than the check


def test_an_older_register_takes_the_key_that_was_there_when_it_was_written(asked: Store) -> None:
    unchecked(asked)
    secret = secret_of(asked)
    assert recorded(asked) == check_value(secret)


def test_an_older_register_takes_a_newer_file_that_knows_somebody(asked: Store) -> None:
    """As after `cp` from where it was kept: the file is new, and the key is the right one."""
    unchecked(asked)
    later = (datetime.now(UTC) + timedelta(minutes=1)).timestamp()
    os.utime(key_of(asked), (later, later))
    assert look(asked).state == "unsure"
    Users(asked).sign_in("https://slack.com", KARI, "Kari")
    assert look(asked).state == "right"
    replaced(key_of(asked))
    os.utime(key_of(asked), (later, later))
    assert look(asked).state == "unsure", "another key does not know them"


def test_a_key_that_is_set_goes_before_the_file_and_is_checked_too(asked: Store) -> None:
    right = key_of(asked).read_text()
    assert look(asked, OTHER).state == "other"
    lost(key_of(asked))
    assert secret_of(asked, right).decode() == right
    assert not key_of(asked).exists()
    unchecked(asked)
    assert look(asked, right).state == "right", "nobody sets one by mistake"


# What refuses, and what goes on


@pytest.fixture
def home_asked(home: Home) -> Home:
    ask_of(home.store, KARI)
    home.store.close()
    return home


@pytest.mark.parametrize("spoil", [lost, replaced])
@pytest.mark.parametrize(
    "arguments",
    [("find", KARI), ("forget", KARI, "--yes"), ("export", KARI, "-o", "x.zip"), ("key",)],
)
def test_commands_that_need_it_refuse_in_one_sentence(
    arguments: tuple[str, ...],
    spoil: Callable[[Path], None],
    home_asked: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    home = home_asked.settings.home
    spoil(home / KEY)
    before = sorted(path.name for path in home.iterdir())
    result = frisksvar(home, "privacy", *arguments)
    assert result.exit_code == 1
    assert SPOILT[spoil][1] in result.stderr and "Ingenting er lagret" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert sorted(path.name for path in home.iterdir()) == before
    assert not (tmp_path / "x.zip").exists()


def test_the_bot_refuses_to_begin(home_asked: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    lost(home_asked.settings.home / KEY)
    with Slack() as slack:
        for name, value in environment(slack).items():
            monkeypatch.setenv(name, value)
        settings = SlackSettings.read()
        index = Index(home_asked.settings)
        database = home_asked.settings.database
        with Store(database) as store, pytest.raises(Failure, match="missing"):
            build(home_asked.settings, settings, store, index)
    assert not (home_asked.settings.home / KEY).exists()


def test_retention_goes_on_without_it_and_says_so(home_asked: Home) -> None:
    home = home_asked.settings.home
    with Store(home_asked.settings.database) as store, store.write() as db:
        db.conn.execute("UPDATE inquiries SET received_at = '2020-01-01T00:00:00+00:00'")
    lost(home / KEY)
    done = frisksvar(home, "privacy", "retention")
    assert done.exit_code == 0 and "mangler" in done.stderr
    assert "1 rad etter regelen «tekst og spørrer" in " ".join(done.stderr.split())
    assert not (home / KEY).exists()


def test_the_key_that_is_put_back_knows_them_again(home_asked: Home, tmp_path: Path) -> None:
    home = home_asked.settings.home
    shutil.copy(home / KEY, tmp_path / "kept.key")
    lost(home / KEY)
    assert frisksvar(home, "privacy", "find", KARI).exit_code == 1
    shutil.copy(tmp_path / "kept.key", home / KEY)
    assert "inquiries" in frisksvar(home, "privacy", "find", KARI).stdout


def test_it_is_fetched_from_an_encrypted_backup_alone(
    home_asked: Home, folder: Path, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = home_asked.settings.home
    monkeypatch.setenv("FRISKSVAR_BACKUP_FOLDER", str(folder))
    made = frisksvar(home, "backup", "--key-file", str(tmp_path / "age.key"))
    assert made.exit_code == 0
    right = (home / KEY).read_bytes()
    ask_of(home_asked.store, "U0NILS001", "Kom etter kopien?")
    home_asked.store.close()
    replaced(home / KEY)
    sealed = ("--key-file", str(tmp_path / "age.key"))
    back = frisksvar(home, "privacy", "key", "--from", "latest", *sealed)
    assert back.exit_code == 0, back.stderr
    assert (home / KEY).read_bytes() == right
    (aside,) = home.glob("pseudonym.key.aside-*")
    assert aside.read_text() == OTHER
    with Store(home_asked.settings.database) as store:
        assert store.database.execute("SELECT count(*) FROM inquiries").fetchone() == (2,)
    assert not list(home.glob(".backup-*"))


def test_a_backup_without_a_key_or_with_another_ones_is_no_help(
    home_asked: Home, folder: Path, keys: Keys, tmp_path: Path
) -> None:
    home = home_asked.settings.home
    plain = backup(home_asked, folder)
    lost(home / KEY)
    said = frisksvar(home, "privacy", "key", "--from", str(plain.backup.path))
    assert said.exit_code == 1 and "bare krypterte sikkerhetskopier" in said.stderr
    replaced(home / KEY)
    other = backup(home_asked, tmp_path / "others", keys)
    lost(home / KEY)
    sealed = ("--key-file", str(tmp_path / "age.key"))
    said = frisksvar(home, "privacy", "key", "--from", str(other.backup.path), *sealed)
    assert said.exit_code == 1 and "heller ikke" in said.stderr
    assert not (home / KEY).exists()


@pytest.mark.parametrize("spoil", SPOILT)
def test_one_that_is_lost_for_good_is_given_up_only_when_somebody_says_so(
    spoil: Callable[[Path], None], home_asked: Home
) -> None:
    home = home_asked.settings.home
    spoil(home / KEY)
    assert frisksvar(home, "privacy", "key", "--accept").exit_code == 1  # nobody says yes
    assert frisksvar(home, "privacy", "key").exit_code == 1
    done = frisksvar(home, "privacy", "key", "--accept", "--yes")
    assert done.exit_code == 0 and "fra nå av" in done.stderr
    assert frisksvar(home, "privacy", "key").exit_code == 0
    told = frisksvar(home, "privacy", "find", KARI).stderr
    assert "Ingenting er lagret" in told
    # Of a lost key that is true only of what was asked since.
    assert "ble gitt opp" in told
    with Store(home_asked.settings.database) as store, store.write() as db:
        db.conn.execute("UPDATE inquiries SET asker = NULL")
    assert "ble gitt opp" not in frisksvar(home, "privacy", "find", KARI).stderr


# Restoring


def test_a_restore_says_that_the_key_is_not_there(home_asked: Home, folder: Path) -> None:
    home = home_asked.settings.home
    backup(home_asked, folder)
    lost(home / KEY)
    done = frisksvar(home, "restore", "latest", "--yes", "--from", str(folder))
    assert done.exit_code == 0 and "mangler" in done.stderr, "the inquiries are back all the same"
    assert not (home / KEY).exists()


def test_a_restore_that_fails_leaves_the_present_key(
    home_asked: Home, folder: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = home_asked.settings.home
    made = backup(home_asked, folder, keys)
    replaced(home / KEY)

    def broken(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr("knowledge.backups.restoring._swap", broken)
    with pytest.raises(Failure, match="disk is gone"):
        restore(home_asked.settings, made.backup, keys=keys)
    assert (home / KEY).read_text() == OTHER, "it may be the one of the register that is there"


def test_a_restore_that_ends_before_its_key_is_in_place_is_told_and_mended(
    home_asked: Home, folder: Path, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = home_asked.settings.home
    right = (home / KEY).read_bytes()
    made = backup(home_asked, folder, keys)
    replaced(home / KEY)

    def ends(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("knowledge.backups.restoring.put_keys", ends)
        restore(home_asked.settings, made.backup, keys=keys)
    assert frisksvar(home, "privacy", "find", KARI).exit_code == 1
    sealed = ("--key-file", str(tmp_path / "age.key"))
    back = frisksvar(home, "privacy", "key", "--from", str(made.backup.path), *sealed)
    assert back.exit_code == 0 and (home / KEY).read_bytes() == right
    assert "inquiries" in frisksvar(home, "privacy", "find", KARI).stdout


# Ends that come too early


KILLED = {
    "before the key has its name": "keys.os.link = die",
    "before the check value": "pseudonyms.record = die",
}


@pytest.mark.parametrize("point", KILLED)
def test_a_kill_while_it_is_made_leaves_none_or_a_whole_one(point: str, store: Store) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from knowledge import keys\n"
        "from bot.slack import pseudonyms; from knowledge.store import Store\n"
        "die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"{KILLED[point]}\npseudonyms.secret_of(Store(Path(sys.argv[1])))"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(store.path)], timeout=60)
    assert ended.returncode == -signal.SIGKILL
    made = key_of(store).read_bytes() if key_of(store).exists() else None
    secret = secret_of(store)
    assert made in (None, secret) and len(secret) == 64
    People(store).change(Pseudonyms(secret).of(TEAM, KARI), municipality="0301")
    assert look(store).state == "right"


def test_processes_that_start_at_once_have_the_same_key(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from knowledge.keys import kept_key\n"
        "print(kept_key(Path(sys.argv[1])).decode())"
    )
    path = tmp_path / "new" / KEY
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    said = {process.communicate(timeout=60)[0] for process in started}
    assert len(said) == 1 and said == {kept_key(path) + b"\n"}
    assert [each.name for each in path.parent.iterdir()] == [KEY]
