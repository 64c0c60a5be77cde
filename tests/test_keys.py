"""Keys that give way to others: none is lost or taken for another, and one is always there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from backup_desk import backup, frisksvar
from privacy_world import KARI, TEAM, ask
from tests_support import Home

from bot.cli.app import App
from bot.cli.recall import Recall
from bot.slack.pseudonyms import KEY, Pseudonyms, look, put_back, secret_of, start_anew
from knowledge import keys
from knowledge.backups.documents import put_keys
from knowledge.backups.sealing import Keys
from knowledge.keys import put_aside, write_key
from knowledge.messages import Failure
from knowledge.personal_data.erased_again import Again
from knowledge.personal_data.pseudonym_key import check_value, recorded
from knowledge.register import People
from knowledge.store import Store

pytest_plugins = ("backup_desk",)

FIRST, SECOND, THIRD = (letter * 64 for letter in ("a", "b", "c"))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    path = tmp_path / KEY
    path.write_text(FIRST)
    return path


def held(place: Path) -> set[str]:
    return {each.read_text() for each in place.parent.iterdir()}


def by_writing(place: Path, content: str) -> None:
    write_key(place, content.encode())


def by_restoring(place: Path, content: str) -> None:
    unpacked = place.parent.parent / f"unpacked-{content[0]}"
    unpacked.mkdir()
    (unpacked / KEY).write_text(content)
    put_keys(unpacked, place.parent)


def by_putting_aside(place: Path, content: str) -> None:
    put_aside(place)
    place.write_text(content)


@pytest.mark.parametrize("give_way", [by_writing, by_restoring, by_putting_aside])
def test_two_within_one_second_are_both_kept(
    give_way: Callable[[Path, str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(datetime):
        @classmethod
        def now(cls, tz: object = None) -> Stopped:
            return cls(2026, 11, 22, 3, tzinfo=UTC)

    monkeypatch.setattr(keys, "datetime", Stopped)
    home = tmp_path / "home"
    home.mkdir()
    place = home / KEY
    place.write_text(FIRST)
    give_way(place, SECOND)
    give_way(place, THIRD)
    assert place.read_text() == THIRD
    assert held(place) == {FIRST, SECOND, THIRD}
    if give_way is not by_putting_aside:  # which leaves a file as it is
        assert all(each.stat().st_mode & 0o077 == 0 for each in home.glob(f"{KEY}.*"))


@pytest.mark.parametrize(
    "point",
    ["keys._claimed", "keys._keep", "keys.Path.replace"],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_any_step_leaves_a_key_under_the_name(point: str, when: str, place: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from knowledge import keys\n"
        "def die(*_): os.kill(os.getpid(), signal.SIGKILL)\n"
        f"real = {point}\n"
        f"{point} = {'die' if when == 'before' else 'lambda *a: (real(*a), die())'}\n"
        "keys.write_key(Path(sys.argv[1]), b'b' * 64)"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(place)], timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert place.read_text() in (FIRST, SECOND)
    assert FIRST in held(place)
    write_key(place, SECOND.encode())
    assert place.read_text() == SECOND and FIRST in held(place)


def test_where_the_present_one_cannot_be_kept_it_stays(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path, __: bytes) -> None:
        raise OSError("no room")

    monkeypatch.setattr(keys, "_keep", full)
    with pytest.raises(OSError, match="no room"):
        write_key(place, SECOND.encode())
    assert place.read_text() == FIRST


def test_the_same_key_with_another_line_end_is_the_same(place: Path) -> None:
    write_key(place, f"{FIRST}\n".encode())
    assert [each.name for each in place.parent.iterdir()] == [KEY]


# A register from before the check


@pytest.fixture
def asked(home: Home) -> Store:
    """Kari asked, and no check value is kept."""
    store = home.store
    who = Pseudonyms(secret_of(store)).of(TEAM, KARI)
    number = ask(store, KARI, "Hei", "1.1", at=datetime.now(UTC))
    with store.write() as db:
        db.conn.execute("UPDATE inquiries SET asker = ? WHERE id = ?", [who, number])
        db.conn.execute("DELETE FROM key_checks")
    return store


def test_a_strangers_key_does_not_take_the_place_of_the_right_one(asked: Store) -> None:
    right = (asked.path.parent / KEY).read_bytes()
    assert look(asked).state == "right"
    with pytest.raises(Failure) as told:
        put_back(asked, b"z" * 64)
    assert told.value.key == "operation_privacy_key_in_place"
    assert (asked.path.parent / KEY).read_bytes() == right and recorded(asked) is None
    assert put_back(asked, right).read_bytes() == right, "it itself may be"
    assert recorded(asked) == check_value(right)


def test_it_comes_back_where_none_or_a_newer_one_is_in_its_place(asked: Store) -> None:
    place = asked.path.parent / KEY
    right = place.read_bytes()
    place.unlink()
    put_back(asked, right)
    with asked.write() as db:
        db.conn.execute("DELETE FROM key_checks")
    place.write_text(SECOND)
    later = (datetime.now(UTC) + timedelta(minutes=1)).timestamp()
    os.utime(place, (later, later))
    assert put_back(asked, right).read_bytes() == right


def test_the_command_says_it(
    asked: Store, home: Home, folder: Path, keys: Keys, tmp_path: Path
) -> None:
    place = asked.path.parent / KEY
    right = place.read_bytes()
    asked.close()
    place.write_text(SECOND)
    other = backup(home, folder, keys)
    place.write_bytes(right)
    os.utime(place, (1, 1))
    sealed = ("--key-file", str(tmp_path / "age.key"))
    said = frisksvar(
        home.settings.home, "privacy", "key", "--from", str(other.backup.path), *sealed
    )
    assert said.exit_code == 1 and "flytt filen først" in said.stderr
    assert place.read_bytes() == right


def test_a_new_key_after_a_damaged_one_keeps_the_damaged_file(asked: Store) -> None:
    place = asked.path.parent / KEY
    place.write_text("kort")
    start_anew(asked)
    (aside,) = place.parent.glob(f"{KEY}.aside-*")
    assert aside.read_text() == "kort"


# Which key a restore forgets with


@pytest.mark.parametrize("right", ["set", "brought", "at home", "none"])
def test_the_key_that_the_register_knows_goes_first(
    right: str, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"set": FIRST, "brought": SECOND, "at home": THIRD}
    monkeypatch.setenv("FRISKSVAR_SECRET", FIRST)
    monkeypatch.setenv("FRISKSVAR_HOME", str(home.settings.home))
    brought = tmp_path / "brought"
    brought.mkdir()
    (brought / KEY).write_text(SECOND)
    (home.settings.home / KEY).write_text(THIRD)
    used: list[bytes | None] = []

    def remembered(
        known: Sequence[Path], restored: Store, erasures: object, *, key: bytes | None
    ) -> Again:
        del known, restored, erasures
        used.append(key)
        return Again()

    monkeypatch.setattr("bot.cli.recall.bring_up", remembered)
    with Store(tmp_path / "restored.db") as store:
        People(store).change("u01", municipality="0301")
        with store.write() as db:
            db.conn.execute(
                "INSERT INTO key_checks (name, value, at) VALUES ('pseudonym', ?, '2026')",
                [check_value(values.get(right, "d" * 64).encode())],
            )
        Recall(App(), tmp_path / "copy.db")([], store, brought)
    assert used == [values.get(right, FIRST).encode()]
