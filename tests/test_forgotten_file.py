"""forgotten.log: what was forgotten stays so when a backup is restored and no database tells."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from backup_desk import frisksvar
from hypothesis import given, settings
from hypothesis import strategies as st
from privacy_world import KARI, KEY, ODD, OLA, TEAM, World, ask, filled, pseudonym

from bot.slack.pseudonyms import KEY as KEY_FILE
from bot.slack.pseudonyms import Pseudonyms
from knowledge.messages import Failure
from knowledge.personal_data import Holds, Retention, apply_retention, forget, identify
from knowledge.personal_data.erased_again import bring_up
from knowledge.personal_data.forgetting import forgotten
from knowledge.register import Inquiries
from knowledge.register.forgetting_rows import redact_row
from knowledge.register.ideas import Ideas
from knowledge.register.review import Review
from knowledge.store import Store
from knowledge.store.copying import copy_database
from knowledge.store.erasures import FILE, Erasure, complete, keep, merge, read
from knowledge.store.jobs import Jobs
from knowledge.store.row_marks import mark_of

WHO = "cli:test"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Where a backup was made yesterday, into tmp_path/backups."""
    made = filled(tmp_path / "home")
    (tmp_path / "backups").mkdir()
    Jobs(made.store).record("backup", ok=True, detail={"folder": str(tmp_path / "backups")})
    copy_database(made.path, tmp_path / "backups" / "old.db")
    yield made
    made.store.close()


@pytest.fixture
def old(world: World, tmp_path: Path) -> Path:
    """The register as the backup has it."""
    return tmp_path / "backups" / "old.db"


def noted(world: World) -> tuple[Erasure, ...]:
    return read(world.path.parent / FILE).erasures


def forget_kari(world: World) -> None:
    forget(world.store, identify(world.store, KARI, Pseudonyms(KEY).of), key=KEY, who=WHO)


def again(
    old: Path, erasures: tuple[Erasure, ...], known: tuple[Path, ...] = (), key: bytes | None = KEY
) -> bytes:
    """The bytes of a restored backup, after it forgot what the file tells."""
    with Store(old) as restored:
        bring_up(known, restored, erasures, key=key)
        assert restored.database.execute("PRAGMA foreign_key_check").fetchall() == []
    return old.read_bytes().lower()


def gone(raw: bytes, *words: str) -> None:
    for word in words:
        assert word.lower().encode() not in raw, word


# What is written


def test_a_forgetting_is_written_twice_without_a_word_of_it(world: World, tmp_path: Path) -> None:
    forget_kari(world)
    own = (world.path.parent / FILE).read_bytes()
    assert own and own == (tmp_path / "backups" / FILE).read_bytes()
    assert {each.act for each in noted(world)} == {"person", "withdrawn", "user"}
    assert {each.number for each in noted(world) if each.kind == "inquiry"} == set(world.theirs)
    gone(own.lower(), ODD, KARI, pseudonym(KARI), "2026-03-01", "1577")
    assert (world.path.parent / FILE).stat().st_mode & 0o077 == 0


def withdraw(world: World) -> None:
    Inquiries(world.store).withdraw(world.theirs[0])


def delete(world: World) -> None:
    Review(world.store).delete(world.theirs[0], who="user:1")


def redact(world: World) -> None:
    Review(world.store).redact(world.theirs[0], [ODD, f"{ODD}kurs"], who="user:1")


def take_old(world: World) -> None:
    later = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=800)
    apply_retention(world.store, Retention(24, 0, 0), who="daily", now=later)


GOES: dict[str, tuple[Callable[[World], None], str, list[int]]] = {
    "taken back": (withdraw, "withdrawn", [0]),
    "deleted": (delete, "deleted", [0]),
    "words": (redact, "words", [0]),
    "old": (take_old, "retention", [0, 1]),
    "a person": (forget_kari, "person", [0, 1]),
}


