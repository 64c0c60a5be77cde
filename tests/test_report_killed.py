"""A report that is killed: under its name stands the one before or the new one, whole."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from knowledge.exports import aside
from knowledge.exports.files import write_file, write_folder
from knowledge.messages import Failure


def package(content: str) -> dict[str, bytes]:
    names = ("one.csv", "two.csv")
    described = {"name": "frisksvar-report-2026", "resources": [{"path": name} for name in names]}
    return {"datapackage.json": json.dumps(described).encode()} | {
        name: content.encode() for name in names
    }


BEFORE, AFTER = package("before"), package("after")

KILLED = """
import os, signal, sys
from pathlib import Path
from knowledge.exports import aside, files

target, point, nth, exchanging = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
if exchanging == "no":
    aside.exchange = lambda one, other: False
owner = {"fsync": os, "rename": Path, "replace": Path, "exchange": aside, "remove": aside}[point]
real, calls = getattr(owner, point), []

def dying(*given):
    done = None if point == "remove" else real(*given)
    calls.append(1)
    if len(calls) == nth:
        os.kill(os.getpid(), signal.SIGKILL)
    return done

setattr(owner, point, dying)
content = {name: b"after" for name in ("one.csv", "two.csv")}
content["datapackage.json"] = Path(sys.argv[5]).read_bytes()
if target.name == "folder":
    files.write_folder(target, content)
else:
    files.write_file(target, b"after")
"""


def killed(target: Path, point: str, nth: int = 1, *, exchanging: bool = True) -> None:
    described = target.parent / "described.json"
    described.write_bytes(AFTER["datapackage.json"])
    arguments = [str(target), point, str(nth), "yes" if exchanging else "no", str(described)]
    ended = subprocess.run([sys.executable, "-c", KILLED, *arguments], timeout=60)
    assert ended.returncode == -signal.SIGKILL, "it was not killed there"
    described.unlink()


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("point", "nth", "exchanging"),
    [
        ("fsync", 1, True),  # the first file
        ("fsync", 3, True),
        ("fsync", 4, True),  # the folder that is put in its place
        ("exchange", 1, True),
        ("remove", 1, True),
        ("rename", 1, False),
        ("rename", 2, False),
    ],
)
def test_a_folder_is_the_old_one_or_the_new_one_and_the_next_run_tidies(
    point: str, nth: int, exchanging: bool, tmp_path: Path
) -> None:
    target = tmp_path / "folder"
    write_folder(target, BEFORE)
    killed(target, point, nth, exchanging=exchanging)
    assert len(names(tmp_path)) == 2, "something was left"
    if exchanging:
        assert content_of(target) in (BEFORE, AFTER)
    write_folder(target, AFTER)
    assert content_of(target) == AFTER
    assert names(tmp_path) == ["folder"]


def test_killed_between_two_renames_the_old_one_is_back_though_the_next_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "folder"
    write_folder(target, BEFORE)
    killed(target, "rename", 1, exchanging=False)
    assert not target.exists()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("knowledge.exports.files.os.fsync", full)
        with pytest.raises(Failure) as told:
            write_folder(target, AFTER)
    assert told.value.key == "report_disk_full"
    assert content_of(target) == BEFORE
    assert names(tmp_path) == ["folder"]


@pytest.mark.parametrize("point", ["fsync", "replace"])
def test_a_file_is_the_old_one_or_the_new_one_and_the_next_run_tidies(
    point: str, tmp_path: Path
) -> None:
    target = tmp_path / "report.json"
    write_file(target, b"before")
    killed(target, point)
    assert target.read_bytes() == (b"before" if point == "fsync" else b"after")
    assert len(names(tmp_path)) == (2 if point == "fsync" else 1)
    write_file(target, b"again")
    assert target.read_bytes() == b"again"
    assert names(tmp_path) == ["report.json"]


def test_who_reads_meanwhile_finds_a_whole_folder_every_time(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    if not aside.exchange(one, other):
        pytest.skip("this file system does not exchange names")
    target = tmp_path / "folder"
    write_folder(target, BEFORE)
    done = threading.Event()
    missing = []

    def look() -> None:
        while not done.is_set():
            missing.append(not target.exists())

    reader = threading.Thread(target=look)
    reader.start()
    try:
        for content in [AFTER, BEFORE] * 25:
            write_folder(target, content)
    finally:
        done.set()
        reader.join()
    assert len(missing) > 100 and not any(missing)


def test_what_another_process_is_writing_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    at_work, dead = aside.beside(target), aside.beside(target)
    theirs = target.with_name(".folder.0123abcd")
    for folder in (at_work, dead, theirs):
        folder.mkdir()
    descriptor = os.open(at_work, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        write_folder(target, AFTER)
        assert names(tmp_path) == sorted(["folder", at_work.name, theirs.name])
    finally:
        os.close(descriptor)
    write_folder(target, AFTER)
    assert names(tmp_path) == sorted(["folder", theirs.name])


def test_what_is_cleared_away_before_it_is_held_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, made = tmp_path / "folder", []
    real = Path.mkdir

    def met(path: Path) -> None:
        real(path)
        made.append(path)
        if len(made) == 1:
            aside.clear(target)
            assert not path.exists()

    monkeypatch.setattr(Path, "mkdir", met)
    write_folder(target, AFTER)
    assert len(made) == 2 and content_of(target) == AFTER
    assert names(tmp_path) == ["folder"]


def test_what_is_cleared_away_while_the_lock_is_waited_for_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, waited = tmp_path / "report.html", []
    real = aside._lock

    def met(descriptor: int) -> None:
        waited.append(descriptor)
        if len(waited) == 1:
            aside.clear(target)
            assert names(tmp_path) == []
        real(descriptor)

    monkeypatch.setattr(aside, "_lock", met)
    write_file(target, b"whole")
    assert len(waited) == 2 and target.read_bytes() == b"whole"
    assert names(tmp_path) == ["report.html"]


def test_reports_of_one_name_at_once_all_come_to_stand(tmp_path: Path) -> None:
    troubles: list[Exception] = []

    def write() -> None:
        for _ in range(100):
            try:
                write_file(tmp_path / "report.html", b"whole" * 4000)
                write_folder(tmp_path / "folder", AFTER)
            except (Failure, OSError) as error:
                troubles.append(error)

    writers = [threading.Thread(target=write) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert troubles == []
    assert names(tmp_path) == ["folder", "report.html"]
    assert (tmp_path / "report.html").read_bytes() == b"whole" * 4000
    assert content_of(tmp_path / "folder") == AFTER
