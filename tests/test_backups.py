"""Backups while others write; encryption; rotation; what is left when one cannot be made."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree

import pytest
from backup_desk import (
    MORNING,
    SECRET_WORD,
    asked,
    backup,
    frisksvar,
    receive,
    restore,
    whole,
)
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st
from tests_support import Home

from knowledge.backups import room
from knowledge.backups.aside import remove_old
from knowledge.backups.errors import BackupError
from knowledge.backups.making import make_backup
from knowledge.backups.manifest import Backup, backups_in, name_of
from knowledge.backups.rotation import Keep, superfluous
from knowledge.backups.sealing import Keys, new_keys, read_keys
from knowledge.settings import Settings
from knowledge.store import Store
from knowledge.store.connection import BUSY_TIMEOUT_SECONDS
from knowledge.store.copying import connect, copy_database, known_migrations
from knowledge.store.jobs import Jobs

pytest_plugins = ("backup_desk",)


# Making one


def test_a_backup_says_what_it_holds_and_was_opened(filled: Home, folder: Path) -> None:
    made = backup(filled, folder)
    assert made.backup.name == "frisksvar-2026-11-22T030000Z"
    assert sorted(path.name for path in made.backup.path.iterdir()) == [
        "files.tar",
        "frisksvar.db",
        "manifest.json",
    ]
    manifest = made.backup.whole()
    assert (manifest.rows["inquiries"], manifest.documents, manifest.verified) == (2, 1, "opened")
    assert manifest.migrations == known_migrations()
    assert asked(made.backup.path / "frisksvar.db") == ["cli:1", "cli:2"]
    assert {path.stat().st_mode & 0o077 for path in made.backup.path.iterdir()} == {0}
    with Store(filled.settings.database) as store:
        job = Jobs(store).last("backup")
        assert job is not None and job.ok
        assert job.detail["verified"] == "opened" and job.detail["backup"] == made.backup.name


def test_writers_go_on_while_a_backup_is_made(home: Home, folder: Path) -> None:
    with home.store.write() as db:
        db.conn.execute("CREATE TABLE filler (b BLOB)")
        db.conn.executemany("INSERT INTO filler VALUES (randomblob(1000000))", [()] * 40)
    stop = threading.Event()
    longest = [0.0]
    acknowledged: list[str] = []

    def writes(number: int) -> None:
        with Store(home.settings.database) as store:
            count = 0
            while not stop.is_set():
                began = time.monotonic()
                receive(store, key := f"slack:{number}:{count}")
                longest[0] = max(longest[0], time.monotonic() - began)
                acknowledged.append(key)
                count += 1

    threads = [threading.Thread(target=writes, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    while len(acknowledged) < 5:
        assert any(thread.is_alive() for thread in threads)
    try:
        seen = []
        for minute in range(3):
            before = list(acknowledged)
            made = backup(home, folder, now=MORNING + timedelta(days=minute))
            after = list(acknowledged)
            copied = set(asked(made.backup.path / "frisksvar.db"))
            # Everything acknowledged before it began, and nothing that came after it ended.
            assert set(before) <= copied <= set(after) | set(acknowledged[: len(after) + 2])
            seen.append(len(after) - len(before))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert all(count > 0 for count in seen), "nothing was written meanwhile: the test shows nothing"
    assert longest[0] < BUSY_TIMEOUT_SECONDS / 2
    assert set(acknowledged) == set(asked(home.settings.database))


def test_a_copy_is_one_moment_across_tables(home: Home, folder: Path) -> None:
    """Each transaction adds a row to two tables; no copy may show one without the other."""
    with home.store.write() as db:
        db.conn.execute("CREATE TABLE one (a)")
        db.conn.execute("CREATE TABLE two (a, b BLOB)")
    stop = threading.Event()

    def writes() -> None:
        with Store(home.settings.database) as store:
            while not stop.is_set():
                with store.write() as db:
                    db.conn.execute("INSERT INTO one VALUES (1)")
                    db.conn.execute("INSERT INTO two VALUES (1, randomblob(50000))")

    thread = threading.Thread(target=writes)
    thread.start()
    try:
        for day in range(4):
            made = backup(home, folder, now=MORNING + timedelta(days=day))
            rows = made.manifest.rows
            assert rows["one"] == rows["two"]
    finally:
        stop.set()
        thread.join()
    assert made.manifest.rows["one"] > 0


def test_files_that_did_not_change_are_stored_once(filled: Home, folder: Path) -> None:
    first = backup(filled, folder)
    second = backup(filled, folder, now=MORNING + timedelta(days=1))
    tar = [made.backup.path / "files.tar" for made in (first, second)]
    assert tar[0].samefile(tar[1])
    # One that went bad on the disk is not handed on.
    tar[0].write_bytes(tar[0].read_bytes()[:-600] + b"x" * 600)
    third = backup(filled, folder, now=MORNING + timedelta(days=2))
    assert third.backup.whole().documents == 1


def test_a_document_that_is_gone_is_told_and_the_rest_is_kept(filled: Home, folder: Path) -> None:
    rmtree(filled.settings.library)
    done = frisksvar(filled.settings.home, "backup", "--to", str(folder))
    assert done.exit_code == 0 and "2 henvendelser" in done.stdout
    assert "1 dokument som registeret viser til" in done.stderr


def test_a_second_backup_at_the_same_time_says_so(filled: Home, folder: Path) -> None:
    with (
        FileLock(filled.settings.home / "backup.lock"),
        pytest.raises(BackupError, match="under way"),
    ):
        backup(filled, folder)
    assert not folder.exists()


def test_a_second_backup_waits_for_the_first(filled: Home, folder: Path) -> None:
    lock = FileLock(filled.settings.home / "backup.lock", thread_local=False)
    lock.acquire()
    threading.Timer(0.3, lock.release).start()
    make_backup(filled.settings, folder=folder, keep=Keep(), now=MORNING, wait=30)
    assert whole(folder) == [name_of(MORNING)]


def test_two_in_the_same_second_have_two_names(filled: Home, folder: Path) -> None:
    names = {backup(filled, folder).backup.name for _ in range(2)}
    assert len(names) == 2


def test_a_home_without_a_register_has_nothing_to_back_up(tmp_path: Path) -> None:
    done = frisksvar(tmp_path / "empty", "backup")
    assert done.exit_code == 1 and "ingen database" in done.stderr
    assert not (tmp_path / "empty" / "frisksvar.db").exists()


# When it cannot be made


def test_a_damaged_register_does_not_take_a_good_backups_place(filled: Home, folder: Path) -> None:
    kept = backup(filled, folder).backup.name
    damage(filled.settings.database)
    with pytest.raises(BackupError, match=r"damaged.*restore latest"):
        backup(filled, folder, now=MORNING + timedelta(days=1))
    assert whole(folder) == [kept]


def damage(path: Path) -> None:
    """One page in the middle of a table is overwritten."""
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'inquiries'"
        ).fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\x5a" * size
    path.write_bytes(content)


def test_a_copy_with_other_rows_than_the_snapshot_is_not_kept(
    filled: Home, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_row_short(source: Path, target: Path) -> dict[str, int]:
        rows = copy_database(source, target)
        with closing(connect(target)) as connection:
            connection.execute("DELETE FROM inquiry_topics")
            connection.execute("DELETE FROM inquiries WHERE came_from = 'cli:2'")
        return rows

    monkeypatch.setattr("knowledge.backups.making.copy_database", one_row_short)
    with pytest.raises(BackupError, match="does not have as many rows"):
        backup(filled, folder)
    assert list(folder.iterdir()) == []


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
from bot.cli import main
main()
"""


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_full_disk_leaves_the_older_ones_and_no_half_file(
    encrypted: bool, filled: Home, folder: Path, keys: Keys, tmp_path: Path
) -> None:
    kept = backup(filled, folder).backup.name
    with filled.store.write() as db:
        db.conn.execute("CREATE TABLE filler (b BLOB)")
        db.conn.executemany("INSERT INTO filler VALUES (randomblob(1000000))", [()] * 6)
    filled.store.close()
    more = ["--key-file", str(tmp_path / "age.key")] if encrypted else []
    ended = subprocess.run(
        [sys.executable, "-c", FULL, "backup", "--to", str(folder), *more],
        env={**os.environ, "FRISKSVAR_HOME": str(filled.settings.home)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1 and len(ended.stderr.strip().splitlines()) == 1
    assert "er som før" in ended.stderr
    assert whole(folder) == [kept]
    assert not list(filled.settings.home.glob(".*"))
    with Store(filled.settings.database) as store:
        last = Jobs(store).last("backup")
        assert last is not None and not last.ok
        good = Jobs(store).last("backup", ok=True)
        assert good is not None and good.detail["backup"] == kept


def test_too_little_room_is_seen_before_anything_is_written(
    filled: Home, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "room_in", lambda place: 1_000)
    with pytest.raises(BackupError, match="is free: make room"):
        backup(filled, folder)
    assert list(folder.iterdir()) == []


POINTS = ["copy_database", "pack", "_manifest", "name_of", "_record"]


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_leaves_nothing_half_made(point: str, filled: Home, folder: Path) -> None:
    kept = backup(filled, folder).backup.name
    receive(filled.store, "cli:3")
    filled.store.close()
    # `name_of` is called first when the name is looked for, and again when it is given.
    program = (
        "import os, signal, sys; from datetime import UTC, datetime; from pathlib import Path\n"
        "from knowledge.backups import making; from knowledge.backups.rotation import Keep\n"
        "from knowledge.settings import Settings\n"
        f"real, calls, last = making.{point}, [], {2 if point == 'name_of' else 1}\n"
        "def die(*a, **k):\n"
        "    calls.append(1); result = real(*a, **k)\n"
        "    if len(calls) == last: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return result\n"
        f"making.{point} = die\n"
        "making.make_backup(Settings(home=Path(sys.argv[1])), folder=Path(sys.argv[2]), "
        "keep=Keep(), now=datetime(2026, 11, 23, 3, tzinfo=UTC))"
    )
    if point == "pack":
        rmtree(folder / kept)  # or the files are only linked
        kept = backup(filled, folder, now=MORNING - timedelta(days=1)).backup.name
        (filled.settings.home / "one.key").write_text("k" * 64)
        rmtree(filled.settings.library)
    arguments = [str(filled.settings.home), str(folder)]
    ended = subprocess.run([sys.executable, "-c", program, *arguments], timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert kept in [one.name for one in backups_in(folder)]
    for one in backups_in(folder):
        one.whole()
    backup(filled, folder, now=MORNING + timedelta(days=2))
    assert kept in whole(folder)
    assert not list(filled.settings.home.glob(".*"))
    assert len(asked(filled.settings.database)) == 3


# Encryption


def test_an_encrypted_backup_shows_no_word_and_opens_again(
    filled: Home, folder: Path, keys: Keys, tmp_path: Path
) -> None:
    (filled.settings.home / "pseudonym.key").write_text("a" * 64, encoding="ascii")
    made = backup(filled, folder, keys)
    assert made.manifest.verified == "decrypted"
    for path in made.backup.path.iterdir():
        content = path.read_bytes()
        assert SECRET_WORD.encode() not in content and b"Vesleblom" not in content
        assert b"a" * 64 not in content
    new = Settings(home=tmp_path / "new")
    done = restore(new, made.backup, keys=keys)
    assert (done.inquiries, done.documents, done.aside) == (2, 1, None)
    assert (new.home / "pseudonym.key").read_text() == "a" * 64
    assert asked(new.database) == ["cli:1", "cli:2"]


def test_with_the_public_key_only_it_can_be_made_but_not_opened(
    filled: Home, folder: Path, keys: Keys, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    public.write_text(f"# theirs\n{keys.recipients[0]}\n", encoding="utf-8")
    made = backup(filled, folder, read_keys(public))
    assert made.manifest.verified == "before_encryption"
    new = Settings(home=tmp_path / "new")
    with pytest.raises(BackupError, match="give the file with the secret key"):
        restore(new, made.backup, keys=read_keys(public))
    assert not new.database.exists()
    assert restore(new, made.backup, keys=keys).inquiries == 2


def test_another_key_does_not_open_it(
    filled: Home, folder: Path, keys: Keys, tmp_path: Path
) -> None:
    made = backup(filled, folder, keys)
    other = new_keys(tmp_path / "other.key")
    with pytest.raises(BackupError, match="another key"):
        restore(filled.settings, made.backup, keys=other)
    assert asked(filled.settings.database) == ["cli:1", "cli:2"]


def test_without_encryption_the_keys_stay_at_home(filled: Home, folder: Path) -> None:
    (filled.settings.home / "pseudonym.key").write_text("a" * 64, encoding="ascii")
    made = backup(filled, folder)
    with tarfile.open(made.backup.path / "files.tar") as tar:
        assert all(name.startswith("library/") for name in tar.getnames())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no keys"),
        ("# only a comment\n", "no keys"),
        ("age1notakey\n", "Line 1"),
        ("\nAGE-SECRET-KEY-1HELLO\n", "Line 2"),
        ("hunter2\n", "Line 1"),
    ],
)
def test_a_bad_key_file_is_told_without_its_content(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.key"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BackupError, match=said) as told:
        read_keys(path)
    assert "hunter2" not in str(told.value) and "HELLO" not in str(told.value)


def test_a_key_file_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    done = frisksvar(tmp_path / "home", "backups", "key", str(path))
    assert done.exit_code == 0 and read_keys(path).recipients[0] in done.stdout
    assert "AGE-SECRET" not in done.output
    assert path.stat().st_mode & 0o077 == 0
    before = path.read_bytes()
    assert frisksvar(tmp_path / "home", "backups", "key", str(path)).exit_code == 1
    assert path.read_bytes() == before
    assert "AGE-SECRET" not in repr(read_keys(path))


# Rotation


class Named(Backup):
    """One whose manifest is readable or not, without a disk."""

    def __init__(self, moment: datetime, *, good: bool = True) -> None:
        super().__init__(Path(name_of(moment)))
        self.good = good

    def manifest(self):  # type: ignore[no-untyped-def]
        if not self.good:
            raise BackupError("operation_backup_no_manifest", path=self.path)


def left(backups: list[Named], keep: Keep) -> list[Named]:
    gone = {backup.name for backup in superfluous(backups, keep)}
    return [backup for backup in backups if backup.name not in gone]


def test_a_year_of_days_leaves_two_weeks_two_months_and_a_year() -> None:
    daily = [Named(MORNING - timedelta(days=days)) for days in range(400)]
    stay = {backup.made_at.date() for backup in left(daily, Keep(14, 8, 12))}
    today = MORNING.date()
    days = {today - timedelta(days=days) for days in range(14)}
    # 2026-11-22 is a Sunday, and the end of its week.
    weeks = {today - timedelta(days=7 * week) for week in range(8)}
    firsts = [today.replace(day=1)]
    for _ in range(10):
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    months = {today} | {first - timedelta(days=1) for first in firsts}
    assert len(months) == 12
    assert stay == days | weeks | months


@given(
    hours=st.lists(st.integers(0, 24 * 500), unique=True, min_size=1, max_size=60),
    bad=st.sets(st.integers(0, 59)),
    keep=st.builds(Keep, st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)),
)
def test_rotation_never_takes_the_last_good_one(
    hours: list[int], bad: set[int], keep: Keep
) -> None:
    all_of_them = [
        Named(MORNING - timedelta(hours=hour), good=number not in bad)
        for number, hour in enumerate(hours)
    ]
    good = [backup for backup in all_of_them if backup.good]
    stay = left(all_of_them, keep)
    if good:
        assert max(good, key=lambda backup: backup.name) in stay
    else:
        assert stay == all_of_them
    limit = 1 + keep.daily + keep.weekly + keep.monthly
    assert len([backup for backup in stay if backup.good]) <= limit
    assert left(stay, keep) == stay, "a second run takes nothing more"


@pytest.mark.parametrize("text", ["", "14", "14,8", "a,b,c", "0,0,0", "14,8,12,1", "-1,2,3"])
def test_what_to_keep_is_three_numbers(text: str, filled: Home) -> None:
    done = frisksvar(filled.settings.home, "backup", "--keep", text)
    assert done.exit_code == 2 and "14,8,12" in done.stderr


def test_older_backups_go_when_a_new_one_is_made(filled: Home, folder: Path) -> None:
    keep = Keep(2, 0, 0)
    for day in range(4):
        made = make_backup(
            filled.settings, folder=folder, keep=keep, now=MORNING + timedelta(days=day)
        )
    assert whole(folder) == ["frisksvar-2026-11-25T030000Z", "frisksvar-2026-11-24T030000Z"]
    assert made.removed == ("frisksvar-2026-11-23T030000Z",)


def test_copies_put_aside_go_after_a_month_and_nothing_else_does(tmp_path: Path) -> None:
    names = ["frisksvar-before-0009_x.db", "frisksvar-before-restore-2026.db", "frisksvar.db"]
    names += ["frisksvar-before-notes.txt", "other.db"]
    for name in names:
        (tmp_path / name).write_text("")
    now = datetime.now(UTC)
    assert remove_old(tmp_path, now + timedelta(days=29)) == []
    assert remove_old(tmp_path, now + timedelta(days=31)) == names[:2]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names[2:])