@pytest.mark.parametrize("what", GOES)
@pytest.mark.parametrize("key", [KEY, None])
def test_a_restored_backup_forgets_it_where_no_database_tells(
    what: str, key: bytes | None, world: World, old: Path
) -> None:
    act, name, which = GOES[what]
    act(world)
    assert name in {each.act for each in noted(world)}
    again(old, noted(world), key=key)
    with Store(old) as restored:
        for index in which:
            inquiry = Inquiries(restored).get(world.theirs[index])
            assert inquiry is not None and inquiry.question == "" and inquiry.note == ""
        for table in ("inquiry_answers", "approvals", "inquiry_quotes"):
            found = restored.database.execute(
                f"SELECT count(*) FROM {table} WHERE inquiry = ? AND instr(lower(text), ?)",
                [world.theirs[0], ODD],
            ).fetchone()
            centre_answered = what == "taken back" and table == "inquiry_answers"
            stands = what == "old" and table == "approvals"  # it is what the centres know
            assert found == (0,) or centre_answered or stands, table
        other = Inquiries(restored).get(world.other)
        assert what == "old" or (other is not None and other.question == "Når er fristen?")


def test_a_forgotten_person_leaves_nothing_in_the_restored_file(world: World, old: Path) -> None:
    assert ODD.encode() in old.read_bytes().lower()
    forget_kari(world)
    raw = again(old, noted(world))
    gone(raw, ODD, pseudonym(KARI), KARI)
    assert pseudonym(OLA).encode() in raw


def test_only_the_key_knows_what_else_was_theirs(world: World, old: Path) -> None:
    forget_kari(world)
    raw = again(old, noted(world), key=None)
    gone(raw, f"og hva med {ODD}", f"ring om {ODD}")
    assert pseudonym(KARI).encode() in raw, "a vote in somebody else's inquiry"
    # Once the key is back, retention does the rest: the hash came along.
    with Store(old) as restored:
        assert apply_retention(restored, Retention(0, 0, 0), who="daily", key=KEY) == {}
        assert restored.database.execute(
            "SELECT count(*) FROM inquiry_feedback WHERE who = ?", [pseudonym(KARI)]
        ).fetchone() == (0,)


def test_words_that_a_newer_database_knows_of_are_all_that_goes(
    world: World, old: Path, tmp_path: Path
) -> None:
    redact(world)
    newer = tmp_path / "newer.db"
    copy_database(world.path, newer)
    again(old, noted(world), known=(newer,))
    with Store(old) as restored:
        inquiry = Inquiries(restored).get(world.theirs[0])
        assert inquiry is not None and inquiry.question.startswith("Får vi tilskudd til [fjernet]")


@pytest.mark.parametrize("known", [True, False])
def test_an_idea_is_emptied_only_where_nothing_knows_the_words(
    known: bool, world: World, old: Path, tmp_path: Path
) -> None:
    for path in (world.path, old):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(
                "INSERT INTO ideas (id, came_from, created_at, title, text, status) VALUES "
                f"(7, 'web:7', '2026-03-01T08:00:00.5+00:00', 'Tur', 'Med {ODD}.', 'new')"
            )
    redact_row(world.store, "idea", 7, [ODD], "user:1")
    newer = tmp_path / "newer.db"
    copy_database(world.path, newer)
    for _ in range(2):  # and the second time nothing is left to do
        again(old, noted(world), known=(newer,) if known else ())
        with Store(old) as restored:
            idea = Ideas(restored).get(7)
            assert idea is not None
            assert idea.text == ("Med [fjernet]." if known else "")


def test_a_row_that_has_the_number_of_a_forgotten_one_stays(world: World, old: Path) -> None:
    """The register went on from an older backup, and gave the number to somebody else."""
    withdraw(world)
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute(
            "UPDATE inquiries SET received_at = '2026-05-05T05:05:05.55+00:00', "
            "question = 'En annen' WHERE id = ?",
            [world.theirs[0]],
        )
    again(old, noted(world))
    with Store(old) as restored:
        inquiry = Inquiries(restored).get(world.theirs[0])
        assert inquiry is not None and inquiry.question == "En annen"


def test_a_day_that_was_corrected_is_the_same_row() -> None:
    exact = "2026-03-01T09:00:00.123456+00:00"
    assert mark_of("inquiry", 1, exact) == mark_of("inquiry", 1, "2026-07-01T08:00:00.123456+00:00")
    assert mark_of("inquiry", 1, exact) != mark_of("inquiry", 2, exact)
    whole = "2026-03-01T12:00:00+00:00"  # as an import has it: all of the moment counts
    assert mark_of("inquiry", 1, whole) != mark_of("inquiry", 1, "2026-03-02T12:00:00+00:00")


