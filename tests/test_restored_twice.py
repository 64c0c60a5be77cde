"""Registers that went on by themselves: one restored, then the other, and who can tell of what."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from backup_desk import frisksvar
from privacy_world import ASKED, KARI, KEY, ODD, World, ask, filled

from bot.slack.pseudonyms import KEY as KEY_FILE
from knowledge.backups.making import Made, make_backup
from knowledge.personal_data import Holds, Retention, apply_retention, forget_again
from knowledge.personal_data.erased_again import bring_up
from knowledge.register import Handovers, Inquiries
from knowledge.register.changes import Changes
from knowledge.register.review import Review
from knowledge.store import Store
from knowledge.store.copying import copy_database
from knowledge.store.erasures import FILE, Erasure, begin, complete, keep, merge, read

WHO = "cli:test"
BACK = "kan ha kommet tilbake"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = filled(tmp_path / "home")
    (made.path.parent / KEY_FILE).write_bytes(KEY)
    yield made
    made.store.close()


@pytest.fixture
def other(world: World, tmp_path: Path) -> Path:
    """The same register, to go on by itself."""
    copy_database(world.path, tmp_path / "other.db")
    return tmp_path / "other.db"


def removed(store: Store, inquiry: int, *words: str) -> None:
    assert Review(store).redact(inquiry, words, who="user:1")


def question(path: Path, inquiry: int) -> str:
    with Store(path) as store:
        found = Inquiries(store).get(inquiry)
        assert found is not None
        return found.question


def run(home: Path, *arguments: str) -> str:
    done = frisksvar(home, *arguments)
    assert done.exit_code == 0, done.stderr
    return " ".join((done.stdout + done.stderr).split())


def again(restored: Path, known: Path | None, *erasures: Erasure) -> tuple[tuple[str, int], ...]:
    with Store(restored) as store:
        return bring_up([known] if known else [], store, erasures, key=KEY).emptied


# Words


def test_words_that_went_between_two_restores_do_not_come_back_with_the_second(
    world: World, tmp_path: Path
) -> None:
    home, backups = world.path.parent, str(tmp_path / "backups")
    first, second = world.theirs
    world.store.close()
    run(home, "backup", "--to", backups)
    with Store(world.path) as store:
        for number in range(4):  # the history is now longer here than in the backup
            revision = Changes(store).last("inquiry", second)
            note = {"note": f"Ring {number} ganger"}
            Review(store).correct(second, note, revision=revision, who="user:1")
    run(home, "restore", "latest", "--from", backups, "--yes")
    with Store(world.path) as store:
        removed(store, first, ODD, f"{ODD}kurs")
    (aside,) = home.glob("frisksvar-before-restore-*.db")
    assert ODD in question(aside, first)
    run(home, "restore", str(aside), "--yes")
    assert question(world.path, first) == "Får vi tilskudd til [fjernet]?"
    with Store(world.path) as store:
        assert Changes(store).of("inquiry", first)[0].field == "redacted"
    # And the first one once more, which the history of the second tells of.
    run(home, "restore", "latest", "--from", backups, "--yes")
    assert question(world.path, first) == "Får vi tilskudd til [fjernet]?"


def test_words_that_went_here_and_others_there_leave_neither(world: World, other: Path) -> None:
    first = world.theirs[0]
    removed(world.store, first, ODD, f"{ODD}kurs")
    with Store(other) as store:
        removed(store, first, "tilskudd")
    assert again(other, world.path) == (("inquiry", first),)
    assert question(other, first) == ""
    assert again(other, world.path) == (), "it is known from then on"


def test_what_was_written_there_alone_goes_with_the_words(world: World, other: Path) -> None:
    """It may hold them, and nobody has looked."""
    first = world.theirs[0]
    with Store(other) as store:
        answers = Handovers(store)
        answers.answer(first, f"Ring {ODD}", came_from="slack:T1:C9:77.1", centre="trondelag")
    Handovers(world.store).answer(first, "Ja", came_from="slack:T1:C9:78.1", centre="stavanger")
    removed(world.store, first, ODD, f"{ODD}kurs")
    assert again(other, world.path) == ()
    with closing(sqlite3.connect(other)) as connection:
        texts = connection.execute(
            "SELECT centre, text FROM inquiry_answers WHERE inquiry = ? ORDER BY id", [first]
        ).fetchall()
    assert texts == [
        ("trondelag", "Om [fjernet]: ja."),
        (None, "Takk, [fjernet]"),
        ("trondelag", ""),  # and not «Ja», which another answer of that number says
    ]


def test_an_approved_answer_that_lost_words_stands_no_longer(world: World, other: Path) -> None:
    removed(world.store, world.theirs[0], ODD, f"{ODD}kurs")
    again(other, world.path)
    with closing(sqlite3.connect(other)) as connection:
        ((text, withdrawn),) = connection.execute("SELECT text, withdrawn_at FROM approvals")
    assert ODD not in text and withdrawn is not None


def test_what_was_emptied_here_is_not_filled_from_there(world: World, other: Path) -> None:
    removed(world.store, world.theirs[0], ODD, f"{ODD}kurs")
    with Store(other) as store:
        later = ASKED + timedelta(days=800)
        apply_retention(store, Retention(24, 0, 0), who="daily", now=later)
    again(other, world.path)
    assert question(other, world.theirs[0]) == ""


# Holds


def released(world: World) -> None:
    Holds(world.store).release(world.theirs[0], WHO)


def test_a_released_hold_does_not_come_back(world: World, tmp_path: Path) -> None:
    first, second = world.theirs
    Holds(world.store).hold(first, "sak 1", WHO)
    Holds(world.store).hold(second, "sak 2", WHO)
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    copy_database(world.path, one)
    copy_database(world.path, two)
    released(world)
    apply_retention(world.store, Retention(24, 0, 0), who="daily", now=ASKED + timedelta(days=800))
    again(one, None, *read(world.path.parent / FILE).erasures)
    assert question(one, first) == "", "what retention had taken"
    with Store(two) as store:
        forget_again(world.path, store, key=KEY)
    for path in (one, two):
        with Store(path) as store:
            assert [hold.inquiry for hold in Holds(store).all()] == [second]


def test_one_that_was_put_on_hold_again_is_on_hold(world: World, other: Path) -> None:
    first = world.theirs[0]
    Holds(world.store).hold(first, "sak 1", WHO)
    released(world)
    Holds(world.store).hold(first, "sak 2", WHO)
    again(other, world.path, *read(world.path.parent / FILE).erasures)
    with Store(other) as store:
        assert [hold.reason for hold in Holds(store).all()] == ["sak 2"]


def test_a_release_that_only_the_database_knows_is_written_again(world: World) -> None:
    Holds(world.store).hold(world.theirs[0], "sak 1", WHO)
    Holds(world.store).hold(world.theirs[1], "sak 2", WHO)
    released(world)
    (world.path.parent / FILE).unlink()
    complete(world.path.parent / FILE, world.store.database.conn)
    found = {each.number: each.act for each in read(world.path.parent / FILE).erasures}
    assert found == {world.theirs[0]: "release", world.theirs[1]: "hold"}


def test_the_last_act_stands_where_the_restored_one_knows_it(world: World, tmp_path: Path) -> None:
    first, other = world.theirs[0], tmp_path / "other.db"
    Holds(world.store).hold(first, "sak 1", WHO)
    copy_database(world.path, other)
    with Store(other) as store:
        Holds(store).release(first, WHO)
        forget_again(world.path, store, key=KEY)
        assert Holds(store).all() == []


# Who can tell


@pytest.fixture
def moved(world: World, tmp_path: Path) -> tuple[Path, Path]:
    """A new home, and a backup from the old one without the file beside it; Kari was forgotten."""
    home, backups = world.path.parent, tmp_path / "backups"
    world.store.close()
    run(home, "backup", "--to", str(backups))
    run(home, "privacy", "forget", KARI, "--yes")
    (made,) = backups.glob("frisksvar-*")
    alone = tmp_path / "alone"
    shutil.copytree(made, alone / made.name)
    new = tmp_path / "new"
    with Store(new / "frisksvar.db") as store:  # `frisksvar init`, and somebody has tried it
        ask(store, "U0NYA0001", "Virker det?", "99.1", at=datetime.now(UTC))
    return new, alone


def test_a_new_register_tells_nothing_of_the_old_one(moved: tuple[Path, Path]) -> None:
    new, alone = moved
    told = run(new, "restore", "latest", "--from", str(alone), "--yes")
    (made,) = alone.glob("frisksvar-*")
    assert BACK in told and made.name in told
    # Restored once more, it is the register that is there now that tells.
    assert BACK not in run(new, "restore", "latest", "--from", str(alone), "--yes")


def test_nor_does_a_file_that_began_after_the_backup(
    moved: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    new, alone = moved
    late = datetime.now(UTC) + timedelta(seconds=5)
    monkeypatch.setattr("knowledge.store.erasures.now", late.isoformat)
    run(new, "backup")  # as `frisksvar daily` does
    assert (new / FILE).exists()
    assert BACK in run(new, "restore", "latest", "--from", str(alone), "--yes")


def test_the_file_of_the_old_register_does(world: World, moved: tuple[Path, Path]) -> None:
    new, alone = moved
    shutil.copyfile(world.path.parent / FILE, alone / FILE)
    told = run(new, "restore", "latest", "--from", str(alone), "--yes")
    assert BACK not in told
    assert question(new / "frisksvar.db", world.theirs[0]) == ""


@pytest.mark.parametrize("known", [True, False])
def test_a_bare_file_is_as_old_as_the_last_that_it_tells_of(
    known: bool, world: World, tmp_path: Path
) -> None:
    home = world.path.parent
    if known:
        begin(home / FILE)
        with Store(world.path) as store:
            removed(store, world.other, "fristen")
    copy_database(world.path, tmp_path / "bare.db")
    if not known:
        begin(home / FILE)
    world.store.close()
    world.path.write_bytes(b"garbage" * 5000)
    told = run(home, "restore", str(tmp_path / "bare.db"), "--yes")
    assert (BACK in told) is not known


# Since when a file tells


def line(at: str, number: int = 1) -> Erasure:
    return Erasure(at, "withdrawn", kind="inquiry", number=number, mark=f"{number:032}")


def old_file(path: Path, *lines: Erasure) -> None:
    """As it was written before it said when it began."""
    keep(path.parent, lines)
    content = path.read_bytes()
    path.write_bytes(content[content.index(b"\n") + 1 :])


def test_a_file_says_when_it_began_and_nothing_more_of_it(tmp_path: Path) -> None:
    begin(tmp_path / FILE)
    began = read(tmp_path / FILE).began
    assert began is not None and read(tmp_path / FILE).erasures == ()
    keep(tmp_path, [line("2020-01-01")])
    begin(tmp_path / FILE)
    noted = read(tmp_path / FILE)
    assert (noted.began, noted.erasures, noted.damaged) == (began, (line("2020-01-01"),), 0)


def test_it_begins_before_the_first_backup_is_made(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a large register that takes minutes, and somebody may be forgotten meanwhile."""
    home = world.path.parent
    there: list[bool] = []

    def watched(*arguments: Any, **named: Any) -> Made:
        there.append((home / FILE).exists())
        return make_backup(*arguments, **named)

    monkeypatch.setattr("knowledge.backups.plan.make_backup", watched)
    world.store.close()
    run(home, "backup", "--to", str(tmp_path / "backups"))
    assert there == [True]


def test_one_that_was_lost_begins_anew_whatever_the_database_knows(world: World) -> None:
    Inquiries(world.store).withdraw(world.theirs[0])
    (world.path.parent / FILE).unlink()
    complete(world.path.parent / FILE, world.store.database.conn)
    noted = read(world.path.parent / FILE)
    assert noted.began is not None and noted.began > noted.erasures[0].at


def test_an_older_one_tells_since_its_first_line_and_an_empty_one_nothing(tmp_path: Path) -> None:
    old_file(tmp_path / FILE, line("2026-02-02"), line("2026-01-01", 2))
    assert read(tmp_path / FILE).began == "2026-02-02"
    (tmp_path / FILE).write_bytes(b"")
    assert read(tmp_path / FILE).there and read(tmp_path / FILE).began is None


def test_two_together_tell_since_the_first_began(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
    old_file(first / FILE, line("2026-02-02"))
    keep(second, [line("2026-03-03", 2)])
    for _ in range(2):
        merge(first / FILE, second / FILE)
        noted = read(second / FILE)
        assert noted.began == "2026-02-02"
        assert noted.erasures == (line("2026-03-03", 2), line("2026-02-02"))
    merge(second / FILE, first / FILE)
    assert read(first / FILE).began == "2026-02-02"