def test_what_was_on_hold_is_on_hold_again_and_stays(world: World, old: Path) -> None:
    Holds(world.store).hold(world.theirs[0], "sak 1", WHO)
    Holds(world.store).hold(world.theirs[1], "sak 2", WHO)
    Holds(world.store).release(world.theirs[1], WHO)
    take_old(world)
    again(old, noted(world))
    with Store(old) as restored:
        assert [hold.inquiry for hold in Holds(restored).all()] == [world.theirs[0]]
        first, second = (Inquiries(restored).get(number) for number in world.theirs)
        assert first is not None and ODD in first.question
        assert second is not None and second.question == ""


def test_what_is_undone_is_not_written(world: World) -> None:
    with pytest.raises(RuntimeError), world.store.write():
        withdraw(world)
        raise RuntimeError
    with world.store.write():
        with pytest.raises(RuntimeError), world.store.write():
            delete(world)
            raise RuntimeError
        Inquiries(world.store).withdraw(world.theirs[1])
    (only,) = noted(world)
    assert (only.act, only.number) == ("withdrawn", world.theirs[1])


def test_who_asked_in_slack_to_be_forgotten_is_written_too(world: World) -> None:
    """As `/frisksvar slett`: bot/slack/listeners/commands.py."""
    forgotten(world.store, Pseudonyms(KEY).forgotten(pseudonym(KARI)))
    (only,) = noted(world)
    assert only.act == "person"
    assert world.all("SELECT hash, at FROM forgotten_people") == [(only.hash, only.at)]


# Disks that fail, and ends that come too early


def test_one_that_cannot_be_written_forgets_nobody(world: World) -> None:
    (world.path.parent / FILE).mkdir()  # not even root writes to a folder
    with pytest.raises(OSError):
        forget_kari(world)
    assert world.one("SELECT count(*) FROM forgotten_people") == 0
    inquiry = Inquiries(world.store).get(world.theirs[0])
    assert inquiry is not None and ODD in inquiry.question


def test_a_disk_of_backups_that_is_away_is_brought_up_to_date_later(
    world: World, tmp_path: Path
) -> None:
    withdraw(world)
    away = tmp_path / "away"
    (tmp_path / "backups").rename(away)
    Inquiries(world.store).withdraw(world.theirs[1])
    assert not (tmp_path / "backups").exists(), "nothing is made where a disk should be"
    away.rename(tmp_path / "backups")
    delete_other = Review(world.store)
    delete_other.delete(world.other, who="user:1")
    assert len(noted(world)) == 3
    assert read(tmp_path / "backups" / FILE).erasures == noted(world)


KILLED = {
    "before the file": ("erasures._append = die", 0, False),
    "between the file and the commit": ("connection.keep = then(connection.keep)", 1, False),
    "between the commit and the copies": ("connection.bring_up_to_date = die", 1, True),
    "within the copies": ("copies.merge = die", 1, True),
}


@pytest.mark.parametrize("point", KILLED)
def test_a_kill_leaves_it_asked_for_and_never_forgotten_in_the_database_alone(
    point: str, world: World, old: Path, tmp_path: Path
) -> None:
    change, own, committed = KILLED[point]
    world.store.close()
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from knowledge.store import Store, connection, copies, erasures\n"
        "from knowledge.register import Inquiries\n"
        "def die(*_): os.kill(os.getpid(), signal.SIGKILL)\n"
        "def then(f): return lambda *a: (f(*a), die())\n"
        f"{change}\n"
        "Inquiries(Store(Path(sys.argv[1]))).withdraw(int(sys.argv[2]))"
    )
    arguments = [str(world.path), str(world.theirs[0])]
    ended = subprocess.run([sys.executable, "-c", program, *arguments], timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert len(noted(world)) == own
    assert read(tmp_path / "backups" / FILE).erasures == ()
    with Store(world.path) as store:
        inquiry = Inquiries(store).get(world.theirs[0])
        assert inquiry is not None
        assert bool(inquiry.question) != committed, "nobody was told that it was done"
        # Asked again, or the next act: the copies have all of it.
        Inquiries(store).withdraw(world.theirs[1 if committed else 0])
    assert read(tmp_path / "backups" / FILE).erasures == noted(world)
    again(old, noted(world))
    with Store(old) as restored:
        inquiry = Inquiries(restored).get(world.theirs[0])
        assert inquiry is not None and inquiry.question == ""


def test_the_other_way_round_the_next_backup_writes_what_only_the_database_knows(
    world: World, old: Path
) -> None:
    forget_kari(world)
    redact_of = world.other
    Review(world.store).redact(redact_of, ["fristen"], who="user:1")
    lost = noted(world)
    (world.path.parent / FILE).unlink()
    complete(world.path.parent / FILE, world.store.database.conn)
    found = noted(world)
    assert {each.subject for each in found} == {each.subject for each in lost}
    complete(world.path.parent / FILE, world.store.database.conn)
    assert noted(world) == found, "and only once"
    gone(again(old, found), ODD, KARI, "fristen")


# The file itself


def line(number: int) -> Erasure:
    return Erasure("2026-01-01", "withdrawn", kind="inquiry", number=number, mark=f"{number:032}")


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_torn_last_line_is_no_damage_and_goes_with_the_next_one(cut: int, tmp_path: Path) -> None:
    keep(tmp_path, [line(1)])
    whole = (tmp_path / FILE).stat().st_size
    keep(tmp_path, [line(2)])
    os.truncate(tmp_path / FILE, whole + cut)
    assert read(tmp_path / FILE).erasures == (line(1),)
    assert read(tmp_path / FILE).damaged == 0
    keep(tmp_path, [line(3)])
    assert read(tmp_path / FILE).erasures == (line(1), line(3))


@settings(deadline=None)
@given(st.data())
def test_a_bit_that_flipped_costs_its_line_and_is_told(data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        keep(Path(folder), [line(number) for number in range(3)])
        content = bytearray(path.read_bytes())
        at = data.draw(st.integers(0, len(content) - 2))
        content[at] ^= 1 << data.draw(st.integers(0, 6))
        path.write_bytes(content)
        found = read(path)
        assert all(each in [line(number) for number in range(3)] for each in found.erasures)
        assert found.damaged >= 1 and len(found.erasures) >= 1


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_content_breaks_the_reading(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        path.write_bytes(content)
        assert read(path).erasures == ()
        keep(Path(folder), [line(1)])
        assert line(1) in read(path).erasures


def test_a_copy_that_lacks_something_gets_it_once(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
    keep(first, [line(1), line(2)])
    keep(second, [line(2)])
    for _ in range(2):
        merge(first / FILE, second / FILE)
        assert read(second / FILE).erasures == (line(2), line(1))


# The commands


@pytest.fixture
def installed(world: World, tmp_path: Path) -> Path:
    """A home with a backup, whose register was damaged after Kari was forgotten."""
    home = world.path.parent
    (home / KEY_FILE).write_bytes(KEY)
    shutil.rmtree(tmp_path / "backups")
    world.store.close()
    made = frisksvar(home, "backup", "--to", str(tmp_path / "backups"))
    assert made.exit_code == 0, made.stderr
    done = frisksvar(home, "privacy", "forget", KARI, "--yes")
    assert done.exit_code == 0, done.stderr
    for path in home.glob("frisksvar.db*"):
        path.unlink()
    (home / "frisksvar.db").write_bytes(b"garbage" * 5000)
    return home


def restored(home: Path, folder: Path) -> tuple[str, bytes]:
    done = frisksvar(home, "restore", "latest", "--yes", "--from", str(folder))
    assert done.exit_code == 0, done.stderr
    told = " ".join((done.stdout + done.stderr).split())
    return told, (home / "frisksvar.db").read_bytes().lower()


@pytest.mark.parametrize("there", [True, False])
def test_who_forgets_is_told_of_a_folder_that_could_not_be_told(
    there: bool, world: World, tmp_path: Path
) -> None:
    home, folder = world.path.parent, tmp_path / "backups"
    (home / KEY_FILE).write_bytes(KEY)
    world.store.close()
    if not there:
        folder.rename(tmp_path / "away")
    done = frisksvar(home, "privacy", "forget", KARI, "--yes")
    assert done.exit_code == 0, done.stderr
    told = " ".join(done.stderr.split())
    assert ("fikk ikke stå i forgotten.log" in told) != there
    assert (str(folder) in "".join(done.stderr.split())) != there
    assert (folder / FILE).exists() == there


@pytest.mark.parametrize("left", ["both", "beside the database", "beside the backups"])
def test_either_file_is_enough(left: str, installed: Path, tmp_path: Path) -> None:
    if left == "beside the database":
        (tmp_path / "backups" / FILE).unlink()
    if left == "beside the backups":
        (installed / FILE).unlink()
    told, raw = restored(installed, tmp_path / "backups")
    assert "glemt på nytt" in told and "kan ha kommet tilbake" not in told
    gone(raw, ODD, KARI, pseudonym(KARI))
    assert read(installed / FILE).erasures, "a later restore knows it too"


def test_a_new_machine_knows_it_from_the_folder_of_the_backups(
    installed: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    _, raw = restored(new, tmp_path / "backups")
    gone(raw, f"og hva med {ODD}")
    assert read(new / FILE).erasures == read(tmp_path / "backups" / FILE).erasures
    told = frisksvar(new, "privacy", "key")
    assert told.exit_code == 1 and "mangler" in told.stderr


def test_without_any_of_them_it_is_said(installed: Path, tmp_path: Path) -> None:
    for folder in (installed, tmp_path / "backups"):
        (folder / FILE).unlink()
    told, raw = restored(installed, tmp_path / "backups")
    assert "kan ha kommet tilbake" in told and "frisksvar privacy forget" in told
    assert ODD.encode() in raw


def test_a_damaged_file_is_said(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "backups" / FILE).unlink()
    content = (installed / FILE).read_bytes()
    (installed / FILE).write_bytes(content.replace(b"withdrawn", b"withdrawm", 1))
    told, raw = restored(installed, tmp_path / "backups")
    assert f"{installed / FILE} er skadet (1 linje)" in told
    gone(raw, ODD)  # the hash of who it was tells of the same inquiry


def test_a_register_put_aside_goes_with_a_forgetting(world: World, tmp_path: Path) -> None:
    home = world.path.parent
    (home / KEY_FILE).write_bytes(KEY)
    asides = [
        home / "frisksvar-before-0012_key_checks.db",
        home / "frisksvar-before-restore-2026-11-22T030000Z.db",
        home / "frisksvar-before-restore-2026-11-22T030000Z.db-wal",
    ]
    for path in asides:
        copy_database(world.path, path)
    world.store.close()
    shown = frisksvar(home, "privacy", "forget", KARI, "--dry-run")
    assert all(str(path) in shown.stderr for path in asides)
    assert all(path.exists() for path in asides)
    assert frisksvar(home, "privacy", "forget", KARI).exit_code == 1  # nobody says yes
    assert all(path.exists() for path in asides)
    done = frisksvar(home, "privacy", "forget", KARI, "--yes")
    assert done.exit_code == 0 and all(path.name in done.stderr for path in asides)
    gone(b"".join(path.read_bytes().lower() for path in home.glob("*.db*")), ODD, KARI)


def test_it_is_refused_where_the_last_one_who_administers_would_go(world: World) -> None:
    with pytest.raises(Failure):
        forget(world.store, identify(world.store, "user:2", Pseudonyms(KEY).of), key=KEY, who=WHO)
    assert noted(world) == (), "nothing was done, and nothing is forgotten later"


def test_a_question_after_the_forgetting_stays(world: World, tmp_path: Path) -> None:
    forget_kari(world)
    late = ask(world.store, KARI, "Jeg spør igjen", "9.1", at=datetime.now(UTC))
    copy_database(world.path, tmp_path / "late.db")
    again(tmp_path / "late.db", noted(world))
    with Store(tmp_path / "late.db") as restored:
        inquiry = Inquiries(restored).get(late)
        assert inquiry is not None and inquiry.question == "Jeg spør igjen"
        assert inquiry.asker == Pseudonyms(KEY).of(TEAM, KARI)
